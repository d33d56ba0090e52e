"""What moves in the videos: balls, blocks and pools of liquid, each with its outline, its look and its shadow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.videos.camera import FloatArray, PosedCamera, hull
from physperception.datasets.videos.motion import GRAVITY, Path
from physperception.datasets.videos.spreading import Film

Colors = NDArray[np.float32]
AROUND = np.linspace(0, 2 * math.pi, 96, endpoint=False)
CIRCLE = np.column_stack((np.cos(AROUND), np.sin(AROUND), np.zeros_like(AROUND)))
UP = np.array([0.0, 0.0, 1.0])
CORNERS = np.array([(x, y, z) for z in (-1, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Light:
    """One far lamp and light from everywhere.

    Attributes:
        direction: unit vector to the lamp, surface frame.
        ambient: light from everywhere as a part of all light.
        color: float32 [3], around 1.
    """

    direction: FloatArray
    ambient: float
    color: Colors = field(default_factory=lambda: np.ones(3, dtype=np.float32))

    def shade(self, normals: FloatArray) -> Colors:
        """Brightness [..., 3] of surfaces with unit normals [..., 3]; 1 x colour for the plane z = 0."""
        lit = self.ambient + (1 - self.ambient) * np.clip(normals @ self.direction, 0, None)
        return (lit / self._level())[..., None].astype(np.float32) * self.color

    @property
    def shadow(self) -> float:
        """Brightness of the plane where the lamp is hidden."""
        return self.ambient / self._level()

    def _level(self) -> float:
        return self.ambient + (1 - self.ambient) * float(self.direction[2])


class Body(Protocol):
    """Something with a convex outline; times are the clip's, in seconds."""

    def center(self, time_s: float) -> FloatArray:
        """float64 [3] in the surface frame, metres."""

    def outline(self, camera: PosedCamera, time_s: float) -> FloatArray | None:
        """Convex polygon [M, 2] in pixels; None where nothing is in front of the camera."""

    def paint(
        self, camera: PosedCamera, time_s: float, u: FloatArray, v: FloatArray, light: Light
    ) -> tuple[Colors, FloatArray]:
        """Colours float32 [H, W, 3] in 0..255, and depths [H, W] in metres, at pixels u and v [H, W]."""

    def silhouette(self, time_s: float, light: Light) -> FloatArray:
        """Points [N, 3] whose shadows on the plane have the body's shadow as their convex hull."""


