"""Friction across slopes, rolling shutters and contacts that last: what straight, instantaneous models get wrong."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from physperception.physics.fits import estimate_friction, estimate_restitution
from physperception.physics.fits.curves import coulomb_path
from physperception.physics.observations import Track
from physperception.scene import EstimateStatus
from tests.unit.physics_fits_worlds import G, Rig, Sight, as_track

SIZE = (0.1, 0.06)
ROW_S = 6e-5


def across(
    friction: float, rig: Rig, sight: Sight, velocity: tuple[float, float], *, drag: float = 0.0, row_s: float = 0.0
) -> Track:
    """A box let go on a slope with a velocity along it: x downhill, y level."""
    rng = np.random.default_rng(5)
    times = sight.stamps(rng)
    down = np.array([math.cos(rig.tilt), 0.0, -math.sin(rig.tilt)])
    axes = np.stack((down, np.cross(rig.normal, down)))

    def law(_: float, state: np.ndarray) -> np.ndarray:
        speed = max(float(np.hypot(*state[2:])), 1e-4)
        grip = friction * G * math.cos(rig.tilt) * min(1.0, speed / 1e-3)
        return np.array(
            [
                *state[2:],
                G * math.sin(rig.tilt) - (grip / speed + drag) * state[2],
                -(grip / speed + drag) * state[3],
            ]
        )

    solved = solve_ivp(law, (0, 2), [-0.2, -0.2, *velocity], t_eval=np.linspace(0, 2, 4001), max_step=2e-3).y[:2].T
    ends = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2 * np.array(SIZE)

    def corners_at(when: np.ndarray) -> np.ndarray:
        place = np.stack([np.interp(when, np.linspace(0, 2, 4001), solved[:, k]) for k in range(2)], axis=-1)
        flat = place + np.broadcast_to(ends, (*when.shape[:-1], 4, 2))
        return rig.project(flat @ axes + 0.04 * rig.normal)

    quads = corners_at(np.repeat(times[:, None], 4, axis=1))
    middles = quads.mean(axis=1)
    for _ in range(3):
        quads = corners_at(times[:, None] + row_s * (quads[..., 1] - middles[:, None, 1]))
    quads = quads + rng.normal(0, sight.noise_px, quads.shape)
    track = as_track(rng, times, middles, np.full(len(times), 30.0), sight)
    return Track("box", tuple(replace(one, corners=quad) for one, quad in zip(track.observations, quads)))


@pytest.mark.parametrize(("velocity", "truth"), [((-0.6, 1.0), 0.4), ((0.2, 0.9), 0.1)])
def test_a_path_across_a_slope_is_a_curve(velocity: tuple[float, float], truth: float) -> None:
    rig = Rig(pitch=0.8, tilt=0.25, distance=2.0, yaw=1.0)
    track = across(truth, rig, Sight(seconds=0.6, gaps=0, jitter_s=0), velocity)
    found = estimate_friction(track, rig.view(surface_size_m=SIZE))
    assert found.status is EstimateStatus.VALID, found.reason
    assert found.value == pytest.approx(truth, abs=0.015)
    assert found.lower <= truth <= found.upper


def test_drag_across_a_slope_is_no_friction() -> None:
    rig = Rig(pitch=0.8, tilt=0.25, distance=2.0, yaw=1.0)
    track = across(0.0, rig, Sight(seconds=0.8, noise_px=0.1, gaps=0, jitter_s=0), (-0.6, 1.0), drag=4.0)
    found = estimate_friction(track, rig.view(surface_size_m=SIZE))
    assert found.status is EstimateStatus.REFUSED
    assert found.reason.startswith("POOR_FIT")


def test_a_rolling_shutter_does_not_stretch_the_ruler() -> None:
    rig = Rig(pitch=0.8, distance=1.2, yaw=1.5)
    track = across(0.3, rig, Sight(seconds=0.4, noise_px=0.1, gaps=0, jitter_s=0), (1.4, 0.2), row_s=ROW_S)
    skewed, right = (
        estimate_friction(track, rig.view(surface_size_m=SIZE, row_time_s=row_s)) for row_s in (0.0, ROW_S)
    )
    assert abs(right.value - 0.3) < 0.004
    assert abs(skewed.value - 0.3) > abs(right.value - 0.3)


def test_a_path_ends_where_friction_holds() -> None:
    times = np.linspace(0, 1, 41)
    path = coulomb_path(times, np.array([0.0, 0.0, 1.0, 0.0, 4.0]), np.zeros(2))
    assert path[-1] == pytest.approx([0.125, 0.0], abs=1e-4)
    assert path[8, 0] == pytest.approx(0.2 - 2 * 0.2**2, abs=1e-4)


@pytest.mark.parametrize("contact_s", [0.0, 0.003])
def test_an_impact_may_last(contact_s: float) -> None:
    """Flights that begin 3 ms late would otherwise look half a percent faster at each bounce."""
    truth, speed, times = 0.6, 3.0, np.arange(0, 0.9, 1 / 60)
    heights = np.where(times < 0.1, speed * (0.1 - times) - G * (0.1 - times) ** 2 / 2, 0.0)
    touch = 0.1
    for _ in range(12):
        speed *= truth
        left = times - touch - contact_s
        heights = np.where(left >= 0, speed * left - G * left**2 / 2, heights)
        touch += contact_s + 2 * speed / G
    rig, sight = Rig(pitch=0.2, distance=1.5), Sight(noise_px=0.1)
    places = np.column_stack((0.1 * times, np.zeros_like(times), np.maximum(heights, -0.002) + 0.04))
    size = 0.08 * rig.camera.fx / rig.to_camera(places)[:, 2]
    found = estimate_restitution(
        as_track(np.random.default_rng(1), times, rig.project(places), size, sight), rig.view()
    )
    assert found.status is EstimateStatus.VALID, found.reason
    assert found.value == pytest.approx(truth, abs=0.003)
