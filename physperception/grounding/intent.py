"""Whether a command asks for the visible part of an object or for all of it (R2SM, seed 004, section 3.3).

Explicit mention of hidden or complete parts asks for the amodal mask, anything else for the visible one. Words that two
readers would take differently are AMBIGUOUS, with the likelier kind beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from physperception.errors import ConfigError
from physperception.grounding.intent_model import CLASSES, IntentModel, amodal_probability, intent_model
from physperception.grounding.intent_phrases import plain, without_open_words
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
ENOUGH = 0.8
TWO_READINGS = 6.0
"""How many times as likely as the likelier kind it must be that both are meant, for a command to be ambiguous; chosen
on hand_written and written_val."""
LONGEST_QUOTE = 6
LONGEST_COMMAND = 20_000
LEANS = 0.45
_UNSAID, _VISIBLE, _AMODAL, _EITHER = range(len(CLASSES))
_CLAUSE = re.compile(r"\s*(?:[,;.!?]+\s|\b(?:and|but|while|whereas)\b)[\s,]*", re.IGNORECASE)
_SUBORDINATE = re.compile(r"(?:even\s+)?(?:though|although|since|because|as|if|when|where|so|unless)\b", re.IGNORECASE)
_COMPLETE = re.compile(r"\b(?:whole|entire|complete) [a-z]+")
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
    """Words of a command and the kind of mask they ask for.

    Attributes:
        text: the words as they stand in the command, without space around them.
        kind: of mask.
        start, end: where they are: `command[start:end]` is `text`.
    """

    text: str
    kind: MaskKind
    start: int
    end: int


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
    check_action(action)
    text, open_words = without_open_words(plain(command[:LONGEST_COMMAND]))
    words = split_words(text)
    model = model or intent_model()
    if not any(word[0].isalpha() for word in words):
        return with_action(_intent(command, MaskKind.VISIBLE, 0.0, "the command has no English words"), action)
    (found,), (shares,) = model.judge([words])
    clauses = _differing_clauses(command, model) if found[_UNSAID] < SURE else ()
    if clauses:
        quoted = "; ".join(f'"{target.text}" asks for the {target.kind.value.lower()} mask' for target in clauses)
        return Intent(kind=None, ambiguous=False, probability=0.5, reason=quoted, targets=clauses)
    amodal = float(amodal_probability(found))
    kind = MaskKind.AMODAL if found[_AMODAL] > found[_UNSAID] + found[_VISIBLE] else MaskKind.VISIBLE
    likelier = max(found[_AMODAL], found[_UNSAID] + found[_VISIBLE])
    two_readings = bool(found[_EITHER] > TWO_READINGS * likelier)
    explicit = _COMPLETE.search(text) if found[_EITHER] > likelier else None
    if explicit:
        reason = f'"{explicit[0]}" asks for more than is visible'
        return _intent(command, MaskKind.AMODAL, float(found[_AMODAL] + found[_EITHER]), reason)
    if two_readings:
        quote = _deciding_words(words, shares[:, _EITHER])
        reason = f'"{quote}" does not say whether the hidden part is wanted'
        return with_action(_intent(command, kind, amodal, reason, ambiguous=True), action)
    if kind is MaskKind.AMODAL:
        reason = f'"{_deciding_words(words, shares[:, _AMODAL])}" asks for more than is visible'
        return _intent(command, kind, amodal, reason)
    if found[_VISIBLE] > found[_UNSAID]:
        reason = f'"{_deciding_words(words, shares[:, _VISIBLE])}" asks for the visible part only'
        return _intent(command, kind, amodal, reason)
    if open_words:
        reason = f'"{open_words}" may speak of the object or of its mask'
        return with_action(_intent(command, kind, LEANS, reason, ambiguous=True), action)
    return with_action(_intent(command, kind, amodal, "nothing in the words asks for hidden or complete parts"), action)


def with_action(intent: Intent, action: str | None) -> Intent:
    """The intent of words that leave the choice open, with the kind that an action needs where one is given.

    Raises:
        ConfigError: an unknown action.
    """
    check_action(action)
    if action is None:
        return intent
    kind = ACTIONS[action]
    reason = f'{intent.reason}, and the action "{action}" needs the {kind.value.lower()} mask'
    targets = tuple(replace(target, kind=kind) for target in intent.targets)
    return replace(intent, kind=kind, ambiguous=False, reason=reason, targets=targets)


def check_action(action: str | None) -> None:
    """Raises ConfigError for an action that is not in `ACTIONS`."""
    if action is not None and action not in ACTIONS:
        raise ConfigError(f"the action {action!r} is unknown; it must be one of {', '.join(ACTIONS)}")


def _intent(command: str, kind: MaskKind, probability: float, reason: str, ambiguous: bool = False) -> Intent:
    start, end = _stripped(command, 0, len(command))
    target = Target(text=command[start:end], kind=kind, start=start, end=end)
    return Intent(kind=kind, ambiguous=ambiguous, probability=probability, reason=reason, targets=(target,))


def _differing_clauses(command: str, model: IntentModel) -> tuple[Target, ...]:
    """Clauses with an object of their own of which one surely asks for the visible part and another for the whole."""
    spans = _clauses(command[:LONGEST_COMMAND])
    if any(_SUBORDINATE.match(command, start) for start, _ in spans):
        return ()
    named = [(span, _objects(command[slice(*span)])) for span in spans]
    named = [(span, objects) for span, objects in named if objects]
    if len(named) < 2:
        return ()
    found, _ = model.judge([split_words(plain(command[slice(*span)])) or ["the"] for span, _ in named])
    visible = found[:, _VISIBLE] > SURE
    amodal = found[:, _AMODAL] > SURE
    if not any(
        not named[a][1] & named[b][1] for a in np.flatnonzero(amodal).tolist() for b in np.flatnonzero(visible).tolist()
    ):
        return ()
    kinds = [MaskKind.AMODAL if whole else MaskKind.VISIBLE for whole in amodal]
    return tuple(
        Target(text=command[start:end], kind=kind, start=start, end=end)
        for ((start, end), _), kind in zip(named, kinds)
    )


def _clauses(command: str) -> list[tuple[int, int]]:
    """Where clauses begin and end, without what parts them."""
    breaks = [(0, 0), *(found.span() for found in _CLAUSE.finditer(command)), (len(command), len(command))]
    spans = [_stripped(command, last, first) for (_, last), (first, _) in pairwise(breaks)]
    return [(start, end) for start, end in spans if start < end]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """The same part of a text without space around it."""
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return start, start + len(part.strip())


def _objects(clause: str) -> frozenset[str]:
    """Words that may name an object: those that follow a determiner and are no words about masks."""
    words = split_words(clause)
    first = next((place for place, word in enumerate(words) if word in _DETERMINERS), len(words))
    return frozenset(word for word in words[first:] if word.isalpha() and word not in _NO_OBJECTS | _DETERMINERS)


def _deciding_words(words: Sequence[str], shares: FloatArray) -> str:
    """The shortest run of at most six words that has most of what speaks for a class.

    Args:
        words: of the command.
        shares: float32 [len(words)], what each adds to the score of the class.
    """
    added = np.concatenate(([0.0], np.cumsum(np.maximum(shares, 0))))
    runs = [
        (first, last)
        for first in range(len(words))
        for last in range(first + 1, min(first + LONGEST_QUOTE, len(words)) + 1)
    ]
    totals = [added[last] - added[first] for first, last in runs]
    enough = ENOUGH * max(totals)
    first, last = min(
        (run for run, total in zip(runs, totals) if total >= enough), key=lambda run: (run[1] - run[0], run[0])
    )
    return re.sub(r" ([^\w ])", r"\1", " ".join(words[first:last])).strip(" ,;:.") or words[first]
