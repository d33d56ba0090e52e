"""Procedural objects of the garden and the laboratory."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from physperception.datasets.meshes import Mesh, box, ellipsoid, joined, lathe, sweep, turned
from physperception.datasets.shape_parts import Part, Piece, Shape
from physperception.datasets.turned_meshes import arc, bezier, frame, rod, shifted, slab, spindle, upright


def _flowerpot(rng: Generator) -> Shape:
    """A pot with a collar; empty, with soil or planted."""
    radius, half, foot = rng.uniform(0.03, 0.075), rng.uniform(0.75, 1.1), rng.uniform(0.6, 0.8)
    half *= radius
    below, collar = 1 - rng.uniform(0.35, 0.6), radius * rng.uniform(1.05, 1.12)
    inside = radius * 0.93
    profile = [(0, -half), (radius * foot, -half), (radius * 0.97, half * below), (collar, half * below)]
    profile += [(collar * 1.03, half), (inside, half), (radius * foot * 0.9, -half * 0.9), (0, -half * 0.9)]
    parts = [Part(lathe(profile))]
    pieces = [Piece("cylinder", (radius * foot, (1 + below) * half / 2, 0), (0, 0, (below - 1) * half / 2))]
    pieces.append(Piece("cylinder", (collar, (1 - below) * half / 2, 0), (0, 0, (below + 1) * half / 2)))
    if rng.random() < 0.4:
        wide = radius * rng.uniform(1.05, 1.2)
        dish = [(0, -1.04), (wide * 0.9, -1.04), (wide, -0.85), (wide * 0.95, -0.85), (wide * 0.85, -0.99), (0, -0.99)]
        parts.append(Part(lathe(np.array(dish) * [1, half])))
    if rng.random() < 0.65:
        parts.append(Part(lathe([(0, 0), (inside * 0.96, 0), (0, half * 0.12)]).moved((0, 0, half * 0.7)), "label"))
        if rng.random() < 0.6:
            parts.append(Part(_leaves(rng, radius).moved((0, 0, half * 0.7)), "accent"))
    return Shape("flowerpot", tuple(parts), tuple(pieces), rolls=True)


def _leaves(rng: Generator, radius: float) -> Mesh:
    """Leaves around z from the ground up, some as long as twice `radius`."""
    leaves = []
    for index in range(int(rng.integers(4, 10))):
        length, wide = radius * rng.uniform(0.7, 1.8), radius * rng.uniform(0.12, 0.3)
        leaf = spindle(
            [(0, 0), (wide * 0.6, length * 0.2), (wide, length * 0.5), (wide * 0.5, length * 0.85), (0, length)]
        )
        leaf = leaf.scaled((1, 1, 0.12))
        leaf.vertices[:, 2] -= leaf.vertices[:, 0] ** 2 / length * rng.uniform(0.0, 0.6)
        leaves.append(turned(turned(leaf, 1, -rng.uniform(0.7, 1.45)), 2, index * 2.4 + rng.uniform(-0.4, 0.4)))
    return joined(leaves)


def _watering_can(rng: Generator) -> Shape:
    radius, tall = rng.uniform(0.04, 0.065), rng.uniform(0.7, 1.15)
    half, top, mouth = radius * tall, rng.uniform(0.7, 1.0), rng.uniform(0.45, 0.75)
    rim = radius * top
    profile = [(0, -half), (radius, -half), (radius, -half * 0.9), (rim, half), (rim * mouth, half * 1.1)]
    profile += [(rim * mouth, half * 0.95), (radius * 0.8, -half * 0.9), (0, -half * 0.9)]
    reach, rise = rng.uniform(0.07, 0.105), half * rng.uniform(0.9, 1.5)
    bend = rng.uniform(0.0, 0.6)
    control = [(radius * 0.7, -half * 0.6), (radius + reach * (0.3 + bend), -half * 0.5)]
    control += [(radius + reach * (0.6 - bend * 0.4), rise * 0.4), (radius + reach, rise)]
    pipe, tube = bezier(control), rng.uniform(0.006, 0.01)
    parts = [Part(lathe(profile)), Part(sweep(upright(pipe), tube, 12))]
    ahead = math.atan2(*(pipe[-1] - pipe[-2]))
    if rng.random() < 0.75:
        rose = tube * rng.uniform(1.8, 3.0)
        cone = lathe([(0, -0.005), (tube, -0.005), (rose, rose * 0.9), (rose * 0.9, rose * 1.15), (0, rose * 1.2)])
        parts.append(Part(turned(cone, 1, ahead).moved((pipe[-1][0], 0, pipe[-1][1])), "accent"))
    arch, back = half * rng.uniform(0.7, 1.2), radius * rng.uniform(0.6, 1.0)
    loops = [
        [
            (-radius * 0.95, -half * 0.5),
            (-radius - back, -half * 0.2),
            (-rim - back, half * 1.3),
            (-rim * 0.9, half * 0.9),
        ],
        [
            (-radius * 0.95, -half * 0.4),
            (-radius - back * 1.4, half),
            (-rim, half + 1.5 * arch),
            (rim * 0.7, half * 1.02),
        ],
        [(-rim * 0.9, half), (-rim * 0.9, half + arch * 1.4), (rim * 0.9, half + arch * 1.4), (rim * 0.9, half)],
    ]
    grip, surface = rng.uniform(0.004, 0.007), "accent" if rng.random() < 0.5 else "body"
    chosen = [loops[0], loops[2]] if rng.random() < 0.3 else [loops[int(rng.integers(3))]]
    lines = [upright(bezier(loop, 18)) for loop in chosen]
    parts += [Part(sweep(line, grip), surface) for line in lines]
    pieces = [Piece("cylinder", (radius, half, 0)), rod(upright(pipe)[5], upright(pipe)[-1], tube)]
    pieces += [rod(line[first], line[first + 6], grip) for line in lines for first in (0, 6, 11)]
    return Shape("watering can", *shifted(parts, pieces, (-reach * 0.4, 0, 0)))


def _trowel(rng: Generator) -> Shape:
    """A hand trowel, lying scoop up."""
    length, wide = rng.uniform(0.055, 0.08), rng.uniform(0.022, 0.042)
    hand, grip, deep = rng.uniform(0.04, 0.06), rng.uniform(0.009, 0.014), rng.uniform(0.2, 0.45)
    point = rng.uniform(0.5, 0.95)
    levels = np.array([0, 0.01, 0.1, 0.35, 0.7, 0.85, 0.95, 1.0])
    widths = np.array([0, 0.3, 0.85, 1.0, 0.95, 0.95 - 0.45 * point, 0.75 - 0.55 * point, 0])
    scoop = spindle(np.column_stack([widths * wide, levels * 2 * length]), 0.0012 / wide, 24)
    scoop.vertices[:, 2] += deep * scoop.vertices[:, 1] ** 2 / wide + 0.0012
    crank = grip + rng.uniform(0.0, 0.015)
    neck = bezier([(length * 0.3, 0.003), (-0.005, 0.003), (-0.01, crank), (-0.045, crank)], 10)
    sizes = np.array([0, 0.8, 1, 0.85, 0.95, 0.7, 0]) * grip
    handle = spindle(np.column_stack([sizes, np.array([-2, -1.98, -1.8, -1.1, -0.5, -0.05, 0]) * hand]))
    parts = [Part(scoop), Part(sweep(upright(neck), rng.uniform(0.003, 0.005)))]
    parts.append(Part(handle.moved((-0.035, 0, crank)), "accent"))
    if rng.random() < 0.4:
        ring = spindle([(0, -0.01), (grip * 0.8, -0.01), (grip * 0.75, 0.006), (0, 0.006)])
        parts.append(Part(ring.moved((-0.035, 0, crank))))
    pieces = [Piece("box", (length * 0.9, wide * 0.6, 0.0015), (length, 0, 0.0015))]
    pieces += [
        rod((-0.035 - 2 * hand, 0, crank), (-0.035, 0, crank), grip),
        rod((-0.04, 0, crank), (0.01, 0, 0.004), 0.004),
    ]
    for side in (1, -1):
        edge = Piece("box", (length * 0.7, 0.001, 0.002), (length, side * wide * 0.93, deep * wide * 0.8))
        pieces.append(edge)
    return Shape("trowel", *shifted(parts, pieces, (hand - length + 0.02, 0, -0.005)))


def _birdhouse(rng: Generator) -> Shape:
    """A wooden nest box with a gable roof, a round entrance and a perch."""
    wide, tall = rng.uniform(0.04, 0.065), rng.uniform(1.1, 1.9)
    deep, low, wall = wide * rng.uniform(0.8, 1.2), -wide * tall, 0.003
    pitch = rng.uniform(0.5, 0.95)
    ridge = wide * math.tan(pitch)
    hole, at = wide * rng.uniform(0.28, 0.48), rng.uniform(-0.4, 0.1) * wide
    corners = np.array([(wide, low), (wide, 0.0), (0.0, ridge), (-wide, 0.0), (-wide, low)])
    ends = np.roll(corners, -1, axis=0)
    shares = np.linspace(0, 1, 8, endpoint=False)[None, :, None]
    outer = (corners[:, None] * (1 - shares) + ends[:, None] * shares).reshape(-1, 2)
    away = outer - [0.0, at]
    inner = away / np.linalg.norm(away, axis=1, keepdims=True) * hole + [0.0, at]
    front = turned(frame(outer, inner, 2 * wall), 0, math.pi / 2).moved((0, -deep, 0))
    back = turned(slab(corners, 2 * wall), 0, math.pi / 2).moved((0, deep, 0))
    sides = [box((wall, deep, -low / 2)).moved((side * (wide - wall), 0, low / 2)) for side in (1, -1)]
    eave, over = rng.uniform(1.15, 1.4), deep * rng.uniform(1.05, 1.25)
    roof = box((wide / math.cos(pitch) * eave / 2, over, wall)).moved((wide / math.cos(pitch) * eave / 2, 0, 0))
    roofs = [turned(roof, 1, pitch), turned(turned(roof, 1, pitch), 2, math.pi)]
    floor = box((wide * rng.uniform(1.0, 1.15), deep * rng.uniform(1.05, 1.3), wall)).moved((0, 0, low))
    parts = [Part(joined([front, back, *sides, floor])), Part(joined(roofs).moved((0, 0, ridge + wall)), "accent")]
    if rng.random() < 0.75:
        peg = sweep([(0, -deep, at - hole * 1.5), (0, -deep - 0.025, at - hole * 1.5)], rng.uniform(0.002, 0.004))
        parts.append(Part(peg, "accent"))
    if rng.random() < 0.4:
        rim = sweep([(*point, 0.0) for point in arc(hole, 0, 6.0, 22)], 0.0025, 6, closed=True)
        parts.append(Part(turned(rim, 0, math.pi / 2).moved((0, -deep - wall, at)), "accent"))
    pieces = [Piece("box", (wide, deep, -low / 2 + wall), (0, 0, low / 2))]
    for side in (1, -1):
        turn = (math.cos(side * pitch / 2), 0.0, math.sin(side * pitch / 2), 0.0)
        middle = (side * wide * eave / 2, 0, ridge + wall - wide * eave / 2 * math.tan(pitch))
        pieces.append(Piece("box", (wide / math.cos(pitch) * eave / 2, over, wall), middle, turn))
    return Shape("birdhouse", *shifted(parts, pieces, (0, 0, -(low + ridge) / 2)))


def _flask(rng: Generator) -> Shape:
    """A conical or a flat-bottomed round laboratory flask, perhaps with liquid, a scale or a stopper."""
    radius = rng.uniform(0.027, 0.055)
    neck, conical = radius * rng.uniform(0.22, 0.4), rng.random() < 0.6
    if conical:
        shoulder = radius * rng.uniform(1.5, 2.0)
        body = [
            (radius * 0.95, 0),
            (radius, radius * 0.08),
            (radius * 0.98, radius * 0.18),
            (neck * 1.15, shoulder * 0.92),
        ]
        body.append((neck, shoulder))
    else:
        first, last = -math.acos(rng.uniform(0.5, 0.65)), math.acos(neck / radius)
        body = [(x, y - radius * math.sin(first)) for x, y in arc(radius, first, last, 12)]
        shoulder = body[-1][1]
    top = shoulder + radius * rng.uniform(0.5, 1.3)
    lip = neck * rng.uniform(1.12, 1.3)
    outside = np.array([*body, (neck, top * 0.97), (lip, top * 0.98), (lip, top)])
    mesh = lathe([(0, 0), *outside, (neck * 0.85, top), (neck * 0.85, shoulder), (0, shoulder)], 24)
    parts, grow = [Part(mesh)], np.array([1.012, 1.0])
    heights = np.linspace(0.0, shoulder, 12)[: int(rng.integers(4, 9))]
    if rng.random() < 0.55:
        filled = np.column_stack([np.interp(heights, outside[:, 1], outside[:, 0]), heights]) * grow
        parts.append(Part(lathe([*filled, (filled[-1, 0] * 0.97, filled[-1, 1] + 0.0005)], 24), "accent"))
    if rng.random() < 0.6:
        levels = np.linspace(0.25, 0.75, int(rng.integers(3, 6))) * shoulder
        rings = [np.interp(level, outside[:, 1], outside[:, 0]) + 0.0004 for level in levels]
        marks = [
            sweep(np.column_stack([arc(r, -0.4, 0.4, 6), np.full(6, z)]), 0.0007, 5) for r, z in zip(rings, levels)
        ]
        parts.append(Part(joined(marks), "label"))
    if rng.random() < 0.35:
        cork = [(0, -neck * 0.5), (neck * 0.8, -neck * 0.5), (neck * 1.05, neck * 0.8), (0, neck * 0.8)]
        parts.append(Part(lathe(cork).moved((0, 0, top)), "accent"))
    pieces = [Piece("cylinder", (neck, top / 2, 0), (0, 0, top / 2))]
    foot = float(outside[0, 0])
    pieces.append(Piece("cylinder", (foot, shoulder * 0.15, 0), (0, 0, shoulder * 0.15)))
    if conical:
        pieces.append(Piece("cylinder", (radius * 0.65, shoulder * 0.3, 0), (0, 0, shoulder * 0.3)))
    else:
        pieces.append(Piece("ellipsoid", (radius, radius, shoulder * 0.5), (0, 0, shoulder * 0.5 + 0.001)))
    return Shape("flask", *shifted(parts, pieces, (0, 0, -top / 2)), rolls=True)


def _microscope(rng: Generator) -> Shape:
    """A school microscope with one eyepiece or two."""
    half, deep = rng.uniform(0.04, 0.05), rng.uniform(0.032, 0.042)
    post, optics = rng.uniform(0.012, 0.016), rng.uniform(0.0, 0.02)
    stage, head, lean = rng.uniform(0.06, 0.075), rng.uniform(0.12, 0.135), rng.uniform(0.0, 0.8)
    base = box((half * 1.2, deep, 0.009)).moved((0.004, 0, 0.009))
    back = -half * 0.75
    arm = bezier([(back, 0.01), (back - 0.03, stage), (back - 0.01, head + 0.04), (optics, head + 0.012)])
    table = box((0.032, rng.uniform(0.03, 0.04), 0.004)).moved((optics, 0, stage))
    rest = box((0.02, 0.012, 0.006)).moved((back + 0.015, 0, stage))
    parts = [Part(joined([base, sweep(upright(arm), post, 10).scaled((1, 0.9, 1)), rest])), Part(table, "accent")]
    wide = rng.uniform(0.012, 0.017)
    tube = [(0, -0.01), (wide * 0.9, -0.01), (wide, 0), (wide, 0.03), (wide * 0.7, 0.04), (0, 0.04)]
    turret = lathe([(0, -0.018), (wide * 0.9, -0.014), (wide * 1.2, -0.004), (wide * 1.1, 0), (0, 0)])
    lens = lathe([(0, -0.032), (0.003, -0.032), (0.006, -0.024), (0.006, 0), (0, 0)], 12).moved((0, 0, -0.008))
    lenses = [turned(turned(lens, 1, tilt), 2, turn) for tilt, turn in ((0, 0), (0.7, 0.6), (0.7, -0.6))]
    parts.append(Part(lathe(tube).moved((optics, 0, head))))
    parts.append(Part(joined([turret, *lenses]).moved((optics, 0, head - 0.008)), "accent"))
    long, eye = rng.uniform(0.045, 0.07), wide * rng.uniform(0.65, 0.8)
    ocular = [(0, 0), (eye, 0), (eye, long), (eye * 1.25, long), (eye * 1.25, long + 0.014), (eye * 0.7, long + 0.014)]
    piece = turned(lathe([*ocular, (eye * 0.7, long + 0.01), (0, long + 0.01)]), 1, -lean)
    spread = rng.choice([0.0, eye * 1.5])
    for side in (1, -1) if spread else (0,):
        parts.append(Part(piece.moved((optics, side * spread, head + 0.03)), "accent" if lean < 0.4 else "body"))
    knob, out = rng.uniform(0.009, 0.015), post + 0.018
    dial = [(0, -out), (knob * 0.6, -out), (knob * 0.6, 0.008 - out), (knob, 0.008 - out), (knob, out - 0.008)]
    dial += [(knob * 0.6, out - 0.008), (knob * 0.6, out), (0, out)]
    parts.append(Part(turned(lathe(dial), 0, math.pi / 2).moved((arm[4][0], 0, arm[4][1])), "accent"))
    lamp = lathe([(0, 0), (0.014, 0), (0.011, 0.014), (0, 0.014)]).moved((optics, 0, 0.018))
    parts.append(Part(lamp, "accent"))
    pieces = [
        Piece("box", (half * 1.2, deep, 0.009), (0.004, 0, 0.009)),
        Piece("box", (0.032, 0.03, 0.004), (optics, 0, stage)),
    ]
    points = upright(arm)
    pieces += [rod(points[first], points[first + 5], post * 0.9) for first in (1, 5, 10)]
    tip = np.array([optics - math.sin(lean) * long, 0, head + 0.03 + math.cos(lean) * long])
    pieces += [rod((optics, 0, head - 0.035), (optics, 0, head + 0.035), wide), rod((optics, 0, head + 0.03), tip, eye)]
    return Shape("microscope", *shifted(parts, pieces, (0.01, 0, -0.1)))


def _magnifying_glass(rng: Generator) -> Shape:
    """A lens in a ring with a handle, lying; the lens mostly too clear to see."""
    radius, ring = rng.uniform(0.025, 0.05), rng.uniform(0.0025, 0.005)
    hand, grip = radius * rng.uniform(0.9, 1.5), rng.uniform(0.005, 0.009)
    hoop = lathe([(radius, -ring), (radius + ring, -ring), (radius + ring, ring), (radius, ring), (radius, -ring)], 36)
    neck = radius + ring + rng.uniform(0.005, 0.02)
    sizes = np.array([0, 0.6, 0.7, rng.uniform(0.7, 1.0), 1.0, 0.9, 0]) * grip
    levels = neck + np.array([0, 0.01, 0.2, 0.6, 1.5, 1.95, 2.0]) * hand
    stem = sweep([(radius + ring * 0.5, 0, 0), (neck + 0.004, 0, 0)], grip * 0.5)
    parts = [Part(joined([hoop, stem])), Part(spindle(np.column_stack([sizes, levels])), "accent")]
    if rng.random() < 0.25:
        parts.append(Part(ellipsoid((radius * 1.01, radius * 1.01, ring * 0.8)), "label"))
    pieces = [Piece("cylinder", (radius + ring, ring, 0)), rod((radius, 0, 0), (neck + 2 * hand, 0, 0), grip * 0.9)]
    return Shape("magnifying glass", *shifted(parts, pieces, (-(neck + 2 * hand - radius) / 2, 0, 0)))


GARDEN: Mapping[str, Callable[[Generator], Shape]] = {
    "flowerpot": _flowerpot,
    "watering can": _watering_can,
    "trowel": _trowel,
    "birdhouse": _birdhouse,
    "flask": _flask,
    "microscope": _microscope,
    "magnifying glass": _magnifying_glass,
}
"""Maker of a random shape by category."""
