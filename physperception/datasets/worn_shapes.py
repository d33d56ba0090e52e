"""Procedural shapes of clothes and what is worn: sizes, meshes and collision pieces, all random."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from physperception.datasets.desk_parts import RIGHT_ANGLE, bar, ellipse, hoop, loft, low, lower, rod, shifted
from physperception.datasets.meshes import ellipsoid, joined, lathe, prism, sweep, turned
from physperception.datasets.shape_parts import Part, Piece, Shape


def _shoe(rng: Generator) -> Shape:
    length = rng.uniform(0.065, 0.14)
    width, thick = length * rng.uniform(0.33, 0.38), length * rng.uniform(0.08, 0.16)
    boot = rng.random() < 0.35
    top = length * (rng.uniform(1.0, 1.5) if boot else rng.uniform(0.5, 0.62))
    toe, front = length * rng.uniform(0.26, 0.36), rng.uniform(-0.05, 0.12)
    instep = length * 0.62 if boot else top * 0.97
    plan = [(-1.0, 0.35), (-0.95, 0.55), (-0.8, 0.72), (-0.4, 0.72), (0.0, 0.8), (0.45, 1.0), (0.75, 0.85), (0.93, 0.5)]
    plan.append((1.0, 0.2))
    stations = []
    for x, wide in plan:
        steps = [-1.0, -0.93, front - 0.12, front, 0.55, 0.8, 0.95, 1.0]
        heights = [0.3 * instep, 0.4 * instep, 0.45 * instep, instep * 0.98, toe * 1.15, toe, toe * 0.75, toe * 0.3]
        stations.append((x * length, wide * width, float(np.interp(x, steps, heights))))
    for x in (front - 0.1, front):
        wide = float(np.interp(x, [p[0] for p in plan], [p[1] for p in plan]))
        stations.append((x * length, wide * width, float(np.interp(x, steps, heights))))
    stations.sort()
    upper = loft(stations, 0.75)
    edge = [(x * length * 1.03, wide * width * 1.07) for x, wide in plan]
    sole = prism(edge[::-1] + [(x, -y) for x, y in edge], thick).moved((0, 0, -thick / 2 + 0.002))
    radius, wall = (front + 0.02 + 0.97) / 2, 0.0035 / width
    shaft = [(1.0, 0.0), (0.95, 0.5), (0.9, 1.0), (0.9 - wall, 1.0), (0.9 - wall, 0.5), (0.0, 0.5)]
    ankle = lathe(shaft).scaled((radius * length, width * 0.76, top))
    ankle = ankle.moved(((front + 0.02 - 0.97) / 2 * length, 0, 0))
    parts = [Part(upper), Part(ankle), Part(sole, "accent")]
    laces = []
    if rng.random() < 0.7:
        for t in np.linspace(front + 0.06, 0.5, 5):
            level = float(np.interp(t, steps, heights))
            wide = float(np.interp(t, [p[0] for p in plan], [p[1] for p in plan])) * width
            arch = [(t * length, wide * math.cos(a), level * math.sin(a) ** 0.75) for a in np.linspace(1.0, 2.14, 7)]
            laces.append(sweep(np.add(arch, (0, 0, 0.001)), length * 0.018, 6))
        parts.append(Part(joined(laces), "label"))
    pieces = (
        Piece("box", (length, width * 0.8, thick / 2), (0, 0, -thick / 2 + 0.002)),
        Piece("box", (length * 0.9, width * 0.7, toe / 2), (0, 0, toe / 2)),
        Piece("box", (radius * length * 0.9, width * 0.65, top / 2), ((front - 0.95) / 2 * length, 0, top / 2)),
    )
    drop = top * 0.4
    side = float(rng.choice([-1, 1])) * width * 0.18
    bent = []
    for part in parts:
        vertices = part.mesh.vertices.copy()
        vertices[:, 1] += side * np.sin(np.clip(vertices[:, 0] / length, -1, 1) * 2)
        bent.append(
            low(Part(type(part.mesh)(vertices, part.mesh.faces, part.mesh.uv, part.mesh.face_uv), part.surface), drop)
        )
    return Shape("shoe", tuple(bent), lower(pieces, drop))


def _hat(rng: Generator) -> Shape:
    size, shell = rng.uniform(0.06, 0.09), 0.003
    kind = rng.choice(["cap", "brim", "top"])
    if kind == "cap":
        return _cap(rng, size)
    high = size * (rng.uniform(1.1, 1.5) if kind == "top" else rng.uniform(0.75, 1.0))
    taper, edge = rng.uniform(0.8, 1.0), size * rng.uniform(1.45, 2.0)
    if kind == "top":
        taper, edge = rng.uniform(0.95, 1.1), size * rng.uniform(1.35, 1.5)
    bend = rng.uniform(-0.01, 0.02)
    rounding = rng.uniform(0.05, 0.3)
    crown = [(size, shell), (size * taper, high * (1 - rounding)), (size * taper * (1 - rounding * 0.6), high)]
    under = [(size * 0.95, 0.0), (edge, bend), (edge, bend + shell)]
    inner = [(0, high * 0.85), (size * taper * 0.8, high * 0.75)]
    felt = lathe([*inner, *under, *crown, (0, high * rng.uniform(0.9, 1.0))], 36)
    tall = high * rng.uniform(0.12, 0.25)
    lean = size + (size * taper - size) * tall / (high * (1 - rounding))
    band = lathe([(size + 0.0012, shell), (lean + 0.0012, tall + shell), (lean - 0.002, tall + shell)], 36)
    oval = (1.0, rng.uniform(0.82, 1.0), 1.0)
    parts = [Part(felt.scaled(oval)), Part(band.scaled(oval), "accent")]
    pieces = (
        Piece("cylinder", (size * 0.92, high / 2, 0), (0, 0, high / 2)),
        Piece("cylinder", (edge * 0.9, 0.002, 0), (0, 0, 0.002 + min(bend, 0))),
    )
    return Shape("hat", tuple(low(part, high / 3) for part in parts), lower(pieces, high / 3))


def _cap(rng: Generator, size: float) -> Shape:
    high, back = size * rng.uniform(0.75, 0.95), size * 0.3
    angles = np.linspace(0, RIGHT_ANGLE, 9)
    outside = [(size * math.cos(a) ** 0.85, high * math.sin(a)) for a in angles[:-1]]
    inside = [(0.96 * r, 0.95 * z) for r, z in reversed(outside)]
    dome = lathe([(0, 0.95 * high), *inside, *outside, (0, high)], 32)
    reach, wide = size * rng.uniform(0.75, 1.0), size * rng.uniform(0.75, 0.95)
    visor = prism(ellipse(reach + size * 0.5, wide, 28, 0.8), 0.003)
    x, y, z = visor.vertices.T
    sag = rng.uniform(0.1, 0.3) * size
    peak = type(visor)(np.column_stack([x, y, z - sag * (y / wide) ** 2]), visor.faces, visor.uv, visor.face_uv)
    peak = peak.moved((size * 0.5, 0, sag * 0.8 + 0.004))
    seams = []
    for turn in np.arange(6) * math.pi / 3 + 0.52:
        arch = [(r * math.cos(turn), r * math.sin(turn), z) for r, z in [(q * 1.003, w) for q, w in outside]]
        seams.append(sweep(arch, 0.0009, 5))
    badge = ellipsoid((0.003, size * 0.28, high * 0.2))
    badge = turned(badge, 1, -0.5).moved((size * 0.895, 0, high * 0.5))
    knob = ellipsoid((0.007, 0.007, 0.005)).moved((0, 0, high))
    parts = [Part(dome), Part(peak, "accent" if rng.random() < 0.6 else "body")]
    parts += [Part(joined([*seams, knob]), "accent"), Part(badge, "label")]
    pieces = (
        Piece("cylinder", (size * 0.92, high * 0.4, 0), (0, 0, high * 0.4)),
        Piece("box", (reach * 0.4, wide * 0.7, 0.003), (size + reach * 0.3, 0, 0.003)),
    )
    move = (-back, 0.0, -high / 3)
    return Shape("hat", tuple(Part(p.mesh.moved(move), p.surface) for p in parts), shifted(pieces, move))


def _glasses(rng: Generator) -> Shape:
    width, height = rng.uniform(0.02, 0.029), rng.uniform(0.015, 0.024)
    power, wire = rng.uniform(0.5, 1.0), rng.uniform(0.0016, 0.0032)
    gap, length = rng.uniform(0.007, 0.011), rng.uniform(0.1, 0.13)
    height = min(height, width * 0.95)
    spot = gap + width
    frame, lenses, pieces = [], [], []
    tinted = rng.random() < 0.6
    for s in (-1, 1):
        ring = turned(hoop(height, width, wire, power), 1, RIGHT_ANGLE)
        frame.append(ring.moved((0, s * spot, 0)))
        lens = turned(prism(ellipse(height, width, 28, power), 0.0012), 1, RIGHT_ANGLE)
        lenses.append(lens.moved((0, s * spot, 0)))
        outer = s * (gap + 2 * width)
        hinge = (0.0, outer, height * 0.55)
        ear = (-length * 0.75, outer * 0.97, height * 0.55)
        tip = (-length, outer * 0.93, -height - wire)
        bent = (-length * 0.85, outer * 0.96, height * 0.35)
        frame += [sweep([hinge, ear, bent, tip], wire, 8), ellipsoid((wire * 1.5,) * 3).moved(hinge)]
        frame.append(rod((0, s * (gap + 1.85 * width), height * 0.5), hinge, wire))
        pieces.append(Piece("box", (max(wire, 0.0015), width, height + wire), (0, s * spot, 0)))
        pieces += [bar(hinge, ear, max(wire, 0.0015)), bar(ear, tip, max(wire, 0.0015))]
    rise = height * rng.uniform(0.2, 0.5)
    arch = [(0, gap * 1.25 * math.sin(a), rise + gap * 0.4 * math.cos(a)) for a in np.linspace(-1.57, 1.57, 7)]
    parts = [Part(joined([*frame, sweep(arch, wire, 8)]))]
    if tinted:
        parts.append(Part(joined(lenses), "accent"))
    back = (length / 2, 0.0, 0.0)
    return Shape("glasses", tuple(Part(p.mesh.moved(back), p.surface) for p in parts), shifted(tuple(pieces), back))


WORN: Mapping[str, Callable[[Generator], Shape]] = {
    "shoe": _shoe,
    "hat": _hat,
    "glasses": _glasses,
}
