"""Whether a command asks for the visible part of an object or for all of it (R2SM, seed 004, section 3.3).

Explicit mention of hidden or complete parts asks for the amodal mask, anything else for the visible one. Words that two
readers would take differently are AMBIGUOUS, with the likelier kind beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from physperception.errors import ConfigError
from physperception.grounding.intent_model import CLASSES, IntentModel, amodal_probability, intent_model, shorten
from physperception.grounding.words import FloatArray, split_words
from physperception.scene import MaskKind

ACTIONS: Mapping[str, MaskKind] = {
    "grasp": MaskKind.AMODAL,  # the fingers close around all of it
    "pick": MaskKind.AMODAL,
    "lift": MaskKind.AMODAL,
    "push": MaskKind.AMODAL,  # where it goes depends on its whole footprint
    "avoid": MaskKind.AMODAL,  # collisions happen with hidden parts too
    "pack": MaskKind.AMODAL,
    "measure": MaskKind.AMODAL,
    "wipe": MaskKind.VISIBLE,  # only what nothing lies on can be reached
    "paint": MaskKind.VISIBLE,
    "press": MaskKind.VISIBLE,
    "place_on": MaskKind.VISIBLE,  # free space is where the surface is seen
    "read": MaskKind.VISIBLE,
    "inspect": MaskKind.VISIBLE,
    "point": MaskKind.VISIBLE,
}
"""The mask that planning an action needs. It decides where the words leave the choice open; explicit words go first."""
SURE = 0.8
LONGEST_QUOTE = 6
_UNSAID, _VISIBLE, _AMODAL, _EITHER = range(len(CLASSES))
_CLAUSE = re.compile(r"\s*(?:[,;.!?]+\s|\b(?:and|but|while|whereas)\b)[\s,]*", re.IGNORECASE)
_DETERMINERS = frozenset(("the", "a", "an", "my", "your", "this", "that", "these", "those", "each", "every", "both"))
_NO_OBJECTS = frozenset(
    (
        "all any anything area areas as behind bit bits body boundary but can complete completely contour cover "
        "covered "
        "covers entire entirely extent exposed figure form full geometry give half hidden hide hides i if image in "
        "included including is it its itself just me mask nothing object occluded of one only other outline part parts "
        "picture piece pixels please portion portions region regions rest seen section see shape show showing shows "
        "side silhouette surface them thing things unseen visible want we what whatever where which whole with you"
    ).split()
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Words of a command and the kind of mask they ask for."""

    text: str
    kind: MaskKind


@dataclass(frozen=True, kw_only=True)
class Intent:
    """Which mask a command asks for.

    Attributes:
        kind: the likelier kind; None only where the command asks for different kinds for several objects.
        ambiguous: whether two readers would differ.
        probability: calibrated, 0..1, that the words ask for the amodal mask.
        reason: one sentence, with the words that decided where there are such.
        targets: the clauses of a command that asks for different kinds, in order; else the command as one target.
    """

    kind: MaskKind | None
    ambiguous: bool
    probability: float
    reason: str
    targets: tuple[Target, ...]


def decide(command: str, action: str | None = None, model: IntentModel | None = None) -> Intent:
    """The kind of mask that a command in English asks for; a text without words asks for nothing hidden.

    Args:
        command: for one object or several, as a name, a description or a question.
        action: what will be done with the object, of `ACTIONS`; it decides where the words leave the choice open.
        model: the classifier; the shipped one unless given.

    Raises:
        ConfigError: an unknown action.
        ModelUnavailable: the weights can't be read.
    """
    if action is not None and action not in ACTIONS:
        raise ConfigError(f"the action {action!r} is unknown; it must be one of {', '.join(ACTIONS)}")
    words = shorten(split_words(command))
    model = model or intent_model()
    if not any(word[0].isalpha() for word in words):
        return _by_action(_intent(command, MaskKind.VISIBLE, 0.0, "the command has no English words"), action)
    clauses = _differing_clauses(command, model)
    if clauses:
        quoted = "; ".join(f'"{target.text}" asks for the {target.kind.value.lower()} mask' for target in clauses)
        return Intent(kind=None, ambiguous=False, probability=0.5, reason=quoted, targets=clauses)
    found = model.probabilities([words])[0]
    amodal = float(amodal_probability(found))
    kind = MaskKind.AMODAL if amodal >= 0.5 else MaskKind.VISIBLE
    if model.band.low <= amodal <= model.band.high:
        quote = _deciding_words(words, _EITHER if found[_EITHER] > found[_AMODAL] else _AMODAL, model)
        reason = f'"{quote}" does not say whether the hidden part is wanted'
        return _by_action(_intent(command, kind, amodal, reason, ambiguous=True), action)
    if kind is MaskKind.AMODAL:
        reason = f'"{_deciding_words(words, _AMODAL, model)}" asks for more than is visible'
        return _intent(command, kind, amodal, reason)
    if found[_VISIBLE] > found[_UNSAID]:
        reason = f'"{_deciding_words(words, _VISIBLE, model)}" asks for the visible part only'
        return _intent(command, kind, amodal, reason)
    return _by_action(_intent(command, kind, amodal, "nothing in the words asks for hidden or complete parts"), action)


