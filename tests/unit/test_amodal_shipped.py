"""The shipped completer and order network on generated scenes and on a drawn one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from physperception.amodal import AmodalConfig, OrderHint, create
from physperception.amodal.backends import can_hide
from physperception.amodal.network import HINT_CHANNEL, INSIDE_CHANNEL, VISIBLE_CHANNEL
from physperception.config import load
from physperception.datasets.coco import SceneDataset
from physperception.errors import InvalidImage
from physperception.scene import Mask

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "scenes_sample"


def config(**changes):
    return load(AmodalConfig, "amodal", device="cpu", cpu_threads=1, **changes)


def block(x, y, width, height):
    return Mask(x, y, np.ones((height, width), dtype=np.bool_))


@pytest.fixture(scope="module")
def shipped():
    made = create(config())
    yield made
    made.close()


def sample_scene(index):
    """Image, visible and whole masks of one generated scene, of its objects with more than a speck to see."""
    found = SceneDataset(SAMPLE)[index]
    whole = [found.extended.get(place) or Mask.from_full(full) for place, full in enumerate(found.amodal)]
    pairs = [(Mask.from_full(full), amodal) for full, amodal in zip(found.visible, whole) if full.sum() > 50]
    return found.image, [visible for visible, _ in pairs], [amodal for _, amodal in pairs]


def test_the_shipped_model_comes_nearer_to_the_truth_than_what_is_visible(shipped):
    before, after = [], []
    for index in range(4):
        image, visible, whole = sample_scene(index)
        for part, truth, found in zip(visible, whole, shipped.complete(image, visible)):
            if part.area < 0.95 * truth.area:
                before.append(part.iou(truth))
                after.append(found.amodal.iou(truth))
    assert len(before) >= 5
    assert np.mean(after) > np.mean(before) + 0.03


def scene():
    """A red disc whose right part is behind a blue board, on grey."""
    image = np.full((120, 160, 3), 120, dtype=np.uint8)
    rows, columns = np.mgrid[:120, :160]
    disc = (columns - 70) ** 2 + (rows - 60) ** 2 <= 30**2
    board = (columns >= 80) & (columns < 130) & (rows >= 15) & (rows < 105)
    image[disc] = (200, 40, 40)
    image[board] = (40, 60, 200)
    return image, Mask.from_full(disc & ~board), Mask.from_full(board), Mask.from_full(disc)


def test_the_shipped_model_puts_a_disc_behind_a_board(shipped):
    image, visible, board, disc = scene()
    hints = [OrderHint(occluder=board), OrderHint(other=visible)]
    disc_found, board_found = shipped.complete(image, [visible, board], hints)
    hidden = disc.minus(visible)
    assert disc_found.amodal.intersection_area(hidden) > 0.2 * hidden.area
    assert disc_found.mass_on(board) > board_found.mass_on(visible)
    assert board_found.amodal.iou(board) > 0.8
    assert 0 < disc_found.occlusion_std < 0.5
    assert 0.5 < disc_found.score <= 1


def test_the_shipped_model_sees_who_hides_whom(shipped):
    image, visible, board, _ = scene()
    apart = block(0, 100, 10, 10)
    order = shipped.order(image, [visible, board, apart])
    over, under = order.between(1, 0)
    assert over > under
    assert order.between(0, 1) == (under, over)
    assert order.between(0, 2) is order.between(2, 1) is order.between(0, 0) is None
    for wrong in (Mask(0, 0, np.zeros((0, 0), dtype=np.bool_)), block(150, 0, 20, 20)):
        with pytest.raises(InvalidImage, match="mask 0"):
            shipped.order(image, [wrong])
    assert shipped.order(image, []).hides.shape == (0, 0)


def test_the_shipped_model_sees_most_orders_of_the_sample(shipped):
    right = []
    for index in range(4):
        found = SceneDataset(SAMPLE)[index]
        places = [place for place, full in enumerate(found.visible) if full.sum() > 50]
        order = shipped.order(found.image, [Mask.from_full(found.visible[place]) for place in places])
        for row, front in enumerate(places):
            for column, back in enumerate(places):
                seen = order.between(row, column)
                if seen is not None and found.occludes[front, back] and not found.occludes[back, front]:
                    right.append(seen[0] > seen[1])
    assert len(right) >= 5
    assert np.mean(right) > 0.7


def test_the_shipped_model_gives_the_same_answer_again_and_in_company(shipped):
    """Samples are drawn from the seed, not from what was asked before; other objects only share the noise's place."""
    image, visible, board, _ = scene()
    first, again = (shipped.complete(image, [visible, board], samples=3) for _ in range(2))
    for one, other in zip(first, again):
        assert np.array_equal(one.probability, other.probability)
        assert list(one.samples) == list(other.samples)
        assert (one.score, one.occlusion_std) == (other.score, other.occlusion_std)
    (alone,) = shipped.complete(image, [visible])
    assert np.allclose(alone.probability, first[0].probability, atol=1e-4)


def test_another_seed_draws_other_shapes_of_the_same_mean(shipped):
    image, visible, _, _ = scene()
    other = create(config(seed=5))
    (one,), (two,) = (made.complete(image, [visible], samples=8) for made in (shipped, other))
    other.close()
    assert np.array_equal(one.probability, two.probability)
    assert list(one.samples) != list(two.samples)
    assert len(one.samples) == 8
    assert all(sample.contains(visible) for sample in one.samples)


def test_a_hint_reaches_the_shipped_model(shipped):
    """Told that the board hides it, more of the disc is behind the board than told that it does not."""
    image, visible, board, _ = scene()
    hints = [OrderHint(occluder=board), OrderHint(other=board)]
    hidden, free = shipped.complete(image, [visible, visible], hints)
    assert hidden.mass_on(board) > free.mass_on(board)


def test_how_sure_the_shipped_model_is_does_not_depend_on_the_shapes_asked_for(shipped):
    image, visible, _, _ = scene()
    (none,), (many,) = (shipped.complete(image, [visible], samples=count) for count in (0, 20))
    assert none.samples == ()
    assert len(many.samples) == 20
    assert (none.score, none.occlusion_std) == (many.score, many.occlusion_std)


def test_objects_of_one_pixel_and_of_the_whole_image_are_answered(shipped):
    for mask in (block(0, 0, 1, 1), block(159, 119, 1, 1), block(0, 0, 160, 120)):
        (found,) = shipped.complete(scene()[0], [mask])
        assert found.amodal.contains(mask)
        assert 0 <= found.occlusion < 1


def test_an_object_goes_on_only_behind_what_can_be_in_front():
    inputs = torch.zeros(1, 6, 2, 3)
    inputs[0, INSIDE_CHANNEL] = torch.tensor([[1.0, 1, 1], [1, 1, 0]])
    inputs[0, HINT_CHANNEL] = torch.tensor([[1.0, -1, 0], [-1, 0, -1]])
    inputs[0, VISIBLE_CHANNEL] = torch.tensor([[0.0, 0, 0], [1, 0, 0]])
    found = can_hide(torch.full((1, 2, 3), -2.0), inputs)[0]
    unknown = torch.sigmoid(torch.tensor(-2.0)).item()
    assert found.tolist() == [[1.0, 0.0, pytest.approx(unknown)], [1.0, pytest.approx(unknown), 1.0]]
