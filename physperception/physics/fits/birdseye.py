"""Pixels to metres on the surface, seen from above, by whatever the view gives: a plane, a known size, or depth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from physperception.physics.fits.arcs import GRAVITY
from physperception.physics.fits.rectangles import rectangle_scale, seen_plane
from physperception.physics.fits.samples import Samples
from physperception.physics.fits.statistics import Array, CannotTell
from physperception.physics.observations import Plane, Refusal, View
from physperception.vision.geometry import Intrinsics

LEAST_SHARE_WITH_CORNERS = 0.6
HEIGHT_SHARE = {"centroid": (0.25, 0.15), "top": (0.5, 0.3)}
WORST_SCALE = 0.35
CORNER_BIAS_PX = 0.3
SLOW = 0.15
LEVEL_ENOUGH = math.radians(1.0)


@dataclass(frozen=True)
class BirdsEye:
    """Positions on a plane.

    Attributes:
        times: float64 [N], s.
        places: float64 [N, 2], m.
        covariances: float64 [N, 2, 2], m^2.
        tangential: gravity within the plane [2], m/s^2; zero on a level one.
        normal_gravity: gravity into the plane, m/s^2.
        doubts: the same track under errors of one standard deviation each, in what the view was found to be.
        scale_deviation: relative standard deviation of lengths that no doubt covers.
        tilt_deviation: of the slope along the motion, radians.
    """

    times: Array
    places: Array
    covariances: Array
    tangential: Array
    normal_gravity: float
    doubts: tuple[Array, ...] = ()
    scale_deviation: float = 0.0
    tilt_deviation: float = 0.0


def birds_eye(samples: Samples, view: View) -> BirdsEye:
    """Samples on the surface, from the best source: plane and camera, corners of a known size, depth and camera.

    Raises:
        CannotTell: NO_SCALE where nothing gives metres, NO_PLANE where the surface or its tilt can't be known.
    """
    with_corners = np.asarray(np.isfinite(samples.corners).all(axis=(1, 2)))
    enough_corners = min(with_corners.mean(), with_corners[_moving(samples)].mean()) >= LEAST_SHARE_WITH_CORNERS
    with_depth = np.isfinite(samples.depths)
    if view.plane is not None and view.camera is not None:
        if view.gravity is None:
            raise CannotTell(Refusal.NO_PLANE, "the surface's tilt is unknown, since the direction of gravity is")
        chosen = samples.take(with_corners) if enough_corners else samples
        return _on_known_plane(chosen, view, view.plane, view.camera, enough_corners)
    if view.surface_size_m is not None and enough_corners:
        return _by_size(samples.take(with_corners), view, view.surface_size_m)
    if view.camera is not None and with_depth.mean() >= LEAST_SHARE_WITH_CORNERS:
        return _by_depth(samples.take(with_depth), view, view.camera)
    if view.surface_size_m is not None:
        raise CannotTell(Refusal.NO_PLANE, "the four corners of the top surface are not seen and no plane is known")
    raise CannotTell(Refusal.NO_SCALE, "nothing gives metres: no plane with camera, no surface size, no depth")


def _moving(samples: Samples) -> NDArray[np.bool_]:
    """Images in which the object moves, or all where it never does: bool [N]."""
    speeds = np.linalg.norm(np.gradient(samples.points, samples.times, axis=0), axis=1)
    moving = speeds > SLOW * float(np.quantile(speeds, 0.9))
    return moving if moving.any() else ~moving


def _on_known_plane(samples: Samples, view: View, plane: Plane, camera: Intrinsics, corners: bool) -> BirdsEye:
    """A point at a height above the plane is seen at D / (D - height) times its distance from the camera's foot.

    How high the top is, its known size tells as well as its corners are seen, and its size in the image roughly.
    """
    axes = plane.axes()

    def to_plane(pixels: Array) -> Array:
        return np.asarray(plane.points(pixels, camera) @ axes.T)

    pixels = samples.corners.mean(axis=1) if corners else samples.points
    size = math.sqrt(abs(float(np.median(samples.areas * _area_rate(to_plane, pixels)))))
    share, doubt = HEIGHT_SHARE["top" if corners else "centroid"]
    scale = 1 - min(share * size / -plane.offset, 0.5)
    relative = doubt * size / -plane.offset / scale
    if corners and view.surface_size_m is not None:
        places = to_plane(samples.corners.reshape(-1, 2)).reshape(samples.corners.shape)
        measured, deviation = rectangle_scale(places, view.surface_size_m)
        side_px = math.sqrt(max(float(np.median(np.abs(_quad_areas(samples.corners)))), 1.0))
        sure = math.hypot(deviation / measured, 2 * CORNER_BIAS_PX / side_px)
        weight = relative**2 / (relative**2 + sure**2)
        scale, relative = scale + weight * (measured - scale), sure * math.sqrt(weight)
    if not (math.isfinite(relative) and relative < WORST_SCALE and 0.2 < scale < 5):
        raise CannotTell(Refusal.NO_SCALE, "the object is too high above the plane to be placed on it")
    gravity = GRAVITY * np.asarray(view.gravity)
    eye = _seen(samples, pixels, lambda at: scale * to_plane(at), corners)
    return replace(
        eye,
        tangential=axes @ gravity,
        normal_gravity=-float(gravity @ np.asarray(plane.normal)),
        scale_deviation=relative,
    )


def _by_size(samples: Samples, view: View, size_m: tuple[float, float]) -> BirdsEye:
    """The plane of the top surface itself; level unless gravity and camera tell a tilt beyond doubt."""
    found = seen_plane(samples.corners, size_m, view.camera)
    pixels = samples.corners.mean(axis=1)
    values, vectors = np.linalg.eigh(found.covariance)
    doubts = tuple(
        found.to_plane(found.parameters + math.sqrt(max(value, 0.0)) * vector, pixels)
        for value, vector in zip(values, vectors.T)
    )
    samples = replace(samples, deviations=np.broadcast_to(found.deviation_px * np.eye(2), samples.deviations.shape))
    eye = _seen(samples, pixels, lambda at: found.to_plane(found.parameters, at), corners=True)
    eye = replace(eye, doubts=doubts)
    if view.gravity is None or found.normal_of is None:
        return eye
    normal, gravity = found.normal_of(found.parameters), np.asarray(view.gravity)
    tilt = math.acos(min(1.0, max(-1.0, -float(normal @ gravity))))
    doubt = found.tilt_deviation()
    if tilt < LEVEL_ENOUGH + 2 * doubt:
        return eye
    if tilt > math.radians(75):
        raise CannotTell(Refusal.NO_PLANE, "the surface that the corners tell is upright")
    first = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    first /= np.linalg.norm(first)
    axes = np.stack((first, np.cross(normal, first)))
    return replace(
        eye, tangential=GRAVITY * axes @ gravity, normal_gravity=GRAVITY * math.cos(tilt), tilt_deviation=doubt
    )


def _by_depth(samples: Samples, view: View, camera: Intrinsics) -> BirdsEye:
    """Points in space along their line of motion; its slope is the surface's, unless gravity is unknown: level then."""
    flat = np.column_stack(
        (
            (samples.points[:, 0] - camera.cx) / camera.fx,
            (samples.points[:, 1] - camera.cy) / camera.fy,
            np.ones(len(samples)),
        )
    )
    points = flat * samples.depths[:, None]
    middle = np.median(points, axis=0)
    directions = np.linalg.svd(points - middle)[2]
    places = (points - middle) @ directions[:2].T
    noise = np.median(np.abs(np.diff(places, n=2, axis=0)), axis=0) / 0.6745 / math.sqrt(6) + 1e-5
    covariances = np.broadcast_to(np.diag(noise**2), (len(samples), 2, 2))
    eye = BirdsEye(samples.times, places, covariances, np.zeros(2), GRAVITY)
    if view.gravity is None:
        return eye
    along = GRAVITY * float(np.asarray(view.gravity) @ directions[0])
    if abs(along) > 0.95 * GRAVITY:
        raise CannotTell(Refusal.NO_PLANE, "the object moves up or down rather than along a surface")
    return replace(eye, tangential=np.array([along, 0.0]), normal_gravity=math.sqrt(GRAVITY**2 - along**2))


