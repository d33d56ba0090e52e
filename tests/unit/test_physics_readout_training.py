"""Training of read-outs: clips stored once, learning, going on after an interruption, adapting, exporting."""

import json
import math

import numpy as np
import pytest
import torch

from physperception.errors import PhysperceptionError
from physperception.physics.observations import Plane, View
from physperception.physics.readout.embedded import EmbeddedBackbone
from physperception.physics.readout.heads import Target
from physperception.physics.readout.model import Readout, open_readout
from physperception.physics.readout.predictor import ReadoutPredictor
from physperception.scene import Property
from physperception.training import readout as training
from physperception.training.readout import Trainer, parse, ranking, train
from physperception.training.readout_clips import store_looks
from physperception.vision.geometry import Intrinsics
from tests.unit.test_physics_readout import bounces, disc_clip

KNOWN = View(camera=Intrinsics(200, 200, 79.5, 59.5, 160, 120), plane=Plane((0.0, 0.0, -1.0), -1.0), volume_m3=1e-4)


class Item:
    """A clip of a data set; counts how often it is read."""

    property = Property.RESTITUTION

    def __init__(self, clip, value, view=None):
        self.clip, self.value, self.view, self.read = clip, value, view or View(), 0
        self.stamps_s = clip.stamps_s

    def frames(self):
        self.read += 1
        return iter(self.clip.frames)


def items(count, seed=0, **options):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.3, 0.95, count)
    return [
        Item(
            disc_clip(bounces(value, 20, rate=18, x=rng.uniform(50, 110)), np.arange(20) / 18, seed=seed + row),
            float(value),
            **options,
        )
        for row, value in enumerate(values)
    ]


def tiny():
    torch.manual_seed(0)
    return Readout(EmbeddedBackbone("RESTITUTION", frames=12, size=32, points=4, width=32, blocks=1), 32)


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("looks")
    return store_looks(items(16), Property.RESTITUTION, tiny().backbone, folder)


def test_looks_are_made_once_and_leave_out_what_shows_nothing(tmp_path):
    still = Item(disc_clip(np.full((20, 2), 60.0)), 0.5)
    unknown = Item(disc_clip(bounces(0.5)), None)
    content = [*items(2), still, unknown]
    backbone = tiny().backbone
    stored = store_looks(content, Property.RESTITUTION, backbone, tmp_path)
    assert stored.values.tolist() == pytest.approx([item.value for item in content[:2]])
    again = store_looks(content, Property.RESTITUTION, backbone, tmp_path)
    assert [item.read for item in content] == [1, 1, 1, 0]
    first, values = again[[1]]
    expected = backbone.look(content[1].clip)
    assert all(torch.equal(first[name][0], expected[name]) for name in expected)
    assert values.item() == pytest.approx(content[1].value)
    store_looks(content, Property.RESTITUTION, EmbeddedBackbone("RESTITUTION", frames=8, size=32), tmp_path)
    assert content[0].read == 2
    with pytest.raises(PhysperceptionError, match="shows RESTITUTION, not VISCOSITY"):
        store_looks(content, Property.VISCOSITY, backbone, tmp_path / "other")
    with pytest.raises(PhysperceptionError, match="none of 1 clips"):
        store_looks([still], Property.RESTITUTION, backbone, tmp_path / "still")


def test_every_eighth_training_clip_is_seen_without_what_is_known(tmp_path):
    stored = store_looks(items(9, view=KNOWN), Property.RESTITUTION, tiny().backbone, tmp_path, blind=True)
    known = stored[range(9)][0]["context"][:, 6]
    assert known.tolist() == [1, 1, 1, 1, 1, 1, 1, 0, 1]


def test_an_embedded_read_out_learns(looks):
    target = Target.of(Property.RESTITUTION, looks.values)
    trainer = Trainer(tiny(), target, seed=0, steps=40, rate=6e-3)
    batch = looks[range(6)]
    losses = [trainer.step(*batch) for _ in range(40)]
    assert np.mean([loss["absolute"] for loss in losses[-5:]]) < 0.5 * losses[0]["absolute"]
    assert trainer.finished


