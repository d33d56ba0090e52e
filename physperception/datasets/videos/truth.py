"""What is known of the moving body in every frame: outline, masks, what hides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from physperception.datasets.videos.bodies import Block
from physperception.datasets.videos.camera import FloatArray, coverage
from physperception.datasets.videos.drawing import Exposed, expose, window_of
from physperception.datasets.videos.rendering import Stage
from physperception.scene import Mask


@dataclass(frozen=True, eq=False)
class Seen:
    """The body in one frame, at the middle of the exposure; numbers in pixels, of exact coverage.

    Attributes:
        exposed: whole and not cut.
        amodal, visible: masks inside the image, of pixels covered by more than half.
        visible_area, visible_center, visible_box: of what is seen; centre and box None where nothing is.
        occlusion: part of the outline inside the image that something hides.
        cut: whether the image border cuts it.
        corners: float64 [4, 2], of a block's top; None for others.
    """

    exposed: Exposed
    amodal: Mask
    visible: Mask
    visible_area: float
    visible_center: FloatArray | None
    visible_box: tuple[float, float, float, float] | None
    occlusion: float
    cut: bool
    corners: FloatArray | None

    @property
    def stamp_s(self) -> float:
        """When the row of its centroid is exposed."""
        return self.exposed.time_s

    @property
    def outline(self) -> FloatArray:
        """float64 [M, 2]."""
        return self.exposed.outline

    def record(self) -> dict[str, Any]:
        """As JSON's types."""
        area, center = self.exposed.area_px, self.exposed.center
        low, high = self.outline.min(axis=0) + 0.5, self.outline.max(axis=0) + 0.5
        return {
            "body_stamp_s": round(self.stamp_s, 7),
            "area_px": round(area, 2),
            "centroid": _rounded(center),
            "box": _rounded(np.concatenate((low, high))),
            "visible_area_px": round(self.visible_area, 2),
            "visible_centroid": None if self.visible_center is None else _rounded(self.visible_center),
            "visible_box": None if self.visible_box is None else _rounded(np.array(self.visible_box)),
            "occlusion": round(self.occlusion, 4),
            "cut": self.cut,
            "corners": None if self.corners is None else [_rounded(corner) for corner in self.corners],
        }


def look(stage: Stage, stamp_s: float, known: Seen | None = None) -> Seen | None:
    """The first of the stage's bodies in the frame of this stamp; None where no pixel of it is in the image.

    `known` is the same body in the same frame of another stage, where that is at hand.
    """
    body, camera = stage.bodies[0], stage.camera
    seen = expose(body, camera, stamp_s, stage.sensor.row_time_s) if known is None else known.exposed
    window = None if seen is None else window_of(seen.outline, camera)
    if seen is None or window is None:
        return None
    whole = coverage(seen.outline, *window)
    if whole.sum() < 1:
        return None
    shown = whole * (1 - _hidden(stage, stamp_s, window))
    corners = None
    if isinstance(body, Block):
        corners = seen.sheared(camera.project(body.corners(seen.time_s)[4:]))
    area = float(shown.sum())
    border = seen.outline.min() < -0.5 or (seen.outline.max(axis=0) > _last_edge(stage)).any()
    return Seen(
        exposed=seen,
        amodal=Mask(window[0], window[1], whole > 0.5).tight(),
        visible=Mask(window[0], window[1], shown > 0.5).tight(),
        visible_area=area,
        visible_center=_center(shown, window) if area > 0.5 else None,
        visible_box=_box(shown, window, seen) if area > 0.5 else None,
        occlusion=float(1 - area / whole.sum()),
        cut=bool(border),
        corners=corners,
    )


def run_length(mask: Mask, width: int, height: int) -> str:
    """COCO's compressed run lengths of a mask in an image of this size."""
    return str(coco_mask.encode(np.asfortranarray(mask.full(width, height).view(np.uint8)))["counts"].decode("ascii"))


def _hidden(stage: Stage, stamp_s: float, window: tuple[int, int, int, int]) -> FloatArray:
    """How much of every pixel of a window is behind the occluder or a nearer body."""
    x, y, width, height = window
    hidden = np.zeros((height, width))
    if stage.occluder is not None:
        hidden = stage.occluder.alpha[y : y + height, x : x + width].astype(np.float64)
    distances = [float(np.linalg.norm(body.center(stamp_s) - stage.camera.position)) for body in stage.bodies]
    for body, distance in zip(stage.bodies[1:], distances[1:]):
        other = expose(body, stage.camera, stamp_s, stage.sensor.row_time_s)
        if other is not None and distance < distances[0]:
            hidden = 1 - (1 - hidden) * (1 - coverage(other.outline, *window))
    return hidden


def _center(shown: FloatArray, window: tuple[int, int, int, int]) -> FloatArray:
    columns, rows = window[0] + np.arange(window[2]), window[1] + np.arange(window[3])
    return np.array([shown.sum(axis=0) @ columns, shown.sum(axis=1) @ rows]) / shown.sum()


def _box(
    shown: FloatArray, window: tuple[int, int, int, int], seen: Exposed
) -> tuple[float, float, float, float] | None:
    """The outline's box cut down to the pixels that are seen."""
    columns, rows = (np.flatnonzero(shown.max(axis=axis) > 0.05) for axis in (0, 1))
    if not (columns.size and rows.size):
        return None
    low, high = seen.outline.min(axis=0) + 0.5, seen.outline.max(axis=0) + 0.5
    left, top = max(window[0] + columns[0], low[0]), max(window[1] + rows[0], low[1])
    right, bottom = min(window[0] + columns[-1] + 1, high[0]), min(window[1] + rows[-1] + 1, high[1])
    return float(left), float(top), float(right), float(bottom)


def _last_edge(stage: Stage) -> FloatArray:
    return np.array([stage.camera.intrinsics.width - 0.5, stage.camera.intrinsics.height - 0.5])


def _rounded(values: FloatArray) -> list[float]:
    return [round(float(value), 3) for value in values]
