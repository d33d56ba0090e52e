"""Exact motions through a pinhole camera, as tracks: what the physical fits are tested on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import solve_ivp
from scipy.spatial import ConvexHull

from physperception.physics.observations import Observation, Plane, Track, View
from physperception.scene import Box
from physperception.vision.geometry import Intrinsics

G = 9.81
CAMERA = Intrinsics(fx=600.0, fy=600.0, cx=319.5, cy=239.5, width=640, height=480)


@dataclass(frozen=True)
class Rig:
    """A camera that looks at the world's origin from a distance, `pitch` down and `yaw` round; world z points up.

    `rotation` takes world vectors to camera vectors.
    """

    pitch: float = 0.3
    yaw: float = 0.0
    roll: float = 0.0
    distance: float = 2.5
    tilt: float = 0.0
    camera: Intrinsics = CAMERA

    @property
    def rotation(self) -> np.ndarray:
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        forward = np.array([c * math.cos(self.pitch), s * math.cos(self.pitch), -math.sin(self.pitch)])
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        c, s = math.cos(self.roll), math.sin(self.roll)
        return np.stack((c * right + s * down, -s * right + c * down, forward))

    @property
    def normal(self) -> np.ndarray:
        """Of the surface, world frame: tilted about the world's y axis, so that +x goes down."""
        return np.array([math.sin(self.tilt), 0.0, math.cos(self.tilt)])

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        return points @ self.rotation.T + np.array([0.0, 0.0, self.distance])

    def project(self, points: np.ndarray) -> np.ndarray:
        seen = self.to_camera(points)
        camera = self.camera
        return np.stack(
            (camera.cx + camera.fx * seen[..., 0] / seen[..., 2], camera.cy + camera.fy * seen[..., 1] / seen[..., 2]),
            axis=-1,
        )

    def view(self, **changes: object) -> View:
        normal = self.rotation @ self.normal
        return replace(
            View(
                camera=self.camera,
                plane=Plane(tuple(normal), float(normal @ self.to_camera(np.zeros(3)))),
                gravity=tuple(self.rotation @ np.array([0.0, 0.0, -1.0])),
            ),
            **changes,
        )


@dataclass(frozen=True)
class Sight:
    """How a motion becomes images."""

    fps: float = 60.0
    seconds: float = 1.2
    noise_px: float = 0.3
    jitter_s: float = 0.002
    gaps: float = 0.05
    outliers: float = 0.0

    def stamps(self, rng: np.random.Generator) -> np.ndarray:
        times = np.arange(int(self.seconds * self.fps)) / self.fps
        times = times + np.clip(rng.normal(0, self.jitter_s, len(times)), -0.3 / self.fps, 0.3 / self.fps)
        return times[rng.random(len(times)) >= self.gaps]


def bounce_heights(
    times: np.ndarray, drop_m: float, restitution: float, start_s: float = 0.0, g: float = G, contact_s: float = 0.0
) -> np.ndarray:
    """Height of a point held until `start_s`, dropped from `drop_m`, bouncing for ever with one restitution.

    During an impact of `contact_s` it is at height 0.
    """
    heights = np.full(len(times), drop_m)
    fall = math.sqrt(2 * drop_m / g)
    impact, speed = start_s + fall, g * fall
    falling = times > start_s
    heights[falling] = drop_m - g * (times[falling] - start_s) ** 2 / 2
    for _ in range(60):
        after = times >= impact
        speed *= restitution
        left = np.maximum(times[after] - impact - contact_s, 0)
        heights[after] = speed * left - g * left**2 / 2
        impact += contact_s + 2 * speed / g
    heights[times >= impact] = 0.0
    return heights


