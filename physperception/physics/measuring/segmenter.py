"""Moving things in a stream of images, without a detector."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.background import (
    SHAKE_PX,
    Background,
    changed_pixels,
    global_shift,
    half_grey,
    image_noise,
)
from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.frames import CameraMoves, ImageArray, check_image
from physperception.physics.measuring.motion_level import MotionGate
from physperception.physics.measuring.network import probabilities
from physperception.physics.measuring.segmentation import LEAST_AREA, segment
from physperception.scene import BoolArray

WARM_UP = 5
LEARN = 0.04
LARGE_PART = 0.03
STILL_CHECK = 5
CAMERA_CHECK = 10
DECISIVE = 1.5
GHOST_PAD = 16


class MotionSegmenter:
    """Segments what moves, image by image, against a background learnt as it goes.

    The background starts as the first image. Where nothing moves it follows the light; under a thing it stays as it
    was, for as long as the thing rests. What the first image showed and is gone leaves a region without an outline of
    its own, which becomes background at once. Memory does not grow.

    Args:
        filled: whether things have no holes, as liquids.
        faces: whether blobs carry the upper faces of blocks.

    Attributes:
        revised: whether the last image showed the place that something had left, so that earlier ones, in which it
            was taken for background, can be segmented better now.
    """

    def __init__(self, *, filled: bool = False, faces: bool = False) -> None:
        self._filled, self._faces = filled, faces
        self.reset()

    def reset(self) -> None:
        """Forget the scene."""
        self._size: tuple[int, int] | None = None
        self._mean: NDArray[np.float32] = np.empty((0, 0, 3), dtype=np.float32)
        self._previous: ImageArray = np.empty((0, 0, 3), dtype=np.uint8)
        self._gate = MotionGate()
        self._checked: NDArray[np.float32] = np.empty((0, 0), dtype=np.float32)
        self._camera_moved, self._unchecked = True, 0
        self._noise = 2.0
        self._seen = 0
        self._still = 0
        self._blobs: list[Blob] = []
        self.revised = False

    @property
    def background(self) -> Background:
        """What is known of the scene without what moved."""
        return Background(np.clip(np.rint(self._mean), 0, 255).astype(np.uint8), self._noise)

    @property
    def moving(self) -> bool:
        """Whether the last image was looked at, since something moved in it or shortly before."""
        return self._still <= STILL_CHECK

    @property
    def level(self) -> float:
        """Fraction of sampled pixels that changed in the last image, 0..1."""
        return self._gate.level

    def update(self, image: ImageArray) -> list[Blob]:
        """The things in the next image that moved since the first, largest first; those at rest stay among them.

        Args:
            image: uint8 RGB [H, W, 3].

        Raises:
            InvalidImage: another dtype, shape or size.
            CameraMoves: most of the image moved as one; the background is learnt anew once it rests.
        """
        size = check_image(image, self._size)
        if self._size is None:
            self._size = size
            self._mean, self._previous, self._checked = image.astype(np.float32), image, half_grey(image)
            self._gate.update(image)
            return []
        self.revised = False
        moving = self._gate.update(image)
        self._refuse_camera_motion(image)
        if not moving and self._seen > WARM_UP:
            self._still += 1
            self._previous = image
            if self._still > STILL_CHECK:
                return self._blobs
        else:
            self._still = 0
        return self._segment(image)

    def _segment(self, image: ImageArray) -> list[Blob]:
        if self._seen < WARM_UP or self._seen % 30 == 0:
            self._noise = image_noise([self._previous, image])
        self._seen += 1
        background = self.background
        found = segment(image, background, filled=self._filled, faces=self._faces)
        self.revised = self._absorb_ghosts(found.rest, image, background.image)
        self._learn(image, background.image)
        self._previous = image
        self._blobs = found.blobs
        return found.blobs

    def _absorb_ghosts(self, rest: BoolArray, image: ImageArray, background: ImageArray) -> bool:
        """Make the image the background where something left its place bare; returns whether there was any."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8), connectivity=8)
        absorbed = False
        for index in range(1, count):
            x, y, width, height, area = stats[index]
            if area >= LEAST_AREA:
                crop = np.s_[
                    max(y - GHOST_PAD, 0) : y + height + GHOST_PAD, max(x - GHOST_PAD, 0) : x + width + GHOST_PAD
                ]
                absorbed |= self._absorb_ghost(crop, (labels[crop] == index).astype(np.uint8), image, background)
        return absorbed

    def _absorb_ghost(
        self, crop: tuple[slice, slice], region: NDArray[np.uint8], image: ImageArray, background: ImageArray
    ) -> bool:
        inner = cv2.erode(region, np.ones((3, 3), np.uint8)) > 0
        changed = changed_pixels(image[crop], self._previous[crop], self._noise)
        if inner.any() and changed[inner].mean() > 0.1:
            return False
        if not _leaves_bare(background[crop], image[crop], region, self._noise):
            return False
        wide = cv2.dilate(region, np.ones((7, 7), np.uint8)) > 0
        self._mean[crop][wide] = image[crop][wide]
        return True

    def _learn(self, image: ImageArray, background: ImageArray) -> None:
        """Follow the light where the image looks like the background."""
        same: BoolArray = ~changed_pixels(image, background, self._noise)
        rate = max(LEARN, 1.0 / (self._seen + 1))
        cv2.accumulateWeighted(image, self._mean, rate, mask=same.astype(np.uint8))

    def _refuse_camera_motion(self, image: ImageArray) -> None:
        """Compare the image with the last that was compared: every few images, and each where much changes or did move.

        A pan over a surface of little contrast changes few pixels by much, so that the gate does not see it.
        """
        self._unchecked += 1
        if not (self._camera_moved or self._unchecked >= CAMERA_CHECK or self._gate.level > LARGE_PART):
            return
        grey = half_grey(image)
        shift = global_shift(grey, self._checked)
        self._camera_moved = shift is not None and bool(np.hypot(*shift) > SHAKE_PX)
        self._checked, self._unchecked = grey, 0
        if shift is None or not self._camera_moved:
            return
        self.reset()
        self._size = check_image(image, None)
        self._mean, self._previous, self._checked = image.astype(np.float32), image, grey
        raise CameraMoves(f"the camera moves (by {np.hypot(*shift):.1f} pixels); hold it still to measure motion")


def _leaves_bare(image: ImageArray, other: ImageArray, region: NDArray[np.uint8], noise: float) -> bool:
    """Whether `image` shows a thing in a region where `other` shows what is behind it.

    It has more of an edge along the region's outline; where that does not decide, the network does.

    Args:
        image, other: uint8 RGB [h, w, 3].
        region: uint8 0/1 [h, w].
        noise: of a channel, grey levels.
    """
    outline = cv2.morphologyEx(region, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    strength = [float(_edges(layer)[outline].mean()) + 1e-6 for layer in (image, other)]
    if strength[0] > DECISIVE * strength[1] or strength[1] > strength[0]:
        return strength[0] > strength[1]
    there = region > 0
    shown, opposite = (
        float(probabilities(*pair, noise, None)[0][there].mean()) for pair in ((image, other), (other, image))
    )
    return shown > max(0.5, opposite)


def _edges(image: ImageArray) -> NDArray[np.float32]:
    """Gradient magnitude summed over channels: float32 [H, W]."""
    smooth = cv2.GaussianBlur(image, (3, 3), 0).astype(np.float32)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across.sum(axis=2), down.sum(axis=2)), dtype=np.float32)
