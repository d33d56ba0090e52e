"""Scores every object of a scene against a query and decides which one is meant, if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.describing import doubts, evidence
from physperception.grounding.embedded.query import ALL, Parsed, Query
from physperception.grounding.embedded.scoring import QueryScorer
from physperception.scene import GroundingStatus

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Thresholds:
    """Chosen on the val expressions (`physperception evaluate grounding`).

    Attributes:
        present: score from which an object fits at all.
        rival: a second object with at least this share of the best one's score makes a command ambiguous.
        member: share of the best score from which an object belongs to the set that "all" asks for.
    """

    present: float = 0.2
    rival: float = 0.95
    member: float = 0.45


@dataclass(frozen=True)
class Resolution:
    """What a command refers to.

    Attributes:
        status: FOUND, AMBIGUOUS or NOT_THERE.
        chosen: indices of objects with their scores; of an ambiguous command the candidates, best first.
        reasons: sentences that say why.
    """

    status: GroundingStatus
    chosen: tuple[tuple[int, float], ...]
    reasons: tuple[str, ...]


def resolve(scorer: QueryScorer, parsed: Parsed, thresholds: Thresholds = Thresholds()) -> Resolution:
    """The best reading of a command: the first in which every target is there, else the first."""
    if not len(scorer.measures):
        return Resolution(GroundingStatus.NOT_THERE, (), ("the scene has no objects",))
    readings = [reading for reading in (parsed.targets, *parsed.readings) if reading]
    answers = [_combine([resolve_query(scorer, query, thresholds) for query in reading]) for reading in readings]
    for wanted in (GroundingStatus.FOUND, GroundingStatus.AMBIGUOUS):
        for answer in answers:
            if answer.status is wanted:
                return answer
    return answers[0]


def resolve_query(scorer: QueryScorer, query: Query, thresholds: Thresholds) -> Resolution:
    """One target or set of targets."""
    scores = scorer.scores(query)
    order = np.argsort(-scores, kind="stable")
    fitting = [int(index) for index in order if scores[index] >= thresholds.present]
    if not fitting:
        return Resolution(GroundingStatus.NOT_THERE, (), doubts(scorer, query))
    best = float(scores[fitting[0]])
    if query.count != 1:
        return _several(scorer, query, [i for i in fitting if scores[i] >= thresholds.member * best], scores)
    unknown = [f'what "{noun}" names is not known' for noun in query.categories if scorer.is_unknown((noun,))]
    rivals = [index for index in fitting[1:] if scores[index] >= thresholds.rival * best]
    if rivals:
        chosen = tuple((index, float(scores[index])) for index in (fitting[0], *rivals))
        return Resolution(
            GroundingStatus.AMBIGUOUS, chosen, (*unknown, f"{len(chosen)} objects fit about equally well")
        )
    return Resolution(GroundingStatus.FOUND, ((fitting[0], best),), evidence(scorer, query, fitting[0]))


def _several(scorer: QueryScorer, query: Query, fitting: Sequence[int], scores: FloatArray) -> Resolution:
    wanted = len(fitting) if query.count == ALL else query.count
    chosen = tuple((index, float(scores[index])) for index in fitting[:wanted])
    reasons = evidence(scorer, query, fitting[0])
    if len(chosen) < wanted:
        reasons = (f"{wanted} were asked for, but only {len(chosen)} fit", *reasons)
    return Resolution(GroundingStatus.FOUND, chosen, reasons)


def _combine(answers: Sequence[Resolution]) -> Resolution:
    """Several targets: all of them are needed, and what one is ambiguous in, the command is."""
    reasons = tuple(reason for answer in answers for reason in answer.reasons)
    for status in (GroundingStatus.NOT_THERE, GroundingStatus.AMBIGUOUS):
        if any(answer.status is status for answer in answers):
            missing = status is GroundingStatus.NOT_THERE
            chosen = () if missing else tuple(pair for answer in answers for pair in answer.chosen)
            said = tuple(r for answer in answers if answer.status is status for r in answer.reasons)
            return Resolution(status, _unique(chosen), said)
    return Resolution(GroundingStatus.FOUND, _unique(pair for answer in answers for pair in answer.chosen), reasons)


def _unique(pairs: object) -> tuple[tuple[int, float], ...]:
    best: dict[int, float] = {}
    for index, score in pairs:  # type: ignore[attr-defined]
        best[index] = max(score, best.get(index, 0.0))
    return tuple(best.items())
