"""What is measured of the objects of a scene, once for all commands on one image: sizes, places, colours, order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.colors import color_shares
from physperception.scene import Box, Instance, Mask, Scene

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
MOST_PIXELS = 400
"""Of an object's pixels so many are looked at, evenly spread."""
ERODED_PX = 3
"""Pixels this near the outline are left out where enough remain: they mix with what is behind."""


@dataclass(frozen=True)
class SceneMeasures:
    """Measures of the N objects of a scene, in its order; arrays are float64 [N] unless said otherwise.

    Attributes:
        scene, image: what was measured; the image may be None, then nothing is known of colours and surfaces.
    """

    scene: Scene
    image: NDArray[np.uint8] | None

    def __len__(self) -> int:
        return len(self.scene.instances)

    @cached_property
    def boxes(self) -> FloatArray:
        """[N, 4] boxes of the whole objects as far as they are known, xyxy in pixels."""
        return _rows([whole_box(instance).xyxy for instance in self.scene.instances], 4)

    @cached_property
    def visible_boxes(self) -> FloatArray:
        """[N, 4] boxes of what is seen."""
        return _rows([instance.visible_box.xyxy for instance in self.scene.instances], 4)

    @property
    def centers(self) -> FloatArray:
        """[N, 2] middles of the whole boxes."""
        return (self.boxes[:, :2] + self.boxes[:, 2:]) / 2

    @property
    def sizes(self) -> FloatArray:
        """[N, 2] width and height of the whole boxes, at least 1."""
        return np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 1.0)

    @cached_property
    def areas(self) -> FloatArray:
        """Pixels of the whole objects; of the box where the mask is empty."""
        found = [whole_mask(i).area or whole_box(i).area for i in self.scene.instances]
        return np.maximum(np.array(found, dtype=np.float64), 1.0)

    @cached_property
    def hidden(self) -> FloatArray:
        """Hidden share 0..1, 0 where it is not known."""
        return np.nan_to_num(np.array([instance.occlusion for instance in self.scene.instances], dtype=np.float64))

    @cached_property
    def depths(self) -> FloatArray:
        """Metres along the optical axis, NaN unknown."""
        found = [math.nan if i.position_m is None else i.position_m[2] for i in self.scene.instances]
        return np.array(found, dtype=np.float64)

    @cached_property
    def nearness(self) -> FloatArray:
        """Grows towards the camera: minus the depth where all are known, else the lower edge as share of the height."""
        if len(self) and np.isfinite(self.depths).all():
            return -self.depths
        return self.boxes[:, 3] / self.scene.height

    @cached_property
    def occludes(self) -> BoolArray:
        """bool [N, N]: [a, b] says that a hides a part of b."""
        index = {instance.id: row for row, instance in enumerate(self.scene.instances)}
        found = np.zeros((len(self), len(self)), dtype=np.bool_)
        for row, instance in enumerate(self.scene.instances):
            for other in instance.occluder_ids:
                found[index[other], row] = True
            for other in instance.occludee_ids:
                found[row, index[other]] = True
        return found

    @cached_property
    def pixels(self) -> tuple[NDArray[np.uint8], ...]:
        """uint8 [n, 3] for each object: some of its visible pixels, RGB; empty without an image."""
        return tuple(_object_pixels(self.image, instance.visible_mask) for instance in self.scene.instances)

    @cached_property
    def colors(self) -> FloatArray:
        """[N, 13] share of each colour term; equal shares where no pixel is known."""
        shares = [color_shares(p) if len(p) else np.full(13, 1 / 13) for p in self.pixels]
        return _rows(shares, 13)

    @cached_property
    def loose_colors(self) -> FloatArray:
        """[N, 13] share of the pixels that somebody might call by each colour term; 0 where no pixel is known."""
        shares = [color_shares(p, loosely=True) if len(p) else np.zeros(13, np.float32) for p in self.pixels]
        return _rows(shares, 13)

    @cached_property
    def lightness(self) -> FloatArray:
        """Mean CIELAB lightness 0..100; 50 where no pixel is known."""
        return np.array([_lightness(p) if len(p) else 50.0 for p in self.pixels], dtype=np.float64)

    @cached_property
    def axes(self) -> FloatArray:
        """[N, 3]: ratio of the shorter to the longer principal axis 0..1, share of the ellipse of these axes that is
        filled, and how upright the longer axis is 0..1; of the whole masks."""
        return _rows([_principal(whole_mask(instance)) for instance in self.scene.instances], 3)


def whole_box(instance: Instance) -> Box:
    """The amodal box where it is known, else the visible one."""
    return instance.visible_box if instance.amodal_box is None else instance.amodal_box


def whole_mask(instance: Instance) -> Mask:
    """The amodal mask where it is known, else the visible one."""
    return instance.visible_mask if instance.amodal_mask is None else instance.amodal_mask


def _rows(values: Sequence[tuple[float, ...]] | Sequence[NDArray[np.float32]], width: int) -> FloatArray:
    return np.array(values, dtype=np.float64).reshape(len(values), width)


def _object_pixels(image: NDArray[np.uint8] | None, mask: Mask) -> NDArray[np.uint8]:
    if image is None:
        return np.zeros((0, 3), dtype=np.uint8)
    height, width = image.shape[:2]
    left, top = max(mask.x, 0), max(mask.y, 0)
    right, bottom = min(mask.x + mask.width, width), min(mask.y + mask.height, height)
    if right <= left or bottom <= top:
        return np.zeros((0, 3), dtype=np.uint8)
    inside = mask.data[top - mask.y : bottom - mask.y, left - mask.x : right - mask.x]
    eroded = cv2.erode(inside.astype(np.uint8), np.ones((ERODED_PX, ERODED_PX), np.uint8), borderValue=0)
    chosen = np.flatnonzero(eroded)
    if len(chosen) < 30:
        chosen = np.flatnonzero(inside)
    if len(chosen) > MOST_PIXELS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, MOST_PIXELS).astype(np.intp)]
    rows, columns = np.divmod(chosen, right - left)
    return np.asarray(image[rows + top, columns + left])


def _lightness(pixels: NDArray[np.uint8]) -> float:
    mean = pixels.astype(np.float32).mean(axis=0) / np.float32(255)
    return float(cv2.cvtColor(mean.reshape(1, 1, 3), cv2.COLOR_RGB2LAB)[0, 0, 0])


def _principal(mask: Mask) -> tuple[float, float, float]:
    if mask.area < 5:
        return 1.0, 1.0, 0.5
    moments = cv2.moments(mask.data.astype(np.uint8), binaryImage=True)
    area = moments["m00"]
    xx, yy, xy = moments["mu20"] / area + 1 / 12, moments["mu02"] / area + 1 / 12, moments["mu11"] / area
    spread = math.hypot((xx - yy) / 2, xy)
    middle = (xx + yy) / 2
    longer, shorter = middle + spread, max(middle - spread, 1e-6)
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    filled = area / (4 * math.pi * math.sqrt(longer * shorter))
    return math.sqrt(shorter / longer), filled, abs(math.sin(angle))