def _intent(command: str, kind: MaskKind, probability: float, reason: str, ambiguous: bool = False) -> Intent:
    target = Target(text=command.strip(), kind=kind)
    return Intent(kind=kind, ambiguous=ambiguous, probability=probability, reason=reason, targets=(target,))


def _by_action(intent: Intent, action: str | None) -> Intent:
    """The intent of open words, with the action's kind where one is given."""
    if action is None:
        return intent
    reason = f'{intent.reason}, and the action "{action}" needs the {ACTIONS[action].value.lower()} mask'
    return _intent(intent.targets[0].text, ACTIONS[action], intent.probability, reason)


def _differing_clauses(command: str, model: IntentModel) -> tuple[Target, ...]:
    """Clauses with an object of their own of which one surely asks for the visible part and another for the whole."""
    parts = [part.strip() for part in _CLAUSE.split(command[:2000]) if part.strip()]
    named = [(part, _objects(part)) for part in parts]
    named = [(part, objects) for part, objects in named if objects]
    if len(named) < 2:
        return ()
    found = model.probabilities([split_words(part) for part, _ in named])
    visible = found[:, _VISIBLE] > SURE
    amodal = found[:, _AMODAL] > SURE
    if not any(
        not named[a][1] & named[b][1] for a in np.flatnonzero(amodal).tolist() for b in np.flatnonzero(visible).tolist()
    ):
        return ()
    return tuple(
        Target(text=part, kind=MaskKind.AMODAL if row[_AMODAL] > SURE else MaskKind.VISIBLE)
        for (part, _), row in zip(named, found)
    )


def _objects(clause: str) -> frozenset[str]:
    """Words that may name an object: those that follow a determiner and are no words about masks."""
    words = split_words(clause)
    first = next((place for place, word in enumerate(words) if word in _DETERMINERS), len(words))
    return frozenset(word for word in words[first:] if word.isalpha() and word not in _NO_OBJECTS | _DETERMINERS)


def _deciding_words(words: Sequence[str], wanted: int, model: IntentModel) -> str:
    """The shortest run of words without which the class would not be likely, looked for in ever smaller runs."""
    start, end = 0, len(words)
    for size in (24, 12, LONGEST_QUOTE):
        if end - start > size:
            runs = [(begin, begin + size) for begin in range(start, end - size + 1, max(1, size // 6))]
            start, end = runs[int(np.argmin(_without(words, runs, wanted, model)))]
    runs = [(begin, last) for begin in range(start, end) for last in range(begin + 1, end + 1)]
    scores = _without(words, runs, wanted, model)
    enough = max(math.log(0.5), float(scores.min()))
    fitting = [run for run, score in zip(runs, scores) if score <= enough]
    first, last = min(fitting, key=lambda run: (run[1] - run[0], run[0]))
    return re.sub(r" ([^\w ])", r"\1", " ".join(words[first:last]))


def _without(words: Sequence[str], runs: Sequence[tuple[int, int]], wanted: int, model: IntentModel) -> FloatArray:
    """float32 [len(runs)]: log probability of the class for the words without each run."""
    shorter = [[*words[:first], *words[last:]] or ["the"] for first, last in runs]
    return np.asarray(np.log(model.probabilities(shorter)[:, wanted] + 1e-6), dtype=np.float32)
