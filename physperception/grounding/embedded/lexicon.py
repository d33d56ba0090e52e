"""Words and phrases of referring expressions and what they mean; everything else is a noun.

The phrases stand in `phrase_tables/` as text, so that they can be read and added to without knowing the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from physperception.grounding.embedded.phrase_tables.attributes import ATTRIBUTES
from physperception.grounding.embedded.phrase_tables.positions import NEAREST, ORDERS, PLACES, RELATIONS
from physperception.grounding.embedded.phrase_tables.small_words import NUMBERS, PLAIN
from physperception.grounding.embedded.query import Attribute, AttributeKind, Measure, RelationKind
from physperception.grounding.embedded.verbs import posture_words, relation_phrases, request_words


class Role(Enum):
    """What a word does in a sentence."""

    DETERMINER = auto()
    FILLER = auto()
    HEDGE = auto()
    PRONOUN = auto()
    COUNT = auto()
    ORDINAL = auto()
    DIRECTION = auto()
    SUPERLATIVE = auto()
    COMPARATIVE = auto()
    ATTRIBUTE = auto()
    PLACE = auto()
    RELATION = auto()
    NEAREST = auto()
    INVERSE = auto()
    THAT = auto()
    BE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    EXCEPT = auto()
    WITH = auto()
    WITHOUT = auto()
    IN = auto()
    OF = auto()
    THAN = auto()
    CAMERA = auto()
    COMMA = auto()
    NOUN = auto()
    VERB = auto()
    WORD = auto()


@dataclass(frozen=True)
class Meaning:
    """A role and what goes with it: attributes, a relation, a measure with its direction, or a number.

    Attributes:
        label: a number in digits where it could name a thing ("cup 3"), "" where it only counts or ranks.
    """

    role: Role
    attributes: tuple[Attribute, ...] = ()
    relation: RelationKind | None = None
    measure: Measure | None = None
    descending: bool = True
    number: int = 0
    label: str = ""


@lru_cache(maxsize=1)
def phrases() -> Mapping[tuple[str, ...], Meaning]:
    """Every phrase as its words, with its meaning; where two lines have one phrase, the later one holds."""
    found: dict[tuple[str, ...], Meaning] = {}
    for table in (_verbs, _plain, _numbers, _attributes, _orders, _places, _relations):
        for phrase, meaning in table():
            found[tuple(phrase.split())] = meaning
    return found


@lru_cache(maxsize=1)
def nearest_phrases() -> Mapping[tuple[str, ...], bool]:
    """Superlatives that take an object, "closest to the box", and whether the closest comes first."""
    return {tuple(phrase.split()): head.endswith("+") for head, phrase in _rows(NEAREST)}


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """All words that occur in phrases."""
    return frozenset(word for phrase in (*phrases(), *nearest_phrases()) for word in phrase)


def _rows(table: str) -> Iterator[tuple[str, str]]:
    for line in table.strip().splitlines():
        head, _, rest = line.partition(": ")
        for phrase in rest.split(" | "):
            yield head.strip(), phrase.strip()


def _verbs() -> Iterator[tuple[str, Meaning]]:
    for word in (*request_words(), *posture_words()):
        yield word, Meaning(Role.FILLER)
    for phrase, kind in relation_phrases():
        yield phrase, Meaning(Role.RELATION, relation=kind)


def _plain() -> Iterator[tuple[str, Meaning]]:
    for head, phrase in _rows(PLAIN):
        yield phrase, Meaning(Role[head])


def _numbers() -> Iterator[tuple[str, Meaning]]:
    for head, entry in _rows(NUMBERS):
        phrase, _, number = entry.rpartition(" ")
        yield phrase, Meaning(Role[head], number=int(number))


def _attributes() -> Iterator[tuple[str, Meaning]]:
    for head, phrase in _rows(ATTRIBUTES):
        kind, _, value = head.partition(" ")
        yield phrase, Meaning(Role.ATTRIBUTE, attributes=(Attribute(AttributeKind[kind], value),))


def _orders() -> Iterator[tuple[str, Meaning]]:
    for head, phrase in _rows(ORDERS):
        role, measure, direction = head.split()
        yield phrase, Meaning(Role[role], measure=Measure[measure], descending=direction == "+")


def _places() -> Iterator[tuple[str, Meaning]]:
    ends = (
        "",
        " of the image",
        " of the picture",
        " of the scene",
        " of the table",
        " of the photo",
        " of the frame",
        " side of the image",
    )
    for head, phrase in _rows(PLACES):
        attributes = tuple(Attribute(AttributeKind.PLACE, value) for value in head.split())
        for end in ends:
            yield phrase + end, Meaning(Role.PLACE, attributes=attributes)


def _relations() -> Iterator[tuple[str, Meaning]]:
    for head, phrase in _rows(RELATIONS):
        yield phrase, Meaning(Role.RELATION, relation=RelationKind[head])
        if head == "ON" and phrase.endswith(" on"):
            yield phrase + " top of", Meaning(Role.RELATION, relation=RelationKind.ON)
