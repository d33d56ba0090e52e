"""A stock of words and forms of sentences, and putting queries into them.

One stock serves train, val and test1, another test2; no form of one is in the other (tests/unit checks it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.random import Generator

from physperception.datasets.expressions.query import Query

Forms = tuple[str, ...]
Names = Mapping[str, Forms]
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
IRREGULAR = {"box": "boxes", "fruit": "fruits", "knife": "knives", "dish": "dishes"}
SINGULAR = ("is {np}", "does {np}", " its ", " it ", " it?", "object:")
"""What a form has that does not go with several objects."""
CONTAINERS = ("tray", "bowl", "pan")


@dataclass(frozen=True)
class Wording:
    """The words and forms of some splits.

    In a form, {n} is the noun with its adjectives, {ns} its plural, {a} and {b} are anchors with their article, {np} is
    the whole noun phrase with its article, {number} a counting word, {ordinal} an ordinal one.

    Attributes:
        category_share: how often a thing is called by its category rather than "thing".
        nouns: by category, singular.
        things: for objects of any category, singular.
        colours: by colour.
        patterns: by pattern.
        negations: behind the noun, with {colour}.
        places: by place, behind the noun.
        hidden, seen: behind the noun.
        relations: by relation, behind the noun; "in" is for what lies in a container.
        ranks: by rank, for number 1: phrases with {n}.
        ordinals: by rank, phrases with {n} or {ns} and {ordinal} or {number}.
        both, every: phrases with {ns}; of two, and of {number}.
        pairs: of two noun phrases {a} and {b}.
        visible: sentences with {np} that say nothing of the mask, so that the visible part is wanted.
        amodal: sentences with {np} that ask for the whole object or its hidden part.
        seen_only: sentences with {np} that ask for the visible part in so many words.
        purposes: by purpose, questions that are answered by naming objects, without a final mark.
        purpose_visible, purpose_amodal: sentences with {question}.
    """

    category_share: float
    nouns: Names
    things: Forms
    colours: Names
    patterns: Names
    negations: Forms
    places: Names
    hidden: Forms
    seen: Forms
    relations: Names
    ranks: Names
    ordinals: Names
    both: Forms
    every: Forms
    pairs: Forms
    visible: Forms
    amodal: Forms
    seen_only: Forms
    purposes: Names
    purpose_visible: Forms
    purpose_amodal: Forms

    def forms(self) -> set[str]:
        """Every form of a sentence or phrase, without the vocabulary."""
        groups: list[Sequence[str]] = [
            self.negations, self.hidden, self.seen, self.both, self.every, self.pairs, self.visible, self.amodal,
            self.seen_only, self.purpose_visible, self.purpose_amodal,
        ]  # fmt: skip
        for names in (self.places, self.relations, self.ranks, self.ordinals, self.purposes):
            groups.extend(names.values())
        return {form for group in groups for form in group}


def noun_phrase(query: Query, wording: Wording, rng: Generator) -> str:
    """The query as words with an article, such as "the second red mug from the left"."""
    (head, heads), tail = _adjectives(query, wording, rng), _tail(query, wording, rng)
    if query.rank is None:
        return f"the {head}{tail}"
    if query.number > 1:
        form = _pick(rng, wording.ordinals[query.rank])
        counted = form.format(n=head, ns=heads, ordinal=ORDINALS[query.number - 1], number=NUMBERS[query.number])
        return counted + tail
    return _pick(rng, wording.ranks[query.rank]).format(n=head) + tail


def several(query: Query, count: int, wording: Wording, rng: Generator) -> str:
    """The query as words for all of `count` objects, such as "both red mugs"."""
    form = _pick(rng, wording.both if count == 2 else wording.every)
    _, plural = _adjectives(query, wording, rng)
    return form.format(ns=plural, number=NUMBERS[count]) + _tail(query, wording, rng)


def sentence(phrase: str, forms: Forms, rng: Generator, one: bool = True) -> str:
    """A sentence around a noun phrase; with `one` False around one in the plural."""
    fitting = forms if one else tuple(form for form in forms if not any(word in form for word in SINGULAR))
    return _pick(rng, fitting).format(np=phrase)


def question(purpose: str, forms: Forms, wording: Wording, rng: Generator) -> str:
    """A question for objects that serve a purpose, first letter as it comes."""
    return _pick(rng, forms).format(question=_pick(rng, wording.purposes[purpose]))


def _adjectives(query: Query, wording: Wording, rng: Generator) -> tuple[str, str]:
    """The noun with its adjectives, in the singular and the plural."""
    words = []
    if query.colour is not None:
        words.append(_pick(rng, wording.colours[query.colour]))
    if query.pattern is not None:
        words.append(_pick(rng, wording.patterns[query.pattern]))
    noun = _pick(rng, wording.things if query.noun is None else wording.nouns[query.noun])
    return " ".join([*words, noun]), " ".join([*words, _plural("thing" if noun == "one" else noun)])


def _tail(query: Query, wording: Wording, rng: Generator) -> str:
    parts = []
    if query.not_colour is not None:
        parts.append(_pick(rng, wording.negations).format(colour=_pick(rng, wording.colours[query.not_colour])))
    if query.place is not None:
        parts.append(_pick(rng, wording.places[query.place]))
    if query.hidden is not None:
        parts.append(_pick(rng, wording.hidden if query.hidden else wording.seen))
    if query.relation is not None:
        anchors = query.relation.anchors
        names = dict(zip("ab", (noun_phrase(anchor, wording, rng) for anchor in anchors)))
        inside = query.relation.name == "on" and anchors[0].noun in CONTAINERS
        parts.append(_pick(rng, wording.relations["in" if inside else query.relation.name]).format(**names))
    return "".join(f" {part}" for part in parts)


def _plural(noun: str) -> str:
    head, of, whole = noun.partition(" of ")
    if of:
        return f"{_plural(head)}{of}{whole}"
    first, _, last = noun.rpartition(" ")
    several = IRREGULAR.get(last) or (f"{last}es" if last.endswith(("s", "x", "ch", "sh")) else f"{last}s")
    return f"{first} {several}".strip()


def _pick(rng: Generator, forms: Forms) -> str:
    return forms[int(rng.integers(len(forms)))]
