"""The occlusion graph of a scene: who hides whom, how surely, and what has to be moved first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.amodal.completer import Completion, OrderHint
from physperception.amodal.order import PairwiseOrder
from physperception.scene import Mask

LEAST_OVERLAP_PX = 8.0
LEAST_PROBABILITY = 0.15
"""From which an occlusion seen where two objects meet is believed; chosen on val."""
CONTACT_PX = 7
DEPTH_MARGIN = 0.01
DEPTH_MARGIN_M = 0.004
LEAST_CONTACT_PX = 12


@dataclass(frozen=True)
class Occlusion:
    """One object hiding another.

    Attributes:
        front, back: ids.
        confidence: 0.5 to 1, that it is this way round.
        hidden_px: expected pixels of `back` behind visible pixels of `front`.
    """

    front: str
    back: str
    confidence: float
    hidden_px: float


@dataclass(frozen=True)
class OcclusionGraph:
    """Occlusions between the objects of one image; cycles are possible and are reported.

    Attributes:
        ids: all objects.
        edges: at most one for each pair of objects.
    """

    ids: tuple[str, ...]
    edges: tuple[Occlusion, ...] = field(default=())

    def occluders(self, object_id: str) -> tuple[str, ...]:
        """What hides an object directly, the most of it first. Raises KeyError for an unknown id."""
        self._check(object_id)
        hiding = [edge for edge in self.edges if edge.back == object_id]
        return tuple(edge.front for edge in sorted(hiding, key=lambda edge: -edge.hidden_px))

    def occludees(self, object_id: str) -> tuple[str, ...]:
        """What an object hides directly, the most hidden first. Raises KeyError for an unknown id."""
        self._check(object_id)
        hidden = [edge for edge in self.edges if edge.front == object_id]
        return tuple(edge.back for edge in sorted(hidden, key=lambda edge: -edge.hidden_px))

    def to_free(self, object_id: str) -> tuple[str, ...]:
        """What must be moved before nothing hides an object, in an order in which each is itself in full view.

        Members of a cycle can't be ordered so: they come in the order in which the least sure occlusion of the cycle
        is ignored. Raises KeyError for an unknown id.
        """
        self._check(object_id)
        above = {object_id}
        while True:
            grown = above | {edge.front for edge in self.edges if edge.back in above}
            if grown == above:
                break
            above = grown
        waiting = above - {object_id}
        edges = [edge for edge in self.edges if edge.front in waiting and edge.back in waiting]
        order: list[str] = []
        while waiting:
            free = sorted(waiting - {edge.back for edge in edges})
            if not free:
                cycles = [set(cycle) for cycle in _components(waiting, edges)]
                on_cycle = [edge for edge in edges if any({edge.front, edge.back} <= cycle for cycle in cycles)]
                edges.remove(min(on_cycle, key=lambda edge: edge.confidence))
                continue
            order += free
            waiting -= set(free)
            edges = [edge for edge in edges if edge.front in waiting]
        return tuple(order)

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """Groups of objects that hide each other in a ring, such as woven sticks; each group sorted."""
        return tuple(sorted(component for component in _components(self.ids, self.edges) if len(component) > 1))

    def _check(self, object_id: str) -> None:
        if object_id not in self.ids:
            raise KeyError(object_id)


def occlusion_graph(
    ids: Sequence[str],
    visible: Sequence[Mask],
    completions: Sequence[Completion],
    depth_m: NDArray[np.float32] | None = None,
    least_confidence: float = 0.5,
    order: PairwiseOrder | None = None,
) -> OcclusionGraph:
    """Who hides whom, from what is seen where two objects meet, from whole shapes, and from depth.

    Of two objects that meet, `order` decides: its probabilities p of both directions give the confidence
    p_1 / (p_1 + p_2). Without it, A is hidden by B when A is expected on more of B's visible pixels, I_A, than B on
    A's, I_B (thesis 2.4.2), with confidence I_A / (I_A + I_B). Depth at the common border overrules both, with
    confidence 1, where it is clear.

    Args:
        ids: N, of the objects.
        visible: N masks.
        completions: N, of the same objects.
        depth_m: float32 [H, W] along the optical axis, NaN unknown.
        least_confidence: of the occlusions kept, 0.5 to 1.
        order: of the same objects, by an `OrderPredictor`.
    """
    edges = []
    for a in range(len(ids)):
        for b in range(a + 1, len(ids)):
            a_behind, b_behind = completions[a].mass_on(visible[b]), completions[b].mass_on(visible[a])
            lead, confidence = _decide(a_behind, b_behind, None if order is None else order.between(a, b))
            nearer = 0 if depth_m is None or not lead else nearer_at_border(visible[a], visible[b], depth_m)
            if nearer:
                lead, confidence = nearer, 1.0
            if lead and confidence >= least_confidence:
                front, back = (a, b) if lead > 0 else (b, a)
                edges.append(Occlusion(ids[front], ids[back], confidence, b_behind if lead > 0 else a_behind))
    return OcclusionGraph(tuple(ids), tuple(edges))


def _decide(a_behind: float, b_behind: float, seen: tuple[float, float] | None) -> tuple[int, float]:
    """Which of two objects is in front, 1 for the first, -1 for the second, 0 for none, and the confidence."""
    if seen is not None:
        over, under = seen
        if max(seen) < LEAST_PROBABILITY:
            return 0, 0.0
        return (1 if over >= under else -1), max(seen) / (over + under)
    if max(a_behind, b_behind) < LEAST_OVERLAP_PX or a_behind == b_behind:
        return 0, 0.0
    return (1 if b_behind > a_behind else -1), max(a_behind, b_behind) / (a_behind + b_behind)


def nearer_at_border(first: Mask, second: Mask, depth_m: NDArray[np.float32]) -> int:
    """Which of two objects is nearer where they meet: 1 for the first, -1 for the second, 0 where depth can't tell.

    Medians of the depth within seven pixels of the other object are compared. They tell when they differ by more
    than 4 mm and 1 %: things that touch or lie on each other have the same depth at the common border.
    """
    height, width = depth_m.shape
    left, top = max(min(first.x, second.x) - CONTACT_PX, 0), max(min(first.y, second.y) - CONTACT_PX, 0)
    right = min(max(first.x + first.width, second.x + second.width) + CONTACT_PX, width)
    bottom = min(max(first.y + first.height, second.y + second.height) + CONTACT_PX, height)
    if right <= left or bottom <= top:
        return 0
    depth = depth_m[top:bottom, left:right]
    windows = [mask.window(left, top, right - left, bottom - top) for mask in (first, second)]
    kernel = np.ones((2 * CONTACT_PX + 1,) * 2, np.uint8)
    near = [cv2.dilate(window.astype(np.uint8), kernel) > 0 for window in windows]
    values = [depth[window & other & np.isfinite(depth)] for window, other in zip(windows, reversed(near))]
    if min(value.size for value in values) < LEAST_CONTACT_PX:
        return 0
    one, other = (float(np.median(value)) for value in values)
    if abs(one - other) <= max(DEPTH_MARGIN_M, DEPTH_MARGIN * min(one, other)):
        return 0
    return 1 if one < other else -1


def hints_from_depth(visible: Sequence[Mask], depth_m: NDArray[np.float32]) -> list[OrderHint]:
    """For each object, which of its neighbours hide it and which don't, where depth at the borders can tell."""
    return _hints(visible, lambda a, b: nearer_at_border(visible[a], visible[b], depth_m) or None)


