"""A clip, and a look at what moves in it: the square around the motion, the frames that matter, what is new in them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage, PhysperceptionError
from physperception.physics.measuring.background import clip_background
from physperception.physics.measuring.frames import CameraMoves
from physperception.physics.measuring.segmentation import segment
from physperception.physics.observations import Refusal, View
from physperception.physics.readout.rasters import Raster, image_raster, plane_raster
from physperception.scene import Box

LEAST_FRAMES = 8
SMALL_SIDE = 160
LEAST_CHANGE, MOST_CHANGE = 10, 40
STILL_SHARE = 0.5
LEAST_PATCH = 6


class Unwatchable(PhysperceptionError):
    """Nothing can be learned from a clip; `refusal` says why and the message is "CODE: one sentence"."""

    def __init__(self, refusal: Refusal, sentence: str) -> None:
        super().__init__(f"{refusal.value}: {sentence}")
        self.refusal = refusal


@dataclass(frozen=True, eq=False)
class Clip:
    """Images of one thing that moves, seen by a camera that does not.

    Attributes:
        frames: uint8 RGB [T, H, W, 3].
        stamps_s: float64 [T], seconds, rising; gaps and any frame rate are fine.
        view: what is known of camera, plane and sizes.
        region: pixels to which the motion is limited, where several things move; None for the whole image.

    Raises:
        InvalidImage: another shape or type, or stamps that do not rise.
    """

    frames: NDArray[np.uint8]
    stamps_s: NDArray[np.float64]
    view: View = field(default_factory=View)
    region: Box | None = None

    def __post_init__(self) -> None:
        shape = self.frames.shape
        if self.frames.dtype != np.uint8 or len(shape) != 4 or shape[3] != 3 or 0 in shape:
            raise InvalidImage(f"a clip needs uint8 frames [T, H, W, 3], got {self.frames.dtype} {list(shape)}")
        stamps = np.asarray(self.stamps_s, dtype=np.float64)
        if stamps.shape != shape[:1]:
            raise InvalidImage(f"a clip of {shape[0]} frames needs as many stamps, got {list(stamps.shape)}")
        if not np.isfinite(stamps).all() or not (np.diff(stamps) > 0).all():
            raise InvalidImage("the stamps of a clip must be finite and rise")
        object.__setattr__(self, "stamps_s", stamps)


@dataclass(frozen=True, eq=False)
class Watched:
    """What a person would look at: the square around all motion, in the frames in which something happens.

    Attributes:
        frames: uint8 RGB [N, S, S, 3].
        things: uint8 [N, S, S], how much of each pixel something that moves covers, of 255.
        stamps_s: float32 [N], from the first of them.
        indices: int [N], of the clip's frames.
        raster: how the square lies in the image or on the plane.
    """

    frames: NDArray[np.uint8]
    things: NDArray[np.uint8]
    stamps_s: NDArray[np.float32]
    indices: NDArray[np.int64]
    raster: Raster


@dataclass(frozen=True, eq=False)
class Motion:
    """Where and when pixels change.

    Attributes:
        points: float64 [K, 2], pixels of the image that change at some time.
        amount: float64 [T], share of pixels that changed since the frame before.
    """

    points: NDArray[np.float64]
    amount: NDArray[np.float64]


def watch(
    clip: Clip, frames: int, size: int, on_plane: bool = False, even: bool = False, growing: bool = False
) -> Watched:
    """Look at a clip.

    Args:
        clip: images and what is known.
        frames: how many at most; fewer where the clip has fewer.
        size: of the square, pixels.
        on_plane: look straight down at the plane where the view knows it with a camera.
        even: frames at even steps of time rather than of motion, repeated where there are too few.
        growing: whether what moves is a liquid, which spreads over its place.

    Raises:
        Unwatchable: fewer than 8 frames, nothing moves, or everything does.
    """
    if len(clip.frames) < LEAST_FRAMES:
        raise Unwatchable(Refusal.TOO_SHORT, f"{len(clip.frames)} frames are fewer than the {LEAST_FRAMES} needed")
    motion = find_motion(clip)
    raster = plane_raster(motion.points, clip.view, size) if on_plane else None
    raster = raster or image_raster(motion.points, clip.view, size)
    indices = even_frames(clip.stamps_s, motion.amount, frames) if even else busy_frames(motion.amount, frames)
    seen = raster.cut(clip.frames[indices])
    things = raster.cut(cover_of_things(clip, indices, growing))[..., 0]
    stamps = (clip.stamps_s[indices] - clip.stamps_s[indices[0]]).astype(np.float32)
    return Watched(seen, things, stamps, indices, raster)


def cover_of_things(clip: Clip, indices: NDArray[np.int64], growing: bool) -> NDArray[np.uint8]:
    """How much of each pixel something that moves covers, uint8 [N, H, W, 1] of 255, by the motion segmenter.

    Raises:
        Unwatchable: the camera moves.
    """
    frames = list(clip.frames)
    try:
        background = clip_background(frames, growing=growing)
    except CameraMoves as error:
        raise Unwatchable(Refusal.AMBIGUOUS_OBJECT, str(error)) from error
    out = np.zeros((len(indices), *clip.frames.shape[1:3], 1), dtype=np.uint8)
    for row, index in enumerate(indices):
        for blob in segment(frames[index], background, filled=growing).blobs:
            height, width = blob.alpha.shape
            window = out[row, blob.y : blob.y + height, blob.x : blob.x + width, 0]
            np.maximum(window, np.rint(255 * blob.alpha).astype(np.uint8), out=window)
    return out


def find_motion(clip: Clip) -> Motion:
    """Pixels that change from frame to frame by more than noise; raises Unwatchable as `watch`."""
    height, width = clip.frames.shape[1:3]
    factor = max(1.0, max(height, width) / SMALL_SIDE)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in clip.frames]).astype(np.int16)
    steps = np.abs(np.diff(small, axis=0)).max(-1)
    changed = steps > np.clip(5 * np.median(steps), LEAST_CHANGE, MOST_CHANGE)
    share = changed.mean((1, 2))
    if np.median(share) > STILL_SHARE:
        raise Unwatchable(Refusal.AMBIGUOUS_OBJECT, "the whole image moves, so that no one thing can be told from it")
    kernel = np.ones((2, 2), np.uint8)
    changed = np.stack([cv2.morphologyEx(step.view(np.uint8), cv2.MORPH_OPEN, kernel) for step in changed]).astype(bool)
    scale = np.array([width / size[0], height / size[1]])
    if clip.region is not None:
        columns, rows = (np.arange(size[0]) + 0.5) * scale[0], (np.arange(size[1]) + 0.5) * scale[1]
        changed &= ((rows >= clip.region.y1) & (rows <= clip.region.y2))[:, None]
        changed &= ((columns >= clip.region.x1) & (columns <= clip.region.x2))[None]
    points = (_large_patches(np.asarray(changed.any(0)))[:, ::-1] + 0.5) * scale - 0.5
    if not len(points):
        raise Unwatchable(Refusal.NO_MOTION, "nothing moves in these images")
    amount = np.concatenate(([0.0], changed.mean((1, 2))))
    return Motion(points, amount)


def busy_frames(amount: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Indices [<= count] spread evenly over the motion rather than over time, within the time in which things move.

    Args:
        amount: float64 [T] of motion.
        count: how many at most.
    """
    moving = np.flatnonzero(amount)
    first, last = max(0, int(moving[0]) - 3), min(len(amount) - 1, int(moving[-1]) + 3)
    while last - first + 1 < min(LEAST_FRAMES, len(amount)):
        first, last = max(0, first - 1), min(len(amount) - 1, last + 1)
    if last - first + 1 <= count:
        return np.arange(first, last + 1)
    part = amount[first : last + 1]
    weight = 0.5 * np.minimum(part / part.mean(), 4.0) + 0.5
    course = np.cumsum(weight) - 0.5 * weight
    wanted = np.interp(np.linspace(course[0], course[-1], count), course, np.arange(len(part)))
    return first + np.unique(wanted.round().astype(np.int64))


