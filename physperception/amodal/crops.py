"""Square crops around objects, as the completers see them, and the way back into the image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.scene import Mask

CONTEXT = 2.2
SMALLEST_PX = 48

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Crop:
    """A square of the image plane, in whole pixels; it may reach past the image.

    Attributes:
        x, y: its first pixel.
        side: its width and height in pixels.
    """

    x: int
    y: int
    side: int


def crop_around(visible: Mask, context: float = CONTEXT) -> Crop:
    """The square centred on an object's visible mask, `context` times its longer side, SMALLEST_PX at CONTEXT at least.

    The least side grows with `context`, so that the middle of a wider crop of a small object is its usual crop.
    """
    tight = visible.tight()
    side = max(round(context * max(tight.width, tight.height)), round(SMALLEST_PX * context / CONTEXT))
    return Crop(round(tight.x + tight.width / 2 - side / 2), round(tight.y + tight.height / 2 - side / 2), side)


def cut_image(image: NDArray[np.uint8], crop: Crop, size: int) -> NDArray[np.uint8]:
    """The crop of an RGB image [H, W, 3] at size x size pixels; black outside the image."""
    height, width = image.shape[:2]
    left, top = max(crop.x, 0), max(crop.y, 0)
    right, bottom = min(crop.x + crop.side, width), min(crop.y + crop.side, height)
    window = np.zeros((crop.side, crop.side, 3), dtype=np.uint8)
    if left < right and top < bottom:
        window[top - crop.y : bottom - crop.y, left - crop.x : right - crop.x] = image[top:bottom, left:right]
    return _resize(window, size)


def cut_mask(mask: Mask, crop: Crop, size: int) -> FloatArray:
    """The crop of a mask as float32 [size, size]: which part of each cell is covered."""
    window = mask.window(crop.x, crop.y, crop.side, crop.side).view(np.uint8) * np.uint8(255)
    return _resize(window, size).astype(np.float32) / np.float32(255)


def cut_inside(width: int, height: int, crop: Crop, size: int) -> FloatArray:
    """1 where the crop is inside an image of this size, 0 outside, float32 [size, size]."""
    if crop.x >= 0 and crop.y >= 0 and crop.x + crop.side <= width and crop.y + crop.side <= height:
        return np.ones((size, size), dtype=np.float32)
    return np.outer(_covered(height, crop.y, crop.side, size), _covered(width, crop.x, crop.side, size))


def _covered(length: int, start: int, side: int, size: int) -> FloatArray:
    """Which part of each of `size` cells, from `start` over `side` pixels, lies in 0..length: float32 [size]."""
    edges = (start + np.arange(size + 1) * (side / size)).clip(0, length)
    return (np.diff(edges) * (size / side)).astype(np.float32)


def put_back(values: FloatArray, crop: Crop) -> FloatArray:
    """What was predicted on the crop's cells, [S, S], at the resolution of the image: float32 [side, side]."""
    return np.asarray(cv2.resize(values, (crop.side, crop.side), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _resize(window: NDArray, size: int) -> NDArray:
    shrinks = window.shape[0] > size
    return cv2.resize(window, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
