"""Whatever a track holds, an estimator answers: a valid estimate or a refusal with a known code."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from physperception.errors import ConfigError
from physperception.physics.fits import (
    Calibration,
    estimate_friction,
    estimate_restitution,
    estimate_viscosity,
    fall_scale,
)
from physperception.physics.fits.statistics import robust_fit
from physperception.physics.observations import Observation, Refusal, Track, View
from physperception.scene import Box, EstimateStatus, Property
from tests.unit.physics_fits_worlds import Rig

RIG = Rig(pitch=0.6, distance=1.5)
VIEWS = (
    View(),
    RIG.view(),
    RIG.view(surface_size_m=(0.1, 0.06), volume_m3=1e-4),
    RIG.view(plane=None, surface_size_m=(0.1, 0.06)),
    View(surface_size_m=(0.1, 0.06)),
    View(camera=RIG.camera),
)
NUMBERS = st.one_of(
    st.floats(-50, 700), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e30, -1e30, 1e300, 5e-324])
)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    count = draw(st.integers(0, 24))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    kind = draw(st.sampled_from(["noise", "constant", "line", "fall", "walk"]))
    times = np.cumsum(rng.uniform(1e-3, 0.1, count)) + draw(st.sampled_from([0.0, -5.0, 1.8e9]))
    steps = np.linspace(0, 1, count)
    xy = {
        "noise": rng.uniform(0, 480, (count, 2)),
        "constant": np.full((count, 2), 123.4),
        "line": np.outer(steps, [200.0, 90.0]) + 100,
        "fall": np.column_stack((0 * steps + 300, 400 * steps**2)),
        "walk": 300 + np.cumsum(rng.normal(0, 5, (count, 2)), axis=0),
    }[kind]
    strange = draw(st.lists(st.tuples(st.integers(0, 23), NUMBERS), max_size=4))
    for index, value in strange:
        if index < count:
            xy[index, index % 2] = value
    area = draw(NUMBERS)
    variance = draw(st.sampled_from([0.09, 0.0, -1.0, math.nan, 1e20]))
    corners = draw(st.booleans())
    seen = tuple(
        Observation(
            stamp_s=float(time),
            x=float(x),
            y=float(y),
            covariance=variance * np.eye(2),
            box=Box(0, 0, 10, 10),
            area_px=area if index % 3 else 100.0 + index,
            corners=np.array([(x - 5, y - 5), (x + 5, y - 5), (x + 5, y + 5), (x - 5, y + 5)]) if corners else None,
            visible=float(rng.uniform(0.3, 1.0)) if draw(st.booleans()) else 1.0,
            depth_m=draw(st.sampled_from([math.nan, 1.0, 0.0, -3.0])),
        )
        for index, (time, (x, y)) in enumerate(zip(times, xy))
    )
    return Track("thing", seen)


@pytest.mark.parametrize("estimator", [estimate_restitution, estimate_friction, estimate_viscosity])
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(track=tracks(), view=st.sampled_from(VIEWS))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_track_breaks_an_estimator(estimator, track: Track, view: View) -> None:
    found = estimator(track, view)
    if found.status is EstimateStatus.REFUSED:
        code, sentence = found.reason.split(": ", 1)
        assert Refusal(code)
        assert sentence
    else:
        assert found.lower <= found.value <= found.upper
        assert found.value >= 0
        assert math.isfinite(found.std_dev)


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(track=tracks(), view=st.sampled_from(VIEWS))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_track_breaks_the_scale_of_a_fall(track: Track, view: View) -> None:
    found = fall_scale(track, view)
    assert bool(found.reason) == math.isnan(found.metres_per_px)


def test_a_calibration_needs_every_property_and_positive_factors() -> None:
    with pytest.raises(ConfigError, match="VISCOSITY"):
        Calibration({Property.RESTITUTION: 1.0, Property.KINETIC_FRICTION: 1.0})
    with pytest.raises(ConfigError, match="RESTITUTION"):
        Calibration(dict.fromkeys(Property, 0.0))
    assert set(Calibration.shipped().factors) == set(Property)


def test_the_robust_fit_finds_a_line_and_its_covariance() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, 60)
    found = []
    for _ in range(40):
        y = 2 + 3 * x + rng.normal(0, 0.1, 60)
        y[::15] += 5
        fit = robust_fit(lambda p, y=y: ((p[0] + p[1] * x - y) / 0.1)[:, None], np.zeros(2))
        assert not fit.inliers[::15].any()
        found.append((fit.parameters[1] - 3) / math.sqrt(fit.covariance[1, 1]))
    assert abs(np.mean(found)) < 0.5
    assert 0.6 < np.std(found) < 1.5
