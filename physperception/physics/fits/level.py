"""Turns a calibrated camera level, so that gravity is the image's y axis and a fall has no perspective of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physperception.physics.fits.samples import Samples
from physperception.physics.fits.statistics import Array, CannotTell
from physperception.physics.observations import Refusal
from physperception.vision.geometry import Intrinsics

LEVEL_FOCAL_PX = 1000.0
LEAST_HORIZONTAL = 0.12


@dataclass(frozen=True)
class Level:
    """Samples in the image of a level camera at the same place: focal length `LEVEL_FOCAL_PX`, principal point 0, 0.

    Attributes:
        samples: points and covariances in that image.
        normal: of the surface, unit vector [3] in its frame, in which gravity is (0, 1, 0).
        rotation: float64 [3, 3], from the real camera's frame.
    """

    samples: Samples
    normal: Array
    rotation: Array

    def nearer(self, pixel: Array, camera: Intrinsics) -> float:
        """Metres per real pixel over metres per level pixel, at a real pixel [2]."""
        ray = np.array([(pixel[0] - camera.cx) / camera.fx, (pixel[1] - camera.cy) / camera.fy, 1.0])
        return float(LEVEL_FOCAL_PX / np.sqrt(camera.fx * camera.fy) / (self.rotation @ ray)[2])


def level_view(samples: Samples, camera: Intrinsics, gravity: Array, normal: Array) -> Level:
    """The homography of a pure rotation (Hartley and Zisserman 2004, 8.4) applied to points and covariances.

    The level camera looks along the horizontal part of the mean line of sight.

    Raises:
        CannotTell: POOR_FIT where the camera looks along gravity.
    """
    rays = np.column_stack(
        (
            (samples.points[:, 0] - camera.cx) / camera.fx,
            (samples.points[:, 1] - camera.cy) / camera.fy,
            np.ones(len(samples)),
        )
    )
    middle = rays.mean(axis=0) / np.linalg.norm(rays.mean(axis=0))
    forward = middle - float(middle @ gravity) * gravity
    size = float(np.linalg.norm(forward))
    if size < LEAST_HORIZONTAL:
        raise CannotTell(Refusal.POOR_FIT, "the camera looks along the fall, which hides heights from it")
    forward /= size
    rotation = np.stack((np.cross(gravity, forward), gravity, forward))
    turned = rays @ rotation.T
    depth = turned[:, 2]
    if depth.min() < LEAST_HORIZONTAL / 2:
        raise CannotTell(Refusal.POOR_FIT, "the object leaves the half of the world the camera looks at")
    flat = turned[:, :2] / depth[:, None]
    columns = rotation[:, :2] / np.array([camera.fx, camera.fy])
    jacobian = (columns[None, :2] - flat[:, :, None] * columns[None, 2:]) / depth[:, None, None] * LEVEL_FOCAL_PX
    deviations = jacobian @ samples.deviations
    whiten = np.linalg.inv(deviations)
    scale = np.sqrt(np.abs(np.linalg.det(jacobian)))
    levelled = replace(
        samples,
        points=flat * LEVEL_FOCAL_PX,
        deviations=deviations,
        whiten=whiten,
        sizes=samples.sizes * scale[:, None],
        areas=samples.areas * scale**2,
    )
    return Level(levelled, rotation @ normal, rotation)
