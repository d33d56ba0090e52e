"""Procedural bathroom things for generated scenes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from physperception.datasets.meshes import Mesh, box, ellipsoid, joined, sweep
from physperception.datasets.shape_parts import Part, Piece, Shape
from physperception.datasets.shape_sweeps import centered, curve, rod_piece, taper


def _toothbrush(rng: Generator) -> Shape:
    length, grip, head = rng.uniform(0.11, 0.135), rng.uniform(0.0055, 0.009), rng.uniform(0.011, 0.016)
    rise = rng.uniform(-0.004, 0.006)
    along = np.linspace(0, 1, 26)
    path = curve(
        [(-length, 0, 0), (-length * 0.6, 0, rise * 2), (-length * 0.25, 0, -rise), (0, 0, 0), (0.006, 0, 0)], 26
    )
    knots = grip * np.array([0.7, 1, rng.uniform(0.8, 1), rng.uniform(0.9, 1.2), 0.45, 0.4])
    handle = taper(path, np.interp(along, [0, 0.08, 0.35, 0.6, 0.85, 1], knots), 12, rng.uniform(0.6, 0.95))
    wide, thick = rng.uniform(0.0045, 0.0065), 0.0022
    tip = np.linspace(-1, 1, 11)
    oval = np.column_stack([head * (1 + tip) + 0.003, 0 * tip, 0 * tip])
    plate = taper(oval, wide * np.maximum(1 - tip**6, 0.2) ** 0.5, 12, thick / wide)
    tall, tufts = rng.uniform(0.008, 0.012), []
    trim = rng.choice([0.0, 0.15, -0.15])
    for x in np.linspace(0.12, 0.9, int(rng.integers(5, 9))):
        for y in np.linspace(-1, 1, 3) * wide * 0.6:
            size = tall * (1 + trim * math.cos(x * 12))
            tuft = box((0.0011, 0.0012, size / 2)).moved((0.003 + 2 * head * x, y, thick + size / 2 - 0.001))
            tufts.append(tuft)
    parts = [Part(joined([handle, plate])), Part(joined(tufts), "accent" if rng.random() < 0.8 else "label")]
    if rng.random() < 0.6:
        first, last = (8, 14) if rng.random() < 0.5 else (2, 9)
        pad = taper(path[first:last] + np.array([0, 0, grip * 0.45]), np.full(last - first, grip * 0.7), 10, 0.7)
        parts.append(Part(pad, "accent"))
    pieces = [
        rod_piece(path[0], path[-1], grip * 0.9),
        Piece("box", (head, wide, (tall + thick) / 2), (head + 0.003, 0, tall / 2)),
    ]
    return centered("toothbrush", parts, pieces)


def _comb(rng: Generator) -> Shape:
    half, tooth, thick = rng.uniform(0.06, 0.095), rng.uniform(0.016, 0.028), rng.uniform(0.0015, 0.0025)
    back, pitch = rng.uniform(0.004, 0.009), rng.uniform(0.0028, 0.0048)
    tail = half * rng.uniform(0.7, 0.95) if rng.random() < 0.45 else 0.0
    start = -half + tail + 0.006
    bow = rng.uniform(0.0, 0.006)
    spots = np.arange(start, half - 0.005, pitch)
    ends = [box((0.003, tooth / 2, thick)).moved((x, -tooth / 2, 0)) for x in (start - 0.003, half - 0.003)]
    fill = pitch * rng.uniform(0.2, 0.32)
    teeth = [
        _tooth(x, tooth, fill * (1.0 if x < (start + half) / 2 or bow < 0.003 else 0.6), thick) for x in spots.tolist()
    ]
    along = np.linspace(-1, 1, 17)
    middle, reach = (start - 0.006 + half) / 2, (half - start + 0.006) / 2
    spine = np.column_stack([middle + along * reach, back * 0.8 + bow * (1 - along**2), 0 * along])
    plates = [taper(spine, np.full(17, back + 0.001), 8, thick * 1.2 / back), *teeth, *ends]
    pieces = [Piece("box", (reach, (tooth + 2 * back) / 2, thick), (middle, back - tooth / 2 + 0.002, 0))]
    if tail:
        width = rng.choice([back * 0.45, back * 1.3])
        path = curve([(start, back, 0), (start - tail * 0.5, back, 0), (-half, back - width * 0.5, 0)], 12)
        widths = width * np.interp(np.linspace(0, 1, 12), [0, 0.2, 0.8, 1], [1, 0.9, 1.1 if width > back else 0.7, 0.5])
        plates.append(taper(path, widths, 10, thick * 1.3 / width))
        pieces.append(Piece("box", (tail / 2, width, thick), (-half + tail / 2, back, 0)))
    return centered("comb", [Part(joined(plates))], pieces)


def _tooth(x: float, length: float, half_width: float, half_thickness: float) -> Mesh:
    """A comb's tooth pointing to -y that narrows to its tip."""
    mesh = box((half_width, length / 2 + 0.002, half_thickness * 0.9)).moved((x, -length / 2 + 0.002, 0))
    far = mesh.vertices[:, 1] < -length / 2
    mesh.vertices[far] = (mesh.vertices[far] - [x, 0, 0]) * [0.5, 1, 0.5] + [x, 0, 0]
    return mesh


