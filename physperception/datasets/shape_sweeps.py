"""Builders that rounded, bent and bristly objects share: tapering rods, turned and joined meshes, capsule pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from physperception.datasets.meshes import Mesh, sweep
from physperception.datasets.shape_parts import Part, Piece, Shape, vector


def taper(path: ArrayLike, radii: ArrayLike, sides: int = 10, flat: float = 1.0) -> Mesh:
    """A rod along `path`, float [P, 3], with positive radii, float [P] in metres; `flat` squeezes it along z."""
    path = np.asarray(path, dtype=np.float64)
    rod = sweep(path, 1.0, sides)
    centers = np.concatenate([np.repeat(path, sides, axis=0), path[:1], path[-1:]])
    factors = np.concatenate([np.repeat(np.asarray(radii, dtype=np.float64), sides), [1.0, 1.0]])
    vertices = centers + (rod.vertices - centers) * factors[:, None] * [1.0, 1.0, flat]
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    axes = np.sort(np.argsort(high - low)[1:])
    return replace(rod, vertices=vertices, uv=(vertices[:, axes] - low[axes]) / (high - low)[axes].max())


def lumpy(rng: Generator, mesh: Mesh, amount: float, waves: float) -> Mesh:
    """The mesh with its points moved away from the origin by a random share up to `amount`; more `waves`, finer."""
    direction = mesh.vertices / np.abs(mesh.vertices).max()
    swell = np.sin(direction @ rng.normal(0, waves, (3, 4)) + rng.uniform(0, 6.28, 4)).mean(axis=1)
    return replace(mesh, vertices=mesh.vertices * (1 + amount * swell)[:, None])


def arc(start: ArrayLike, end: ArrayLike, bulge: ArrayLike, count: int = 13) -> NDArray[np.float64]:
    """Half an ellipse from `start` to `end`, float [3] each, bulging by the vector `bulge`; float [count, 3]."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    angles = np.linspace(0, np.pi, count)[:, None]
    return (start + end) / 2 + (start - end) / 2 * np.cos(angles) + np.asarray(bulge) * np.sin(angles)


def curve(knots: ArrayLike, count: int = 16) -> NDArray[np.float64]:
    """A Bezier curve with these control points, float [K, 3]; float [count, 3]."""
    points = np.repeat(np.asarray(knots, dtype=np.float64)[None], count, axis=0)
    share = np.linspace(0, 1, count)[:, None, None]
    while points.shape[1] > 1:
        points = points[:, :-1] * (1 - share) + points[:, 1:] * share
    return points[:, 0]


def rod_piece(start: ArrayLike, end: ArrayLike, radius: float) -> Piece:
    """A capsule of this radius between two points, float [3] each in metres."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    quaternion = np.array([1 + along[2], -along[1], along[0], 0.0])
    if along[2] < -0.999:
        quaternion = np.array([0.0, 1.0, 0.0, 0.0])
    quaternion /= np.linalg.norm(quaternion)
    w, x, y, z = (float(value) for value in quaternion)
    return Piece("capsule", (radius, length / 2, 0), vector((start + end) / 2), (w, x, y, z))


def centered(category: str, parts: Sequence[Part], pieces: Sequence[Piece], rolls: bool = False) -> Shape:
    """The shape moved so that the middle of its bounding box is the origin."""
    vertices = np.concatenate([part.mesh.vertices for part in parts])
    middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    seen = tuple(replace(part, mesh=part.mesh.moved(-middle)) for part in parts)
    solid = tuple(replace(piece, position=vector(np.asarray(piece.position) - middle)) for piece in pieces)
    return Shape(category, seen, solid, rolls)
