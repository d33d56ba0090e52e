"""Figures of completion and order on cases that can be counted by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from physperception.amodal.graph import Occlusion, OcclusionGraph
from physperception.amodal.order import PairwiseOrder
from physperception.datasets.coco import SceneSample
from physperception.evaluation import amodal, order
from physperception.evaluation.methods import alone, binary, convex_hull, visible_as_is, with_completer, with_depth
from physperception.evaluation.scores import BANDS, Reliability, band_of, correlation, json_line, mean
from physperception.evaluation.truth import ImageTruth, read_truth
from physperception.scene import Mask

SIZE = 20


def block(x, y, width, height):
    return Mask(x, y, np.ones((height, width), dtype=np.bool_))


def truth_of(*objects, occludes=(), depth_m=None, **changes):
    """Objects as (visible, amodal) masks that end inside the image; `occludes` as (front, back)."""
    table = np.zeros((len(objects), len(objects)), dtype=np.bool_)
    for pair in occludes:
        table[pair] = True
    made = ImageTruth(
        index=3,
        image=np.zeros((SIZE, SIZE, 3), dtype=np.uint8),
        visible=tuple(visible for visible, _ in objects),
        amodal=tuple(whole for _, whole in objects),
        whole=tuple(whole for _, whole in objects),
        cut=(False,) * len(objects),
        occludes=table,
        depth_m=depth_m,
    )
    return replace(made, **changes)


HALF_HIDDEN = (block(2, 2, 4, 4), block(2, 2, 8, 4))
"""16 pixels seen of 32."""
FREE = (block(12, 12, 5, 5), block(12, 12, 5, 5))


def figures_of(truth, *guesses):
    tally = amodal.AmodalTally()
    tally.add(truth, [binary(seen, guess) for seen, guess in zip(truth.visible, guesses)])
    return tally.figures()


def test_iou_of_the_whole_and_of_the_invisible_part():
    figures = figures_of(truth_of(HALF_HIDDEN, FREE), block(2, 2, 6, 4), block(12, 12, 5, 8))
    assert figures["n"] == 1
    assert figures["miou"] == 24 / 32
    assert figures["miou_inv"] == 8 / 16
    assert figures["miou_40_60"] == 24 / 32
    assert figures["miou_small"] == 24 / 32
    assert (figures["n_40_60"], figures["n_5_20"]) == (1, 0)
    assert math.isnan(figures["miou_5_20"])
    assert figures["n_all"] == 2
    assert figures["miou_all"] == (24 / 32 + 25 / 40) / 2
    assert figures["miou_inv_all"] == 8 / 16


def test_means_are_over_objects_and_pools_over_pixels():
    large = (block(0, 10, 10, 5), block(0, 10, 10, 10))
    figures = figures_of(truth_of(HALF_HIDDEN, large), HALF_HIDDEN[1], large[0])
    assert figures["miou"] == (1 + 0.5) / 2
    assert figures["miou_pooled"] == (32 + 50) / (32 + 100)
    assert figures["miou_inv"] == 0.5
    assert figures["miou_inv_pooled"] == 16 / (16 + 50)


def test_what_is_outside_the_image_counts_on_its_own_only():
    inside = block(0, 5, 4, 4)
    truth = truth_of((inside, inside), whole=(block(-4, 5, 8, 4),), cut=(True,))
    figures = figures_of(truth, block(-2, 5, 6, 4))
    assert figures["outside_iou"] == 8 / 16
    assert figures["n_outside"] == 1
    assert figures["miou_all"] == 1.0
    unknown = figures_of(replace(truth, whole=(None,), cut=(False,)), block(-2, 5, 6, 4))
    assert unknown["n_outside"] == 0
    assert math.isnan(unknown["outside_iou"])


def test_an_object_hidden_by_less_than_five_percent_is_left_out_of_the_main_figures():
    hardly = (block(0, 0, 10, 5), block(0, 0, 10, 5).union(block(10, 0, 2, 1)))
    figures = figures_of(truth_of(hardly), hardly[0])
    assert (figures["n"], figures["n_all"]) == (0, 1)
    assert math.isnan(figures["miou"])
    assert figures["miou_inv_all"] == 0.0


def test_calibration_of_pixels_scores_and_occlusion():
    """Two hidden pixels in three are true at a stated 0.5; those below 0.01 don't count."""
    visible = block(0, 0, 2, 2)
    truth = truth_of((visible, block(0, 0, 2, 2).union(block(2, 0, 2, 1))))
    probability = np.array([[1, 1, 0.5, 0.5], [1, 1, 0.5, 0.005]], dtype=np.float32)
    found = replace(
        binary(visible, block(0, 0, 4, 1).union(visible)),
        x=0,
        y=0,
        probability=probability,
        occlusion=0.5,
        occlusion_std=0.1,
        score=0.8,
    )
    tally = amodal.AmodalTally()
    tally.add(truth, [found])
    figures = tally.figures()
    assert tally.reliability.count == 3
    assert figures["pixel_ece"] == pytest.approx(2 / 3 - 0.5)
    assert figures["occlusion_error"] == pytest.approx(0.5 - 1 / 3)
    assert figures["occlusion_coverage"] == 1.0
    assert figures["score_excess"] == pytest.approx(0.8 - 1.0)
    tally.add(truth, [replace(found, occlusion=0.9)])
    assert tally.figures()["occlusion_coverage"] == 0.5


