"""Moving things in an image, by what differs from the background: regions without shadows, and their coverage."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.background import Background
from physperception.physics.measuring.blobs import HARD_NOISE, Blob
from physperception.physics.measuring.frames import ImageArray, Size
from physperception.physics.measuring.shading import gain, shadow_parts
from physperception.scene import BoolArray

Image32 = NDArray[np.float32]
LEAST_AREA = 14
PAD = 9
MODEL_NOISE = 0.08
LEAST_CONTRAST = 14.0


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


def coverage(
    image: Image32,
    background: Image32,
    solid: BoolArray,
    free: BoolArray,
    noise: float,
    hidden: BoolArray | None = None,
) -> tuple[NDArray[np.float32], float, NDArray[np.float64]]:
    """How much of each pixel a thing covers, from the mixture of its colour and the background's at the outline.

    The image is alpha F + (1 - alpha) B in the compositing equation (Porter and Duff 1984); F is the mean colour of
    pixels well inside near by, B the background there times the shade of its surroundings.

    Args:
        image, background: float32 RGB [h, w, 3].
        solid: bool [h, w], pixels of the thing, to the pixel.
        free: bool [h, w], pixels of no other thing.
        noise: of a channel, grey levels.
        hidden: bool [h, w], pixels whose background is not known.

    Returns:
        float32 [h, w] of alpha in 0..1, the standard deviation of alpha in a pixel of the outline, and the thing's
        mean colour, float64 [3].
    """
    depth = cv2.distanceTransform(
        cv2.copyMakeBorder(solid.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 3
    )
    depth = depth[1:-1, 1:-1]
    rim = float(np.clip(0.3 * depth.max(), 1.5, 6.0))
    inside = (depth > rim).astype(np.float32)
    if inside.sum() < 4:
        inside = (depth >= 0.999 * depth.max()).astype(np.float32)
    color = (image * inside[..., None]).sum(axis=(0, 1)) / inside.sum()
    front = _spread_out(image, inside, rim, color)
    away = cv2.dilate(solid.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    factor, rest = gain(image, background)
    outside = (away & free & (rest < 4 * noise + 12)).astype(np.float32)
    shade = _spread_out(factor[..., None], outside, 2.0, np.ones(1, np.float32))
    behind = background * np.clip(shade, 0.3, 1.5)
    contrast = front - behind
    strength = np.einsum("ijk,ijk->ij", contrast, contrast)
    alpha = np.einsum("ijk,ijk->ij", image - behind, contrast) / np.maximum(strength, 1.0)
    weak = strength < LEAST_CONTRAST**2
    alpha = np.where(weak, solid, np.clip(alpha, 0.0, 1.0))
    alpha[alpha < np.minimum(2.5 * noise / np.sqrt(np.maximum(strength, 1.0)), 0.35)] = 0.0
    band = cv2.dilate(solid.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    alpha = np.where(band & free, alpha, 0.0)
    core = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    alpha = np.where((depth > rim) | (core & (alpha > 0.8)), 1.0, alpha)
    if hidden is not None:
        alpha = np.where(hidden & solid, 1.0, alpha)
    outline = (depth > 0) & (depth < 2)
    typical = float(np.median(np.sqrt(strength[outline]))) if outline.any() else LEAST_CONTRAST
    spread = float(np.hypot(noise / max(typical, 1.0), MODEL_NOISE))
    return alpha.astype(np.float32), min(spread, HARD_NOISE), color.astype(np.float64)


def _spread_out(values: Image32, weights: NDArray[np.float32], reach: float, default: NDArray[np.float32]) -> Image32:
    """Weighted mean of values near by, float32 [h, w, c], going over to a default far from any weight."""
    sigma = max(1.5 * reach, 2.0)
    total = cv2.GaussianBlur(weights, (0, 0), sigma)
    blurred = cv2.GaussianBlur(values * weights[..., None], (0, 0), sigma)
    blurred = blurred.reshape(values.shape)
    prior = 1e-3
    return np.asarray((blurred + prior * default) / (total[..., None] + prior), dtype=np.float32)


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
