"""Compressed images: JPEG and PNG colour, and the depth format of compressed_depth_image_transport."""

from __future__ import annotations

import io
import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import UnidentifiedImageError
from sensor_msgs.msg import CompressedImage

from physperception.errors import InvalidImage
from physperception.ros.conversions.limits import MAX_PIXELS, check_size

HEADER = struct.Struct("<iff")
QUANTISATION = 100.0
FARTHEST_M = 10.0
JPEG_QUALITY = 90
JPEG_END = b"\xff\xd9"


def decode_compressed(message: CompressedImage) -> NDArray[np.uint8]:
    """uint8 RGB [H, W, 3] from a JPEG or PNG; 16-bit files keep their upper byte.

    Raises:
        InvalidImage: empty, cut off, not a picture, too large, or depth.
    """
    if "compressedDepth" in message.format:
        raise InvalidImage(f"{message.format!r} holds depth, not colour")
    data = memoryview(message.data).tobytes()
    _check_file(data)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise InvalidImage("the compressed image cannot be decoded")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def decode_compressed_depth(message: CompressedImage) -> NDArray[Any]:
    """uint16 millimetres or float32 metres [H, W], as the format says; without a format, a plain 16-bit PNG.

    The transport's data begin with twelve bytes: a format number and two quantisation parameters A and B; a
    32FC1 image is stored as v = A / depth + B, 0 for unknown.

    Raises:
        InvalidImage: too short, not a 16-bit PNG, or run-length (RVL) coded.
    """
    data = memoryview(message.data).tobytes()
    if "rvl" in message.format.lower():
        raise InvalidImage("RVL-coded depth is not supported; set the publisher's png format")
    if "compressedDepth" not in message.format:
        return _png16(data)
    if len(data) <= HEADER.size:
        raise InvalidImage(f"compressed depth of {len(data)} bytes is too short")
    _, a, b = HEADER.unpack_from(data)
    values = _png16(data[HEADER.size :])
    if not message.format.startswith("32FC1"):
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = a / (values.astype(np.float32) - b)
    return np.where(values > 0, depth, np.nan).astype(np.float32)


def encode_compressed_data(pixels: NDArray[np.uint8], kind: str) -> bytes:
    """uint8 RGB [H, W, 3] as a JPEG or PNG file."""
    if kind not in ("jpeg", "png"):
        raise InvalidImage(f"cannot compress as {kind!r}; use jpeg or png")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InvalidImage(f"expected uint8 RGB [H, W, 3], got {pixels.dtype} {list(pixels.shape)}")
    check_size(pixels.shape[1], pixels.shape[0])
    flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if kind == "jpeg" else []
    return _encode(f".{kind}", np.ascontiguousarray(pixels[..., ::-1]), flags)


def encode_compressed_depth_data(values: NDArray[Any], encoding: str) -> bytes:
    """Header and PNG from uint16 millimetres (16UC1) or float32 metres (32FC1), [H, W].

    Metres are stored as inverse depth with the transport's default parameters: 0.16 to 10 m, finest nearby.
    """
    if encoding == "16UC1":
        return HEADER.pack(0, 0.0, 0.0) + _encode(".png", values, [])
    if encoding != "32FC1":
        raise InvalidImage(f"cannot compress depth as {encoding!r}; use 16UC1 or 32FC1")
    a = QUANTISATION * (QUANTISATION + 1)
    b = 1 - a / FARTHEST_M
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.round(a / values + b)
        known = np.isfinite(values) & (values > 0) & (inverse >= 1) & (inverse <= 65535)
    return HEADER.pack(0, a, b) + _encode(".png", np.where(known, inverse, 0).astype(np.uint16), [])


def _check_file(data: bytes) -> None:
    """Refuse what OpenCV would decode into grey or into memory: cut-off files and decompression bombs."""
    if not data:
        raise InvalidImage("the compressed image is empty")
    try:
        with Picture.open(io.BytesIO(data)) as picture:
            width, height, kind = picture.width, picture.height, picture.format
            if width * height <= MAX_PIXELS and kind == "PNG":
                picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Picture.DecompressionBombError) as error:
        raise InvalidImage(f"the compressed image cannot be decoded: {error}") from error
    check_size(width, height)
    if kind not in ("JPEG", "PNG"):
        raise InvalidImage(f"compressed images must be JPEG or PNG, got {kind}")
    if kind == "JPEG" and JPEG_END not in data[-64:]:
        raise InvalidImage("the JPEG is cut off: its end marker is missing")


def _png16(data: bytes) -> NDArray[np.uint16]:
    _check_file(data)
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 2 or values.dtype != np.uint16:
        raise InvalidImage("compressed depth must be a PNG of 16 bits and one channel")
    return values


def _encode(suffix: str, pixels: NDArray[Any], flags: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, pixels, flags)
    if not done:
        raise InvalidImage(f"OpenCV could not encode the image as {suffix[1:]}")
    return data.tobytes()
