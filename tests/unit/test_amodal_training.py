"""The training of the embedded completer: its crops and batches are right, it learns, it can be interrupted."""

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from physperception.amodal import AmodalConfig, OrderHint, create
from physperception.amodal.backends import _input
from physperception.amodal.crops import crop_around
from physperception.amodal.network import SIZE, AmodalUNet, Calibration
from physperception.config import load
from physperception.datasets.coco import SceneDataset
from physperception.scene import Mask
from physperception.training import amodal, amodal_crops, calibrate_amodal
from physperception.training.amodal import Trainer, parse, train
from physperception.training.amodal_crops import (
    AMODAL,
    INSIDE,
    KNOWN,
    OCCLUDER,
    OTHER,
    STORED,
    VISIBLE,
    concatenated,
    make_batch,
    store_crops,
)
from physperception.weights import read_metadata, weights_path

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "scenes_sample"


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    """Every object of the sample that is large enough."""
    return np.array(store_crops(SceneDataset(SAMPLE), tmp_path_factory.mktemp("crops") / "sample.npy", 1.0, 0))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def objects():
    """(sample, place) of the stored crops, in their order."""
    data = SceneDataset(SAMPLE)
    for index in range(len(data)):
        sample = data[index]
        for place, annotation in enumerate(data.annotations(index)):
            if annotation["area"] >= amodal_crops.LEAST_VISIBLE_PX:
                yield sample, place


def test_stored_bits_agree_with_the_scenes_they_were_cut_from(crops):
    bits = crops[:, 3]
    assert len(crops) == len(list(objects()))
    seen = {bit: (bits & bit) > 0 for bit in (VISIBLE, AMODAL, INSIDE, OCCLUDER, OTHER, KNOWN)}
    assert not (seen[VISIBLE] & ~seen[AMODAL]).any()
    assert (seen[VISIBLE] & (seen[OCCLUDER] | seen[OTHER])).sum() < 0.01 * seen[VISIBLE].sum(), (
        "halved cells are both's"
    )
    assert not (seen[VISIBLE] & ~seen[INSIDE]).any()
    assert not (seen[INSIDE] & ~seen[KNOWN]).any()
    outside = crops[:, :3].transpose(0, 2, 3, 1)[~seen[INSIDE]]
    assert (outside == 0).mean() > 0.97, "all but the cells on the border"
    for row, (sample, place) in enumerate(objects()):
        visible = Mask.from_full(sample.visible[place])
        cell = crop_around(visible, amodal_crops.STORED_CONTEXT).side / STORED
        assert seen[VISIBLE][row].sum() * cell**2 == pytest.approx(visible.area, rel=0.15)
        hidden = sample.amodal[place].sum() > 1.05 * sample.visible[place].sum()
        if hidden and place not in sample.extended:
            assert seen[OCCLUDER][row].any()


