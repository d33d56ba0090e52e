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
    names, visible, amodal, occluders = annotate(depths, FAR, ["box", "can"])
    assert names == ("box", "can")
    assert amodal.sum(axis=(1, 2)).tolist() == [400, 400]
    assert visible.sum(axis=(1, 2)).tolist() == [400 - 10 * 15, 400]
    assert occluders == ((1,), ())


def test_background_hides_without_being_an_occluder():
    wall = FAR.copy()
    wall[:, :10] = 0.1
    _, visible, amodal, occluders = annotate(depth_of(5, 5, 20, 20, 0.6)[None], wall, ["box"])
    assert (int(visible.sum()), int(amodal.sum())) == (15 * 20, 400)
    assert occluders == ((),)


def test_object_too_little_seen_is_left_out_but_still_hides():
    small = depth_of(10, 10, 7, 8, 0.2)
    names, visible, _, occluders = annotate(np.stack([depth_of(5, 5, 20, 20, 0.6), small]), FAR, ["box", "ball"])
    assert MIN_VISIBLE_PX > 7 * 8
    assert names == ("box",)
    assert int(visible.sum()) == 400 - 56
    assert occluders == ((),)


def test_nothing_to_annotate():
    names, visible, amodal, occluders = annotate(np.ones((0, HEIGHT, WIDTH), np.float32), FAR, [])
    assert (names, occluders, visible.shape, amodal.shape) == ((), (), (0, HEIGHT, WIDTH), (0, HEIGHT, WIDTH))


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
    kept, visible, amodal, occluders = annotate(depths, FAR, [str(index) for index in range(len(depths))])
    depths = depths[[int(name) for name in kept]]
    assert not (visible & ~amodal).any()
    assert visible.sum(axis=0).max(initial=0) <= 1
    for index, row in enumerate(occluders):
        area, whole = visible[index].sum(), amodal[index].sum()
        assert area >= MIN_VISIBLE_PX
        assert area >= MIN_VISIBLE_FRACTION * whole
        for other in range(len(kept)):
            shared = amodal[index] & visible[other]
            assert (other in row) == (other != index and shared.sum() >= MIN_RELATION_PX)
            assert (depths[other][shared] <= depths[index][shared]).all()


def test_coco_records_say_what_the_masks_say():
    depths = np.stack([depth_of(5, 5, 20, 20, 0.6), depth_of(15, 10, 20, 20, 0.3)])
    names, visible, amodal, occluders = annotate(depths, FAR, ["box", "can"])
    image = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    box, can = coco_annotations(7, View(image, 90, names, visible, amodal, occluders))
    assert (box["id"], can["id"], box["image_id"]) == (700, 701, 7)
    assert box["bbox"] == [5, 5, 20, 20]
    assert box["occlusion"] == pytest.approx(150 / 400)
    assert (box["occluder_ids"], box["occludee_ids"]) == ([701], [])
    assert (can["occluder_ids"], can["occludee_ids"]) == ([], [700])
    assert np.array_equal(coco_mask.decode(box["segmentation"]).astype(bool), visible[0])
    assert np.array_equal(coco_mask.decode(box["amodal_segmentation"]).astype(bool), amodal[0])
