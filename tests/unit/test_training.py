"""The training of the embedded detector: it learns, it can be interrupted, and its targets are right."""

from pathlib import Path

import numpy as np
import pytest
import torch

from physperception.datasets.coco import DatasetError, SceneDataset, decode_rle, encode_rle
from physperception.detection.network import HeadOptions, ObjectHeads
from physperception.training import scene_batches
from physperception.training.detector import Trainer, has_trunk, parse, train
from physperception.training.detector_losses import layer_targets
from physperception.training.scene_batches import SceneBatches, TrainingScene, collate

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "scenes_sample"
SIZE = (160, 128)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def batch():
    batches = SceneBatches(SceneDataset(SAMPLE), SIZE, seed=None)
    return collate([batches[index] for index in range(2)])


def test_layers_of_the_sample_agree_with_its_annotations():
    data = SceneDataset(SAMPLE)
    scene = SceneBatches(data, (416, 320), seed=None)[0]
    sample = data[0]
    assert len(scene.boxes) == len(sample.visible)
    for place in range(len(sample.visible)):
        assert np.array_equal(scene.layers[place, 0].numpy() > 0, sample.visible[place])
        occluders = sample.visible[sample.occludes[:, place]].any(0)
        assert np.array_equal(scene.layers[place, 1].numpy() > 0, occluders)
        x, y, width, height = data.annotations(0)[place]["bbox"]
        assert scene.boxes[place].tolist() == [x, y, x + width, y + height]


def test_augmentation_moves_masks_with_their_image():
    """A mask painted into its image is found where the moved mask says it is."""
    batches = SceneBatches(SceneDataset(SAMPLE), (416, 320), seed=5)
    sample = batches._scenes[0]
    largest = int(sample.visible.reshape(len(sample.visible), -1).sum(1).argmax())
    sample.image[:] = 0
    sample.image[sample.visible[largest]] = 255
    batches._scenes = [sample]
    scene = batches[0]
    brightness = scene.image.float().mean(0)
    inside = [scene.layers[place, 0].bool() for place in range(len(scene.layers))]
    contrast = max((brightness[mask].mean() - brightness[~mask].mean()).item() for mask in inside)
    assert contrast > 50


def test_new_surfaces_keep_outlines():
    """Objects of one colour stay apart from what is behind them, and change as a whole, each in its own way."""
    masks = np.zeros((2, 40, 60), dtype=np.bool_)
    masks[0, 5:20, 5:25], masks[1, 15:35, 30:55] = True, True
    image = np.full((40, 60, 3), 100, np.uint8)
    seen = set()
    for seed in range(12):
        changed = scene_batches._resurface(image, masks, np.random.default_rng(seed))
        for region in (masks[0], masks[1], ~masks.any(0)):
            colors = np.unique(changed[region], axis=0)
            assert len(colors) == 1
            seen.add(tuple(colors[0]))
    assert len(seen) > 12


def test_augmentation_is_reproducible_and_changes_with_the_epoch():
    first, second = (SceneBatches(SceneDataset(SAMPLE), SIZE, seed=3) for _ in range(2))
    assert torch.equal(first[1].image, second[1].image)
    second.epoch = 1
    assert not torch.equal(first[1].image, second[1].image)


def test_layer_targets_are_cut_to_the_box():
    layers = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    layers[0, 0, 8:16, 8:16] = 1
    layers[0, 1, 8:16, 16:24] = 1
    scene = TrainingScene(torch.zeros(3, 32, 32, dtype=torch.uint8), torch.tensor([[8.0, 8, 16, 16]]), layers)
    targets = layer_targets(torch.tensor([[8.0, 8, 24, 16]]), torch.tensor([0]), torch.tensor([0]), [scene])
    assert targets.shape == (1, 3, 28, 28)
    assert targets[0, 0, :, :14].all()
    assert not targets[0, 0, :, 14:].any()
    assert targets[0, 1, :, 14:].all()
    assert not targets[0, 2].any()


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_few_steps_lower_the_loss(batch, bfloat16):
    trainer = Trainer(seed=0, minutes=60, rate=6e-3, bfloat16=bfloat16)
    images, scenes = batch
    losses = [sum(trainer.step(images, scenes).values()) for _ in range(25)]
    assert np.mean(losses[-3:]) < 0.8 * losses[0]
    assert all(np.isfinite(losses))


