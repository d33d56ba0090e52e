"""What an expression says, before it is put into words: the objects meant, by logic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

RELATIONS = ("left_of", "right_of", "behind", "in_front_of", "on", "under", "next_to", "hidden_by", "hides", "between")
PLACES = ("left", "right")
RANKS = ("leftmost", "rightmost", "topmost", "lowest", "largest", "smallest", "tallest", "nearest", "farthest")
OPPOSITES = {
    "left_of": "right_of", "right_of": "left_of", "behind": "in_front_of", "in_front_of": "behind", "on": "under",
    "under": "on", "next_to": "next_to", "hidden_by": "hides", "hides": "hidden_by",
}  # fmt: skip
PATTERNS = {"striped": "stripes", "checked": "checks", "dotted": "dots"}
"""Adjectives of patterns and the surfaces of the generator that surely have them."""


@dataclass(frozen=True)
class Relation:
    """Where something is, seen from `anchors`: two for "between", else one. Each must mean exactly one object."""

    name: str
    anchors: tuple[Query, ...]


@dataclass(frozen=True)
class Query:
    """A noun phrase; every part narrows it down.

    Attributes:
        noun: a category, a purpose such as "@drink", or None for any object.
        colour, not_colour: one of `colours.COLOURS`.
        pattern: one of `PATTERNS`.
        place: one of `PLACES`, a part of the image.
        hidden: True for partly hidden, False for fully visible.
        relation: to other objects.
        rank: one of `RANKS`, applied last.
        number: which one in the order of `rank`, from 1.
    """

    noun: str | None = None
    colour: str | None = None
    not_colour: str | None = None
    pattern: str | None = None
    place: str | None = None
    hidden: bool | None = None
    relation: Relation | None = None
    rank: str | None = None
    number: int = 1

    def uses(self) -> Iterator[str]:
        """What the phrase relies on, of anchors as "anchor_colour"; names may repeat."""
        yield from (
            name
            for name, used in (
                ("category", self.noun is not None),
                ("colour", self.colour is not None),
                ("negation", self.not_colour is not None),
                ("pattern", self.pattern is not None),
                ("place", self.place is not None),
                ("occlusion", self.hidden is not None),
            )
            if used
        )
        if self.relation is not None:
            yield self.relation.name
            for anchor in self.relation.anchors:
                yield from (f"anchor_{name.removeprefix('anchor_')}" for name in anchor.uses())
        if self.rank is not None:
            yield self.rank
