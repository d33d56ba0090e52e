"""A stock of words and forms of sentences, and putting queries into them.

One stock serves train, val and test1, another val2, a third test2; no form of one is in another (tests/unit checks it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from numpy.random import Generator

from physperception.datasets.expressions.query import Query

Forms = tuple[str, ...]
Names = Mapping[str, Forms]
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
IRREGULAR = {
    "box": "boxes",
    "fruit": "fruits",
    "knife": "knives",
    "dish": "dishes",
    "entity": "entities",
    "thingy": "thingies",
}
SINGULAR = ("is {np}", "does {np}", " its ", " it ", " it?", "object:")
"""What a form has that does not go with several objects."""
BEHIND_SHARE, CHOSEN_SHARE = 0.35, 0.15
"""How often the forms of `colours_behind`, `patterns_behind` and `chosen` are used, where a wording has them."""
CONTAINERS = ("tray", "bowl", "pan")


@dataclass(frozen=True)
class Wording:
    """The words and forms of some splits.

    In a form, {n} is the noun with its adjectives, {ns} its plural, {a} and {b} are anchors with their article, {np} is
    the whole noun phrase with its article, {number} a counting word, {ordinal} an ordinal one, {digits} and {nth} the
    same in digits. Forms of negations, places, hidden and seen stand behind the noun, or around it where they have {n}.

    Attributes:
        category_share: how often a thing is called by its category rather than "thing".
        nouns: by category, singular.
        things: for objects of any category, singular.
        colours: by colour.
        patterns: by pattern.
        negations: with {colour}.
        places: by place.
        hidden, seen: of what is partly hidden, and fully visible.
        relations: by relation, behind the noun; "in" is for what lies in a container.
        ranks: by rank, for number 1: phrases with {n} or {ns}.
        ordinals: by rank, phrases with {n} or {ns} and {ordinal} or {number}.
        both, every: phrases with {ns}; of two, and of {number}.
        pairs: of two noun phrases {a} and {b}.
        visible: sentences with {np} that say nothing of the mask, so that the visible part is wanted.
        amodal: sentences with {np} that ask for the whole object or its hidden part.
        seen_only: sentences with {np} that ask for the visible part in so many words.
        purposes: by purpose, questions that are answered by naming objects, without a final mark.
        purpose_visible, purpose_amodal: sentences with {question}.
        articles: before the noun; "" for telegrams.
        fronted: sentences with {place} and {n} that name the place before the thing and say nothing of the mask.
        front_places: by place or relation, what {place} is, with {a} and {b}.
        colours_behind: with {colour}, the first name of a colour, behind a noun without a rank.
        patterns_behind: by pattern, in the same place.
        chosen: phrases with {ns} and {tail}, the relation by which one of several look-alikes is told.
        capital_share: how often a sentence is given a capital at its start.
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
    articles: Forms = ("the",)
    fronted: Forms = ()
    front_places: Names = field(default_factory=dict)
    colours_behind: Forms = ()
    patterns_behind: Names = field(default_factory=dict)
    chosen: Forms = ()
    capital_share: float = 0.0

    def forms(self) -> set[str]:
        """Every form of a sentence or phrase, without the vocabulary."""
        groups: list[Sequence[str]] = [
            self.negations, self.hidden, self.seen, self.both, self.every, self.pairs, self.visible, self.amodal,
            self.seen_only, self.purpose_visible, self.purpose_amodal, self.fronted,
            self.colours_behind, self.chosen,
        ]  # fmt: skip
        for names in (
            self.places, self.relations, self.ranks, self.ordinals, self.purposes, self.patterns_behind,
        ):  # fmt: skip
            groups.extend(names.values())
        return {form for group in groups for form in group}


def noun_phrase(query: Query, wording: Wording, rng: Generator) -> str:
    """The query as words with an article, such as "the second red mug from the left"."""
    head, heads, tail = _described(query, wording, rng)
    if query.rank is None:
        if query.relation is not None and _sometimes(wording.chosen, rng, CHOSEN_SHARE):
            return _pick(rng, wording.chosen).format(ns=heads, tail=tail.strip())
        return f"{_article(wording, rng)} {head}{tail}".strip()
    if query.number > 1:
        form = _pick(rng, wording.ordinals[query.rank])
        return form.format(n=head, ns=heads, **_numerals(query.number)) + tail
    return _pick(rng, wording.ranks[query.rank]).format(n=head, ns=heads) + tail


