"""How well an object's category fits a noun: by name, synonyms, kinds of things, and word vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.looks import Looks
from physperception.grounding.embedded.measures import SceneMeasures
from physperception.grounding.embedded.names import PRESENT, UNNAMED, is_understood, similarity

FloatArray = NDArray[np.float64]
ALMOST_NONE = 0.02
UNDECIDED = 0.5
WEAKER, UNLIKELY = 0.25, 0.4
USUAL_CHANCE = 0.05
"""That an object looks like what a noun names: what is as likely counts as half fitting; chosen on val from pixels."""


def category_scores(measures: SceneMeasures, nouns: tuple[str, ...], looks: Looks | None) -> FloatArray:
    """float64 [N]: how well each object is one of the nouns.

    An object whose category was not detected is judged by its looks, or counts as half fitting without them. Where
    something in the scene is exactly what was said, things that could only be called so as well count less. A noun that
    nobody knows speaks for and against nothing; one near a name counts by how near it is beside the others.
    """
    classes = [instance.class_id for instance in measures.scene.instances]
    found = np.full(len(classes), ALMOST_NONE)
    for noun in nouns:
        scores = np.array([_class_score(noun, name, index, looks) for index, name in enumerate(classes)])
        named = np.array([name not in UNNAMED for name in classes])
        best = float(scores[named].max(initial=0.0))
        if best < PRESENT and not is_understood(noun) and named.any():
            scores = np.where(named, UNDECIDED * scores / best if best > ALMOST_NONE else UNDECIDED, scores)
        if best < PRESENT and is_understood(noun):
            scores = np.where(named, UNLIKELY * scores, scores)
        weaker = named & (scores < 0.99 * best - 0.05) & (best >= PRESENT)
        found = np.maximum(found, np.where(weaker, WEAKER * scores, scores))
    return np.clip(found, ALMOST_NONE, 1.0)


def _class_score(noun: str, category: str, index: int, looks: Looks | None) -> float:
    """By the detected name; where looks are given, because a detector left some objects without one, by these too."""
    by_name = similarity(noun, category) if category not in UNNAMED else 0.0
    if looks is None:
        return by_name if category not in UNNAMED else 0.5
    weights = np.array([similarity(noun, name) for name in looks.names])
    chance = float((looks.categories[index] * weights).sum())
    by_looks = chance * (1 - USUAL_CHANCE) / (chance * (1 - USUAL_CHANCE) + (1 - chance) * USUAL_CHANCE + 1e-9)
    return max(by_name, 0.95 * by_looks if weights.max() > 0.1 else 0.0)
