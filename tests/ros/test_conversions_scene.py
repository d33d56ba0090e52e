"""Scenes and estimates between the core's values and messages."""

import importlib.util
import math
import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from physperception_msgs.msg import BoundingBox, InstanceMask, PerceivedObject, PerceivedObjectArray, Relation
from physperception_msgs.msg import PropertyEstimate as PropertyEstimateMessage
from std_msgs.msg import Header

from physperception.amodal.graph import Occlusion, OcclusionGraph
from physperception.errors import InvalidImage
from physperception.ros.conversions.images import image_message
from physperception.ros.conversions.scene import (
    box_from_message,
    box_to_message,
    graph_from_message,
    graph_to_message,
    label_image_to_message,
    mask_from_message,
    mask_to_message,
    property_from_message,
    property_to_message,
    scene_from_message,
    scene_to_detections,
    scene_to_message,
    time_from_ns,
    time_to_ns,
)
from physperception.scene import (
    Box,
    EstimateStatus,
    Instance,
    Mask,
    Property,
    PropertyEstimate,
    Scale,
    Scene,
)
from tests.ros import vision_messages
from tests.ros.image_messages import HEADER
from tests.ros.scene_values import one_object, over_the_wire

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
"""Any text but NUL, which ends a string on the wire."""
WORDS = st.text("abc-7", min_size=1, max_size=6)
SCORES = st.floats(0, 1, width=32)
UNSURE = st.just(math.nan) | SCORES
PIXELS = st.integers(-80_000, 80_000).map(lambda eighths: eighths / 8)
STAMPS = st.integers(0, 2**31 * 10**9 - 1)


@st.composite
def masks(draw):
    shape = draw(array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=7))
    return Mask(draw(st.integers(-20, 40)), draw(st.integers(-20, 40)), draw(arrays(np.bool_, shape)))


@st.composite
def boxes(draw):
    x, y = draw(PIXELS), draw(PIXELS)
    return Box(x, y, x + draw(st.integers(0, 9999)) / 8, y + draw(st.integers(0, 9999)) / 8)


@st.composite
def scenes(draw):
    ids = draw(st.lists(WORDS, max_size=4, unique=True))
    return Scene(
        width=draw(st.integers(1, 4096)),
        height=draw(st.integers(1, 4096)),
        instances=tuple(draw(instances(name, ids)) for name in ids),
        model=draw(TEXT),
        stamp_ns=draw(STAMPS),
        frame_id=draw(st.text("ab/", max_size=5)),
    )


@st.composite
def instances(draw, name, ids):
    visible = draw(masks())
    amodal = visible.union(draw(masks())) if draw(st.booleans()) else None
    others = st.lists(st.sampled_from(ids), unique=True).map(tuple)
    return Instance(
        id=name,
        class_id=draw(WORDS),
        score=draw(SCORES),
        visible_box=draw(boxes()),
        visible_mask=visible,
        amodal_box=None if amodal is None else draw(boxes()),
        amodal_mask=amodal,
        occluder_mask=draw(st.none() | masks()),
        occludee_mask=draw(st.none() | masks()),
        occluder_ids=draw(others),
        occludee_ids=draw(others),
        position_m=draw(st.none() | st.tuples(*[st.floats(-5, 5)] * 3)),
        amodal_score=math.nan if amodal is None else draw(UNSURE),
        amodal_age_s=0.0 if amodal is None else draw(st.floats(0, 60, width=32)),
        occlusion_std=draw(UNSURE),
    )


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_a_scene_survives_the_wire(scene):
    again = scene_from_message(over_the_wire(scene_to_message(scene)))
    assert again == scene
    for before, after in zip(scene.instances, again.instances):
        assert before.visible_mask.extent == after.visible_mask.extent


@settings(deadline=None)
@given(masks())
def test_a_mask_keeps_its_crop_also_across_the_border(mask):
    message = mask_to_message(mask, InstanceMask.AMODAL, HEADER)
    assert message.pixels.header == HEADER
    assert set(message.pixels.data) <= {0, 255}
    again = mask_from_message(over_the_wire(message))
    assert (again.x, again.y) == (mask.x, mask.y)
    np.testing.assert_array_equal(again.data, mask.data)


@settings(deadline=None)
@given(boxes())
def test_a_box_on_a_grid_of_eighths_survives_exactly(box):
    assert box_from_message(over_the_wire(box_to_message(box))) == box


@settings(deadline=None)
@given(*[st.floats(-1e4, 1e4)] * 2, *[st.floats(0, 1e4)] * 2)
def test_any_box_survives_to_a_billionth_of_a_pixel(x, y, width, height):
    box = Box(x, y, x + width, y + height)
    np.testing.assert_allclose(box_from_message(box_to_message(box)).xyxy, box.xyxy, atol=1e-9)


def test_a_box_is_centre_and_size():
    assert box_to_message(Box(-4, 2, 6, 10)) == BoundingBox(center_x=1.0, center_y=6.0, size_x=10.0, size_y=8.0)


