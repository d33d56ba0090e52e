"""The square through which a moving thing is watched: upright in the image, or looking straight down at its plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.observations import Plane, View
from physperception.vision.geometry import Intrinsics

MARGIN = 1.25
LEAST_SIDE_PX = 24.0
LEVEL_SINE = 0.03
FARTHEST = 8.0


@dataclass(frozen=True, eq=False)
class Raster:
    """A square of `size` pixels a side.

    Attributes:
        to_image: float64 [3, 3], homography from the square's pixels to the image's, both with centres at integers.
        size: pixels a side.
        side_m: of the square on the plane, NaN where it is not known.
        reduction: pixels of the image a pixel of the square, at its centre.
    """

    to_image: NDArray[np.float64]
    size: int
    side_m: float
    reduction: float

    def cut(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The square in frames uint8 [N, H, W, C]: uint8 [N, size, size, C], black outside the image."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cuts = []
        for frame in frames:
            if self.reduction > 1.4:
                frame = cv2.GaussianBlur(frame, (0, 0), 0.4 * self.reduction)
            square = (self.size, self.size)
            cut = cv2.warpPerspective(frame, self.to_image, square, flags=flags, borderMode=cv2.BORDER_CONSTANT)
            cuts.append(cut.reshape(self.size, self.size, -1).astype(np.uint8))
        return np.stack(cuts)


def image_raster(points: NDArray[np.float64], view: View, size: int) -> Raster:
    """The square around points [K, 2] in pixels, turned so that things fall down in it where gravity is known."""
    down = _fall_in_image(points.mean(0), view)
    turn = np.array([[down[1], down[0]], [-down[0], down[1]]])
    centre, side = _square(points @ turn, LEAST_SIDE_PX)
    step = side / size
    offset = centre - 0.5 * side + 0.5 * step
    to_image = np.eye(3)
    to_image[:2, :2] = step * turn
    to_image[:2, 2] = turn @ offset
    return Raster(to_image, size, math.nan, step)


def plane_raster(points: NDArray[np.float64], view: View, size: int) -> Raster | None:
    """The square around where points [K, 2] lie on the plane, downhill, or nearer to the camera, below.

    None without plane and camera, and when many points lie towards the horizon, where a look from above shows nothing.
    """
    if view.plane is None or view.camera is None:
        return None
    on_plane = view.plane.points(points, view.camera)
    distance = np.nan_to_num(np.linalg.norm(on_plane, axis=1), nan=np.inf)
    near = distance < FARTHEST * np.median(distance)
    if near.mean() < 0.9:
        return None
    axes = _axes(view.plane, view.gravity)
    centre, side = _square(on_plane[near] @ axes.T, 1e-3)
    step = side / size
    origin = np.asarray(view.plane.normal) * view.plane.offset
    place = np.column_stack((step * axes[0], step * axes[1], origin + (centre - 0.5 * side + 0.5 * step) @ axes))
    to_image = _matrix(view.camera) @ place
    middle = to_image @ np.array([[size / 2, size / 2, 1], [size / 2 + 1, size / 2, 1], [size / 2, size / 2 + 1, 1]]).T
    if not (to_image @ _corners(size))[2].min() > 1e-6:
        return None
    pixels = middle[:2] / middle[2]
    reduction = math.sqrt(float(abs(np.linalg.det(pixels[:, 1:] - pixels[:, :1]))))
    return Raster(to_image, size, side, reduction)


def _square(points: NDArray[np.float64], least: float) -> tuple[NDArray[np.float64], float]:
    low, high = points.min(0), points.max(0)
    return (low + high) / 2, max(least, MARGIN * float((high - low).max()))


def _corners(size: int) -> NDArray[np.float64]:
    return np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]], dtype=np.float64).T


def _fall_in_image(pixel: NDArray[np.float64], view: View) -> NDArray[np.float64]:
    if view.gravity is None:
        return np.array([0.0, 1.0])
    x, y, z = view.gravity
    if view.camera is not None:
        camera = view.camera
        x = camera.fx * x - (pixel[0] - camera.cx) * z
        y = camera.fy * y - (pixel[1] - camera.cy) * z
        x, y = x / camera.fx, y / camera.fy
    length = math.hypot(x, y)
    return np.array([x, y]) / length if length > 0.2 else np.array([0.0, 1.0])


def _axes(plane: Plane, gravity: tuple[float, float, float] | None) -> NDArray[np.float64]:
    normal = np.asarray(plane.normal)
    below = np.array([0.0, 0.0, -1.0])
    if gravity is not None and np.linalg.norm(np.cross(normal, gravity)) > LEVEL_SINE:
        below = np.asarray(gravity)
    below = below - normal * (below @ normal)
    if np.linalg.norm(below) < 1e-6:
        below = np.array([0.0, 1.0, 0.0]) - normal * normal[1]
    below /= np.linalg.norm(below)
    return np.stack((np.cross(normal, below), below))


def _matrix(camera: Intrinsics) -> NDArray[np.float64]:
    return np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]])
