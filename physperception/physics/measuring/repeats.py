"""Images that are in a clip twice: screen recordings, and files of a higher rate than the camera's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.frames import ImageArray

SHRINK = 4
CLEAR_CHANGE = 6.0
SAME = 0.2
NEAR = 2
LEAST_SHARE = 0.25
LEAST_MOVING = 8


def without_repeats(images: Sequence[ImageArray]) -> list[int]:
    """Indices of the images to measure: the first of each run of copies, or all where the clip does not repeat.

    An image is a copy when it differs from the one before far less than its neighbours do from theirs; lossy
    compression makes copies a little different. An apex or an impact halfway between two images looks the same once in
    a flight, so that at least a quarter of the images in which something moves must be copies. Never are more images
    left out in a row than the clip usually repeats, which keeps what rests at the rate of the camera.

    Args:
        images: uint8 RGB [H, W, 3] of one size.
    """
    everything = list(range(len(images)))
    changes = _changes(images)
    around = np.stack([_largest_near(changes, steps) for steps in (-1, 1)]).min(axis=0)
    moving = around > CLEAR_CHANGE
    copies = moving & (changes < SAME * around)
    if moving.sum() < LEAST_MOVING or copies.sum() < LEAST_SHARE * moving.sum():
        return everything
    runs = [sum(1 for _ in run) for copy, run in groupby(copies) if copy]
    longest = int(np.quantile(runs, 0.75))
    highest = 1.5 * float(np.quantile(changes[copies], 0.9))
    kept: list[int] = []
    for index in everything:
        same = index > 0 and (copies[index] or changes[index] <= highest)
        if not (same and index - kept[-1] <= longest):
            kept.append(index)
    return kept


def _changes(images: Sequence[ImageArray]) -> NDArray[np.float64]:
    """The largest change of a small grey image from the one before, grey levels, float64 [N]; 0 for the first."""
    changes = np.zeros(len(images))
    last: NDArray[np.float32] | None = None
    for index, image in enumerate(images):
        height, width = image.shape[:2]
        size = (max(width // SHRINK, 1), max(height // SHRINK, 1))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        if last is not None:
            changes[index] = float(np.abs(grey - last).max())
        last = grey
    return changes


def _largest_near(changes: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """The largest of the next (step 1) or last (step -1) few changes, float64 [N]; 0 at the end."""
    largest = np.zeros_like(changes)
    for distance in range(1, NEAR + 1):
        moved = np.roll(changes, -step * distance)
        if step > 0:
            moved[-distance:] = 0
        else:
            moved[:distance] = 0
        largest = np.maximum(largest, moved)
    return largest
