"""Order where two objects meet: the place, the probabilities, the training."""

import json

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.amodal.order import (
    SIZE,
    OrderNetwork,
    OrderPredictor,
    PairwiseOrder,
    meeting_place,
    pair_input,
    swapped,
)
from physperception.datasets.coco import SceneDataset
from physperception.errors import ModelUnavailable
from physperception.scene import Mask
from physperception.training import order as training
from physperception.weights import weights_path


def block(x, y, width, height):
    return Mask(x, y, np.ones((height, width), dtype=bool))


@pytest.fixture(scope="module")
def sample(request):
    return SceneDataset(request.config.rootpath / "tests" / "data" / "scenes_sample")


def test_objects_that_are_apart_meet_nowhere():
    assert meeting_place(block(0, 0, 20, 20), block(60, 0, 20, 20)) is None
    assert meeting_place(block(0, 0, 20, 20), Mask(5, 5, np.zeros((0, 0), dtype=bool))) is None


def test_the_meeting_place_is_around_the_common_border():
    crop = meeting_place(block(0, 0, 40, 40), block(40, 10, 100, 100))
    middle = (crop.x + crop.side / 2, crop.y + crop.side / 2)
    assert middle == pytest.approx((40, 25), abs=4)
    assert 1.6 * 40 <= crop.side < 100


@settings(max_examples=60, deadline=None)
@given(*[st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 60), st.integers(1, 60)) for _ in range(2)])
def test_the_meeting_place_is_the_same_both_ways(first, second):
    a, b = block(*first), block(*second)
    assert meeting_place(a, b) == meeting_place(b, a)


def test_inputs_are_the_masks_and_the_image():
    image = np.full((60, 80, 3), 255, dtype=np.uint8)
    first, second = block(0, 20, 20, 20), block(20, 20, 20, 20)
    crop = meeting_place(first, second)
    values = pair_input(image, first, second, crop)
    assert values.shape == (6, SIZE, SIZE)
    assert set(np.unique(values[3:5])) <= {0.0, 1.0}
    assert not (values[3] * values[4]).any()
    assert (values[:3][:, values[5] > 0] > 0).all()
    assert torch.equal(swapped(values[None])[0, 3], values[4])
    assert torch.equal(swapped(swapped(values[None])), values[None])


def test_only_objects_that_meet_have_an_order():
    predictor = OrderPredictor(weights_path("order.safetensors"), torch.device("cpu"))
    image = np.zeros((120, 200, 3), dtype=np.uint8)
    found = predictor(image, [block(10, 10, 30, 30), block(40, 10, 30, 30), block(150, 80, 30, 30)])
    assert found.between(0, 2) is None
    over, under = found.between(0, 1)
    assert (0 <= over <= 1, 0 <= under <= 1) == (True, True)
    assert found.between(1, 0) == (under, over)
    assert found.of([1, 0]).between(0, 1) == (under, over)
    assert predictor(image, []).hides.shape == (0, 0)


def test_the_order_does_not_depend_on_the_order_of_the_objects():
    predictor = OrderPredictor(weights_path("order.safetensors"), torch.device("cpu"))
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (100, 100, 3), dtype=np.uint8)
    masks = [block(10, 10, 40, 40), block(40, 40, 30, 50), block(5, 50, 30, 30)]
    forward, backward = predictor(image, masks).hides, predictor(image, masks[::-1]).hides
    np.testing.assert_allclose(forward, backward[::-1, ::-1], atol=1e-4)


def test_the_shipped_network_knows_a_can_before_a_book():
    """A plain disc drawn over a plain board: what every viewer sees at the first glance."""
    image = np.full((160, 200, 3), 150, dtype=np.uint8)
    cv2.rectangle(image, (30, 60), (150, 130), (170, 60, 60), -1)
    cv2.circle(image, (140, 70), 38, (60, 90, 180), -1)
    disc = np.zeros((160, 200), dtype=np.uint8)
    cv2.circle(disc, (140, 70), 38, 1, -1)
    board = np.zeros((160, 200), dtype=np.uint8)
    cv2.rectangle(board, (30, 60), (150, 130), 1, -1)
    masks = [Mask.from_full(disc > 0), Mask.from_full((board > 0) & (disc == 0))]
    over, under = OrderPredictor(weights_path("order.safetensors"), torch.device("cpu"))(image, masks).between(0, 1)
    assert over > 0.5 > under


def test_weights_of_something_else_are_refused():
    with pytest.raises(ModelUnavailable, match="order network"):
        OrderPredictor(weights_path("amodal.safetensors"), torch.device("cpu"))


def test_pairs_carry_the_truth(sample, tmp_path):
    pairs, labels = training.store_pairs(sample, tmp_path / "pairs.npy")
    again, same = training.store_pairs(sample, tmp_path / "pairs.npy")
    assert np.array_equal(pairs, again)
    assert np.array_equal(labels, same)
    ordered = (labels & training.HIDES > 0) | (labels & training.HIDDEN > 0)
    true = sum(int((s.occludes | s.occludes.T).sum()) // 2 for s in (sample[i] for i in range(len(sample))))
    assert 0.8 * true <= ordered.sum() <= true
    assert set(np.unique(pairs[:, 3])) <= set(range(8))


def test_a_few_steps_lower_the_loss_and_go_on_after_a_stop(sample, tmp_path):
    pairs, labels = training.store_pairs(sample, tmp_path / "pairs.npy")
    unbroken = training.Trainer(seed=0, steps=30, rate=3e-3)
    losses = [unbroken.step(pairs[:16], labels[:16]) for _ in range(30)]
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:3])
    assert unbroken.finished
    first = training.Trainer(seed=0, steps=30, rate=3e-3)
    for _ in range(10):
        first.step(pairs[:16], labels[:16])
    first.save(tmp_path / "checkpoint")
    second = training.Trainer(seed=5, steps=30, rate=3e-3)
    second.resume(tmp_path / "checkpoint")
    for _ in range(20):
        second.step(pairs[:16], labels[:16])
    for name, value in unbroken.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name
    unbroken.export(tmp_path / "order.safetensors")
    OrderPredictor(tmp_path / "order.safetensors", torch.device("cpu"))


def test_swapping_swaps_the_truth(sample, tmp_path):
    pairs, labels = training.store_pairs(sample, tmp_path / "pairs.npy")
    inputs, truth = training.make_batch(pairs, labels, torch.Generator().manual_seed(1))
    assert inputs.shape == (len(pairs), 6, SIZE, SIZE)
    assert truth.sum() == ((labels & training.HIDES > 0).sum() + (labels & training.HIDDEN > 0).sum())
    assert OrderNetwork()(inputs).shape == (len(pairs), 2)


def test_the_command_trains(sample, tmp_path, capsys, request):
    folder = str(request.config.rootpath / "tests" / "data" / "scenes_sample")
    arguments = ["--data", folder, "--val", folder, "--out", str(tmp_path / "o.safetensors"), "--cache", str(tmp_path)]
    training.train(training.parse([*arguments, "--steps", "2", "--batch", "4"]))
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["steps"] == 2
    assert (tmp_path / "o.safetensors").is_file()


def test_unknown_orders_stay_unknown():
    order = PairwiseOrder(np.full((3, 3), np.nan, dtype=np.float32))
    assert order.between(0, 2) is None