def _seen(samples: Samples, pixels: Array, to_plane: Callable[[Array], Array], corners: bool) -> BirdsEye:
    places = to_plane(pixels)
    if not np.isfinite(places).all():
        raise CannotTell(Refusal.NO_PLANE, "the object is seen where the plane is not")
    steps = [(to_plane(pixels + step) - to_plane(pixels - step)) for step in 0.5 * np.eye(2)]
    deviations = np.stack(steps, axis=2) @ samples.deviations * (math.sqrt(0.5) if corners else 1.0)
    covariances = deviations @ deviations.transpose(0, 2, 1)
    return BirdsEye(samples.times, places, covariances, np.zeros(2), GRAVITY)


def _area_rate(to_plane: Callable[[Array], Array], pixels: Array) -> Array:
    """m^2 of the plane a px^2, float64 [N]."""
    right, down = ((to_plane(pixels + step) - to_plane(pixels - step)) for step in 0.5 * np.eye(2))
    return np.asarray(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]))


def _quad_areas(corners: Array) -> Array:
    """Signed areas of quadrilaterals [N, 4, 2], float64 [N]."""
    x, y = corners[..., 0], corners[..., 1]
    return np.asarray((x * np.roll(y, -1, axis=-1) - y * np.roll(x, -1, axis=-1)).sum(axis=-1) / 2)
