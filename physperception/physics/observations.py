"""What is seen of a moving thing, image by image, and what is known of the view: the input of every estimator here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage
from physperception.regions import Box
from physperception.vision.geometry import Intrinsics


class Refusal(str, Enum):
    """Why a property can't be told; the `reason` of a refused estimate begins with one of these."""

    NO_MOTION = "NO_MOTION"
    TOO_SHORT = "TOO_SHORT"
    OCCLUDED = "OCCLUDED"
    NO_SCALE = "NO_SCALE"
    NO_PLANE = "NO_PLANE"
    POOR_FIT = "POOR_FIT"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    MODEL_ABSENT = "MODEL_ABSENT"
    AMBIGUOUS_OBJECT = "AMBIGUOUS_OBJECT"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One object in one image.

    Attributes:
        stamp_s: when its centre was exposed, seconds of the camera's clock (row time included for a rolling shutter).
        x, y: sub-pixel centroid of the mask, pixels, in pixel-centre coordinates (0, 0 is the middle of the first).
        covariance: 2 x 2 of the centroid, px^2.
        box: of the mask, with sub-pixel sides where they could be found.
        area_px: of the mask.
        area_std_px: standard deviation of that.
        corners: float64 [4, 2], pixels, of the object's top surface, in an order kept over the track; None unknown.
        visible: fraction of the object believed to be in view, 0..1; 1 when nothing hides it.
        cut: whether the image border cuts it.
        depth_m: along the optical axis, NaN unknown.
    """

    stamp_s: float
    x: float
    y: float
    covariance: NDArray[np.float64] = field(default_factory=lambda: 0.25 * np.eye(2))
    box: Box
    area_px: float
    area_std_px: float = 1.0
    corners: NDArray[np.float64] | None = None
    visible: float = 1.0
    cut: bool = False
    depth_m: float = math.nan


@dataclass(frozen=True)
class Track:
    """One object over time; stamps rise, and may have gaps.

    Attributes:
        object_id: as in every topic.
        observations: in the order of their stamps.

    Raises:
        ValueError: an empty id, or stamps that do not rise.
    """

    object_id: str
    observations: tuple[Observation, ...]

    def __post_init__(self) -> None:
        if not self.object_id:
            raise ValueError("a Track needs an object_id")
        if len(self.observations) > 1 and not (np.diff(self.stamps_s) > 0).all():
            raise ValueError(f"stamps of track {self.object_id} do not rise")

    def __len__(self) -> int:
        return len(self.observations)

    @property
    def stamps_s(self) -> NDArray[np.float64]:
        """float64 [T]."""
        return np.array([seen.stamp_s for seen in self.observations], dtype=np.float64)

    @property
    def centers(self) -> NDArray[np.float64]:
        """float64 [T, 2], pixels."""
        return np.array([(seen.x, seen.y) for seen in self.observations], dtype=np.float64).reshape(-1, 2)

    @property
    def areas_px(self) -> NDArray[np.float64]:
        """float64 [T]."""
        return np.array([seen.area_px for seen in self.observations], dtype=np.float64)


@dataclass(frozen=True)
class Plane:
    """A plane in the camera's optical frame (x right, y down, z forward), metres: normal . X = offset.

    Attributes:
        normal: unit vector that points to the side of the camera, so that offset <= 0.
        offset: minus the camera's distance from the plane.

    Raises:
        ValueError: no unit vector, or a plane that is not on the far side of its normal.
    """

    normal: tuple[float, float, float]
    offset: float

    def __post_init__(self) -> None:
        if abs(math.hypot(*self.normal) - 1) > 1e-6 or not self.offset < 0:
            raise ValueError(f"a plane needs a unit normal towards the camera, got {self.normal} and {self.offset}")

    def points(self, pixels: NDArray[np.float64], camera: Intrinsics) -> NDArray[np.float64]:
        """Where rays through pixels [N, 2] meet the plane: float64 [N, 3] in metres, NaN where they do not."""
        rays = np.column_stack(
            ((pixels[:, 0] - camera.cx) / camera.fx, (pixels[:, 1] - camera.cy) / camera.fy, np.ones(len(pixels)))
        )
        slope = rays @ np.asarray(self.normal)
        with np.errstate(divide="ignore"):
            depth = np.where(slope < -1e-9, self.offset / slope, np.nan)
        return rays * depth[:, None]

    def axes(self) -> NDArray[np.float64]:
        """Two unit vectors that span the plane, float64 [2, 3]."""
        normal = np.asarray(self.normal)
        first = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
        first /= np.linalg.norm(first)
        return np.stack((first, np.cross(normal, first)))


@dataclass(frozen=True, kw_only=True)
class View:
    """What is known beside the images; everything may be missing.

    Attributes:
        camera: intrinsics.
        plane: of the surface that things bounce, slide or spread on.
        gravity: unit vector of the fall in the camera's optical frame; None unknown.
        surface_size_m: length and width of the top surface of a sliding object.
        volume_m3: of a liquid.
        counterpart: name of the surface.
        row_time_s: of a rolling shutter, from one row's exposure to the next one's; 0 for a global shutter.

    Raises:
        InvalidImage: a size or volume that is not positive, a negative row time, or a gravity that is no unit vector.
    """

    camera: Intrinsics | None = None
    plane: Plane | None = None
    gravity: tuple[float, float, float] | None = None
    surface_size_m: tuple[float, float] | None = None
    volume_m3: float | None = None
    counterpart: str = ""
    row_time_s: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.row_time_s) and self.row_time_s >= 0):
            raise InvalidImage(f"row_time_s must not be negative, got {self.row_time_s}")
        sizes: Sequence[float] = (*(self.surface_size_m or ()), *(() if self.volume_m3 is None else (self.volume_m3,)))
        if not all(math.isfinite(size) and size > 0 for size in sizes):
            raise InvalidImage(f"surface_size_m and volume_m3 must be positive, got {sizes}")
        if self.gravity is not None and abs(math.hypot(*self.gravity) - 1) > 1e-3:
            raise InvalidImage(f"gravity must be a unit vector, got {self.gravity}")
