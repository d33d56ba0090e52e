"""Procedural kitchenware, tableware and food for generated scenes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.food_shapes import FOOD
from physperception.datasets.meshes import Mesh, box, ellipsoid, joined, lathe, prism, sweep, turned
from physperception.datasets.shape_parts import Part, Piece, Shape, vessel
from physperception.datasets.shape_sweeps import arc, centered, curve, rod_piece, taper


def _teapot(rng: Generator) -> Shape:
    radius = rng.uniform(0.05, 0.075)
    half = radius * rng.uniform(0.65, 1.0)
    angles = np.linspace(-rng.uniform(0.9, 1.15), rng.uniform(0.95, 1.15), 13)
    radii, levels = radius * np.cos(angles) ** rng.uniform(0.6, 1.1), half * np.sin(angles)
    mouth, top, lift = radii[-1], levels[-1], half * rng.uniform(0.12, 0.35)
    lid = lathe([(mouth * 1.04, top), (mouth * 0.98, top + lift * 0.3), (mouth * 0.5, top + lift), (0, top + lift)])
    knob = ellipsoid(np.array([1, 1, rng.uniform(0.7, 1.3)]) * radius * rng.uniform(0.12, 0.2))
    knob = knob.moved((0, 0, top + lift - knob.vertices[:, 2].min() * 0.8))
    out, tip = radius * rng.uniform(1.55, 1.85), half * rng.uniform(0.6, 1.1)
    knots = [(radius * 0.75, 0, -half * 0.35), (radius * 1.5, 0, -half * 0.3), (out * 0.8, 0, tip * 0.7), (out, 0, tip)]
    nozzle = taper(curve(knots), radius * np.linspace(rng.uniform(0.24, 0.34), rng.uniform(0.09, 0.13), 16), 14)
    thick = radius * rng.uniform(0.07, 0.12)
    if rng.random() < 0.25:
        ends = [(side * radius * 0.75, 0, half * 0.6) for side in (-1, 1)]
        path = arc(ends[0], ends[1], (0, 0, half * 0.4 + radius * rng.uniform(0.8, 1.2)), 19)
    else:
        low, high = -half * rng.uniform(0.3, 0.55), half * rng.uniform(0.4, 0.7)
        path = arc((-radius * 0.8, 0, low), (-radius * 0.75, 0, high), (-radius * rng.uniform(0.7, 1.0), 0, 0))
    second = "accent" if rng.random() < 0.4 else "body"
    mesh = lathe([(0, levels[0]), *zip(radii, levels), (0, top)])
    parts = [Part(mesh), Part(lid, second), Part(knob, second), Part(nozzle), Part(sweep(path, thick), second)]
    middle = (top + levels[0]) / 2
    pieces = [
        Piece("cylinder", (radius * 0.92, (top - levels[0]) / 2, 0), (0, 0, middle)),
        rod_piece(knots[0], knots[-1], radius * 0.14),
        *(rod_piece(path[i], path[i + len(path) // 3], thick) for i in (0, len(path) // 3, 2 * (len(path) // 3))),
        Piece("cylinder", (mouth * 0.6, lift, 0), (0, 0, top + lift)),
    ]
    return centered("teapot", parts, pieces)


def _pan(rng: Generator) -> Shape:
    radius, half = rng.uniform(0.065, 0.105), rng.uniform(0.013, 0.023)
    dish = vessel("pan", radius, half, rng.uniform(0.75, 0.92))
    length = min(radius * rng.uniform(1.1, 1.7), 0.37 - 2 * radius)
    end = (radius + length, 0.0, half * rng.uniform(0.6, 2.2))
    path = curve([(radius * 0.95, 0, half * 0.6), (radius + length * 0.4, 0, end[2] * 1.1), end])
    width = rng.uniform(0.007, 0.011)
    widths = np.interp(np.linspace(0, 1, 16), [0, 0.15, 0.35, 0.9, 1], width * np.array([1.3, 0.6, 0.9, 1.1, 0.7]))
    handle = taper(path, widths, 10, rng.uniform(0.5, 0.8))
    parts = [*dish.parts, Part(handle, "accent" if rng.random() < 0.6 else "body")]
    if rng.random() < 0.4:
        inside = lathe([(radius * 0.7, -half + 0.0042), (0, -half + 0.0044)])
        parts.append(Part(inside, "accent"))
    if rng.random() < 0.5:
        ring = sweep(
            arc(end, end, (0.01, 0, 0), 12) + np.outer(np.cos(np.linspace(0, 6.28, 12)), (0, 0.006, 0)), 0.0018, 6
        )
        parts.append(Part(ring))
    return centered("pan", parts, [*dish.pieces, rod_piece(path[0], path[-1], width * 0.7)])


def _pot(rng: Generator) -> Shape:
    radius = rng.uniform(0.06, 0.1)
    half = radius * rng.uniform(0.42, 0.8)
    body = vessel("pot", radius, half, rng.uniform(0.9, 1.0))
    height, reach, spread = (
        half * rng.uniform(0.35, 0.75),
        radius * rng.uniform(0.25, 0.4),
        radius * rng.uniform(0.25, 0.4),
    )
    thick, second = radius * rng.uniform(0.05, 0.085), "accent" if rng.random() < 0.5 else "body"
    parts, pieces = list(body.parts), list(body.pieces)
    for side in (-1, 1):
        ends = [(side * radius * 0.93, offset, height) for offset in (-spread, spread)]
        parts.append(Part(sweep(arc(ends[0], ends[1], (side * reach, 0, reach * 0.2)), thick), second))
        center = (side * (radius + reach / 2), 0.0, height)
        pieces.append(Piece("box", (reach / 2, spread * 0.9, thick), center))
    if rng.random() < 0.65:
        lift, knob = half * rng.uniform(0.12, 0.35), radius * rng.uniform(0.12, 0.2)
        rim = radius * 1.04
        dome = [(0, half), (rim, half), (rim, half + 0.004), (radius * 0.6, half + lift * 0.75), (0, half + lift)]
        grip = [
            (0, 0),
            (knob * 0.5, 0),
            (knob * 0.5, knob * 0.6),
            (knob, knob * 0.8),
            (knob, knob * 1.2),
            (0, knob * 1.3),
        ]
        parts += [Part(lathe(dome), "body"), Part(lathe(grip).moved((0, 0, half + lift * 0.97)), second)]
        pieces.append(Piece("cylinder", (radius * 0.8, lift / 2 + 0.002, 0), (0, 0, half + lift / 2)))
        pieces.append(Piece("cylinder", (knob, knob * 0.65, 0), (0, 0, half + lift + knob * 0.65)))
    return centered("pot", parts, pieces)


def _fork(rng: Generator) -> Shape:
    half, width, rise = rng.uniform(0.075, 0.1), rng.uniform(0.007, 0.01), rng.uniform(0.006, 0.013)

    def level(along: NDArray[np.float64]) -> NDArray[np.float64]:
        return rise * (np.exp(-(((along - 0.1) / 0.35) ** 2)) + 0.9 * (np.maximum(along - 0.45, 0) / 0.55) ** 2)

    def bent(along: NDArray[np.float64], across: float = 0.0) -> NDArray[np.float64]:
        return np.column_stack([along * half, np.full(len(along), across), level(along)])

    along, shoulder = np.linspace(-1, 0.6, 24), width * rng.uniform(1.25, 1.6)
    knots = [-1, -0.9, -0.3, 0.25, 0.42, 0.6]
    widths = np.interp(along, knots, [width * 0.6, width, width * 0.6, width * 0.4, shoulder * 0.8, shoulder])
    tines, count = [], int(rng.integers(3, 5))
    narrow = shoulder / (count * rng.uniform(1.6, 2.2))
    for offset in np.linspace(-1, 1, count) * (shoulder - narrow):
        far = np.linspace(0.55, 1, 10)
        tines.append(taper(bent(far, offset), np.linspace(narrow, narrow * 0.5, 10), 6, 0.6))
    handle = taper(bent(along), widths, 10, 0.22)
    parts = [Part(joined([handle, *tines]))]
    if rng.random() < 0.3:
        parts.append(Part(taper(bent(np.linspace(-1.02, -0.2, 12)), widths[:12] * 1.25, 10, 0.5), "accent"))
    pieces = []
    for share, side in ((-0.8, width), (-0.3, width * 0.6), (0.2, width * 0.5), (0.68, shoulder)):
        middle = (share * half, 0.0, float(level(np.array([share]))[0]))
        pieces.append(Piece("box", (half * 0.22, side, 0.002), middle))
    return centered("fork", parts, pieces)


def _knife(rng: Generator) -> Shape:
    blade, width, grip = rng.uniform(0.09, 0.17), rng.uniform(0.022, 0.045), rng.uniform(0.045, 0.06)
    tip, belly = rng.uniform(-0.35, 0.45), rng.uniform(0.55, 0.8)
    if rng.random() < 0.3:
        width, tip, belly = rng.uniform(0.017, 0.024), 0.0, 0.9
    x = np.array([0, belly, (1 + belly) / 2, 0.985, 1, 0.985, (1 + belly) / 2, belly, 0]) - 0.5
    y = np.array([-0.5, -0.5, -0.4 + 0.2 * tip, tip - 0.08, tip, tip + 0.05, 0.42 + 0.08 * tip, 0.5, 0.5])
    y[4:6] = np.minimum(y[4:6], 0.48)
    steel = prism(np.column_stack([x * blade, y * width]), 0.0025).moved((blade / 2, 0, 0))
    thick, level = rng.uniform(0.008, 0.012), width * rng.uniform(0.0, 0.2)
    along = np.linspace(0, 1, 14)
    path = np.column_stack([-along * 2 * grip, level - thick * 0.5 * along**2, np.zeros(14)])
    widths = thick * np.interp(along, [0, 0.1, 0.4, 0.8, 1], [0.9, 1.0, 1.1 - 0.25 * rng.random(), 1.15, 0.6])
    flat = rng.uniform(0.55, 0.85)
    parts = [Part(steel, "body"), Part(taper(path, widths, 10, flat), "accent")]
    parts.append(Part(box((0.004, min(thick, width / 2), thick * 0.6)).moved((-0.002, level * 0.8, 0))))
    if rng.random() < 0.5:
        high = thick * flat * 1.15
        rivet = lathe([(0, -high), (0.0025, -high), (0.0025, high), (0, high)], 10)
        spots = [(-grip * share, level - thick * 0.12, 0) for share in (0.4, 0.95, 1.5)]
        parts.append(Part(joined([rivet.moved(spot) for spot in spots])))
    pieces = [Piece("box", (blade / 2, width / 2, 0.002), (blade / 2, 0, 0))]
    pieces.append(Piece("box", (grip, thick, thick * flat * 1.1), (-grip, level, 0)))
    return centered("knife", parts, pieces)


def _wineglass(rng: Generator) -> Shape:
    radius, stem = rng.uniform(0.028, 0.046), rng.uniform(0.05, 0.095)
    bowl = radius * rng.uniform(1.6, 2.7) if radius > 0.034 else radius * rng.uniform(2.6, 4.0)
    foot, rod = rng.uniform(0.028, 0.04), rng.uniform(0.0025, 0.0045)
    angles = np.linspace(-1.5, rng.uniform(0.1, 0.75), 12)
    radii, levels = radius * np.cos(angles) ** rng.uniform(0.7, 1.0), np.sin(angles)
    levels = stem + bowl * (levels - levels[0]) / (levels[-1] - levels[0])
    outline = [(0, 0), (foot, 0), (foot, 0.0015), (foot * 0.4, 0.006), (rod * 1.2, 0.014), (rod, stem * 0.5)]
    inside = [(max(r - 0.0015, 0.001), z + 0.0015) for r, z in zip(radii[::-1], levels[::-1])]
    mesh = lathe([*outline, *zip(np.maximum(radii, rod), levels), *inside, (0, stem + 0.0015)])
    pieces = [
        Piece("cylinder", (foot, 0.0015, 0), (0, 0, 0.0015)),
        Piece("cylinder", (rod * 1.2, stem / 2, 0), (0, 0, stem / 2)),
        Piece("cylinder", (radius * 0.95, bowl * 0.4, 0), (0, 0, stem + bowl * 0.6)),
    ]
    parts = [Part(mesh)]
    if rng.random() < 0.5:
        fill = int(rng.integers(5, 10))
        wine = [(r - 0.0018, z) for r, z in zip(radii[1:fill], levels[1:fill])]
        parts.append(Part(lathe([(0, levels[1]), *wine, (0, levels[fill - 1])]), "accent"))
    return centered("wineglass", parts, pieces, rolls=True)


def _jug(rng: Generator) -> Shape:
    half = rng.uniform(0.065, 0.11)
    belly = half * rng.uniform(0.5, 0.72)
    shares = [rng.uniform(0.65, 0.9), 1.0, rng.uniform(0.85, 1.0), rng.uniform(0.55, 0.75), rng.uniform(0.7, 0.85)]
    if rng.random() < 0.35:
        shares = [1.0, 0.96, 0.92, 0.88, rng.uniform(0.8, 0.9)]
    heights = np.linspace(-1, 1, 15)
    radii = belly * np.polyval(np.polyfit([-1, -0.45, 0.1, 0.65, 1], shares, 4), heights)
    inside = [(r - 0.004, z) for r, z in zip(radii[::-1], heights[::-1] * half) if z > -half * 0.9]
    mesh = lathe([(0, -half), *zip(radii, heights * half), *inside, (0, -half * 0.9)])
    mouth, width = rng.uniform(0.35, 0.6), rng.uniform(0.3, 0.45)
    angle = np.arctan2(mesh.vertices[:, 1], mesh.vertices[:, 0])
    upper = np.clip((mesh.vertices[:, 2] / half - 0.45) / 0.55, 0, 1) ** 1.5
    pull = upper * np.exp(-((angle / width) ** 2))
    vertices = mesh.vertices * np.column_stack([1 + mouth * pull, 1 - 0.2 * pull, 1 + 0.1 * pull])
    high, low = rng.uniform(0.55, 0.85), -rng.uniform(0.2, 0.6)
    ends = [(-np.interp(level, heights, radii) * 0.96, 0, level * half) for level in (low, high)]
    thick = half * rng.uniform(0.055, 0.09)
    path = arc(ends[0], ends[1], (-half * rng.uniform(0.4, 0.6), 0, half * 0.08))
    parts = [
        Part(replace(mesh, vertices=vertices)),
        Part(sweep(path, thick), "body" if rng.random() < 0.7 else "accent"),
    ]
    pieces = [
        Piece("cylinder", (float(radii.max()) * 0.95, half * 0.65, 0), (0, 0, -half * 0.35)),
        Piece("cylinder", (float(radii[-4:].mean()), half * 0.5, 0), (0, 0, half * 0.5)),
        *(rod_piece(path[i], path[i + 4], thick) for i in (0, 4, 8)),
    ]
    return centered("jug", parts, pieces)


def _whisk(rng: Generator) -> Shape:
    handle, grip = rng.uniform(0.08, 0.12), rng.uniform(0.007, 0.011)
    length, radius = rng.uniform(0.09, 0.14), rng.uniform(0.022, 0.038)
    wire, count = rng.uniform(0.001, 0.0018), int(rng.integers(4, 7))
    turn = np.linspace(0.05, 2 * np.pi - 0.05, 33)
    far = (1 - np.cos(turn)) / 2
    loop = np.column_stack([length * far, radius * 1.35 * np.sin(turn) * far ** rng.uniform(0.45, 0.8), 0 * turn])
    wires = [turned(sweep(loop, wire, 5), 0, math.pi * index / count) for index in range(count)]
    along, widest = np.linspace(0, 1, 12), float(loop[:, 1].max())
    widths = grip * np.interp(along, [0, 0.1, 0.3, 0.8, 1], [0.75, 0.9, 0.75, 1.1, 0.7])
    rod = taper(np.column_stack([0.008 - along * handle, 0 * along, 0 * along]), widths)
    pieces = [rod_piece((0, 0, 0), (-handle, 0, 0), grip)]
    pieces.append(Piece("ellipsoid", (length * 0.48, widest, widest), (length * 0.55, 0, 0)))
    tilted = [Part(joined(wires)), Part(rod, "accent" if rng.random() < 0.6 else "body")]
    if rng.random() < 0.4:
        tilted.append(Part(sweep(arc((-handle, 0.003, 0), (-handle, -0.003, 0), (-0.015, 0, 0)), 0.0015, 6)))
    return centered("whisk", tilted, pieces, rolls=True)


def _candle(rng: Generator) -> Shape:
    slim = rng.random() < 0.5
    radius = rng.uniform(0.009, 0.013) if slim else rng.uniform(0.025, 0.04)
    half = rng.uniform(0.03, 0.09) if slim else radius * rng.uniform(0.8, 2.2)
    pool = radius * rng.uniform(0.1, 0.4)
    wax = lathe(
        [
            (0, -half),
            (radius, -half),
            (radius * rng.uniform(0.8, 1), half),
            (radius * 0.7, half - pool),
            (0, half - pool),
        ]
    )
    bend = rng.uniform(-0.003, 0.003)
    wick = curve([(0, 0, half - pool), (0, 0, half), (bend, bend, half + rng.uniform(0.007, 0.014))], 6)
    parts = [Part(wax), Part(taper(wick, np.full(6, 0.0014), 6), "label")]
    pieces = [Piece("cylinder", (radius, half, 0))]
    if rng.random() < 0.5:
        size = rng.uniform(0.006, 0.01)
        flame = ellipsoid((size * 0.7, size * 0.7, size * 2)).vertices
        tip = np.clip(1 - flame[:, 2:] / (size * 2.6), 0, 1.3)
        mesh = replace(ellipsoid((1, 1, 1)), vertices=flame * np.concatenate([tip, tip, np.ones_like(tip)], axis=1))
        parts.append(Part(mesh.moved((*wick[-1][:2], wick[-1][2] + size * 1.2)), "label"))
    if slim:
        holder, solid = _holder(rng, radius, -half)
        parts += [Part(mesh, "accent") for mesh in holder]
        pieces.append(solid)
    elif rng.random() < 0.4:
        dish = radius * rng.uniform(1.3, 1.7)
        plate = [(0, -0.003), (dish * 0.8, -0.003), (dish, 0.004), (dish * 0.97, 0.006), (dish * 0.78, 0), (0, 0)]
        parts.append(Part(lathe(plate).moved((0, 0, -half)), "accent"))
        pieces.append(Piece("cylinder", (dish * 0.9, 0.003, 0), (0, 0, -half)))
    return centered("candle", parts, pieces, rolls=True)


def _holder(rng: Generator, radius: float, top: float) -> tuple[list[Mesh], Piece]:
    """Meshes of a candlestick whose socket ends a little over height `top`, and its foot's piece."""
    foot, stem = rng.uniform(0.03, 0.045), rng.uniform(0.008, 0.07)
    low, socket = top - stem, radius * 1.25
    waist = [(radius * 0.5, low + stem * 0.35), (radius * rng.uniform(0.6, 1.1), low + stem * 0.6)]
    profile = [(0, low - 0.006), (foot, low - 0.006), (foot, low), (foot * 0.75, low + 0.002), *waist]
    profile += [(socket, top), (socket, top + 0.012), (radius * 0.98, top + 0.012)]
    meshes = [lathe(profile)]
    if stem < 0.03:
        size, circle = rng.uniform(0.01, 0.015), np.linspace(0, 2 * np.pi, 17)[:-1]
        ring = np.column_stack([foot + size * (0.8 + np.cos(circle)), 0 * circle, low + size * (0.8 + np.sin(circle))])
        meshes.append(sweep(ring, 0.003, 8, closed=True))
    return meshes, Piece("cylinder", (foot, stem / 2 + 0.003, 0), (0, 0, top - stem / 2 - 0.003))


KITCHEN: Mapping[str, Callable[[Generator], Shape]] = {
    "teapot": _teapot,
    "pan": _pan,
    "pot": _pot,
    "fork": _fork,
    "knife": _knife,
    "wineglass": _wineglass,
    "jug": _jug,
    "whisk": _whisk,
    "candle": _candle,
    **FOOD,
}
"""Makers by category."""
