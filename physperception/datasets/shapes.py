"""Procedural household objects for generated scenes: sizes, meshes and collision pieces, all random.

`make_shape(rng)` returns one. Nothing is loaded from files; every vertex is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from physperception.datasets.meshes import Mesh, box, ellipsoid, lathe, prism, sweep

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
        category: one of `CATEGORIES`.
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


def make_shape(rng: Generator, category: str | None = None) -> Shape:
    """A random object of a category, or of a random one."""
    chosen = category if category is not None else str(rng.choice(CATEGORIES, p=WEIGHTS))
    return _MAKERS[chosen](rng)


def _box(rng: Generator) -> Shape:
    half = rng.uniform(0.015, 0.06, 3)
    return _cuboid("box", half)


def _carton(rng: Generator) -> Shape:
    return _cuboid("carton", np.array([rng.uniform(0.025, 0.05), rng.uniform(0.015, 0.035), rng.uniform(0.06, 0.13)]))


def _book(rng: Generator) -> Shape:
    half = np.array([rng.uniform(0.05, 0.1), rng.uniform(0.07, 0.14), rng.uniform(0.004, 0.022)])
    pages = box(half * [0.97, 0.96, 0.86]).moved((0.02 * half[0], 0, 0))
    covers = [box((half[0], half[1], half[2] * 0.1)).moved((0, 0, sign * half[2] * 0.9)) for sign in (-1, 1)]
    spine = box((half[0] * 0.02, half[1], half[2])).moved((-half[0] * 0.98, 0, 0))
    parts = (Part(pages, "accent"), Part(covers[0]), Part(covers[1], "label"), Part(spine))
    return Shape("book", parts, (Piece("box", _vector(half)),))


def _can(rng: Generator) -> Shape:
    radius, half = rng.uniform(0.025, 0.05), rng.uniform(0.02, 0.075)
    rim = radius * rng.uniform(0.88, 1.0)
    side = lathe([(rim, -half), (radius, -half * 0.92), (radius, half * 0.92), (rim, half)])
    lid = lathe([(rim, half), (rim * 0.93, half), (rim * 0.9, half * 0.95), (0, half * 0.95)])
    bottom = lathe([(0, -half), (rim, -half)])
    parts = (Part(side, "label"), Part(lid, "accent"), Part(bottom, "accent"))
    return Shape("can", parts, (Piece("cylinder", (radius, half, 0)),), rolls=True)


def _bottle(rng: Generator) -> Shape:
    radius, half = rng.uniform(0.022, 0.042), rng.uniform(0.07, 0.13)
    neck = radius * rng.uniform(0.25, 0.6)
    shoulder, top = half * rng.uniform(0.0, 0.45), half * rng.uniform(0.55, 0.8)
    waist = radius * rng.uniform(0.8, 1.05)
    outline = [(0, -half), (radius * 0.9, -half), (radius, -half * 0.95), (waist, (shoulder - half) / 2)]
    outline += [(radius, shoulder), (neck, top), (neck, half * 0.9)]
    cap = neck * rng.uniform(1.05, 1.35)
    lid = lathe([(0, half * 0.8), (cap, half * 0.8), (cap, half), (0, half)])
    band = radius * 1.01
    parts = [Part(lathe(outline)), Part(lid, "accent")]
    if rng.random() < 0.6 and waist > radius * 0.9:
        low, high = -half * rng.uniform(0.6, 0.85), shoulder - half * 0.1
        parts.append(Part(lathe([(band * 0.99, low), (band, low), (band, high), (band * 0.99, high)]), "label"))
    pieces = (
        Piece("cylinder", (radius, (shoulder + half) / 2, 0), (0, 0, (shoulder - half) / 2)),
        Piece("cylinder", (cap, (half - shoulder) / 2, 0), (0, 0, (shoulder + half) / 2)),
    )
    return Shape("bottle", tuple(parts), pieces, rolls=True)


def _cup(rng: Generator) -> Shape:
    return _vessel("cup", rng.uniform(0.028, 0.045), rng.uniform(0.035, 0.065), rng.uniform(0.6, 1.0))


def _mug(rng: Generator) -> Shape:
    radius, half = rng.uniform(0.033, 0.046), rng.uniform(0.038, 0.055)
    vessel = _vessel("mug", radius, half, rng.uniform(0.85, 1.0))
    reach, angles = radius * rng.uniform(0.5, 0.8), np.linspace(-np.pi / 2, np.pi / 2, 13)
    start = radius * 0.9
    path = np.column_stack(
        [start + reach * np.cos(angles), np.zeros(13), half * rng.uniform(0.5, 0.7) * np.sin(angles)]
    )
    thickness = rng.uniform(0.004, 0.007)
    handle = sweep(path, thickness)
    grip = Piece("box", (reach / 2, thickness, half * 0.5), (start + reach / 2, 0, 0))
    surface = "body" if rng.random() < 0.7 else "accent"
    parts = (*vessel.parts, Part(handle, surface))
    return Shape("mug", parts, (*vessel.pieces, grip))


def _bowl(rng: Generator) -> Shape:
    return _vessel("bowl", rng.uniform(0.055, 0.09), rng.uniform(0.02, 0.04), rng.uniform(0.35, 0.65), curve=0.6)


def _plate(rng: Generator) -> Shape:
    return _vessel("plate", rng.uniform(0.075, 0.12), rng.uniform(0.006, 0.011), rng.uniform(0.6, 0.75))


def _ball(rng: Generator) -> Shape:
    radius = rng.uniform(0.018, 0.055)
    piece = Piece("ellipsoid", (radius, radius, radius))
    return Shape("ball", (Part(ellipsoid([radius] * 3)),), (piece,), rolls=True)


def _fruit(rng: Generator) -> Shape:
    half = np.array([1.0, rng.uniform(0.85, 1.0), rng.uniform(0.6, 1.6)]) * rng.uniform(0.018, 0.04)
    parts = [Part(ellipsoid(half))]
    if rng.random() < 0.5:
        lean = rng.uniform(-0.3, 0.3)
        parts.append(Part(sweep([(0, 0, half[2] * 0.95), (lean * 0.01, 0, half[2] + 0.012)], 0.0015), "accent"))
    return Shape("fruit", tuple(parts), (Piece("ellipsoid", _vector(half)),), rolls=True)


def _block(rng: Generator) -> Shape:
    """A building block made of bars: L, T, U, Z or plus."""
    unit, depth = rng.uniform(0.012, 0.025), rng.uniform(0.01, 0.03)
    cells = {
        "L": [(-1, 0), (0, 0), (1, 0), (1, 1)],
        "T": [(-1, 0), (0, 0), (1, 0), (0, 1)],
        "U": [(-1, 0), (0, 0), (1, 0), (-1, 1), (1, 1)],
        "Z": [(-1, 0), (0, 0), (0, 1), (1, 1)],
        "+": [(-1, 0), (0, 0), (1, 0), (0, 1), (0, -1)],
    }[str(rng.choice(list("LTUZ+")))]
    parts, pieces = [], []
    for x, y in cells:
        center = (x * 2 * unit, y * 2 * unit, 0.0)
        parts.append(Part(box((unit, unit, depth)).moved(center)))
        pieces.append(Piece("box", (unit, unit, depth), center))
    return Shape("block", tuple(parts), tuple(pieces))


def _tool(rng: Generator) -> Shape:
    return (_hammer, _driver, _wrench, _spoon)[int(rng.integers(4))](rng)


def _hammer(rng: Generator) -> Shape:
    length, grip = rng.uniform(0.07, 0.12), rng.uniform(0.006, 0.011)
    head = np.array([rng.uniform(0.01, 0.016), rng.uniform(0.025, 0.045), rng.uniform(0.01, 0.016)])
    handle = sweep([(-length, 0, 0), (length, 0, 0)], grip, 10)
    parts = (Part(handle), Part(box(head).moved((length, 0, 0)), "accent"))
    pieces = (Piece("box", (length, grip, grip)), Piece("box", _vector(head), (length, 0, 0)))
    return Shape("tool", parts, pieces)


def _driver(rng: Generator) -> Shape:
    grip, shaft, length = rng.uniform(0.009, 0.015), rng.uniform(0.002, 0.004), rng.uniform(0.04, 0.08)
    parts = (
        Part(sweep([(-length, 0, 0), (-length * 0.9, 0, 0), (0, 0, 0)], grip, 8)),
        Part(sweep([(0, 0, 0), (length * 1.2, 0, 0)], shaft, 8), "accent"),
    )
    pieces = (
        Piece("box", (length / 2, grip, grip), (-length / 2, 0, 0)),
        Piece("box", (length * 0.6, shaft, shaft), (length * 0.6, 0, 0)),
    )
    return Shape("tool", parts, pieces)


def _wrench(rng: Generator) -> Shape:
    length, width, height = rng.uniform(0.06, 0.1), rng.uniform(0.006, 0.01), rng.uniform(0.005, 0.01)
    jaw = width * rng.uniform(2.0, 2.8)
    angles = np.linspace(0.6, 2 * np.pi - 0.6, 18)
    outer = np.column_stack([np.cos(angles), np.sin(angles)]) * jaw
    notch = np.array([[jaw * 0.25, -jaw * 0.3], [jaw * 0.2, 0.0], [jaw * 0.25, jaw * 0.3]])
    head = prism(np.concatenate([outer, notch]) - [jaw * 0.1, 0.0], height).moved((length, 0, 0))
    ring = sweep([(jaw * math.cos(a), jaw * math.sin(a), 0) for a in np.linspace(0, 6.28, 19)[:-1]], height / 2, 6, True)
    bar = box((length - jaw, width, height * 0.4))
    parts = (Part(head), Part(bar), Part(ring.moved((-length, 0, 0))))
    pieces = (Piece("box", (length, width, height / 2)),) + tuple(
        Piece("cylinder", (jaw, height / 2, 0), (sign * length, 0, 0)) for sign in (-1, 1)
    )
    return Shape("tool", parts, pieces)


def _spoon(rng: Generator) -> Shape:
    length, width = rng.uniform(0.05, 0.09), rng.uniform(0.012, 0.022)
    head = ellipsoid((width * 1.4, width, 0.005)).moved((length, 0, 0))
    path = [(-length, 0, 0.004), (-length * 0.3, 0, 0.0), (length * 0.6, 0, 0.006), (length, 0, 0.0)]
    radius = rng.uniform(0.002, 0.004)
    pieces = (
        Piece("box", (length, radius, 0.004)),
        Piece("ellipsoid", (width * 1.4, width, 0.005), (length, 0, 0)),
    )
    return Shape("tool", (Part(head), Part(sweep(path, radius))), pieces)


def _tube(rng: Generator) -> Shape:
    """A hollow cylinder from a tape roll to a paper roll."""
    radius, half = rng.uniform(0.018, 0.05), rng.uniform(0.008, 0.11)
    hole = radius * rng.uniform(0.5, 0.88)
    mesh = lathe([(hole, -half), (radius, -half), (radius, half), (hole, half), (hole, -half)])
    pieces = (Piece("cylinder", (radius, half, 0)),)
    if hole > 0.02 and half < 0.03:
        pieces = _wall((hole + radius) / 2, (hole + radius) / 2, -half, half, (radius - hole) / 2)
    return Shape("tube", (Part(mesh),), pieces, rolls=True)


def _cable(rng: Generator) -> Shape:
    """A stiff curly cable lying flat."""
    count, radius = 40, rng.uniform(0.0025, 0.005)
    heading = np.cumsum(np.cumsum(rng.normal(0, 0.055, count))) + rng.uniform(0, 6.28)
    steps = np.column_stack([np.cos(heading), np.sin(heading)]) * rng.uniform(0.006, 0.011)
    path = np.cumsum(steps, axis=0)
    path -= (path.min(axis=0) + path.max(axis=0)) / 2
    path = np.column_stack([path, np.abs(np.sin(np.arange(count) * 0.35)) * radius * 0.6])
    pieces = []
    for first, last in zip(path[:-4:4], path[4::4]):
        half = np.linalg.norm(last - first) / 2
        angle = math.atan2(last[1] - first[1], last[0] - first[0])
        center = _vector((first + last) / 2)
        pieces.append(Piece("box", (half, radius, radius), center, (math.cos(angle / 2), 0, 0, math.sin(angle / 2))))
    parts = [Part(sweep(path, radius))]
    if rng.random() < 0.6:
        parts.append(Part(box((0.012, 0.007, 0.005)).moved(path[-1]), "accent"))
        pieces.append(Piece("box", (0.012, 0.007, 0.005), _vector(path[-1])))
    reach = float(np.linalg.norm(path[:, :2], axis=1).max())
    return Shape("cable", tuple(parts), tuple(pieces))


def _tray(rng: Generator) -> Shape:
    """An open box that other things may lie in."""
    half = np.array([rng.uniform(0.07, 0.15), rng.uniform(0.06, 0.12), rng.uniform(0.012, 0.05)])
    wall = rng.uniform(0.0025, 0.006)
    slabs = [(np.array([half[0], half[1], wall]), np.array([0, 0, wall - half[2]]))]
    for axis in (0, 1):
        for sign in (-1, 1):
            size, center = half.copy(), np.zeros(3)
            size[axis], center[axis] = wall, sign * (half[axis] - wall)
            slabs.append((size, center))
    parts = tuple(Part(box(size).moved(center)) for size, center in slabs)
    pieces = tuple(Piece("box", _vector(size), _vector(center)) for size, center in slabs)
    return Shape("tray", parts, pieces)


def _cuboid(category: str, half: np.ndarray) -> Shape:
    part = Part(box(half), "label")
    return Shape(category, (part,), (Piece("box", _vector(half)),))


def _vessel(category: str, radius: float, half: float, foot: float, curve: float = 1.0) -> Shape:
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
        sides = _wall(radii[0], radii[-1], -half, half, wall / 2)
    else:
        sides = _wall(radii[0], radii[middle], -half, levels[middle], wall / 2)
        sides += _wall(radii[middle], radii[-1], levels[middle], half, wall / 2)
    return Shape(category, (Part(mesh),), (bottom, *sides))


def _wall(low: float, high: float, bottom: float, top: float, half_thickness: float, count: int = 10) -> tuple[Piece, ...]:
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


def _vector(values: np.ndarray) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])


_MAKERS: dict[str, Callable[[Generator], Shape]] = {
    "box": _box,
    "carton": _carton,
    "book": _book,
    "can": _can,
    "bottle": _bottle,
    "cup": _cup,
    "mug": _mug,
    "bowl": _bowl,
    "plate": _plate,
    "ball": _ball,
    "fruit": _fruit,
    "block": _block,
    "tool": _tool,
    "tube": _tube,
    "cable": _cable,
    "tray": _tray,
}
CATEGORIES: tuple[str, ...] = tuple(_MAKERS)
WEIGHTS = np.array([10, 7, 7, 9, 9, 7, 9, 5, 4, 7, 7, 6, 9, 6, 4, 3], dtype=np.float64) / 109.0