class FakeCompleter:
    """Grows every mask to a block twice as wide; with hints, to the whole truth."""

    def __init__(self):
        self.calls = []

    def complete(self, image, visible, hints=None, samples=0):
        self.calls.append((image, hints))
        grow = 1 if hints is None else 2
        return [binary(m, block(m.x, m.y, m.width * grow, m.height)) for m in visible]

    def order(self, image, visible):
        """The first object hides every other."""
        hides = np.full((len(visible), len(visible)), 0.1, dtype=np.float32)
        hides[0, 1:] = 0.7
        return PairwiseOrder(hides)


def test_methods_are_compared_on_the_same_truth():
    ring = block(2, 10, 6, 6).minus(block(4, 12, 2, 2))
    depth = np.full((SIZE, SIZE), 1.0, dtype=np.float32)
    truth = truth_of(HALF_HIDDEN, (ring, block(2, 10, 6, 6)), depth_m=depth)
    completer = FakeCompleter()
    tallies = amodal.evaluate(
        [truth],
        {
            "alone": alone(completer),
            "plain": with_completer(completer),
            "depth": with_depth(completer),
            "visible": visible_as_is,
            "hull": convex_hull,
        },
    )
    figures = {name: tally.figures() for name, tally in tallies.items()}
    assert figures["alone"]["miou_40_60"] == figures["visible"]["miou_40_60"] == 0.5
    assert figures["plain"]["miou_40_60"] == figures["depth"]["miou_40_60"] == 1.0
    assert figures["visible"]["miou_inv"] == 0.0
    assert figures["visible"]["miou_5_20"] == 32 / 36
    assert figures["hull"]["miou_inv_5_20"] == 1.0
    assert [hints is None for _, hints in completer.calls] == [True, False, False]


def test_an_image_is_completed_once_for_several_uses():
    completer = FakeCompleter()
    method, truth = with_completer(completer), truth_of(HALF_HIDDEN)
    assert method(truth) is method(truth)
    method(truth_of(HALF_HIDDEN))
    assert len(completer.calls) == 2


THREE = [(block(0, y, 4, 4), block(0, y, 4 * (1 + (y > 0)), 4)) for y in (0, 6, 12)]


def pair_truth(overlap_px):
    """Object 0 is before object 1, whose amodal mask reaches `overlap_px` columns of 10 under it."""
    front = block(0, 0, 10, 10)
    back = block(10, 0, 10, 10)
    return truth_of((front, front), (back, block(10 - overlap_px, 0, 10 + overlap_px, 10)), occludes=[(0, 1)])


def graph(*edges, ids=("0", "1")):
    return OcclusionGraph(ids, tuple(Occlusion(front, back, sure, 9.0) for front, back, sure in edges))


@pytest.mark.parametrize(
    ("said", "accuracy", "missing", "turned", "precision"),
    [
        (graph(("0", "1", 0.9)), 1, 0, 0, 1),
        (graph(("1", "0", 0.9)), 0, 0, 1, 0),
        (graph(), 0, 1, 0, math.nan),
    ],
    ids=["right", "wrong way round", "missing"],
)
def test_a_pair_is_right_wrong_or_missing(said, accuracy, missing, turned, precision):
    tally = order.OrderTally()
    tally.add(pair_truth(2), said)
    figures = tally.figures()
    found = [figures[name] for name in ("accuracy", "missing", "reversed", "precision")]
    assert found == pytest.approx([accuracy, missing, turned, precision], nan_ok=True)
    assert figures["accuracy_5_20"] == accuracy
    assert (figures["n"], figures["n_5_20"]) == (1, 1)


def test_overlaps_up_to_five_percent_count_among_all_pairs_only():
    hidden = truth_of(
        (block(0, 0, 10, 10), block(0, 0, 10, 10)),
        (block(10, 0, 10, 10), block(10, 0, 10, 10).union(block(9, 0, 1, 5))),
        occludes=[(0, 1)],
    )
    tally = order.OrderTally()
    tally.add(hidden, graph(("0", "1", 0.9)))
    figures = tally.figures()
    assert (figures["n"], figures["n_all"], figures["accuracy_all"]) == (0, 1, 1.0)
    assert tally.pairs[0].overlap == 0.05


