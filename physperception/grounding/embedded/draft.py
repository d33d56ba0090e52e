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
        numbers: said after the noun: "cup 3".
        label: of "number 3", which ranks only with a direction or order; else it is one of the `numbers`.
        of_it: "its ...", something of what was named before.
    """

    categories: list[str] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    excluded: list[Query] = field(default_factory=list)
    count: int = 0
    ordinal: int = 0
    numbers: list[str] = field(default_factory=list)
    label: str = ""
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
        numbered = self.ordinal or self.label or (self.numbers and self.has_head)
        return bool(any(parts) or numbered or ((self.count or self.plural) and self.pronoun))

    @property
    def counts_them(self) -> bool:
        """Whether it is no more than "three" or "three of them"."""
        parts = (self.categories, self.attributes, self.rankings, self.relations, self.excluded, self.direction)
        return self.count > 1 and not any(parts) and not (self.ordinal or self.label or self.numbers)

    def order(self, measure: Measure, descending: bool) -> None:
        """Add a direction or superlative; a waiting ordinal becomes its rank."""
        self.rankings.append(Ranking(measure, descending, self.take_rank()))

    def take_rank(self) -> int:
        """The waiting ordinal, or 1; it does not wait any more."""
        rank = self.ordinal or 1
        if self.ordinal:
            self.ordinal, self.label = 0, ""
        return rank

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
        self.label = self.label or other.label
        self.numbers += other.numbers
        self.pronoun = self.pronoun or other.pronoun
        self.direction = self.direction or other.direction

    def query(self) -> Query:
        rankings, numbers, ordinal = list(self.rankings), list(self.numbers), self.ordinal
        if self.label and not (ordinal and self.direction):
            numbers, ordinal = [*numbers, self.label], 0
        if ordinal or self.direction:
            rankings.append(Ranking(*(self.direction or (Measure.RIGHT, False)), ordinal or 1))
        count = len(set(numbers)) or self.count or (ALL if self.plural and not rankings else 1)
        if count == ALL_OF:
            count = 1 if self.has_head and not self.plural else ALL
        return Query(
            categories=tuple(dict.fromkeys(self.categories)),
            attributes=tuple(dict.fromkeys(_joined(self.attributes))),
            rankings=tuple(rankings),
            relations=tuple(dict.fromkeys(self.relations)),
            count=count,
            excluded=tuple(dict.fromkeys(self.excluded)),
            numbers=tuple(dict.fromkeys(numbers)),
        )


def _joined(attributes: list[Attribute]) -> list[Attribute]:
    """ "Light blue" is one colour: lightness goes with the others, but a lightness alone stays what it is."""
    return [a for a in attributes if a.kind is not AttributeKind.WORD]
