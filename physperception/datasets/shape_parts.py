"""What procedural objects are made of: visible meshes, collision pieces, and builders shared by several objects."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physperception.datasets.meshes import Mesh, box, lathe

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Piece:
    """A convex collision primitive.

    Attributes:
        kind: "box", "cylinder", "ellipsoid" or "capsule", sizes as MuJoCo takes them (half lengths, metres).
        size: float [3]; the unused ones are 0.
        position: centre in the object's frame, metres.
        quaternion: w, x, y, z.
    """

    kind: str
    size: Vector
    position: Vector = (0.0, 0.0, 0.0)
    quaternion: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Part:
    """A visible mesh and which of the object's surfaces it wears: "body", "accent" or "label"."""

    mesh: Mesh
    surface: str = "body"


@dataclass(frozen=True)
class Shape:
    """One object. Its frame has z up when it stands.

    Attributes:
        category: one of `physperception.datasets.shapes.CATEGORIES`.
        parts: what is seen.
        pieces: what collides.
        rolls: whether it would roll away without rolling friction.
    """

    category: str
    parts: tuple[Part, ...]
    pieces: tuple[Piece, ...]
    rolls: bool = False

    @property
    def base(self) -> float:
        """Height of the origin over the ground when it stands, metres."""
        return -min(float(part.mesh.vertices[:, 2].min()) for part in self.parts)

    @property
    def reach(self) -> float:
        """Radius in metres of the circle around the origin, seen from above, that holds the object."""
        return max(float(np.linalg.norm(part.mesh.vertices[:, :2], axis=1).max()) for part in self.parts)


def cuboid(category: str, half: NDArray[np.float64]) -> Shape:
    """A printed box of half sizes `half`, float [3] in metres."""
    part = Part(box(half), "label")
    return Shape(category, (part,), (Piece("box", vector(half)),))


def vessel(category: str, radius: float, half: float, foot: float, curve: float = 1.0) -> Shape:
    """An open vessel: `foot` is the bottom radius over the top one, `curve` < 1 rounds the wall outwards."""
    wall = min(0.004, half * 0.4)
    heights = np.linspace(0, 1, 7)
    radii = radius * (foot + (1 - foot) * heights**curve)
    levels = -half + 2 * half * heights
    outside = list(zip(radii, levels))
    inside = [(max(r - wall, 0.001), max(z, -half + wall)) for r, z in reversed(outside)]
    mesh = lathe([(0, -half), *outside, *inside, (0, -half + wall)])
    bottom = Piece("cylinder", (radius * foot, wall / 2, 0), (0, 0, -half + wall / 2))
    middle = len(radii) // 2
    sides: tuple[Piece, ...] = ()
    if curve == 1.0:
        sides = wall_pieces(radii[0], radii[-1], -half, half, wall / 2)
    else:
        sides = wall_pieces(radii[0], radii[middle], -half, levels[middle], wall / 2)
        sides += wall_pieces(radii[middle], radii[-1], levels[middle], half, wall / 2)
    return Shape(category, (Part(mesh),), (bottom, *sides))


def wall_pieces(
    low: float, high: float, bottom: float, top: float, half_thickness: float, count: int = 10
) -> tuple[Piece, ...]:
    """Boxes around z that stand in for a conical wall from radius `low` at `bottom` to `high` at `top`."""
    lean, half = math.atan2(high - low, top - bottom), math.hypot(high - low, top - bottom) / 2
    middle, width = (low + high) / 2 - half_thickness, max(low, high) * math.tan(math.pi / count)
    pieces = []
    for angle in np.arange(count) * 2 * np.pi / count:
        turn = (math.cos(angle / 2), math.sin(angle / 2))
        tilt = (math.cos(lean / 2), math.sin(lean / 2))
        quaternion = (turn[0] * tilt[0], -turn[1] * tilt[1], turn[0] * tilt[1], turn[1] * tilt[0])
        center = (middle * math.cos(angle), middle * math.sin(angle), (bottom + top) / 2)
        pieces.append(Piece("box", (half_thickness, width, half), center, quaternion))
    return tuple(pieces)


def vector(values: NDArray[np.float64]) -> Vector:
    """Three plain floats."""
    return float(values[0]), float(values[1]), float(values[2])
