"""Overlays: what is drawn where, and what is never touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physperception.scene import Box, Instance, Mask, Scene
from physperception.vision.drawing import OCCLUDEE, OCCLUDER, PALETTE, colour_of, draw_scene, label_text
from physperception.vision.labels import place

WIDTH, HEIGHT = 320, 240


def rectangle(x, y, width, height):
    return Mask(x, y, np.ones((height, width), dtype=np.bool_))


def instance(name="cup-1", x=100, y=100, width=60, height=60, **changes):
    fields = dict(
        id=name,
        class_id="cup",
        score=0.82,
        visible_box=Box(x, y, x + width, y + height),
        visible_mask=rectangle(x, y, width, height),
    )
    return Instance(**(fields | changes))


def scene(*instances, width=WIDTH, height=HEIGHT):
    return Scene(width=width, height=height, instances=instances)


def grey(width=WIDTH, height=HEIGHT):
    return np.full((height, width, 3), 128, dtype=np.uint8)


def changed(out, width=WIDTH, height=HEIGHT):
    return (out != grey(width, height)).any(axis=2)


def test_a_new_picture_and_the_input_left_alone():
    image = grey()
    out = draw_scene(image, scene(instance()))
    assert out.dtype == np.uint8
    assert out.shape == image.shape
    assert not np.shares_memory(out, image)
    assert (image == 128).all()


def test_an_empty_scene_changes_nothing():
    assert np.array_equal(draw_scene(grey(), scene()), grey())


def test_a_read_only_image_and_a_strided_view_are_fine():
    image = grey(2 * WIDTH)[:, ::2]
    image.flags.writeable = False
    assert changed(draw_scene(image, scene(instance()))).any()


def test_the_visible_mask_is_tinted_with_the_colour_of_the_id():
    out = draw_scene(grey(), scene(instance()), alpha=0.5)
    expected = np.rint((128 + np.array(colour_of("cup-1"))) / 2)
    assert np.abs(out[130, 130] - expected).max() <= 1


def test_without_tint_the_inside_stays():
    assert not changed(draw_scene(grey(), scene(instance()), alpha=0.0))[110:150, 110:150].any()


def test_far_from_objects_and_labels_nothing_changes():
    touched = changed(draw_scene(grey(), scene(instance(x=10, y=100))))
    assert touched.any()
    assert not touched[:, 200:].any()


def test_the_hidden_part_is_hatched_and_dashed():
    whole = instance(amodal_mask=rectangle(100, 100, 120, 60), amodal_box=Box(100, 100, 220, 160))
    touched = changed(draw_scene(grey(), scene(whole)))
    hatched = touched[120:140, 175:205]
    assert 0.2 < hatched.mean() < 0.6
    assert not hatched.all(axis=0).any()
    outline = touched[110:150, 219]
    assert outline.any()
    assert not outline.all()


def test_an_amodal_box_without_mask_is_dashed():
    touched = changed(draw_scene(grey(), scene(instance(amodal_box=Box(50, 40, 300, 220)))))
    side = touched[60:200, 299]
    assert side.any()
    assert not side.all()


@pytest.mark.parametrize(("field", "colour"), [("occluder_mask", OCCLUDER), ("occludee_mask", OCCLUDEE)])
def test_parts_of_other_objects_have_their_own_contour(field, colour):
    def pixels(picture):
        return (np.abs(picture.astype(int) - colour).max(axis=2) < 50).sum()

    assert pixels(draw_scene(grey(), scene(instance()))) == 0
    assert pixels(draw_scene(grey(), scene(instance(**{field: rectangle(110, 110, 30, 30)})))) > 60


def test_colours_belong_to_ids_and_near_ids_differ():
    names = [f"cup-{number}" for number in range(1, len(PALETTE) + 1)]
    assert len({colour_of(name) for name in names}) == len(PALETTE)
    assert colour_of("cup-3") == colour_of("cup-3")
    assert colour_of("7") in PALETTE
    assert colour_of("9" * 5000) in PALETTE
    assert colour_of("tasse-é") in PALETTE


def test_label_texts():
    assert label_text(instance()) == ("cup-1 0.82",)
    assert label_text(instance("4")) == ("cup 4 0.82",)
    assert label_text(instance("dining_table-1", class_id="dining table")) == ("dining_table-1 0.82",)
    assert label_text(instance("object-2")) == ("object-2 (cup) 0.82",)
    assert label_text(instance(occluder_ids=("box-1", "box-2"))) == ("cup-1 0.82", "hidden by box-1, box-2")
    half = instance(amodal_mask=rectangle(100, 100, 120, 60), occluder_ids=("box-1",))
    assert label_text(half) == ("cup-1 0.82", "50% hidden by box-1")
    assert label_text(replace(half, occluder_ids=())) == ("cup-1 0.82", "50% hidden")


def test_labels_of_a_crowd_do_not_cover_each_other():
    anchors = [Box(300 + 3 * n, 200 + 2 * n, 340 + 3 * n, 240 + 2 * n) for n in range(25)]
    sizes = [(80 + n, 18 + 14 * (n % 2)) for n in range(25)]
    boxes = [Box(x, y, x + w, y + h) for (x, y), (w, h) in zip(place(anchors, sizes, (640, 480)), sizes)]
    for index, box in enumerate(boxes):
        assert box == box.clip(640, 480)
        assert all(box.intersection(other) == 0 for other in boxes[:index])


def test_labels_keep_off_what_is_busy():
    busy = np.zeros((24, 32), dtype=np.bool_)
    busy[:10] = True
    ((_, y),) = place([Box(100, 100, 160, 160)], [(80, 18)], (320, 240), busy)
    assert y >= 100


def test_labels_keep_their_size_relative_to_the_image():
    def label_pixels(scale):
        big = scene(instance(x=100 * scale, y=100 * scale, width=60 * scale, height=60 * scale), width=640 * scale,
                    height=480 * scale)  # fmt: skip
        touched = changed(draw_scene(grey(640 * scale, 480 * scale), big), 640 * scale, 480 * scale)
        return touched.mean()

    assert label_pixels(3) == pytest.approx(label_pixels(1), rel=0.15)


@given(data=st.data())
def test_anything_across_the_border_is_cut_off_not_refused(data):
    width, height = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 60))
    place_of = st.integers(-80, 80)
    side = st.integers(0, 50)

    def mask():
        shape = (data.draw(side), data.draw(side))
        noise = np.random.default_rng(data.draw(st.integers(0, 9))).random(shape) < 0.7
        return Mask(data.draw(place_of), data.draw(place_of), noise)

    objects = []
    for number in range(data.draw(st.integers(0, 3))):
        visible, other = mask(), mask()
        objects.append(
            instance(
                f"cup-{number}",
                visible_box=visible.extent,
                visible_mask=visible,
                amodal_mask=visible.union(other),
                amodal_box=data.draw(st.sampled_from([None, other.extent, Box(-1e6, -1e6, 1e6, 1e6)])),
                occluder_mask=other,
                occludee_mask=data.draw(st.sampled_from([None, visible])),
            )
        )
    image = np.full((height, width, 3), 128, dtype=np.uint8)
    out = draw_scene(image, scene(*objects, width=width, height=height))
    assert out.shape == image.shape
    assert (image == 128).all()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((HEIGHT, WIDTH), np.uint8),
        np.zeros((HEIGHT, WIDTH, 3), np.float32),
        np.zeros((WIDTH, HEIGHT, 3), np.uint8),
    ],
)
def test_an_image_that_is_not_the_scenes_is_refused(image):
    with pytest.raises(ValueError, match="scene's size"):
        draw_scene(image, scene())


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_is_a_fraction(alpha):
    with pytest.raises(ValueError, match="alpha"):
        draw_scene(grey(), scene(), alpha=alpha)
