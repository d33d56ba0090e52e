"""Procedural objects of the garage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from physperception.datasets.meshes import box, ellipsoid, joined, lathe, prism, sweep, turned
from physperception.datasets.shape_parts import Part, Piece, Shape
from physperception.datasets.turned_meshes import (
    ALONG_X,
    arc,
    bezier,
    frame,
    loft,
    rod,
    shifted,
    spindle,
    squircle,
    upright,
)


def _flashlight(rng: Generator) -> Shape:
    """A torch, lying."""
    radius, length = rng.uniform(0.011, 0.018), rng.uniform(0.04, 0.085)
    head, flare, mouth = radius * rng.uniform(1.25, 2.1), rng.uniform(0.01, 0.03), rng.uniform(0.012, 0.03)
    profile = [(0.0, -length), (radius * 0.85, -length), (radius, -length + 0.004)]
    for x in np.linspace(-length * 0.9, length * 0.2, int(rng.integers(0, 12))):
        profile += [(radius, x), (radius * 0.9, x + 0.0015), (radius, x + 0.003)]
    neck, lip = length + flare, length + flare + mouth
    profile += [(radius, length), (head, neck), (head, lip), (head * 0.88, lip), (head * 0.3, neck), (0, neck)]
    bezel = [(head * 0.98, lip - 0.006), (head * 1.05, lip - 0.006), (head * 1.05, lip), (head * 0.9, lip)]
    parts = [Part(spindle(profile, segments=24)), Part(spindle([*bezel, bezel[0]], segments=24), "accent")]
    lens = [(0, lip - 0.004), (head * 0.88, lip - 0.004), (head * 0.88, lip - 0.002), (0, lip - 0.002)]
    if rng.random() < 0.5:
        parts.append(Part(spindle(lens), "label"))
    button = ellipsoid((0.007, 0.005, 0.004)) if rng.random() < 0.5 else box((0.008, 0.004, 0.003))
    parts.append(Part(button.moved((length * rng.uniform(0.3, 0.8), 0, radius)), "accent"))
    pieces = [Piece("cylinder", (radius, (length + neck) / 2, 0), ((neck - length) / 2, 0, 0), ALONG_X)]
    pieces.append(Piece("cylinder", (head, mouth / 2, 0), (neck + mouth / 2, 0, 0), ALONG_X))
    return Shape("flashlight", *shifted(parts, pieces, (-(flare + mouth) / 2, 0, 0)), rolls=True)


def _padlock(rng: Generator) -> Shape:
    """A lock with a shackle, lying on its back."""
    half, tall, thick = rng.uniform(0.018, 0.036), rng.uniform(0.8, 1.2), rng.uniform(0.007, 0.014)
    outline = squircle(half, half * tall, rng.uniform(0.25, 1.0))
    outline[:, 0] *= 1 + rng.uniform(-0.15, 0.15) * outline[:, 1] / half
    wire, leg = half * rng.uniform(0.13, 0.22), half * rng.uniform(0.3, 1.4)
    span, base = half * rng.uniform(0.55, 0.72), half * tall * 0.7
    bow = [(span, base), *np.add(arc(span, 0, math.pi, 14), [0, base + leg]), (-span, base)]
    if rng.random() < 0.25:
        bow = [*bow[:-1], (-span, half * tall + wire * 2)]
        bow = [(x, y + leg * 0.25) for x, y in bow]
        bow[0] = (span, base)
    path = np.column_stack([bow, np.zeros(len(bow))])
    edge = [(0.0, 1.0), (0.82, 1.0), (0.88, 0.99), (0.98, 0.9), (1.0, 0.75)]
    bevel = np.array([*((scale, -z) for scale, z in edge), *reversed(edge)]) * [1, thick]
    parts = [Part(loft(outline, bevel)), Part(sweep(path, wire, 10), "accent")]
    if rng.random() < 0.35:
        for y in np.linspace(-0.5 * half * tall, 0.3 * half * tall, int(rng.integers(3, 5))).tolist():
            dial = lathe([(0, -half * 0.3), (half * 0.15, -half * 0.3), (half * 0.15, half * 0.3), (0, half * 0.3)], 10)
            parts.append(Part(turned(dial, 1, math.pi / 2).moved((0, y, thick)), "accent"))
    else:
        hole = joined([prism(arc(half * 0.14, 0, 5.9, 14), 0.002), box((half * 0.06, half * 0.17, 0.001))])
        parts.append(Part(hole.moved((0, -half * 0.3, thick + 0.0012)), "accent"))
        parts.append(Part(hole.moved((0, -half * 0.3, -thick - 0.0012)), "accent"))
    ends = path[1], path[len(path) // 2], path[-2]
    pieces = [Piece("box", (half * 0.9, half * tall * 0.9, thick))]
    pieces += [rod(path[0], ends[0], wire), rod(ends[0], ends[1], wire), rod(ends[1], ends[2], wire)]
    return Shape("padlock", *shifted(parts, pieces, (0, -(leg + span) / 2, 0)))


def _wheel(rng: Generator) -> Shape:
    """A tyred wheel with spokes or a disc, lying."""
    radius, half = rng.uniform(0.035, 0.11), rng.uniform(0.16, 0.32)
    half *= radius
    rim = radius * rng.uniform(0.6, 0.82)
    tyre = [(rim, -half * 0.8), (radius * 0.93, -half), (radius, -half * 0.6), (radius, half * 0.6)]
    tyre += [(radius * 0.93, half), (rim, half * 0.8), (rim, -half * 0.8)]
    ring = [
        (rim * 0.88, -half * 0.75),
        (rim * 1.02, -half * 0.85),
        (rim * 1.02, half * 0.85),
        (rim * 0.88, half * 0.75),
    ]
    parts = [Part(lathe(tyre, 36)), Part(lathe([*ring, ring[0]], 36), "accent")]
    hub, tread = radius * rng.uniform(0.12, 0.2), int(rng.integers(14, 30))
    axle = lathe([(hub * 0.4, -half), (hub, -half), (hub, half), (hub * 0.4, half), (hub * 0.4, -half)])
    count, web = int(rng.integers(3, 9)), half * rng.uniform(0.25, 0.6)
    middle = (rim * 0.9 + hub * 0.8) / 2
    arm = box((rim * 0.93 - middle, rng.uniform(0.05, 0.14) * radius, web)).moved((middle, 0, 0))
    spokes = [turned(arm, 2, turn) for turn in np.arange(count) * 2 * math.pi / count]
    if rng.random() < 0.2:
        spokes = [lathe([(hub, -web), (rim * 0.9, -web * 0.6), (rim * 0.9, web * 0.6), (hub, web)])]
    parts.append(Part(joined([axle, *spokes]), "accent"))
    if rng.random() < 0.6:
        lug = box((radius * 0.03, radius * 0.05, half * 0.75)).moved((radius, 0, 0))
        parts.append(Part(joined([turned(lug, 2, turn) for turn in np.arange(tread) * 2 * math.pi / tread])))
    return Shape("wheel", tuple(parts), (Piece("cylinder", (radius, half, 0)),), rolls=True)


def _tape_measure(rng: Generator) -> Shape:
    """A measuring tape in its case, standing, the blade out a little."""
    half, thick = rng.uniform(0.025, 0.042), rng.uniform(0.011, 0.02)
    outline = squircle(half, half * rng.uniform(0.85, 1.0), rng.uniform(0.45, 0.8), 40)
    outline[:, 1] = np.maximum(outline[:, 1], -half * 0.72)
    edge = [(0, -1), (0.88, -1), (1, -0.85), (1, 0.85), (0.88, 1), (0, 1)]
    case = turned(loft(outline, edge), 0, math.pi / 2)
    bumper = turned(prism(outline * 1.05, 1), 0, math.pi / 2)
    disc = half * rng.uniform(0.5, 0.65)
    seal = turned(lathe([(0, -1.05), (disc, -1.05), (disc, 1.05), (0, 1.05)]), 0, math.pi / 2)
    parts = [Part(mesh.scaled((1, thick, 1))) for mesh in (case, bumper, seal)]
    parts = [parts[0], Part(parts[1].mesh, "accent"), Part(parts[2].mesh, "label")]
    low, out, wide = -half * 0.66, rng.uniform(0.01, 0.1), thick * rng.uniform(0.5, 0.7)
    end = half + out
    blade = box((out / 2 + 0.01, wide, 0.0008)).moved((half + out / 2 - 0.01, 0, low))
    hook = box((0.0008, wide * 0.8, 0.005)).moved((end, 0, low - 0.002))
    marks = [box((0.0004, wide * 0.5, 0.001)).moved((x, wide * 0.5, low)) for x in np.arange(half, end, 0.005).tolist()]
    parts += [Part(joined([blade, hook]), "accent"), Part(joined(marks))]
    button = turned(box((0.004, wide * 0.7, half * 0.25)), 1, 0.5).moved((half * 0.85, 0, half * 0.55))
    clip = sweep(upright(bezier([(0.4, 0.6), (0.5, 0.1), (0.4, -0.2), (0.1, -0.4)], 8) * half), 0.002)
    parts += [Part(button, "accent"), Part(clip.moved((0, thick * 1.1, 0)), "accent")]
    pieces = [Piece("box", (half * 0.95, thick, half * 0.86), (0, 0, half * 0.1))]
    pieces.append(Piece("box", (out / 2, wide, 0.001), (half + out / 2, 0, low)))
    return Shape("tape measure", *shifted(parts, pieces, (-out / 2, 0, 0)))


def _bucket(rng: Generator) -> Shape:
    """A pail with its bail up or folded down."""
    radius, half, foot = rng.uniform(0.05, 0.095), rng.uniform(0.8, 1.25), rng.uniform(0.65, 0.88)
    half *= radius
    wall, lip = 0.0025, radius * rng.uniform(1.03, 1.07)
    profile = [(0, -half), (radius * foot, -half)]
    for level in sorted(rng.uniform(-0.6, 0.8, int(rng.integers(0, 4)))):
        at = radius * (foot + (1 - foot) * (level + 1) / 2)
        profile += [(at, half * (level - 0.03)), (at + 0.002, half * level), (at, half * (level + 0.03))]
    profile += [(radius, half * 0.93), (lip, half * 0.95), (lip, half), (radius - wall, half)]
    profile += [(radius * foot - wall, wall - half), (0, wall - half)]
    wire, swing = rng.uniform(0.0015, 0.003), rng.choice([0.0, 1.0]) * rng.choice([-1, 1]) * rng.uniform(1.35, 1.65)
    swing += rng.normal(0, 0.15) if swing == 0 else 0.0
    bow = arc(lip + wire, 0, math.pi, 22) * [1, rng.uniform(0.95, 1.15)]
    hinge = half * 0.85
    bail = [turned(sweep(upright(bow), wire), 0, swing).moved((0, 0, hinge))]
    ear = turned(lathe([(0, -0.004), (0.009, -0.004), (0.009, 0.004), (0, 0.004)], 12), 1, math.pi / 2)
    ears = joined([ear.moved((side * radius * 0.99, 0, 0)) for side in (1, -1)])
    parts = [Part(lathe(profile, 32)), Part(ears.moved((0, 0, hinge)), "accent")]
    if rng.random() < 0.6:
        grip = sweep(upright(bow[8:14]), wire * 2.5 + 0.002)
        bail.append(turned(grip, 0, swing).moved((0, 0, hinge)))
    parts.append(Part(joined(bail), "accent"))
    middle = (1 + foot) / 2
    pieces = [Piece("cylinder", (radius * foot, half / 2, 0), (0, 0, -half / 2))]
    pieces.append(Piece("cylinder", (radius * middle, half / 2, 0), (0, 0, half / 2)))
    return Shape("bucket", tuple(parts), tuple(pieces), rolls=True)


def _funnel(rng: Generator) -> Shape:
    """A funnel standing on its mouth."""
    mouth, stem = rng.uniform(0.03, 0.065), rng.uniform(0.004, 0.011)
    cone, spout = mouth * rng.uniform(0.75, 1.2), rng.uniform(0.025, 0.065)
    lip, end, wall = rng.uniform(0.002, 0.015), stem * rng.uniform(0.55, 0.9), 0.0012
    total = lip + cone + spout
    profile = [(mouth - wall, 0), (mouth * 1.04, 0), (mouth * 1.04, 0.002), (mouth, 0.003), (mouth, lip + 0.001)]
    profile += [(stem, lip + cone), (end, total), (end - wall, total), (stem - wall, lip + cone), (mouth - wall, lip)]
    parts = [Part(lathe([*profile, profile[0]]))]
    pieces = [Piece("cylinder", (mouth, lip / 2 + 0.001, 0), (0, 0, lip / 2 + 0.001))]
    pieces.append(Piece("cylinder", (mouth * 0.72, cone * 0.2, 0), (0, 0, lip + cone * 0.2)))
    pieces.append(Piece("cylinder", (mouth * 0.4, cone * 0.2, 0), (0, 0, lip + cone * 0.55)))
    pieces.append(Piece("cylinder", (stem, (total - lip) / 2, 0), (0, 0, (total + lip) / 2)))
    if rng.random() < 0.5:
        ear = rng.uniform(0.006, 0.011)
        outer, inner = arc(ear, 0, 6.0, 20), arc(ear * 0.55, 0, 6.0, 20)
        parts.append(Part(frame(outer, inner, 0.002).moved((mouth * 1.02 + ear * 0.8, 0, 0.0015)), "accent"))
    return Shape("funnel", *shifted(parts, pieces, (0, 0, -total / 2)), rolls=True)


GARAGE: Mapping[str, Callable[[Generator], Shape]] = {
    "flashlight": _flashlight,
    "padlock": _padlock,
    "wheel": _wheel,
    "tape measure": _tape_measure,
    "bucket": _bucket,
    "funnel": _funnel,
}
"""Maker of a random shape by category."""
