"""Moving things in an image, by what differs from the background: regions without shadows, and their coverage."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.background import Background
from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.frames import ImageArray, Size
from physperception.physics.measuring.matting import coverage
from physperception.physics.measuring.shading import shadow_parts
from physperception.scene import BoolArray

LEAST_AREA = 14
PAD = 9


def segment(image: ImageArray, background: Background, *, filled: bool = False) -> list[Blob]:
    """Things in front of the background.

    Args:
        image: uint8 RGB [H, W, 3] of the background's size.
        filled: whether things have no holes, as a liquid that reflects light.

    Returns:
        One `Blob` for each connected region, largest first.
    """
    difference = cv2.transform(cv2.absdiff(image, background.image), np.ones((1, 3), dtype=np.float32))
    smooth = cv2.blur(difference, (3, 3))
    low = (smooth > 5.0 * background.noise + 3.0).astype(np.uint8)
    strong = smooth > 11.0 * background.noise + 8.0
    if background.covered is not None:
        low |= background.covered
        strong |= background.covered
    regions = cv2.morphologyEx(low, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, numbered, stats, _ = cv2.connectedComponentsWithStats(regions, connectivity=8)
    labels = np.asarray(numbered)
    certain = np.bincount(labels[strong], minlength=count)
    blobs = []
    for index in range(1, count):
        if stats[index, cv2.CC_STAT_AREA] >= LEAST_AREA and certain[index] >= LEAST_AREA / 3:
            blobs += _cover(image, background, labels, index, stats[index], filled)
    return sorted(blobs, key=lambda blob: -blob.area)


def _cover(
    image: ImageArray,
    background: Background,
    labels: NDArray[Any],
    index: int,
    stats: NDArray[Any],
    filled: bool,
) -> list[Blob]:
    """What one region of difference holds: none, one or more things, without their shadows."""
    height, width = image.shape[:2]
    left, top = max(stats[0] - PAD, 0), max(stats[1] - PAD, 0)
    area = np.s_[top : min(stats[1] + stats[3] + PAD, height), left : min(stats[0] + stats[2] + PAD, width)]
    seen, behind = image[area], background.image[area]
    region = labels[area] == index
    others = (labels[area] > 0) & ~region
    hidden = None if background.covered is None else background.covered[area]
    solid = _without_shadow(region, shadow_parts(seen, behind, region, background.noise), hidden)
    seen32, behind32 = seen.astype(np.float32), behind.astype(np.float32)
    if filled:
        outlines, _ = cv2.findContours(solid.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        solid = cv2.drawContours(np.zeros(solid.shape, np.uint8), outlines, -1, 1, cv2.FILLED) > 0
    count, parts, sizes, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8), connectivity=8)
    blobs = []
    for part in range(1, count):
        if sizes[part, cv2.CC_STAT_AREA] >= LEAST_AREA:
            own = parts == part
            free = ~(others | (solid & ~own))
            alpha, noise, color = coverage(seen32, behind32, own, free, background.noise, hidden)
            blobs.append(_trimmed(left, top, alpha, (width, height), noise, color))
    return blobs


def _without_shadow(region: BoolArray, shade: BoolArray, hidden: BoolArray | None) -> BoolArray:
    """The region without shadow, bool [h, w]; pixels whose background is not known are no shadow."""
    if hidden is not None:
        shade = shade & ~hidden
    lit = cv2.morphologyEx((region & ~shade).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray((cv2.morphologyEx(lit, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0) & region)


def _trimmed(
    x: int,
    y: int,
    alpha: NDArray[np.float32],
    size: Size,
    noise: float,
    color: NDArray[np.float64],
) -> Blob:
    """The blob in the smallest crop that holds it."""
    covered = alpha > 0
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    if not rows.size:
        return Blob(x, y, alpha, size, noise, color)
    crop = alpha[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    return Blob(int(x + columns[0]), int(y + rows[0]), crop, size, noise, color)
