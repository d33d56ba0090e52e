"""The scene without the things that move, learnt from a clip or from a stream of a camera at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.frames import CameraMoves, ImageArray
from physperception.physics.measuring.resting import resting_regions
from physperception.scene import BoolArray

SAMPLES = 48
SAME = 6.0
LEAST_NOISE = 0.8
TILES = 4
SHAKE_PX = 0.9
EXPLAINED = 0.75


@dataclass(frozen=True, eq=False)
class Background:
    """What the camera sees where nothing moves.

    Attributes:
        image: uint8 RGB [H, W, 3].
        noise: standard deviation of a channel of an image from it, grey levels.
        covered: bool [H, W], pixels that a moving thing hides in every image, so that what is behind is unknown;
            None when there are none.
    """

    image: ImageArray
    noise: float
    covered: BoolArray | None = None


def clip_background(frames: Sequence[ImageArray], *, growing: bool = False) -> Background:
    """The background of a whole clip: what first and last image agree on, else the one in which nothing rests.

    A thing that rests at the start or at the end of the clip, even for most of it, does not become background, as it
    would in a median over time; `resting_regions` tells which of the two images shows it.

    Args:
        frames: at least 2 images, uint8 RGB [H, W, 3] of one size.
        growing: whether what moves may be a liquid, which covers its place from the first image on.

    Raises:
        CameraMoves: most of the image moves as one.
    """
    chosen = [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, SAMPLES).round().astype(int))]
    refuse_camera_motion(chosen)
    noise = image_noise(chosen)
    first, last = chosen[0], chosen[-1]
    resting = resting_regions(first, last, noise, growing=growing)
    wide = cv2.dilate(resting.first.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    reference = np.where((wide & ~resting.last)[..., None], last, first)
    mean = _mean_like(chosen, reference, noise)
    covered = resting.first & resting.last
    if covered.any():
        mean = np.asarray(cv2.inpaint(mean, covered.astype(np.uint8), 3, cv2.INPAINT_TELEA), dtype=np.uint8)
    return Background(mean, noise, covered if covered.any() else None)


def image_noise(frames: Sequence[ImageArray]) -> float:
    """Standard deviation of a channel over time where nothing moves, grey levels, from neighbouring images."""
    pairs = list(pairwise(frames))[:: max(1, (len(frames) - 1) // 6)]
    spreads = []
    for before, after in pairs:
        difference = after[::3, ::3].astype(np.float32) - before[::3, ::3]
        magnitude = np.abs(difference - np.median(difference))
        quantile = float(np.median(magnitude + np.linspace(-0.5, 0.5, magnitude.size).reshape(magnitude.shape)))
        spreads.append(1.4826 * quantile / np.sqrt(2.0))
    return max(float(np.median(spreads)), LEAST_NOISE)


def refuse_camera_motion(frames: Sequence[ImageArray]) -> None:
    """Compare some images with the first.

    Raises:
        CameraMoves: most of one is displaced by nearly a pixel or more.
    """
    first = half_grey(frames[0])
    for frame in frames[1 :: max(1, (len(frames) - 1) // 6)]:
        shift = global_shift(half_grey(frame), first)
        if shift is not None and np.hypot(*shift) > SHAKE_PX:
            raise CameraMoves(
                f"the camera moves (by {np.hypot(*shift):.1f} pixels), and motion is measured by a camera at rest"
            )


def global_shift(grey: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[float, float] | None:
    """Displacement of `grey` against `other`, float32 [h, w] at half size, in pixels of the full size.

    None when there is none that makes most of the image more alike, as when only things in it move.
    """
    window = cv2.createHanningWindow((grey.shape[1], grey.shape[0]), cv2.CV_32F)
    (across, down), _ = cv2.phaseCorrelate(other.copy(), grey.copy(), window)
    move = np.array([[1.0, 0.0, across], [0.0, 1.0, down]])
    moved = cv2.warpAffine(other, move, other.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    before, after = (_typical_difference(grey, image) for image in (other, moved))
    return (float(2 * across), float(2 * down)) if after < EXPLAINED * before else None


def _typical_difference(grey: NDArray[np.float32], other: NDArray[Any]) -> float:
    """Median over the tiles of the mean absolute difference, grey levels."""
    height, width = grey.shape[0] // TILES, grey.shape[1] // TILES
    whole = np.abs(grey - other)[: TILES * height, : TILES * width]
    return float(np.median(whole.reshape(TILES, height, TILES, width).mean(axis=(1, 3))))


def half_grey(image: ImageArray) -> NDArray[np.float32]:
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _mean_like(frames: Sequence[ImageArray], reference: ImageArray, noise: float) -> ImageArray:
    """Mean of the images at each pixel where they look like the reference there: uint8 [H, W, 3]."""
    total = reference.astype(np.float32)
    count = np.ones(reference.shape[:2], dtype=np.float32)
    limit = max(3.0 * SAME * noise * 0.6, 12.0)
    for frame in frames:
        difference = cv2.transform(cv2.absdiff(frame, reference), np.ones((1, 3), dtype=np.float32))
        alike = (cv2.blur(difference, (3, 3)) < limit).astype(np.uint8)
        cv2.accumulate(frame, total, mask=alike)
        count += alike
    return np.clip(np.rint(total / count[..., None]), 0, 255).astype(np.uint8)
