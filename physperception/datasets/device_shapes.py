"""Procedural shapes of electronics: sizes, meshes and collision pieces, all random."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from physperception.datasets.desk_parts import (
    RIGHT_ANGLE,
    bar,
    disc,
    keys,
    low,
    lower,
    lump,
    quaternion,
    shifted,
    slab,
    spun,
    upright,
)
from physperception.datasets.meshes import Mesh, box, ellipsoid, joined, lathe, sweep, turned
from physperception.datasets.shape_parts import Part, Piece, Shape


def _keyboard(rng: Generator) -> Shape:
    width, depth, thick = rng.uniform(0.11, 0.16), rng.uniform(0.045, 0.06), rng.uniform(0.004, 0.009)
    rows, high = int(rng.integers(4, 7)), rng.uniform(0.003, 0.008)
    tilt, level = rng.uniform(0.0, 0.09), thick + high * 0.45
    inner, deep = width * 0.96, depth * rng.uniform(0.8, 0.92)
    pad = inner * 0.4 if rng.random() < 0.5 else 0.0
    main = inner - (pad / 2 + 0.004 if pad else 0.0)
    pitch, center = 2 * deep / rows, -(inner - main)
    columns = int(np.clip(round(2 * main / pitch), 10, 15))
    block = keys(main, deep - pitch / 2, columns, rows - 1, high).moved((center, pitch / 2, level))
    parts = [Part(slab((width, depth, thick), rng.uniform(0.002, 0.015))), Part(block, "accent")]
    bottom, key = -deep + pitch / 2, pitch * 0.4
    space = box((main * 0.4, key, high / 2)).moved((center - main * 0.05, bottom, level))
    side = keys(main * 0.25, pitch / 2, 3, 1, high)
    ends = [side.moved((center - main * 0.74, bottom, level)), side.moved((center + main * 0.66, bottom, level))]
    parts.append(Part(joined([space, *ends]), "accent"))
    if pad:
        numbers = keys(pad / 2 - 0.004, deep, 4, rows, high).moved((inner - pad / 2 + 0.004, 0, level))
        parts.append(Part(numbers, "accent"))
    raised = tuple(Part(turned(part.mesh, 0, tilt), part.surface) for part in parts)
    return Shape("keyboard", raised, (Piece("box", (width, depth, thick), (0, 0, 0), quaternion(0, tilt)),))


def _mouse(rng: Generator) -> Shape:
    length, width, height = rng.uniform(0.045, 0.062), rng.uniform(0.026, 0.035), rng.uniform(0.024, 0.036)
    shell = lump((1, 1, 1), rng.uniform(0.65, 0.85))
    x, y, z = shell.vertices.T
    hump = rng.uniform(0.0, 0.25)
    top = np.maximum(z, -0.05) * (1 - hump * x)
    waist = 1 - rng.uniform(0.0, 0.15) * np.cos(2.5 * x)
    shell = replace(shell, vertices=np.column_stack([x * length, y * width * waist, top * height]))
    crest = [(a, 0, _crest(shell, a) + 0.0004) for a in np.linspace(0.15, 0.92, 7) * length]
    across = [(crest[0][0], b * width * 0.75, crest[0][2] - 0.35 * height * b * b) for b in np.linspace(-1, 1, 9)]
    wheel = disc(height * 0.3, 0.004, 1).moved((length * 0.55, 0, crest[3][2] - height * 0.12))
    parts = [Part(shell), Part(wheel, "accent"), Part(sweep(crest, 0.0016, 6), "accent")]
    if rng.random() < 0.5:
        parts.append(Part(sweep(across, 0.0016, 6), "accent"))
    if rng.random() < 0.5:
        steps = np.linspace(0, 1, 12)
        wave = 0.02 * np.sin(steps * rng.uniform(2, 7)) * rng.choice([-1, 1])
        far = length * 0.9 + steps * rng.uniform(0.04, 0.09)
        level = 0.002 + 0.006 * (1 - steps) ** 3 - 0.05 * height
        parts.append(Part(sweep(np.column_stack([far, wave, level]), 0.002, 6), "accent"))
    piece = Piece("box", (length * 0.9, width * 0.8, height * 0.35), (0, 0, height * 0.3))
    dome = Piece("ellipsoid", (length * 0.95, width * 0.9, height * 0.45), (0, 0, height * 0.4))
    shift = height * 0.35
    return Shape("mouse", tuple(low(part, shift) for part in parts), lower((piece, dome), shift))


def _phone(rng: Generator) -> Shape:
    kind = rng.choice(["smart", "keypad", "desk"], p=[0.45, 0.25, 0.3])
    if kind == "desk":
        return _desk_phone(rng)
    half = np.array([rng.uniform(0.03, 0.04), rng.uniform(0.06, 0.082), rng.uniform(0.0035, 0.005)])
    if kind == "keypad":
        half *= [0.75, 0.85, rng.uniform(1.6, 2.2)]
    x, y, z = half
    parts = [Part(slab(half, rng.uniform(0.15, 0.35) * x))]
    piece = Piece("box", (float(x), float(y), float(z)))
    if kind == "keypad":
        parts.append(Part(box((x * 0.78, y * 0.33, 0.0005)).moved((0, y * 0.52, z)), "label"))
        parts.append(Part(keys(x * 0.8, y * 0.42, 3, 4, 0.003).moved((0, -y * 0.45, z)), "accent"))
        parts.append(Part(disc(x * 0.25, 0.0015).moved((0, y * 0.08, z)), "accent"))
        return Shape("phone", tuple(parts), (piece,))
    if rng.random() < 0.65:
        parts.append(Part(box((x * 0.92, y * 0.92, 0.0006)).moved((0, 0, z)), "label"))
        parts.append(Part(slab((x * 0.18, 0.0012, 0.0003), 0.001).moved((0, y * 0.965, z)), "accent"))
        return Shape("phone", tuple(parts), (piece,))
    bump = slab((x * 0.33, x * rng.uniform(0.33, 0.55), 0.001), 0.2 * x).moved((-x * 0.5, y * 0.7, z))
    lens = disc(x * 0.13, 0.0022)
    lenses = [lens.moved((-x * 0.5, y * 0.7 + up * x * 0.2, z)) for up in (-1, 1)]
    parts += [Part(bump), Part(joined(lenses), "accent")]
    return Shape("phone", tuple(parts), (piece,))


def _desk_phone(rng: Generator) -> Shape:
    width, depth, low = rng.uniform(0.075, 0.1), rng.uniform(0.08, 0.1), rng.uniform(0.018, 0.028)
    slope = rng.uniform(0.25, 0.45)
    high = low + 2 * depth * math.tan(slope)
    middle = (low + high) / 2
    side = [(-depth, -middle / 2), (depth, -middle / 2), (depth, high - middle / 2), (-depth, low - middle / 2)]
    case = turned(upright(side, 2 * width), 2, RIGHT_ANGLE)
    turn, top = -width * 0.62, np.array([0, 0, middle / 2])
    radius = rng.uniform(0.012, 0.016)
    span = depth * rng.uniform(0.75, 0.95)
    bow = [(turn, t * span, 0.03 + 0.014 * (1 - t * t)) for t in np.linspace(-1, 1, 9)]
    heads = [disc(width * 0.27, 0.012).moved((turn, sign * span * 0.9, 0.016)) for sign in (-1, 1)]
    grid = keys(width * 0.4, depth * 0.45, 3, 4, 0.008).moved((width * 0.35, -depth * 0.35, 0.002))
    screen = box((width * 0.45, depth * 0.2, 0.002)).moved((width * 0.35, depth * 0.55, 0))
    flat = [(sweep(bow, radius), "body"), (joined(heads), "body"), (grid, "accent"), (screen, "label")]
    parts = [Part(case), *(Part(turned(mesh, 0, slope).moved(top), surface) for mesh, surface in flat)]
    pieces = (
        Piece("box", (width, depth, low / 2), (0, 0, (low - middle) / 2)),
        Piece("box", (width, depth * 0.98, low * 0.4), (0, 0, middle / 2 - low * 0.4), quaternion(0, slope)),
        Piece("box", (width * 0.27, span, 0.02), (turn, -0.02 * slope, middle / 2 + 0.02), quaternion(0, slope)),
    )
    return Shape("phone", tuple(parts), pieces)


def _headset(rng: Generator) -> Shape:
    radius, cup = rng.uniform(0.07, 0.085), rng.uniform(0.028, 0.042)
    tall, thick = rng.uniform(1.0, 1.3), rng.uniform(0.004, 0.007)
    deep, oval = rng.uniform(0.009, 0.014), rng.uniform(1.0, 1.25)
    angles = np.linspace(-0.15, np.pi + 0.15, 21)
    path = np.column_stack([radius * np.cos(angles), radius * tall * np.sin(angles), np.zeros(21)])
    broad = rng.uniform(1.0, 2.2)
    band = sweep(path, thick, 8).scaled((1, 1, broad))
    parts, lowest = [Part(band)], -radius * 0.15
    pad = [(cup * 0.5, -deep * 0.3), (cup * 0.9, -deep), (cup, 0), (cup * 0.9, deep), (cup * 0.5, deep * 0.5)]
    for sign in (-1, 1):
        shell = spun([(0, -deep), (cup * 0.75, -deep), (cup * 0.95, -deep * 0.4), (cup * 0.95, deep), (0, deep)], 0)
        cushion = spun([*pad, pad[0]], 0).moved((deep * 1.5, 0, 0))
        for mesh, surface in ((shell, "body"), (cushion, "accent")):
            ear = mesh.scaled((1, oval, 1))
            ear = turned(ear, 2, math.pi) if sign > 0 else ear
            parts.append(Part(ear.moved((sign * radius, lowest - cup * 0.4, 0)), surface))
    if rng.random() < 0.4:
        boom = [(radius + deep, lowest - cup, 0), (radius, lowest - cup * 2, 0), (radius * 0.4, lowest - cup * 2.4, 0)]
        parts += [Part(sweep(boom, 0.0025), "accent"), Part(ellipsoid((0.01, 0.006, 0.006)).moved(boom[2]), "accent")]
    ears = [
        Piece(
            "cylinder",
            (cup, deep * 1.6, 0),
            (s * (radius - deep * 0.5), lowest - cup * 0.4, 0),
            quaternion(1, RIGHT_ANGLE),
        )
        for s in (-1, 1)
    ]
    points = path[[1, 6, 10, 14, 19]]
    pieces = (*ears, *(bar(a, b, thick * broad) for a, b in pairwise(points)))
    middle = (0.0, -radius * tall * 0.3, 0.0)
    return Shape("headset", tuple(replace(p, mesh=p.mesh.moved(middle)) for p in parts), shifted(pieces, middle))


def _camera(rng: Generator) -> Shape:
    half = np.array([rng.uniform(0.048, 0.07), rng.uniform(0.014, 0.024), rng.uniform(0.03, 0.042)])
    x, y, z = half
    lens, reach = z * rng.uniform(0.6, 0.9), rng.uniform(0.008, 0.05)
    spot = np.array([x * rng.uniform(-0.1, 0.25), -y, -z * 0.08])
    ring = [(0, 0), (lens * 0.75, 0), (lens * 0.75, 0.002), (lens * 0.85, 0.003)]
    steps = [(lens * r, reach * t) for t, r in ((0, 1), (0.4, 1), (0.42, 0.93), (0.7, 0.93), (0.72, 1), (1, 1))]
    barrel = turned(
        lathe([(0, 0), *steps, (lens * 0.85, reach), (lens * 0.75, reach * 0.8), (0, reach * 0.8)]), 0, RIGHT_ANGLE
    )
    glass = turned(lathe([*ring[:2], (lens * 0.5, reach * 0.03), (0, reach * 0.05)]), 0, RIGHT_ANGLE)
    glass = glass.moved(spot - [0, reach * 0.8, 0])
    case = turned(slab((x, z, y), y * rng.uniform(0.3, 0.9)), 0, RIGHT_ANGLE)
    parts = [Part(case), Part(barrel.moved(spot), "accent"), Part(glass, "label")]
    if rng.random() < 0.65:
        roof = [(-1, -0.5), (1, -0.5), (0.6, 0.5), (-0.6, 0.5)]
        hump = upright(np.array(roof) * [x * 0.32, z * 0.4], 1.8 * y).moved((spot[0], 0, z * 1.18))
        grip = lump((x * 0.2, y * 0.9, z * 0.9), 0.6).moved((-x * 0.82, -y * 0.7, 0))
        parts += [Part(hump), Part(grip, "accent")]
    else:
        parts.append(Part(box((x * 0.16, 0.001, z * 0.16)).moved((x * 0.62, -y, z * 0.65)), "label"))
    parts.append(Part(disc(0.006, 0.003).moved((-x * 0.72, 0, z + 0.002)), "accent"))
    parts.append(Part(disc(0.009, 0.004).moved((x * 0.7, 0, z + 0.002)), "accent"))
    tube = Piece("cylinder", (lens, reach / 2, 0), (spot[0], -y - reach / 2, spot[2]), quaternion(0, RIGHT_ANGLE))
    return Shape("camera", tuple(parts), (Piece("box", (float(x), float(y), float(z))), tube))


def _crest(mesh: Mesh, x: float) -> float:
    """Height of a shell's ridge at this x, from the vertices near y = 0."""
    middle = mesh.vertices[np.abs(mesh.vertices[:, 1]) < 1e-6]
    above = middle[middle[:, 2] > 0]
    order = np.argsort(above[:, 0])
    return float(np.interp(x, above[order, 0], above[order, 2]))


DEVICES: Mapping[str, Callable[[Generator], Shape]] = {
    "keyboard": _keyboard,
    "mouse": _mouse,
    "phone": _phone,
    "headset": _headset,
    "camera": _camera,
}
