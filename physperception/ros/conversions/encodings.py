"""The encodings of sensor_msgs/Image: how their samples lie in memory, and what colour they mean."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage

# OpenCV names a Bayer pattern by its second row, second and third column: RGGB is its "BG".
BAYER = {
    "bayer_rggb": cv2.COLOR_BayerBG2RGB,
    "bayer_bggr": cv2.COLOR_BayerRG2RGB,
    "bayer_gbrg": cv2.COLOR_BayerGR2RGB,
    "bayer_grbg": cv2.COLOR_BayerGB2RGB,
}
YUV422 = ("uyvy", "yuv422", "yuyv", "yuv422_yuy2")
YUV420 = ("nv12", "nv21")
LAYOUTS: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("mono8", "8UC1", *YUV420, *(f"{pattern}8" for pattern in BAYER)), (1, "u1")),
    **dict.fromkeys(("mono16", "16UC1", *(f"{pattern}16" for pattern in BAYER)), (1, "u2")),
    **dict.fromkeys(YUV422, (2, "u1")),
    **dict.fromkeys(("rgb8", "bgr8", "8UC3"), (3, "u1")),
    **dict.fromkeys(("rgb16", "bgr16"), (3, "u2")),
    **dict.fromkeys(("rgba8", "bgra8", "8UC4"), (4, "u1")),
    **dict.fromkeys(("rgba16", "bgra16"), (4, "u2")),
    "32FC1": (1, "f4"),
}
"""Encoding -> samples a pixel and type of a sample. YUV 4:2:0 has half as many rows of chroma below those of luma."""
COLOUR_ENCODINGS = tuple(name for name in LAYOUTS if name not in ("16UC1", "32FC1"))
DEPTH_ENCODINGS = ("16UC1", "mono16", "32FC1")

_TO_RGB = {
    **BAYER,
    "mono8": cv2.COLOR_GRAY2RGB,
    "8UC1": cv2.COLOR_GRAY2RGB,
    "bgr8": cv2.COLOR_BGR2RGB,
    "8UC3": cv2.COLOR_BGR2RGB,
    "rgba8": cv2.COLOR_RGBA2RGB,
    "bgra8": cv2.COLOR_BGRA2RGB,
    "8UC4": cv2.COLOR_BGRA2RGB,
    "uyvy": cv2.COLOR_YUV2RGB_UYVY,
    "yuv422": cv2.COLOR_YUV2RGB_UYVY,
    "yuyv": cv2.COLOR_YUV2RGB_YUY2,
    "yuv422_yuy2": cv2.COLOR_YUV2RGB_YUY2,
    "nv12": cv2.COLOR_YUV2RGB_NV12,
    "nv21": cv2.COLOR_YUV2RGB_NV21,
}
_FROM_RGB = {
    "mono8": cv2.COLOR_RGB2GRAY,
    "8UC1": cv2.COLOR_RGB2GRAY,
    "rgba8": cv2.COLOR_RGB2RGBA,
    "bgra8": cv2.COLOR_RGB2BGRA,
    "8UC4": cv2.COLOR_RGB2BGRA,
    "uyvy": cv2.COLOR_RGB2YUV_UYVY,
    "yuv422": cv2.COLOR_RGB2YUV_UYVY,
    "yuyv": cv2.COLOR_RGB2YUV_YUY2,
    "yuv422_yuy2": cv2.COLOR_RGB2YUV_YUY2,
}


def check_shape(encoding: str, width: int, height: int) -> None:
    """Raises InvalidImage for a size the encoding cannot have."""
    if encoding.startswith("bayer") and min(width, height) < 3:
        raise InvalidImage(f"a Bayer image needs at least 3 x 3 pixels, got {width} x {height}")
    if encoding in YUV422 and width % 2:
        raise InvalidImage(f"{encoding} shares colour between pairs of columns; a width of {width} is odd")
    if encoding in YUV420 and (width % 2 or height % 2):
        raise InvalidImage(f"{encoding} shares colour between 2 x 2 pixels; {width} x {height} is odd")


def to_rgb(samples: NDArray[Any], encoding: str) -> NDArray[np.uint8]:
    """uint8 RGB [H, W, 3] from samples as `encoding` lays them out, a view of them for rgb8.

    16-bit samples keep their upper byte. 8UC3 and 8UC4 are taken as BGR and BGRA, as OpenCV writes them.
    """
    if encoding not in COLOUR_ENCODINGS:
        raise InvalidImage(f"{encoding} holds depth, not colour")
    if samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)
        encoding = encoding.replace("16", "8")
    if encoding == "rgb8":
        return samples.view()
    name = encoding.removesuffix("8") if encoding.startswith("bayer") else encoding
    return cv2.cvtColor(np.ascontiguousarray(samples), _TO_RGB[name]).astype(np.uint8, copy=False)


def from_rgb(pixels: NDArray[np.uint8], encoding: str) -> NDArray[Any]:
    """Samples as `encoding` lays them out from uint8 RGB [H, W, 3]; 16-bit ones are 257 times the 8-bit value.

    Raises:
        InvalidImage: an encoding that is not colour, or YUV 4:2:0, which is only read.
    """
    if encoding.endswith("16"):
        return from_rgb(pixels, encoding.replace("16", "8")).astype(np.uint16) * np.uint16(257)
    if encoding == "rgb8":
        return pixels
    if encoding in ("bgr8", "8UC3"):
        return pixels[..., ::-1]
    if encoding.startswith("bayer"):
        return _mosaic(pixels, encoding.removeprefix("bayer_")[:4])
    if encoding not in _FROM_RGB:
        writable = (name for name in COLOUR_ENCODINGS if name not in YUV420)
        raise InvalidImage(f"cannot encode colour as {encoding!r}; use one of {', '.join(writable)}")
    return cv2.cvtColor(np.ascontiguousarray(pixels), _FROM_RGB[encoding])


def _mosaic(pixels: NDArray[np.uint8], pattern: str) -> NDArray[np.uint8]:
    """One colour a pixel, as a sensor behind a Bayer filter sees it."""
    out = np.empty(pixels.shape[:2], dtype=np.uint8)
    for place, colour in enumerate(pattern):
        row, column = divmod(place, 2)
        out[row::2, column::2] = pixels[row::2, column::2, "rgb".index(colour)]
    return out
