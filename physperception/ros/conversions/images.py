"""Images between ROS messages and arrays, both ways, with every fault of a message told in one sentence.

In the core an image is uint8 RGB [H, W, 3] and depth float32 metres [H, W] with NaN where it is unknown.
`Image.data` is always filled through `array.array.frombytes`: other ways copy element by element and take up to a
thousand times as long (benchmarks/conversions.py).
"""

from __future__ import annotations

import array
import sys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from physperception.errors import InvalidImage
from physperception.ros.conversions.compressed import (
    decode_compressed,
    decode_compressed_depth,
    encode_compressed_data,
    encode_compressed_depth_data,
)
from physperception.ros.conversions.limits import check_size
from physperception.vision.geometry import Intrinsics

# Encoding -> channels and sample type. Bayer, YUV and depth have one or two interleaved channels.
_LAYOUTS: dict[str, tuple[int, str]] = {
    "rgb8": (3, "u1"),
    "bgr8": (3, "u1"),
    "rgba8": (4, "u1"),
    "bgra8": (4, "u1"),
    "rgb16": (3, "u2"),
    "bgr16": (3, "u2"),
    "mono8": (1, "u1"),
    "mono16": (1, "u2"),
    "8UC1": (1, "u1"),
    "8UC3": (3, "u1"),
    "16UC1": (1, "u2"),
    "32FC1": (1, "f4"),
    "uyvy": (2, "u1"),
    "yuv422": (2, "u1"),
    "yuyv": (2, "u1"),
    "yuv422_yuy2": (2, "u1"),
    **{
        f"bayer_{pattern}{bits}": (1, f"u{bits // 8}")
        for pattern in ("rggb", "bggr", "gbrg", "grbg")
        for bits in (8, 16)
    },
}
# OpenCV names a Bayer pattern by its second row, second and third column: RGGB is its "BG".
_BAYER = {
    "bayer_rggb": cv2.COLOR_BayerBG2RGB,
    "bayer_bggr": cv2.COLOR_BayerRG2RGB,
    "bayer_gbrg": cv2.COLOR_BayerGR2RGB,
    "bayer_grbg": cv2.COLOR_BayerGB2RGB,
}
_TO_RGB = {
    "bgr8": cv2.COLOR_BGR2RGB,
    "8UC3": cv2.COLOR_BGR2RGB,
    "rgba8": cv2.COLOR_RGBA2RGB,
    "bgra8": cv2.COLOR_BGRA2RGB,
    "mono8": cv2.COLOR_GRAY2RGB,
    "8UC1": cv2.COLOR_GRAY2RGB,
    "uyvy": cv2.COLOR_YUV2RGB_UYVY,
    "yuv422": cv2.COLOR_YUV2RGB_UYVY,
    "yuyv": cv2.COLOR_YUV2RGB_YUY2,
    "yuv422_yuy2": cv2.COLOR_YUV2RGB_YUY2,
}
COLOUR_ENCODINGS = tuple(name for name in _LAYOUTS if name not in ("16UC1", "32FC1"))
DEPTH_ENCODINGS = ("16UC1", "mono16", "32FC1")


def decode_image(message: Image | CompressedImage) -> NDArray[np.uint8]:
    """A colour image as uint8 RGB [H, W, 3], read-only; a view of the message's memory where it is rgb8 unpadded.

    16-bit samples keep their upper byte. 8UC3 is taken as BGR, as OpenCV writes it.

    Raises:
        InvalidImage: no pixels, too many, too few bytes, an encoding that is not colour, a broken file.
    """
    if isinstance(message, CompressedImage):
        image = decode_compressed(message)
    else:
        image = _to_rgb(raw_pixels(message), message.encoding)
    image.flags.writeable = False
    return image


def decode_depth(message: Image | CompressedImage) -> NDArray[np.float32]:
    """Depth as float32 metres [H, W], NaN where unknown.

    16UC1 and mono16 are millimetres with 0 for unknown (REP 118); in 32FC1, in metres, values that are not
    positive and finite are unknown.

    Raises:
        InvalidImage: as `decode_image`, or an encoding that is not depth.
    """
    if isinstance(message, CompressedImage):
        values = decode_compressed_depth(message)
    elif message.encoding in DEPTH_ENCODINGS:
        values = raw_pixels(message)
    else:
        raise InvalidImage(f"{message.encoding!r} is no depth encoding; use {', '.join(DEPTH_ENCODINGS)}")
    if values.dtype.kind == "u":
        return np.where(values > 0, values.astype(np.float32) / 1000, np.float32(np.nan))
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values) & (values > 0), values, np.float32(np.nan)).astype(np.float32)


