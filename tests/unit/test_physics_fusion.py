"""Estimates are combined by how sure they are, never across scales, and grow old."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physperception.physics.fusion import EstimateHistory, fuse, quantile
from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scale

SECOND = 1_000_000_000


def estimate(value, std, first_s=0.0, last_s=1.0, **changes):
    return PropertyEstimate(
        **{
            "object_id": "ball",
            "property": Property.RESTITUTION,
            "status": EstimateStatus.VALID,
            "value": value,
            "std_dev": std,
            "lower": value - 1.645 * std,
            "upper": value + 1.645 * std,
            "first_stamp_ns": int(first_s * SECOND),
            "last_stamp_ns": int(last_s * SECOND),
            "frames": 30,
            "events": 1,
            "fit_quality": 0.99,
            "method": "FIT",
            "model": "fit",
        }
        | changes
    )


def refusal(reason="NO_MOTION: nothing moves"):
    return PropertyEstimate(
        object_id="ball", property=Property.RESTITUTION, status=EstimateStatus.REFUSED, reason=reason
    )


def test_agreeing_estimates_are_averaged_by_inverse_variance():
    found = fuse([estimate(0.60, 0.02), estimate(0.63, 0.04, method="READOUT", model="net")])
    assert found.value == pytest.approx((0.60 * 4 + 0.63 * 1) / 5)
    assert found.std_dev == pytest.approx(0.02 * 0.04 / math.hypot(0.02, 0.04))
    assert found.lower < found.value < found.upper
    assert (found.method, found.model, found.frames, found.events) == ("FUSED", "fit+net", 60, 2)


def test_disagreement_widens_the_interval_to_hold_both():
    found = fuse([estimate(0.40, 0.01), estimate(0.60, 0.01)])
    assert found.value == pytest.approx(0.5)
    assert found.lower < 0.42
    assert found.upper > 0.58


def test_the_interval_covers_as_often_as_it_says():
    random = np.random.default_rng(0)
    inside = 0
    for _ in range(800):
        spreads = random.uniform(0.005, 0.05, size=3)
        found = fuse([estimate(0.5 + random.normal(0, spread), spread) for spread in spreads])
        inside += found.lower <= 0.5 <= found.upper
    assert 0.87 <= inside / 800 <= 0.97


def test_a_coarser_scale_never_moves_a_finer_one():
    metric, coarse = estimate(0.6, 0.02), estimate(0.2, 0.001, scale=Scale.CLASS, method="PRIOR")
    assert fuse([coarse, metric]) == metric
    assert fuse([coarse, refusal()]) == coarse
    assert fuse([coarse]).scale is Scale.CLASS


def test_viscosity_is_averaged_in_logarithms():
    changes = {"property": Property.VISCOSITY, "unit": "m^2/s"}
    small, large = (
        estimate(value, 0.1 * value, lower=0.8 * value, upper=1.2 * value, **changes) for value in (1e-4, 1e-2)
    )
    found = fuse([small, large])
    assert found.value == pytest.approx(1e-3)
    assert 0 < found.lower < 1.1e-4
    assert found.upper > 0.9e-2


def test_only_refusals_stay_a_refusal():
    first = refusal()
    assert fuse([first, refusal("TOO_SHORT: three frames")]) == first


def test_what_does_not_belong_together_is_not_fused():
    with pytest.raises(ValueError, match="nothing to fuse"):
        fuse([])
    with pytest.raises(ValueError, match="one object"):
        fuse([estimate(0.5, 0.1), replace(estimate(0.5, 0.1), object_id="cup")])


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(1e-6, 0.5)),
        min_size=1,
        max_size=6,
    )
)
def test_a_fused_estimate_is_always_a_valid_one(parts):
    found = fuse([estimate(value, std) for value, std in parts])
    assert min(value for value, _ in parts) - 1e-9 <= found.value <= max(value for value, _ in parts) + 1e-9
    assert found.lower <= found.value <= found.upper


def test_quantiles_follow_the_stated_deviation():
    found = estimate(0.4, 0.05, property=Property.KINETIC_FRICTION)
    assert quantile(found, 0.5) == pytest.approx(0.4)
    assert quantile(found, 0.05) == pytest.approx(0.4 - 1.645 * 0.05, abs=1e-4)
    assert quantile(estimate(0.02, 0.05, property=Property.KINETIC_FRICTION), 0.01) == 0
    assert math.isnan(quantile(refusal(), 0.05))
    thick = estimate(1e-2, 1e-3, lower=8e-3, upper=1.2e-2, property=Property.VISCOSITY)
    assert quantile(thick, 0.5) == pytest.approx(1e-2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(found, 1.0)


def test_events_refine_what_is_known():
    history = EstimateHistory()
    one = history.add(estimate(0.60, 0.02, 0, 1))
    two = history.add(estimate(0.62, 0.02, 2, 3))
    assert two.std_dev < one.std_dev
    assert two.events == 2
    assert two.last_stamp_ns == 3 * SECOND


def test_a_longer_look_at_the_same_event_does_not_count_twice():
    history = EstimateHistory()
    history.add(estimate(0.60, 0.04, 0, 1))
    longer = estimate(0.61, 0.02, 0.2, 1.5)
    assert history.add(longer) == longer


def test_a_refusal_does_not_undo_what_is_known_but_is_the_answer_before():
    history = EstimateHistory()
    assert history.add(refusal()) == refusal()
    known = estimate(0.6, 0.02)
    assert history.add(known) == known
    assert history.add(refusal()) == known


def test_estimates_grow_stale_and_pairs_are_bounded():
    history = EstimateHistory(most_pairs=3)
    for number in range(5):
        history.add(replace(estimate(0.5, 0.1), object_id=f"ball{number}"))
    assert [item.object_id for item in history.latest(2 * SECOND, 10)] == ["ball2", "ball3", "ball4"]
    assert {item.status for item in history.latest(2 * SECOND, 10)} == {EstimateStatus.VALID}
    old = history.latest(60 * SECOND, 10)
    assert {item.status for item in old} == {EstimateStatus.STALE}
    assert "59 s" in old[0].reason
    history.reset()
    assert history.latest(0, 1) == []


def test_the_memory_of_one_pair_is_bounded():
    history = EstimateHistory()
    for number in range(200):
        found = history.add(estimate(0.5, 0.1, 2 * number, 2 * number + 1))
    assert found.events == 32
