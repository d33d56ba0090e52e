"""Kinetic friction by Coulomb's law on bird's-eye paths: bias, coverage, refusals, sources of scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physperception.physics.fits import estimate_friction
from physperception.physics.observations import Track, View
from physperception.scene import EstimateStatus
from tests.unit.physics_fits_worlds import CAMERA, Rig, Sight, as_track, sliding

SIZE = (0.1, 0.06)


def view_of(rig: Rig, source: str) -> View:
    return {
        "plane": rig.view(),
        "plane and size": rig.view(surface_size_m=SIZE),
        "size and camera": rig.view(plane=None, surface_size_m=SIZE[::-1]),
        "size": View(surface_size_m=SIZE),
    }[source]


@pytest.mark.parametrize("source", ["plane", "plane and size", "size and camera", "size"])
def test_unbiased_and_covered_whatever_gives_the_scale(source: str) -> None:
    rng = np.random.default_rng(3)
    errors, covered = [], []
    for _ in range(12):
        truth = rng.uniform(0.08, 0.6)
        rig = Rig(pitch=rng.uniform(0.35, 1.2), yaw=rng.uniform(0, 6.2), distance=rng.uniform(1.2, 2.2))
        track = sliding(
            rng, truth, rig, Sight(outliers=0.02), speed=rng.uniform(0.9, 1.8), heading=rng.uniform(0, 6.2), spin=1.0
        )
        found = estimate_friction(track, view_of(rig, source))
        if found.status is EstimateStatus.VALID:
            errors.append(found.value - truth)
            covered.append(found.lower <= truth <= found.upper)
    assert len(errors) >= 10
    assert np.median(np.abs(errors)) < 0.015
    assert abs(np.median(errors)) < 0.012
    assert np.mean(covered) >= 0.8


@pytest.mark.parametrize(("heading", "tilt", "truth"), [(0.0, 0.35, 0.2), (0.0, 0.35, 0.6), (np.pi, 0.2, 0.35)])
def test_a_slope_is_corrected_for(heading: float, tilt: float, truth: float) -> None:
    rig = Rig(pitch=0.7, tilt=tilt, distance=2.0, yaw=2.0)
    track = sliding(np.random.default_rng(1), truth, rig, Sight(seconds=0.7), speed=1.2, heading=heading)
    for source in ("plane and size", "size and camera"):
        found = estimate_friction(track, view_of(rig, source))
        assert found.status is EstimateStatus.VALID, found.reason
        assert found.value == pytest.approx(truth, abs=0.04)


def test_a_push_before_the_slide_is_left_out() -> None:
    rig = Rig(pitch=0.6, distance=2.0)
    track = sliding(np.random.default_rng(1), 0.25, rig, Sight(), speed=1.2, push_s=0.25)
    found = estimate_friction(track, view_of(rig, "plane and size"))
    assert found.value == pytest.approx(0.25, abs=0.025)


def test_depth_stands_in_for_the_plane() -> None:
    rng = np.random.default_rng(4)
    rig = Rig(pitch=0.6, distance=1.5)
    track = sliding(rng, 0.3, rig, Sight(noise_px=0.2), speed=1.3, corners=False)
    exact = sliding(np.random.default_rng(4), 0.3, rig, Sight(noise_px=1e-9, gaps=0), speed=1.3)
    assert len(exact) >= len(track)
    normal = rig.rotation @ rig.normal
    offset = float(normal @ rig.to_camera(np.zeros(3))) + 0.02
    seen = []
    for one in track.observations:
        ray = np.array([(one.x - CAMERA.cx) / CAMERA.fx, (one.y - CAMERA.cy) / CAMERA.fy, 1.0])
        seen.append(replace(one, depth_m=float(offset / (normal @ ray) + rng.normal(0, 0.002))))
    found = estimate_friction(Track("box", tuple(seen)), rig.view(plane=None))
    assert found.status is EstimateStatus.VALID, found.reason
    assert found.value == pytest.approx(0.3, abs=0.04)


def reason(track: Track, view: View) -> str:
    found = estimate_friction(track, view)
    assert found.status is EstimateStatus.REFUSED, found
    return found.reason.split(":")[0]


def test_refusals_name_what_is_missing() -> None:
    rng, rig = np.random.default_rng(2), Rig(pitch=0.6, distance=2.0)
    track = sliding(rng, 0.3, rig, Sight(gaps=0))
    assert reason(track, View(camera=CAMERA)) == "NO_SCALE"
    assert reason(track, View()) == "NO_SCALE"
    assert reason(track, rig.view(gravity=None)) == "NO_PLANE"
    bare = sliding(rng, 0.3, rig, Sight(gaps=0), corners=False)
    assert reason(bare, View(surface_size_m=SIZE)) == "NO_PLANE"
    assert reason(Track("box", track.observations[:4]), rig.view()) == "TOO_SHORT"
    assert (
        reason(Track("box", tuple(replace(one, visible=0.1) for one in track.observations)), rig.view()) == "OCCLUDED"
    )
    times = Sight().stamps(rng)
    still = as_track(rng, times, np.full((len(times), 2), 250.0), np.full(len(times), 20.0), Sight())
    assert reason(still, rig.view()) == "NO_MOTION"
    steady = sliding(rng, 0.0, rig, Sight(), speed=0.5)
    assert reason(steady, view_of(rig, "plane and size")) == "NO_MOTION"


@pytest.mark.parametrize("rate", [1.2, 2.5])
def test_viscous_drag_is_not_taken_for_friction(rate: float) -> None:
    rig = Rig(pitch=0.6, distance=2.0)
    track = sliding(np.random.default_rng(2), rate, rig, Sight(), speed=1.2, law="viscous")
    assert reason(track, view_of(rig, "plane and size")) == "POOR_FIT"
