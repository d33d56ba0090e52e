"""A pinhole camera somewhere above the surface, and exact coverage of pixels by convex outlines."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from physperception.physics.observations import Plane
from physperception.vision.geometry import Intrinsics

FloatArray = NDArray[np.float64]
SUBROWS = 8
NEAREST_M = 0.02


@dataclass(frozen=True, eq=False)
class PosedCamera:
    """Intrinsics and pose.

    Attributes:
        intrinsics: of the images.
        rotation: float64 [3, 3], rows are the optical axes (x right, y down, z forward) in the surface frame.
        position: float64 [3], metres, in the surface frame.
    """

    intrinsics: Intrinsics
    rotation: FloatArray
    position: FloatArray

    def optical(self, points: FloatArray) -> FloatArray:
        """Points [N, 3] of the surface frame in the optical frame."""
        return np.asarray((points - self.position) @ self.rotation.T)

    def project(self, points: FloatArray) -> FloatArray:
        """Pixels [N, 2] of points [N, 3] of the surface frame; NaN for points that are not in front of the camera."""
        x, y, z = self.optical(points).T
        z = np.where(z > NEAREST_M, z, np.nan)
        camera = self.intrinsics
        return np.column_stack((camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy))

    def rays(self, u: FloatArray, v: FloatArray) -> FloatArray:
        """Directions [..., 3] in the surface frame, of depth 1, through pixels."""
        camera = self.intrinsics
        optical = np.stack(((u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u)), axis=-1)
        return np.asarray(optical @ self.rotation)

    def plane(self) -> Plane:
        """The surface z = 0 in the optical frame."""
        x, y, z = (float(value) for value in self.rotation[:, 2])
        return Plane((x, y, z), -float(self.position[2]))

    def direction(self, vector: FloatArray) -> tuple[float, float, float]:
        """A direction of the surface frame in the optical frame, as a unit vector."""
        x, y, z = self.rotation @ (vector / np.linalg.norm(vector))
        return float(x), float(y), float(z)


def look_at(
    intrinsics: Intrinsics, target: FloatArray, offset: FloatArray, up: FloatArray, roll_rad: float = 0.0
) -> PosedCamera:
    """A camera at target + offset that looks at the target, with `up` upwards in the image but for the roll."""
    forward = -offset / np.linalg.norm(offset)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cosine, sine = math.cos(roll_rad), math.sin(roll_rad)
    rotation = np.stack((cosine * right + sine * down, cosine * down - sine * right, forward))
    return PosedCamera(intrinsics, rotation, target + offset)


def hull(points: FloatArray) -> FloatArray | None:
    """The convex outline [M, 2] of pixels [N, 2]; None when a point is NaN or all are in one line."""
    if not np.isfinite(points).all():
        return None
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except QhullError:
        return None


def moments(outline: FloatArray) -> tuple[float, FloatArray]:
    """Area in px^2 and centroid [2] of a polygon [M, 2]."""
    x, y = (outline - outline[0]).T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    double = float(cross.sum())
    center = np.array([((x + next_x) * cross).sum(), ((y + next_y) * cross).sum()]) / (3 * double) + outline[0]
    return abs(double) / 2, center


def coverage(outline: FloatArray, x: int, y: int, width: int, height: int) -> NDArray[np.float32]:
    """How much of every pixel of a window lies inside a convex outline [M, 2]: float32 [height, width] in 0..1.

    Exact along a row, sampled on 8 lines down a pixel.
    """
    rows = y - 0.5 + (np.arange(height * SUBROWS) + 0.5) / SUBROWS
    top, bottom = int(np.argmin(outline[:, 1])), int(np.argmax(outline[:, 1]))
    ends = []
    for step in (1, -1):
        length = (step * (bottom - top)) % len(outline) + 1
        chain = outline[(top + step * np.arange(length)) % len(outline)]
        ends.append(np.interp(rows, chain[:, 1], chain[:, 0]))
    left, right = np.minimum(*ends)[:, None], np.maximum(*ends)[:, None]
    columns = x + np.arange(width)
    covered = np.clip(np.minimum(columns + 0.5, right) - np.maximum(columns - 0.5, left), 0, 1)
    covered[(rows < outline[top, 1]) | (rows > outline[bottom, 1])] = 0
    return covered.reshape(height, SUBROWS, width).mean(axis=1).astype(np.float32)
