"""What a word does that is in no table: a guess from WordNet's parts of speech and its ending."""

from __future__ import annotations

from functools import lru_cache

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded.vocabulary import is_listed, singular
from physperception.grounding.wordnet import WordNet, wordnet

MOST_SENSES = 4
_INTANGIBLE = ("person", "communication", "Tops", "attribute", "state", "act", "group", "quantity")
ADVERB, VERB, ADJECTIVE, NOUN, ABSTRACT, UNKNOWN = "ADVERB", "VERB", "ADJECTIVE", "NOUN", "ABSTRACT", "UNKNOWN"


@lru_cache(maxsize=20_000)
def word_class(word: str) -> str:
    """ADVERB, VERB, ADJECTIVE, NOUN (of a tangible thing), ABSTRACT (noun) or UNKNOWN."""
    bare = singular(word)
    if is_listed(bare):
        return NOUN
    known = _wordnet()
    if known is None:
        return UNKNOWN
    speech = known.parts_of_speech(word) or known.parts_of_speech(bare)
    verb = _verb_of(word, known)
    if not speech:
        if word.endswith("ly") and len(word) > 4:
            return ADVERB
        return VERB if verb else UNKNOWN
    if speech[0] == "n":
        if verb and word != bare and not known.is_thing(bare):
            return VERB
        return NOUN if _is_tangible(word, known) or _is_tangible(bare, known) else ABSTRACT
    return {"v": VERB, "a": ADJECTIVE, "r": ADVERB}[speech[0]]


@lru_cache(maxsize=20_000)
def is_thing(word: str) -> bool:
    """Whether a word can name something tangible, whatever else it can be."""
    known = _wordnet()
    if is_listed(singular(word)):
        return True
    return known is not None and (_is_tangible(word, known) or _is_tangible(singular(word), known))


def may_be_verb(word: str) -> bool:
    """Whether a word can also ask for something to be done."""
    known = _wordnet()
    return known is not None and "v" in known.parts_of_speech(word)


def _is_tangible(word: str, known: WordNet) -> bool:
    return any(file not in _INTANGIBLE for file in known.files(word)[:MOST_SENSES])


def _verb_of(word: str, known: WordNet) -> str:
    """The verb that a word is a form of, or nothing."""
    for ending, others in (
        ("ing", ("", "e")),
        ("ied", ("y",)),
        ("ed", ("", "e")),
        ("ies", ("y",)),
        ("es", ("", "e")),
        ("s", ("",)),
    ):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 2:
            continue
        doubled = stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else stem
        for verb in (*(stem + other for other in others), doubled):
            if "v" in known.parts_of_speech(verb):
                return verb
    return ""


@lru_cache(maxsize=1)
def _wordnet() -> WordNet | None:
    try:
        return wordnet()
    except ModelUnavailable:
        return None
