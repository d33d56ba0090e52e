"""How often the right object is said to hide the other, from true visible masks (thesis 2.4.2).

`physperception evaluate order` runs it; docs/evaluation.md has the protocol.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from physperception.amodal.completer import Completer
from physperception.amodal.graph import Occlusion, OcclusionGraph, occlusion_graph
from physperception.evaluation.methods import Method, binary
from physperception.evaluation.scores import BANDS, Reliability, band_of, mean
from physperception.evaluation.truth import ImageTruth

LEAST_OVERLAP = 0.05

OrderMethod = Callable[[ImageTruth], OcclusionGraph]


@dataclass(frozen=True)
class PairScore:
    """What was said of two objects of which one truly hides the other.

    Attributes:
        image: index of the image in its set.
        front, back: places of the objects.
        occlusion: which part of the hidden one inside the image is hidden.
        overlap: shared pixels of their amodal masks over those of the smaller one.
        named: 1 in the right direction, -1 in the wrong one, 0 not at all.
        confidence: with which it was named; NaN when it was not.
    """

    image: int
    front: int
    back: int
    occlusion: float
    overlap: float
    named: int
    confidence: float

    @property
    def counts(self) -> bool:
        """Whether it counts for the main figure: an overlap of more than 5 % of the smaller amodal mask."""
        return self.overlap > LEAST_OVERLAP


@dataclass
class OrderTally:
    """All pairs of a set as one method orders them.

    Attributes:
        pairs: those where one object truly hides the other and not the other way round as well.
        mutual: number of pairs where each hides a part of the other; they have no one right answer.
        right, named: occlusions named that are true, and all that are named.
        cycles_true, cycles_named: groups of objects that hide each other in a ring.
        reliability: of the confidence that a truly occluding pair is this way round.
    """

    pairs: list[PairScore] = field(default_factory=list)
    mutual: int = 0
    right: int = 0
    named: int = 0
    cycles_true: int = 0
    cycles_named: int = 0
    reliability: Reliability = field(default_factory=lambda: Reliability(0.5, 1.0, 10))

    def add(self, truth: ImageTruth, graph: OcclusionGraph) -> None:
        """Compare the graph of one image, whose ids are places of objects, with the truth."""
        edges = {(int(edge.front), int(edge.back)): edge.confidence for edge in graph.edges}
        self.cycles_named += len(graph.cycles())
        self.cycles_true += len(true_graph(truth).cycles())
        self.named += len(edges)
        self.right += sum(bool(truth.occludes[pair]) for pair in edges)
        count = len(truth.visible)
        for front in range(count):
            for back in range(count):
                if not truth.occludes[front, back] or front == back:
                    continue
                if truth.occludes[back, front]:
                    self.mutual += front < back
                    continue
                self.pairs.append(_pair(truth, front, back, edges))
                if self.pairs[-1].named:
                    self.reliability.add([self.pairs[-1].confidence], [self.pairs[-1].named > 0])

    def figures(self) -> dict[str, float]:
        """Every figure by name; fractions and counts, NaN where there is nothing to measure on."""
        main = [pair for pair in self.pairs if pair.counts]
        figures: dict[str, float] = {
            "accuracy": _accuracy(main),
            "n": len(main),
            "missing": mean(float(pair.named == 0) for pair in main),
            "reversed": mean(float(pair.named < 0) for pair in main),
            "accuracy_all": _accuracy(self.pairs),
            "n_all": len(self.pairs),
            "precision": self.right / self.named if self.named else math.nan,
            "named": self.named,
            "confidence_ece": self.reliability.error(),
            "mutual": self.mutual,
            "cycles_true": self.cycles_true,
            "cycles_named": self.cycles_named,
        }
        for band in BANDS:
            chosen = [pair for pair in main if band_of(pair.occlusion) == band]
            figures |= {f"accuracy_{band}": _accuracy(chosen), f"n_{band}": len(chosen)}
        return figures


def evaluate(truths: Iterable[ImageTruth], methods: Mapping[str, OrderMethod]) -> dict[str, OrderTally]:
    """Order the objects of every image by every method.

    Returns:
        A tally for each method, under its name.
    """
    tallies = {name: OrderTally() for name in methods}
    for truth in truths:
        for name, method in methods.items():
            tallies[name].add(truth, method(truth))
    return tallies


def graph_of(
    complete: Method, least_confidence: float, use_depth: bool = False, completer: Completer | None = None
) -> OrderMethod:
    """The package's own order: as a completer sees it where objects meet, without one from the whole shapes alone,
    and by depth where it is used and there is any."""

    def order(truth: ImageTruth) -> OcclusionGraph:
        depth = truth.depth_m if use_depth else None
        seen = None if completer is None else completer.order(truth.image, truth.visible)
        return occlusion_graph(_ids(truth), truth.visible, complete(truth), depth, least_confidence, seen)

    return order


def plain_rule(complete: Method) -> OrderMethod:
    """The thesis' rule, `I_A > I_B` counted on binary amodal masks (2.4.2), without confidence."""

    def order(truth: ImageTruth) -> OcclusionGraph:
        whole = [binary(seen, found.amodal) for seen, found in zip(truth.visible, complete(truth))]
        return occlusion_graph(_ids(truth), truth.visible, whole)

    return order


def true_graph(truth: ImageTruth) -> OcclusionGraph:
    """The true occlusions of an image; an edge for each direction of a mutual pair."""
    names = _ids(truth)
    edges = [
        Occlusion(names[front], names[back], 1.0, float(truth.amodal[back].intersection_area(truth.visible[front])))
        for front, back in zip(*truth.occludes.nonzero())
    ]
    return OcclusionGraph(names, tuple(edges))


def _ids(truth: ImageTruth) -> tuple[str, ...]:
    return tuple(map(str, range(len(truth.visible))))


def _pair(truth: ImageTruth, front: int, back: int, edges: Mapping[tuple[int, int], float]) -> PairScore:
    smaller = min(truth.amodal[front].area, truth.amodal[back].area)
    named = 1 if (front, back) in edges else -1 if (back, front) in edges else 0
    return PairScore(
        image=truth.index,
        front=front,
        back=back,
        occlusion=truth.occlusion(back),
        overlap=truth.amodal[front].intersection_area(truth.amodal[back]) / smaller,
        named=named,
        confidence=edges.get((front, back), edges.get((back, front), math.nan)),
    )


def _accuracy(pairs: list[PairScore]) -> float:
    return mean(float(pair.named > 0) for pair in pairs)
