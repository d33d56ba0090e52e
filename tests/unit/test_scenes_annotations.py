"""Masks and occlusion order from depths: exact on cases drawn by hand and on random ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from physperception.datasets.scene_annotations import (
    MIN_RELATION_PX,
    MIN_VISIBLE_FRACTION,
    MIN_VISIBLE_PX,
    View,
    annotate,
    coco_annotations,
    shadow_of,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11
HEIGHT, WIDTH = 40, 50


def depth_of(x: int, y: int, width: int, height: int, depth: float) -> np.ndarray:
    """A rectangle at one depth, alone in the image."""
    image = np.ones((HEIGHT, WIDTH), dtype=np.float32)
    image[y : y + height, x : x + width] = depth
    return image


FAR = np.full((HEIGHT, WIDTH), 0.95, dtype=np.float32)


def test_nearer_object_hides_the_farther_one():
    depths = np.stack([depth_of(5, 5, 20, 20, 0.6), depth_of(15, 10, 20, 20, 0.3)])
    truth = annotate(depths, FAR)
    assert truth.kept.tolist() == [0, 1]
    assert truth.amodal.sum(axis=(1, 2)).tolist() == [400, 400]
    assert truth.visible.sum(axis=(1, 2)).tolist() == [400 - 10 * 15, 400]
    assert truth.occluders == ((1,), ())
    assert truth.extended == (None, None)


def test_background_hides_without_being_an_occluder():
    wall = FAR.copy()
    wall[:, :10] = 0.1
    truth = annotate(depth_of(5, 5, 20, 20, 0.6)[None], wall)
    assert (int(truth.visible.sum()), int(truth.amodal.sum())) == (15 * 20, 400)
    assert truth.occluders == ((),)


def test_object_too_little_seen_is_left_out_but_still_hides():
    small = depth_of(10, 10, 7, 8, 0.2)
    truth = annotate(np.stack([depth_of(5, 5, 20, 20, 0.6), small]), FAR)
    assert MIN_VISIBLE_PX > 7 * 8
    assert truth.kept.tolist() == [0]
    assert int(truth.visible.sum()) == 400 - 56
    assert truth.occluders == ((),)


def test_nothing_to_annotate():
    truth = annotate(np.ones((0, HEIGHT, WIDTH), np.float32), FAR)
    assert (truth.occluders, truth.visible.shape, truth.amodal.shape) == ((), (0, HEIGHT, WIDTH), (0, HEIGHT, WIDTH))
    assert truth.kept.size == 0


def test_the_margin_shows_what_the_image_cuts_off():
    margin = 10
    depths = np.stack([depth_of(2, 12, 20, 12, 0.6), depth_of(20, 14, 10, 12, 0.5), depth_of(0, 28, 40, 10, 0.7)])
    truth = annotate(depths, FAR, margin)
    assert truth.visible.shape == (3, HEIGHT - 20, WIDTH - 20)
    assert truth.amodal[0].sum() == 12 * 12
    left, inner, low = truth.extended
    assert (left.x, left.y, left.area) == (-8, 2, 20 * 12)
    assert inner is None
    assert (low.x, low.area) == (-10, 400)
    assert truth.complete == (True, True, False)


def test_a_shadow_is_what_gets_darker_outside_the_object():
    lit = np.full((HEIGHT, WIDTH, 3), 120, dtype=np.uint8)
    shaded = lit.copy()
    shaded[10:20, 10:30] = 60
    shaded[30, 30] = 0
    visible = np.zeros((HEIGHT, WIDTH), dtype=bool)
    visible[5:15, 8:15] = True
    shadow = shadow_of(lit, shaded, visible)
    assert shadow[12:20, 18:30].all()
    assert not (shadow & visible).any()
    assert not shadow[30, 30]


rectangles = st.lists(
    st.tuples(
        st.integers(0, WIDTH - 8),
        st.integers(0, HEIGHT - 8),
        st.integers(5, 40),
        st.integers(5, 40),
        st.integers(1, 99).map(lambda percent: percent / 100),
    ),
    max_size=7,
)


@settings(max_examples=60, deadline=None)
@given(rectangles)
def test_masks_and_order_agree_with_depth(shapes):
    depths = np.array([depth_of(*shape) for shape in shapes], dtype=np.float32).reshape(-1, HEIGHT, WIDTH)
    truth = annotate(depths, FAR)
    visible, amodal, occluders = truth.visible, truth.amodal, truth.occluders
    depths = depths[truth.kept]
    assert not (visible & ~amodal).any()
    assert visible.sum(axis=0).max(initial=0) <= 1
    for index, row in enumerate(occluders):
        area, whole = visible[index].sum(), amodal[index].sum()
        assert area >= MIN_VISIBLE_PX
        assert area >= MIN_VISIBLE_FRACTION * whole
        for other in range(len(depths)):
            shared = amodal[index] & visible[other]
            assert (other in row) == (other != index and shared.sum() >= MIN_RELATION_PX)
            assert (depths[other][shared] <= depths[index][shared]).all()


def test_coco_records_say_what_the_masks_say():
    depths = np.stack([depth_of(5, 5, 20, 20, 0.6), depth_of(15, 10, 20, 20, 0.3)])
    image = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    facts = ({"category_id": 1, "contact_ids": [1]}, {"category_id": 4, "contact_ids": []})
    truth = annotate(depths, FAR)
    box, can = coco_annotations(7, View(image, 90, 50.0, truth, facts))
    assert (box["id"], can["id"], box["image_id"]) == (700, 701, 7)
    assert box["bbox"] == [5, 5, 20, 20]
    assert box["occlusion"] == pytest.approx(150 / 400)
    assert (box["occluder_ids"], box["occludee_ids"]) == ([701], [])
    assert (can["occluder_ids"], can["occludee_ids"]) == ([], [700])
    assert np.array_equal(coco_mask.decode(box["segmentation"]).astype(bool), truth.visible[0])
    assert np.array_equal(coco_mask.decode(box["amodal_segmentation"]).astype(bool), truth.amodal[0])
    assert (box["category_id"], can["category_id"]) == (1, 4)
    assert (box["contact_ids"], can["contact_ids"]) == ([701], [])
    assert "amodal_extended" not in box
