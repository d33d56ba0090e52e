"""What earlier frames showed of an object: its fullest view, carried along as it moves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.scene import Mask

FULLER = 0.9
"""The remembered view is used when less than this part of what it showed is seen now."""
LEAST_INSIDE = 0.9
LARGEST_DIFFERENCE = 30.0
POINTS = 60
LEAST_POINTS = 6
RIM_PX = 8
KERNEL = np.ones((5, 5), np.uint8)
PATIENCE = 3
NOWHERE = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))

GreyImage = NDArray[np.uint8]
Motion = NDArray[np.float64]


@dataclass
class _View:
    """The fullest view of one object and where it is now.

    Attributes:
        grey: uint8 [H, W] of its frame.
        visible, amodal: masks in that frame.
        occlusion: how much of the object was hidden then.
        stamp_ns: of that frame.
        motion: 2 x 3, from that frame to the latest one.
        last_visible: in the latest frame; empty when it was out of sight there.
        misfits: frames in a row in which the object did not look like this.
    """

    grey: GreyImage
    visible: Mask
    amodal: Mask
    occlusion: float
    stamp_ns: int
    motion: Motion
    last_visible: Mask
    misfits: int = 0


class ShapeMemory:
    """Remembers how whole objects looked and says where their hidden parts are now.

    Objects are followed from frame to frame by points on their visible part (Lucas & Kanade 1981) and a similarity
    transform, which is then set right against the remembered view. A memory is believed only while what is seen of
    the object lies inside it and looks like it.

    Args:
        memory_s: views older than this are forgotten.
    """

    def __init__(self, memory_s: float) -> None:
        self._memory_s = memory_s
        self._views: dict[str, _View] = {}
        self._last: GreyImage | None = None

    def reset(self) -> None:
        """Forget everything, as after a jump in time."""
        self._views.clear()
        self._last = None

    def follow(
        self, image: NDArray[np.uint8], visible: dict[str, Mask], stamp_ns: int
    ) -> dict[str, tuple[Mask, float]]:
        """Move the remembered views to a new frame.

        Args:
            image: uint8 RGB [H, W, 3].
            visible: masks of the objects in it, by id.
            stamp_ns: when it was taken.

        Returns:
            By id, for objects that were seen more fully before: their whole mask here, and how far it is to be
            believed, 0 to 1.
        """
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        recalled = {}
        horizon_ns = stamp_ns - round(self._memory_s * 1e9)
        self._views = {name: view for name, view in self._views.items() if horizon_ns <= view.stamp_ns <= stamp_ns}
        for name in self._views.keys() - visible.keys():
            self._views[name].last_visible = NOWHERE
        for name, mask in visible.items():
            view = self._views.get(name)
            if view is None or self._last is None or self._last.shape != grey.shape:
                continue
            view.motion = _followed(view, self._last, grey, mask)
            view.last_visible = mask
            found = self._recall(view, grey, mask)
            if found is not None:
                recalled[name] = found
        self._last = grey
        return recalled

    def learn(self, name: str, visible: Mask, amodal: Mask, occlusion: float, stamp_ns: int) -> None:
        """Keep the view of the latest frame where it is fuller than the one remembered, or that one does not fit."""
        if self._last is None:
            return
        view = self._views.get(name)
        if view is not None and view.misfits < PATIENCE:
            scale = float(np.sqrt(abs(np.linalg.det(view.motion[:, :2]))))
            if visible.area < view.visible.area * scale**2:
                return
        identity = np.eye(2, 3)
        self._views[name] = _View(self._last, visible, amodal, occlusion, stamp_ns, identity, visible)

    def _recall(self, view: _View, grey: GreyImage, visible: Mask) -> tuple[Mask, float] | None:
        height, width = grey.shape
        whole = _warped(view.amodal, view.motion, width, height)
        shown = _warped(view.visible, view.motion, width, height).clip(width, height)
        both = _both(shown, visible)
        fits = visible.intersection_area(whole) >= LEAST_INSIDE * visible.area and both.area > 0
        if fits:
            part = np.s_[both.y : both.y + both.height, both.x : both.x + both.width]
            then = _appearance(view.grey, view.motion, both)[part].astype(np.int16)
            fits = float(np.abs(then - grey[part])[both.data].mean()) <= LARGEST_DIFFERENCE
        view.misfits = 0 if fits else view.misfits + 1
        if not fits or visible.area >= FULLER * shown.area:
            return None
        return whole, 1.0 - view.occlusion


def _followed(view: _View, before: GreyImage, after: GreyImage, visible: Mask) -> Motion:
    """The motion of a view up to a new frame: from frame to frame, then set right by the view itself, against drift."""
    height, width = after.shape
    motion = _chained(_motion(before, after, view.last_visible, visible), view.motion)
    both = _both(_warped(view.visible, motion, width, height), visible)
    return _chained(_motion(_appearance(view.grey, motion, both), after, both, both), motion)


def _motion(before: GreyImage, after: GreyImage, visible_before: Mask, visible_after: Mask) -> Motion:
    """Similarity transform of an object between two images; the identity where too few points agree on one.

    Args:
        before, after: uint8 [H, W].
        visible_before, visible_after: inside the images. Whatever is around the object is painted over with its mean
            grey: the edges of its occluders move as they do, not as it does.
    """
    if not visible_before.area or not visible_after.area:
        return np.eye(2, 3)
    height, width = before.shape
    one, other = visible_before.extent, visible_after.extent
    left, top = (max(int(min(a, b)) - RIM_PX, 0) for a, b in ((one.x1, other.x1), (one.y1, other.y1)))
    right, bottom = min(int(max(one.x2, other.x2)) + RIM_PX, width), min(int(max(one.y2, other.y2)) + RIM_PX, height)
    part = np.s_[top:bottom, left:right]
    inside, inside_after = (m.window(left, top, right - left, bottom - top) for m in (visible_before, visible_after))
    mean = np.uint8(before[part][inside].mean())
    first = np.where(inside, before[part], mean)
    second = np.where(inside_after, after[part], mean)
    points = cv2.goodFeaturesToTrack(
        np.ascontiguousarray(before[part]), POINTS, 0.01, 3, mask=cv2.erode(inside.astype(np.uint8), KERNEL)
    )
    if points is None or len(points) < LEAST_POINTS:
        return np.eye(2, 3)
    moved, status, _ = cv2.calcOpticalFlowPyrLK(first, second, points, points.copy(), winSize=(15, 15), maxLevel=3)
    back, status_back, _ = cv2.calcOpticalFlowPyrLK(second, first, moved, moved.copy(), winSize=(15, 15), maxLevel=3)
    sure = (status[:, 0] == 1) & (status_back[:, 0] == 1) & (np.abs(back - points).max(axis=(1, 2)) < 0.7)
    if np.count_nonzero(sure) < LEAST_POINTS:
        return np.eye(2, 3)
    found, inliers = cv2.estimateAffinePartial2D(points[sure], moved[sure], ransacReprojThreshold=1.5)
    if found is None or np.count_nonzero(inliers) < max(LEAST_POINTS, np.count_nonzero(sure) / 2):
        return np.eye(2, 3)
    found[:, 2] += [left, top] - found[:, :2] @ [left, top]
    return np.asarray(found, dtype=np.float64)


def _chained(later: Motion, earlier: Motion) -> Motion:
    corner = np.array([[0.0, 0.0, 1.0]])
    return (np.vstack([later, corner]) @ np.vstack([earlier, corner]))[:2]


def _both(first: Mask, second: Mask) -> Mask:
    """The pixels that are in both."""
    return Mask(second.x, second.y, second.data & first.window(second.x, second.y, second.width, second.height)).tight()


def _appearance(grey: GreyImage, motion: Motion, where: Mask) -> GreyImage:
    """An image after a motion, uint8 [H, W], but only around a mask inside it; elsewhere 0."""
    moved = np.zeros_like(grey)
    if where.area:
        offset = motion.copy()
        offset[:, 2] -= [where.x, where.y]
        part = np.s_[where.y : where.y + where.height, where.x : where.x + where.width]
        moved[part] = cv2.warpAffine(grey, offset, (where.width, where.height), flags=cv2.INTER_LINEAR)
    return moved


def _warped(mask: Mask, motion: Motion, width: int, height: int) -> Mask:
    """A mask after a motion, up to one image's size past the image."""
    if not mask.area:
        return NOWHERE
    box = mask.extent
    corners = np.array([[x, y, 1.0] for x in (box.x1, box.x2) for y in (box.y1, box.y2)]) @ motion.T
    least, most = np.array([-width, -height]), np.array([2 * width, 2 * height])
    left, top = (int(side) for side in np.clip(np.floor(corners.min(0)), least, most))
    right, bottom = (int(side) for side in np.clip(np.ceil(corners.max(0)), least, most))
    offset = motion.copy()
    offset[:, 2] += motion[:, :2] @ [mask.x, mask.y] - [left, top]
    size = (right - left + 1, bottom - top + 1)
    return Mask(left, top, cv2.warpAffine(mask.data.astype(np.uint8), offset, size, flags=cv2.INTER_NEAREST) > 0)
