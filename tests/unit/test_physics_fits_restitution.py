"""Restitution by joint fits of arcs: bias, coverage, refusals, on exact motions through a pinhole camera."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from physperception.physics.fits import Calibration, estimate_restitution, fall_scale
from physperception.physics.observations import Track, View
from physperception.scene import EstimateStatus, Property, Scale
from tests.unit.physics_fits_worlds import CAMERA, Rig, Sight, as_track, bouncing


def rig_of(rng: np.random.Generator) -> Rig:
    return Rig(
        pitch=rng.uniform(0.03, 0.6), yaw=rng.uniform(0, 6.2), roll=rng.normal(0, 0.1), distance=rng.uniform(1.8, 4)
    )


def test_unbiased_and_covered_over_views_drops_and_sideways_motion() -> None:
    rng = np.random.default_rng(3)
    errors, covered, widths = [], [], []
    for _ in range(30):
        truth, rig = rng.uniform(0.25, 0.92), rig_of(rng)
        track = bouncing(
            rng,
            truth,
            rig,
            Sight(outliers=0.02),
            drop_m=rng.uniform(0.3, 0.9),
            start_s=rng.uniform(-0.1, 0.2),
            sideways=tuple(rng.normal(0, 0.3, 2)),
            contact_s=rng.uniform(0, 0.006),
        )
        found = estimate_restitution(track, rig.view())
        if found.status is EstimateStatus.VALID:
            errors.append(found.value - truth)
            covered.append(found.lower <= truth <= found.upper)
            widths.append(found.upper - found.lower)
    assert len(errors) >= 27
    assert np.median(np.abs(errors)) < 0.004
    assert abs(np.median(errors)) < 0.002
    assert np.mean(covered) >= 0.8
    assert np.median(widths) < 0.06


def test_a_view_from_the_side_needs_neither_camera_nor_gravity() -> None:
    rng = np.random.default_rng(5)
    errors, covered = [], []
    for roll in np.linspace(0, 3, 8):
        truth = rng.uniform(0.4, 0.9)
        track = bouncing(rng, truth, Rig(pitch=0.02, roll=roll, distance=4), Sight(), sideways=(0.02, 0.2))
        found = estimate_restitution(track, View())
        if found.status is EstimateStatus.REFUSED:
            continue
        errors.append(found.value - truth)
        covered.append(found.lower <= truth <= found.upper)
    assert len(errors) >= 6
    assert np.max(np.abs(errors)) < 0.05
    assert np.mean(covered) >= 0.8


def test_one_impact_and_a_part_of_the_rebound_gives_a_wide_interval() -> None:
    rng = np.random.default_rng(7)
    rig = Rig(pitch=0.2)
    whole = bouncing(rng, 0.7, rig, Sight(gaps=0, seconds=1.6), drop_m=0.6, start_s=-0.15)
    short = Track("ball", whole.observations[:22])
    wide, narrow = (estimate_restitution(track, rig.view()) for track in (short, whole))
    assert wide.status is EstimateStatus.VALID, wide.reason
    assert wide.events == 1
    assert narrow.events > 1
    assert wide.upper - wide.lower > 2 * (narrow.upper - narrow.lower)
    assert wide.lower <= 0.7 <= wide.upper


@pytest.mark.parametrize("truth", [0.1, 0.2])
def test_a_dull_thud_is_told_from_the_rest_after_it(truth: float) -> None:
    rig = Rig(pitch=0.2, distance=1.8)
    found = estimate_restitution(bouncing(np.random.default_rng(1), truth, rig, Sight(fps=90), drop_m=0.8), rig.view())
    assert found.status is EstimateStatus.VALID, found.reason
    assert abs(found.value - truth) < 0.04


def test_the_estimate_says_whom_and_what_it_is_about() -> None:
    rig = Rig()
    track = bouncing(np.random.default_rng(1), 0.6, rig, Sight())
    found = estimate_restitution(track, rig.view(counterpart="table"))
    assert (found.object_id, found.counterpart, found.property) == ("ball", "table", Property.RESTITUTION)
    assert (found.unit, found.scale, found.method, found.confidence_level) == ("1", Scale.METRIC, "FIT", 0.9)
    assert found.first_stamp_ns == round(track.observations[0].stamp_s * 1e9)
    assert found.last_stamp_ns == round(track.observations[-1].stamp_s * 1e9)
    assert found.fit_quality > 0.99
    assert 10 < found.frames <= len(track)


def test_calibration_widens_the_interval() -> None:
    rig = Rig()
    track = bouncing(np.random.default_rng(1), 0.6, rig, Sight())
    plain = estimate_restitution(track, rig.view(), Calibration(dict.fromkeys(Property, 1.0)))
    wider = estimate_restitution(track, rig.view(), Calibration(dict.fromkeys(Property, 2.0)))
    assert wider.value == plain.value
    assert wider.upper - wider.value == pytest.approx(2 * (plain.upper - plain.value))


def reason(track: Track, view: View) -> str:
    found = estimate_restitution(track, view)
    assert found.status is EstimateStatus.REFUSED, found
    return found.reason.split(":")[0]


def test_refusals_name_what_is_missing() -> None:
    rng, rig = np.random.default_rng(2), Rig()
    track = bouncing(rng, 0.7, rig, Sight(gaps=0), start_s=0.1)
    seen = track.observations
    assert reason(Track("ball", ()), rig.view()) == "TOO_SHORT"
    assert reason(Track("ball", seen[:4]), rig.view()) == "TOO_SHORT"
    assert reason(Track("ball", seen[:24]), rig.view()) == "TOO_SHORT"
    hidden = Track("ball", tuple(replace(one, visible=0.2) for one in seen))
    assert reason(hidden, rig.view()) == "OCCLUDED"
    assert reason(Track("ball", tuple(replace(one, cut=True) for one in seen)), rig.view()) == "OCCLUDED"
    screen = Track("ball", tuple(replace(one, visible=0.1) if i > 22 else one for i, one in enumerate(seen[:48])))
    assert reason(screen, rig.view()) == "OCCLUDED"
    times = Sight().stamps(rng)
    still = as_track(rng, times, np.full((len(times), 2), 200.0), np.full(len(times), 20.0), Sight())
    assert reason(still, rig.view()) == "NO_MOTION"
    rolling = as_track(
        rng, times, np.column_stack((100 + 200 * times, 300 + 0 * times)), np.full(len(times), 20.0), Sight()
    )
    assert reason(rolling, View()) == "NO_MOTION"


def test_a_rebound_faster_than_the_fall_is_no_restitution() -> None:
    rng, rig = np.random.default_rng(2), Rig(pitch=0.1, distance=4)
    assert reason(bouncing(rng, 1.15, rig, Sight(seconds=1.1), drop_m=0.4, start_s=0), rig.view()) == "POOR_FIT"


def test_a_fall_gives_the_scale() -> None:
    rng = np.random.default_rng(4)
    rig = Rig(pitch=0.4, distance=2.5)
    track = bouncing(rng, 0.7, rig, Sight(), drop_m=0.4)
    found = fall_scale(track, rig.view())
    assert found.metres_per_px == pytest.approx(2.5 / CAMERA.fx, rel=0.08)
    assert 0 < found.std_dev < 0.1 * found.metres_per_px
    assert math.isnan(fall_scale(Track("ball", track.observations[:3]), rig.view()).metres_per_px)
    assert fall_scale(Track("ball", track.observations[:3]), rig.view()).reason.startswith("TOO_SHORT")


def with_a_slow_fall(truth: float, rng: np.random.Generator, *, spoilt: float = 1.0, slow: float = 0.78) -> Track:
    """Seen from the side: a ball whose fall, or the first `spoilt` part of it, accelerates less than its flights."""
    drop, gravity, times = 0.5, 9.81, np.arange(84) / 60
    fall_s = math.sqrt(2 * drop / gravity)
    before = np.maximum(fall_s - times, 0.0)
    speed = gravity * fall_s
    late = np.minimum(before, (1 - spoilt) * fall_s)
    early = before - late
    heights = np.asarray(speed * late - gravity * late**2 / 2)
    heights += (speed - gravity * late) * early - slow * gravity * early**2 / 2
    touch = fall_s
    for _ in range(6):
        speed *= truth
        after = times >= touch
        heights[after] = (speed * (times - touch) - gravity * (times - touch) ** 2 / 2)[after]
        touch += 2 * speed / gravity
    pixels = np.column_stack((300 + 15 * times, 420 - 600 * np.maximum(heights, 0)))
    return as_track(rng, times, pixels, np.full(len(times), 30.0), Sight(noise_px=0.2))


@pytest.mark.parametrize("spoilt", [1.0, 0.4])
def test_a_fall_unlike_the_flights_after_it_is_left_out_or_doubted(spoilt: float) -> None:
    for seed in range(3):
        found = estimate_restitution(with_a_slow_fall(0.75, np.random.default_rng(seed), spoilt=spoilt), View())
        assert found.status is EstimateStatus.VALID, found.reason
        assert found.lower <= 0.75 <= found.upper
        assert found.upper - found.lower < 0.3


def test_bounces_before_a_ball_rolls_away_tell() -> None:
    track = with_a_slow_fall(0.75, np.random.default_rng(4), slow=1.0)
    rolls = tuple(
        replace(seen, x=seen.x + 900 * max(i - 62, 0) / 60, y=440 + 40 * math.sin(i)) if i > 62 else seen
        for i, seen in enumerate(track.observations)
    )
    found = estimate_restitution(Track("ball", rolls), View())
    assert found.status is EstimateStatus.VALID, found.reason
    assert found.lower <= 0.75 <= found.upper
    assert found.upper - found.lower < 0.2
