"""Images between ROS messages and arrays, both ways, with every fault of a message told in one sentence.

In the core an image is uint8 RGB [H, W, 3] and depth float32 metres [H, W] with NaN where it is unknown.
`Image.data` is filled in place by `array.array.frombytes`, one copy of memory to memory. Assigning an array, bytes
or a list to it copies once more or element by element, up to thousands of times slower (benchmarks/conversions.py).
"""

from __future__ import annotations

import array
import sys
from typing import Any

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
from physperception.ros.conversions.encodings import (
    DEPTH_ENCODINGS,
    LAYOUTS,
    YUV420,
    check_shape,
    from_rgb,
    to_rgb,
)
from physperception.ros.conversions.limits import MAX_PIXELS, check_size
from physperception.vision.geometry import Intrinsics


def decode_image(message: Image | CompressedImage, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """A colour image as uint8 RGB [H, W, 3], read-only; a view of the message's memory where that is rgb8.

    16-bit samples keep their upper byte. 8UC3 and 8UC4 are taken as BGR and BGRA, as OpenCV writes them.

    Raises:
        InvalidImage: no pixels, too many, too few bytes, an encoding that is not colour, a broken file.
    """
    if isinstance(message, CompressedImage):
        image = decode_compressed(message, max_pixels)
    else:
        image = to_rgb(raw_pixels(message, max_pixels), message.encoding)
    image.flags.writeable = False
    return image


def decode_depth(message: Image | CompressedImage, max_pixels: int = MAX_PIXELS) -> NDArray[np.float32]:
    """Depth as float32 metres [H, W], NaN where unknown.

    16UC1 and mono16 are millimetres with 0 for unknown (REP 118); in 32FC1, in metres, values that are not
    positive and finite are unknown.

    Raises:
        InvalidImage: as `decode_image`, or an encoding that is not depth.
    """
    if isinstance(message, CompressedImage):
        values = decode_compressed_depth(message, max_pixels)
    elif message.encoding in DEPTH_ENCODINGS:
        values = raw_pixels(message, max_pixels)
    else:
        raise InvalidImage(f"{message.encoding!r} is no depth encoding; use {', '.join(DEPTH_ENCODINGS)}")
    if values.dtype.kind == "u":
        return np.where(values > 0, values.astype(np.float32) / 1000, np.float32(np.nan))
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values) & (values > 0), values, np.float32(np.nan)).astype(np.float32)


def decode_camera_info(message: CameraInfo) -> Intrinsics:
    """Intrinsics of the image as published, from K: K is of the full sensor, region of interest and binning change it.

    Raises:
        InvalidImage: an uncalibrated camera (K of zeros), or a K that is not finite.
    """
    roi, across, down = message.roi, max(message.binning_x, 1), max(message.binning_y, 1)
    return Intrinsics(
        fx=message.k[0] / across,
        fy=message.k[4] / down,
        cx=(message.k[2] - roi.x_offset) / across,
        cy=(message.k[5] - roi.y_offset) / down,
        width=(roi.width or message.width) // across,
        height=(roi.height or message.height) // down,
    )


def raw_pixels(message: Image, max_pixels: int = MAX_PIXELS) -> NDArray[Any]:
    """The samples of an uncompressed image in native byte order, padding removed; a view of its memory if possible.

    Returns:
        [H, W] or [H, W, C] of uint8, uint16 or float32; [H * 3 / 2, W] for nv12 and nv21.

    Raises:
        InvalidImage: an unknown encoding, absurd or zero size, a step shorter than a row, too few bytes.
    """
    encoding, width, height, step = message.encoding, message.width, message.height, message.step
    if encoding not in LAYOUTS:
        raise InvalidImage(f"unknown encoding {encoding!r}; known are {', '.join(LAYOUTS)}")
    check_size(width, height, max_pixels)
    check_shape(encoding, width, height)
    channels, kind = LAYOUTS[encoding]
    sample = np.dtype(kind).newbyteorder(">" if message.is_bigendian else "<")
    row = width * channels * sample.itemsize
    rows = height * 3 // 2 if encoding in YUV420 else height
    if step < row:
        raise InvalidImage(f"step is {step} bytes, a row of {width} {encoding} needs {row}")
    if len(message.data) < step * rows:
        raise InvalidImage(f"the image has {len(message.data)} bytes of data, its size and step need {step * rows}")
    padded = np.frombuffer(message.data, np.uint8, step * rows).reshape(rows, step)
    pixels = np.ascontiguousarray(padded[:, :row]).view(sample)
    pixels = pixels.astype(sample.newbyteorder("="), copy=False)
    return pixels if channels == 1 else pixels.reshape(rows, width, channels)


