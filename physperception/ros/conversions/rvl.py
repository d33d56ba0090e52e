"""Run-length coded depth (RVL), as compressed_depth_image_transport sends it (Wilson, ISS 2017)."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage
from physperception.ros.conversions.limits import check_size

SIZE = struct.Struct("<II")
LONGEST = 10
CUT_OFF = "the RVL depth image is cut off"


def decode_rvl(data: bytes, max_pixels: int) -> NDArray[np.uint16]:
    """uint16 [H, W] from width, height and a stream of numbers.

    The numbers alternate: how many zeros follow, how many other pixels follow, and for each of these its difference
    to the one before, with the sign in the lowest bit.

    Raises:
        InvalidImage: cut off, or a size that is zero, too large, or not that of the stream.
    """
    if len(data) < SIZE.size:
        raise InvalidImage(CUT_OFF)
    width, height = SIZE.unpack_from(data)
    check_size(width, height, max_pixels)
    numbers = _numbers(data[SIZE.size :])
    starts, counts = _runs(numbers, width * height)
    pixels = np.zeros(width * height, dtype=np.uint16)
    if counts.sum():
        order = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        signed = numbers[np.repeat(starts[:, 0], counts) + order]
        differences = (signed >> 1) ^ -(signed & 1)
        pixels[np.repeat(starts[:, 1], counts) + order] = np.cumsum(differences).astype(np.uint16)
    return pixels.reshape(height, width)


def _numbers(stream: bytes) -> NDArray[np.int64]:
    """The numbers in a stream of 32-bit words: half-bytes from the top, three bits each, lowest first, the fourth
    says that more follow."""
    words = np.frombuffer(stream[: len(stream) // 4 * 4], "<u4").astype(">u4").view(np.uint8)
    nibbles = np.stack((words >> 4, words & 15), axis=-1).reshape(-1).astype(np.int64)
    ends = np.flatnonzero(nibbles < 8)
    if not ends.size:
        raise InvalidImage(CUT_OFF)
    firsts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - firsts + 1
    if lengths.max() > LONGEST:
        raise InvalidImage("the RVL depth image has a number of more than 30 bits")
    places = np.arange(ends[-1] + 1) - np.repeat(firsts, lengths)
    return np.add.reduceat((nibbles[: ends[-1] + 1] & 7) << (3 * places), firsts)


def _runs(numbers: NDArray[np.int64], pixels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Runs of pixels that are not zero: [N, 2] of first number and first pixel, and [N] of their lengths."""
    starts, counts = [], []
    number = pixel = 0
    while pixel < pixels:
        if number + 2 > len(numbers):
            raise InvalidImage(CUT_OFF)
        zeros, others = int(numbers[number]), int(numbers[number + 1])
        starts.append((number + 2, pixel + zeros))
        counts.append(others)
        number, pixel = number + 2 + others, pixel + zeros + others
        if zeros + others == 0:
            raise InvalidImage("the RVL depth image has a run of no pixels")
    if pixel > pixels or number > len(numbers):
        raise InvalidImage("the RVL depth image does not have the number of pixels it claims")
    return np.array(starts), np.array(counts)