def decode_camera_info(message: CameraInfo) -> Intrinsics:
    """Intrinsics from K. Raises InvalidImage for an uncalibrated camera (K of zeros)."""
    return Intrinsics(message.k[0], message.k[4], message.k[2], message.k[5], message.width, message.height)


def raw_pixels(message: Image) -> NDArray[Any]:
    """The samples of an uncompressed image, [H, W] or [H, W, C] in native byte order, padding removed.

    Raises:
        InvalidImage: an unknown encoding, absurd or zero size, a step shorter than a row, too few bytes.
    """
    if message.encoding not in _LAYOUTS:
        raise InvalidImage(f"unknown encoding {message.encoding!r}; known are {', '.join(_LAYOUTS)}")
    check_size(message.width, message.height)
    channels, kind = _LAYOUTS[message.encoding]
    sample = np.dtype(kind)
    row = message.width * channels * sample.itemsize
    if message.step < row:
        raise InvalidImage(f"step is {message.step} bytes, a row of {message.width} {message.encoding} needs {row}")
    needed = message.step * (message.height - 1) + row
    if len(message.data) < needed:
        raise InvalidImage(f"the image has {len(message.data)} bytes of data, its size and step need {needed}")
    if sample.itemsize > 1:
        sample = sample.newbyteorder(">" if message.is_bigendian else "<")
    data = np.frombuffer(message.data, dtype=np.uint8, count=needed)
    rows = np.lib.stride_tricks.as_strided(data, (message.height, row), (message.step, 1))
    pixels = (rows if message.step == row else np.ascontiguousarray(rows)).view(sample)
    pixels = pixels.astype(sample.newbyteorder("="), copy=False)
    return pixels if channels == 1 else pixels.reshape(message.height, message.width, channels)


