"""Where the camera stands, so that what tells the property is in the image."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator

from physperception.datasets.videos.acts import Act
from physperception.datasets.videos.camera import FloatArray, PosedCamera, look_at
from physperception.datasets.videos.domains import VideoDomain, draw_from
from physperception.datasets.videos.motion import RejectedMotion
from physperception.scene import Property
from physperception.vision.geometry import Intrinsics

ROUNDS = 14
LOWEST_M = 0.03
LEAST_SLOPE = math.sin(math.radians(14))


def choose_view(
    rng: Generator, domain: VideoDomain, wanted: Property, acts: list[Act], width: int, height: int
) -> PosedCamera:
    """A camera that sees all of the acts' decisive motion.

    Raises:
        RejectedMotion: the camera would stand in or below the surface.
    """
    focal = width * draw_from(rng, domain.focal)
    shift = np.clip(rng.normal(0, 3, 2), -8, 8)
    intrinsics = Intrinsics(focal, focal, (width - 1) / 2 + shift[0], (height - 1) / 2 + shift[1], width, height)
    up = -acts[0].gravity / np.linalg.norm(acts[0].gravity)
    elevation, azimuth = math.radians(draw_from(rng, domain.elevations_deg[wanted])), rng.uniform(0, 2 * math.pi)
    level = np.cross(up, [math.sin(azimuth), math.cos(azimuth), 0])
    level /= np.linalg.norm(level)
    direction = math.cos(elevation) * level + math.sin(elevation) * up
    roll = math.radians(float(np.clip(rng.normal(0, domain.roll_deg), -25, 25)))
    fill = rng.uniform(*domain.fill)
    points = np.concatenate([_swept(act) for act in acts])
    target = (points.min(axis=0) + points.max(axis=0)) / 2
    distance = 2 * float(np.ptp(points, axis=0).max())
    for _ in range(ROUNDS):
        camera = look_at(intrinsics, target, direction * distance, up, roll)
        pixels = camera.project(points)
        if not np.isfinite(pixels).all():
            distance *= 1.5
            continue
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        middle = (low + high) / 2 - (width / 2, height / 2)
        target = target + distance / focal * (camera.rotation[0] * middle[0] + camera.rotation[1] * middle[1])
        distance *= max((high - low) / (width, height)) / fill
    camera = look_at(intrinsics, target, direction * distance, up, roll)
    _check(camera, points, wanted)
    return camera


def _swept(act: Act) -> FloatArray:
    """Points of the body at times that tell the property."""
    times = np.linspace(act.start_s, act.decisive_s[1], 24)
    reach = np.stack([act.body.center(float(time)) for time in times])
    size = _half_size(act)
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * size
    return np.asarray((reach[:, None] + corners).reshape(-1, 3))


def _half_size(act: Act) -> FloatArray:
    if "radius_m" in act.start and act.path is not None:
        return np.full(3, act.start["radius_m"])
    if act.path is not None:
        return np.full(3, float(np.linalg.norm(act.start["size_m"][:2])) / 2)
    front = act.facts["front_m"][-1]
    return np.array([front, front, act.start["height_m"]])


def _check(camera: PosedCamera, points: FloatArray, wanted: Property) -> None:
    pixels = camera.project(points)
    size = (camera.intrinsics.width - 1, camera.intrinsics.height - 1)
    if not np.isfinite(pixels).all() or (pixels < 1).any() or (pixels > np.subtract(size, 1)).any():
        raise RejectedMotion("the motion does not fit into the image")
    if camera.position[2] < LOWEST_M:
        raise RejectedMotion("the camera would be below the surface")
    if wanted is not Property.RESTITUTION and -camera.rotation[2, 2] < LEAST_SLOPE:
        raise RejectedMotion("the camera looks along the surface")
