"""The GRU regressor on tracks: what it sees, what it refuses, and that it learns."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from physperception.errors import ModelUnavailable
from physperception.physics.fits.statistics import CannotTell
from physperception.physics.gru import GruRegressor, TrackGru, gru_metadata, open_gru, stacked
from physperception.physics.gru_inputs import MOST_STEPS, first_contact, gru_input
from physperception.physics.observations import Track, View
from physperception.physics.readout.heads import Target
from physperception.scene import EstimateStatus, Property, Scale
from physperception.training.gru import TrackSet, Trainer, track_set
from physperception.training.gru_noise import errors_of, made_wrong
from physperception.training.gru_tracks import residuals

from .physics_fits_worlds import G, Rig, Sight, bounce_heights, bouncing, sliding, spreading

RIG = Rig(pitch=0.3)
ABOVE = Rig(pitch=1.0)
CLEAN = Sight(noise_px=0.02, gaps=0.0, jitter_s=0.0)


def random(seed=0):
    return np.random.default_rng(seed)


def changed(track, stretch=1.0, zoom=1.0):
    return Track(
        track.object_id,
        tuple(
            replace(item, stamp_s=100 + stretch * (item.stamp_s - 100), x=zoom * item.x, y=zoom * item.y)
            for item in track.observations
        ),
    )


def short(track, count):
    return Track(track.object_id, track.observations[:count])


def test_restitution_is_seen_without_scale_and_pace():
    track = bouncing(random(), 0.7, RIG, CLEAN)
    steps = gru_input(track, View(), Property.RESTITUTION).steps
    other = gru_input(changed(track, 3.0, 0.5), View(), Property.RESTITUTION).steps
    assert steps.shape == (MOST_STEPS, 6)
    np.testing.assert_allclose(steps[:, :4], other[:, :4], atol=2e-3)
    after = steps[steps[:, 0] > 1.05]
    assert steps[:, 2].max() == pytest.approx(1, abs=0.05)
    assert after[:, 2].max() == pytest.approx(0.7**2, abs=0.06)


@pytest.mark.parametrize("restitution", [0.3, 0.9])
def test_the_first_contact_is_found_among_many(restitution):
    times = np.arange(90) / 60
    heights = bounce_heights(times, 0.6, restitution, 0.1)
    fall = 0.1 + math.sqrt(2 * 0.6 / G)
    assert times[first_contact(heights)] == pytest.approx(fall, abs=1 / 60)


def test_a_block_is_seen_to_slow_down_by_its_friction():
    for friction, distance in ((0.3, 2.0), (0.5, 3.5)):
        rig = replace(ABOVE, distance=distance)
        track = sliding(random(), friction, rig, CLEAN, speed=1.5)
        steps = gru_input(track, rig.view(surface_size_m=(0.1, 0.06)), Property.KINETIC_FRICTION).steps
        sliding_yet = steps[steps[:, 0] < 0.95]
        assert np.polyfit(sliding_yet[:, 0], sliding_yet[:, 2], 2)[0] == pytest.approx(-friction, rel=0.04)
        assert np.abs(steps[:, 4:]).max() < 0.02


def test_gravity_along_a_slope_is_told():
    rig = replace(ABOVE, tilt=0.2)
    track = sliding(random(), 0.4, rig, CLEAN, speed=1.0)
    steps = gru_input(track, rig.view(surface_size_m=(0.1, 0.06)), Property.KINETIC_FRICTION).steps
    assert steps[:, 4] == pytest.approx(math.tan(0.2), abs=0.02)


def test_a_liquid_is_seen_alike_in_a_world_of_another_size():
    small = spreading(random(), 1e-2, ABOVE, replace(CLEAN, seconds=1.0), area_noise=1e-4)
    one = gru_input(small, ABOVE.view(volume_m3=5e-5), Property.VISCOSITY)
    size = 1.7
    rig = replace(ABOVE, distance=ABOVE.distance * size)
    slow = changed(small, math.sqrt(size))
    other = gru_input(slow, rig.view(volume_m3=5e-5 * size**3), Property.VISCOSITY)
    np.testing.assert_allclose(one.steps, other.steps, atol=1e-3)
    assert other.unit == pytest.approx(one.unit * size**1.5)


def test_what_cannot_be_told_is_refused_with_the_code_of_the_fits():
    ball = bouncing(random(), 0.7, RIG, CLEAN)
    block = sliding(random(), 0.3, ABOVE, CLEAN)
    resting = sliding(random(), 0.3, ABOVE, CLEAN, speed=0.0)
    cases = [
        (short(ball, 4), View(), Property.RESTITUTION, "TOO_SHORT"),
        (block, View(), Property.KINETIC_FRICTION, "NO_SCALE"),
        (resting, ABOVE.view(surface_size_m=(0.1, 0.06)), Property.KINETIC_FRICTION, "NO_MOTION"),
        (block, ABOVE.view(), Property.VISCOSITY, "NO_SCALE"),
        (block, View(volume_m3=1e-5), Property.VISCOSITY, "NO_SCALE"),
    ]
    for track, view, prop, code in cases:
        regressor = GruRegressor({prop: (TrackGru().eval(), Target(prop, 0.6, 0.2, 0.1, 0.9), 1.0)})
        with pytest.raises(CannotTell, match=code):
            gru_input(track, view, prop)
        said = regressor.estimate(track, view, prop)
        assert said.status is EstimateStatus.REFUSED
        assert said.reason.startswith(code)
        assert said.method == "GRU"


def test_tracks_of_a_batch_do_not_see_each_other():
    torch.manual_seed(0)
    network = TrackGru().eval()
    long, brief = torch.randn(20, 6), torch.randn(7, 6)
    together = network(*stacked([long, brief]))
    for place, alone in enumerate((long, brief)):
        for both, own in zip(together, network(*stacked([alone]))):
            assert both[place].item() == pytest.approx(own[0].item(), abs=1e-5)


def tracks_of_balls(count, seed=0):
    rng = random(seed)
    for _ in range(count):
        value = float(rng.uniform(0.3, 0.9))
        track = bouncing(rng, value, RIG, Sight(noise_px=0.2), drop_m=float(rng.uniform(0.3, 0.8)))
        yield track, RIG.view(), value


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    torch.set_num_threads(1)
    trainer = Trainer(TrackSet.of(tracks_of_balls(150), Property.RESTITUTION), Property.RESTITUTION, 0, 60, 1e-2)
    losses = [trainer.step(32) for _ in range(60)]
    held_out = TrackSet.of(tracks_of_balls(40, seed=1), Property.RESTITUTION)
    path = tmp_path_factory.mktemp("weights") / "gru_restitution.safetensors"
    figures = trainer.validate(held_out)
    trainer.average.export(path, gru_metadata(trainer.target, trainer.interval_factor))
    return losses, figures, path


def test_it_learns_restitution_from_tracks(trained):
    losses, figures, _ = trained
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])
    assert figures["pearson"] > 0.9
    assert figures["n"] == 40


def test_exported_weights_answer_with_calibrated_intervals(trained):
    _, figures, path = trained
    regressor = GruRegressor(path)
    said = [(regressor.estimate(*item[:2], Property.RESTITUTION), item[2]) for item in tracks_of_balls(40, seed=1)]
    answered = [(one, value) for one, value in said if one.status is EstimateStatus.VALID]
    assert len(answered) > 30
    assert np.mean([one.lower <= value <= one.upper for one, value in answered]) >= 0.8
    assert all(one.scale is Scale.METRIC and one.model == "track-gru-restitution" for one, _ in answered)
    errors = [abs(one.value - value) for one, value in answered]
    assert np.mean(errors) == pytest.approx(figures["mae"], rel=0.3)


def test_missing_broken_and_wrong_weights_are_told(trained, tmp_path):
    *_, path = trained
    ball = bouncing(random(), 0.7, RIG, CLEAN)
    absent = GruRegressor(tmp_path).estimate(ball, View(), Property.RESTITUTION)
    assert absent.reason.startswith("MODEL_ABSENT: no GRU regressor at")
    wrong = GruRegressor(path).estimate(ball, View(volume_m3=1.0), Property.VISCOSITY)
    assert wrong.reason.startswith("MODEL_ABSENT")
    other = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(1)}, other, {"kind": "readout"})
    with pytest.raises(ModelUnavailable, match="holds a readout"):
        open_gru(other)
    save_file({"a": torch.zeros(1)}, other, {"kind": "track-gru"})
    with pytest.raises(ModelUnavailable, match="does not say"):
        open_gru(other)


def test_answers_beyond_training_and_without_certainty_are_refused(tmp_path):
    ball = bouncing(random(), 0.7, RIG, CLEAN)
    network = TrackGru()
    for bias, log_scale, code in ((9.0, -3.0, "OUT_OF_RANGE"), (0.0, 2.0, "POOR_FIT"), (math.nan, 0.0, "POOR_FIT")):
        with torch.no_grad():
            for head, value in ((network.value, bias), (network.log_scale, 4 * math.atanh((log_scale + 1) / 4))):
                head[-1].weight.zero_()
                head[-1].bias.fill_(value)
        path = tmp_path / "gru_restitution.safetensors"
        target = Target(Property.RESTITUTION, 0.6, 0.2, 0.25, 0.95)
        save_file({name: part.half() for name, part in network.state_dict().items()}, path, gru_metadata(target, 1.0))
        assert GruRegressor(tmp_path).estimate(ball, View(), Property.RESTITUTION).reason.startswith(code)


def test_errors_are_those_of_the_measured_track():
    true = bouncing(random(), 0.7, RIG, CLEAN)
    seen = [replace(item, x=item.x + 1.0, y=item.y - 2.0, area_px=2 * item.area_px) for item in true.observations]
    found = residuals(Track("a", tuple(seen[3:])), true)
    assert np.isnan(found[:3]).all()
    np.testing.assert_allclose(found[3:], np.tile((1, -2, math.log(2)), (len(true) - 3, 1)))
    far = Track("b", tuple(replace(item, x=item.x + 50) for item in true.observations))
    assert len(errors_of([(Track("a", tuple(seen)), true), (far, true)])) == 1
    wrong = [made_wrong(true, [found], random(seed)) for seed in range(20)]
    assert all(each.stamps_s[0] >= true.stamps_s[3] for each in wrong)
    ratios = [seen.area_px / true.observations[-1].area_px for each in wrong for seen in each.observations[-1:]]
    assert np.median(ratios) > 1.2


def test_clips_without_a_value_are_left_out(monkeypatch):
    class Unknown:
        value = None

    with pytest.raises(ValueError, match="no track tells"):
        track_set([(0, Unknown())], {}, [], Property.RESTITUTION, 1, 0)
