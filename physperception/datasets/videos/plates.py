"""What does not move in a video: table top, background, things that stand around, something in front of the camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets import textures
from physperception.datasets.videos.bodies import Ball, Block, Body, Light
from physperception.datasets.videos.camera import FloatArray, PosedCamera, coverage, hull
from physperception.datasets.videos.domains import VideoDomain
from physperception.datasets.videos.drawing import cast_shadow, draw, expose, lay
from physperception.datasets.videos.motion import Path

FINE = 2
SHADOW_BLUR_PX = 2.5


@dataclass(frozen=True, eq=False)
class Plate:
    """The static scene: colours float32 [H, W, 3] in 0..255, depths [H, W] in metres, NaN for the background."""

    image: NDArray[np.float32]
    depth_m: NDArray[np.float32]
    distractors: int


@dataclass(frozen=True, eq=False)
class Occluder:
    """Something before everything else: alpha float32 [H, W] in 0..1, colours float32 [H, W, 3] in 0..255."""

    alpha: NDArray[np.float32]
    colors: NDArray[np.float32]


def make_light(rng: Generator, domain: VideoDomain) -> Light:
    elevation, azimuth = math.radians(rng.uniform(*domain.lamp_elevation_deg)), rng.uniform(0, 2 * math.pi)
    level = math.cos(elevation)
    direction = np.array([level * math.cos(azimuth), level * math.sin(azimuth), math.sin(elevation)])
    tint = 1 + domain.lamp_color * rng.uniform(-0.3, 0.3, 3)
    return Light(direction, rng.uniform(*domain.ambient), (tint * rng.uniform(0.8, 1.05)).astype(np.float32))


def ground(rng: Generator, domain: VideoDomain) -> NDArray[np.uint8]:
    """A picture for the surface."""
    return textures.unusual_surface(rng, 256)[1] if domain.unusual_textures else textures.ground_texture(rng, 384)


def skin(rng: Generator, domain: VideoDomain, floor: NDArray[np.uint8], side: int = 96) -> NDArray[np.uint8]:
    """A picture for a body that stands out from the floor; the most different of several when none does."""
    below = floor.reshape(-1, 3).mean(axis=0)
    best, distance = None, -1.0
    for _ in range(8):
        picture = textures.unusual_surface(rng, side)[1] if domain.unusual_textures else _usual_skin(rng, side)
        found = float(np.linalg.norm(picture.reshape(-1, 3).mean(axis=0) - below))
        if found > distance:
            best, distance = picture, found
        if distance > 90:
            break
    assert best is not None
    return best


def make_plate(
    rng: Generator, domain: VideoDomain, camera: PosedCamera, light: Light, floor: NDArray[np.uint8], clear: NDArray
) -> Plate:
    """The static scene.

    Args:
        floor: picture of the surface.
        clear: bool [H, W], where nothing may stand because something moves there.
    """
    image, depth = _table(rng, camera, light, floor)
    bodies = _bystanders(rng, domain, camera, light, floor, clear)
    for body in bodies:
        cast_shadow(image, body, camera, light, 0.0, SHADOW_BLUR_PX)
    for body in sorted(bodies, key=lambda body: -float(np.linalg.norm(body.center(0) - camera.position))):
        seen = expose(body, camera, 0.0)
        layer = draw(body, camera, light, [seen]) if seen else None
        if layer is not None:
            lay(image, layer)
            depth[layer.window] = np.where(layer.alpha > 0.5, layer.depth, depth[layer.window])
    return Plate(image, depth, len(bodies))


def make_occluder(rng: Generator, outline: FloatArray, width: int, height: int) -> Occluder:
    """A flat thing with this convex outline [M, 2] in pixels."""
    alpha = coverage(outline, 0, 0, width, height)
    picture = cv2.resize(textures.object_texture(rng, 128), (width, height), interpolation=cv2.INTER_LINEAR)
    return Occluder(alpha, picture.astype(np.float32) * np.float32(rng.uniform(0.6, 1)))


def _usual_skin(rng: Generator, side: int) -> NDArray[np.uint8]:
    return textures.label_texture(rng, side) if rng.random() < 0.3 else textures.object_texture(rng, side)


def _table(
    rng: Generator, camera: PosedCamera, light: Light, floor: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    width, height = camera.intrinsics.width, camera.intrinsics.height
    grid = (np.mgrid[0 : height * FINE, 0 : width * FINE] + 0.5) / FINE - 0.5
    rays = camera.rays(grid[1], grid[0])
    fall = np.minimum(rays[..., 2], -1e-6)
    depth = -camera.position[2] / fall
    x, y = (camera.position[axis] + depth * rays[..., axis] for axis in (0, 1))
    reach = rng.uniform(1.1, 2.5, 2)
    on_table = (rays[..., 2] < -1e-6) & (np.abs(x) < reach[0]) & (np.abs(y) < reach[1])
    scale, turn, shift = floor.shape[0] / rng.uniform(0.4, 1.2), rng.uniform(0, math.pi), rng.uniform(0, 500, 2)
    columns = (math.cos(turn) * x + math.sin(turn) * y) * scale + shift[0]
    rows = (math.cos(turn) * y - math.sin(turn) * x) * scale + shift[1]
    maps = [np.where(on_table, values, 0).astype(np.float32) for values in (columns, rows)]
    picture = cv2.remap(floor, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).astype(np.float32)
    spot, strength = rng.uniform(-0.6, 0.6, 2), rng.uniform(0, 0.15)
    near = np.exp(-np.clip((x - spot[0]) ** 2 + (y - spot[1]) ** 2, 0, 50)).astype(np.float32)
    picture *= light.color * (1 - strength + 2 * strength * near[..., None])
    wall = cv2.resize(textures.clutter_texture(rng, 192), (width * FINE, height * FINE)).astype(np.float32)
    picture = np.where(on_table[..., None], picture, wall * rng.uniform(0.4, 0.9))
    size = (width, height)
    flat = np.where(on_table, depth, np.nan)[::FINE, ::FINE].astype(np.float32)
    small = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32), flat


def _bystanders(
    rng: Generator,
    domain: VideoDomain,
    camera: PosedCamera,
    light: Light,
    floor: NDArray[np.uint8],
    clear: NDArray[np.bool_],
) -> list[Body]:
    """Things on the table that cover nothing of `clear`."""
    height, width = clear.shape
    wanted = int(rng.integers(domain.distractors[0], domain.distractors[1] + 1))
    bodies: list[Body] = []
    away = float(np.linalg.norm(camera.position))
    for _ in range(4 * wanted):
        if len(bodies) == wanted:
            break
        size = away * rng.uniform(0.04, 0.14, 3)
        place = np.append(rng.uniform(-0.6, 0.6, 2) * away, size[2] / 2)
        body: Body
        if rng.random() < 0.3:
            place[2] = size[0] / 2
            body = Ball(size[0] / 2, Path.at_rest(place), skin(rng, domain, floor))
        else:
            atlas = np.concatenate([skin(rng, domain, floor, 64)] * 6)
            body = Block(size, Path.at_rest(place, rng.uniform(0, 3)), atlas)
        outline = body.outline(camera, 0.0)
        if outline is None or (coverage(outline, 0, 0, width, height)[clear] > 0).any():
            continue
        shade = hull(camera.project(_fallen(body, light)))
        if shade is not None and (coverage(shade, 0, 0, width, height) > 0).any():
            bodies.append(body)
    return bodies


def _fallen(body: Body, light: Light) -> FloatArray:
    points = body.silhouette(0.0, light)
    return np.asarray(points - light.direction * (points[:, 2:] / light.direction[2]))
