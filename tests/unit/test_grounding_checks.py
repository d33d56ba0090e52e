"""Boxes of a language model against a scene: matched, refined by masks, doubted where the two disagree."""

import numpy as np
import pytest

from physperception.grounding.checks import UNCONFIRMED_SCORE, check
from physperception.scene import Box, Instance, Mask, MaskKind, Scene

VISIBLE, AMODAL = MaskKind.VISIBLE, MaskKind.AMODAL


def rectangle(x1, y1, x2, y2):
    return Mask(x1, y1, np.ones((y2 - y1, x2 - x1), bool))


def instance(name, visible, amodal=None):
    whole = rectangle(*amodal) if amodal else None
    return Instance(
        id=name,
        class_id="mug",
        score=0.9,
        visible_box=Box(*visible),
        visible_mask=rectangle(*visible),
        amodal_mask=whole,
        amodal_box=Box(*amodal) if amodal else None,
    )


HIDDEN = instance("mug-1", (10, 10, 50, 30), (10, 10, 50, 90))
OTHER = instance("mug-2", (100, 10, 140, 50), (100, 10, 140, 50))
UNKNOWN = instance("mug-3", (150, 60, 190, 90))
SCENE = Scene(width=200, height=100, instances=(HIDDEN, OTHER, UNKNOWN))


def one(box, kind, scene=SCENE):
    checked = check([Box(*box)], scene, kind)
    return checked.objects[0], checked.reason


def test_a_visible_box_is_refined_by_its_object():
    found, reason = one((12, 8, 52, 32), VISIBLE)
    assert (found.instance_id, reason) == ("mug-1", "")
    assert found.box == HIDDEN.visible_box
    assert found.mask == HIDDEN.visible_mask
    assert found.score == pytest.approx(0.5 + Box(12, 8, 52, 32).iou(HIDDEN.visible_box) / 2)


def test_an_amodal_box_that_agrees_is_widened_to_hold_the_visible_one():
    found, reason = one((12, 11, 52, 92), AMODAL)
    assert (found.instance_id, reason) == ("mug-1", "")
    assert found.box == Box(10, 10, 52, 92)
    assert found.mask == HIDDEN.amodal_mask
    assert found.score > 0.9


def test_a_visible_box_in_an_amodal_command_falls_back_to_the_amodal_masks():
    found, reason = one((10, 10, 50, 30), AMODAL)
    assert found.instance_id == "mug-1"
    assert found.box == Box(10, 10, 50, 90)
    assert found.score == pytest.approx(0.25 / 2)
    assert reason == "the model's box and the completed shape of mug-1 disagree; the shape's box is used"


def test_an_amodal_box_that_leaves_out_what_is_seen_is_not_believed():
    found, reason = one((10, 20, 50, 90), AMODAL)
    assert found.box == Box(10, 10, 50, 90)
    assert found.score < 0.5
    assert "leaves out visible parts of mug-1" in reason


def test_without_a_completed_shape_the_models_box_stays_and_the_mask_is_of_the_visible_part():
    found, reason = one((148, 58, 192, 100), AMODAL)
    assert found.box == Box(148, 58, 192, 100)
    assert found.mask == UNKNOWN.visible_mask
    assert found.score == UNCONFIRMED_SCORE
    assert reason == "the whole of mug-3 is unknown, so its mask is of the visible part"


@pytest.mark.parametrize("scene", [SCENE, Scene(width=200, height=100)])
def test_a_box_where_nothing_was_detected_has_no_mask_and_half_a_score(scene):
    found, reason = one((60, 60, 90, 95), VISIBLE, scene)
    assert (found.mask, found.instance_id, found.score) == (None, "", UNCONFIRMED_SCORE)
    assert found.box == Box(60, 60, 90, 95)
    assert "no detected object confirms" in reason


def test_two_boxes_take_two_objects_best_first():
    boxes = [Box(104, 14, 146, 56), Box(10, 10, 50, 30)]
    checked = check(boxes, SCENE, VISIBLE)
    assert [found.instance_id for found in checked.objects] == ["mug-1", "mug-2"]
    checked = check([Box(10, 10, 50, 30), Box(10, 10, 50, 28)], SCENE, VISIBLE)
    assert [found.instance_id for found in checked.objects] == ["mug-1", ""]


def test_no_box_is_no_object():
    assert check([], SCENE, AMODAL).objects == ()