def even_frames(stamps_s: NDArray[np.float64], amount: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Indices [count] at even steps of time within the time in which things move, the nearest frame each."""
    moving = np.flatnonzero(amount)
    first, last = max(0, int(moving[0]) - 2), min(len(amount) - 1, int(moving[-1]) + 2)
    wanted = np.linspace(stamps_s[first], stamps_s[last], count)
    return np.abs(stamps_s[:, None] - wanted).argmin(0)


def known_context(clip: Clip, raster: Raster) -> NDArray[np.float32]:
    """What a robot knows beside the images, float32 [10]; an unknown part is zeros.

    Log side of the square in metres and whether it is known; log length and width of the sliding surface and whether
    they are; log volume over a decilitre and whether it is; sine and cosine of the plane's tilt and whether they are.
    """
    view = clip.view
    context = np.zeros(10, dtype=np.float32)
    if math.isfinite(raster.side_m):
        context[:2] = math.log(raster.side_m), 1
    if view.surface_size_m is not None:
        context[2:5] = math.log(view.surface_size_m[0]), math.log(view.surface_size_m[1]), 1
    if view.volume_m3 is not None:
        context[5:7] = math.log(view.volume_m3 / 1e-4), 1
    if view.plane is not None and view.gravity is not None:
        cosine = min(1.0, abs(float(np.dot(view.plane.normal, view.gravity))))
        context[7:] = math.sqrt(1 - cosine**2), cosine, 1
    return context


def _large_patches(changed: NDArray[np.bool_]) -> NDArray[np.int64]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(changed.astype(np.uint8), connectivity=8)
    large = [label for label in range(1, count) if stats[label, cv2.CC_STAT_AREA] >= LEAST_PATCH]
    return np.argwhere(np.isin(labels, large))
