"""Scores of all objects of a scene for a query: product of what is said of them, then superlatives and ordinals.

A superlative is soft: the probability that an object fits and everything that comes before it in the order does not,
from the scores of the others. So a doubtful rival lowers the score and does not decide alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.attributes import LEAST, UNKNOWN, attribute_scores, color_scores, color_shares_of
from physperception.grounding.embedded.looks import Looks
from physperception.grounding.embedded.matching import category_scores
from physperception.grounding.embedded.measures import SceneMeasures
from physperception.grounding.embedded.names import PRESENT, UNNAMED, is_supported, is_understood
from physperception.grounding.embedded.purposes import known_kinds, serves
from physperception.grounding.embedded.query import (
    Attribute,
    AttributeKind,
    Measure,
    Query,
    Ranking,
    Relation,
    RelationKind,
)
from physperception.grounding.embedded.relations import between_scores, distances, gaps, relation_scores

FloatArray = NDArray[np.float64]
SHARPNESS = {
    Measure.SIZE: 0.06, Measure.HEIGHT: 0.04, Measure.WIDTH: 0.04, Measure.LIGHTNESS: 3.0, Measure.HIDDEN: 0.03,
}  # fmt: skip
"""Differences within which an order is uncertain; of places, a share of the image's width."""
PLACE_SHARPNESS = 0.006
ELSEWHERE = 0.7
"""What a relation to something that is not seen leaves of a score."""
CLEARLY_MORE = 1.35
"""How many times the colour of the next object decides between objects that fit alike."""
LATE = (AttributeKind.SIZE, AttributeKind.SHAPE, AttributeKind.PLACE)
"""Attributes that compare with what else is meant, so that they are judged after the others."""


