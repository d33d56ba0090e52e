"""How well an object's category fits a noun: by name, synonyms, kinds of things, and word vectors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded.looks import CATEGORIES, Looks
from physperception.grounding.embedded.measures import SceneMeasures
from physperception.grounding.embedded.vocabulary import groups, is_listed, singular, synonyms
from physperception.grounding.wordnet import wordnet
from physperception.grounding.words import WordVectors, word_vectors

FloatArray = NDArray[np.float64]
UNNAMED = ("object", "thing", "unknown")
SYNONYM, PART_OF_NAME = 0.8, 0.9
ALMOST_NONE = 0.02
PRESENT = 0.3
"""Likeness from which something in the scene is taken to be what a noun names."""
UNDECIDED = 0.5
WEAKER = 0.25
UNLIKE, ALIKE = 0.42, 0.85
"""Cosines of word vectors from which nouns begin to mean the same, and from which they do."""


def category_scores(measures: SceneMeasures, nouns: tuple[str, ...], looks: Looks | None) -> FloatArray:
    """float64 [N]: how well each object is one of the nouns.

    An object whose category was not detected is judged by its looks, or counts as half fitting without them. Where
    something in the scene is exactly what was said, things that could only be called so as well count less. A noun that
    nobody knows speaks for and against nothing; one that is only near a name counts by how near it is beside the others.
    """
    classes = [instance.class_id for instance in measures.scene.instances]
    found = np.full(len(classes), ALMOST_NONE)
    for noun in nouns:
        scores = np.array([_class_score(noun, name, index, looks) for index, name in enumerate(classes)])
        named = np.array([name not in UNNAMED for name in classes])
        best = float(scores[named].max(initial=0.0))
        if best < PRESENT and not is_understood(noun) and named.any():
            scores = np.where(named, UNDECIDED * scores / best if best > ALMOST_NONE else UNDECIDED, scores)
        weaker = named & (scores < 0.99 * best - 0.05) & (best >= PRESENT)
        found = np.maximum(found, np.where(weaker, WEAKER * scores, scores))
    return np.clip(found, ALMOST_NONE, 1.0)


@lru_cache(maxsize=20_000)
def similarity(noun: str, category: str) -> float:
    """0..1: how well a noun of a command names a category of a detector."""
    noun, category = singular(noun), singular(category.replace("_", " ").lower())
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


def is_known(noun: str) -> bool:
    """Whether the noun is in the tables, so that it is sure not to be a slip of the pen."""
    return is_listed(singular(noun))


@lru_cache(maxsize=4096)
def is_understood(noun: str) -> bool:
    """Whether it is known what the noun names, so that no likeness to anything means that the thing is not there."""
    noun = singular(noun)
    head = noun.split()[-1]
    return is_listed(noun) or is_listed(head) or _wordnet_knows(noun) or _wordnet_knows(head)


def _class_score(noun: str, category: str, index: int, looks: Looks | None) -> float:
    """By the detected name; where looks are given, because a detector left some objects without one, by these too."""
    by_name = similarity(noun, category) if category not in UNNAMED else 0.0
    if looks is None:
        return by_name if category not in UNNAMED else 0.5
    weights = np.array([similarity(noun, name) for name in CATEGORIES])
    likelier = float((looks.categories[index] * weights).sum()) / max(float(weights.mean()), 1e-6)
    by_looks = likelier / (likelier + 1) if weights.max() > 0.1 else 0.0
    return max(by_name, 0.95 * by_looks)


def _by_vector(noun: str, category: str) -> float:
    vectors = _vectors()
    if vectors is None:
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
