"""What a command refers to, as the result of the action `ground` and as a message, and back."""

from __future__ import annotations

import math
from typing import Any

from physperception_msgs.action import Ground
from physperception_msgs.msg import GroundingResult, InstanceMask, PerceivedObject
from std_msgs.msg import Header

from physperception.ros.conversions.scene import (
    box_from_message,
    box_to_message,
    constant,
    instance_to_message,
    mask_from_message,
    mask_to_message,
)
from physperception.scene import GroundedObject, Grounding, GroundingStatus, Instance, MaskKind, Scene


def grounding_to_result(grounding: Grounding, header: Header, scene: Scene | None = None) -> Ground.Result:
    """The result of the `ground` action.

    Args:
        scene: the objects that were chosen from; answers that are among them come with both their masks, their class
            and their relations. Without it each answer has the box and mask it was given.
    """
    return Ground.Result(**_grounding_fields(grounding, header, scene))


def grounding_to_message(grounding: Grounding, header: Header, scene: Scene | None = None) -> GroundingResult:
    """The same as a message of its own, with the command."""
    return GroundingResult(command=grounding.command, **_grounding_fields(grounding, header, scene))


def grounding_from_result(result: Ground.Result | GroundingResult, command: str) -> Grounding:
    """The inverse of `grounding_to_result` for the command that was asked. Raises ValueError as a `Grounding` does,
    for constants that do not exist, and for objects without a kind of mask."""
    mask_kind = constant(MaskKind, Ground.Goal, result.mask_kind)
    kinds = [constant(MaskKind, Ground.Goal, kind) for kind in result.mask_kinds]
    return Grounding(
        command=command,
        status=constant(GroundingStatus, Ground.Result, result.status),
        mask_kind=mask_kind,
        mask_kind_reason=result.mask_kind_reason,
        objects=tuple(_grounded_from_message(*pair, mask_kind) for pair in zip(result.objects, kinds, strict=True)),
        reason=result.message,
        reasoning=result.reasoning,
        model=result.model,
        timings_ms=dict(zip(result.timing_names, result.timings_ms)),
        tokens=None if result.tokens < 0 else result.tokens,
    )


def _grounding_fields(grounding: Grounding, header: Header, scene: Scene | None) -> dict[str, Any]:
    known = {} if scene is None else {instance.id: instance for instance in scene.instances}
    return {
        "header": header,
        "status": getattr(Ground.Result, grounding.status.value),
        "message": grounding.reason,
        "objects": [
            _grounded_to_message(found, grounding.kind_of(found), known.get(found.instance_id), header)
            for found in grounding.objects
        ],
        "mask_kind": getattr(Ground.Goal, grounding.mask_kind.value),
        "mask_kinds": [getattr(Ground.Goal, grounding.kind_of(found).value) for found in grounding.objects],
        "mask_kind_reason": grounding.mask_kind_reason,
        "reasoning": grounding.reasoning,
        "timing_names": list(grounding.timings_ms),
        "timings_ms": [float(value) for value in grounding.timings_ms.values()],
        "model": grounding.model,
        "tokens": -1 if grounding.tokens is None else grounding.tokens,
    }


def _grounded_to_message(
    found: GroundedObject, wanted: MaskKind, instance: Instance | None, header: Header
) -> PerceivedObject:
    """One answer; of a known instance all that is known, with the answer's box and mask where their kind belongs.

    An instance without an amodal mask stays without one, also where that was wanted: the answer is then its visible
    part.
    """
    if instance is None:
        item = PerceivedObject(id=found.instance_id, occlusion=math.nan, occlusion_std=math.nan)
        amodal = wanted is MaskKind.AMODAL
    else:
        item = instance_to_message(instance, header)
        amodal = wanted is MaskKind.AMODAL and (instance.amodal_mask is not None or found.mask is None)
    item.score = float(found.score)
    item.has_amodal = item.has_amodal or amodal
    if amodal:
        item.amodal_box = box_to_message(found.box)
    elif instance is None or wanted is MaskKind.VISIBLE:
        item.visible_box = box_to_message(found.box)
    if found.mask is not None:
        kind = InstanceMask.AMODAL if amodal else InstanceMask.VISIBLE
        mask = mask_to_message(found.mask, kind, header)
        for held in item.masks:
            if held.kind == kind:
                mask.score, mask.age_s = held.score, held.age_s
        item.masks = [mask, *(held for held in item.masks if held.kind != kind)]
    return item


def _grounded_from_message(item: PerceivedObject, wanted: MaskKind, usual: MaskKind) -> GroundedObject:
    amodal = wanted is MaskKind.AMODAL and item.has_amodal
    kind = InstanceMask.AMODAL if amodal else InstanceMask.VISIBLE
    mask = next((mask for mask in item.masks if mask.kind == kind), None)
    return GroundedObject(
        box=box_from_message(item.amodal_box if amodal else item.visible_box),
        mask=None if mask is None else mask_from_message(mask),
        score=item.score,
        instance_id=item.id,
        mask_kind=None if wanted is usual else wanted,
    )