def encode_image(pixels: NDArray[Any], encoding: str, header: Header) -> Image:
    """An image message from uint8 RGB [H, W, 3] in any colour encoding.

    To mono it converts, to 16 bits it scales (v * 257), to Bayer it samples, to YUV it averages pairs of columns.

    Raises:
        InvalidImage: an array that is not uint8 RGB, an unknown encoding, an odd width for YUV.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InvalidImage(f"expected uint8 RGB [H, W, 3], got {pixels.dtype} {list(pixels.shape)}")
    if encoding not in COLOUR_ENCODINGS:
        raise InvalidImage(f"cannot encode colour as {encoding!r}; use one of {', '.join(COLOUR_ENCODINGS)}")
    check_size(pixels.shape[1], pixels.shape[0])
    return image_message(_from_rgb(pixels, encoding), encoding, header)


def encode_depth(depth_m: NDArray[np.float32], encoding: str, header: Header) -> Image:
    """A depth message from metres [H, W]: 32FC1 as it is, 16UC1 in millimetres with 0 for unknown or out of range."""
    if depth_m.ndim != 2 or depth_m.dtype.kind != "f":
        raise InvalidImage(f"expected float depth [H, W], got {depth_m.dtype} {list(depth_m.shape)}")
    if encoding == "32FC1":
        return image_message(depth_m.astype(np.float32), encoding, header)
    if encoding != "16UC1":
        raise InvalidImage(f"cannot encode depth as {encoding!r}; use 16UC1 or 32FC1")
    return image_message(to_millimetres(depth_m), encoding, header)


def encode_compressed(pixels: NDArray[np.uint8], kind: str, header: Header) -> CompressedImage:
    """A compressed message from uint8 RGB [H, W, 3]; `kind` is jpeg or png. Raises InvalidImage for others."""
    return _compressed_message(encode_compressed_data(pixels, kind), f"rgb8; {kind} compressed bgr8", header)


def encode_compressed_depth(depth_m: NDArray[np.float32], encoding: str, header: Header) -> CompressedImage:
    """Depth as compressed_depth_image_transport writes it: 16UC1 exactly, 32FC1 by quantised inverse depth."""
    values = to_millimetres(depth_m) if encoding == "16UC1" else depth_m.astype(np.float32)
    return _compressed_message(
        encode_compressed_depth_data(values, encoding), f"{encoding}; compressedDepth png", header
    )


def image_message(pixels: NDArray[Any], encoding: str, header: Header) -> Image:
    """A message around samples that are already laid out as `encoding` says: [H, W] or [H, W, C]."""
    contiguous = np.ascontiguousarray(pixels)
    height, width = contiguous.shape[:2]
    message = Image(
        header=header,
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(sys.byteorder == "big"),
        step=contiguous.nbytes // height if height else 0,
    )
    message.data = byte_array(contiguous)
    return message


def byte_array(values: NDArray[Any] | bytes) -> array.array[int]:
    """Bytes in the one container that a message field takes over without looking at each element."""
    data = array.array("B")
    data.frombytes(memoryview(values).cast("B") if isinstance(values, np.ndarray) and values.size else bytes(values))
    return data


def to_millimetres(depth_m: NDArray[np.float32]) -> NDArray[np.uint16]:
    """uint16 millimetres [H, W], 0 where depth is unknown or beyond 65.535 m."""
    with np.errstate(invalid="ignore"):
        millimetres = np.round(depth_m * 1000)
        known = np.isfinite(millimetres) & (millimetres >= 1) & (millimetres <= 65535)
    return np.where(known, millimetres, 0).astype(np.uint16)


def _compressed_message(data: bytes, format_text: str, header: Header) -> CompressedImage:
    message = CompressedImage(header=header, format=format_text)
    message.data = byte_array(data)
    return message


def _to_rgb(pixels: NDArray[Any], encoding: str) -> NDArray[np.uint8]:
    if encoding in ("16UC1", "32FC1"):
        raise InvalidImage(f"{encoding} holds depth, not colour")
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
        encoding = encoding.replace("16", "8")
    if encoding == "rgb8":
        return pixels.view()
    if encoding.startswith("bayer"):
        height, width = pixels.shape[:2]
        if height < 2 or width < 2:
            raise InvalidImage(f"a Bayer image needs at least 2 x 2 pixels, got {width} x {height}")
        return cv2.cvtColor(np.ascontiguousarray(pixels), _BAYER[encoding[:-1]]).astype(np.uint8, copy=False)
    if pixels.ndim == 3 and pixels.shape[2] == 2 and pixels.shape[1] % 2:
        raise InvalidImage(f"{encoding} shares colour between pairs of columns; a width of {pixels.shape[1]} is odd")
    return cv2.cvtColor(np.ascontiguousarray(pixels), _TO_RGB[encoding]).astype(np.uint8, copy=False)


def _from_rgb(pixels: NDArray[np.uint8], encoding: str) -> NDArray[Any]:
    if encoding.endswith("16"):
        return _from_rgb(pixels, encoding.replace("16", "8")).astype(np.uint16) * 257
    if encoding == "rgb8":
        return pixels
    if encoding in ("bgr8", "8UC3"):
        return pixels[..., ::-1]
    if encoding in ("mono8", "8UC1"):
        return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    if encoding in ("rgba8", "bgra8"):
        code = cv2.COLOR_RGB2RGBA if encoding == "rgba8" else cv2.COLOR_RGB2BGRA
        return cv2.cvtColor(np.ascontiguousarray(pixels), code)
    if encoding.startswith("bayer"):
        return _mosaic(pixels, encoding[len("bayer_") : len("bayer_") + 4])
    return _to_yuv(pixels, luma_first=encoding in ("yuyv", "yuv422_yuy2"))


def _mosaic(pixels: NDArray[np.uint8], pattern: str) -> NDArray[np.uint8]:
    """One colour a pixel, as a sensor behind a Bayer filter sees it."""
    out = np.empty(pixels.shape[:2], dtype=np.uint8)
    for place, colour in enumerate(pattern):
        row, column = divmod(place, 2)
        out[row::2, column::2] = pixels[row::2, column::2, "rgb".index(colour)]
    return out


def _to_yuv(pixels: NDArray[np.uint8], luma_first: bool) -> NDArray[np.uint8]:
    """Video-range BT.601, the inverse of what OpenCV decodes, chroma averaged over pairs of columns."""
    if pixels.shape[1] % 2:
        raise InvalidImage(f"YUV 4:2:2 needs an even width, got {pixels.shape[1]}")
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    luma = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
    u = 128 - 0.148 * red - 0.291 * green + 0.439 * blue
    v = 128 + 0.439 * red - 0.368 * green - 0.071 * blue
    chroma = np.empty_like(luma)
    chroma[:, 0::2] = (u[:, 0::2] + u[:, 1::2]) / 2
    chroma[:, 1::2] = (v[:, 0::2] + v[:, 1::2]) / 2
    order = (luma, chroma) if luma_first else (chroma, luma)
    return np.clip(np.round(np.stack(order, -1)), 0, 255).astype(np.uint8)
