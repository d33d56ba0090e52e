"""Random things that could be said about an image by a plan; whether they are true is for `judging` to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from numpy.random import Generator

from physperception.datasets.expressions.colours import COLOURS
from physperception.datasets.expressions.facts import SceneFacts
from physperception.datasets.expressions.judging import look_alikes, meant
from physperception.datasets.expressions.plans import Plan
from physperception.datasets.expressions.query import PATTERNS, PLACES, RANKS, RELATIONS, Query, Relation
from physperception.datasets.expressions.relations import relation_verdict
from physperception.datasets.expressions.verdicts import Verdict

LEAST_PX, LEAST_VISIBLE = 150, 0.15
ANCHOR_PX, ANCHOR_VISIBLE = 250, 0.4
MOST_TARGETS, MOST_NUMBER, MOST_ABSENT_NUMBER = 5, 5, 8
HIDDEN_FROM = 0.1
T = TypeVar("T")


@dataclass(frozen=True)
class Proposal:
    """One or two phrases and the places of the objects they mean."""

    queries: tuple[Query, ...]
    targets: tuple[int, ...]


@dataclass(frozen=True)
class Proposer:
    """Says things about one image, which has at least one object.

    Attributes:
        scene: the image.
        categories: names of the categories of the whole data set, for what is not there.
        category_share: how often an anchor is called by its category.
        rng: where chance comes from.
    """

    scene: SceneFacts
    categories: tuple[str, ...]
    category_share: float
    rng: Generator

    def propose(self, plan: Plan) -> Proposal | None:
        """Something true as planned, or None when this attempt gave nothing."""
        makers: dict[str, Callable[[Plan], Proposal | None]] = {
            "plain": self._plain,
            "relation": self._by_relation,
            "rank": self._by_rank,
            "number": self._by_rank,
            "absent": self._absent,
            "count": self._counted,
            "pair": self._pair,
            "purpose": self._for_purpose,
        }
        found = makers[plan.form](plan)
        return None if found is None or (plan.hidden and not self._is_hidden(found)) else found

    def _plain(self, plan: Plan) -> Proposal | None:
        place = self._any_place()
        query = self._name(place, plan.category, plan.extra)
        if query is None:
            return None
        if plan.extra == "place":
            query = replace(query, place=self._choose(PLACES))
        elif plan.extra == "hidden":
            query = replace(query, hidden=self.scene.objects[place].occlusion > HIDDEN_FROM)
        elif plan.extra == "negation":
            query = replace(query, not_colour=self._choose(COLOURS))
            if look_alikes(replace(query, not_colour=None), self.scene) < 2:
                return None
        return self._checked(query, place)

    def _by_relation(self, plan: Plan) -> Proposal | None:
        """Only among look-alikes, so that the relation is what tells."""
        place = self._any_place()
        name = self._name(place, plan.category)
        query = None if name is None else self._related(name, place, plan.extra)
        if query is None or look_alikes(query, self.scene) < 2:
            return None
        if self.rng.random() < 0.1:
            query = replace(query, rank=self._choose(RANKS))
        return self._checked(query, place)

    def _by_rank(self, plan: Plan) -> Proposal | None:
        name = self._name(self._any_place(), plan.category)
        number = int(self.rng.integers(2, MOST_NUMBER)) if plan.form == "number" else 1
        return None if name is None else self._checked(replace(name, rank=plan.extra, number=number))

    def _absent(self, plan: Plan) -> Proposal | None:
        place = self._any_place()
        if plan.extra == "relation":
            name = self._name(place, plan.category)
            true = None if name is None else self._related(name, place, self._choose(RELATIONS))
            if true is None or true.relation is None or true.relation.name == "between":
                return None
            query = replace(true, relation=replace(true.relation, name=self._choose(RELATIONS[:-1])))
        else:
            name = self._name(place, category=plan.category or plan.extra != "number")
            if name is None:
                return None
            if plan.extra == "category":
                query = replace(name, noun=self._choose(self.categories), pattern=None)
            elif plan.extra == "colour":
                query = replace(name, colour=self._choose(COLOURS), pattern=None)
            else:
                number = look_alikes(name, self.scene) + int(self.rng.integers(1, 3))
                if number > MOST_ABSENT_NUMBER:
                    return None
                query = replace(name, rank=self._choose(("leftmost", "rightmost")), number=number)
        return Proposal((query,), ()) if meant(query, self.scene) == () else None

    def _counted(self, plan: Plan) -> Proposal | None:
        query = self._name(self._any_place(), plan.category, plan.extra)
        if query is None:
            return None
        if plan.extra == "place":
            query = replace(query, place=self._choose(PLACES))
        targets = meant(query, self.scene)
        if targets is None or not 2 <= len(targets) <= MOST_TARGETS or not all(map(self._pointable, targets)):
            return None
        return Proposal((query,), targets)

    def _pair(self, _: Plan) -> Proposal | None:
        first, second = (self._unique(self._any_place()) for _ in range(2))
        if first is None or second is None or first.targets == second.targets:
            return None
        return Proposal((*first.queries, *second.queries), (*first.targets, *second.targets))

    def _for_purpose(self, plan: Plan) -> Proposal | None:
        return self._checked(Query(noun=f"@{plan.extra}"))

    def _name(self, place: int, category: bool, extra: str = "any") -> Query | None:
        """What a thing is, without where it is; None where it lacks the colour or the pattern that `extra` is."""
        item = self.scene.objects[place]
        sure = [name for name, verdict in item.colours.items() if verdict is Verdict.YES]
        patterns = [name for name, surface in PATTERNS.items() if surface == item.surface]
        if (extra == "colour" and not sure) or (extra == "pattern" and not patterns):
            return None
        with_colour = extra == "colour" or (extra == "any" and self.rng.random() < 0.4)
        with_pattern = extra == "pattern" or (extra == "any" and self.rng.random() < 0.15)
        return Query(
            noun=item.category if category else None,
            colour=sure[0] if sure and with_colour else None,
            pattern=patterns[0] if patterns and with_pattern else None,
        )

    def _related(self, query: Query, place: int, name: str) -> Query | None:
        """The query with a relation that is surely true of the object at `place`."""
        others = [other for other in range(len(self.scene.objects)) if other != place and self._can_anchor(other)]
        self.rng.shuffle(others)
        count = 2 if name == "between" else 1
        for start in range(len(others) - count + 1):
            chosen = others[start : start + count]
            if relation_verdict(name, self.scene, place, chosen) is Verdict.YES:
                anchors = [self._unique(other) for other in chosen]
                queries = tuple(anchor.queries[0] for anchor in anchors if anchor is not None)
                if len(queries) == count:
                    return replace(query, relation=Relation(name, queries))
        return None

    def _unique(self, place: int) -> Proposal | None:
        """A phrase that means only the object at `place`, by its category or without it, whichever is drawn first."""
        category = bool(self.rng.random() < self.category_share)
        for _ in range(6):
            query = self._name(place, category) or Query()
            chance = self.rng.random() * (1.0 if category else 0.4)
            if chance < 0.15:
                query = replace(query, rank=self._choose(RANKS))
            elif chance < 0.25:
                query = replace(query, place=self._choose(PLACES))
            found = self._checked(query)
            if found and found.targets == (place,):
                return found
        return None

    def _checked(self, query: Query, place: int | None = None) -> Proposal | None:
        """A proposal when the query surely means one object that can be pointed at, and says more than "thing".

        That object must be the one at `place`, if given; but ranks move the target, so with a rank any will do.
        """
        if query == Query():
            return None
        targets = meant(query, self.scene)
        if targets is None or len(targets) != 1 or not self._pointable(targets[0]):
            return None
        return Proposal((query,), targets) if query.rank or place in (None, targets[0]) else None

    def _any_place(self) -> int:
        return int(self.rng.integers(len(self.scene.objects)))

    def _pointable(self, place: int) -> bool:
        item = self.scene.objects[place]
        return item.area >= LEAST_PX and 1 - item.occlusion >= LEAST_VISIBLE

    def _can_anchor(self, place: int) -> bool:
        item = self.scene.objects[place]
        return item.area >= ANCHOR_PX and 1 - item.occlusion >= ANCHOR_VISIBLE

    def _is_hidden(self, found: Proposal) -> bool:
        return any(self.scene.objects[place].occlusion >= HIDDEN_FROM for place in found.targets)

    def _choose(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]
