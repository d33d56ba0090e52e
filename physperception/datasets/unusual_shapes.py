"""Objects of kinds and forms that no training scene has, for the out-of-distribution split."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from physperception.datasets.meshes import box, ellipsoid, lathe, prism, sweep
from physperception.datasets.shape_parts import Part, Piece, Shape, vector, vessel, wall_pieces


def _pan(rng: Generator) -> Shape:
    radius, half = rng.uniform(0.05, 0.08), rng.uniform(0.012, 0.03)
    body = vessel("pan", radius, half, rng.uniform(0.8, 0.95))
    length, grip = rng.uniform(0.08, 0.15), rng.uniform(0.005, 0.009)
    handle = sweep([(radius * 0.98, 0, half * 0.5), (radius + length, 0, half * 1.4)], grip)
    piece = Piece("box", (length / 2, grip, grip), (radius + length / 2, 0, half * 0.9))
    return Shape("pan", (*body.parts, Part(handle, "accent")), (*body.pieces, piece))


def _jug(rng: Generator) -> Shape:
    half = rng.uniform(0.05, 0.09)
    belly, neck = rng.uniform(0.035, 0.05), rng.uniform(0.015, 0.025)
    outline = [(0, -half), (belly * 0.6, -half), (belly, -half * 0.4), (neck, half * 0.5), (neck * 1.5, half)]
    bend = np.linspace(-np.pi / 2, np.pi / 2, 11)
    reach = belly * 0.7
    path = np.column_stack([belly * 0.75 + reach * np.cos(bend), np.zeros(11), half * 0.55 * np.sin(bend)])
    pieces = (
        Piece("cylinder", (belly * 0.85, half * 0.7, 0), (0, 0, -half * 0.3)),
        Piece("cylinder", (neck, half * 0.3, 0), (0, 0, half * 0.7)),
        Piece("box", (reach / 2, 0.005, half * 0.4), (belly * 0.75 + reach / 2, 0, 0)),
    )
    return Shape(
        "jug", (Part(lathe([*outline, (0, half * 0.9)])), Part(sweep(path, 0.005), "accent")), pieces, rolls=True
    )


def _ring(rng: Generator) -> Shape:
    radius, thickness = rng.uniform(0.03, 0.07), rng.uniform(0.006, 0.015)
    circle = [(radius * math.cos(a), radius * math.sin(a), 0) for a in np.linspace(0, 2 * np.pi, 33)[:-1]]
    pieces = wall_pieces(radius + thickness, radius + thickness, -thickness, thickness, thickness)
    return Shape("ring", (Part(sweep(circle, thickness, 12, closed=True)),), pieces)


def _star(rng: Generator) -> Shape:
    count, outer = int(rng.integers(4, 8)), rng.uniform(0.03, 0.06)
    inner, half = outer * rng.uniform(0.35, 0.6), rng.uniform(0.006, 0.03)
    angles = np.arange(2 * count) * np.pi / count
    radii = np.where(np.arange(2 * count) % 2, inner, outer)
    outline = np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None]
    return Shape("star", (Part(prism(outline, 2 * half)),), (Piece("cylinder", ((inner + outer) / 2, half, 0)),))


def _funnel(rng: Generator) -> Shape:
    radius, half = rng.uniform(0.03, 0.055), rng.uniform(0.03, 0.06)
    spout = radius * rng.uniform(0.1, 0.25)
    mesh = lathe(
        [(spout, -half), (spout * 1.1, 0), (radius, half), (radius * 0.94, half), (spout, 0.004), (spout, -half)]
    )
    pieces = (Piece("cylinder", (spout, half / 2, 0), (0, 0, -half / 2)), *wall_pieces(spout, radius, 0, half, 0.002))
    return Shape("funnel", (Part(mesh),), pieces, rolls=True)


def _wedge(rng: Generator) -> Shape:
    length, height, half = rng.uniform(0.03, 0.06), rng.uniform(0.015, 0.035), rng.uniform(0.015, 0.04)
    mesh = prism([(-length, -height), (length, -height), (-length * 0.2, height)], 2 * half)
    return Shape(
        "wedge", (Part(mesh),), (Piece("box", (length * 0.7, height * 0.7, half), (-length * 0.1, -height * 0.3, 0)),)
    )


def _dumbbell(rng: Generator) -> Shape:
    length, bar, weight = rng.uniform(0.05, 0.08), rng.uniform(0.007, 0.012), rng.uniform(0.02, 0.035)
    ends = [Part(ellipsoid([weight * 0.8, weight, weight]).moved((s * length, 0, 0)), "accent") for s in (-1, 1)]
    pieces = [Piece("ellipsoid", (weight * 0.8, weight, weight), (s * length, 0, 0)) for s in (-1, 1)]
    grip = Part(sweep([(-length, 0, 0), (length, 0, 0)], bar, 12))
    return Shape("dumbbell", (grip, *ends), (*pieces, Piece("box", (length, bar, bar))), rolls=True)


def _letter(rng: Generator) -> Shape:
    """A capital letter of bars: A, E, F, H or X."""
    unit, depth = rng.uniform(0.02, 0.035), rng.uniform(0.008, 0.018)
    width = unit * rng.uniform(0.2, 0.3)
    alphabet: dict[str, list[tuple[float, float, float, float]]] = {
        "A": [(-1, -1.5, 0, 1.5), (1, -1.5, 0, 1.5), (-0.5, -0.3, 0.5, -0.3)],
        "E": [(-1, -1.5, -1, 1.5), (-1, 1.3, 1, 1.3), (-1, 0, 0.6, 0), (-1, -1.3, 1, -1.3)],
        "F": [(-1, -1.5, -1, 1.5), (-1, 1.3, 1, 1.3), (-1, 0, 0.6, 0)],
        "H": [(-1, -1.5, -1, 1.5), (1, -1.5, 1, 1.5), (-1, 0, 1, 0)],
        "X": [(-1, -1.5, 1, 1.5), (-1, 1.5, 1, -1.5)],
    }
    strokes = alphabet[str(rng.choice(list(alphabet)))]
    parts, pieces = [], []
    for x1, y1, x2, y2 in strokes:
        start, end = np.array([x1, y1, 0]) * unit, np.array([x2, y2, 0]) * unit
        across = np.array([-(end - start)[1], (end - start)[0], 0]) / np.linalg.norm(end - start) * width
        outline = np.array([start - across, end - across, end + across, start + across])[:, :2]
        middle = outline.mean(axis=0)
        parts.append(Part(prism(outline - middle, 2 * depth).moved((*middle, 0))))
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        turn = (math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2))
        half = float(np.linalg.norm(end - start)) / 2
        pieces.append(Piece("box", (half, width, depth), vector((start + end) / 2), turn))
    return Shape("letter", tuple(parts), tuple(pieces))


def _clamp(rng: Generator) -> Shape:
    """A bracket in the form of a C."""
    radius, half, wall = rng.uniform(0.025, 0.045), rng.uniform(0.008, 0.02), rng.uniform(0.006, 0.01)
    opening = rng.uniform(0.5, 1.1)
    path = [(radius * math.cos(a), radius * math.sin(a), 0) for a in np.linspace(opening, 2 * np.pi - opening, 24)]
    mesh = sweep(path, wall, 10).scaled((1, 1, half / wall))
    pieces = []
    for first, last in zip(path[:-3:3], path[3::3]):
        middle, along = (np.array(first) + last) / 2, np.array(last) - first
        angle = math.atan2(along[1], along[0])
        turn = (math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2))
        pieces.append(Piece("box", (float(np.linalg.norm(along)) / 2, wall, half), vector(middle), turn))
    return Shape("clamp", (Part(mesh),), tuple(pieces))


def _stool(rng: Generator) -> Shape:
    """A little stand on legs, seen through below."""
    half, height = rng.uniform(0.03, 0.05, 2), rng.uniform(0.025, 0.05)
    thick, leg = rng.uniform(0.004, 0.008), rng.uniform(0.004, 0.007)
    parts = [Part(box((half[0], half[1], thick)).moved((0, 0, height)))]
    pieces = [Piece("box", (half[0], half[1], thick), (0, 0, height))]
    for x in (-1, 1):
        for y in (-1, 1):
            center = (x * (half[0] - leg), y * (half[1] - leg), 0.0)
            parts.append(Part(box((leg, leg, height)).moved(center), "accent"))
            pieces.append(Piece("box", (leg, leg, height), center))
    return Shape("stool", tuple(parts), tuple(pieces))


UNUSUAL: dict[str, Callable[[Generator], Shape]] = {
    "pan": _pan,
    "jug": _jug,
    "ring": _ring,
    "star": _star,
    "funnel": _funnel,
    "wedge": _wedge,
    "dumbbell": _dumbbell,
    "letter": _letter,
    "clamp": _clamp,
    "stool": _stool,
}