@dataclass(frozen=True, eq=False)
class Ball:
    """A ball with a picture [h, w, 3] wrapped around it."""

    radius_m: float
    path: Path
    texture: NDArray[np.uint8]
    gloss: float = 0.2

    def center(self, time_s: float) -> FloatArray:
        return self.path.position(time_s)

    def outline(self, camera: PosedCamera, time_s: float) -> FloatArray | None:
        center = self.center(time_s)
        towards = camera.position - center
        distance = float(np.linalg.norm(towards))
        if distance <= 1.05 * self.radius_m:
            return None
        part = self.radius_m / distance
        ring = _ring(towards / distance) * self.radius_m * math.sqrt(1 - part**2) + center + towards * part**2
        outline = camera.project(ring)
        return outline if np.isfinite(outline).all() else None

    def paint(
        self, camera: PosedCamera, time_s: float, u: FloatArray, v: FloatArray, light: Light
    ) -> tuple[Colors, FloatArray]:
        rays, start = camera.rays(u, v), camera.position - self.center(time_s)
        along, square = rays @ start, (rays**2).sum(axis=-1)
        depth = (-along - np.sqrt(np.clip(along**2 - square * (start @ start - self.radius_m**2), 0, None))) / square
        normals = start + depth[..., None] * rays
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        x, y, z = np.moveaxis(normals @ self.path.rotation(time_s), -1, 0)
        height, width = self.texture.shape[:2]
        columns = (np.arctan2(y, x) / (2 * math.pi) % 1 * width).astype(np.float32)
        rows = ((0.5 + np.arcsin(np.clip(z, -1, 1)) / math.pi) * (height - 1)).astype(np.float32)
        colors = cv2.remap(self.texture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return colors * light.shade(normals) + _glint(normals, rays, light, self.gloss), depth

    def silhouette(self, time_s: float, light: Light) -> FloatArray:
        return np.asarray(self.center(time_s) + self.radius_m * _ring(light.direction)[::3])


@dataclass(frozen=True, eq=False)
class Block:
    """A box of a size [3] in metres, with pictures of one size for -x, +x, -y, +y, -z, +z below one another."""

    size_m: FloatArray
    path: Path
    atlas: NDArray[np.uint8]

    def center(self, time_s: float) -> FloatArray:
        return self.path.position(time_s)

    def corners(self, time_s: float) -> FloatArray:
        """float64 [8, 3]: four of the bottom, then the four of the top in the same order around it."""
        return np.asarray(CORNERS * self.size_m / 2 @ self.path.rotation(time_s).T + self.center(time_s))

    def outline(self, camera: PosedCamera, time_s: float) -> FloatArray | None:
        return hull(camera.project(self.corners(time_s)))

    def paint(
        self, camera: PosedCamera, time_s: float, u: FloatArray, v: FloatArray, light: Light
    ) -> tuple[Colors, FloatArray]:
        rotation = self.path.rotation(time_s)
        rays = camera.rays(u, v) @ rotation
        rays = np.where(np.abs(rays) < 1e-9, 1e-9, rays)
        start, half = (camera.position - self.center(time_s)) @ rotation, self.size_m / 2
        entries = np.minimum((-half - start) / rays, (half - start) / rays)
        axis = entries.argmax(axis=-1)
        depth = np.take_along_axis(entries, axis[..., None], axis=-1)[..., 0]
        places = np.clip((start + depth[..., None] * rays) / half, -1, 1)
        sign = -np.sign(np.take_along_axis(rays, axis[..., None], axis=-1)[..., 0])
        side = self.atlas.shape[1]
        first = np.where(axis == 0, places[..., 1], places[..., 0])
        second = np.where(axis == 2, places[..., 1], places[..., 2])
        face = 2 * axis + (sign > 0)
        columns = ((first + 1) / 2 * (side - 1)).astype(np.float32)
        rows = ((second + 1) / 2 * (side - 1) + face * side).astype(np.float32)
        colors = cv2.remap(self.atlas, columns, rows, cv2.INTER_LINEAR)
        normals = np.repeat(rotation.T, 2, axis=0) * np.array([-1, 1] * 3)[:, None]
        return colors * light.shade(normals)[face], depth

    def silhouette(self, time_s: float, light: Light) -> FloatArray:
        return self.corners(time_s)


@dataclass(frozen=True, eq=False)
class Pool:
    """A liquid: a column that falls from `fall_m` at time 0, and spreads from `contact_s` on.

    Attributes:
        color: float32 [3] in 0..255.
        frozen_s: seconds of spreading at which it stays as it is; None for a liquid that spreads.
    """

    film: Film
    place: FloatArray
    fall_m: float
    color: Colors
    gloss: float = 0.6
    frozen_s: float | None = None

    @property
    def contact_s(self) -> float:
        return math.sqrt(2 * self.fall_m / GRAVITY)

    def center(self, time_s: float) -> FloatArray:
        return np.asarray(self.place + UP * self._bottom(time_s))

    def age(self, time_s: float) -> float:
        """Seconds of spreading."""
        return max(time_s - self.contact_s, 0.0) if self.frozen_s is None else self.frozen_s

    def outline(self, camera: PosedCamera, time_s: float) -> FloatArray | None:
        front, profile = self.film.front(self.age(time_s)), self.film.profile(self.age(time_s))
        reach = front * np.sqrt(np.linspace(0.02, 1, 12))
        heights = np.interp(reach, self.film.radii_m, profile)
        first = np.interp(front * 0.999, self.film.radii_m, profile) if self.age(time_s) == 0 else 0.0
        inner = reach[:-1, None, None] * CIRCLE[::4] + heights[:-1, None, None] * UP
        points = np.concatenate((inner.reshape(-1, 3), front * CIRCLE, front * CIRCLE + first * UP))
        return hull(camera.project(points + self.center(time_s)))

    def paint(
        self, camera: PosedCamera, time_s: float, u: FloatArray, v: FloatArray, light: Light
    ) -> tuple[Colors, FloatArray]:
        profile, radii = self.film.profile(self.age(time_s)), self.film.radii_m
        rays, start = camera.rays(u, v), camera.position - self.center(time_s)
        levels = np.linspace(profile[0], 0, 10)
        fall = np.minimum(rays[..., 2], -1e-6)
        depths = (levels - start[2]) / fall[..., None]
        reach = np.hypot(start[0] + depths * rays[..., :1], start[1] + depths * rays[..., 1:2])
        above = levels - np.interp(reach, radii, profile)
        above[..., -1] = np.minimum(above[..., -1], 0)
        hit = np.maximum((above <= 0).argmax(axis=-1), 1)[..., None]
        after, before = (np.take_along_axis(above, hit - shift, axis=-1)[..., 0] for shift in (0, 1))
        part = np.clip(before / np.maximum(before - after, 1e-12), 0, 1)
        steps = [np.take_along_axis(depths, hit - shift, axis=-1)[..., 0] for shift in (0, 1)]
        depth = steps[1] + part * (steps[0] - steps[1])
        x, y = start[0] + depth * rays[..., 0], start[1] + depth * rays[..., 1]
        distance = np.maximum(np.hypot(x, y), 1e-6)
        slope = np.clip(np.interp(distance, radii, np.gradient(profile, radii)), -4, 0)
        normals = np.stack((-slope * x / distance, -slope * y / distance, np.ones_like(x)), axis=-1)
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        return self.color * light.shade(normals) + _glint(normals, rays, light, self.gloss), depth

    def silhouette(self, time_s: float, light: Light) -> FloatArray:
        front, top = self.film.front(self.age(time_s)), self.film.profile(self.age(time_s))[0]
        foot = front * CIRCLE[::4]
        return np.asarray(np.concatenate((foot, 0.6 * foot + (0, 0, top))) + self.center(time_s))

    def _bottom(self, time_s: float) -> float:
        if self.frozen_s is not None:
            return 0.0
        return max(self.fall_m - GRAVITY * max(time_s, 0.0) ** 2 / 2, 0.0)


def _ring(axis: FloatArray) -> FloatArray:
    """The unit circle [96, 3] about a unit axis."""
    x, y, z = (float(value) for value in axis)
    first = np.array([0, z, -y]) if abs(x) < 0.6 else np.array([-z, 0, x])
    first /= np.sqrt(first @ first)
    a, b, c = (float(value) for value in first)
    second = np.array([y * c - z * b, z * a - x * c, x * b - y * a])
    return np.asarray(CIRCLE[:, :1] * first + CIRCLE[:, 1:2] * second)


def _glint(normals: FloatArray, rays: FloatArray, light: Light, gloss: float) -> Colors:
    """The lamp's reflection, by Blinn's half vector."""
    between = light.direction - rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    between /= np.linalg.norm(between, axis=-1, keepdims=True)
    shine = np.clip((normals * between).sum(axis=-1), 0, 1) ** 40
    return (255 * gloss * shine[..., None]).astype(np.float32) * light.color
