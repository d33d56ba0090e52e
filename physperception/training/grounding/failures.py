"""Why a grounding failed, by the five categories of EGM, appendix D, where it can be told without a person.

The paper asks a language model that sees the image. This goes by the words of the expression, the boxes, and the
objects of the scene, so it is coarser; what it can't tell is OTHER.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from physperception.scene import Box, Instance, Scene
from physperception.training.grounding.learnability import SUCCESS_IOU, success

SMALL_PX = 32.0
"""A box of less than 32 x 32 pixels is small, as in COCO's evaluation."""
HIDDEN = 0.9
"""An object hidden by more than this is hard to see."""

SPATIAL = re.compile(
    r"\b(left|right|above|below|beneath|under|underneath|over|behind|between|beside|next to|near|by the|in front of|"
    r"on top of|on the|in the (?:middle|center|centre|corner|back|front)|inside|top|bottom|front|back|against|"
    r"touching)\b"
)
ORDINAL = re.compile(r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d+(?:st|nd|rd|th))\b")
RELATIVE = re.compile(
    r"\b((?:clos|near|farth|furth|larg|bigg|small|tall|short|high|low|wid|thinn|dark|light|bright|long|old|young)est|"
    r"\w+most|more|less|most|least|(?:bigg|larg|small|tall|short|high|low|dark)er)\b"
)
COMPOSED = re.compile(r"\b(with|without|holding|wearing|that|which|who|whose|but|not|and|of|covered|hidden|hides)\b")


class FailureCategory(str, Enum):
    COMPLEX_PROMPT = "COMPLEX_PROMPT"
    AMBIGUOUS_IMAGE = "AMBIGUOUS_IMAGE"
    SMALL_OBJECT = "SMALL_OBJECT"
    GT_ERROR = "GT_ERROR"
    OTHER = "OTHER"


@dataclass(frozen=True)
class Failure:
    """A category, and in one sentence why."""

    category: FailureCategory
    reason: str


def categorise(text: str, prediction: Box | None, truth: Box, scene: Scene) -> Failure | None:
    """The category of a failure, or None where the prediction's IoU with the truth is above 0.5.

    In this order: the true box fits no object or lies outside the image (GT_ERROR); the prediction is on another
    object of the target's class, and the words are complex (COMPLEX_PROMPT) or simple (AMBIGUOUS_IMAGE); the target
    is small or all but hidden (SMALL_OBJECT); other objects of its class could be confused with it, by the words as
    before; OTHER.

    Args:
        text: the referring expression.
        prediction: box in pixels; None where the model gave none.
        truth: the target's box in pixels, visible or amodal.
        scene: the true objects.
    """
    if prediction is not None and success(prediction.iou(truth)):
        return None
    target = _nearest(truth, scene)
    if truth.clip(scene.width, scene.height).area <= 0:
        return Failure(FailureCategory.GT_ERROR, "the true box is empty or outside the image")
    if target is None:
        return Failure(FailureCategory.GT_ERROR, "the true box fits no object of the scene")
    alike = [each for each in scene.instances if each.class_id == target.class_id and each.id != target.id]
    hit = None if prediction is None else _nearest(prediction, scene)
    words = complex_words(text)
    if hit is not None and any(each.id == hit.id for each in alike):
        return _confusion(words, f"the prediction is on another {target.class_id}")
    if truth.area < SMALL_PX**2:
        return Failure(FailureCategory.SMALL_OBJECT, f"the true box has {truth.area:.0f} pixels")
    if target.occlusion > HIDDEN:
        return Failure(FailureCategory.SMALL_OBJECT, f"{target.occlusion:.0%} of the target is hidden")
    if alike:
        return _confusion(words, f"there are {len(alike) + 1} objects of class {target.class_id}")
    return Failure(FailureCategory.OTHER, "no other object of its class, and neither small nor hidden")


def complex_words(text: str) -> tuple[str, ...]:
    """The words that make an expression complex, in the order spatial, ordinal, relative, composed.

    Joining words alone ("with", "and") count only in an expression of six words or more.
    """
    lowered = text.lower()
    found = [match.group(0) for pattern in (SPATIAL, ORDINAL, RELATIVE) for match in pattern.finditer(lowered)]
    if len(lowered.split()) >= 6:
        found += [match.group(0) for match in COMPOSED.finditer(lowered)]
    return tuple(found)


def _confusion(words: tuple[str, ...], why: str) -> Failure:
    if words:
        return Failure(FailureCategory.COMPLEX_PROMPT, f"{why}, and the text says {', '.join(map(repr, words[:3]))}")
    return Failure(FailureCategory.AMBIGUOUS_IMAGE, f"{why}, and the text is simple")


def _nearest(box: Box, scene: Scene) -> Instance | None:
    """The instance whose visible or amodal box overlaps this one most, with an IoU above 0.5."""

    def overlap(instance: Instance) -> float:
        return max(box.iou(each) for each in (instance.visible_box, instance.amodal_box) if each is not None)

    best = max(scene.instances, key=overlap, default=None)
    return best if best is not None and overlap(best) > SUCCESS_IOU else None
