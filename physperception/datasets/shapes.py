"""Procedural household objects for generated scenes: sizes, meshes and collision pieces, all random.

`make_shape` returns one. Nothing is loaded from files; every vertex is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from physperception.datasets.bathroom_shapes import BATHROOM
from physperception.datasets.desk_shapes import DESK
from physperception.datasets.garden_shapes import GARDEN
from physperception.datasets.kitchen_shapes import KITCHEN
from physperception.datasets.meshes import box, ellipsoid, lathe, prism, sweep
from physperception.datasets.shape_parts import Part, Piece, Shape, cuboid, vector, vessel, wall_pieces
from physperception.datasets.toy_shapes import TOYS
from physperception.datasets.unusual_shapes import UNUSUAL
from physperception.datasets.workshop_shapes import WORKSHOP


def make_shape(rng: Generator, category: str, everyday: bool = False) -> Shape:
    """A random object of a category, one of `CATEGORIES`.

    Args:
        everyday: by the maker of `EVERYDAY` where it has the category; some are drawn by another maker otherwise.
    """
    return (EVERYDAY if everyday and category in EVERYDAY else _MAKERS)[category](rng)


def _box(rng: Generator) -> Shape:
    half = rng.uniform(0.015, 0.06, 3)
    return cuboid("box", half)


def _carton(rng: Generator) -> Shape:
    return cuboid("carton", np.array([rng.uniform(0.025, 0.05), rng.uniform(0.015, 0.035), rng.uniform(0.06, 0.13)]))


def _book(rng: Generator) -> Shape:
    half = np.array([rng.uniform(0.05, 0.1), rng.uniform(0.07, 0.14), rng.uniform(0.004, 0.022)])
    pages = box(half * [0.97, 0.96, 0.86]).moved((0.02 * half[0], 0, 0))
    covers = [box((half[0], half[1], half[2] * 0.1)).moved((0, 0, sign * half[2] * 0.9)) for sign in (-1, 1)]
    spine = box((half[0] * 0.02, half[1], half[2])).moved((-half[0] * 0.98, 0, 0))
    parts = (Part(pages, "accent"), Part(covers[0]), Part(covers[1], "label"), Part(spine))
    return Shape("book", parts, (Piece("box", vector(half)),))


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
    return vessel("cup", rng.uniform(0.028, 0.045), rng.uniform(0.035, 0.065), rng.uniform(0.6, 1.0))


def _mug(rng: Generator) -> Shape:
    radius, half = rng.uniform(0.033, 0.046), rng.uniform(0.038, 0.055)
    cup = vessel("mug", radius, half, rng.uniform(0.85, 1.0))
    reach, angles = radius * rng.uniform(0.5, 0.8), np.linspace(-np.pi / 2, np.pi / 2, 13)
    start = radius * 0.9
    path = np.column_stack(
        [start + reach * np.cos(angles), np.zeros(13), half * rng.uniform(0.5, 0.7) * np.sin(angles)]
    )
    thickness = rng.uniform(0.004, 0.007)
    handle = sweep(path, thickness)
    grip = Piece("box", (reach / 2, thickness, half * 0.5), (start + reach / 2, 0, 0))
    surface = "body" if rng.random() < 0.7 else "accent"
    parts = (*cup.parts, Part(handle, surface))
    return Shape("mug", parts, (*cup.pieces, grip))


def _bowl(rng: Generator) -> Shape:
    return vessel("bowl", rng.uniform(0.055, 0.09), rng.uniform(0.02, 0.04), rng.uniform(0.35, 0.65), curve=0.6)


def _plate(rng: Generator) -> Shape:
    return vessel("plate", rng.uniform(0.075, 0.12), rng.uniform(0.006, 0.011), rng.uniform(0.6, 0.75))


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
    return Shape("fruit", tuple(parts), (Piece("ellipsoid", vector(half)),), rolls=True)


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
    pieces = (Piece("box", (length, grip, grip)), Piece("box", vector(head), (length, 0, 0)))
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
    circle = [(jaw * math.cos(a), jaw * math.sin(a), 0) for a in np.linspace(0, 6.28, 19)[:-1]]
    ring = sweep(circle, height / 2, 6, closed=True)
    bar = box((length - jaw, width, height * 0.4))
    parts = (Part(head), Part(bar), Part(ring.moved((-length, 0, 0))))
    ends = [Piece("cylinder", (jaw, height / 2, 0), (sign * length, 0, 0)) for sign in (-1, 1)]
    pieces = (Piece("box", (length, width, height / 2)), *ends)
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
    pieces: tuple[Piece, ...] = (Piece("cylinder", (radius, half, 0)),)
    if hole > 0.02 and half < 0.03:
        pieces = wall_pieces((hole + radius) / 2, (hole + radius) / 2, -half, half, (radius - hole) / 2)
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
        half = float(np.linalg.norm(last - first)) / 2
        angle = math.atan2(last[1] - first[1], last[0] - first[0])
        center = vector((first + last) / 2)
        pieces.append(Piece("box", (half, radius, radius), center, (math.cos(angle / 2), 0, 0, math.sin(angle / 2))))
    parts = [Part(sweep(path, radius))]
    if rng.random() < 0.6:
        parts.append(Part(box((0.012, 0.007, 0.005)).moved(path[-1]), "accent"))
        pieces.append(Piece("box", (0.012, 0.007, 0.005), vector(path[-1])))
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
    pieces = tuple(Piece("box", vector(size), vector(center)) for size, center in slabs)
    return Shape("tray", parts, pieces)


def _bag(rng: Generator) -> Shape:
    """A filled bag lying down: a lumpy cushion with a gathered or a flat end."""
    half = np.array([rng.uniform(0.04, 0.08), rng.uniform(0.03, 0.06), rng.uniform(0.015, 0.035)])
    cushion = ellipsoid((1, 1, 1))
    direction = cushion.vertices
    power = rng.uniform(0.45, 0.85)
    lumps = 1 + 0.09 * np.sin(direction @ rng.normal(0, 3.0, (3, 4)) + rng.uniform(0, 6.28, 4)).sum(axis=1)
    vertices = np.sign(direction) * np.abs(direction) ** power * lumps[:, None] * half
    parts = [Part(replace(cushion, vertices=vertices), "label")]
    if rng.random() < 0.5:
        knot = half[0] * 0.25
        parts.append(Part(ellipsoid((knot, knot * 0.8, knot * 0.6)).moved((half[0] * 1.15, 0, 0)), "label"))
    piece = Piece("ellipsoid", vector(half * [1.1, 1.1, 1.0]))
    return Shape("bag", tuple(parts), (piece,), rolls=True)


EVERYDAY: Mapping[str, Callable[[Generator], Shape]] = {
    **KITCHEN, **BATHROOM, **WORKSHOP, **GARDEN, **DESK, **TOYS,
}  # fmt: skip
"""Things of kitchen, bathroom, workshop, garden, desk and nursery, drawn without knowledge of `UNUSUAL`."""
_MAKERS: Mapping[str, Callable[[Generator], Shape]] = {
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
    "bag": _bag,
    **UNUSUAL,
    **{name: maker for name, maker in EVERYDAY.items() if name not in UNUSUAL},
}
CATEGORIES: tuple[str, ...] = tuple(_MAKERS)
"""Everything there is, in the order of the category ids."""
