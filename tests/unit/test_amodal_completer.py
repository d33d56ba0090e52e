"""The completer: what it promises of any model's answer, whatever that is."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.torch import save_file

from physperception.amodal import Completer, OrderHint, completer, create
from physperception.amodal.backends import Prediction, spread
from physperception.amodal.completer import joined
from physperception.amodal.config import AmodalConfig
from physperception.amodal.crops import crop_around
from physperception.config import load
from physperception.errors import InvalidImage, ModelUnavailable
from physperception.scene import Mask

WIDTH, HEIGHT = 120, 90
IMAGE = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
SIZE = 32


def config(**changes):
    return load(AmodalConfig, "amodal", device="cpu", cpu_threads=1, **changes)


class DrawnBackend:
    """Answers with what it was given, for every object the same; samples are [K, S, S]."""

    model_id, device = "drawn", "cpu"

    def __init__(self, probability, occluder=None, samples=None):
        self.probability = probability
        self.occluder = np.zeros_like(probability) if occluder is None else occluder
        self.samples = probability[None][:0] if samples is None else samples
        self.calls = []

    def predict(self, image, crops, visible, hints, samples):
        self.calls.append((crops, hints, samples))
        count = len(crops)
        return Prediction(
            probability=np.repeat(self.probability[None], count, 0),
            occluder=np.repeat(self.occluder[None], count, 0),
            samples=np.repeat(self.samples[:samples, None], count, 1),
            occlusion_std=np.arange(count, dtype=np.float32),
            score=np.full(count, np.nan, dtype=np.float32),
        )

    def close(self):
        pass


def use(patch, backend):
    patch.setattr(completer, "open_backend", lambda _: backend)
    patch.setattr(completer, "OrderPredictor", lambda *_: None)


@pytest.fixture
def drawn(monkeypatch):
    """A completer whose model answers with the given cells [S, S]."""

    def make(probability, occluder=None, samples=None, **changes):
        backend = DrawnBackend(probability, occluder, samples)
        use(monkeypatch, backend)
        return Completer(config(**changes)), backend

    return make


def block(x, y, width, height):
    return Mask(x, y, np.ones((height, width), dtype=np.bool_))


def cells(rows=slice(0, 0), columns=slice(0, 0), value=1.0):
    made = np.zeros((SIZE, SIZE), dtype=np.float32)
    made[rows, columns] = value
    return made


OBJECT = block(50, 30, 20, 20)
CROP = crop_around(OBJECT)


def test_nothing_predicted_leaves_the_visible_mask(drawn):
    (found,) = drawn(cells())[0].complete(IMAGE, [OBJECT])
    assert found.amodal == OBJECT
    assert (found.occlusion, found.occlusion_std) == (0, 0)
    assert math.isnan(found.score)
    assert found.samples == ()
    assert not found.occluder.area
    assert found.mass_on(OBJECT) == OBJECT.area


def test_everything_predicted_fills_the_crop(drawn):
    (found,) = drawn(cells(slice(None), slice(None)))[0].complete(IMAGE, [OBJECT])
    assert found.amodal == block(CROP.x, CROP.y, CROP.side, CROP.side)
    assert found.occlusion == pytest.approx(1 - OBJECT.area / CROP.side**2)


def test_pieces_that_do_not_hang_together_with_the_visible_part_are_dropped(drawn):
    apart = cells(slice(0, 4), slice(0, 4))
    (found,) = drawn(apart)[0].complete(IMAGE, [OBJECT])
    assert found.amodal == OBJECT
    assert found.mass_on(block(CROP.x, CROP.y, 3, 3)) > 8


def test_two_visible_parts_of_one_object_both_stay(drawn):
    data = np.ones((20, 40), dtype=np.bool_)
    data[:, 15:25] = False
    (found,) = drawn(cells())[0].complete(IMAGE, [Mask(40, 30, data)])
    assert found.amodal == Mask(40, 30, data)


def test_a_whole_object_may_go_on_past_the_image(drawn):
    at_the_corner = block(0, 0, 20, 20)
    (found,) = drawn(cells(slice(None), slice(None)))[0].complete(IMAGE, [at_the_corner])
    assert found.amodal.x < 0
    assert found.amodal.y < 0
    assert found.amodal.contains(at_the_corner)
    assert (found.x, found.y) == (found.amodal.x, found.amodal.y)


def test_the_threshold_is_live(drawn):
    made, _ = drawn(cells(slice(None), slice(None), 0.6))
    assert made.complete(IMAGE, [OBJECT])[0].amodal.area == CROP.side**2
    made.reconfigure(config(mask_threshold=0.7))
    assert made.complete(IMAGE, [OBJECT])[0].amodal == OBJECT


def test_the_occluder_never_lies_on_the_visible_part(drawn):
    (found,) = drawn(cells(), occluder=cells(slice(None), slice(None)))[0].complete(IMAGE, [OBJECT])
    assert found.occluder == block(CROP.x, CROP.y, CROP.side, CROP.side).minus(OBJECT)


def test_samples_are_whole_shapes_of_their_own(drawn):
    whole, less = cells(slice(8, 24), slice(8, 31)), cells(slice(8, 24), slice(8, 24))
    made, backend = drawn(whole, samples=np.stack([whole, less, whole]))
    (found,) = made.complete(IMAGE, [OBJECT], samples=2)
    assert backend.calls[0][2] == 2
    assert len(found.samples) == 2
    assert found.samples[0] == found.amodal
    assert found.samples[1].area < found.amodal.area
    assert all(sample.contains(OBJECT) for sample in found.samples)
    assert made.complete(IMAGE, [OBJECT])[0].samples == ()


def test_every_object_is_asked_for_at_once_with_its_own_hint(drawn):
    made, backend = drawn(cells())
    second = block(5, 5, 10, 10)
    hints = [OrderHint(occluder=second), OrderHint()]
    found = made.complete(IMAGE, [OBJECT, second], hints)
    assert [item.amodal for item in found] == [OBJECT, second]
    assert [item.occlusion_std for item in found] == [0, 1]
    ((crops, told, _),) = backend.calls
    assert crops == [crop_around(OBJECT), crop_around(second)]
    assert told == hints


def test_no_objects_need_no_model(drawn):
    made, backend = drawn(cells())
    assert made.complete(IMAGE, []) == []
    assert backend.calls == []


PARTS = arrays(np.bool_, (14, 17)).filter(lambda data: data.any())


@settings(deadline=None, max_examples=60)
@given(PARTS, st.integers(0, WIDTH - 17), st.integers(0, HEIGHT - 14), st.integers(0, 2**16), st.floats(0.05, 0.95))
def test_whatever_a_model_says_the_answer_keeps_its_promises(data, x, y, seed, threshold):
    visible = Mask(x, y, data)
    random = np.random.default_rng(seed)
    backend = DrawnBackend(
        random.random((SIZE, SIZE), dtype=np.float32),
        random.random((SIZE, SIZE), dtype=np.float32),
        random.random((4, SIZE, SIZE), dtype=np.float32),
    )
    with pytest.MonkeyPatch.context() as patch:
        use(patch, backend)
        (found,) = Completer(config(mask_threshold=threshold)).complete(IMAGE, [visible], samples=2)
    for shape in (found.amodal, *found.samples):
        assert shape.contains(visible)
        pieces = joined(shape.data, visible.window(shape.x, shape.y, shape.width, shape.height))
        assert np.array_equal(pieces, shape.data)
    assert len(found.samples) == 2
    assert found.occluder.intersection_area(visible) == 0
    assert found.occlusion == pytest.approx(1 - visible.area / found.amodal.area)
    assert found.probability.dtype == np.float32
    assert found.probability.min() >= 0
    assert found.probability.max() == 1
    assert found.mass_on(visible) == visible.area


@pytest.mark.parametrize(
    ("image", "mask", "words"),
    [
        (IMAGE, Mask(0, 0, np.zeros((0, 0), dtype=np.bool_)), "mask 1 has no pixels"),
        (IMAGE, Mask(3, 3, np.zeros((5, 5), dtype=np.bool_)), "mask 1 has no pixels"),
        (IMAGE, block(-1, 5, 9, 9), "mask 1 reaches past the image of 120 x 90 pixels"),
        (IMAGE, block(115, 5, 9, 9), "mask 1 reaches past"),
        (IMAGE, block(5, 85, 9, 9), "mask 1 reaches past"),
        (IMAGE.astype(np.float32), block(5, 5, 9, 9), "must be uint8"),
        (IMAGE[..., 0], block(5, 5, 9, 9), "must be uint8"),
        (IMAGE[:0], block(5, 5, 9, 9), "pixels"),
    ],
)
def test_unusable_images_and_masks_are_told_in_a_sentence(drawn, image, mask, words):
    made, _ = drawn(cells())
    with pytest.raises(InvalidImage, match=words) as caught:
        made.complete(image, [OBJECT, mask])
    assert "\n" not in str(caught.value)


def test_misuse_is_a_value_error(drawn):
    made, _ = drawn(cells())
    with pytest.raises(ValueError, match="1 hints for 2 masks"):
        made.complete(IMAGE, [OBJECT, OBJECT], [OrderHint()])
    for samples in (-1, 65):
        with pytest.raises(ValueError, match=r"samples must be in 0\.\.64"):
            made.complete(IMAGE, [OBJECT], samples=samples)


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (None, "cannot read model weights"),
        ({}, "does not hold weights"),
        ({"predict.weight": torch.zeros(3, 3)}, "does not hold weights"),
    ],
)
@pytest.mark.parametrize("option", ["weights", "order_weights"])
def test_weights_that_do_not_fit_are_told_in_a_sentence(tmp_path, option, tensors, words):
    path = tmp_path / "some.safetensors"
    if tensors is not None:
        save_file(tensors, path)
    with pytest.raises(ModelUnavailable, match=words) as caught:
        create(config(**{option: str(path)}))
    assert "\n" not in str(caught.value)


def test_a_full_model_without_weights_says_what_to_set():
    for model in ("occamodal", "sdamodal"):
        with pytest.raises(ModelUnavailable, match=f"{model} needs weights"):
            create(config(model=model))


def test_the_spread_of_shapes_is_that_of_their_hidden_parts():
    seen = torch.zeros(1, 4, 4, dtype=torch.bool)
    seen[0, :2] = True
    half, nothing = torch.zeros_like(seen), torch.zeros_like(seen)
    half[0, 2:] = True
    deviation, score = spread(torch.stack([half, half]), seen, half)
    assert (deviation.item(), score.item()) == (0, 1)
    deviation, score = spread(torch.stack([half, nothing]), seen, half)
    assert deviation.item() == pytest.approx(np.std([0.5, 0]))
    assert score.item() == pytest.approx((1 + 0.5) / 2)