def bouncing(
    rng: np.random.Generator,
    restitution: float,
    rig: Rig,
    sight: Sight,
    *,
    drop_m: float = 0.6,
    start_s: float = 0.1,
    sideways: tuple[float, float] = (0.0, 0.0),
    radius_m: float = 0.04,
    contact_s: float = 0.0,
) -> Track:
    """A ball's track; `sideways` is its velocity along the world's x and y, m/s, from the release on."""
    times = sight.stamps(rng)
    heights = bounce_heights(times, drop_m, restitution, start_s, contact_s=contact_s)
    moved = np.maximum(times - start_s, 0)
    places = np.column_stack((sideways[0] * moved, sideways[1] * moved, heights + radius_m))
    depth = rig.to_camera(places)[:, 2]
    return as_track(rng, times, rig.project(places), 2 * radius_m * rig.camera.fx / depth, sight)


def as_track(rng: np.random.Generator, times: np.ndarray, pixels: np.ndarray, size: np.ndarray, sight: Sight) -> Track:
    noisy = pixels + rng.normal(0, sight.noise_px, pixels.shape)
    wild = rng.random(len(times)) < sight.outliers
    noisy[wild] += rng.normal(0, 25, (wild.sum(), 2))
    return Track(
        "ball",
        tuple(
            Observation(
                stamp_s=100.0 + float(time),
                x=float(x),
                y=float(y),
                covariance=max(sight.noise_px, 0.05) ** 2 * np.eye(2),
                box=Box(x - width / 2, y - width / 2, x + width / 2, y + width / 2),
                area_px=math.pi / 4 * width**2,
            )
            for time, (x, y), width in zip(times, noisy, size)
        ),
    )


def sliding(
    rng: np.random.Generator,
    friction: float,
    rig: Rig,
    sight: Sight,
    *,
    speed: float = 1.0,
    heading: float = 0.0,
    spin: float = 0.0,
    size_m: tuple[float, float] = (0.1, 0.06),
    height_m: float = 0.04,
    law: str = "coulomb",
    push_s: float = 0.0,
    corners: bool = True,
) -> Track:
    """A box that slides on the rig's surface, by small steps of the equations of motion.

    Without tilt `heading` is any direction in the surface, radians; with tilt 0 is downhill and pi uphill.
    """
    times = sight.stamps(rng)
    normal = rig.normal
    down = np.array([math.cos(rig.tilt), 0.0, -math.sin(rig.tilt)])
    direction = math.cos(heading) * down + math.sin(heading) * np.array([0.0, 1.0, 0.0])
    pull, press = G * math.sin(rig.tilt) * math.cos(heading), G * math.cos(rig.tilt)
    step = 2e-4
    place, velocity, travelled = 0.0, speed if push_s <= 0 else 0.0, []
    for tick in range(int((times[-1] + 0.05) / step)):
        travelled.append(place)
        if tick * step < push_s:
            velocity = speed * tick * step / push_s
        elif law == "coulomb":
            force = pull - friction * press
            velocity = max(0.0, velocity + step * force) if velocity > 0 or force > 0 else 0.0
        else:
            velocity += step * (pull - friction * velocity)
        place += step * velocity
    along = np.interp(times + 0.01, np.arange(len(travelled)) * step, travelled) - 0.3
    turned = heading + spin * times
    side = np.cross(normal, down)
    ends = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2 * np.array(size_m)
    tops = []
    for angle, distance in zip(turned, along):
        first = math.cos(angle) * down + math.sin(angle) * side
        second = np.cross(normal, first)
        tops.append(distance * direction + height_m * normal + ends @ np.stack((first, second)))
    top = rig.project(np.array(tops)) + rng.normal(0, sight.noise_px, (len(times), 4, 2))
    middle = along[:, None] * direction + height_m / 2 * normal
    depth = rig.to_camera(middle)[:, 2]
    track = as_track(rng, times, rig.project(middle), size_m[0] * rig.camera.fx / depth, sight)
    first, second = top[:, 2] - top[:, 0], top[:, 3] - top[:, 1]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    seen = [
        replace(one, corners=quad if corners else None, area_px=float(surface))
        for one, quad, surface in zip(track.observations, top, area)
    ]
    return Track("box", tuple(seen))


