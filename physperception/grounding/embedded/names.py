"""Whether two names can mean one thing: by spelling, synonyms, kinds of things, and word vectors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded.vocabulary import groups, is_listed, singular, synonyms
from physperception.grounding.wordnet import wordnet
from physperception.grounding.words import WordVectors, word_vectors

UNNAMED = ("object", "thing", "unknown")
SYNONYM, PART_OF_NAME = 0.8, 0.9
UNLIKE, ALIKE = 0.42, 0.85
"""Cosines of word vectors from which nouns begin to mean the same, and from which they do."""
PRESENT = 0.4
"""Likeness from which something in the scene is taken to be what a noun names."""


@lru_cache(maxsize=20_000)
def similarity(noun: str, category: str) -> float:
    """0..1: how well a noun of a command names a category of a detector."""
    noun, category = singular(noun.strip()), singular(category.replace("_", " ").strip().lower())
    if not noun or not category:
        return 0.0
    if noun == category:
        return 1.0
    if category in groups().get(noun, ()):
        return 1.0
    if category in synonyms().get(noun, ()):
        return SYNONYM
    head, last = noun.split()[-1], category.split()[-1]
    found = max(_by_wordnet(noun, category), _by_vector(noun, category))
    if last == noun or head == category:
        return max(found, PART_OF_NAME)
    if head != noun and (not _wordnet_knows(noun) or found == 0):
        found = max(found, 0.9 * similarity(head, category))
    if last != category:
        found = max(found, 0.9 * similarity(noun, last))
    return found


@lru_cache(maxsize=4096)
def is_understood(noun: str) -> bool:
    """Whether it is known what the noun names, so that no likeness to anything means that the thing is not there."""
    noun = singular(noun.strip())
    head = noun.rpartition(" ")[2]
    return any(is_listed(name) or _wordnet_knows(name) for name in (noun, head))


def is_supported(noun: str, names: frozenset[str]) -> bool:
    """Whether a noun may name one of some things."""
    return any(similarity(noun, name) >= PRESENT for name in names)


def _by_vector(noun: str, category: str) -> float:
    vectors = _vectors()
    if vectors is None:
        return 0.0
    first, second = vectors.piece_ids(noun), vectors.piece_ids(category)
    if set(first) & set(second) and not set(noun.split()) & set(category.split()):
        return 0.0
    cosine = vectors.similarity(noun, category)
    return float(np.clip((cosine - UNLIKE) / (ALIKE - UNLIKE), 0.0, 1.0)) * SYNONYM


def _by_wordnet(noun: str, category: str) -> float:
    try:
        return wordnet().similarity(noun, category)
    except ModelUnavailable:
        return 0.0


def _wordnet_knows(noun: str) -> bool:
    try:
        return wordnet().is_thing(noun)
    except ModelUnavailable:
        return False


@lru_cache(maxsize=1)
def _vectors() -> WordVectors | None:
    try:
        return word_vectors()
    except ModelUnavailable:
        return None
