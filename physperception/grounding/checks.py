"""Boxes of a vision-language model held against what the other models saw: the scene's objects and their masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from physperception.scene import Box, GroundedObject, Instance, MaskKind, Scene

MATCH_IOU = 0.5
CONTAINED = 0.9
UNCONFIRMED_SCORE = 0.5
"""Score of a box that no object of the scene confirms: nothing speaks for it but the model's word."""


@dataclass(frozen=True)
class Checked:
    """Grounded objects, best first, and what was found about them in words, "" when all agrees."""

    objects: tuple[GroundedObject, ...]
    reason: str


def check(boxes: Sequence[Box], scene: Scene, kind: MaskKind) -> Checked:
    """Match a model's boxes to the scene's objects, refine them by their masks, and say where the two disagree.

    A box of the kind asked for is matched, one object to one box, by its IoU with the object's box of that kind; in an
    AMODAL command also with its visible box, since grounding models trained on visible boxes alone tend to answer with
    those. An agreeing amodal box is widened to contain the visible box. Where model and amodal mask disagree, the
    mask's box is the answer, since it was computed for this object, and the score falls.

    Args:
        boxes: in pixels of the original image.
        scene: of the same image.
        kind: that the command asks for.

    Returns:
        For each box an object with score 0.5 + IoU / 2 when it agrees with its object, IoU / 2 when it does not, and
        0.5, without a mask, when no object is there.
    """
    matches = _match(boxes, scene.instances, kind)
    found = [_object(box, instance, kind) for box, instance in zip(boxes, matches, strict=True)]
    found.sort(key=lambda pair: -pair[0].score)
    notes = list(dict.fromkeys(note for _, note in found if note))
    return Checked(tuple(grounded for grounded, _ in found), "; ".join(notes))


def _match(boxes: Sequence[Box], instances: Sequence[Instance], kind: MaskKind) -> list[Instance | None]:
    """The object of each box, None where no object overlaps it enough."""
    overlap = np.array([[_overlap(box, one, kind) for one in instances] for box in boxes], dtype=np.float64)
    chosen: list[Instance | None] = [None] * len(boxes)
    if overlap.size:
        for row, column in zip(*linear_sum_assignment(-overlap), strict=True):
            if overlap[row, column] >= MATCH_IOU:
                chosen[row] = instances[column]
    return chosen


def _overlap(box: Box, instance: Instance, kind: MaskKind) -> float:
    visible = box.iou(instance.visible_box)
    whole = whole_box(instance)
    return max(visible, box.iou(whole)) if kind is MaskKind.AMODAL and whole is not None else visible


def whole_box(instance: Instance) -> Box | None:
    """The box of an object's amodal mask, or what stands for it; None when the whole object is unknown."""
    if instance.amodal_mask is not None and instance.amodal_mask.area:
        return instance.amodal_mask.tight().extent
    return instance.amodal_box


def _object(box: Box, instance: Instance | None, kind: MaskKind) -> tuple[GroundedObject, str]:
    if instance is None:
        return GroundedObject(box=box, mask=None, score=UNCONFIRMED_SCORE), "no detected object confirms a box"
    if kind is MaskKind.VISIBLE:
        agreement = min(1.0, box.iou(instance.visible_box))
        score = (1 + agreement) / 2
        mask = instance.visible_mask
        return GroundedObject(box=instance.visible_box, mask=mask, score=score, instance_id=instance.id), ""
    return _whole(box, instance)


def _whole(box: Box, instance: Instance) -> tuple[GroundedObject, str]:
    """An object of an AMODAL command."""
    whole, visible = whole_box(instance), instance.visible_box
    holds = _contains(box, visible)
    if whole is None:
        note = f"the whole of {instance.id} is unknown, so its mask is of the visible part"
        if not holds:
            note += ", and the model's box leaves some of that out"
        score = UNCONFIRMED_SCORE * (1.0 if holds else min(1.0, box.iou(visible)))
        answer = _union(box, visible)
        return GroundedObject(box=answer, mask=instance.visible_mask, score=score, instance_id=instance.id), note
    agreement = min(1.0, box.iou(whole))
    if agreement >= MATCH_IOU and holds:
        note, answer, score = "", _union(box, visible), (1 + agreement) / 2
    else:
        answer, score = whole, agreement / 2
        if holds:
            note = f"the model's box and the completed shape of {instance.id} disagree; the shape's box is used"
        else:
            note = f"the model's box leaves out visible parts of {instance.id}; the box of its completed shape is used"
    return GroundedObject(box=answer, mask=instance.amodal_mask, score=score, instance_id=instance.id), note


def _contains(box: Box, visible: Box) -> bool:
    return box.intersection(visible) >= CONTAINED * visible.area


def _union(one: Box, other: Box) -> Box:
    return Box(min(one.x1, other.x1), min(one.y1, other.y1), max(one.x2, other.x2), max(one.y2, other.y2))
