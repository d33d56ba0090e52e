import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from physperception.scene import (
    Box,
    EstimateStatus,
    Grounding,
    GroundingStatus,
    Instance,
    Mask,
    Property,
    PropertyEstimate,
    Scene,
)

coordinate = st.integers(-50, 50)
masks = st.builds(Mask, coordinate, coordinate, arrays(np.bool_, st.tuples(st.integers(0, 12), st.integers(0, 12))))


def instance(identity="a", **changes):
    values = dict(
        id=identity,
        class_id="cup",
        score=0.5,
        visible_box=Box(0, 0, 2, 2),
        visible_mask=Mask(0, 0, np.ones((2, 2), bool)),
    )
    return Instance(**(values | changes))


@pytest.mark.parametrize("corners", [(1, 0, 0, 1), (0, 1, 1, 0), (math.nan, 0, 1, 1), (0, 0, math.inf, 1)])
def test_box_refuses_bad_corners(corners):
    with pytest.raises(ValueError, match="Box"):
        Box(*corners)


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0, 1e4), st.floats(0, 1e4))
def test_box_from_center_round_trip(x, y, width, height):
    box = Box.from_center(x, y, width, height)
    assert box.center == pytest.approx((x, y), abs=1e-6)
    assert (box.width, box.height) == pytest.approx((width, height), abs=1e-6)


def test_box_iou():
    assert Box(0, 0, 2, 2).iou(Box(1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert Box(0, 0, 1, 1).iou(Box(5, 5, 6, 6)) == 0
    assert Box(0, 0, 0, 0).iou(Box(0, 0, 0, 0)) == 0


def test_box_clip_outside_becomes_empty():
    assert Box(-5, -5, -1, -1).clip(10, 10).area == 0


@pytest.mark.parametrize("data", [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 1), bool), np.zeros(3, bool)])
def test_mask_refuses_other_arrays(data):
    with pytest.raises(ValueError, match="bool"):
        Mask(0, 0, data)


def test_mask_is_read_only():
    mask = Mask(0, 0, np.zeros((2, 2), bool))
    with pytest.raises(ValueError, match="read-only"):
        mask.data[0, 0] = True


@given(masks)
def test_tight_keeps_pixels(mask):
    assert mask.tight() == mask
    assert mask.tight().area == mask.area


@given(masks, masks)
def test_set_operations_agree_with_full_canvas(first, second):
    def canvas(mask):
        return mask.window(-60, -60, 140, 140)

    a, b = canvas(first), canvas(second)
    assert np.array_equal(canvas(first.union(second)), a | b)
    assert np.array_equal(canvas(first.minus(second)), a & ~b)
    assert first.intersection_area(second) == (a & b).sum()
    assert first.contains(second) == bool((a | ~b).all())
    union = (a | b).sum()
    assert first.iou(second) == pytest.approx((a & b).sum() / union if union else 0)


@given(masks)
def test_full_cuts_at_the_border(mask):
    full = mask.full(20, 10)
    assert full.shape == (10, 20)
    assert full.sum() == mask.clip(20, 10).area <= mask.area


def test_instance_occlusion():
    whole = Mask(-1, 0, np.ones((2, 4), bool))
    seen = instance(amodal_mask=whole)
    assert seen.occlusion == 0.5
    assert seen.invisible_mask.area == 4
    assert math.isnan(instance().occlusion)


def test_amodal_must_contain_visible():
    with pytest.raises(ValueError, match="amodal mask must contain"):
        instance(amodal_mask=Mask(1, 0, np.ones((2, 2), bool)))


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan])
def test_instance_score_is_a_fraction(score):
    with pytest.raises(ValueError, match="score"):
        instance(score=score)


def test_scene_refuses_twin_and_dangling_ids():
    with pytest.raises(ValueError, match="one id"):
        Scene(width=4, height=4, instances=(instance("a"), instance("a")))
    with pytest.raises(ValueError, match="unknown objects"):
        Scene(width=4, height=4, instances=(instance("a", occluder_ids=("ghost",)),))


def test_label_image_prefers_better_scores_and_cuts_at_the_border():
    low = instance("low", score=0.1, visible_mask=Mask(-1, -1, np.ones((4, 4), bool)))
    high = instance("high", score=0.9, visible_mask=Mask(2, 2, np.ones((9, 9), bool)))
    labels = Scene(width=4, height=5, instances=(low, high)).label_image()
    assert labels.dtype == np.uint16
    assert labels.shape == (5, 4)
    assert (labels == 2).sum() == 6
    assert (labels == 1).sum() == 8
    assert labels[2, 2] == 2


def test_refused_estimate_has_a_reason_and_no_number():
    with pytest.raises(ValueError, match="reason"):
        PropertyEstimate(object_id="a", property=Property.RESTITUTION, status=EstimateStatus.REFUSED)
    with pytest.raises(ValueError, match="no value"):
        PropertyEstimate(
            object_id="a", property=Property.RESTITUTION, status=EstimateStatus.REFUSED, reason="NO_MOTION", value=0.5
        )


def test_valid_estimate_has_an_ordered_interval():
    with pytest.raises(ValueError, match="lower <= value <= upper"):
        PropertyEstimate(object_id="a", property=Property.RESTITUTION, status=EstimateStatus.VALID, value=0.5)
    estimate = PropertyEstimate(
        object_id="a", property=Property.VISCOSITY, status=EstimateStatus.VALID, value=0.5, lower=0.4, upper=0.7
    )
    assert estimate.unit == "m^2/s"


def test_grounding_status_and_objects_agree():
    with pytest.raises(ValueError, match="at least one object"):
        Grounding(command="the cup", status=GroundingStatus.FOUND)
    with pytest.raises(ValueError, match="needs a reason"):
        Grounding(command="the cup", status=GroundingStatus.NOT_THERE)
