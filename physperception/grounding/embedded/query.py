"""What a referring expression asks for, as a typed value: the target's category, attributes, place and relations.

A `Query` describes one thing or one set of things; relations nest further queries. The parser makes them, the
resolver scores the objects of a scene against them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

ALL = -1
"""`Query.count` of "all", "every" and of a plural without a number."""


class AttributeKind(str, Enum):
    """What an attribute speaks of."""

    COLOR = "COLOR"
    LIGHTNESS = "LIGHTNESS"
    SIZE = "SIZE"
    SHAPE = "SHAPE"
    TEXTURE = "TEXTURE"
    MATERIAL = "MATERIAL"
    OCCLUSION = "OCCLUSION"
    PLACE = "PLACE"
    WORD = "WORD"


class Measure(str, Enum):
    """What objects can be ordered by. Each grows in the direction of its name: RIGHT with x, DOWN with y."""

    RIGHT = "RIGHT"
    DOWN = "DOWN"
    NEAR = "NEAR"
    SIZE = "SIZE"
    HEIGHT = "HEIGHT"
    WIDTH = "WIDTH"
    LIGHTNESS = "LIGHTNESS"
    HIDDEN = "HIDDEN"
    CENTRAL = "CENTRAL"
    CLOSE_TO = "CLOSE_TO"


class RelationKind(str, Enum):
    """How the target stands to the anchor: LEFT_OF is "the target is left of the anchor"."""

    LEFT_OF = "LEFT_OF"
    RIGHT_OF = "RIGHT_OF"
    ABOVE = "ABOVE"
    BELOW = "BELOW"
    NEAR = "NEAR"
    FAR_FROM = "FAR_FROM"
    BETWEEN = "BETWEEN"
    IN_FRONT_OF = "IN_FRONT_OF"
    BEHIND = "BEHIND"
    ON = "ON"
    UNDER = "UNDER"
    IN = "IN"
    CONTAINS = "CONTAINS"
    HIDES = "HIDES"
    HIDDEN_BY = "HIDDEN_BY"
    TOUCHING = "TOUCHING"
    LARGER_THAN = "LARGER_THAN"
    SMALLER_THAN = "SMALLER_THAN"
    TALLER_THAN = "TALLER_THAN"
    SHORTER_THAN = "SHORTER_THAN"
    NEARER_THAN = "NEARER_THAN"
    FARTHER_THAN = "FARTHER_THAN"
    SAME_COLOR_AS = "SAME_COLOR_AS"
    SAME_KIND_AS = "SAME_KIND_AS"


@dataclass(frozen=True)
class Attribute:
    """A property the target has, or with `negated` has not; `value` is a canonical word such as "red"."""

    kind: AttributeKind
    value: str
    negated: bool = False


@dataclass(frozen=True)
class Ranking:
    """The target is number `rank` when the candidates are put in order; 1 is first, -1 last.

    Attributes:
        measure: what they are ordered by.
        descending: the largest value comes first.
        rank: which one.
        anchor: of CLOSE_TO, what the distance is measured to.
    """

    measure: Measure
    descending: bool = True
    rank: int = 1
    anchor: Query | None = None


@dataclass(frozen=True)
class Relation:
    """The target stands so to all of the anchors (BETWEEN: between them), or with `negated` to none."""

    kind: RelationKind
    anchors: tuple[Query, ...]
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """One thing, or a set of things, that is asked for.

    Attributes:
        categories: nouns as they were said, any of which will do; empty for "thing", "object", "one".
        attributes, relations: all must hold.
        rankings: applied in turn to what fits the rest: "the second from the left of the three largest".
        numbers: said after a noun or "number": "cup 3", "number 3"; ids of the things, as digits.
        purpose: words of what it is for, as they were said: "drink", "coffee".
        count: how many are asked for; 1, a number, or `ALL`.
        excluded: "other than the red one", "not the mug".
    """

    categories: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    relations: tuple[Relation, ...] = ()
    count: int = 1
    excluded: tuple[Query, ...] = ()
    purpose: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all, so that everything fits."""
        said = (self.categories, self.attributes, self.rankings, self.relations, self.excluded)
        return not (any(said) or self.purpose or self.numbers)

    def walk(self) -> Iterator[Query]:
        """This query and all that are nested in it."""
        yield self
        for relation in self.relations:
            for anchor in relation.anchors:
                yield from anchor.walk()
        for ranking in self.rankings:
            if ranking.anchor is not None:
                yield from ranking.anchor.walk()
        for other in self.excluded:
            yield from other.walk()


@dataclass(frozen=True)
class Parsed:
    """What a command was understood as.

    Attributes:
        targets: one query for each thing or set that is asked for; empty when nothing was understood.
        readings: other ways to read the same words, better ones first ("the cup left of the box behind the can").
        unknown: words that were passed over because they mean nothing here.
        corrected: pairs (as written, as understood) of words with a letter wrong.
    """

    targets: tuple[Query, ...]
    readings: tuple[tuple[Query, ...], ...] = ()
    unknown: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