def several(query: Query, count: int, wording: Wording, rng: Generator) -> str:
    """The query as words for all of `count` objects, such as "both red mugs"."""
    form = _pick(rng, wording.both if count == 2 else wording.every)
    _, heads, tail = _described(query, wording, rng)
    return form.format(ns=heads, **_numerals(count)) + tail


def sentence(phrase: str, forms: Forms, rng: Generator, one: bool = True) -> str:
    """A sentence around a noun phrase; with `one` False around one in the plural."""
    fitting = forms if one else tuple(form for form in forms if not any(word in form for word in SINGULAR))
    return _pick(rng, fitting).format(np=phrase)


def fronted_sentence(query: Query, wording: Wording, rng: Generator) -> str | None:
    """A sentence that starts with where the thing is; None where the wording or the query has no such form."""
    name = query.place if query.relation is None else query.relation.name
    if name is None or name not in wording.front_places or query.rank or (query.place and query.relation):
        return None
    anchors = () if query.relation is None else query.relation.anchors
    if name == "on" and anchors[0].noun in CONTAINERS:
        name = "in"
    names = dict(zip("ab", (noun_phrase(anchor, wording, rng) for anchor in anchors)))
    place = _pick(rng, wording.front_places[name]).format(**names)
    head, _, tail = _described(replace(query, place=None, relation=None), wording, rng)
    return _pick(rng, wording.fronted).format(place=place, n=head + tail)


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


def _described(query: Query, wording: Wording, rng: Generator) -> tuple[str, str, str]:
    """The noun with all that stands before it, the same in the plural, and what stands behind it."""
    parts = []
    adjectives = query
    if query.rank is None and query.colour is not None and _sometimes(wording.colours_behind, rng, BEHIND_SHARE):
        adjectives = replace(adjectives, colour=None)
        parts.append(_pick(rng, wording.colours_behind).format(colour=wording.colours[query.colour][0]))
    behind = wording.patterns_behind.get(query.pattern or "", ())
    if query.rank is None and _sometimes(behind, rng, BEHIND_SHARE):
        adjectives = replace(adjectives, pattern=None)
        parts.append(_pick(rng, behind))
    head, heads = _adjectives(adjectives, wording, rng)
    if query.not_colour is not None:
        form = _pick(rng, wording.negations)
        parts.append(form.replace("{colour}", _pick(rng, wording.colours[query.not_colour])))
    if query.place is not None:
        parts.append(_pick(rng, wording.places[query.place]))
    if query.hidden is not None:
        parts.append(_pick(rng, wording.hidden if query.hidden else wording.seen))
    for part in parts:
        if "{n}" in part:
            head, heads = part.format(n=head), part.format(n=heads)
    parts = [part for part in parts if "{n}" not in part]
    if query.relation is not None:
        anchors = query.relation.anchors
        names = dict(zip("ab", (noun_phrase(anchor, wording, rng) for anchor in anchors)))
        inside = query.relation.name == "on" and anchors[0].noun in CONTAINERS
        parts.append(_pick(rng, wording.relations["in" if inside else query.relation.name]).format(**names))
    return head, heads, "".join(f" {part}" for part in parts)


def _numerals(number: int) -> dict[str, str]:
    """A number above 1 in words and digits, counting and ordinal."""
    return {
        "number": NUMBERS[number],
        "ordinal": ORDINALS[number - 1],
        "digits": str(number),
        "nth": str(number) + {2: "nd", 3: "rd"}.get(number, "th"),
    }


def _article(wording: Wording, rng: Generator) -> str:
    return wording.articles[0] if len(wording.articles) == 1 else _pick(rng, wording.articles)


def _plural(noun: str) -> str:
    head, of, whole = noun.partition(" of ")
    if of:
        return f"{_plural(head)}{of}{whole}"
    first, _, last = noun.rpartition(" ")
    several = IRREGULAR.get(last) or (f"{last}es" if last.endswith(("s", "x", "ch", "sh")) else f"{last}s")
    return f"{first} {several}".strip()


def _sometimes(forms: Forms, rng: Generator, share: float) -> bool:
    return bool(forms) and bool(rng.random() < share)


def _pick(rng: Generator, forms: Forms) -> str:
    return forms[int(rng.integers(len(forms)))]
