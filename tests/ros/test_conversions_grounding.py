"""Groundings between the core's values and messages."""

from dataclasses import replace

import numpy as np
import pytest
from physperception_msgs.action import Ground
from physperception_msgs.msg import InstanceMask

from physperception.ros.conversions.grounding import grounding_from_result, grounding_to_result
from physperception.ros.conversions.scene import box_from_message
from physperception.scene import Box, GroundedObject, Grounding, GroundingStatus, Mask, MaskKind, Scene
from tests.ros.image_messages import HEADER
from tests.ros.scene_values import one_object, over_the_wire

MASK = Mask(-1, 2, np.ones((2, 3), dtype=bool))
FOUND = Grounding(
    command="the whole red box",
    status=GroundingStatus.FOUND,
    mask_kind=MaskKind.AMODAL,
    mask_kind_reason="the command says 'whole'",
    objects=(
        GroundedObject(box=Box(-1, 2, 2, 4), mask=MASK, score=0.75, instance_id="box-1"),
        GroundedObject(box=Box(0, 0, 1, 1), mask=None, score=0.5),
    ),
    reasoning="there is one red box",
    model="grammar",
    timings_ms={"parse": 1.5, "match": 0.25},
)
GROUNDINGS = [
    FOUND,
    replace(FOUND, mask_kind=MaskKind.VISIBLE),
    replace(FOUND, objects=(FOUND.objects[0], replace(FOUND.objects[1], mask_kind=MaskKind.VISIBLE)), tokens=0),
    replace(FOUND, status=GroundingStatus.AMBIGUOUS, reason="two fit"),
    Grounding(command="the whole red box", status=GroundingStatus.NOT_THERE, reason="no box is red"),
    Grounding(command="the whole red box", status=GroundingStatus.REFUSED, reason="not a command"),
]


@pytest.mark.parametrize("grounding", GROUNDINGS, ids=lambda grounding: grounding.status.value)
def test_a_grounding_survives_the_wire(grounding):
    result = over_the_wire(grounding_to_result(grounding, HEADER))
    assert result.header == HEADER
    assert grounding_from_result(result, grounding.command) == grounding


@pytest.mark.parametrize(
    ("name", "value"), [("mask_kind", Ground.Goal.AUTO), ("mask_kind", 77), ("status", 77), ("mask_kinds", [77, 1])]
)
def test_a_grounding_with_an_unknown_constant_is_refused(name, value):
    result = grounding_to_result(FOUND, HEADER)
    setattr(result, name, value)
    with pytest.raises(ValueError, match=r"(0|77) is no"):
        grounding_from_result(result, FOUND.command)


def test_a_grounding_tells_the_kind_of_each_object_and_the_tokens_spent():
    assert list(grounding_to_result(GROUNDINGS[2], HEADER).mask_kinds) == [Ground.Goal.AMODAL, Ground.Goal.VISIBLE]
    assert [grounding_to_result(one, HEADER).tokens for one in GROUNDINGS[1:3]] == [-1, 0]
    result = grounding_to_result(FOUND, HEADER)
    result.mask_kinds = []
    with pytest.raises(ValueError, match="shorter"):
        grounding_from_result(result, FOUND.command)


def test_a_grounding_puts_box_and_mask_where_their_kind_belongs():
    found = grounding_to_result(FOUND, HEADER).objects[0]
    assert (found.has_amodal, found.masks[0].kind) == (True, InstanceMask.AMODAL)
    assert box_from_message(found.amodal_box) == FOUND.objects[0].box
    assert grounding_to_result(FOUND, HEADER).mask_kind == Ground.Goal.AMODAL


def test_an_answer_whose_whole_shape_is_unknown_keeps_the_visible_box_of_its_instance():
    known = one_object()
    told = GroundedObject(box=Box(0, 0, 9, 9), mask=known.visible_mask, score=0.5, instance_id=known.id)
    answer = Grounding(command="all of it", status=GroundingStatus.FOUND, mask_kind=MaskKind.AMODAL, objects=(told,))
    scene = Scene(width=9, height=9, instances=(known,))
    (item,) = grounding_to_result(answer, HEADER, scene).objects
    assert known.amodal_mask is None
    assert (item.has_amodal, box_from_message(item.visible_box)) == (False, known.visible_box)
