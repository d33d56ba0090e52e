"""How much of every pixel a thing covers, from its colour and that of what is behind it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.blobs import HARD_NOISE
from physperception.physics.measuring.shading import gain
from physperception.scene import BoolArray

Image32 = NDArray[np.float32]
MODEL_NOISE = 0.08
LEAST_CONTRAST = 14.0
RIM = 0.3
MOST_RIM_PX = 4.0
SMALLER = 0.97
MOST_SAMPLES = 2000


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
    pixels well inside near by, B the background there times
    the shade of its surroundings. A region that turns out to be too large, as one with a rim of shadow, is measured
    again inside what it covers.

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
    alpha, strength, color = _mixture(image, background, solid, free, noise, hidden)
    kept = _filled(
        cv2.morphologyEx((solid & (alpha > 0.5)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    )
    if 0.3 * solid.sum() < kept.sum() < SMALLER * solid.sum():
        solid = kept > 0
        alpha, strength, color = _mixture(image, background, solid, free, noise, hidden)
    depth = _depth(solid)
    core = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    alpha = np.where((depth > _rim(depth)) | (core & (alpha > 0.8)), 1.0, alpha)
    if hidden is not None:
        alpha = np.where(hidden & solid, 1.0, alpha)
    outline = (depth > 0) & (depth < 2)
    typical = float(np.median(np.sqrt(strength[outline]))) if outline.any() else LEAST_CONTRAST
    spread = float(np.hypot(noise / max(typical, 1.0), MODEL_NOISE))
    return alpha.astype(np.float32), min(spread, HARD_NOISE), color.astype(np.float64)


def _mixture(
    image: Image32, background: Image32, solid: BoolArray, free: BoolArray, noise: float, hidden: BoolArray | None
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Alpha by projection on the line from the background's to the thing's colour, near the thing and 0 elsewhere.

    Returns:
        float32 [h, w] of alpha, float32 [h, w] of the squared distance between the colours, float32 [3] mean colour.
    """
    depth = _depth(solid)
    rim = _rim(depth)
    inside = (depth > rim).astype(np.float32)
    if inside.sum() < 4:
        inside = (depth >= 0.999 * depth.max()).astype(np.float32)
    color = (image * inside[..., None]).sum(axis=(0, 1)) / inside.sum()
    trend = _trend(image, inside > 0)
    front = np.clip(
        trend + _spread_out(image - trend, inside, max(1.5 * rim, 2.0), np.zeros(3, np.float32)), 0.0, 255.0
    )
    around = cv2.dilate(solid.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    factor, rest = gain(image, background)
    outside = (~around & free & (rest < 4 * noise + 12)).astype(np.float32)
    shade = _spread_out(factor[..., None], outside, 2.0, np.ones(1, np.float32))
    behind = background * np.clip(shade, 0.3, 1.5)
    contrast = front - behind
    strength = np.einsum("ijk,ijk->ij", contrast, contrast)
    alpha = np.einsum("ijk,ijk->ij", image - behind, contrast) / np.maximum(strength, 1.0)
    unknown = strength < LEAST_CONTRAST**2
    if hidden is not None:
        unknown |= hidden
    alpha = np.where(unknown, solid, np.clip(alpha, 0.0, 1.0)).astype(np.float32)
    alpha[alpha < np.minimum(2.5 * noise / np.sqrt(np.maximum(strength, 1.0)), 0.35)] = 0.0
    return np.where(around & free, alpha, 0.0).astype(np.float32), strength, color


def _trend(image: Image32, inside: BoolArray) -> Image32:
    """The linear change of colour over a thing, as from shading, continued beyond it: float32 [h, w, 3]."""
    rows, columns = np.nonzero(inside)
    step = max(1, len(rows) // MOST_SAMPLES)
    rows, columns = rows[::step], columns[::step]
    middle = np.array([columns.mean(), rows.mean()])
    scale = max(float(columns.std()), float(rows.std()), 1.0)
    design = np.column_stack(((columns - middle[0]) / scale, (rows - middle[1]) / scale, np.ones(len(rows))))
    ridge = np.diag([0.02, 0.02, 0.0]) * len(rows)
    fit = np.linalg.solve(design.T @ design + ridge + 1e-6 * np.eye(3), design.T @ image[rows, columns])
    down, across = np.mgrid[: image.shape[0], : image.shape[1]]
    plane = ((across - middle[0]) / scale)[..., None] * fit[0] + ((down - middle[1]) / scale)[..., None] * fit[1]
    return np.asarray(plane + fit[2], dtype=np.float32)


def _spread_out(values: Image32, weights: NDArray[np.float32], sigma: float, default: NDArray[np.float32]) -> Image32:
    """Weighted mean of values near by, float32 [h, w, c], going over to a default far from any weight."""
    total = cv2.GaussianBlur(weights, (0, 0), sigma)
    blurred = np.asarray(cv2.GaussianBlur(values * weights[..., None], (0, 0), sigma)).reshape(values.shape)
    prior = 1e-3
    return np.asarray((blurred + prior * default) / (total[..., None] + prior), dtype=np.float32)


def _depth(solid: BoolArray) -> NDArray[np.float32]:
    """Distance of each pixel of the thing from its outline, pixels; the image border is no outline."""
    padded = cv2.copyMakeBorder(solid.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1], dtype=np.float32)


def _rim(depth: NDArray[np.float32]) -> float:
    """How far from the outline a pixel shows nothing but the thing, pixels."""
    return float(np.clip(RIM * depth.max(), 1.5, MOST_RIM_PX))


def _filled(region: NDArray[np.generic]) -> NDArray[np.uint8]:
    """The region with its holes: uint8 0/1."""
    outlines, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros(region.shape, np.uint8), outlines, -1, 1, cv2.FILLED), dtype=np.uint8)
