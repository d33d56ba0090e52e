"""Verbs by what they say of two things, in all their forms: hiding, carrying, touching, and merely being somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from physperception.grounding.embedded.query import RelationKind

_POSTURES = """
sit stand lie rest lean hang perch stay remain stack pile heap balance settle nestle park place put set lay position
locate situate find leave deposit drop arrange mount prop lodge tuck stow sprawl dangle protrude poke peek peep peer
stick
emerge loom hover appear occur exist line dwell reside live figure wait wedge squeeze sandwich crouch tower rise jut
feature
keep plant base install pose line recline slouch sprawl bask dwell linger hide-away station range string lurk shelter
""".split()
_REQUESTS = """
pick grab grasp take lift get fetch bring hand give pass move push find locate detect point show segment select
choose mark
highlight outline identify touch want need seek search look see spot pinpoint circle label annotate tag frame isolate
extract
trace delineate draw sketch contour crop cut display indicate name tell say report return retrieve deliver carry reach
approach track follow target aim focus zoom concentrate attend recognise recognize recognize discover obtain acquire
collect
seize clasp clutch clench snatch hold raise remove wipe inspect examine scan consider mind help try direct steer
guide navigate
drive go head come turn let make do ask request order wish like love require hunt watch view notice observe determine
specify describe capture catch pull slide put place set shift relocate transfer localise localize ground visualise
visualize
illuminate shade fill paint colour color cover provide supply furnish present reveal expose render infer guess imagine
reconstruct estimate predict recover complete predict figure signal single filter pop yank pluck nab procure
load unload dump stash tip nudge nick chuck toss hurl roll tidy stow finish sort swap turn
""".split()
_RELATIONS: Mapping[RelationKind, str] = {
    RelationKind.HIDES: """hide occlude obscure conceal cover block obstruct mask screen shield veil eclipse shroud
        overlap cloak overshadow bury""",
    RelationKind.UNDER: "support carry bear hold sustain uphold underlie shoulder",
    RelationKind.TOUCHING: "touch contact brush graze abut",
    RelationKind.NEAR: "adjoin neighbour neighbor border flank accompany",
    RelationKind.CONTAINS: "contain enclose encircle surround house",
}
_IRREGULAR = {
    "sit": "sat", "stand": "stood", "lie": "lay lain", "lay": "laid", "hang": "hung", "stick": "stuck",
    "hold": "held", "hide": "hid hidden", "bear": "bore borne", "put": "put", "set": "set", "cut": "cut",
    "find": "found", "leave": "left", "keep": "kept", "get": "got gotten", "give": "gave given",
    "take": "took taken", "see": "saw seen", "choose": "chose chosen", "bring": "brought", "catch": "caught",
    "go": "went gone", "come": "came", "make": "made", "do": "did done", "tell": "told", "say": "said",
    "seek": "sought", "draw": "drew drawn", "show": "showed shown", "rise": "rose risen", "uphold": "upheld",
    "underlie": "underlay underlain", "drive": "drove driven", "let": "let", "overlap": "overlapped",
    "string": "strung",
}  # fmt: skip
_DOUBLED = frozenset(
    "sit put set get cut let stop prop wrap nab tag crop drop grab overlap pop map step stir pin tap dim".split()
)


@dataclass(frozen=True)
class Forms:
    """A verb's form after "it" ("hides"), with -ing, and as a participle ("hidden"); `plain` is the verb itself."""

    plain: str
    third: str
    ing: str
    past: tuple[str, ...]


def forms(verb: str) -> Forms:
    """The forms of an English verb."""
    if verb in _DOUBLED:
        stem, third = verb + verb[-1], verb + "s"
    elif verb.endswith("ie"):
        return Forms(verb, verb + "s", verb[:-2] + "ying", tuple(_IRREGULAR.get(verb, verb + "d").split()))
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        return Forms(verb, verb[:-1] + "ies", verb + "ing", (verb[:-1] + "ied",))
    elif verb.endswith("e"):
        stem, third = verb[:-1], verb + "s"
        stem = verb if verb.endswith("ee") else stem
    else:
        stem, third = verb, verb + ("es" if verb.endswith(("s", "x", "ch", "sh", "o", "z")) else "s")
    past = _IRREGULAR.get(verb, verb + "d" if verb.endswith("e") else stem + "ed")
    return Forms(verb, third, stem + "ing", tuple(past.split()))


@lru_cache(maxsize=1)
def posture_words() -> frozenset[str]:
    """Forms of verbs of being somewhere."""
    return frozenset(form for verb in _POSTURES for form in _all(forms(verb)))


@lru_cache(maxsize=1)
def request_words() -> frozenset[str]:
    """Verbs that ask for something to be done, as they stand in a request."""
    return frozenset(form for verb in _REQUESTS for form in (verb, forms(verb).ing))


def hiding() -> list[Forms]:
    """The verbs of hiding."""
    return [forms(verb) for verb in _RELATIONS[RelationKind.HIDES].split()]


@lru_cache(maxsize=1)
def plain_verbs() -> frozenset[str]:
    """The verbs of relations as they stand in a request: "carry", "cover"."""
    return frozenset(verb for verbs in _RELATIONS.values() for verb in verbs.split())


def relation_phrases() -> Iterator[tuple[str, RelationKind]]:
    """Phrases "hides", "hiding", "hidden by", ... with what they say of the thing before them."""
    opposite = {
        RelationKind.HIDES: RelationKind.HIDDEN_BY,
        RelationKind.UNDER: RelationKind.ON,
        RelationKind.CONTAINS: RelationKind.IN,
    }
    for kind, verbs in _RELATIONS.items():
        for verb in verbs.split():
            found = forms(verb)
            for form in (found.plain, found.third, found.ing):
                yield form, kind
            for past in found.past:
                for word in ("by", "from view by", "from sight by", "up by"):
                    yield f"{past} {word}", opposite.get(kind, kind)
    for found in hiding():
        for past in found.past:
            for word in ("behind", "beneath", "under", "underneath", "in back of"):
                yield f"{past} {word}", RelationKind.HIDDEN_BY


def _all(found: Forms) -> tuple[str, ...]:
    return (found.plain, found.third, found.ing, *found.past)
