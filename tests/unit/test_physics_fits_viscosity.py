"""Viscosity by thin-film spreading: exact and solved films through a pinhole camera, and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from physperception.physics.fits import estimate_viscosity
from physperception.physics.fits.spreading_law import cylinder_growth, silhouette
from physperception.physics.observations import Track, View
from physperception.scene import EstimateStatus, Scale
from tests.unit.physics_fits_worlds import Rig, Sight, as_track, spreading

VOLUME = 5e-5
FILM = Sight(fps=30, seconds=2.0)


def rig_of(rng: np.random.Generator) -> Rig:
    return Rig(pitch=rng.uniform(0.5, 1.3), yaw=rng.uniform(0, 6.2), distance=rng.uniform(0.5, 1.2))


@pytest.mark.parametrize(
    ("shape", "count", "allowed"), [("huppert", 30, 0.04), ("cylinder", 4, 0.1), ("paraboloid", 4, 0.1)]
)
def test_metric_viscosity_of_a_known_volume(shape: str, count: int, allowed: float) -> None:
    rng = np.random.default_rng(3)
    errors, covered = [], []
    for _ in range(count):
        truth, rig = 10 ** rng.uniform(-4, -1.7), rig_of(rng)
        found = estimate_viscosity(spreading(rng, truth, rig, FILM, shape=shape), rig.view(volume_m3=VOLUME))
        assert found.status is EstimateStatus.VALID, found.reason
        assert (found.scale, found.unit) == (Scale.METRIC, "m^2/s")
        errors.append(np.log(found.value / truth))
        covered.append(found.lower <= truth <= found.upper)
    assert np.mean(np.abs(errors)) < allowed
    assert abs(np.mean(errors)) < allowed
    assert np.mean(covered) >= 0.8 if count > 10 else any(covered)


def test_without_volume_the_order_is_told() -> None:
    rng, rig = np.random.default_rng(4), Rig(pitch=0.8, distance=0.9)
    truths = np.geomspace(1e-4, 1e-1, 5)
    found = [estimate_viscosity(spreading(rng, truth, rig, FILM), View()) for truth in truths]
    assert all((one.scale, one.unit) == (Scale.RELATIVE, "s") for one in found)
    assert (np.diff([one.value for one in found]) > 0).all()


def test_the_cylinder_becomes_a_similarity_solution() -> None:
    late = np.array([100.0, 1000.0])
    assert cylinder_growth(late) == pytest.approx((0.408 * np.pi**3 * late) ** 0.25, rel=0.01)
    early = cylinder_growth(np.linspace(-1, 5, 50))
    assert early[0] == 1.0
    assert (np.diff(early) >= 0).all()


def reason(track: Track, view: View) -> str:
    found = estimate_viscosity(track, view)
    assert found.status is EstimateStatus.REFUSED, found
    return found.reason.split(":")[0]


def test_refusals_name_what_is_missing() -> None:
    rng, rig = np.random.default_rng(2), Rig(pitch=0.8, distance=0.9)
    track = spreading(rng, 1e-2, rig, FILM, shape="huppert")
    view = rig.view(volume_m3=VOLUME)
    assert reason(Track("liquid", track.observations[:4]), view) == "TOO_SHORT"
    hidden = Track("liquid", tuple(replace(one, visible=0.6) for one in track.observations))
    assert reason(hidden, view) == "OCCLUDED"
    times = FILM.stamps(rng)
    still = as_track(rng, times, np.full((len(times), 2), 250.0), np.full(len(times), 40.0), FILM)
    assert reason(still, view) == "NO_MOTION"
    assert reason(still, View()) == "NO_MOTION"
    shrinking = tuple(
        replace(one, area_px=one.area_px * (1 - 0.5 * share))
        for one, share in zip(still.observations, np.linspace(0, 1, len(times)))
    )
    assert reason(Track("liquid", shrinking), view) == "OCCLUDED"


def test_a_thick_film_looks_larger_the_more_aslant_it_is_seen() -> None:
    slant = np.array([0.0, 0.1, 0.5, 1.0, 3.0])
    larger = silhouette(slant)
    assert larger[0] == pytest.approx(1.0)
    assert (np.diff(larger) > 0).all()
    points = np.array([(0.0, 1.0 * 4 / 3), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0)])
    assert larger[3] > ConvexHull(points).volume / np.pi
