"""Builders that the desk and toy shapes share: turned, joined, slab, rod and loft meshes, and bar-like pieces."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physperception.datasets.meshes import Mesh, box, ellipsoid, joined, lathe, prism, sweep, turned
from physperception.datasets.shape_parts import Part, Piece

RIGHT_ANGLE = math.pi / 2


def quaternion(axis: int, angle: float) -> tuple[float, float, float, float]:
    """The same turn for a collision piece: w, x, y, z."""
    values = [math.cos(angle / 2), 0.0, 0.0, 0.0]
    values[1 + axis] = math.sin(angle / 2)
    return values[0], values[1], values[2], values[3]


def mirrored(mesh: Mesh) -> Mesh:
    """The mesh seen in a mirror at y = 0."""
    flipped = mesh.vertices * [1.0, -1.0, 1.0]
    return replace(mesh, vertices=flipped, faces=mesh.faces[:, ::-1], face_uv=mesh.face_uv[:, ::-1])


def ellipse(width: float, depth: float, count: int = 28, power: float = 1.0) -> NDArray[np.float64]:
    """Points, float [count, 2], of an ellipse of these half axes; `power` < 1 makes it a rounded rectangle."""
    angles = np.arange(count) * 2 * np.pi / count
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    return np.sign(circle) * np.abs(circle) ** power * [width, depth]


def hoop(width: float, depth: float, thickness: float, power: float = 1.0) -> Mesh:
    """A closed round rod of radius `thickness` along an ellipse in the plane z = 0."""
    points = ellipse(width, depth, 32, power)
    return sweep(np.column_stack([points, np.zeros(len(points))]), thickness, 6, closed=True)


def slab(half: ArrayLike, corner: float) -> Mesh:
    """A box of half sizes `half`, float [3], whose four upright edges are rounded with this radius."""
    x, y, z = np.asarray(half, dtype=np.float64)
    corner = min(corner, 0.95 * x, 0.95 * y)
    outline = []
    for index, (side, front) in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        for angle in np.linspace(0, RIGHT_ANGLE, 6) + index * RIGHT_ANGLE:
            outline.append((side * (x - corner) + corner * math.cos(angle), front * (y - corner)))
            outline[-1] = (outline[-1][0], outline[-1][1] + corner * math.sin(angle))
    plate = prism(outline, 2 * z)
    return replace(plate, uv=plate.uv * [1, -1] + [0, 1])


def ball(half: ArrayLike, segments: int = 14) -> Mesh:
    """An ellipsoid of half axes `half`, float [3], coarse enough for many in one shape."""
    angles = np.linspace(-RIGHT_ANGLE, RIGHT_ANGLE, 9)
    profile = np.column_stack([np.cos(angles), np.sin(angles)])
    profile[[0, -1], 0] = 0.0
    return lathe(profile, segments).scaled(half)


def lump(half: ArrayLike, power: float) -> Mesh:
    """An ellipsoid that `power` < 1 swells towards its bounding box."""
    sphere = ellipsoid((1, 1, 1))
    vertices = np.sign(sphere.vertices) * np.abs(sphere.vertices) ** power
    return replace(sphere, vertices=vertices * np.asarray(half))


def upright(outline: ArrayLike, width: float) -> Mesh:
    """A side view, float [P, 2] of (x, z) counter-clockwise and star-shaped, extruded across y."""
    return turned(prism(outline, width), 0, RIGHT_ANGLE)


def disc(radius: float, half: float, axis: int = 2, segments: int = 28) -> Mesh:
    """A cylinder around an axis."""
    return spun([(0, -half), (radius, -half), (radius, half), (0, half)], axis, segments)


def spun(profile: ArrayLike, axis: int, segments: int = 28) -> Mesh:
    """A lathe profile of (radius, position) turned around axis 0, 1 or 2."""
    mesh = lathe(profile, segments)
    return replace(mesh, vertices=np.roll(mesh.vertices, axis - 2, axis=1))


def rod(start: ArrayLike, end: ArrayLike, radius: float, sides: int = 8) -> Mesh:
    """A straight round rod."""
    return sweep(np.stack([np.asarray(start), np.asarray(end)]), radius, sides)


def loft(stations: ArrayLike, power: float = 1.0) -> Mesh:
    """A body along x, flat below: stations, float [P, 3], of x increasing, half width and height over z = 0."""
    stations = np.asarray(stations, dtype=np.float64)
    segments = 24
    profile = [(0.0, stations[0, 0]), *((1.0, x) for x in stations[:, 0]), (0.0, stations[-1, 0])]
    mesh = lathe(profile, segments)
    angles = np.arange(segments) * 2 * np.pi / segments
    across = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** power
    above = np.maximum(np.sin(angles), 0.0) ** power
    rings = [np.column_stack([np.full(segments, x), width * across, height * above]) for x, width, height in stations]
    ends = [np.tile([x, 0.0, height / 2], (segments, 1)) for x, _, height in (stations[0], stations[-1])]
    return replace(mesh, vertices=np.concatenate([ends[0], *rings, ends[1]]))


def keys(width: float, depth: float, columns: int, rows: int, height: float) -> Mesh:
    """A grid of keys that fills this half width (x) and half depth (y); the keys are `height` high around z = 0."""
    pitch = np.array([2 * width / columns, 2 * depth / rows])
    key = box((pitch[0] * 0.41, pitch[1] * 0.39, height / 2))
    spots = [(c, r) for r in range(rows) for c in range(columns)]
    return joined([key.moved(((c + 0.5) * pitch[0] - width, (r + 0.5) * pitch[1] - depth, 0)) for c, r in spots])


def bar(start: ArrayLike, end: ArrayLike, radius: float) -> Piece:
    """A capsule between two points that differ."""
    low, high = sorted((np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)), key=lambda p: p[2])
    ahead, middle = high - low, (low + high) / 2
    length = float(np.linalg.norm(ahead))
    x, y, z = ahead / length
    turn = np.array([1 + z, -y, x, 0.0])
    w, i, j, k = (float(value) for value in turn / np.linalg.norm(turn))
    center = (float(middle[0]), float(middle[1]), float(middle[2]))
    return Piece("capsule", (radius, length / 2, 0), center, (w, i, j, k))


def low(part: Part, drop: float) -> Part:
    """The part moved down."""
    return replace(part, mesh=part.mesh.moved((0, 0, -drop)))


def lower(pieces: tuple[Piece, ...], drop: float) -> tuple[Piece, ...]:
    """The pieces moved down."""
    return shifted(pieces, (0.0, 0.0, -drop))


def shifted(pieces: tuple[Piece, ...], offset: tuple[float, float, float]) -> tuple[Piece, ...]:
    """The pieces moved by `offset`, metres."""
    moved = []
    for piece in pieces:
        x, y, z = (float(a + b) for a, b in zip(piece.position, offset))
        moved.append(replace(piece, position=(x, y, z)))
    return tuple(moved)
