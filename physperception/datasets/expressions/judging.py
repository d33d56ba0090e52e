"""Which objects a phrase is surely, perhaps, or surely not true of; the margins are here.

An expression is used only when the phrase is surely true of its targets and surely not of every other object, so
nothing depends on how near is near or whether a mug is a cup.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from physperception.datasets.expressions.categories import category_verdict
from physperception.datasets.expressions.facts import LEAST_CONTRAST, ObjectFacts, SceneFacts
from physperception.datasets.expressions.query import PATTERNS, Query, Relation
from physperception.datasets.expressions.relations import relation_verdict
from physperception.datasets.expressions.verdicts import Verdict, all_of, judged

HIDDEN_FROM, SEEN_UP_TO = 0.15, 0.01
PLACE_EDGE, PLACE_MIDDLE = 0.36, 0.5
SIDE_GAP, AREA_RATIO, HEIGHT_RATIO, DEPTH_GAP_M, DEPTH_RATIO = 0.05, 1.4, 1.3, 0.05, 1.1
PATTERN_PX = 500
BENT = {
    "checked": frozenset({"plate", "bowl", "ball", "fruit", "bag", "tool", "cable"}),
    "striped": frozenset({"plate", "tool", "cable"}),
    "dotted": frozenset({"plate", "tool", "cable"}),
}
Key = tuple[float, ...]


def judge(query: Query, scene: SceneFacts) -> tuple[Verdict, ...]:
    """For each object of the scene whether the phrase is true of it."""
    verdicts = tuple(_plainly(query, scene, place) for place in range(len(scene.objects)))
    return verdicts if query.rank is None else _ranked(query.rank, query.number, verdicts, scene)


def meant(query: Query, scene: SceneFacts) -> tuple[int, ...] | None:
    """Places of the objects the phrase means, possibly none; None when any object is in doubt."""
    verdicts = judge(query, scene)
    if Verdict.PERHAPS in verdicts:
        return None
    return tuple(place for place, verdict in enumerate(verdicts) if verdict is Verdict.YES)


def look_alikes(query: Query, scene: SceneFacts) -> int:
    """How many objects fit the words that say what it is, without where it is."""
    alike = replace(query, place=None, hidden=None, relation=None, rank=None, number=1)
    return sum(verdict is Verdict.YES for verdict in judge(alike, scene))


def _plainly(query: Query, scene: SceneFacts, place: int) -> Verdict:
    """Without the rank."""
    item = scene.objects[place]
    parts = [category_verdict(query.noun, item.category)]
    if query.colour is not None:
        parts.append(item.colours[query.colour])
    if query.not_colour is not None:
        parts.append(item.colours[query.not_colour].denied)
    if query.pattern is not None:
        parts.append(_pattern(query.pattern, item))
    if query.place is not None:
        parts.append(_placed(query.place, item, scene.width))
    if query.hidden is not None:
        hidden = judged(item.occlusion >= HIDDEN_FROM, item.occlusion <= SEEN_UP_TO and not item.cut)
        parts.append(hidden if query.hidden else hidden.denied)
    if query.relation is not None and Verdict.NO not in parts:
        parts.append(_related(query.relation, scene, place))
    return all_of(parts)


def _pattern(name: str, item: ObjectFacts) -> Verdict:
    """Plain things have none; any other surface than the one of that name may pass for it.

    On things that bend a pattern into something else, such as squares into rings on a plate, it is in doubt.
    """
    if item.surface in ("plain", "mottled"):
        return Verdict.NO
    seen = item.area >= PATTERN_PX and item.contrast >= LEAST_CONTRAST and item.category not in BENT[name]
    return judged(item.surface == PATTERNS[name] and seen, False)


def _placed(name: str, item: ObjectFacts, width: int) -> Verdict:
    shares = [box.center[0] / width for box in (item.visible_box, item.amodal_box)]
    shares = shares if name == "left" else [1 - share for share in shares]
    return judged(max(shares) <= PLACE_EDGE, min(shares) >= PLACE_MIDDLE)


def _related(relation: Relation, scene: SceneFacts, place: int) -> Verdict:
    """In doubt unless every anchor surely means exactly one other object."""
    anchors = []
    for query in relation.anchors:
        found = meant(query, scene)
        if found is None or len(found) != 1:
            return Verdict.PERHAPS
        anchors.append(found[0])
    if place in anchors:
        return Verdict.NO
    return relation_verdict(relation.name, scene, place, anchors)


def _ranked(rank: str, number: int, verdicts: tuple[Verdict, ...], scene: SceneFacts) -> tuple[Verdict, ...]:
    """The one at that rank among those that surely fit, if the order up to it and behind it is clear.

    A number past their count means none of them; a rank among fewer than two is in doubt, being no rank.
    """
    doubtful = tuple(Verdict.NO if verdict is Verdict.NO else Verdict.PERHAPS for verdict in verdicts)
    fitting = [place for place, verdict in enumerate(verdicts) if verdict is Verdict.YES]
    if Verdict.PERHAPS in verdicts or len(fitting) < 2:
        return doubtful
    if number > len(fitting):
        return (Verdict.NO,) * len(verdicts)
    order = sorted(fitting, key=lambda place: _key(rank, scene.objects[place]))
    steps = list(pairwise(order))[: number if number < len(order) else None]
    if not all(_before(rank, scene, first, second) for first, second in steps):
        return doubtful
    return tuple(Verdict.YES if place == order[number - 1] else Verdict.NO for place in range(len(verdicts)))


def _key(rank: str, item: ObjectFacts) -> float:
    """Ascending in the order of the rank."""
    center_x, center_y = item.visible_box.center
    return {
        "leftmost": center_x,
        "rightmost": -center_x,
        "topmost": center_y,
        "lowest": -center_y,
        "largest": -float(item.whole_area),
        "smallest": float(item.whole_area),
        "tallest": -item.amodal_box.height,
        "nearest": item.depth_m,
        "farthest": -item.depth_m,
    }[rank]


def _before(rank: str, scene: SceneFacts, first: int, second: int) -> bool:
    """Whether anybody would put `first` before `second`."""
    a, b = scene.objects[first], scene.objects[second]
    boxes = ((a.visible_box, b.visible_box), (a.amodal_box, b.amodal_box))
    if rank in ("leftmost", "rightmost"):
        sign = 1 if rank == "leftmost" else -1
        gap = min(sign * (y.center[0] - x.center[0]) for x, y in boxes)
        ends = min(sign * (getattr(y, side) - getattr(x, side)) for x, y in boxes for side in ("x1", "x2"))
        return gap >= SIDE_GAP * scene.width and ends > 0
    if rank in ("topmost", "lowest"):
        sign = 1 if rank == "topmost" else -1
        gap = min(sign * (y.center[1] - x.center[1]) for x, y in boxes)
        ends = min(sign * (getattr(y, side) - getattr(x, side)) for x, y in boxes for side in ("y1", "y2"))
        return gap >= SIDE_GAP * scene.width and ends > 0
    if rank in ("nearest", "farthest"):
        near, far = (a, b) if rank == "nearest" else (b, a)
        if not (math.isfinite(near.depth_m) and math.isfinite(far.depth_m)):
            return False
        clear = far.depth_m >= max(near.depth_m + DEPTH_GAP_M, near.depth_m * DEPTH_RATIO)
        return clear and near.visible_box.y2 > far.visible_box.y2
    if a.cut or b.cut:
        return False
    if rank == "tallest":
        return a.amodal_box.height >= HEIGHT_RATIO * b.amodal_box.height and a.visible_box.height > b.visible_box.height
    big, small = (a, b) if rank == "largest" else (b, a)
    whole = big.whole_area >= AREA_RATIO * small.whole_area and big.area > small.area
    known = math.isfinite(big.depth_m) and math.isfinite(small.depth_m)
    really = big.whole_area * big.depth_m**2 > small.whole_area * small.depth_m**2 if known else True
    return bool(np.logical_and(whole, really))