@settings(deadline=None)
@given(STAMPS)
def test_a_stamp_keeps_its_nanoseconds(stamp_ns):
    assert time_to_ns(time_from_ns(stamp_ns)) == stamp_ns


def test_an_object_carries_every_mask_and_its_occlusion():
    amodal = Mask(-2, -1, np.ones((3, 8), dtype=bool))
    instance = one_object(amodal_box=Box(-2, -1, 6, 2), amodal_mask=amodal, occluder_mask=amodal, occludee_mask=amodal)
    message = scene_to_message(Scene(width=9, height=9, instances=(instance,))).objects[0]
    kinds = {mask.kind: mask for mask in message.masks}
    assert sorted(kinds) == [0, 1, 2, 3, 4]
    assert (kinds[InstanceMask.AMODAL].x, kinds[InstanceMask.AMODAL].y) == (-2, -1)
    assert mask_from_message(kinds[InstanceMask.INVISIBLE]) == amodal.minus(instance.visible_mask)
    assert message.occlusion == 0.5
    assert message.has_amodal


def test_score_and_age_stand_with_the_masks_they_are_of():
    amodal = Mask(-2, -1, np.ones((3, 8), dtype=bool))
    instance = one_object(amodal_mask=amodal, amodal_score=0.75, amodal_age_s=0.25, occlusion_std=0.125)
    message = scene_to_message(Scene(width=9, height=9, instances=(instance,))).objects[0]
    assert message.occlusion_std == 0.125
    for mask in message.masks:
        if mask.kind in (InstanceMask.AMODAL, InstanceMask.INVISIBLE):
            assert (mask.score, mask.age_s) == (0.75, 0.25)
        else:
            assert math.isnan(mask.score)
            assert mask.age_s == 0


def test_a_graph_becomes_relations_under_the_stamp_of_its_scene():
    edges = (Occlusion("a", "b", 0.75, 40.0), Occlusion("c", "a", 1.0, 9.0))
    scene = Scene(width=9, height=9, model="m", stamp_ns=7, frame_id="eye")
    message = over_the_wire(graph_to_message(OcclusionGraph(("a", "b", "c"), edges), scene))
    assert (message.header, message.model) == (Header(stamp=time_from_ns(7), frame_id="eye"), "m")
    found = [(item.subject_id, item.predicate, item.object_id, item.confidence) for item in message.relations]
    assert found == [("b", Relation.OCCLUDED_BY, "a", 0.75), ("a", Relation.OCCLUDED_BY, "c", 1.0)]


def test_what_is_unknown_is_said_to_be():
    message = scene_to_message(Scene(width=9, height=9, instances=(one_object(),))).objects[0]
    assert [mask.kind for mask in message.masks] == [InstanceMask.VISIBLE]
    assert math.isnan(message.occlusion)
    assert math.isnan(message.occlusion_std)
    assert (message.has_amodal, message.has_position) == (False, False)


def test_the_label_image_counts_from_one_and_cuts_at_the_border():
    second = one_object(id="b", score=0.9, visible_mask=Mask(1, 0, np.ones((1, 2), dtype=bool)))
    scene = Scene(width=4, height=3, instances=(one_object(), second), stamp_ns=5, frame_id="camera")
    message = label_image_to_message(scene)
    assert (message.encoding, message.step) == ("16UC1", 8)
    assert (message.header.stamp.nanosec, message.header.frame_id) == (5, "camera")
    labels = np.frombuffer(message.data, np.uint16).reshape(3, 4)
    np.testing.assert_array_equal(labels, [[1, 2, 2, 0], [1, 1, 0, 0], [0, 0, 0, 0]])


def good_object():
    return scene_to_message(Scene(width=9, height=9, instances=(one_object(),))).objects[0]


def broken(change):
    item = good_object()
    change(item)
    return PerceivedObjectArray(image_width=9, image_height=9, objects=[item])


def repeat_mask(item):
    item.masks = [item.masks[0], item.masks[0]]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (PerceivedObjectArray(), "at least 1 x 1"),
        (PerceivedObjectArray(image_width=9, image_height=9, objects=[PerceivedObject(id="a")]), "no visible mask"),
        (PerceivedObjectArray(image_width=9, image_height=9, objects=[good_object(), good_object()]), "one id"),
        (broken(lambda item: setattr(item, "id", "")), "needs an id"),
        (broken(lambda item: setattr(item, "score", math.nan)), "score"),
        (broken(lambda item: setattr(item, "occluder_ids", ["ghost"])), "unknown objects"),
        (broken(lambda item: setattr(item.visible_box, "size_x", -1.0)), "negative"),
        (broken(lambda item: setattr(item.visible_box, "center_x", math.inf)), "finite"),
        (broken(repeat_mask), "two masks of one kind"),
        (broken(lambda item: setattr(item.masks[0].pixels, "encoding", "rgb8")), "mono8"),
        (broken(lambda item: setattr(item.masks[0].pixels, "step", 1)), "step"),
        (broken(lambda item: setattr(item.masks[0].pixels, "height", 50)), "bytes of data"),
    ],
)
def test_messages_that_no_scene_can_be_are_refused(message, words):
    with pytest.raises((ValueError, InvalidImage), match=words):
        scene_from_message(message)


