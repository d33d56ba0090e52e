"""Procedural shapes of toys, clothes and sports: sizes, meshes and collision pieces, all random."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from physperception.datasets.desk_parts import (
    RIGHT_ANGLE,
    ball,
    bar,
    disc,
    hoop,
    lump,
    mirrored,
    quaternion,
    rod,
    shifted,
    spun,
    upright,
)
from physperception.datasets.meshes import box, ellipsoid, joined, prism, turned
from physperception.datasets.shape_parts import Part, Piece, Shape
from physperception.datasets.worn_shapes import WORN


def _car(rng: Generator) -> Shape:
    length, width = rng.uniform(0.035, 0.09), rng.uniform(0.4, 0.52)
    width, wheel, deep = length * width, length * rng.uniform(0.17, 0.24), length * rng.uniform(0.13, 0.19)
    cabin = length * rng.uniform(0.2, 0.27)
    kind = rng.choice(["sedan", "hatch", "truck", "van"])
    roof = {
        "sedan": [(-0.62, -0.5), (0.45, -0.5), (0.15, 0.5), (-0.4, 0.5)],
        "hatch": [(-0.95, -0.5), (0.4, -0.5), (0.1, 0.5), (-0.75, 0.5)],
        "truck": [(0.0, -0.5), (0.65, -0.5), (0.5, 0.5), (0.05, 0.5)],
        "van": [(-0.98, -0.5), (0.9, -0.5), (0.55, 0.5), (-0.98, 0.5)],
    }[str(kind)]
    outline = np.array(roof) * [length, 2 * cabin]
    middle = outline.mean(axis=0)
    lowered = [(-1, -1), (1, -1), (1, 0.2), (0.9, 0.8), (0.4, 1), (-0.9, 1), (-1, 0.7)]
    parts = [Part(upright(np.array(lowered) * [length, deep], 2 * width))]
    top = np.array([middle[0], 0, deep + cabin])
    parts.append(Part(upright(outline - middle, 1.8 * width).moved(top)))
    glass = (outline - middle) * [0.8, 0.6]
    parts.append(Part(upright(glass, 1.82 * width).moved(top), "accent"))
    pane = (outline - middle) * [1.02, 0.6]
    if kind != "truck":
        parts.append(Part(upright(pane, 1.5 * width).moved(top), "accent"))
    else:
        sides = [
            box((length * 0.48, 0.0015, cabin * 0.4)).moved((-length * 0.5, s * width * 0.95, deep)) for s in (-1, 1)
        ]
        tail = box((0.0015, width * 0.95, cabin * 0.4)).moved((-length * 0.98, 0, deep))
        parts.append(Part(joined([*sides, tail])))
        if rng.random() < 0.5:
            load = box((length * 0.45, width * 0.9, cabin * 1.1)).moved((-length * 0.5, 0, deep + cabin * 1.1))
            parts.append(Part(load, "label"))
    spots = [(x * length, y * width * 0.93, -deep) for x in (-0.58, 0.6) for y in (-1, 1)]
    tyre, hub = disc(wheel, length * 0.07, 1, 20), disc(wheel * 0.55, length * 0.08, 1, 16)
    parts.append(Part(joined([tyre.moved(spot) for spot in spots]), "accent"))
    parts.append(Part(joined([hub.moved(spot) for spot in spots]), "label"))
    lights = [
        ellipsoid((length * 0.03, width * 0.14, deep * 0.3)).moved((length, s * width * 0.65, 0)) for s in (-1, 1)
    ]
    parts.append(Part(joined(lights), "label"))
    low_z = -deep - wheel
    pieces = (
        Piece("box", (length, width, deep - low_z / 2 - deep / 2), (0, 0, (deep + low_z) / 2)),
        Piece("box", (length * 0.4, width * 0.85, cabin), (float(middle[0]), 0, deep + cabin)),
    )
    return Shape("car", tuple(parts), pieces)


def _airplane(rng: Generator) -> Shape:
    length, radius = rng.uniform(0.05, 0.12), rng.uniform(0.11, 0.17)
    radius *= length
    tail = [(0, -length), (radius * 0.25, -length), (radius, -length * 0.2), (radius, length * 0.55)]
    body = spun([*tail, (radius * 0.75, length * 0.85), (radius * 0.35, length * 0.98), (0, length)], 0)
    span, chord = length * rng.uniform(0.75, 1.0), length * rng.uniform(0.16, 0.24)
    swept, tip = length * rng.uniform(0.0, 0.45), chord * rng.uniform(0.4, 1.0)
    level = radius * rng.choice([-0.45, 0.0, 0.75])
    flat = [(-swept - tip, span), (-chord, 0), (-swept - tip, -span), (-swept + tip, -span), (chord, 0)]
    wing = prism([*flat, (-swept + tip, span)][::-1], length * 0.035) if swept + tip < 0.01 else None
    half = [(-swept - tip, span), (-chord, 0), (chord, 0), (-swept + tip, span)]
    center = np.mean(half, axis=0)
    if wing is None:
        side = prism(np.array(half) - center, length * 0.035).moved((*center, 0))
        wing = joined([side, mirrored(side)])
    spot = (length * 0.15, 0, level)
    back = (-length * 0.86, 0, radius * 0.25)
    fin_outline = np.array([(-0.14, 0.0), (0.16, 0.0), (-0.06, 0.36), (-0.2, 0.36)]) * length
    fin = upright(fin_outline - fin_outline.mean(axis=0), length * 0.035)
    fin = fin.moved((fin_outline[:, 0].mean(), 0, fin_outline[:, 1].mean())).moved(back)
    parts = [Part(body), Part(wing.moved(spot), "accent" if rng.random() < 0.5 else "body")]
    parts += [Part(fin, "accent"), Part(wing.scaled((0.5, 0.36, 0.8)).moved(back), "accent")]
    pieces = [bar((-length * 0.8, 0, 0), (length - radius, 0, 0), radius * 0.9)]
    pieces.append(Piece("box", (chord * 0.8, span * 0.95, length * 0.018), (spot[0] - swept / 2, 0, float(level))))
    if rng.random() < 0.5:
        blade = box((0.001, length * 0.28, radius * 0.14)).moved((length * 1.02, 0, 0))
        parts += [Part(joined([blade, turned(blade, 0, RIGHT_ANGLE)]), "label")]
        parts.append(Part(ellipsoid((radius * 0.35, radius * 0.3, radius * 0.3)).moved((length, 0, 0)), "accent"))
    else:
        pod = spun([(0, -0.2), (0.05, -0.2), (0.07, 0), (0.06, 0.13), (0, 0.1)], 0).scaled([length] * 3)
        pods = [pod.moved((spot[0] - swept * 0.35, s * span * 0.4, level - length * 0.08)) for s in (-1, 1)]
        parts.append(Part(joined(pods), "label"))
    canopy = lump((length * 0.16, radius * 0.7, radius * 0.5), 0.9).moved((length * 0.55, 0, radius * 0.85))
    parts.append(Part(canopy, "label"))
    places = [(length * 0.6, 0), (length * 0.05, radius * 1.6), (length * 0.05, -radius * 1.6)]
    wheels = [disc(radius * 0.4, radius * 0.18, 1, 16).moved((x, y, -radius * 1.35)) for x, y in places]
    struts = [rod((x, y * 0.5, 0), (x, y, -radius * 1.35), radius * 0.12) for x, y in places]
    parts.append(Part(joined([*wheels, *struts]), "accent"))
    pieces.append(Piece("box", (length * 0.35, radius * 1.7, radius * 0.4), (length * 0.3, 0, -radius * 1.35)))
    return Shape("airplane", tuple(parts), tuple(pieces))


def _teddy(rng: Generator) -> Shape:
    size = rng.uniform(0.035, 0.075)
    fat, head = rng.uniform(0.75, 0.95), rng.uniform(0.62, 0.8)
    lean = rng.uniform(0.05, 0.2)
    trunk = ball((fat * 0.85, fat, 1.0))
    skull = np.array([lean, 0, 0.85 + head * 0.75])
    balls = [trunk, ball((head * 0.95, head * 1.08, head)).moved(skull)]
    spread, limb = rng.uniform(0.35, 0.7), rng.uniform(0.3, 0.38)
    soles, pieces = [], []
    for s in (-1, 1):
        balls.append(ball((0.16, 0.32, 0.32)).moved(np.add(skull, (0, s * head * 0.82, head * 0.78))))
        soles.append(ball((0.1, 0.2, 0.2)).moved(np.add(skull, (0.09, s * head * 0.82, head * 0.78))))
        shoulder, hand = np.array([0.15, s * fat * 0.85, 0.5]), np.array([0.75, s * fat * 1.15, -0.1])
        balls += [rod(shoulder, hand, limb * 0.8, 12), ball([limb * 0.9] * 3).moved(hand)]
        balls.append(ball([limb * 0.8] * 3).moved(shoulder))
        hip, foot = np.array([0.3, s * 0.45, -1 + limb]), np.array([1.35, s * (0.4 + spread), -1 + limb])
        balls += [
            rod(hip, foot, limb, 12),
            ball((limb * 0.7, limb, limb * 1.35)).moved(np.add(foot, (0, 0, limb * 0.3))),
        ]
        soles.append(ball((0.1, limb * 0.7, limb * 0.95)).moved(np.add(foot, (limb * 0.66, 0, limb * 0.3))))
        pieces.append(bar(hip * size, foot * size, limb * size))
        pieces.append(bar(shoulder * size, hand * size, limb * size * 0.8))
    snout = np.add(skull, (head * 0.85, 0, -head * 0.2))
    soles.append(ball((0.32, 0.34, 0.28)).moved(snout))
    dark = [ball((0.09, 0.13, 0.09)).moved(np.add(snout, (0.29, 0, 0.1)))]
    dark += [
        ball((0.07, 0.08, 0.09)).moved(np.add(skull, (head * 0.86, s * head * 0.38, head * 0.25))) for s in (-1, 1)
    ]
    if rng.random() < 0.4:
        bows = [ball((0.1, 0.3, 0.2)).moved((lean + 0.75, s * 0.27, 0.8)) for s in (-1, 1)]
        dark += [*bows, ball((0.13, 0.1, 0.1)).moved((lean + 0.8, 0, 0.8))]
    groups = ((balls, "body"), (soles, "accent"), (dark, "label"))
    parts = tuple(Part(joined(meshes).scaled([size] * 3), surface) for meshes, surface in groups)
    x, y, z = (float(value) for value in skull * size)
    pieces.append(Piece("ellipsoid", (size * fat * 0.85, size * fat, size)))
    pieces.append(Piece("ellipsoid", (size * head, size * head, size * head), (x, y, z)))
    pieces.append(Piece("box", (size * 0.6, size * 0.5, size * 0.2), (0, 0, -size * 0.8)))
    return Shape("teddy", parts, tuple(pieces))


def _racket(rng: Generator) -> Shape:
    head, narrow = rng.uniform(0.055, 0.075), rng.uniform(0.72, 0.88)
    wide, thick = head * narrow, rng.uniform(0.003, 0.006)
    shaft, grip = head * rng.uniform(0.3, 1.0), head * rng.uniform(0.7, 1.0)
    rim = hoop(head, wide, thick)
    strings = []
    for t in np.linspace(-0.85, 0.85, 9):
        x, y = head * math.sqrt(1 - t * t), wide * math.sqrt(1 - t * t)
        strings += [rod((-x, t * wide, 0.0004), (x, t * wide, 0.0004), 0.0007, 4)]
        strings += [rod((t * head, -y, -0.0004), (t * head, y, -0.0004), 0.0007, 4)]
    end = -head - shaft
    if rng.random() < 0.6:
        throat = [rod((-head * 0.82, s * wide * 0.55, 0), (end, 0, 0), thick) for s in (-1, 1)]
    else:
        throat = [rod((-head, 0, 0), (end, 0, 0), thick)]
    radius = thick * rng.uniform(1.6, 2.2)
    handle = spun(
        [(0, end - grip), (radius * 1.2, end - grip), (radius, end - grip * 0.9), (radius, end), (0, end)], 0, 8
    )
    parts = [Part(joined([rim, *throat])), Part(joined(strings), "label"), Part(handle, "accent")]
    pieces = [Piece("cylinder", (wide, thick, 0)), bar((end - grip, 0, 0), (end, 0, 0), radius)]
    pieces += [bar((end, 0, 0), (-head, 0, 0), thick), Piece("box", (head * 0.95, wide * 0.4, thick))]
    middle = ((shaft + grip) / 2, 0.0, 0.0)
    return Shape("racket", tuple(Part(p.mesh.moved(middle), p.surface) for p in parts), shifted(tuple(pieces), middle))


def _dumbbell(rng: Generator) -> Shape:
    half, grip = rng.uniform(0.055, 0.1), rng.uniform(0.008, 0.014)
    radius, head = half * rng.uniform(0.36, 0.55), half * rng.uniform(0.28, 0.45)
    kind = rng.choice(["hex", "plates", "ball"])
    parts, pieces = (
        [Part(rod((-half, 0, 0), (half, 0, 0), grip, 14), "accent")],
        [bar((-half, 0, 0), (half, 0, 0), grip)],
    )
    for s in (-1, 1):
        spot = (s * (half - head / 2), 0.0, 0.0)
        turn = quaternion(1, RIGHT_ANGLE)
        if kind == "hex":
            flat = head / 2
            profile = [(0, -flat), (radius * 0.85, -flat), (radius, -flat * 0.7), (radius, flat * 0.7)]
            end = spun([*profile, (radius * 0.85, flat), (0, flat)], 0, 6)
            pieces.append(Piece("box", (flat, radius * 0.5, radius * 0.866), spot))
            pieces.append(Piece("box", (flat, radius * 0.95, radius * 0.3), spot))
        elif kind == "plates":
            sizes = [1.0, rng.uniform(0.7, 0.9), rng.uniform(0.5, 0.7)]
            thick = head / 6
            end = joined(
                [disc(radius * r, thick * 0.92, 0).moved((s * (i - 1) * 2 * thick, 0, 0)) for i, r in enumerate(sizes)]
            )
            pieces.append(Piece("cylinder", (radius, thick, 0), (s * (half - head * 5 / 6), 0, 0), turn))
        else:
            end = ellipsoid([radius * 0.9] * 3)
            pieces.append(Piece("ellipsoid", (radius * 0.9,) * 3, spot))
        parts.append(Part(end.moved(spot)))
    return Shape("dumbbell", tuple(parts), tuple(pieces), rolls=kind != "hex")


TOYS: Mapping[str, Callable[[Generator], Shape]] = {
    "car": _car,
    "airplane": _airplane,
    "teddy": _teddy,
    "racket": _racket,
    "dumbbell": _dumbbell,
    **WORN,
}
