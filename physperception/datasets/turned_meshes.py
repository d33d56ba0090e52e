"""Mesh and collision helpers for composite objects: turning, joining, slabs with holes, flattened spindles, curves.

Lengths are in metres, angles in radians.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physperception.datasets.meshes import Mesh, lathe, prism, turned
from physperception.datasets.shape_parts import Part, Piece, vector

FloatArray = NDArray[np.float64]
ALONG_X = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)
"""Quaternion w, x, y, z that lays a cylinder's axis along x."""


def slab(outline: ArrayLike, height: float) -> Mesh:
    """A counter-clockwise convex polygon, float [P, 2], extruded from -height/2 to height/2, wherever it lies."""
    points = np.asarray(outline, dtype=np.float64)
    middle = points.mean(axis=0)
    return prism(points - middle, height).moved((*middle, 0.0))


def frame(outer: ArrayLike, inner: ArrayLike, height: float) -> Mesh:
    """The area between two counter-clockwise polygons of as many points, float [P, 2] each, extruded as by `slab`."""
    rings = [np.asarray(ring, dtype=np.float64) for ring in (outer, outer, inner, inner)]
    count, levels = len(rings[0]), (-height / 2, height / 2, height / 2, -height / 2)
    vertices = np.concatenate([np.column_stack([ring, np.full(count, z)]) for ring, z in zip(rings, levels)])
    faces = []
    for row in range(4):
        for column in range(count):
            a, b = row * count + column, row * count + (column + 1) % count
            c, d = (a + count) % (4 * count), (b + count) % (4 * count)
            faces += [(a, b, d), (a, d, c)]
    flat = vertices[:, :2] - vertices[:, :2].min(axis=0)
    triangles = np.array(faces)
    return Mesh(vertices, triangles, flat / flat.max(), triangles)


def spindle(profile: ArrayLike, flatness: float = 1.0, segments: int = 20) -> Mesh:
    """A profile, float [P, 2] of (radius, x) with x rising on the outside, turned around x; z shrinks by `flatness`."""
    return turned(lathe(profile, segments), 1, math.pi / 2).scaled((1.0, 1.0, flatness))


def loft(outline: ArrayLike, profile: ArrayLike) -> Mesh:
    """A bevelled solid: `outline`, float [P, 2] around the origin, at every (scale, height) of `profile`, float [Q, 2].

    The profile runs up the outside, as that of `lathe`.
    """
    points, levels = np.asarray(outline, dtype=np.float64), np.asarray(profile, dtype=np.float64)
    mesh = lathe(levels, len(points))
    flat = (levels[:, :1, None] * points).reshape(-1, 2)
    return replace(mesh, vertices=np.column_stack([flat, mesh.vertices[:, 2]]))


def arc(radius: float, first: float, last: float, count: int = 12) -> FloatArray:
    """Points of a circle around the origin from one angle to another, float [count, 2]."""
    angles = np.linspace(first, last, count)
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def squircle(half_x: float, half_y: float, power: float, count: int = 32) -> FloatArray:
    """A superellipse, float [count, 2], counter-clockwise: power 1 is an ellipse, less is squarer."""
    unit = arc(1.0, 0.0, 2 * math.pi * (1 - 1 / count), count)
    return np.sign(unit) * np.abs(unit) ** power * [half_x, half_y]


def bezier(control: ArrayLike, count: int = 16) -> FloatArray:
    """Points of the cubic curve with these four control points, float [4, D]: float [count, D]."""
    t = np.linspace(0, 1, count)[:, None]
    a, b, c, d = np.asarray(control, dtype=np.float64)
    return (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d


def upright(points: ArrayLike) -> FloatArray:
    """Points (x, z), float [P, 2], in the plane y = 0: float [P, 3]."""
    flat = np.asarray(points, dtype=np.float64)
    return np.column_stack([flat[:, 0], np.zeros(len(flat)), flat[:, 1]])


def rod(first: ArrayLike, last: ArrayLike, radius: float) -> Piece:
    """A capsule that ends at two points."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(last, dtype=np.float64)
    length = float(np.linalg.norm(b - a))
    direction = (b - a) / length
    if direction[2] < 0:
        direction = -direction
    quaternion = np.array([1 + direction[2], -direction[1], direction[0], 0.0])
    w, x, y, z = (float(value) for value in quaternion / np.linalg.norm(quaternion))
    return Piece("capsule", (radius, max(length / 2 - radius, 0.0006), 0), vector((a + b) / 2), (w, x, y, z))


def shifted(
    parts: Sequence[Part], pieces: Sequence[Piece], offset: Sequence[float]
) -> tuple[tuple[Part, ...], tuple[Piece, ...]]:
    """What is seen and what collides, both moved by `offset`, float [3]."""
    return (
        tuple(replace(part, mesh=part.mesh.moved(offset)) for part in parts),
        tuple(replace(piece, position=vector(np.add(piece.position, offset))) for piece in pieces),
    )