def test_any_value_but_zero_is_in_a_mask():
    message = InstanceMask(pixels=image_message(np.array([[0, 1, 255]], np.uint8), "mono8", HEADER))
    np.testing.assert_array_equal(mask_from_message(message).data, [[False, True, True]])


ESTIMATES = [
    PropertyEstimate(
        object_id="ball",
        counterpart="table",
        property=Property.RESTITUTION,
        status=EstimateStatus.VALID,
        value=0.8,
        std_dev=0.02,
        lower=0.76,
        upper=0.84,
        first_stamp_ns=1_000_000_001,
        last_stamp_ns=3_000_000_002,
        frames=60,
        fit_quality=0.99,
        events=3,
        method="FIT",
        model="parabola",
    ),
    PropertyEstimate(
        object_id="box",
        property=Property.KINETIC_FRICTION,
        status=EstimateStatus.REFUSED,
        scale=Scale.RELATIVE,
        reason="NO_MOTION",
    ),
    PropertyEstimate(
        object_id="syrup",
        property=Property.VISCOSITY,
        status=EstimateStatus.STALE,
        scale=Scale.CLASS,
        value=0.01,
        lower=0.001,
        upper=0.1,
        reason="older than 60 s",
    ),
]


@pytest.mark.parametrize("estimate", ESTIMATES, ids=lambda estimate: estimate.object_id)
def test_an_estimate_survives_the_wire(estimate):
    message = over_the_wire(property_to_message(estimate, "camera"))
    assert repr(property_from_message(message)) == repr(estimate)
    assert (time_to_ns(message.header.stamp), message.header.frame_id) == (estimate.last_stamp_ns, "camera")


def test_a_refused_estimate_says_so_in_the_message():
    message = property_to_message(ESTIMATES[1])
    assert message.status == PropertyEstimateMessage.REFUSED
    assert message.property == PropertyEstimateMessage.KINETIC_FRICTION
    assert message.scale == PropertyEstimateMessage.RELATIVE
    assert math.isnan(message.value)


@pytest.mark.parametrize("name", ["property", "status", "scale"])
def test_an_estimate_with_an_unknown_constant_is_refused(name):
    message = property_to_message(ESTIMATES[0])
    setattr(message, name, 77)
    with pytest.raises(ValueError, match="77 is no"):
        property_from_message(message)


def test_detections_carry_id_class_score_and_box(vision_msgs):
    scene = Scene(width=9, height=9, instances=(one_object(visible_box=Box(-2, 1, 4, 3)),), stamp_ns=7, frame_id="eye")
    message = scene_to_detections(scene)
    (detection,) = message.detections
    assert message.header == detection.header == Header(stamp=time_from_ns(7), frame_id="eye")
    assert detection.id == "a"
    assert (detection.bbox.center.position.x, detection.bbox.center.position.y) == (1, 2)
    assert (detection.bbox.size_x, detection.bbox.size_y) == (6, 2)
    assert (detection.results[0].hypothesis.class_id, detection.results[0].hypothesis.score) == ("cup", 0.5)


@pytest.fixture
def vision_msgs(monkeypatch):
    """The real package where it is installed, else classes with the fields of vision_msgs 4, and no others."""
    if importlib.util.find_spec("vision_msgs") is None:
        package, messages = types.ModuleType("vision_msgs"), types.ModuleType("vision_msgs.msg")
        for kind in (
            vision_messages.Detection2D,
            vision_messages.Detection2DArray,
            vision_messages.ObjectHypothesisWithPose,
        ):
            setattr(messages, kind.__name__, kind)
        monkeypatch.setitem(sys.modules, "vision_msgs", package)
        monkeypatch.setitem(sys.modules, "vision_msgs.msg", messages)


def test_occlusions_there_and_back():
    edges = (Occlusion("box-1", "cup-3", 0.9, 40.0), Occlusion("can-2", "box-1", 0.75, 12.0))
    graph = OcclusionGraph(("cup-3", "box-1", "can-2", "far-4"), edges)
    message = graph_to_message(graph, Scene(width=8, height=6, model="m", stamp_ns=5, frame_id="camera"))
    message.relations.append(Relation(subject_id="cup-3", predicate=Relation.IN_CONTACT, object_id="far-4"))
    found = graph_from_message(message, ["far-4"])
    assert (message.model, message.header.frame_id) == ("m", "camera")
    assert {(edge.front, edge.back) for edge in found.edges} == {("box-1", "cup-3"), ("can-2", "box-1")}
    assert found.to_free("cup-3") == graph.to_free("cup-3") == ("can-2", "box-1")
    assert found.to_free("far-4") == ()
