"""Procedural shapes of the desk and of electronics: sizes, meshes and collision pieces, all random."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from physperception.datasets.desk_parts import (
    RIGHT_ANGLE,
    bar,
    disc,
    hoop,
    low,
    lower,
    lump,
    mirrored,
    quaternion,
    rod,
    slab,
    spun,
    upright,
)
from physperception.datasets.device_shapes import DEVICES
from physperception.datasets.meshes import Mesh, box, ellipsoid, joined, lathe, prism, sweep, turned
from physperception.datasets.shape_parts import Part, Piece, Shape


def _stapler(rng: Generator) -> Shape:
    length, width = rng.uniform(0.05, 0.09), rng.uniform(0.012, 0.019)
    thick, rise, tilt = rng.uniform(0.003, 0.005), length * rng.uniform(0.16, 0.24), rng.uniform(0.1, 0.22)
    foot = slab((length, width, thick), width * rng.uniform(0.2, 0.9)).moved((0, 0, thick))
    plate = box((0.008, width * 0.6, 0.0006)).moved((length * 0.8, 0, 2 * thick))
    hinge = box((length * 0.14, width * 0.95, rise * 0.55)).moved((-length * 0.8, 0, thick + rise * 0.55))
    back = np.array([-length * 0.8, 0, 2 * thick + rise * 0.45])
    if rng.random() < 0.5:
        arm = lump((length * 0.95, width * 0.95, rise * 0.5), rng.uniform(0.4, 0.65))
    else:
        side = [(-1, -0.5), (1, -0.5), (1, 0.1), (0.85, 0.35), (0.2, 0.5), (-0.8, 0.5), (-1, 0.2)]
        arm = upright(np.array(side) * [length * 0.95, rise], 1.7 * width)
    arm = turned(arm.moved((length * 0.8, 0, rise * 0.45)), 1, -tilt).moved(back)
    rail = box((length * 0.87, width * 0.5, rise * 0.2)).moved((length * 0.85, 0, -rise * 0.1))
    rail = turned(rail, 1, -tilt * 0.8).moved(back)
    parts = (Part(arm), Part(foot), Part(hinge), Part(rail, "accent"), Part(plate, "accent"))
    start = np.add(back, (0, 0, rise * 0.3))
    end = start + 1.6 * length * np.array([math.cos(tilt), 0, math.sin(tilt)])
    pieces = (Piece("box", (length, width, thick), (0, 0, thick)), bar(start, end, width * 0.7))
    return Shape("stapler", tuple(low(part, length * 0.2) for part in parts), lower(pieces, length * 0.2))


def _scissors(rng: Generator) -> Shape:
    blade, grip = rng.uniform(0.05, 0.1), rng.uniform(0.04, 0.065)
    width, spread = rng.uniform(0.006, 0.01), rng.uniform(0.03, 0.5)
    loop = np.array([rng.uniform(0.018, 0.026), rng.uniform(0.012, 0.017)])
    thick, off = rng.uniform(0.0025, 0.004), loop[1] + 0.004
    parts, pieces = [], []
    for sign in (1, -1):
        outline = [(-width, -width), (blade * 0.5, -width), (blade, 0), (blade * 0.9, width * 0.3), (-width, width)]
        steel = prism(outline, 0.0022).moved((0, 0, 0.0011))
        stretch = rng.uniform(1.0, 1.5) if sign > 0 else 1.0
        ring = hoop(loop[0] * stretch, loop[1], thick, rng.uniform(0.75, 1.0))
        ring = ring.moved((-grip, off, 0.0))
        bend = [(0.004, 0, 0), (-grip * 0.25, off * 0.15, 0), (-grip + loop[0] * 0.9, off * 0.6, 0)]
        half = [(steel, "accent"), (sweep(bend, thick * 1.2), "body"), (ring, "body")]
        angle = -sign * spread / 2
        for mesh, surface in half:
            parts.append(Part(turned(mesh if sign > 0 else mirrored(mesh), 2, -angle), surface))
        ahead = np.array([math.cos(angle), -math.sin(angle), 0])
        across = np.array([math.sin(angle), math.cos(angle), 0]) * sign
        pieces.append(bar(ahead * -width, ahead * (blade - 0.004), thick))
        heart = -grip * ahead + off * across
        pieces.append(bar(heart - loop[0] * 0.7 * ahead, heart + loop[0] * 0.7 * ahead, thick))
    parts.append(Part(disc(width * 0.55, 0.0032), "label"))
    return Shape("scissors", tuple(parts), tuple(pieces))


def _pen(rng: Generator) -> Shape:
    half, radius = rng.uniform(0.055, 0.08), rng.uniform(0.0038, 0.0065)
    if rng.random() < 0.3:
        radius *= 1.7
    grip, cap = rng.uniform(0.35, 0.6) * half, rng.uniform(0.2, 0.4) * half
    neck = half * rng.uniform(0.78, 0.9)
    tip = [(radius * 0.3, neck + (half - neck) * 0.7), (radius * 0.15, half), (0, half)]
    barrel = spun([(0, -half), (radius * 0.9, -half), (radius, -half * 0.97), (radius, grip), (0, grip)], 0, 20)
    front = spun([(0, grip), (radius * 0.99, grip), (radius * 0.9, neck), *tip], 0, 20)
    parts = [Part(barrel), Part(front, "accent" if rng.random() < 0.6 else "body")]
    clip_start, length = -half * 0.98, half
    if rng.random() < 0.5:
        knob = radius * 0.5
        parts.append(Part(disc(knob, radius, 0, 16).moved((-half - radius, 0, 0)), "accent"))
    else:
        lid = [(0, -half * 1.01), (radius * 1.12, -half * 1.01), (radius * 1.15, -cap), (radius, -cap)]
        parts.append(Part(spun(lid, 0, 20), "accent"))
    clip = box((half * 0.24, radius * 0.25, radius * 0.14)).moved((clip_start + half * 0.26, 0, radius * 1.5))
    stem = box((radius * 0.3, radius * 0.25, radius * 0.4)).moved((clip_start + half * 0.05, 0, radius * 1.15))
    parts += [Part(clip, "accent"), Part(stem, "accent")]
    piece = Piece("cylinder", (radius * 1.15, length, 0), (0, 0, 0), quaternion(1, RIGHT_ANGLE))
    return Shape("pen", tuple(parts), (piece,), rolls=True)


def _clock(rng: Generator) -> Shape:
    radius, deep = rng.uniform(0.035, 0.065), rng.uniform(0.012, 0.025)
    round_case = rng.random() < 0.65
    if round_case:
        rim = [(0, -deep), (radius * 0.9, -deep), (radius, -deep * 0.8), (radius, deep)]
        case = spun([*rim, (radius * 0.9, deep * 1.05), (radius * 0.86, deep * 0.85), (0, deep * 0.85)], 1, 36)
        face = turned(slab((radius * 0.87, radius * 0.87, 0.001), radius), 0, RIGHT_ANGLE)
    else:
        case = turned(slab((radius, radius, deep), radius * rng.uniform(0.05, 0.5)), 0, RIGHT_ANGLE)
        face = turned(slab((radius * 0.88, radius * 0.88, 0.001), radius * 0.2), 0, RIGHT_ANGLE).moved(
            (0, deep * 0.15, 0)
        )
    case = turned(case, 2, math.pi)
    front = -deep * 0.87 if round_case else -deep
    dial, ink = ("label", "accent") if rng.random() < 0.4 else ("accent", "body")
    parts = [Part(case), Part(face.moved((0, front if round_case else -deep * 1.15, 0)), dial)]
    marks: list[Mesh] = []
    for hour in range(12):
        size = (radius * 0.035, 0.0008, radius * (0.13 if hour % 3 == 0 else 0.08))
        marks.append(turned(box(size).moved((0, front - 0.001, radius * 0.72)), 1, hour * math.pi / 6))
    for length, wide in ((0.45, 0.06), (0.7, 0.042)):
        hand = box((radius * wide, 0.0008, radius * length / 2)).moved((0, front - 0.003, radius * length * 0.42))
        marks.append(turned(hand, 1, rng.uniform(0, 2 * math.pi)))
    parts += [Part(joined(marks), ink), Part(disc(radius * 0.05, 0.004, 1).moved((0, front, 0)), ink)]
    pieces = [Piece("box", (radius, deep, radius))]
    legs = [rod((s * radius * 0.5, 0, -radius * 0.7), (s * radius * 0.75, 0, -radius * 1.15), 0.004) for s in (-1, 1)]
    if round_case:
        lowest = float(joined(legs).vertices[:, 2].min())
        parts.append(Part(joined(legs), "accent"))
        pieces = [Piece("cylinder", (radius, deep, 0), (0, 0, 0), quaternion(0, RIGHT_ANGLE))]
        pieces.append(Piece("box", (radius * 0.75, deep, radius * 0.2), (0, 0, 0.2 * radius + lowest)))
    if round_case and rng.random() < 0.7:
        bell = lathe([(0, 0), (radius * 0.42, 0), (radius * 0.36, radius * 0.2), (0, radius * 0.33)])
        bells = [turned(bell, 1, s * 0.6).moved((s * radius * 0.58, 0, radius * 0.9)) for s in (-1, 1)]
        handle = [
            (radius * 0.5 * math.cos(a), 0, radius * (0.95 + 0.5 * math.sin(a))) for a in np.linspace(0, math.pi, 9)
        ]
        parts += [Part(joined(bells), "accent"), Part(sweep(handle, 0.003), "accent")]
    return Shape("clock", tuple(parts), tuple(pieces))


def _lamp(rng: Generator) -> Shape:
    foot, height = rng.uniform(0.045, 0.07), rng.uniform(0.17, 0.28)
    shade, long = rng.uniform(0.045, 0.07), rng.uniform(0.06, 0.09)
    stand = lathe([(0, 0), (foot, 0), (foot, 0.008), (foot * 0.6, 0.016), (0, 0.018)])
    pieces = [Piece("cylinder", (foot, 0.008, 0), (0, 0, 0.008))]
    neck = rng.uniform(0.25, 0.75)
    cone = [(shade, 0), (shade * neck, long), (shade * neck * 0.9, long), (shade * 0.94, 0), (shade, 0)]
    if rng.random() < 0.5:
        bulb = ellipsoid((0.018, 0.018, 0.025)).moved((0, 0, height - long * 0.4))
        waist = rng.uniform(0.008, 0.03)
        curve = [(0.009, 0.015), (waist, height * 0.2), (waist * 0.8, height * 0.35), (0.008, height * 0.5)]
        stem = lathe([(0, 0.015), *curve, (0.005, height - long * 0.5), (0, height - long * 0.5)])
        hood = lathe(cone).moved((0, 0, height - long))
        parts = (Part(stand), Part(stem), Part(hood, "accent"), Part(bulb, "label"))
        pieces += [bar((0, 0, 0.02), (0, 0, height - long), 0.01)]
        pieces.append(Piece("cylinder", (shade, long / 2, 0), (0, 0, height - long / 2)))
        return Shape("lamp", tuple(low(part, height / 2) for part in parts), lower(tuple(pieces), height / 2))
    back, bow, ahead = -foot * 0.5, foot * rng.uniform(0.3, 0.9), foot * rng.uniform(0.5, 0.9)
    joints = [np.array(p) for p in ((back, 0, 0.01), (back - bow, 0, height * 0.55), (ahead, 0, height * 0.95))]
    if rng.random() < 0.5:
        joints[1:1] = [joints[0] + [-bow * 0.8, 0, height * 0.25]]
        joints[3:3] = [(joints[2] * 0.5 + joints[3] * 0.5) + [-bow * 0.2, 0, height * 0.1]]
    tilt = rng.uniform(0.3, 0.7)
    top = spun([(0, long), (shade * neck * 0.95, long), (shade * neck * 0.4, long * 1.3), (0, long * 1.3)], 2)
    hood = turned(joined([lathe(cone), top]).moved((0, 0, -long * 1.2)), 1, -tilt).moved(joints[-1])
    bulb = turned(ellipsoid((0.018, 0.018, 0.022)).moved((0, 0, -long * 0.8)), 1, -tilt).moved(joints[-1])
    arms = [rod(a, b, 0.0045) for a, b in pairwise(joints)]
    knots = [ellipsoid((0.007, 0.007, 0.007)).moved(joint) for joint in joints[1:]]
    parts = (Part(stand), Part(joined([*arms, *knots]), "accent"), Part(hood), Part(bulb, "label"))
    pieces += [bar(a, b, 0.005) for a, b in pairwise(joints)]
    heart = joints[-1] + long * 0.7 * np.array([math.sin(tilt), 0, -math.cos(tilt)])
    pieces.append(Piece("cylinder", (shade * 0.9, long / 2, 0), (heart[0], 0, heart[2]), quaternion(1, -tilt)))
    return Shape("lamp", tuple(low(part, height / 2) for part in parts), lower(tuple(pieces), height / 2))


DESK: Mapping[str, Callable[[Generator], Shape]] = {
    "stapler": _stapler,
    "scissors": _scissors,
    "pen": _pen,
    "clock": _clock,
    "lamp": _lamp,
    **DEVICES,
}
