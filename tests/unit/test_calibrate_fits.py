"""Calibration of the fits' intervals: errors over half widths, and the factor that holds nine in ten."""

from types import SimpleNamespace

import pytest

from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scale
from physperception.training.calibrate_fits import factor_of, ratio


def estimate(value, lower, upper, kind=Property.RESTITUTION, scale=Scale.METRIC):
    return PropertyEstimate(
        object_id="a",
        property=kind,
        status=EstimateStatus.VALID,
        scale=scale,
        value=value,
        std_dev=0.1,
        lower=lower,
        upper=upper,
    )


def clip(value, kind=Property.RESTITUTION):
    return SimpleNamespace(value=value, property=kind)


def test_errors_are_measured_by_the_half_they_lie_in():
    assert ratio(clip(0.6), estimate(0.5, 0.4, 0.7)) == pytest.approx(0.5)
    assert ratio(clip(0.3), estimate(0.5, 0.4, 0.7)) == pytest.approx(2.0)
    liquid = estimate(1e-3, 5e-4, 2e-3, Property.VISCOSITY)
    assert ratio(clip(4e-3, Property.VISCOSITY), liquid) == pytest.approx(2.0)


def test_what_is_no_answer_does_not_count():
    assert ratio(clip(None), estimate(0.5, 0.4, 0.7)) is None
    assert ratio(clip(0.5), estimate(0.5, 0.4, 0.7, scale=Scale.RELATIVE)) is None
    refused = PropertyEstimate(
        object_id="a", property=Property.RESTITUTION, status=EstimateStatus.REFUSED, reason="NO_MOTION: nothing moves"
    )
    assert ratio(clip(0.5), refused) is None


def test_the_factor_holds_nine_in_ten_and_narrows_to_a_half_at_most():
    ratios = [index / 10 for index in range(1, 41)]
    assert sum(value <= factor_of(ratios) for value in ratios) >= 36
    assert factor_of([0.1] * 30) == 0.5
    with pytest.raises(ValueError, match="19 answers are fewer than the 20"):
        factor_of([1.0] * 19)
