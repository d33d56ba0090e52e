"""The simulated motions obey the laws their labels stand for, checked by other means than the simulators use."""

import numpy as np
import pytest

pytest.importorskip("mujoco")

from physperception.datasets.videos.bouncing import simulate_bounce
from physperception.datasets.videos.motion import GRAVITY, RejectedMotion
from physperception.datasets.videos.sliding import simulate_slide
from physperception.datasets.videos.spreading import simulate_film


@pytest.mark.parametrize("restitution", [0.31, 0.5, 0.7, 0.93])
def test_rebound_height_gives_the_label(restitution):
    radius, height = 0.04, 0.7
    zero = np.zeros(3)
    moved = simulate_bounce(restitution, radius, np.array([0, 0, height + radius]), zero, zero, 1.2)
    begin, end = moved.contacts_s[:2]
    between = (moved.path.times_s > begin) & (moved.path.times_s < end)
    rebound = moved.path.positions[between, 2].max() - radius
    assert np.sqrt(rebound / height) == pytest.approx(moved.value, rel=0.01)
    assert moved.value == pytest.approx(restitution, abs=0.02)
    assert begin == pytest.approx(np.sqrt(2 * height / GRAVITY), abs=1e-3)


def test_sideways_speed_and_spin_do_not_change_the_label():
    start = np.array([0, 0, 0.6])
    straight = simulate_bounce(0.6, 0.04, start, np.zeros(3), np.zeros(3), 1.0)
    turning = simulate_bounce(0.6, 0.04, start, np.array([0.4, 0.2, 0]), np.array([5.0, -8, 3]), 1.0)
    assert turning.value == pytest.approx(straight.value, rel=0.01)


def test_a_ball_that_does_not_reach_the_plane_is_rejected():
    with pytest.raises(RejectedMotion, match="did not bounce"):
        simulate_bounce(0.6, 0.04, np.array([0, 0, 0.6]), np.zeros(3), np.zeros(3), 0.2)


@pytest.mark.parametrize("friction", [0.08, 0.3, 0.55])
def test_stopping_distance_gives_the_label(friction):
    speed = 1.2
    level = np.array([0, 0, -GRAVITY])
    moved = simulate_slide(friction, np.array([0.12, 0.08, 0.03]), 0.3, speed * np.array([0.6, -0.8]), level, 2.2)
    way = np.linalg.norm(moved.path.positions[-1, :2])
    assert moved.value == pytest.approx(speed**2 / (2 * GRAVITY * way), rel=0.02)
    assert moved.stop_s == pytest.approx(speed / (GRAVITY * friction), rel=0.05)


def test_downhill_acceleration_gives_the_label():
    tilt, friction = 0.4, 0.2
    gravity = GRAVITY * np.array([np.sin(tilt), 0, -np.cos(tilt)])
    moved = simulate_slide(friction, np.array([0.12, 0.08, 0.03]), 0.0, np.array([0.2, 0.0]), gravity, 0.5)
    times, along = moved.path.times_s, moved.path.positions[:, 0]
    acceleration = 2 * np.polyfit(times, along, 2)[0]
    assert (np.sin(tilt) - acceleration / GRAVITY) / np.cos(tilt) == pytest.approx(moved.value, rel=0.02)
    assert moved.stop_s is None


def test_a_block_that_hardly_moves_is_rejected():
    with pytest.raises(RejectedMotion):
        simulate_slide(0.6, np.array([0.1, 0.06, 0.03]), 0.0, np.array([0.05, 0]), np.array([0, 0, -GRAVITY]), 0.5)


@pytest.mark.parametrize("viscosity", [1e-4, 1e-2])
def test_late_spreading_follows_huppert(viscosity):
    film = simulate_film(viscosity, 0.012, 0.02, 2.5)
    times = np.array([1.2, 2.4])
    law = 0.894 * (GRAVITY * film.volume_m3**3 * times / (3 * viscosity)) ** 0.125
    found = [film.front(time) for time in times]
    assert found == pytest.approx(law, rel=0.02)


def test_volume_is_conserved_and_the_front_only_advances():
    film = simulate_film(1e-3, 0.018, 0.03, 1.5)
    width = film.radii_m[1] - film.radii_m[0]
    volumes = film.heights_m @ (2 * np.pi * film.radii_m * width)
    assert volumes == pytest.approx(film.volume_m3, rel=1e-6)
    assert (np.diff(film.fronts_m) >= 0).all()
    assert film.measured == pytest.approx(1e-3, rel=0.02)


def test_viscosity_only_stretches_time():
    thin, thick = simulate_film(1e-3, 0.018, 0.03, 0.2), simulate_film(1e-2, 0.018, 0.03, 2.0)
    for time in (0.02, 0.1, 0.19):
        assert thick.front(10 * time) == pytest.approx(thin.front(time), rel=0.005)
