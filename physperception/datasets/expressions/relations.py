"""Whether one object surely is, perhaps is, or surely is not left of, behind, on, ... another."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from physperception.datasets.expressions.facts import ObjectFacts, SceneFacts
from physperception.datasets.expressions.verdicts import Verdict, judged

SIDE_GAP, SIDE_NO = 0.06, 0.02
NEAR_GAP, FAR_GAP, NEAR_DEPTH_M = 0.03, 0.12, 0.08
HIDDEN_SHARE, BEHIND_SHARE, BEHIND_M = 0.1, 0.06, 0.03
BETWEEN_ENDS, BETWEEN_ASIDE, NOT_BETWEEN_ASIDE, BETWEEN_LENGTH = 0.22, 0.22, 0.55, 0.2


def relation_verdict(name: str, scene: SceneFacts, place: int, anchors: Sequence[int]) -> Verdict:
    """Whether the object at `place` is in the relation `name` to those at `anchors`, one of `query.RELATIONS`."""
    if name == "between":
        return _between(scene, place, anchors[0], anchors[1])
    return _JUDGES[name](scene, place, anchors[0])


def _left_of(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    return _aside(scene, scene.objects[place], scene.objects[anchor], 1)


def _right_of(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    return _aside(scene, scene.objects[place], scene.objects[anchor], -1)


def _aside(scene: SceneFacts, item: ObjectFacts, anchor: ObjectFacts, sign: int) -> Verdict:
    """Yes when mostly beside it, in what is seen and in the whole; no when its middle is not on that side."""
    yes, no = True, False
    for mine, other in ((item.visible_box, anchor.visible_box), (item.amodal_box, anchor.amodal_box)):
        across = sign * (other.center[0] - mine.center[0])
        along = abs(other.center[1] - mine.center[1])
        inner = mine.x2 if sign > 0 else mine.x1
        outer = other.x1 if sign > 0 else other.x2
        clear = sign * (other.center[0] - inner) >= 0 and sign * (outer - mine.center[0]) >= 0
        yes &= clear and across >= max(along, SIDE_GAP * scene.width)
        no |= across <= -SIDE_NO * scene.width
    return judged(yes, no)


def _behind(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    """Yes when hidden by it and farther away; no when nearer and not hidden by it."""
    hidden, hiding = scene.hides[anchor, place], scene.hides[place, anchor]
    stacked = scene.carries[place, anchor] or scene.carries[anchor, place]
    farther = scene.objects[place].depth_m - scene.objects[anchor].depth_m
    if math.isnan(farther):
        yes, no = hidden >= HIDDEN_SHARE and hiding == 0, hiding >= HIDDEN_SHARE and hidden == 0
    else:
        yes, no = hidden >= BEHIND_SHARE and farther >= BEHIND_M, hidden == 0 and farther <= -BEHIND_M
    return Verdict.PERHAPS if stacked else judged(bool(yes), bool(no))


def _in_front_of(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    return _behind(scene, anchor, place)


def _on(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    """Yes when that carries it alone; no when they do not touch and nothing on the one carries the other."""
    carriers = scene.carries[:, place]
    alone = bool(scene.carries[anchor, place]) and carriers.sum() == 1 and not scene.on_table[place]
    via_others = bool((scene.carries[anchor] & carriers).any())
    return judged(alone, not scene.touches[anchor, place] and not via_others)


def _under(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    return _on(scene, anchor, place)


def _next_to(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    gap = scene.gaps_px[place, anchor]
    apart = abs(scene.objects[place].depth_m - scene.objects[anchor].depth_m)
    level = math.isnan(apart) or apart <= NEAR_DEPTH_M
    stacked = scene.carries[place, anchor] or scene.carries[anchor, place]
    overlap = max(scene.hides[place, anchor], scene.hides[anchor, place])
    yes = gap <= NEAR_GAP * scene.width and level and not stacked and overlap < HIDDEN_SHARE
    return judged(bool(yes), bool(gap >= FAR_GAP * scene.width))


def _hidden_by(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    share = scene.hides[anchor, place]
    return judged(bool(share >= HIDDEN_SHARE), bool(share == 0))


def _hides(scene: SceneFacts, place: int, anchor: int) -> Verdict:
    return _hidden_by(scene, anchor, place)


def _between(scene: SceneFacts, place: int, first: int, second: int) -> Verdict:
    """By the middles of what is seen: how far along the line from one to the other, and how far aside of it."""
    (x, y), (x1, y1), (x2, y2) = (scene.objects[index].visible_box.center for index in (place, first, second))
    length = math.hypot(x2 - x1, y2 - y1)
    if length < BETWEEN_LENGTH * scene.width:
        return Verdict.PERHAPS
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length**2
    aside = abs((x - x1) * (y2 - y1) - (y - y1) * (x2 - x1)) / length**2
    yes = BETWEEN_ENDS <= along <= 1 - BETWEEN_ENDS and aside <= BETWEEN_ASIDE
    return judged(yes, not 0 < along < 1 or aside >= NOT_BETWEEN_ASIDE)


_JUDGES: dict[str, Callable[[SceneFacts, int, int], Verdict]] = {
    "left_of": _left_of,
    "right_of": _right_of,
    "behind": _behind,
    "in_front_of": _in_front_of,
    "on": _on,
    "under": _under,
    "next_to": _next_to,
    "hidden_by": _hidden_by,
    "hides": _hides,
}