def _hairbrush(rng: Generator) -> Shape:
    long, wide = rng.uniform(0.045, 0.06), rng.uniform(0.02, 0.038)
    thick, handle, grip = rng.uniform(0.006, 0.01), rng.uniform(0.09, 0.12), rng.uniform(0.007, 0.011)
    square = rng.uniform(0.4, 1.0)
    paddle = ellipsoid((1, 1, 1))
    flat = np.sign(paddle.vertices[:, :2]) * np.abs(paddle.vertices[:, :2]) ** square
    vertices = np.column_stack([flat, np.clip(paddle.vertices[:, 2] * 1.4, -1, 0.8)]) * [long, wide, thick]
    head = Mesh(vertices, paddle.faces, paddle.uv, paddle.face_uv)
    cushion = ellipsoid((long * 0.84, wide * 0.8, thick * 0.8)).moved((0, 0, thick * 0.65))
    tall, dots, pins = rng.uniform(0.012, 0.02), rng.random() < 0.5, []
    for x in np.linspace(-0.75, 0.75, int(rng.integers(8, 12))):
        for y in np.linspace(-0.75, 0.75, int(rng.integers(5, 8))):
            if x * x + y * y > 0.62:
                continue
            foot = np.array([x * long * 0.95, y * wide * 0.95, thick * 1.1])
            point = foot + np.array([x * 0.004, y * 0.006, tall])
            pins.append(sweep([foot, point], 0.0009 if dots else 0.0013, 4))
            if dots:
                pins.append(box((0.0014, 0.0014, 0.0014)).moved(point))
    sag = rng.uniform(-0.004, 0.004)
    path = curve([(-long * 0.85, 0, 0), (-long - handle * 0.4, 0, sag * 2), (-long - handle, 0, -sag)], 16)
    widths = grip * np.interp(np.linspace(0, 1, 16), [0, 0.25, 0.7, 0.93, 1], [1.2, 0.75, 1.15, 1.05, 0.6])
    parts = [Part(joined([head, taper(path, widths, 12, 0.75)])), Part(cushion, "accent"), Part(joined(pins), "label")]
    pieces = [
        Piece("box", (long * 0.85, wide * 0.85, (thick + tall * 0.9) / 2), (0, 0, tall * 0.45)),
        rod_piece(path[2], path[-1], grip * 0.8),
    ]
    return centered("hairbrush", parts, pieces)


BATHROOM: Mapping[str, Callable[[Generator], Shape]] = {
    "toothbrush": _toothbrush,
    "comb": _comb,
    "hairbrush": _hairbrush,
}
"""Makers by category."""
