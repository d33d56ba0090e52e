"""Crops around objects: where they are, what they show, and the way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.amodal.crops import (
    CONTEXT,
    SMALLEST_PX,
    Crop,
    crop_around,
    cut_image,
    cut_inside,
    cut_mask,
    put_back,
)
from physperception.scene import Mask

PLACES = st.integers(-60, 160)
SIDES = st.integers(1, 70)


def block(x, y, width, height):
    return Mask(x, y, np.ones((height, width), dtype=np.bool_))


def blob(x, y, radius):
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return Mask(x - radius, y - radius, rows**2 + columns**2 <= radius**2)


@given(PLACES, PLACES, SIDES, SIDES)
def test_the_crop_is_centred_and_holds_the_whole_object(x, y, width, height):
    crop = crop_around(block(x, y, width, height))
    assert crop.side == max(round(CONTEXT * max(width, height)), SMALLEST_PX)
    assert abs(crop.x + crop.side / 2 - (x + width / 2)) <= 0.5
    assert abs(crop.y + crop.side / 2 - (y + height / 2)) <= 0.5
    assert crop.x < x
    assert crop.y < y
    assert crop.x + crop.side > x + width
    assert crop.y + crop.side > y + height


@given(PLACES, PLACES, SIDES, SIDES, st.floats(1.2, 2.0))
def test_the_middle_of_a_wider_crop_is_the_usual_crop(x, y, width, height, ratio):
    """What training cuts out of the wider crops it stores is what the completer sees, for small objects as well."""
    usual, wider = (crop_around(block(x, y, width, height), context) for context in (CONTEXT, CONTEXT * ratio))
    assert wider.side / ratio == pytest.approx(usual.side, abs=1)


def test_empty_rows_and_columns_of_a_mask_do_not_move_its_crop():
    data = np.zeros((40, 50), dtype=np.bool_)
    data[10:20, 30:45] = True
    assert crop_around(Mask(3, 4, data)) == crop_around(block(33, 14, 15, 10))


@settings(deadline=None)
@given(st.integers(-50, 70), st.integers(-50, 50), st.integers(1, 90))
def test_at_its_own_size_a_crop_shows_exactly_its_pixels_and_black_outside(x, y, side):
    image = np.random.default_rng(0).integers(1, 255, (40, 60, 3), dtype=np.uint8)
    crop = Crop(x, y, side)
    seen = cut_image(image, crop, side)
    inside = cut_inside(60, 40, crop, side)
    for row in range(0, side, 7):
        for column in range(0, side, 7):
            within = 0 <= y + row < 40 and 0 <= x + column < 60
            expected = image[y + row, x + column] if within else np.zeros(3, dtype=np.uint8)
            assert np.array_equal(seen[row, column], expected)
            assert inside[row, column] == within
    assert np.array_equal(seen.any(axis=2), inside > 0)


@given(st.integers(-30, 70), st.integers(-30, 70), st.integers(3, 20), st.integers(16, 96))
def test_a_mask_keeps_its_amount_through_a_crop(x, y, radius, size):
    mask = blob(x, y, radius)
    crop = crop_around(mask)
    cells = cut_mask(mask, crop, size)
    assert cells.shape == (size, size)
    assert cells.dtype == np.float32
    assert cells.min() >= 0
    assert cells.max() <= 1 + 1e-6
    assert cells.sum() * (crop.side / size) ** 2 == pytest.approx(mask.area, rel=0.12)


@given(st.integers(-200, 200), st.integers(-200, 200), st.integers(20, 80))
def test_a_mask_comes_back_from_its_crop(x, y, radius):
    """96 cells hold an object of up to 160 pixels to within the pixels of its outline."""
    mask = blob(x, y, radius)
    crop = crop_around(mask)
    again = Mask(crop.x, crop.y, put_back(cut_mask(mask, crop, 96), crop) >= 0.5)
    assert again.iou(mask) > 0.95


def test_what_is_put_back_has_the_size_of_the_crop():
    values = put_back(np.full((96, 96), 0.25, dtype=np.float32), Crop(-5, 7, 131))
    assert values.shape == (131, 131)
    assert values.dtype == np.float32
    assert np.allclose(values, 0.25)


@pytest.mark.parametrize("crop", [Crop(500, 500, 48), Crop(-48, 0, 48), Crop(0, 40, 48)])
def test_a_crop_wholly_outside_the_image_is_black(crop):
    image = np.full((40, 60, 3), 200, dtype=np.uint8)
    assert not cut_image(image, crop, 96).any()
    assert not cut_inside(60, 40, crop, 96).any()


def test_shrinking_averages_and_does_not_skip_pixels():
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    image[::2] = 200
    assert np.all(cut_image(image, Crop(0, 0, 64), 32) == 100)