def thin_film_radii(times: np.ndarray, viscosity: float, volume: float, radius: float, shape: str) -> np.ndarray:
    """Rim radius, m, of a liquid by the method of lines in r from a cylinder or a paraboloid, or exactly."""
    if shape == "huppert":
        pace = G * volume**3 / (3 * viscosity)
        return 0.8939 * (pace * (times + (radius / 0.8939) ** 8 / pace)) ** 0.125
    cells = 160
    farthest = 1.15 * max(0.9 * (G * volume**3 / (3 * viscosity) * times.max()) ** 0.125, radius * 1.2)
    faces = np.linspace(0, farthest, cells + 1)
    middles, width = (faces[1:] + faces[:-1]) / 2, faces[1]
    heights = np.where(middles < radius, 1.0 if shape == "cylinder" else 1 - (middles / radius) ** 2, 0.0)
    heights *= volume / (2 * math.pi * (middles * heights).sum() * width)

    def change(_: float, now: np.ndarray) -> np.ndarray:
        flux = -faces[1:-1] * G / (3 * viscosity) * ((now[1:] + now[:-1]) / 2) ** 3 * np.diff(now) / width
        return -np.diff(np.concatenate(([0.0], flux, [0.0]))) / (middles * width)

    clocks = np.linspace(0, times.max() + 1e-3, 80) ** 2 / (times.max() + 1e-3)
    solved = solve_ivp(change, (0, clocks[-1]), heights, "LSODA", clocks, lband=1, uband=1, rtol=1e-4, atol=1e-7)
    rims = []
    for now in solved.y.T:
        last = int(np.flatnonzero(now > 0.1 * now[0]).max())
        cubes = now[last - 2 : last + 1 : 2] ** 3
        beyond = 2 * cubes[1] / (cubes[0] - cubes[1]) if cubes[0] > 1.02 * cubes[1] else 0.5
        rims.append((last + 0.5 + min(max(beyond, 0.5), 4.0)) * width)
    rims[0] = radius
    return np.interp(np.sqrt(times), np.sqrt(clocks), np.maximum.accumulate(rims))


def spreading(
    rng: np.random.Generator,
    viscosity: float,
    rig: Rig,
    sight: Sight,
    *,
    volume: float = 5e-5,
    radius: float = 0.02,
    contact_s: float = 0.15,
    shape: str = "cylinder",
    area_noise: float = 0.004,
) -> Track:
    """A puddle's track on the rig's surface: outlines of its dome; before contact a column of the first area."""
    times = sight.stamps(rng)
    radii = thin_film_radii(np.maximum(times - contact_s, 0.0), viscosity, volume, radius, shape)
    angles = np.linspace(0, 2 * math.pi, 120, endpoint=False)
    side = np.cross(rig.normal, [0.0, 1.0, 0.0])
    rim = np.cos(angles)[:, None] * np.array([0.0, 1.0, 0.0]) + np.sin(angles)[:, None] * side
    reach = np.sqrt(np.linspace(0, 1, 24))[:, None, None]
    up = np.cbrt(1 - reach**2) * np.asarray(rig.normal)
    heights = 4 / 3 * volume / (math.pi * radii**2)
    dome = radii[:, None, None, None] * (reach * rim) + heights[:, None, None, None] * up
    areas, middles = (np.array(part) for part in zip(*(_hull(rig.project(one.reshape(-1, 3))) for one in dome)))
    track = as_track(rng, times, middles, np.sqrt(areas), sight)
    noisy = areas * (1 + rng.normal(0, area_noise, len(areas)))
    seen_areas = zip(track.observations, noisy, areas)
    return Track(
        "liquid", tuple(replace(one, area_px=float(a), area_std_px=float(area_noise * b)) for one, a, b in seen_areas)
    )


def _hull(points: np.ndarray) -> tuple[float, np.ndarray]:
    """Area and centroid of the convex hull of points [N, 2]."""
    seen = points[ConvexHull(points).vertices]
    after = np.roll(seen, -1, axis=0)
    cross = seen[:, 0] * after[:, 1] - after[:, 0] * seen[:, 1]
    return abs(cross.sum()) / 2, ((seen + after) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
