"""Pinhole geometry: from pixels and depth to points in the camera's optical frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage
from physperception.scene import Mask, Scene

LEAST_DEPTH_PIXELS = 5


@dataclass(frozen=True)
class Intrinsics:
    """A rectified pinhole camera: focal lengths and principal point in pixels, image size in pixels.

    Raises:
        InvalidImage: a focal length that is not positive and finite, as an uncalibrated camera reports, or a
            principal point that is not finite.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) and value > 0 for value in (self.fx, self.fy)):
            raise InvalidImage(
                f"the camera is not calibrated: focal lengths are {self.fx} and {self.fy}; publish a full camera_info"
            )
        if not (math.isfinite(self.cx) and math.isfinite(self.cy)):
            raise InvalidImage(
                f"the camera's principal point is ({self.cx}, {self.cy}), not finite; publish a full camera_info"
            )

    def point(self, u: float, v: float, depth_m: float) -> tuple[float, float, float]:
        """The point in metres, optical frame (x right, y down, z forward), seen at pixel centre (u, v)."""
        return (u - self.cx) * depth_m / self.fx, (v - self.cy) * depth_m / self.fy, depth_m


def locate(scene: Scene, depth_m: NDArray[np.float32], intrinsics: Intrinsics | None) -> Scene:
    """The scene with `position_m` of every instance that has enough depth pixels.

    Args:
        depth_m: float32 [H, W] of the scene's size, metres along the optical axis, NaN unknown.

    Raises:
        InvalidImage: depth or camera_info of another size than the image, or no intrinsics.
    """
    if depth_m.shape != (scene.height, scene.width):
        height, width = depth_m.shape
        raise InvalidImage(f"depth is {width} x {height} but the image is {scene.width} x {scene.height}")
    if intrinsics is None:
        raise InvalidImage("depth came without camera_info")
    if (intrinsics.width, intrinsics.height) != (scene.width, scene.height):
        raise InvalidImage(
            f"camera_info is for {intrinsics.width} x {intrinsics.height} but the image is "
            f"{scene.width} x {scene.height}"
        )
    return replace(
        scene,
        instances=tuple(
            replace(instance, position_m=median_position(instance.visible_mask, depth_m, intrinsics))
            for instance in scene.instances
        ),
    )


def median_position(
    mask: Mask, depth_m: NDArray[np.float32], intrinsics: Intrinsics
) -> tuple[float, float, float] | None:
    """The median pixel of a mask at its median depth, in metres; None with fewer than five known depths."""
    height, width = depth_m.shape
    seen = mask.clip(width, height)
    depths = depth_m[seen.y : seen.y + seen.height, seen.x : seen.x + seen.width]
    rows, columns = np.nonzero(seen.data & np.isfinite(depths))
    if rows.size < LEAST_DEPTH_PIXELS:
        return None
    depth = float(np.median(depths[rows, columns]))
    return intrinsics.point(float(np.median(columns)) + seen.x, float(np.median(rows)) + seen.y, depth)