def test_precision_counts_what_is_named_of_objects_that_do_not_hide_each_other():
    tally = order.OrderTally()
    tally.add(truth_of(HALF_HIDDEN, FREE, FREE, occludes=[(1, 0)]), graph(("1", "0", 0.8), ("2", "1", 0.6), ids="012"))
    assert tally.figures()["precision"] == 0.5
    assert tally.figures()["confidence_ece"] == pytest.approx(0.2)


def test_mutual_pairs_and_cycles_are_counted():
    truth = truth_of(*THREE, occludes=[(0, 1), (1, 2), (2, 0)])
    tally = order.OrderTally()
    tally.add(truth, graph(("0", "1", 0.9), ("1", "2", 0.9), ids="012"))
    assert (tally.cycles_true, tally.cycles_named, tally.mutual) == (1, 0, 0)
    tally.add(truth_of(*THREE, occludes=[(0, 1), (1, 0)]), graph(ids="012"))
    assert (tally.cycles_true, tally.mutual, len(tally.pairs)) == (2, 1, 3)


def test_orders_from_completions():
    """The probability mass says the other way round than the binary masks, and depth overrules both."""
    truth = pair_truth(2)
    front, back = truth.visible
    sure = binary(back, truth.amodal[1])
    vague = replace(binary(front, front), x=0, y=0, probability=np.full((10, 20), 0.6, dtype=np.float32))
    depth = np.full((SIZE, SIZE), 1.0, dtype=np.float32)
    depth[:, :10] = 0.8
    truth = replace(truth, depth_m=depth)

    def method(_):
        return [vague, sure]

    tallies = order.evaluate(
        [truth],
        {
            "mass": order.graph_of(method, 0.5),
            "strict": order.graph_of(method, 0.9),
            "depth": order.graph_of(method, 0.5, use_depth=True),
            "plain": order.plain_rule(method),
            "seen": order.graph_of(method, 0.5, completer=FakeCompleter()),
        },
    )
    named = {name: tally.pairs[0].named for name, tally in tallies.items()}
    assert named == {"mass": -1, "strict": 0, "depth": 1, "plain": 1, "seen": 1}
    assert tallies["mass"].pairs[0].confidence == pytest.approx(60 / 80)
    assert tallies["seen"].pairs[0].confidence == pytest.approx(7 / 8)


@pytest.mark.parametrize(
    ("occlusion", "band"), [(0, "0_5"), (0.05, "5_20"), (0.19, "5_20"), (0.2, "20_40"), (0.8, "80_100"), (1, "80_100")]
)
def test_bands_have_their_lower_edge(occlusion, band):
    assert band_of(occlusion) == band
    assert band in BANDS


def test_reliability_by_hand():
    reliability = Reliability(0.0, 1.0, 2)
    assert math.isnan(reliability.error())
    reliability.add([0.2, 0.4, 1.0], [False, True, True])
    assert reliability.rows()[:, :2].tolist() == [[pytest.approx(0.3), 0.5], [1.0, 1.0]]
    assert reliability.error() == pytest.approx(0.2 * 2 / 3)


def test_figures_that_are_not_known():
    assert math.isnan(mean([math.nan]))
    assert mean([1.0, math.nan]) == 1.0
    assert all(map(math.isnan, correlation([1, 1, 1], [1, 2, 3])))
    assert correlation([1, 2, 3, math.nan], [2, 4, 6, 1]) == (pytest.approx(1), pytest.approx(1))
    assert json_line({"a": math.nan, "b": 0.5, "n": 2}) == '{"a": null, "b": 0.5, "n": 2}'


class OneSample:
    """A data set of one image that says nothing of what is outside it."""

    def __getitem__(self, index):
        visible = np.zeros((4, SIZE, SIZE), dtype=np.bool_)
        visible[0, 5:8, 5:8] = visible[1, :4, :4] = visible[3, 15:, 15:] = True
        occludes = np.zeros((4, 4), dtype=np.bool_)
        occludes[3, 0] = True
        picture = np.zeros((SIZE, SIZE, 3), dtype=np.uint8)
        return SceneSample(7, picture, visible, visible.copy(), occludes, (1,) * 4)


def test_objects_that_are_not_seen_are_left_out_and_cut_ones_are_not_known_whole():
    truth = read_truth(OneSample(), 0)
    assert len(truth.visible) == 3
    assert [whole is None for whole in truth.whole] == [False, True, True]
    assert truth.occludes.nonzero() == (np.array([2]), np.array([0]))
    assert truth.depth_m is None
