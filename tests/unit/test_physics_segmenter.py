"""The network that finds moving things: on generated sample clips, its training, and its failures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from physperception.datasets.videos.dataset import VideoDataset
from physperception.errors import ModelUnavailable
from physperception.physics.clips import vanishes
from physperception.physics.measuring.background import Background, clip_background
from physperception.physics.measuring.network import load_network, probabilities
from physperception.physics.measuring.segmentation import segment
from physperception.physics.observations import Observation, Track
from physperception.scene import Box, Property
from physperception.training.segmenter import Trainer
from physperception.training.segmenter_crops import store_crops, upper_face

SAMPLE = Path(__file__).parents[1] / "data" / "videos_sample"


@pytest.mark.parametrize("kind", ["restitution", "friction", "viscosity"])
def test_things_are_found_without_their_shadows(kind):
    found = []
    for clip in VideoDataset(SAMPLE / kind):
        frames = list(clip.frames())
        liquid = clip.property is Property.VISCOSITY
        background = clip_background(frames, growing=liquid)
        height, width = frames[0].shape[:2]
        for index in range(4, len(frames), 12):
            truth = clip.masks[index]
            if truth is None or truth.area < 60:
                continue
            blobs = segment(frames[index], background, filled=liquid).blobs
            overlaps = [blob.mask.iou(truth) for blob in blobs]
            found.append(max(overlaps, default=0.0))
        assert background.image.shape == (height, width, 3)
    assert len(found) >= 4
    assert np.median(found) > 0.85


def test_a_still_image_shows_nothing_and_costs_no_network(monkeypatch):
    image = np.random.default_rng(0).integers(60, 180, (48, 64, 3), dtype=np.uint8)
    monkeypatch.setattr("physperception.physics.measuring.network._run", lambda *_: pytest.fail("the network was run"))
    found = segment(image, Background(image, 1.0))
    assert not found.blobs
    assert not found.rest.any()


def test_large_images_are_looked_at_in_less_detail_and_answered_in_full():
    background = np.full((700, 900, 3), 90, np.uint8)
    image = background.copy()
    image[300:420, 400:560] = (200, 60, 40)
    found = probabilities(image, background, 1.0, None)
    assert found.shape == (2, 700, 900)
    assert (found[0, 320:400, 420:540] > 0.5).mean() > 0.9
    assert found[0, :200].max() < 0.5


def test_weights_that_are_missing_or_of_another_network_are_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="cannot read model weights"):
        load_network(tmp_path / "none.safetensors")
    save_file({"at_half.1.0.weight": torch.zeros(20, 40, 3, 3)}, tmp_path / "part.safetensors")
    with pytest.raises(ModelUnavailable, match="does not hold the weights of the motion segmenter"):
        load_network(tmp_path / "part.safetensors")


def test_training_learns_resumes_and_exports(tmp_path):
    folders = [SAMPLE / kind for kind in ("friction", "viscosity")]
    crops = store_crops(folders, tmp_path / "crops", each=4, seed=0, most=2)
    assert crops.layers.shape[1:] == (12, 144, 144)
    assert (crops.layers[:, 9].sum((1, 2)) > 0).mean() > 0.5
    assert crops.layers[crops.facts[:, 1] > 0, 10].any()
    trainer = Trainer(seed=0, steps=40, rate=5e-3)
    layers = np.array(crops.layers)
    losses = [trainer.step(layers, crops.facts) for _ in range(12)]
    assert np.mean(losses[-3:]) < 0.85 * np.mean(losses[:2])
    trainer.save(tmp_path / "checkpoint")
    again = Trainer(seed=0, steps=40, rate=5e-3)
    again.resume(tmp_path / "checkpoint")
    assert again.step(layers, crops.facts) == pytest.approx(trainer.step(layers, crops.facts), rel=1e-4)
    trainer.export(tmp_path / "weights.safetensors")
    assert not load_network(tmp_path / "weights.safetensors").training
    assert set(trainer.validate(crops)) == {"iou", "iou_face", "center_px", "center_90_px"}


def test_the_upper_face_is_as_large_as_its_corners_say():
    body = np.ones((24, 24), np.uint8)
    corners = np.array([[2.4, 2.4], [12.4, 2.4], [12.4, 8.4], [2.4, 8.4]])
    for order in (corners, corners[::-1]):
        assert upper_face({"corners": order.tolist()}, body).sum() == 60
    assert upper_face({"corners": corners.tolist()}, np.tri(24, dtype=np.uint8)).sum() < 60
    assert not upper_face(None, body).any()
    assert not upper_face({"corners": None}, body).any()


@pytest.mark.parametrize(
    ("first", "last", "cut", "gone"),
    [(0, 29, False, False), (0, 12, False, True), (0, 12, True, False), (9, 29, False, True)],
)
def test_what_ends_inside_the_image_vanishes(first, last, cut, gone):
    seen = tuple(
        Observation(stamp_s=i / 30, x=20.0 + i, y=20.0, box=Box(15 + i, 15, 25 + i, 25), area_px=80.0, cut=cut)
        for i in range(first, last + 1)
    )
    assert vanishes(Track("ball", seen), [i / 30 for i in range(30)]) is gone
