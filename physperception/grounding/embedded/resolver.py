"""Scores every object of a scene against a query and decides which one is meant, if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.describing import describe, doubts, evidence, short
from physperception.grounding.embedded.lenience import LenientScorer
from physperception.grounding.embedded.numerals import in_words
from physperception.grounding.embedded.query import ALL, Parsed, Query
from physperception.grounding.embedded.scoring import QueryScorer
from physperception.scene import GroundingStatus

FloatArray = NDArray[np.float64]
ROUGH = 0.6
"""What is left of a score where the words were used loosely."""


@dataclass(frozen=True)
class Thresholds:
    """Chosen on the val expressions (`physperception evaluate grounding`).

    Attributes:
        present: score from which an object fits at all.
        rival: a second object with at least this share of the best one's score makes a command ambiguous.
        member: share of the best score from which an object belongs to the set that "all" asks for.
        roughly: score from which an object fits words that were used loosely.
        part, sure: what an object must then score at least by each thing that is said, and strictly by one of them.
        rough_rival: of these, instead of `rival`.
    """

    present: float = 0.2
    rival: float = 0.98
    member: float = 0.45
    roughly: float = 0.1
    part: float = 0.3
    sure: float = 0.5
    rough_rival: float = 0.6


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
    """The best reading of a command: the first in which every target is there, else the first.

    Where no reading fits, words may have been used loosely (`lenience.py`): what then fits clearly better than all
    else is the answer, with doubt.
    """
    if not len(scorer.measures):
        return Resolution(GroundingStatus.NOT_THERE, (), ("the scene has no objects",))
    readings = [reading for reading in (parsed.targets, *parsed.readings) if reading]
    answers = [_combine([resolve_query(scorer, query, thresholds) for query in reading]) for reading in readings]
    for wanted in (GroundingStatus.FOUND, GroundingStatus.AMBIGUOUS):
        for answer in answers:
            if answer.status is wanted:
                return answer
    lenient = LenientScorer(scorer)
    clearly = replace(
        thresholds, present=thresholds.roughly, rival=thresholds.rough_rival, member=thresholds.rough_rival
    )
    for reading in readings:
        answer = _combine([_roughly(scorer, lenient, query, thresholds, clearly) for query in reading])
        if answer.status is GroundingStatus.FOUND:
            return answer
    return answers[0]


def _roughly(
    strict: QueryScorer, lenient: QueryScorer, query: Query, thresholds: Thresholds, clearly: Thresholds
) -> Resolution:
    """One target, strictly where that goes."""
    answer = resolve_query(strict, query, thresholds)
    if answer.status is not GroundingStatus.NOT_THERE:
        return answer
    loose = resolve_query(lenient, query, clearly)
    chosen = [index for index, _ in loose.chosen]
    if loose.status is not GroundingStatus.FOUND or not _is_partly_sure(strict, lenient, query, chosen, thresholds):
        return answer
    doubt = f"nothing is quite {describe(query)}, the nearest is told"
    return Resolution(
        loose.status, tuple((index, ROUGH * score) for index, score in loose.chosen), (doubt, *loose.reasons)
    )


def _is_partly_sure(
    strict: QueryScorer, lenient: QueryScorer, query: Query, chosen: list[int], thresholds: Thresholds
) -> bool:
    """Whether objects have all that is said loosely, and some of it strictly."""
    loosely = [float(scores[chosen].min()) for _, scores in lenient.factors(query)]
    strictly = [float(scores[chosen].min()) for _, scores in strict.factors(query)]
    return min(loosely, default=1.0) >= thresholds.part and max(strictly, default=1.0) >= thresholds.sure


def resolve_query(scorer: QueryScorer, query: Query, thresholds: Thresholds) -> Resolution:
    """One target or set of targets."""
    if unnumbered := _unnumbered(scorer, query, thresholds):
        return unnumbered
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
    if rivals and (most := scorer.most_coloured(query, [fitting[0], *rivals])) is not None:
        return Resolution(GroundingStatus.FOUND, ((most, float(scores[most])),), evidence(scorer, query, most))
    if rivals:
        chosen = tuple((index, float(scores[index])) for index in (fitting[0], *rivals))
        return Resolution(
            GroundingStatus.AMBIGUOUS, chosen, (*unknown, f"{len(chosen)} objects fit about equally well")
        )
    return Resolution(GroundingStatus.FOUND, ((fitting[0], best),), evidence(scorer, query, fitting[0]))


def _unnumbered(scorer: QueryScorer, query: Query, thresholds: Thresholds) -> Resolution | None:
    """What "cup 3" leaves open where no cup has that id: from which side to count is not said, so none is taken."""
    for part in query.walk():
        if part is not query and scorer.is_elsewhere(part):
            continue
        without = replace(part, numbers=(), count=1)
        for number in part.numbers:
            if float(scorer.scores(replace(without, numbers=(number,))).max()) >= thresholds.present:
                continue
            scores = scorer.scores(without)
            fitting = [int(i) for i in np.argsort(-scores, kind="stable") if scores[i] >= thresholds.present]
            why = f"no {' or '.join(part.categories) or 'object'} that fits has the id {short(number)}"
            reasons = (why if number == "0" else why + ", and from which side to count is not said",)
            if part is not query or len(fitting) < 2:
                return Resolution(GroundingStatus.NOT_THERE, (), reasons)
            return Resolution(GroundingStatus.AMBIGUOUS, tuple((i, float(scores[i])) for i in fitting), reasons)
    return None


def _several(scorer: QueryScorer, query: Query, fitting: Sequence[int], scores: FloatArray) -> Resolution:
    wanted = len(fitting) if query.count == ALL else query.count
    chosen = tuple((index, float(scores[index])) for index in fitting[:wanted])
    reasons = evidence(scorer, query, fitting[0])
    if len(chosen) < wanted:
        reasons = (f"{in_words(wanted)} were asked for, but only {len(chosen)} fit", *reasons)
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
