"""Procedural food for generated scenes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.meshes import Mesh, box, ellipsoid, joined, lathe, prism, turned
from physperception.datasets.shape_parts import Part, Piece, Shape
from physperception.datasets.shape_sweeps import centered, curve, lumpy, rod_piece, taper


def _doughnut(rng: Generator) -> Shape:
    ring, thick, flat = rng.uniform(0.025, 0.036), rng.uniform(0.014, 0.02), rng.uniform(0.7, 1.0)
    circle = np.linspace(0, 2 * np.pi, 17)
    dough = lathe(np.column_stack([ring + thick * np.cos(circle), thick * flat * np.sin(circle)]), 36)
    parts = [Part(lumpy(rng, dough, 0.04, 2.0))]
    if rng.random() < 0.75:
        over, reach = thick * 1.06, np.linspace(0.15, math.pi - 0.15, 12)
        glaze = lathe(np.column_stack([ring + over * np.cos(reach), over * flat * np.sin(reach)]), 48)
        angle = np.arctan2(glaze.vertices[:, 1], glaze.vertices[:, 0])
        wave = 0.2 * np.sin(angle * rng.integers(4, 8) + rng.uniform(0, 6)) + 0.15 * np.sin(angle * 3)
        low = np.clip(1 - glaze.vertices[:, 2] / (thick * flat), 0, 1)
        lift = np.column_stack([0 * low, 0 * low, low * wave * thick * 0.9])
        parts.append(Part(lumpy(rng, replace(glaze, vertices=glaze.vertices + lift), 0.03, 2.0), "accent"))
        if rng.random() < 0.5:
            parts.append(Part(_sprinkles(rng, ring, thick * 1.06, flat, int(rng.integers(25, 60))), "label"))
    return centered("doughnut", parts, [Piece("cylinder", (ring + thick, thick * flat, 0))], rolls=True)


def _sprinkles(rng: Generator, ring: float, thick: float, flat: float, count: int) -> Mesh:
    """Small rods lying on the upper half of a flattened torus."""
    rods = []
    for around, across, turn in zip(*rng.uniform((0, 0.4, 0), (6.28, 2.7, 3.1), (count, 3)).T):
        radius, height = ring + thick * math.cos(across), thick * flat * math.sin(across)
        rod = turned(turned(box((0.003, 0.0008, 0.0008)), 2, turn), 1, (across - math.pi / 2) * -0.8)
        rods.append(turned(rod.moved((radius, 0, height)), 2, around))
    return joined(rods)


def _mushroom(rng: Generator) -> Shape:
    radius = rng.uniform(0.02, 0.042)
    height, hem = radius * rng.uniform(0.5, 1.1), -radius * rng.uniform(0.05, 0.3)
    angles = np.linspace(0, np.pi / 2, 9)
    dome = np.column_stack([radius * np.cos(angles), height * np.sin(angles) ** rng.uniform(0.8, 1.5)])
    dome[-1, 0] = 0.0
    cap = lathe(
        [(0, height * 0.1), (radius * 0.75, height * 0.02), (radius * 0.9, hem), (radius * 0.97, hem * 0.7), *dome]
    )
    stem, length = radius * rng.uniform(0.28, 0.45), radius * rng.uniform(0.8, 1.7)
    lean = rng.uniform(-0.12, 0.12) * stem
    path = curve([(lean, lean, -length), (0, 0, -length * 0.5), (0, 0, height * 0.2)], 9)
    widths = stem * np.interp(np.linspace(0, 1, 9), [0, 0.15, 0.6, 1], [rng.uniform(0.9, 1.3), 1.2, 0.9, 1.0])
    parts = [Part(lumpy(rng, cap, 0.05, 1.5)), Part(taper(path, widths, 14), "accent")]
    if rng.random() < 0.25:
        spots = []
        for _ in range(12):
            up, around = rng.uniform(0.25, 1.0), rng.uniform(0, 6.28)
            level = int(np.searchsorted(angles, up * np.pi / 2) - 1)
            size = radius * rng.uniform(0.08, 0.15)
            spot = turned(
                lathe([(0, -size), (size, -size * 0.2), (size * 0.7, size * 0.3), (0, size * 0.4)], 10), 1, 1.4 - up
            )
            spots.append(turned(spot.moved((dome[level, 0], 0, dome[level, 1])), 2, around))
        parts.append(Part(joined(spots), "accent"))
    pieces = [
        Piece("cylinder", (stem * 1.1, (length + height * 0.2) / 2, 0), (0, 0, (height * 0.2 - length) / 2)),
        Piece("ellipsoid", (radius, radius, (height - hem) / 2), (0, 0, (height + hem) / 2)),
    ]
    if rng.random() < 0.4:
        parts = [replace(part, mesh=turned(part.mesh, 1, math.pi / 2)) for part in parts]
        lying = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)
        pieces = [replace(piece, position=(piece.position[2], 0.0, 0.0), quaternion=lying) for piece in pieces]
    return centered("mushroom", parts, pieces, rolls=True)


def _carrot(rng: Generator) -> Shape:
    length, radius = rng.uniform(0.1, 0.19), rng.uniform(0.012, 0.021)
    count, blunt = 44, rng.uniform(0.05, 0.3)
    along = np.linspace(0, 1, count)
    widths = radius * np.interp(along, [0, 0.02, 0.06, 0.7, 0.95, 1], [0.4, 0.85, 1, 0.45 + blunt, 0.12 + blunt, 0.05])
    widths *= 1 + 0.05 * np.sin(along * 70) * rng.uniform(0.5, 1.5, count)
    bow = rng.normal(0, 0.008)
    path = np.column_stack([along * length, bow * np.sin(np.pi * along), 0 * along])
    parts = [Part(taper(path, widths, 14))]
    pieces = [
        rod_piece((radius, 0, 0), (length * 0.6, 0, 0), radius * 0.9),
        rod_piece((length * 0.5, 0, 0), (length, 0, 0), radius * 0.45),
    ]
    if rng.random() < 0.75:
        stalks, leaves = rng.uniform(0.02, 0.1), []
        for _ in range(int(rng.integers(4, 9))):
            side, up = rng.normal(0, 0.3, 2) * stalks
            end = (-stalks * rng.uniform(0.7, 1.1), float(side), float(max(up, -radius * 0.8)))
            stalk = curve([(0.002, 0, 0), (-stalks * 0.4, float(side) * 0.2, 0.0), end], 9)
            leaves.append(taper(stalk, np.linspace(0.0022, 0.001, 9), 6))
            if stalks > 0.05:
                for share in (5, 6, 7, 8):
                    size = rng.uniform(0.007, 0.013)
                    leaves += [_leaflet(size, turn).moved(stalk[share]) for turn in (-0.7, 0.7)]
        parts.append(Part(joined(leaves), "accent"))
        pieces.append(Piece("box", (stalks * 0.4, stalks * 0.15, radius * 0.3), (-stalks * 0.5, 0, 0)))
    return centered("carrot", parts, pieces, rolls=True)


def _leaflet(half: float, turn: float) -> Mesh:
    """A thin pointed leaf that starts at the origin and lies in the plane z = 0, `turn` radians from -x."""
    corners = np.array([(0, 0, 0), (-1, 0.45, 0), (-2, 0, 0), (-1, -0.45, 0), (-1, 0, 0.2), (-1, 0, -0.2)]) * half
    rim = [(0, 1), (1, 2), (2, 3), (3, 0)]
    faces = np.array([*((a, 4, b) for a, b in rim), *((a, b, 5) for a, b in rim)])
    return turned(Mesh(corners, faces, corners[:, :2] / 0.02, faces), 2, turn)


def _hamburger(rng: Generator) -> Shape:
    radius = rng.uniform(0.04, 0.06)
    parts, level = [], 0.0
    low = radius * rng.uniform(0.25, 0.4)
    parts.append(Part(_round(radius, 0.0, low, 0.35)))
    level += low
    layers = ["patty", "leaf", "slice", "cheese", "patty"][: int(rng.integers(2, 6))]
    for layer in (layers[i] for i in rng.permutation(len(layers))):
        thick = radius * {"patty": rng.uniform(0.22, 0.34), "leaf": 0.1, "slice": 0.12, "cheese": 0.07}[layer]
        if layer == "patty":
            parts.append(
                Part(
                    lumpy(rng, _round(radius * 1.03, -thick / 2, thick / 2, 0.5), 0.05, 4.0).moved(
                        (0, 0, level + thick / 2)
                    ),
                    "accent",
                )
            )
        elif layer == "cheese":
            sheet = turned(box((radius * 0.92, radius * 0.92, thick / 2)), 2, rng.uniform(0, 1.5)).moved(
                (0, 0, level + thick / 2)
            )
            parts.append(Part(sheet, "label"))
        elif layer == "slice":
            parts.append(Part(_round(radius * 0.98, level, level + thick, 0.2), "label"))
        else:
            parts.append(
                Part(_frill(rng, radius * rng.uniform(1.08, 1.2), thick).moved((0, 0, level + thick / 2)), "label")
            )
        level += thick
    top = radius * rng.uniform(0.55, 0.85)
    angles = np.linspace(0, np.pi / 2, 10)
    dome = np.column_stack([radius * np.cos(angles) ** 0.75, top * (0.2 + 0.8 * np.sin(angles))])
    dome[-1, 0] = 0.0
    parts.append(Part(lathe([(0, 0), (radius * 0.94, 0), *dome]).moved((0, 0, level))))
    if rng.random() < 0.6:
        seeds = []
        for row, around in zip(rng.integers(3, 9, 45), rng.uniform(0, 6.28, 45)):
            seed = turned(box((0.0022, 0.0013, 0.0009)), 1, float(np.pi / 2 - angles[row]) * 0.6)
            seeds.append(turned(seed.moved((dome[row, 0], 0, level + dome[row, 1])), 2, around))
        parts.append(Part(joined(seeds), "label"))
    total = level + top
    pieces = [
        Piece("cylinder", (radius, (level + top * 0.5) / 2, 0), (0, 0, (level + top * 0.5) / 2)),
        Piece("ellipsoid", (radius * 0.95, radius * 0.95, top * 0.8), (0, 0, total - top * 0.8)),
    ]
    return centered("hamburger", parts, pieces, rolls=True)


def _round(radius: float, low: float, high: float, softness: float) -> Mesh:
    """A disc between two heights with rounded edges; `softness` up to 0.5 is the rounding over the thickness."""
    edge, angles = (high - low) * softness, np.linspace(0, np.pi / 2, 5)
    lower = [(radius - edge + edge * math.sin(a), low + edge - edge * math.cos(a)) for a in angles]
    upper = [(radius - edge + edge * math.cos(a), high - edge + edge * math.sin(a)) for a in angles]
    return lathe([(0, low), *lower, *upper, (0, high)], 32)


def _frill(rng: Generator, radius: float, thick: float) -> Mesh:
    """A leaf with a wavy edge."""
    leaf = lathe(
        [(0, -thick * 0.3), (radius * 0.8, -thick * 0.3), (radius, 0), (radius * 0.8, thick * 0.3), (0, thick * 0.3)],
        64,
    )
    angle, out = (
        np.arctan2(leaf.vertices[:, 1], leaf.vertices[:, 0]),
        np.linalg.norm(leaf.vertices[:, :2], axis=1) / radius,
    )
    wave = np.sin(angle * rng.integers(8, 15)) + 0.6 * np.sin(angle * rng.integers(3, 7) + 1)
    share = np.clip((out - 0.7) / 0.3, 0, 1)
    offset = np.column_stack([leaf.vertices[:, :2] * (share * wave * 0.05)[:, None], share * wave * thick * 0.7])
    return replace(leaf, vertices=leaf.vertices + offset)


def _bread(rng: Generator) -> Shape:
    return (_tin_loaf, _tin_loaf, _slice, _oval_loaf)[int(rng.integers(4))](rng)


def _crust(rng: Generator, width: float, height: float) -> NDArray[np.float64]:
    """The outline of a slice of tin bread, float [P, 2], as wide as 2 `width` and as high as 2 `height`."""
    angles = np.linspace(-0.35, math.pi + 0.35, 25)
    bulge, split = rng.uniform(1.08, 1.2), rng.uniform(0.25, 0.45)
    top = np.column_stack([width * bulge * np.cos(angles), height * (split + (1 - split) * np.sin(angles))])
    top[:, 0] *= 1 + 0.04 * np.cos(4 * angles)
    return np.concatenate([[(-width * 0.95, -height), (width * 0.95, -height)], top])


def _tin_loaf(rng: Generator) -> Shape:
    width, height, half = rng.uniform(0.035, 0.05), rng.uniform(0.035, 0.05), rng.uniform(0.06, 0.13)
    outline, count = _crust(rng, width, height), int(rng.integers(5, 13))
    cut = rng.random() < 0.6
    step = 2 * half / count if cut else 2 * half
    crusts: list[Mesh] = []
    crumbs: list[Mesh] = []
    for middle in np.arange(-half + step / 2, half, step).tolist():
        lean = rng.normal(0, 0.03) if cut else 0.0
        for meshes, size, thick in ((crusts, 1.0, step * 0.88), (crumbs, 0.9, step * 0.88 + 0.003)):
            mesh = turned(turned(prism(outline * size, thick), 0, math.pi / 2), 2, math.pi / 2)
            meshes.append(turned(mesh, 1, lean).moved((middle, 0, 0)))
    parts = [Part(joined(crusts)), Part(joined(crumbs), "accent")]
    return centered("bread", parts, [Piece("box", (half, width, height), (0, 0, 0))])


def _slice(rng: Generator) -> Shape:
    width, thick = rng.uniform(0.04, 0.055), rng.uniform(0.005, 0.01)
    outline = _crust(rng, width, width * rng.uniform(0.9, 1.15))
    parts = [Part(prism(outline, 2 * thick)), Part(prism(outline * 0.93, 2.25 * thick), "accent")]
    return centered("bread", parts, [Piece("box", (width, width, thick * 1.1))])


def _oval_loaf(rng: Generator) -> Shape:
    half = np.array([rng.uniform(0.07, 0.14), rng.uniform(0.03, 0.05), rng.uniform(0.022, 0.035)])
    loaf = lumpy(rng, ellipsoid(half), 0.04, 2.0)
    flat = np.column_stack([loaf.vertices[:, :2], np.maximum(loaf.vertices[:, 2], -half[2] * 0.6)])
    cuts = []
    for share in np.linspace(-0.65, 0.65, int(rng.integers(3, 7))):
        size, top = half[1] * math.sqrt(1 - share**2), half[2] * math.sqrt(1 - share**2)
        along = np.linspace(-0.6, 0.6, 9)
        path = np.column_stack([share * half[0] + along * size * 0.6, along * size, top * np.sqrt(1 - along**2) * 1.01])
        cuts.append(taper(path, 0.0045 * np.cos(along * 2.3) + 0.0005, 8))
    parts = [Part(replace(loaf, vertices=flat)), Part(joined(cuts), "accent")]
    pieces = [
        Piece("ellipsoid", (half[0], half[1], half[2] * 0.8), (0, 0, half[2] * 0.2)),
        Piece("box", (half[0] * 0.6, half[1] * 0.6, half[2] * 0.6)),
    ]
    return centered("bread", parts, pieces)


def _croissant(rng: Generator) -> Shape:
    half, thick, bend = rng.uniform(0.05, 0.075), rng.uniform(0.018, 0.026), rng.uniform(0.7, 1.35)
    share = np.linspace(-1, 1, 61)
    radius = half / math.sin(bend)
    path = np.column_stack([radius * np.sin(share * bend), radius * np.cos(share * bend), 0 * share])
    rolls = int(rng.integers(3, 5))
    step = 1 - np.abs(share) * (rolls - 0.5) % 1 if rng.random() < 0.5 else np.abs(share) * (rolls - 0.5) % 1
    widths = thick * (0.16 + 0.84 * np.cos(share * math.pi / 2) ** rng.uniform(0.8, 1.2)) * (0.86 + 0.28 * step)
    mesh = lumpy(rng, taper(path, widths, 16, rng.uniform(0.75, 0.95)), 0.02, 2.0)
    low = -thick * 0.55
    mesh = replace(mesh, vertices=np.column_stack([mesh.vertices[:, :2], np.maximum(mesh.vertices[:, 2], low)]))
    pieces = [rod_piece(path[i], path[i + 15], thick * 0.55) for i in (0, 15, 30, 45)]
    return centered("croissant", [Part(mesh)], pieces)


FOOD: Mapping[str, Callable[[Generator], Shape]] = {
    "doughnut": _doughnut,
    "mushroom": _mushroom,
    "carrot": _carrot,
    "hamburger": _hamburger,
    "bread": _bread,
    "croissant": _croissant,
}
"""Makers by category."""
