"""Procedural objects of the workshop."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from physperception.datasets.garage_shapes import GARAGE
from physperception.datasets.meshes import Mesh, box, joined, lathe, prism, sweep, turned
from physperception.datasets.shape_parts import Part, Piece, Shape
from physperception.datasets.turned_meshes import ALONG_X, arc, frame, rod, shifted, slab, spindle, squircle, upright


def _pliers(rng: Generator) -> Shape:
    """Combination, long-nosed or cutting pliers, lying."""
    jaw, hand, thick = rng.uniform(0.028, 0.07), rng.uniform(0.085, 0.115), rng.uniform(0.008, 0.014)
    root = rng.uniform(0.010, 0.015)
    tip, opening, bow = root * rng.uniform(0.25, 0.8), rng.uniform(0.0, 0.45), rng.uniform(0.012, 0.022)
    pivot = lathe([(0, -thick * 0.6), (root * 0.6, -thick * 0.6), (root * 0.5, thick * 0.65), (0, thick * 0.65)])
    parts = [Part(pivot, "accent" if rng.random() < 0.3 else "body")]
    parts.append(Part(prism(arc(root * 1.1, 0, 2 * math.pi * 17 / 18, 18), thick * 0.9)))
    pieces = [Piece("cylinder", (root, thick / 2, 0))]
    steps, grip = np.linspace(0, 1, 12), thick * rng.uniform(0.5, 0.65)
    for side in (1, -1):
        outline = np.array([(-root, 0), (jaw, 0), (jaw, tip), (jaw * 0.5, root), (0, root * 1.1), (-root, root * 0.6)])
        outline = outline if side == 1 else outline[::-1] * [1, -1]
        parts.append(Part(turned(slab(outline, thick), 2, side * opening / 2)))
        path = np.column_stack([-hand * steps, side * (0.004 + bow * np.sin(steps * 2.1)), 0 * steps])
        cos, sin = math.cos(-side * opening / 2), math.sin(-side * opening / 2)
        path = path @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
        parts += [Part(sweep(path[:6], thick * 0.42)), Part(sweep(path[3:], grip), "accent")]
        pieces += [rod(path[0], path[6], thick * 0.4), rod(path[6], path[-1], grip)]
        end = np.array([jaw * cos, -jaw * sin + side * tip * 0.5, 0])
        pieces.append(rod((0, side * root * 0.4, 0), end, thick / 2))
    return Shape("pliers", *shifted(parts, pieces, ((hand - jaw) / 2, 0, 0)))


def _saw(rng: Generator) -> Shape:
    return _hacksaw(rng) if rng.random() < 0.4 else _handsaw(rng)


def _handsaw(rng: Generator) -> Shape:
    length, heel = rng.uniform(0.085, 0.13), rng.uniform(0.04, 0.06)
    tip, hand = heel * rng.uniform(0.3, 0.7), rng.uniform(0.03, 0.036)
    blade = slab([(-length, 0), (length, 0), (length, tip), (-length, heel)], 0.0016)
    teeth = _teeth(-length, length, rng.uniform(0.005, 0.01))
    lean, power = rng.uniform(0.0, 0.4), rng.uniform(0.5, 0.8)
    outer = squircle(hand, heel * rng.uniform(0.75, 0.95), power)
    inner = squircle(hand * 0.45, heel * 0.42, power)
    handle = turned(frame(outer, inner, rng.uniform(0.014, 0.022)), 2, lean)
    center = (-length - hand * 0.5, heel * 0.5, 0)
    bolts = [lathe([(0, -0.009), (0.004, -0.009), (0.004, 0.009), (0, 0.009)])]
    bolts.append(bolts[0].moved((0, heel * 0.3, 0)))
    parts = [Part(handle.moved(center), "accent"), Part(joined([blade, *teeth]))]
    parts.append(Part(joined(bolts).moved((-length + hand * 0.15, heel * 0.3, 0))))
    pieces = [Piece("box", (length, (heel + tip) / 4, 0.001), (0, (heel + tip) / 4, 0))]
    pieces.append(Piece("box", (hand, heel * 0.8, 0.008), center))
    return Shape("saw", *shifted(parts, pieces, (hand * 0.8, -heel / 2, 0)))


def _hacksaw(rng: Generator) -> Shape:
    length, height = rng.uniform(0.08, 0.12), rng.uniform(0.05, 0.085)
    blade = [box((length, 0.006, 0.0008)).moved((0, 0.006, 0)), *_teeth(-length, length, rng.uniform(0.004, 0.007))]
    path = [(-length, 0.004, 0), (-length, height * 0.97, 0), (-length * 0.97, height, 0)]
    path += [(length * 0.9, height, 0), (length, height * 0.85, 0), (length, 0.004, 0)]
    grip = rng.uniform(0.009, 0.012)
    if rng.random() < 0.5:
        loop = squircle(0.024, height * 0.6, 0.7)
        handle = frame(loop, loop * [0.5, 0.6], grip * 1.8).moved((-length - 0.02, height * 0.45, 0))
    else:
        handle = sweep([(-length, height, 0), (-length - 0.012, height * 0.6, 0), (-length - 0.05, -0.01, 0)], grip)
    parts = [Part(sweep(path, rng.uniform(0.003, 0.005))), Part(joined(blade), "label"), Part(handle, "accent")]
    pieces = [rod((-length, height, 0), (length, height, 0), 0.004), rod((length, height, 0), (length, 0, 0), 0.004)]
    pieces += [rod((-length, 0.005, 0), (length, 0.005, 0), 0.001)]
    pieces.append(Piece("box", (0.022, height * 0.5, grip), (-length - 0.02, height * 0.45, 0)))
    return Shape("saw", *shifted(parts, pieces, (0.02, -height / 2, 0)))


def _teeth(first: float, last: float, pitch: float) -> list[Mesh]:
    starts = np.linspace(first, last, max(int((last - first) / pitch), 4))
    step = float(starts[1] - starts[0])
    return [slab([(x, 0), (x + step * 0.6, -step * 0.6), (x + step, 0)], 0.0014) for x in starts[:-1]]


def _drill(rng: Generator) -> Shape:
    """A cordless drill on its battery."""
    radius, half, grip = rng.uniform(0.02, 0.028), rng.uniform(0.045, 0.065), rng.uniform(0.04, 0.055)
    pack = np.array([rng.uniform(0.03, 0.042), rng.uniform(0.022, 0.03), rng.uniform(0.008, 0.02)])
    top, lean, front = grip + radius * 0.7, rng.uniform(0.0, 0.3), half * 1.25
    back = front - 2 * half
    nose = radius * rng.uniform(0.7, 0.95)
    barrel = [
        (0, back),
        (radius * 0.7, back),
        (radius, back + 0.012),
        (radius, front - 0.02),
        (nose, front),
        (0, front),
    ]
    chuck, reach = radius * rng.uniform(0.6, 0.75), rng.uniform(0.02, 0.035)
    cone = [(0, front), (chuck, front), (chuck, front + reach * 0.5), (chuck * 0.4, front + reach), (0, front + reach)]
    path = upright([(-math.sin(lean) * grip, -grip), (-math.sin(lean) * grip * 0.3, 0), (0.004, grip)])
    thick = rng.uniform(0.014, 0.018)
    trigger = turned(box((0.006, 0.006, 0.012)), 1, lean).moved((thick * 1.15, 0, grip * 0.55))
    parts = [Part(spindle(barrel).moved((0, 0, top))), Part(spindle(cone).moved((0, 0, top)), "accent")]
    parts += [Part(sweep(path, thick, 12).scaled((1.15, 0.85, 1))), Part(trigger, "accent")]
    pack_at = (0.008 - math.sin(lean) * grip, 0, -grip - pack[2] * 0.8)
    parts.append(Part(box(pack).moved(pack_at), "accent" if rng.random() < 0.5 else "body"))
    parts.append(Part(box((half * 0.5, radius * 1.02, radius * 0.35)).moved((0, 0, top)), "label"))
    bit = rng.uniform(0.0, 0.05)
    if bit > 0.01:
        end = front + reach + bit
        parts.append(Part(sweep([(front, 0, top), (end, 0, top)], rng.uniform(0.002, 0.004)), "accent"))
    pieces = [Piece("cylinder", (radius, half, 0), (front - half, 0, top), ALONG_X)]
    pieces.append(Piece("box", (reach / 2, chuck * 0.8, chuck * 0.8), (front + reach / 2, 0, top)))
    pieces += [rod(path[0], path[2], thick), Piece("box", (pack[0], pack[1], pack[2]), pack_at)]
    return Shape("drill", *shifted(parts, pieces, (-reach * 0.6, 0, -radius)))


def _bolt(rng: Generator) -> Shape:
    """A screw bolt with a hexagonal, round or cylindrical head; with a nut now and then."""
    radius = rng.uniform(0.004, 0.009)
    length, cap = radius * rng.uniform(5, 11), radius * rng.uniform(1.0, 1.6)
    wide, threaded = radius * rng.uniform(1.65, 2.0), rng.uniform(0.45, 1.0)
    hexagon = prism(arc(wide, 0, math.pi * 5 / 3, 6), cap).moved((0, 0, -cap / 2))
    kind = rng.choice(["hex", "hex", "hex", "dome", "socket"])
    if kind == "dome":
        hexagon = lathe([(0, -cap), (wide * 0.6, -cap * 0.9), (wide, -cap * 0.3), (wide, 0), (0, 0)])
    elif kind == "socket":
        hexagon = lathe([(0, -cap), (wide * 0.95, -cap), (wide * 0.95, 0), (0, 0)])
    pitch = max(radius * 0.4, length * threaded / 40)
    smooth = length * (1 - threaded)
    profile = [(0.0, -0.001), (radius, -0.001), (radius, smooth)]
    for start in np.arange(smooth, length - pitch, pitch).tolist():
        profile += [(radius * 0.8, start + pitch * 0.5), (radius, start + pitch)]
    profile += [(radius * 0.7, length), (0, length)]
    parts = [Part(hexagon), Part(lathe(profile, 16))]
    pieces = [Piece("cylinder", (wide * 0.93, cap / 2, 0), (0, 0, -cap / 2))]
    pieces.append(Piece("cylinder", (radius, length / 2, 0), (0, 0, length / 2)))
    if rng.random() < 0.5:
        flange = wide * rng.uniform(1.1, 1.35)
        parts.append(Part(lathe([(0, 0), (flange, 0), (flange, radius * 0.3), (0, radius * 0.3)]), "accent"))
    if rng.random() < 0.45:
        at = length * rng.uniform(0.4, 0.9)
        outer, inner = arc(wide, 0, math.pi * 5 / 3, 6), arc(radius * 0.95, 0, math.pi * 5 / 3, 6)
        parts.append(Part(frame(outer, inner, radius * 1.5).moved((0, 0, at)), "accent"))
        pieces.append(Piece("cylinder", (wide * 0.93, radius * 0.75, 0), (0, 0, at)))
    parts_, pieces_ = shifted(parts, pieces, (0, 0, (cap - length) / 2))
    if rng.random() < 0.35:
        return Shape("bolt", parts_, pieces_, rolls=True)
    lying = tuple(Part(turned(part.mesh, 1, math.pi / 2), part.surface) for part in parts_)
    rolling = tuple(Piece(p.kind, p.size, (p.position[2], 0.0, 0.0), ALONG_X) for p in pieces_)
    return Shape("bolt", lying, rolling, rolls=True)


def _paintbrush(rng: Generator) -> Shape:
    """A flat brush, lying."""
    width, hand, thick = rng.uniform(0.01, 0.045), rng.uniform(0.05, 0.075), rng.uniform(0.004, 0.008)
    band, hair, tip = rng.uniform(0.01, 0.018), rng.uniform(0.02, 0.032), rng.uniform(0.007, 0.014)
    waist = min(width * 0.4, 0.009)
    levels = np.array([0.0, 0.02, 0.3, 0.65, 0.85, 1.0]) * 2 * hand - 2 * hand
    widths = np.array([0, tip * 0.7, tip, waist, width * 0.8, width * 0.92])
    handle = spindle([*zip(widths, levels), (0, 0)], min(1.0, thick * 1.2 / tip))
    handle.vertices[:, 2] = np.clip(handle.vertices[:, 2], -thick * 0.95, thick * 0.95)
    ferrule = box((band, width, thick)).moved((band, 0, 0))
    ribs = [box((0.0015, width * 1.02, thick * 1.1)).moved((band * x, 0, 0)) for x in (0.3, 1.7)]
    edges = np.linspace(-width * 0.98, width * 0.98, max(int(width / 0.0025), 4))
    slant = rng.uniform(-0.25, 0.25) if rng.random() < 0.4 else 0.0
    tufts = []
    for low, high in itertools.pairwise(edges.tolist()):
        end = 2 * band + 2 * hair + slant * (low + high) / 2 + rng.normal(0, 0.0012)
        flare = 1 + rng.uniform(0.0, 0.08)
        shape = [(2 * band, low), (end, low * flare), (end, high * flare), (2 * band, high)]
        tuft = slab(shape, 2 * thick * rng.uniform(0.75, 0.9))
        tufts.append(tuft.moved((0, 0, rng.normal(0, thick * 0.05))))
    parts = [Part(handle), Part(joined([ferrule, *ribs]), "accent"), Part(joined(tufts), "label")]
    if rng.random() < 0.6:
        parts[2] = Part(parts[2].mesh, "body")
    middle = band + hair
    pieces = [rod((-2 * hand, 0, 0), (0, 0, 0), thick), Piece("box", (middle, width, thick), (middle, 0, 0))]
    return Shape("paintbrush", *shifted(parts, pieces, (hand - middle, 0, 0)))


WORKSHOP: Mapping[str, Callable[[Generator], Shape]] = {
    "pliers": _pliers,
    "saw": _saw,
    "drill": _drill,
    "bolt": _bolt,
    "paintbrush": _paintbrush,
    **GARAGE,
}
"""Maker of a random shape by category."""