def test_training_goes_on_after_an_interruption_as_if_there_was_none(looks, tmp_path):
    target = Target.of(Property.RESTITUTION, looks.values)
    trainers = [Trainer(tiny(), target, seed=1, steps=10) for _ in range(2)]
    for step in range(3):
        trainers[0].step(*looks[range(step, step + 4)])
    trainers[0].save(tmp_path / "weights.checkpoint")
    trainers[1].resume(tmp_path / "weights.checkpoint")
    assert trainers[1].step_number == 3
    for trainer in trainers:
        trainer.step(*looks[range(4, 8)])
    first, second = (trainer.readout.state_dict() for trainer in trainers)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert all(torch.equal(trainers[0].average.tensors[name], trainers[1].average.tensors[name]) for name in first)


def test_validation_is_of_the_average_and_finds_the_interval_factor(looks):
    trainer = Trainer(tiny(), Target.of(Property.RESTITUTION, looks.values), seed=0, steps=10)
    before = {name: value.clone() for name, value in trainer.readout.state_dict().items()}
    with torch.no_grad():
        trainer.readout.heads.value[-1].bias.fill_(7.0)
    found = trainer.validate(looks)
    assert float(trainer.readout.heads.value[-1].bias.detach()) == 7.0
    trainer.readout.load_state_dict(before)
    trainer.readout.eval()
    feature = trainer.readout(trainer.readout.backbone.batch(looks[range(16)][0]))
    scaled, log_scale = (part.detach() for part in trainer.readout.heads.absolute(feature))
    values = trainer.target.middle + trainer.target.spread * scaled
    assert found["mae"] == pytest.approx((values - looks.values).abs().mean().item(), rel=1e-3)
    reach = log_scale.exp() * math.log(10) * found["interval_factor"]
    inside = (scaled - trainer.target.scale(looks.values)).abs() <= reach
    assert inside.float().mean().item() == pytest.approx(0.9, abs=0.07)


def test_ranking_by_hand():
    scores, truth = torch.tensor([0.1, 0.4, 0.35, 0.8, 0.4]), torch.tensor([False, False, True, True, True])
    assert ranking(scores, truth) == pytest.approx((1 + 0 + 1 + 1 + 1 + 0.5) / 6)
    assert math.isnan(ranking(scores, torch.ones(5, dtype=torch.bool)))


def test_the_command_trains_exports_resumes_and_adapts(tmp_path, monkeypatch, capsys):
    folders = {"train": items(8), "val": items(4, seed=50), "real": items(4, seed=90)}
    monkeypatch.setattr(training, "VideoDataset", lambda folder: folders[folder.name])
    out = tmp_path / "readout_restitution.safetensors"
    common = ["--property", "restitution", "--val", "val", "--cache", str(tmp_path / "cache"), "--frames", "10"]
    common += ["--size", "32", "--batch", "4"]
    train(parse([*common, "--data", "train", "--out", str(out), "--steps", "3"]))
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["steps"] == 3
    readout, target, factor = open_readout(out)
    assert readout.backbone.frames == 10
    assert factor > 0
    assert 0.3 < target.middle < 0.95
    train(parse([*common, "--data", "train", "--out", str(out), "--steps", "5"]))
    assert torch.load(out.with_suffix(".checkpoint"), weights_only=True)["step"] == 5
    adapted = tmp_path / "adapted.safetensors"
    train(
        parse([*common, "--data", "real", "--out", str(adapted), "--start", str(out), "--steps", "1", "--rate", "1e-9"])
    )
    same, kept, _ = open_readout(adapted)
    assert kept == target
    latest = open_readout(out)[0].state_dict()
    assert all(torch.allclose(value, latest[name], atol=2e-3) for name, value in same.state_dict().items())
    clip = folders["val"][0].clip
    found = ReadoutPredictor(out).predict(clip.frames, clip.stamps_s, Property.RESTITUTION)
    assert found.model == "embedded-readout_restitution"
