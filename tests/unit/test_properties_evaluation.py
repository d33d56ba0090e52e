"""Figures of property estimates, against cases worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from physperception.evaluation.properties import ClipScore, PropertyTally, pair_scores, roc_auc
from physperception.physics.observations import Refusal
from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scale


def answer(value, reach=0.1):
    return PropertyEstimate(
        object_id="a",
        property=Property.KINETIC_FRICTION,
        status=EstimateStatus.VALID,
        value=value,
        std_dev=reach / 2,
        lower=value - reach,
        upper=value + reach,
    )


def refusal(reason):
    return PropertyEstimate(
        object_id="a", property=Property.KINETIC_FRICTION, status=EstimateStatus.REFUSED, reason=reason
    )


def score(value, estimate, refusal=None, pair=""):
    return ClipScore("1", value, refusal, pair, estimate)


def test_figures_of_a_few_clips():
    tally = PropertyTally(
        [
            score(0.1, answer(0.12)),
            score(0.2, answer(0.18)),
            score(0.4, answer(0.6)),
            score(0.3, refusal("POOR_FIT: no line")),
            score(None, refusal("NO_SCALE: no camera"), Refusal.NO_SCALE),
            score(None, refusal("NO_PLANE: no plane"), Refusal.NO_SCALE),
            score(None, answer(0.5), Refusal.NO_MOTION),
        ]
    )
    found = tally.figures()
    assert (found["n"], found["n_answered"], found["n_unknowable"]) == (4, 3, 3)
    assert found["mae"] == pytest.approx((0.02 + 0.02 + 0.2) / 3)
    assert found["coverage_90"] == pytest.approx(2 / 3)
    assert found["width"] == pytest.approx(0.2)
    assert found["refused_rate"] == pytest.approx(1 / 4)
    assert found["right_reason_rate"] == pytest.approx(1 / 3)
    assert found["false_answer_rate"] == pytest.approx(1 / 3)
    assert found["pearson"] == pytest.approx(np.corrcoef([0.1, 0.2, 0.4], [0.12, 0.18, 0.6])[0, 1])
    assert found["spearman"] == pytest.approx(1)
    assert math.isnan(found["auc"])
    assert tally.reasons()["NO_SCALE"] == {"NO_SCALE": 1, "NO_PLANE": 1}
    assert tally.reasons()[""] == {"answered": 3, "POOR_FIT": 1}


def test_pairs_are_scored_both_ways_round_and_a_refusal_knows_nothing():
    clips = [
        score(0.1, answer(0.2), pair="p"),
        score(0.3, answer(0.6), pair="p"),
        score(0.1, answer(0.2), pair="q"),
        score(0.3, refusal("POOR_FIT: none"), pair="q"),
        score(0.3, answer(0.2), pair="alone"),
    ]
    scores, labels = pair_scores(clips)
    assert scores == pytest.approx([0.25, 0.75, 0.5, 0.5])
    assert labels == [False, True, False, True]
    assert roc_auc(scores, labels) == pytest.approx(0.875)


def test_the_area_under_the_curve_agrees_with_counting():
    random = np.random.default_rng(0)
    scores, labels = random.integers(0, 8, 60) / 8, random.random(60) < 0.4
    wins = [(a > b) + 0.5 * (a == b) for a in scores[labels] for b in scores[~labels]]
    assert roc_auc(scores.tolist(), labels.tolist()) == pytest.approx(np.mean(wins))
    assert math.isnan(roc_auc([0.5], [True]))


def test_no_clips_give_no_figures():
    assert all(math.isnan(value) or value == 0 for value in PropertyTally().figures().values())


def test_a_relative_value_is_no_answer_and_right_only_without_scale():
    relative = replace(answer(0.3), scale=Scale.RELATIVE)
    known, unknowable = score(0.3, relative), score(None, relative, refusal=Refusal.NO_SCALE)
    assert not known.answered
    assert unknowable.right_reason
    assert not score(None, answer(0.3), refusal=Refusal.NO_SCALE).right_reason
    assert not score(None, relative, refusal=Refusal.OCCLUDED).right_reason
    tally = PropertyTally([known, unknowable])
    assert tally.figures()["refused_rate"] == 1.0
    assert tally.reasons() == {"": {"RELATIVE": 1}, "NO_SCALE": {"RELATIVE": 1}}
