"""Compressed images: JPEG and PNG colour, and the depth format of compressed_depth_image_transport."""

from __future__ import annotations

import io
import math
import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from sensor_msgs.msg import CompressedImage

from physperception.errors import InvalidImage
from physperception.ros.conversions.encodings import LAYOUTS, check_shape, to_rgb
from physperception.ros.conversions.limits import check_size
from physperception.ros.conversions.rvl import decode_rvl

HEADER = struct.Struct("<iff")
QUANTISATION = 100.0
FARTHEST_M = 10.0
JPEG_QUALITY = 90
JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
PNG_START = b"\x89PNG\r\n\x1a\n"
BOMBS = (Picture.DecompressionBombError, Picture.DecompressionBombWarning)
PADDING = 1 << 16
TRAILER = 64


def decode_compressed(message: CompressedImage, max_pixels: int) -> NDArray[np.uint8]:
    """uint8 RGB [H, W, 3] from a JPEG or PNG; 16-bit files keep their upper byte.

    The file says what its colours are; `format` is asked only whether it holds depth or a raw Bayer mosaic
    ("bayer_rggb8; png compressed "). A JPEG damaged inside but with both its ends is not noticed.

    Raises:
        InvalidImage: empty, cut off, not a picture, too large, or depth.
    """
    source, _, target = (part.strip() for part in message.format.partition(";"))
    if "compresseddepth" in target.lower() or source in ("16UC1", "32FC1"):
        raise InvalidImage(f"{message.format!r} holds depth, not colour")
    data = memoryview(message.data).tobytes()
    one_channel = _check_file(data, max_pixels) in ("L", "I;16")
    if source.startswith("bayer") and source in LAYOUTS and one_channel and not target.endswith("mono8"):
        mosaic = _decode(data, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
        check_shape(source, mosaic.shape[1], mosaic.shape[0])
        return to_rgb(mosaic, source.replace("16", "8"))
    return to_rgb(_decode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION), "bgr8")


def decode_compressed_depth(message: CompressedImage, max_pixels: int) -> NDArray[Any]:
    """uint16 millimetres or float32 metres [H, W], as the format says.

    The transport's data begin with twelve bytes: a format number and two quantisation parameters A and B; then
    comes a PNG or RVL image. One of 32FC1 stores v = A / depth + B, 0 for unknown. A bare 16-bit PNG, as the
    `compressed` transport sends it, is millimetres.

    Raises:
        InvalidImage: cut off, too large, not 16 bits, quantised without sensible parameters.
    """
    data = memoryview(message.data).tobytes()
    metres = message.format.startswith("32FC1")
    if data.startswith(PNG_START):
        if metres:
            raise InvalidImage("32FC1 compressed depth lacks the header with its quantisation")
        return _png16(data, max_pixels)
    if len(data) <= HEADER.size:
        raise InvalidImage(f"compressed depth of {len(data)} bytes is too short")
    _, a, b = HEADER.unpack_from(data)
    body = data[HEADER.size :]
    values = decode_rvl(body, max_pixels) if "rvl" in message.format.lower() else _png16(body, max_pixels)
    if not metres:
        return values
    if not (math.isfinite(a) and a > 0 and math.isfinite(b)):
        raise InvalidImage(f"compressed depth has the impossible quantisation A = {a}, B = {b}")
    with np.errstate(divide="ignore"):
        depth = np.float32(a) / (values.astype(np.float32) - np.float32(b))
    return np.where(values > 0, depth, np.float32(np.nan))


def encode_compressed_data(pixels: NDArray[np.uint8], kind: str) -> bytes:
    """uint8 RGB [H, W, 3] as a JPEG or PNG file."""
    if kind not in ("jpeg", "png"):
        raise InvalidImage(f"cannot compress as {kind!r}; use jpeg or png")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InvalidImage(f"expected uint8 RGB [H, W, 3], got {pixels.dtype} {list(pixels.shape)}")
    check_size(pixels.shape[1], pixels.shape[0])
    flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if kind == "jpeg" else []
    return _encode(f".{kind}", np.ascontiguousarray(pixels[..., ::-1]), flags)


def encode_compressed_depth_data(values: NDArray[Any]) -> bytes:
    """Header and PNG from uint16 millimetres or float32 metres, [H, W].

    Metres are stored as inverse depth with the transport's default parameters: 0.152 to 10 m, finest nearby, and
    unknown outside.
    """
    if values.dtype == np.uint16:
        return HEADER.pack(0, 0.0, 0.0) + _encode(".png", values, [])
    a = QUANTISATION * (QUANTISATION + 1)
    b = 1 - a / FARTHEST_M
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.round(a / values + b)
        known = np.isfinite(values) & (values > 0) & (inverse >= 1) & (inverse <= 65535)
    return HEADER.pack(0, a, b) + _encode(".png", np.where(known, inverse, 0).astype(np.uint16), [])


def _check_file(data: bytes, max_pixels: int) -> str:
    """Pillow's mode of a JPEG or PNG; refuses cut-off files and decompression bombs before OpenCV decodes them."""
    if not data:
        raise InvalidImage("the compressed image is empty")
    kind = "JPEG" if data.startswith(JPEG_START) else "PNG" if data.startswith(PNG_START) else None
    if kind is None:
        raise InvalidImage(f"a compressed image must be a JPEG or PNG file, this one starts with {data[:4].hex()}")
    try:
        with Picture.open(io.BytesIO(data), formats=(kind,)) as picture:
            check_size(picture.width, picture.height, max_pixels)
            mode = picture.mode
            if kind == "PNG":
                if not picture.tile:
                    raise InvalidImage("the PNG holds no image data")
                picture.verify()
    except (OSError, SyntaxError, ValueError, struct.error, *BOMBS) as error:
        raise InvalidImage(f"the compressed image cannot be decoded: {error}") from error
    if kind == "JPEG" and JPEG_END not in data[-PADDING:].rstrip(b"\0")[-TRAILER:]:
        raise InvalidImage("the JPEG is cut off: its end marker is missing")
    return mode


def _png16(data: bytes, max_pixels: int) -> NDArray[np.uint16]:
    if not data.startswith(PNG_START):
        raise InvalidImage("compressed depth must be a PNG of 16 bits and one channel")
    _check_file(data, max_pixels)
    values = _decode(data, cv2.IMREAD_UNCHANGED)
    if values.ndim != 2 or values.dtype != np.uint16:
        raise InvalidImage("compressed depth must be a PNG of 16 bits and one channel")
    return values


def _decode(data: bytes, flags: int) -> NDArray[Any]:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise InvalidImage(f"the compressed image cannot be decoded: {error.err}") from error
    if pixels is None:
        raise InvalidImage("the compressed image cannot be decoded")
    return np.asarray(pixels)


def _encode(suffix: str, pixels: NDArray[Any], flags: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, pixels, flags)
    if not done:
        raise InvalidImage(f"OpenCV could not encode the image as {suffix[1:]}")
    return data.tobytes()