def test_an_image_without_objects_can_be_learned_from(batch):
    images, scenes = batch
    empty = TrainingScene(scenes[0].image, scenes[0].boxes[:0], scenes[0].layers[:0])
    losses = Trainer(seed=0, minutes=60).step(images, [empty, empty])
    assert np.isfinite(sum(losses.values()))


def test_the_trunk_that_names_stays_frozen_and_the_own_one_learns_from_there(batch):
    trainer = Trainer(seed=0, minutes=60)
    names, own = trainer.network.trunk.state_dict(), trainer.network.heads.trunk.state_dict()
    assert set(own) < set(names)
    assert all(torch.equal(value, names[name]) for name, value in own.items())
    before = {name: value.clone() for name, value in names.items()}
    trainer.step(*batch)
    assert all(torch.equal(before[name], value) for name, value in trainer.network.trunk.state_dict().items())
    after = trainer.network.heads.trunk.state_dict()
    assert all(not torch.equal(before[name], value) for name, value in after.items() if name.endswith("weight"))


def test_heads_without_a_trunk_of_their_own_are_trained_on_the_frozen_one(batch, tmp_path):
    options = HeadOptions("none", False, False, own_trunk=False)
    trainer = Trainer(seed=0, minutes=60, options=options)
    assert trainer.network.heads.trunk is None
    assert all(np.isfinite(list(trainer.step(*batch).values())))
    trainer.export(tmp_path / "heads.safetensors")
    assert not has_trunk(tmp_path / "heads.safetensors")
    staged = Trainer(seed=1, minutes=60, start=tmp_path / "heads.safetensors")
    assert torch.equal(staged.network.heads.trunk.stem.weight, staged.network.trunk.stem.weight)
    staged.export(tmp_path / "staged.safetensors")
    assert has_trunk(tmp_path / "staged.safetensors")


def test_a_resumed_training_goes_on_as_if_never_stopped(batch, tmp_path):
    whole = Trainer(seed=1, minutes=1e6)
    for _ in range(2):
        whole.step(*batch)
    whole.save(tmp_path / "checkpoint")
    resumed = Trainer(seed=99, minutes=1e6)
    resumed.resume(tmp_path / "checkpoint")
    assert resumed.progress == whole.progress
    first, second = whole.step(*batch), resumed.step(*batch)
    assert first == pytest.approx(second, rel=1e-4)


def test_the_command_trains_exports_and_resumes(tmp_path):
    out = tmp_path / "heads.safetensors"
    arguments = ["--data", str(SAMPLE), "--val", str(SAMPLE), "--out", str(out), "--workers", "0", "--batch", "2"]
    train(parse([*arguments, "--minutes", "0.02", "--val-images", "2"]))
    assert out.stat().st_size < 5e6
    heads = ObjectHeads()
    from physperception.weights import read_weights

    heads.load_state_dict(read_weights(out))
    saved = torch.load(out.with_suffix(".checkpoint"), weights_only=True)
    train(parse([*arguments, "--minutes", "0.02", "--val-images", "2"]))
    again = torch.load(out.with_suffix(".checkpoint"), weights_only=True)
    assert again["progress"]["step"] == saved["progress"]["step"] > 0


def test_run_length_masks_round_trip():
    mask = np.random.default_rng(0).random((17, 23)) > 0.5
    assert np.array_equal(decode_rle(encode_rle(mask)), mask)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"images": [], "annotations": [{}]}'])
def test_unreadable_annotations_are_told(tmp_path, content):
    if content is not None:
        (tmp_path / "annotations.json").write_text(content)
    with pytest.raises(DatasetError, match=r"annotations\.json"):
        SceneDataset(tmp_path)
