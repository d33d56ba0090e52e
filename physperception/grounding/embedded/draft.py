"""A query while it is being read."""

from __future__ import annotations

from dataclasses import dataclass, field

from physperception.grounding.embedded.query import ALL, Attribute, AttributeKind, Measure, Query, Ranking, Relation

ALL_OF = -2
"""The number of "all of the": all cups, but of a singular the whole of it."""
_DIRECTIONS = {
    "left": (Measure.RIGHT, False),
    "right": (Measure.RIGHT, True),
    "top": (Measure.DOWN, False),
    "bottom": (Measure.DOWN, True),
    "front": (Measure.NEAR, True),
    "back": (Measure.NEAR, False),
}


@dataclass
class Draft:
    """What has been read of one noun phrase so far; `ordinal` waits for its direction.

    Attributes:
        pronoun: the head was "one", "thing", "object" or such a word.
        pronoun_one: it was "one" or "ones", which repeat a noun said before.
        direction: "from the left" without a number so far, as measure and whether the largest comes first.
        of_it: "its ...", something of what was named before.
    """

    categories: list[str] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    excluded: list[Query] = field(default_factory=list)
    count: int = 0
    ordinal: int = 0
    plural: bool = False
    pronoun: bool = False
    pronoun_one: bool = False
    direction: tuple[Measure, bool] | None = None
    of_it: bool = False

    @property
    def has_head(self) -> bool:
        return bool(self.categories) or self.pronoun

    @property
    def says_something(self) -> bool:
        parts = (self.categories, self.attributes, self.rankings, self.relations, self.excluded, self.direction)
        return any(parts) or bool(self.ordinal or (self.count and self.pronoun)) or (self.plural and self.pronoun)

    def order(self, measure: Measure, descending: bool) -> None:
        """Add a direction or superlative; a waiting ordinal becomes its rank."""
        self.rankings.append(Ranking(measure, descending, self.ordinal or 1))
        self.ordinal = 0

    def count_from(self, measure: Measure, descending: bool) -> None:
        """ "From the left", whether the number has been said or comes later."""
        if self.ordinal:
            self.order(measure, descending)
        elif not any(ranking.measure is measure for ranking in self.rankings):
            self.direction = (measure, descending)

    def place(self, attribute: Attribute) -> None:
        """ "On the left": after an ordinal the side that is counted from, or where the last one is, else a place."""
        direction = _DIRECTIONS.get(attribute.value)
        if self.ordinal and direction and not attribute.negated:
            measure, descending = direction
            self.order(measure, descending == (self.ordinal > 0))
        else:
            self.attributes.append(attribute)

    def merge(self, other: Draft) -> None:
        """Take over what another phrase says of the same things: "the largest of the red cups"."""
        self.categories = self.categories or other.categories
        self.attributes += other.attributes
        self.relations += other.relations
        self.rankings = other.rankings + self.rankings
        self.excluded += other.excluded
        self.ordinal = self.ordinal or other.ordinal
        self.pronoun = self.pronoun or other.pronoun
        self.direction = self.direction or other.direction

    def query(self) -> Query:
        rankings = list(self.rankings)
        if self.ordinal or self.direction:
            rankings.append(Ranking(*(self.direction or (Measure.RIGHT, False)), self.ordinal or 1))
        count = self.count or (ALL if self.plural and not rankings else 1)
        if count == ALL_OF:
            count = 1 if self.has_head and not self.plural else ALL
        return Query(
            categories=tuple(dict.fromkeys(self.categories)),
            attributes=tuple(dict.fromkeys(_joined(self.attributes))),
            rankings=tuple(rankings),
            relations=tuple(dict.fromkeys(self.relations)),
            count=count,
            excluded=tuple(dict.fromkeys(self.excluded)),
        )


def _joined(attributes: list[Attribute]) -> list[Attribute]:
    """ "Light blue" is one colour: lightness goes with the others, but a lightness alone stays what it is."""
    return [a for a in attributes if a.kind is not AttributeKind.WORD]
