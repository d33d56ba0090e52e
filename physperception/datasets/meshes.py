"""Triangle meshes made from numbers: boxes, lathe profiles, swept paths, prisms, ellipsoids.

Lengths are in metres; z is up in the natural standing pose. Faces wind counter-clockwise seen from outside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Mesh:
    """A textured triangle mesh.

    Attributes:
        vertices: float [N, 3], metres.
        faces: int [M, 3], indices of vertices.
        uv: float [K, 2], texture coordinates.
        face_uv: int [M, 3], indices of `uv` for each corner.
    """

    vertices: FloatArray
    faces: IntArray
    uv: FloatArray
    face_uv: IntArray

    def moved(self, offset: ArrayLike) -> Mesh:
        """The mesh shifted by `offset`, float [3] in metres."""
        return replace(self, vertices=self.vertices + np.asarray(offset, dtype=np.float64))

    def scaled(self, factors: ArrayLike) -> Mesh:
        """The mesh stretched along the axes by positive `factors`, float [3]."""
        return replace(self, vertices=self.vertices * np.asarray(factors, dtype=np.float64))


def box(half: ArrayLike) -> Mesh:
    """A box of half sizes `half`, float [3]; every side carries the whole texture, standing upright."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
    quads = [(0, 4, 5, 1), (4, 6, 7, 5), (6, 2, 3, 7), (2, 0, 1, 3), (1, 5, 7, 3), (2, 6, 4, 0)]
    faces = [triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))]
    uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], dtype=np.float64)
    return Mesh(corners * np.asarray(half), np.array(faces), uv, np.array([(0, 1, 2), (0, 2, 3)] * 6))


def lathe(profile: ArrayLike, segments: int = 28) -> Mesh:
    """The profile, float [P, 2] of (radius, height), turned around z.

    The profile runs with the solid on its left seen in the (radius, height) plane: up the outside, down the inside.
    """
    profile = np.asarray(profile, dtype=np.float64)
    angles = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    rings = np.stack(
        [
            np.outer(profile[:, 0], np.cos(angles)),
            np.outer(profile[:, 0], np.sin(angles)),
            np.repeat(profile[:, 1:], segments, axis=1),
        ],
        axis=-1,
    )
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(profile, axis=0), axis=1))])
    across, along = np.meshgrid(np.linspace(0, 1, segments + 1), 1 - lengths / max(lengths[-1], 1e-9))
    uv = np.stack([across.ravel(), along.ravel()], axis=1)
    faces, face_uv = [], []
    for row in range(len(profile) - 1):
        for column in range(segments):
            after = (column + 1) % segments
            a, b = row * segments + column, row * segments + after
            c, d = a + segments, b + segments
            ta = row * (segments + 1) + column
            tb, tc, td = ta + 1, ta + segments + 1, ta + segments + 2
            if profile[row, 0] > 1e-9:
                faces.append((a, b, d))
                face_uv.append((ta, tb, td))
            if profile[row + 1, 0] > 1e-9:
                faces.append((a, d, c))
                face_uv.append((ta, td, tc))
    return Mesh(rings.reshape(-1, 3), np.array(faces), uv, np.array(face_uv))


def sweep(path: ArrayLike, radius: float, sides: int = 8, closed: bool = False) -> Mesh:
    """A round rod of this radius along `path`, float [P, 3]; ends are capped flat unless `closed`."""
    path = np.asarray(path, dtype=np.float64)
    ahead = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    if not closed:
        ahead[0], ahead[-1] = path[1] - path[0], path[-1] - path[-2]
    tangents = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    normal = np.cross(tangents[0], [0.0, 0.0, 1.0] if abs(tangents[0, 2]) < 0.9 else [1.0, 0.0, 0.0])
    rings = []
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    for point, tangent in zip(path, tangents):
        normal = normal - tangent * (normal @ tangent)
        normal /= np.linalg.norm(normal)
        binormal = np.cross(tangent, normal)
        rings.append(point + radius * (np.outer(np.cos(angles), normal) + np.outer(np.sin(angles), binormal)))
    count = len(path)
    faces = []
    for row in range(count if closed else count - 1):
        for side in range(sides):
            a, b = row * sides + side, row * sides + (side + 1) % sides
            c, d = (a + sides) % (count * sides), (b + sides) % (count * sides)
            faces += [(a, b, d), (a, d, c)]
    vertices = np.concatenate(rings)
    if not closed:
        start, end = len(vertices), len(vertices) + 1
        vertices = np.concatenate([vertices, path[:1], path[-1:]])
        last = (count - 1) * sides
        for side in range(sides):
            after = (side + 1) % sides
            faces += [(start, after, side), (end, last + side, last + after)]
    return _planar_uv(vertices, np.array(faces))


def prism(outline: ArrayLike, height: float) -> Mesh:
    """A polygon extruded from -height/2 to height/2.

    `outline`, float [P, 2], runs counter-clockwise, and every point of it must be visible from the origin.
    """
    outline = np.asarray(outline, dtype=np.float64)
    count = len(outline)
    flat = np.concatenate([outline, np.zeros((1, 2))])
    bottom = np.column_stack([flat, np.full(count + 1, -height / 2)])
    top = np.column_stack([flat, np.full(count + 1, height / 2)])
    faces = []
    for index in range(count):
        after, over = (index + 1) % count, count + 1
        faces += [(count, after, index), (over + count, over + index, over + after)]
        faces += [(index, after, over + after), (index, over + after, over + index)]
    return _planar_uv(np.concatenate([bottom, top]), np.array(faces))


def ellipsoid(half: ArrayLike) -> Mesh:
    """An ellipsoid of half axes `half`, float [3]."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 15)
    profile = np.column_stack([np.cos(angles), np.sin(angles)])
    profile[[0, -1], 0] = 0.0
    return lathe(profile).scaled(half)


def turned(mesh: Mesh, axis: int, angle: float) -> Mesh:
    """The mesh rotated about axis 0, 1 or 2 through the origin, counter-clockwise seen from the axis' tip."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    rotation = np.eye(3)
    rotation[first, first] = rotation[second, second] = math.cos(angle)
    rotation[first, second], rotation[second, first] = -math.sin(angle), math.sin(angle)
    return replace(mesh, vertices=mesh.vertices @ rotation.T)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    uv_starts = np.cumsum([0, *(len(mesh.uv) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts)]),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate([mesh.face_uv + start for mesh, start in zip(meshes, uv_starts)]),
    )


def _planar_uv(vertices: FloatArray, faces: IntArray) -> Mesh:
    """Texture coordinates by projection along the thinnest axis, one texture over the whole mesh."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    axes = np.sort(np.argsort(high - low)[1:])
    uv = (vertices[:, axes] - low[axes]) / np.maximum(high - low, 1e-9)[axes].max()
    return Mesh(vertices, faces, uv, faces)