def encode_image(pixels: NDArray[Any], encoding: str, header: Header) -> Image:
    """An image message from uint8 RGB [H, W, 3] in any colour encoding but YUV 4:2:0.

    To mono it converts, to 16 bits it scales (v * 257), to Bayer it samples.

    Raises:
        InvalidImage: an array that is not uint8 RGB, an unknown encoding, a size it cannot have.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InvalidImage(f"expected uint8 RGB [H, W, 3], got {pixels.dtype} {list(pixels.shape)}")
    check_size(pixels.shape[1], pixels.shape[0])
    check_shape(encoding, pixels.shape[1], pixels.shape[0])
    return image_message(from_rgb(pixels, encoding), encoding, header)


def encode_depth(depth_m: NDArray[np.float32], encoding: str, header: Header) -> Image:
    """A depth message from metres [H, W]: 32FC1 as it is, 16UC1 in millimetres with 0 for unknown or out of range.

    Raises:
        InvalidImage: an array that is not float [H, W], or another encoding.
    """
    return image_message(_depth_samples(depth_m, encoding), encoding, header)


def encode_compressed(pixels: NDArray[np.uint8], kind: str, header: Header) -> CompressedImage:
    """A compressed message from uint8 RGB [H, W, 3]; `kind` is jpeg or png. Raises InvalidImage for others."""
    return _compressed_message(encode_compressed_data(pixels, kind), f"rgb8; {kind} compressed bgr8", header)


def encode_compressed_depth(depth_m: NDArray[np.float32], encoding: str, header: Header) -> CompressedImage:
    """Depth as compressed_depth_image_transport writes it: 16UC1 exactly, 32FC1 by quantised inverse depth.

    Raises:
        InvalidImage: as `encode_depth`.
    """
    data = encode_compressed_depth_data(_depth_samples(depth_m, encoding))
    return _compressed_message(data, f"{encoding}; compressedDepth png", header)


def image_message(samples: NDArray[Any], encoding: str, header: Header) -> Image:
    """A message around samples that are already laid out as `encoding` says: [H, W] or [H, W, C]."""
    contiguous = np.ascontiguousarray(samples)
    height, width = contiguous.shape[:2]
    message = Image(
        header=header,
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(sys.byteorder == "big"),
        step=contiguous.nbytes // height if height else 0,
    )
    _fill(message.data, contiguous)
    return message


def _compressed_message(data: bytes, format_text: str, header: Header) -> CompressedImage:
    message = CompressedImage(header=header, format=format_text)
    _fill(message.data, np.frombuffer(data, np.uint8))
    return message


def _fill(data: array.array[int], values: NDArray[Any]) -> None:
    """Append the bytes of a contiguous array to a message's empty field in place, in one copy."""
    data.frombytes(values.reshape(-1).view(np.uint8))


def _depth_samples(depth_m: NDArray[np.float32], encoding: str) -> NDArray[Any]:
    if depth_m.ndim != 2 or depth_m.dtype.kind != "f":
        raise InvalidImage(f"expected float depth [H, W], got {depth_m.dtype} {list(depth_m.shape)}")
    check_size(depth_m.shape[1], depth_m.shape[0])
    if encoding == "32FC1":
        return depth_m.astype(np.float32, copy=False)
    if encoding != "16UC1":
        raise InvalidImage(f"cannot encode depth as {encoding!r}; use 16UC1 or 32FC1")
    with np.errstate(invalid="ignore"):
        millimetres = np.round(depth_m * 1000)
        known = np.isfinite(millimetres) & (millimetres >= 1) & (millimetres <= 65535)
    return np.where(known, millimetres, 0).astype(np.uint16)