class QueryScorer:
    """Scores queries on one scene; what was scored once is remembered.

    Args:
        measures: of the scene.
        looks: called once at most, when surfaces or undetected categories matter.
    """

    def __init__(self, measures: SceneMeasures, looks: Callable[[], Looks | None]) -> None:
        self.measures = measures
        self._find_looks = looks
        self._looks: Looks | None = None
        self._looked = False
        self._scores: dict[Query, FloatArray] = {}
        self._relations: dict[RelationKind, FloatArray] = {}

    @property
    def looks(self) -> Looks | None:
        if not self._looked:
            self._looks, self._looked = self._find_looks(), True
        return self._looks

    def scores(self, query: Query) -> FloatArray:
        """float64 [N] in 0..1."""
        if query not in self._scores:
            found = self.fit(query)
            for ranking in query.rankings:
                found = self._rank(ranking, found, query.count)
            self._scores[query] = found
        return self._scores[query]

    def fit(self, query: Query) -> FloatArray:
        """float64 [N]: all that is said but superlatives and ordinals."""
        found = self._seen_surely
        for _, scores in self.factors(query):
            found = found * scores
        return found

    @cached_property
    def _seen_surely(self) -> FloatArray:
        """float64 [N]: how sure it is that each object is one, less sharply than the detector says it."""
        return np.sqrt([min(max(instance.score, 0.0), 1.0) for instance in self.measures.scene.instances])

    def factors(self, query: Query) -> list[tuple[object, FloatArray]]:
        """What is said (nouns, attribute, relation or excluded query) and how well each object fits it, float64 [N]."""
        out: list[tuple[object, FloatArray]] = []
        if query.categories:
            out.append((query.categories, self.category(query.categories)))
        early = [attribute for attribute in query.attributes if attribute.kind not in LATE]
        colors = [a for a in early if a.kind is AttributeKind.COLOR and not a.negated]
        if query.numbers:
            out.append((f"number {' or '.join(query.numbers)}", self.numbered(query.numbers)))
        if query.purpose:
            out.append((query.purpose, self.purpose(query.purpose)))
        for attribute in early:
            out.append((attribute, self._attribute(attribute, len(colors) > 1, np.ones(len(self.measures)))))
        for relation in query.relations:
            out.append((relation, self.relation(relation)))
        for other in query.excluded:
            out.append((other, 1 - self._like(other, query)))
        among = np.prod([scores for _, scores in out], axis=0) if out else np.ones(len(self.measures))
        for attribute in query.attributes:
            if attribute.kind in LATE:
                out.append((attribute, self._attribute(attribute, False, among)))
        return out

    def category(self, nouns: tuple[str, ...]) -> FloatArray:
        unnamed = any(instance.class_id == "object" for instance in self.measures.scene.instances)
        return category_scores(self.measures, nouns, self.looks if unnamed else None)

    def numbered(self, numbers: tuple[str, ...]) -> FloatArray:
        """float64 [N]: 1 for objects that have one of the numbers as their id ("3", "cup_3"), else 0."""
        ids = [_number_of(instance.id, instance.class_id) for instance in self.measures.scene.instances]
        return np.array([float(number in numbers) for number in ids])

    def purpose(self, words: tuple[str, ...]) -> FloatArray:
        """float64 [N]: how well each object serves, beside the one that serves best; unnamed ones by their looks."""
        classes = [instance.class_id for instance in self.measures.scene.instances]
        found = np.array([serves(words, name) for name in classes])
        unnamed = np.array([name in UNNAMED for name in classes], dtype=np.bool_)
        if unnamed.any():
            useful = [kind for kind in known_kinds() if serves(words, kind) > 0]
            by_looks = [serves(words, kind) * self.category((kind,)) for kind in useful]
            found = np.where(unnamed, np.max([*by_looks, np.zeros(len(classes))], axis=0), found)
        best = float(found.max(initial=0.0))
        return np.full(len(found), UNKNOWN) if best <= 0 else np.clip((found / best) ** 2, LEAST, 1.0)

    def relation(self, relation: Relation) -> FloatArray:
        """float64 [N]: how well each object stands so to the anchors, whichever objects these are."""
        found = np.ones(len(self.measures))
        known = tuple(anchor for anchor in relation.anchors if not self.is_elsewhere(anchor))
        if len(known) < len(relation.anchors):
            found = found * ELSEWHERE
        if relation.kind is RelationKind.BETWEEN and known:
            found = found * (self._between(known) if len(known) == len(relation.anchors) else 1.0)
        else:
            for anchor in known:
                weights = self._weights(anchor)
                pairs = self.pairs(relation.kind) * weights[None]
                found = found * (pairs.max(axis=1) if len(weights) else weights)
        return 1 - found if relation.negated else found

    def most_coloured(self, query: Query, among: Sequence[int]) -> int | None:
        """Which of some objects has clearly most of the colours that are asked for; None where none has."""
        colors = [a for a in query.attributes if a.kind is AttributeKind.COLOR and not a.negated and a.value != "many"]
        if not colors or self.measures.image is None:
            return None
        shares = np.ones(len(self.measures))
        for color in colors:
            shares *= np.max([color_shares_of(self.measures, name) for name in color.value.split("/")], axis=0)
        order = sorted(among, key=lambda index: -shares[index])
        return order[0] if shares[order[0]] > CLEARLY_MORE * shares[order[1]] else None

    def is_unknown(self, nouns: tuple[str, ...]) -> bool:
        """Whether nobody knows what any of the nouns names, and no name in the scene is like one."""
        names = frozenset(instance.class_id for instance in self.measures.scene.instances) - frozenset(UNNAMED)
        return bool(names) and not any(is_understood(noun) or is_supported(noun, names) for noun in nouns)

    def is_elsewhere(self, anchor: Query) -> bool:
        """Whether an anchor names nothing that is seen: "put it in the dishwasher", or a name for it nobody knows."""
        return bool(anchor.categories) and float(self.category(anchor.categories).max(initial=0.0)) < PRESENT

    def pairs(self, kind: RelationKind) -> FloatArray:
        """float64 [N, N] of a relation."""
        if kind not in self._relations:
            self._relations[kind] = relation_scores(self.measures, kind)
        return self._relations[kind]

    def order_values(self, ranking: Ranking) -> FloatArray:
        """float64 [N]: what a superlative compares, larger first."""
        measures = self.measures
        values = {
            Measure.RIGHT: lambda: measures.centers[:, 0],
            Measure.DOWN: lambda: measures.centers[:, 1],
            Measure.NEAR: lambda: measures.nearness,
            Measure.SIZE: lambda: np.log(measures.areas),
            Measure.HEIGHT: lambda: np.log(measures.sizes[:, 1]),
            Measure.WIDTH: lambda: np.log(measures.sizes.max(axis=1)),
            Measure.LIGHTNESS: lambda: measures.lightness,
            Measure.HIDDEN: lambda: measures.hidden + 0.02 * measures.occludes.any(axis=0),
            Measure.CENTRAL: lambda: measures.centers[:, 0],
            Measure.CLOSE_TO: lambda: -self._distance(ranking),
        }[ranking.measure]()
        return values if ranking.descending else -values

    def _between(self, anchors: tuple[Query, ...]) -> FloatArray:
        count = len(self.measures)
        found = np.zeros(count)
        first = self._weights(anchors[0])
        second = self._weights(anchors[-1])
        for a in np.argsort(-first)[:6]:
            for b in np.argsort(-second)[:6]:
                if a != b and first[a] * second[b] > 0.05:
                    found = np.maximum(found, first[a] * second[b] * between_scores(self.measures, int(a), int(b)))
        return found

    def _weights(self, anchor: Query) -> FloatArray:
        """How surely each object is the anchor."""
        return self.scores(anchor)

    def _like(self, other: Query, query: Query) -> FloatArray:
        """How well each object is what is excluded: "the red one" is said of the target's own kind."""
        return self.scores(other)

    def _distance(self, ranking: Ranking) -> FloatArray:
        anchor = np.ones(len(self.measures)) if ranking.anchor is None else self._weights(ranking.anchor)
        if not len(anchor):
            return anchor
        index = int(anchor.argmax())
        found = distances(self.measures)[index] + 0.5 * gaps(self.measures)[index]
        found[index] = np.inf if ranking.descending else -np.inf
        return np.nan_to_num(found, posinf=1e6, neginf=-1e6)

    def _attribute(self, attribute: Attribute, several: bool, among: FloatArray) -> FloatArray:
        if several and attribute.kind is AttributeKind.COLOR and not attribute.negated:
            either = [color_scores(self.measures, name, several=True) for name in attribute.value.split("/")]
            return np.asarray(np.clip(np.max(either, axis=0), 0.02, 0.98))
        needs = attribute.kind in (AttributeKind.TEXTURE, AttributeKind.MATERIAL)
        return attribute_scores(self.measures, attribute, among, self.looks if needs else None)

    def _rank(self, ranking: Ranking, fit: FloatArray, count: int) -> FloatArray:
        """Scores after a superlative or ordinal: the object fits, and so many that fit come before it."""
        if not len(fit):
            return fit
        values = self.order_values(ranking)
        rank = ranking.rank
        if ranking.measure is Measure.CENTRAL:
            return fit * self._middle(values, fit)
        if rank < 0:
            values, rank = -values, -rank
        if rank > len(fit):
            return np.zeros(len(fit))
        last = min(rank + max(count, 1) - 1, len(fit))
        sharp = SHARPNESS.get(ranking.measure, PLACE_SHARPNESS * self._scale(ranking))
        difference = np.clip((values[:, None] - values[None]) / sharp, -60, 60)
        before = 1 / (1 + np.exp(-difference))
        member = fit / max(float(fit.max()), 1e-9)
        member = np.where(member < 0.3, member * 0.3, member)
        chances = before.T * member[None]
        np.fill_diagonal(chances, 0.0)
        return fit * _counts(chances, last)[:, rank - 1 :].sum(axis=1)

    def _scale(self, ranking: Ranking) -> float:
        if ranking.measure is Measure.NEAR:
            return 1.0
        return float(self.measures.scene.width)

    def _middle(self, values: FloatArray, fit: FloatArray) -> FloatArray:
        """1 for the candidate in the middle of the others, less for those beside it."""
        meant = fit >= 0.5 * float(fit.max())
        apart = np.abs(values - float(np.median(values[meant])))
        return np.exp(-apart / (0.05 * self.measures.scene.width))


def _number_of(identity: str, class_id: str) -> str:
    """The number an id is, alone or after the name of its kind, without leading zeros; "" where it is none."""
    kinds = "|".join(map(re.escape, ("object", "instance", "id", class_id.lower())))
    found = re.fullmatch(rf"(?:(?:{kinds})[ _#-]*)?(\d+)", identity.lower(), re.ASCII)
    return "" if found is None else found[1].lstrip("0") or "0"


def _counts(chances: FloatArray, most: int) -> FloatArray:
    """float64 [N, most]: probability that exactly 0, 1, ... of independent events happen, one row of chances each."""
    out = np.zeros((len(chances), most))
    out[:, 0] = 1.0
    for column in chances.T:
        moved = np.concatenate([np.zeros((len(out), 1)), out[:, :-1]], axis=1)
        out = out * (1 - column[:, None]) + moved * column[:, None]
    return out
