"""A picture of an answer: what was meant stands out, all else is dimmed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from physperception.scene import GroundedObject, Grounding, Instance, Mask, MaskKind, Scene
from physperception.vision.drawing import draw_scene

DIMMED = 0.45


def draw_grounding(image: NDArray[np.uint8], scene: Scene, grounding: Grounding) -> NDArray[np.uint8]:
    """Draw the objects of an answer; of an answer without any the image is only dimmed.

    Args:
        image: uint8 RGB [H, W, 3]; not changed.
        scene: that was chosen from.
        grounding: the answer; a box that matches no object of the scene is drawn alone.

    Returns:
        A new uint8 RGB [H, W, 3].
    """
    known = {instance.id: instance for instance in scene.instances}
    answers = [
        _instance(found, known.get(found.instance_id), grounding.kind_of(found), number)
        for number, found in enumerate(grounding.objects, 1)
    ]
    chosen = {instance.id: instance for instance in answers}.values()
    lit = np.zeros(image.shape[:2], dtype=np.bool_)
    for instance in chosen:
        mask = instance.visible_mask if instance.visible_mask.area else Mask.from_full(_inside(instance, scene))
        lit |= mask.full(scene.width, scene.height)
    dark = np.where(lit[..., None], image, (image * DIMMED).astype(np.uint8))
    return draw_scene(dark, Scene(width=scene.width, height=scene.height, instances=tuple(chosen)), alpha=0.15)


def _instance(found: GroundedObject, instance: Instance | None, kind: MaskKind, number: int) -> Instance:
    """An answer as an object to draw, with what is hidden of it only where that was asked for."""
    if instance is None:
        empty = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
        return Instance(
            id=f"answer-{number}",
            class_id="object",
            score=found.score,
            visible_box=found.box,
            visible_mask=found.mask or empty,
        )
    drawn = replace(
        instance, score=found.score, occluder_mask=None, occludee_mask=None, occluder_ids=(), occludee_ids=()
    )
    if kind is MaskKind.VISIBLE:
        drawn = replace(drawn, amodal_mask=None, amodal_box=None)
    return drawn


def _inside(instance: Instance, scene: Scene) -> NDArray[np.bool_]:
    """bool [H, W]: the pixels of an object's box."""
    box = instance.visible_box.clip(scene.width, scene.height)
    full = np.zeros((scene.height, scene.width), dtype=np.bool_)
    full[round(box.y1) : round(box.y2), round(box.x1) : round(box.x2)] = True
    return full