def hints_from_order(
    visible: Sequence[Mask], order: PairwiseOrder, depth_m: NDArray[np.float32] | None = None
) -> list[OrderHint]:
    """For each object, which of its neighbours hide it and which don't: by depth where it is clear, else as seen."""

    def nearer(a: int, b: int) -> int | None:
        lead = 0 if depth_m is None else nearer_at_border(visible[a], visible[b], depth_m)
        seen = order.between(a, b)
        return lead or (None if seen is None else _decide(0.0, 0.0, seen)[0])

    return _hints(visible, nearer)


def _hints(visible: Sequence[Mask], nearer: Callable[[int, int], int | None]) -> list[OrderHint]:
    """`nearer` says 1 for the first, -1 for the second, 0 when neither hides the other, None when that is not known."""
    front: list[list[Mask]] = [[] for _ in visible]
    behind: list[list[Mask]] = [[] for _ in visible]
    for a in range(len(visible)):
        for b in range(a + 1, len(visible)):
            lead = nearer(a, b) if _close(visible[a], visible[b]) else None
            if lead is None:
                continue
            for one, other, sign in ((a, b, lead), (b, a, -lead)):
                (front if sign < 0 else behind)[one].append(visible[other])
    return [OrderHint(_merge(f), _merge(b)) for f, b in zip(front, behind)]


def _close(first: Mask, second: Mask) -> bool:
    return (
        first.x - CONTACT_PX < second.x + second.width
        and second.x - CONTACT_PX < first.x + first.width
        and first.y - CONTACT_PX < second.y + second.height
        and second.y - CONTACT_PX < first.y + first.height
    )


def _merge(masks: Iterable[Mask]) -> Mask | None:
    merged: Mask | None = None
    for mask in masks:
        merged = mask if merged is None else merged.union(mask)
    return merged


def _components(ids: Iterable[str], edges: Sequence[Occlusion]) -> list[tuple[str, ...]]:
    """Strongly connected components: objects that reach each other along occlusions."""
    names = sorted(ids)
    reach = {name: {name} for name in names}
    changed = True
    while changed:
        changed = False
        for edge in edges:
            if edge.front in reach and edge.back in reach and not reach[edge.back] <= reach[edge.front]:
                reach[edge.front] |= reach[edge.back]
                changed = True
    groups = {tuple(sorted(n for n in names if n in reach[name] and name in reach[n])) for name in names}
    return sorted(groups)
