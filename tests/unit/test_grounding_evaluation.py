"""Evaluation of grounding: hand-worked cases, a stand-in grounder through the command, and what can go wrong."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from physperception.cli import evaluate_grounding
from physperception.datasets.coco import DatasetError
from physperception.datasets.expressions import Expression, ExpressionKind, Target, write_expressions
from physperception.datasets.expressions.generating import generate
from physperception.datasets.referring import ReferredImage, ReferringSet, open_generated
from physperception.errors import ConfigError
from physperception.evaluation.grounding import GroundingTally, evaluate, judge
from physperception.scene import Box, GroundedObject, Grounding, GroundingStatus, Instance, Mask, MaskKind, Scene

SAMPLE = Path(__file__).parents[1] / "data" / "scenes_sample"
FOUND, AMBIGUOUS, NOT_THERE = GroundingStatus.FOUND, GroundingStatus.AMBIGUOUS, GroundingStatus.NOT_THERE


def full(box):
    x1, y1, x2, y2 = (int(side) for side in box.xyxy)
    return Mask(x1, y1, np.ones((y2 - y1, x2 - x1), bool))


SEEN = Box(10, 10, 30, 20)
WHOLE = Box(10, 10, 30, 50)
OTHER = Box(60, 60, 80, 80)
SCENE = Scene(
    width=100,
    height=100,
    instances=(
        Instance(
            id="1", class_id="mug", score=1, visible_box=SEEN, visible_mask=full(SEEN), amodal_box=WHOLE,
            amodal_mask=full(WHOLE),
        ),
        Instance(id="2", class_id="mug", score=1, visible_box=OTHER, visible_mask=full(OTHER)),
    ),
)  # fmt: skip


def expression(*numbers, kind=ExpressionKind.VANILLA, mask_kind=MaskKind.VISIBLE, text="the mug"):
    targets = {1: Target(1, SEEN, WHOLE), 2: Target(2, OTHER, OTHER)}
    return Expression(
        "a", "val", 1, "1.png", 100, 100, text, kind, mask_kind, tuple(targets[number] for number in numbers)
    )


def answer(*boxes, status=FOUND, masks=True, kind=MaskKind.VISIBLE):
    objects = tuple(GroundedObject(box=box, mask=full(box) if masks else None, score=1) for box in boxes)
    return Grounding(command="the mug", status=status, objects=objects, reason="because", mask_kind=kind)


def judged(asked, given, scene=SCENE):
    kind = asked.mask_kind
    masks = [full(target.box(kind)) for target in asked.targets]
    return judge(asked, given, masks, scene, SCENE, 5.0)


def test_the_box_of_the_wanted_kind_decides():
    visible, amodal = expression(1), expression(1, mask_kind=MaskKind.AMODAL)
    assert judged(visible, answer(SEEN)).right
    assert judged(amodal, answer(WHOLE)).right
    case = judged(amodal, answer(SEEN))
    assert not case.right
    assert case.iou == pytest.approx(200 / 800)
    assert (case.overlap_px, case.union_px) == (200, 800)
    assert case.error == "WRONG_OBJECT"
    assert case.reachable


def test_half_is_not_enough():
    assert not judged(expression(2), answer(Box(60, 60, 80, 70))).right
    assert judged(expression(2), answer(Box(60, 60, 80, 71))).right


def test_more_than_the_target_is_wrong_and_said_so():
    case = judged(expression(2), answer(OTHER, SEEN))
    assert not case.right
    assert case.best_guess
    assert case.error == "TOO_MANY"


def test_several_targets_need_all_and_nothing_else():
    both = expression(1, 2, kind=ExpressionKind.MULTIPLE)
    assert judged(both, answer(OTHER, SEEN)).right
    assert not judged(both, answer(OTHER)).right
    assert not judged(both, answer(OTHER, OTHER)).right
    assert not judged(both, answer(OTHER, SEEN, WHOLE)).right


def test_not_there():
    absent = expression(kind=ExpressionKind.NOT_THERE)
    assert judged(absent, answer(status=NOT_THERE)).right
    missed = judged(absent, answer(SEEN))
    assert missed.error == "NOT_THERE_MISSED"
    assert not judged(absent, answer(status=GroundingStatus.REFUSED)).right
    denied = judged(expression(1), answer(status=NOT_THERE))
    assert denied.error == "SAID_NOT_THERE"
    assert denied.iou == 0


def test_ambiguous_is_not_right_but_may_be_a_good_guess():
    case = judged(expression(2), answer(OTHER, SEEN, status=AMBIGUOUS))
    assert not case.right
    assert case.best_guess
    assert case.error == "SAID_AMBIGUOUS"
    assert case.overlap_px == 0


def test_failures_have_the_categories_of_the_paper():
    other = judged(expression(2, text="the second mug from the left"), answer(SEEN))
    assert other.failure == "COMPLEX_PROMPT"
    assert judged(expression(2), answer(SEEN)).failure == "AMBIGUOUS_IMAGE"
    assert judged(expression(2), answer(OTHER)).failure == ""


def test_boxes_and_masks_end_at_the_image():
    edge = Target(3, Box(80, 0, 100, 20), Box(80, 0, 100, 20))
    asked = replace(expression(2), targets=(edge,))
    case = judge(asked, answer(Box(80, 0, 190, 20)), [full(edge.visible_box)], SCENE, SCENE)
    assert case.iou == 1
    assert case.union_px == 400
    assert (
        judge(asked, answer(Box(80, 0, 100, 20), masks=False), [full(edge.visible_box)], SCENE, SCENE).overlap_px == 400
    )


def test_an_object_that_was_not_found_is_out_of_reach():
    without = replace(SCENE, instances=SCENE.instances[:1])
    assert not judged(expression(2), answer(SEEN), without).reachable


def test_figures_by_hand():
    tally = GroundingTally(gpus=2)
    amodal = replace(expression(1, mask_kind=MaskKind.AMODAL, kind=ExpressionKind.AMODAL), split="other")
    tally.cases = [
        judged(expression(2), answer(OTHER)),
        judged(expression(1), answer(SEEN)),
        judged(expression(kind=ExpressionKind.NOT_THERE), answer(SEEN)),
        replace(judged(amodal, answer(SEEN)), latency_ms=30.0),
    ]
    figures = tally.figures()
    assert figures["accuracy_by_split"] == {"val": pytest.approx(2 / 3), "other": 0}
    assert figures["accuracy"] == pytest.approx(1 / 3), "the mean over splits"
    assert figures["accuracy_by_kind"] == {"VANILLA": 1, "NOT_THERE": 0, "AMODAL": 0}
    assert figures["accuracy_by_naming"] == {"unnamed": 0.5}
    assert figures["giou"] == pytest.approx((1 + 1 + 0.25) / 3)
    assert figures["ciou"] == pytest.approx((400 + 200 + 200) / (400 + 200 + 800))
    assert figures["latency_ms_p50"] == 5
    assert figures["gpu_latency_ms_p50"] == 10
    assert figures["not_there_recognised"] == 0
    assert figures["mask_kind_right"] == pytest.approx(2 / 3)
    assert figures["errors"] == {"NOT_THERE_MISSED": 1, "WRONG_OBJECT": 1}
    assert figures["n"] == 4
    assert math.isnan(GroundingTally().figures()["accuracy"])


class Knowing:
    """A stand-in that looks the answer up, or names the first object of the scene."""

    def __init__(self, expressions=()):
        self._known = {(item.text, item.width): item for item in expressions}
        self.asked = []

    def ground(self, image, scene, command, mask_kind=None):
        self.asked.append((command, mask_kind))
        item = self._known.get((command, scene.width))
        if item is None:
            chosen, kind = scene.instances[:1], mask_kind or MaskKind.VISIBLE
        else:
            chosen, kind = [scene.instance(str(target.id)) for target in item.targets], item.mask_kind
        if not chosen:
            return Grounding(command=command, status=NOT_THERE, reason="none")
        pairs = [
            (each.amodal_box, each.amodal_mask) if kind is MaskKind.AMODAL else (each.visible_box, each.visible_mask)
            for each in chosen
        ]
        objects = tuple(GroundedObject(box=box, mask=mask, score=1) for box, mask in pairs)
        return Grounding(command=command, status=FOUND, objects=objects, mask_kind=kind, model="stand-in")


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    path = tmp_path_factory.mktemp("expressions") / "test1.jsonl"
    made = {item.text: item for item in generate(SAMPLE, 16, 1, "test1", progress=False)}
    write_expressions(path, made.values())
    return path


def arguments(*words):
    parser = argparse.ArgumentParser()
    evaluate_grounding.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_command_with_a_grounder_that_knows(generated, capsys, tmp_path):
    expressions = open_generated(generated, SAMPLE).expressions
    args = arguments("--data", generated, "--scenes", SAMPLE, "--true-objects", "--json", "--pages", tmp_path / "p")
    assert evaluate_grounding.run(args, Knowing(expressions)) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["accuracy"] == figures["giou"] == figures["ciou"] == figures["reachable"] == 1
    assert figures["n"] == len(expressions)
    assert figures["gpu_latency_ms_p50"] is None
    assert set(figures["accuracy_by_kind"]) == {item.kind.value for item in expressions}
    assert "stand-in" in (tmp_path / "p" / "index.html").read_text()


def test_command_with_a_grounder_that_guesses(generated, capsys):
    grounder = Knowing()
    args = arguments("--data", generated, "--scenes", SAMPLE, "--true-objects", "--true-kind", "--limit", 9, "--json")
    assert evaluate_grounding.run(args, grounder) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["accuracy"] < 0.7
    assert figures["n"] == len(grounder.asked) == 9
    assert all(kind is not None for _, kind in grounder.asked)
    assert sum(figures["errors"].values()) == round(9 * (1 - figures["accuracy"]))


def test_from_pixels_perception_runs_once_an_image(generated):
    data = open_generated(generated, SAMPLE)
    seen = []

    def perceive(image):
        seen.append(image.shape)
        return Scene(width=image.shape[1], height=image.shape[0])

    tally = evaluate(data, Knowing(), perceive)
    assert len(seen) == len({item.image_id for item in data.expressions}) == len(tally.perception_ms)
    figures = tally.figures()
    assert figures["reachable"] == 0
    assert figures["not_there_recognised"] in (1, pytest.approx(math.nan, nan_ok=True))


def test_what_can_go_wrong_is_said(generated, tmp_path):
    with pytest.raises(DatasetError, match=r"make it with: python -m physperception\.datasets\.expressions"):
        evaluate_grounding.run(arguments("--data", tmp_path / "val.jsonl"))
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(DatasetError, match="no expressions"):
        evaluate_grounding.run(arguments("--data", empty))
    with pytest.raises(ConfigError, match="--limit"):
        evaluate_grounding.run(arguments("--data", generated, "--limit", 0))
    with pytest.raises(ConfigError, match="--model"):
        evaluate_grounding.run(arguments("--data", generated, "--scenes", SAMPLE, "--true-objects", "--method", "vlm"))
    with pytest.raises(DatasetError, match="image 1"):
        ReferringSet("x", [expression(1)], {}, Path)
    with pytest.raises(DatasetError, match="objects"):
        ReferringSet("x", [expression(1)], {1: ReferredImage("1.png", 9, 9, ())}, Path)


def test_true_scene_has_masks_and_occluders(generated):
    data = open_generated(generated, SAMPLE)
    content = json.loads((SAMPLE / "annotations.json").read_text())
    scene = data.true_scene(1)
    raws = {str(raw["id"]): raw for raw in content["annotations"] if raw["image_id"] == 1}
    assert {item.id for item in scene.instances} == set(raws)
    for item in scene.instances:
        raw = raws[item.id]
        assert item.visible_mask.area == raw["area"]
        assert item.occlusion == pytest.approx(raw["occlusion"])
        assert set(item.occluder_ids) == {str(number) for number in raw["occluder_ids"]}
        assert set(item.occludee_ids) == {str(number) for number in raw["occludee_ids"]}
