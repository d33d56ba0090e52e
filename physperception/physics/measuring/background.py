"""The scene without the things that move, learnt from a clip or from a stream of a camera at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.frames import CameraMoves, ImageArray
from physperception.physics.measuring.network import probabilities
from physperception.scene import BoolArray

SAMPLES = 48
KEYS = 4
SAME = 6.0
LEAST_NOISE = 0.8
TILES = 4
SHAKE_PX = 0.9
EXPLAINED = 0.75
DARKEST = 0.3


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
    """The background of a whole clip: at each pixel the mean of the images in which no moving thing is there.

    A few images are compared with each other: the network tells which of two shows the thing where they differ and
    which the place it left, so that a thing that rests at the start, at the end, or most of the time does not become
    background, as it would in a median over time.

    Args:
        frames: at least 2 images, uint8 RGB [H, W, 3] of one size.
        growing: whether what moves may be a liquid, which covers its place from the first image on.

    Raises:
        CameraMoves: most of the image moves as one.
        ModelUnavailable: the network's weights are missing or broken.
    """
    chosen = [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, SAMPLES).round().astype(int))]
    refuse_camera_motion(chosen)
    noise = image_noise(chosen)
    keys = [chosen[i] for i in np.unique(np.linspace(0, len(chosen) - 1, KEYS).round().astype(int))]
    return background_behind(chosen, keys, _things(keys, noise, growing), noise)


def background_behind(
    frames: Sequence[ImageArray], keys: Sequence[ImageArray], things: BoolArray, noise: float
) -> Background:
    """The background of images of which it is known, for some, where things are.

    Args:
        frames: uint8 RGB [H, W, 3] each; the mean is over those that look like the background.
        keys: those of which things are known.
        things: bool [K, H, W].
        noise: of a channel, grey levels.
    """
    wide = np.stack([cv2.dilate(thing.astype(np.uint8), np.ones((7, 7), np.uint8)) for thing in things]) > 0
    clear = np.where(wide.all(axis=0), np.argmin(things, axis=0), np.argmin(wide, axis=0))
    reference = np.take_along_axis(np.stack(keys), clear[None, ..., None], axis=0)[0]
    for key, thing in zip(keys, wide):
        lit = _shadows(reference, key, noise) & ~thing
        reference[lit] = key[lit]
    mean = _mean_like(frames, reference, noise)
    covered = np.asarray(things.all(axis=0))
    if covered.any():
        mean = np.asarray(cv2.inpaint(mean, covered.astype(np.uint8), 3, cv2.INPAINT_TELEA), dtype=np.uint8)
    return Background(mean, noise, covered if covered.any() else None)


def _things(images: Sequence[ImageArray], noise: float, growing: bool) -> BoolArray:
    """Where each image shows a thing that another one does not: bool [K, H, W].

    A liquid shows itself against an earlier image as a ring; inside the ring it was before.
    """
    out = np.zeros((len(images), *images[0].shape[:2]), dtype=np.bool_)
    last = len(images) - 1
    for first, second in combinations(range(len(images)), 2):
        early = probabilities(images[first], images[second], noise, None)[0]
        late = probabilities(images[second], images[first], noise, None)[0]
        out[first] |= (early > 0.5) & (early > late)
        ring = (late > 0.5) & (late > early)
        out[second] |= ring
        if growing and second == last:
            outlines, _ = cv2.findContours(ring.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            whole = cv2.drawContours(np.zeros(ring.shape, np.uint8), outlines, -1, 1, cv2.FILLED) > 0
            out[first] |= whole & ~ring
            out[last] |= whole
    return out


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


def _shadows(image: ImageArray, other: ImageArray, noise: float) -> BoolArray:
    """Where an image is as another one in shadow: darker by one factor in all channels, bool [H, W]."""
    seen, lit = (cv2.blur(part.astype(np.float32) + 4, (5, 5)) for part in (image, other))
    ratio = seen / lit
    slack = 0.05 + noise / lit.min(axis=2)
    darkest, brightest = ratio.min(axis=2), ratio.max(axis=2)
    return np.asarray((darkest > DARKEST) & (brightest < 1 - slack) & (brightest - darkest < slack))


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


def changed_pixels(image: ImageArray, other: ImageArray, noise: float) -> BoolArray:
    """Where two images differ by more than noise does: bool [H, W]."""
    difference = cv2.transform(cv2.absdiff(image, other), np.ones((1, 3), dtype=np.float32))
    return np.asarray(cv2.blur(difference, (3, 3)) > 7.0 * noise + 4.0)