def test_crops_are_cut_once_and_found_again(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "sample.npy"
    first = np.array(store_crops(SceneDataset(SAMPLE), path, 0.0, 0))
    monkeypatch.setattr(amodal_crops, "_crop", lambda *_: pytest.fail("cut again"))
    assert np.array_equal(store_crops(SceneDataset(SAMPLE), path, 0.0, 0), first)
    assert [item.name for item in path.parent.iterdir()] == ["sample.npy"]


def test_without_whole_objects_only_hidden_ones_are_taken(crops, tmp_path):
    hidden = store_crops(SceneDataset(SAMPLE), tmp_path / "hidden.npy", 0.0, 0)
    assert 0 < len(hidden) < len(crops)
    amounts = [((row[3] & AMODAL) > 0).sum() > ((row[3] & VISIBLE) > 0).sum() for row in hidden]
    assert np.mean(amounts) > 0.9


def test_rows_of_several_stores_are_told_apart(crops):
    assert concatenated([crops[:2], crops[:1]]) == [(0, 0), (0, 1), (1, 0)]


def check(batch, rows):
    assert batch.inputs.shape == (rows, 6, SIZE, SIZE)
    for part in (batch.amodal, batch.visible, batch.occluder, batch.known):
        assert part.shape == (rows, SIZE, SIZE)
        assert set(part.unique().tolist()) <= {0.0, 1.0}
    assert (batch.amodal >= batch.visible).all()
    assert not (batch.occluder * batch.visible).any()
    image, (shown, hint, inside) = batch.inputs[:, :3], batch.inputs[:, 3:].unbind(1)
    assert image.abs().max() <= 1
    assert not (image * (1 - inside)[:, None]).any()
    assert set(shown.unique().tolist()) <= {0.0, 1.0}
    assert set(hint.unique().tolist()) <= {-1.0, 0.0, 1.0}
    assert (batch.known >= inside).all()


def test_a_batch_keeps_its_promises_whatever_is_drawn(crops):
    check(make_batch(crops, None), len(crops))
    for seed in range(4):
        check(make_batch(crops, generator(seed)), len(crops))


def test_batches_are_reproducible_and_differ_by_seed(crops):
    first, again, other = (make_batch(crops[:4], generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(first.amodal, again.amodal)
    assert not torch.equal(first.inputs, other.inputs)


def test_a_plain_batch_is_what_the_completer_will_see(crops):
    """The middle of a stored crop, coarse or cut at the image's border as it may be, is the crop at work."""
    batch = make_batch(crops, None)
    for row, (sample, place) in enumerate(objects()):
        visible = Mask.from_full(sample.visible[place])
        seen = _input(sample.image, crop_around(visible), visible, OrderHint())
        given = batch.inputs[row]
        shared, union = (seen[3] * given[3]).sum(), torch.maximum(seen[3], given[3]).sum()
        assert shared / union > 0.7
        assert (seen[:3] - given[:3]).abs().mean() < 0.08
        assert (seen[5] - given[5]).abs().mean() < 0.05


def test_a_pasted_occluder_hides_exactly_its_own_pixels(crops):
    plain = make_batch(crops, None)
    image, layers = plain.inputs[:, :3], torch.stack(
        (plain.visible, plain.amodal, plain.inputs[:, 5], plain.occluder, torch.zeros_like(plain.known), plain.known), 1
    )  # fmt: skip
    changed = 0
    for seed in range(6):
        image_after, after = amodal_crops._paste_occluders(image, layers, generator(seed))
        assert torch.equal(after[:, [1, 2, 5]], layers[:, [1, 2, 5]]), "the whole shape does not change"
        pasted = (image_after != image).any(1)
        assert (after[:, 0] <= layers[:, 0]).all()
        lost = layers[:, 0] - after[:, 0] > 0
        assert not (pasted & (after[:, 0] > 0)).any(), "what is pasted over is not visible"
        told = (after[:, 3] + after[:, 4]) > 0
        assert told[lost].all(), "what hides is told"
        for row in torch.nonzero(lost.flatten(1).any(1)).squeeze(1).tolist():
            changed += 1
            assert after[row, 3][lost[row]].all(), "as an occluder, for it hides a part of the object"
            assert after[row, 0].sum() >= 0.1 * layers[row, 1].sum()
        assert not (after[:, 3] * after[:, 4]).any()
    assert changed > 3


def test_new_colours_change_one_layer_at_a_time(crops):
    plain = make_batch(crops, None)
    image = plain.inputs[:, :3]
    empty = torch.zeros_like(plain.known)
    layers = torch.stack((plain.visible, plain.amodal, plain.inputs[:, 5], plain.occluder, empty, plain.known), 1)
    changed = (amodal_crops._resurface(image, layers, generator()) != image).any(1)
    allowed = (layers[:, 0] + layers[:, 3]) > 0
    assert not (changed & ~allowed).any()
    recoloured = [bool(changed[row][layers[row, 0] > 0].any()) for row in range(len(changed))]
    assert any(recoloured)
    assert not all(recoloured)


def test_hints_tell_the_order_mostly_and_mostly_right():
    layers = torch.zeros(2000, 6, 2, 2)
    layers[:, 3, 0, 0] = 1
    layers[:, 4, 1, 1] = 1
    hint = amodal_crops._hint(layers, generator())
    occluder, other = hint[:, 0, 0], hint[:, 1, 1]
    assert not hint[:, 0, 1].any()
    assert not hint[:, 1, 0].any()
    silent = (occluder == 0) & (other == 0)
    assert 0.15 < silent.float().mean() < 0.6
    wrong = (occluder == -1) | (other == 1)
    assert 0 < wrong.float().mean() < 0.1
    assert not (occluder * other > 0).any()
    assert ((occluder == 1) & (other == 0)).any()
    assert ((occluder == 1) & (other == -1)).any()


def test_perturbed_masks_stay_near_the_true_ones(crops):
    visible = make_batch(crops, None).visible
    shown = amodal_crops._perturb(visible, generator())
    shared = (visible * shown).sum((1, 2)) / torch.maximum(visible, shown).sum((1, 2))
    assert shared.min() > 0.4
    assert 0.4 < (shared == 1).float().mean() < 1


def test_a_few_steps_lower_the_loss(crops, monkeypatch):
    monkeypatch.setattr(amodal, "WARMUP_STEPS", 1)
    trainer = Trainer(seed=0, steps=10_000, rate=5e-3)
    losses = [sum(trainer.step(crops[:4]).values()) for _ in range(16)]
    assert np.mean(losses[-3:]) < 0.75 * losses[0]
    assert all(np.isfinite(losses))


def test_hints_and_the_image_can_be_left_out():
    torch.manual_seed(0)
    inputs = torch.rand(2, 6, 32, 32)
    blind = AmodalUNet(use_image=False).eval()
    other = inputs.clone()
    other[:, :3] = 0.3
    with torch.inference_mode():
        assert torch.equal(blind(inputs).mean, blind(other).mean)
        other[:, 4] = 1
        assert not torch.equal(blind(inputs).mean, blind(other).mean)


def test_a_folded_network_computes_the_same(crops):
    torch.manual_seed(0)
    network = AmodalUNet()
    with torch.no_grad():
        network(make_batch(crops[:4], None).inputs)
        network.eval()
        batch = make_batch(crops[4:6], None).inputs
        plain = network(batch).probability()
        assert torch.allclose(network.fuse()(batch).probability(), plain, atol=1e-5)


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_resumed_training_is_the_unbroken_one(crops, tmp_path, monkeypatch, bfloat16):
    """Bit by bit: weights, their average, and all that is drawn by chance. Time passes evenly here."""
    ticks = itertools.count()
    monkeypatch.setattr(amodal.time, "monotonic", lambda: next(ticks) / 8)
    unbroken = Trainer(seed=1, steps=8, bfloat16=bfloat16)
    for _ in range(2):
        unbroken.step(crops[:3])
    unbroken.save(tmp_path / "checkpoint")
    resumed = Trainer(seed=99, steps=8, bfloat16=bfloat16)
    resumed.resume(tmp_path / "checkpoint")
    for trainer in (unbroken, resumed):
        for _ in range(2):
            trainer.step(crops[:3])
    assert resumed.progress == unbroken.progress
    assert resumed.done == 0.5
    for name, value in unbroken.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
        assert torch.equal(unbroken.average.tensors[name], resumed.average.tensors[name]), name


def test_the_command_trains_validates_exports_and_resumes_what_the_completer_loads(tmp_path):
    out = tmp_path / "amodal.safetensors"
    arguments = ["--data", str(SAMPLE), "--val", str(SAMPLE), "--out", str(out), "--batch", "4"]
    arguments += ["--cache", str(tmp_path / "cache"), "--steps", "2"]
    train(parse(arguments))
    assert out.stat().st_size < 5e6
    saved = torch.load(out.with_suffix(".checkpoint"), weights_only=True)["progress"]
    assert saved["step"] == 2
    assert 0 <= saved["history"][-1]["val"]["miou"] <= 1
    train(parse(arguments))
    again = torch.load(out.with_suffix(".checkpoint"), weights_only=True)["progress"]
    assert again["step"] == saved["step"]
    completer = create(load(AmodalConfig, "amodal", weights=str(out), device="cpu", cpu_threads=1))
    sample = SceneDataset(SAMPLE)[0]
    visible = Mask.from_full(sample.visible[0])
    (found,) = completer.complete(sample.image, [visible])
    completer.close()
    assert found.amodal.contains(visible)


def test_a_calibrated_distribution_is_less_sure_of_the_same_shape():
    torch.manual_seed(0)
    found = AmodalUNet().eval()(torch.rand(2, 6, 32, 32))
    found = replace(found, mean=4 * torch.randn_like(found.mean), factor=torch.rand_like(found.factor))
    softer = found.tempered(1.5)
    assert torch.equal(softer.probability() >= 0.5, found.probability() >= 0.5)
    assert ((softer.probability() - 0.5).abs() <= (found.probability() - 0.5).abs() + 1e-6).all()
    drawn, again = (part.sample(4, generator()) for part in (found, found.spread_out(2.0)))
    assert torch.allclose(again - found.mean, 2 * (drawn - found.mean), atol=1e-4)
    assert torch.equal(found.tempered(1.0).mean, found.mean)


def test_calibration_is_measured_and_kept_in_the_header_of_the_weights(tmp_path, capsys, monkeypatch):
    weights = tmp_path / "amodal.safetensors"
    shutil.copy(weights_path("amodal.safetensors"), weights)
    monkeypatch.setattr(calibrate_amodal, "SPREADS", (1.0, 6.0))
    monkeypatch.setattr(calibrate_amodal, "TEMPERATURES", (1.0, 50.0))
    calibrate_amodal.main(["--weights", str(weights), "--val", str(SAMPLE), "--images", "2"])
    *tried, chosen = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert tried[1]["occlusion_std"] > tried[0]["occlusion_std"], "shapes are spread more"
    assert tried[3]["pixel_ece"] != tried[2]["pixel_ece"]
    assert Calibration.from_metadata(read_metadata(weights)) == Calibration(**chosen)
    create(load(AmodalConfig, "amodal", weights=str(weights), device="cpu", cpu_threads=1)).close()
