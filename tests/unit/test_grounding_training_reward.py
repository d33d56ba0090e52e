"""Reward, advantage, learnability and failure categories of EGM, against values worked by hand, and by fuzzing."""

import json
import math
import random
import string

import numpy as np
import pytest

from physperception.grounding.vlm.families import INTERNVL, QWEN3_VL
from physperception.scene import Box, Instance, Mask, MaskKind, Scene
from physperception.training.grounding import learnability
from physperception.training.grounding.advantage import (
    clipped_terms,
    group_advantages,
    kl_penalty,
    objective,
    token_advantages,
    token_mean_weights,
)
from physperception.training.grounding.failures import FailureCategory, categorise, complex_words
from physperception.training.grounding.learnability import read_scores, select, success
from physperception.training.grounding.reward import GroundTruth, compare, compute_score, reward
from physperception.training.grounding.samples import GroundingDataError, GroundingSample


def truth_of(*boxes, width=1000, height=1000, kind=MaskKind.VISIBLE, family=QWEN3_VL):
    return GroundTruth(tuple(Box(*box) for box in boxes), width, height, kind, family).to_json()


TRUTH = truth_of((100, 200, 300, 400))


def scored(answer, truth=TRUTH, **options):
    return compute_score("a", answer, truth, {}, **options)


def qwen(*boxes):
    return json.dumps([{"bbox_2d": list(box), "label": "cup"} for box in boxes])


def test_equation_8_by_hand():
    """[100, 200, 300, 400] against [100, 200, 300, 300]: 20 000 of 40 000, exactly 0.5, which is no success."""
    half = scored(qwen((100, 200, 300, 300)))
    assert half == {"score": 0.25, "iou": 0.5, "success": 0.0, "readable": 1.0}
    better = scored(qwen((100, 200, 300, 320)))
    assert better["iou"] == pytest.approx(0.6)
    assert better["score"] == pytest.approx(0.5 * 0.6 + 0.5)
    assert scored(qwen((100, 200, 300, 400)))["score"] == 1.0
    assert scored(qwen((500, 500, 600, 600)))["score"] == 0.0


def test_alpha_weighs_the_iou():
    answer = qwen((100, 200, 300, 320))
    assert scored(answer, alpha=1.0)["score"] == pytest.approx(0.6)
    assert scored(answer, alpha=0.0)["score"] == 1.0
    assert reward(0.4, 0.0, 0.5) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="alpha"):
        scored(answer, alpha=1.5)


def test_both_families_and_the_reasoning_before_the_answer():
    box = (100, 200, 300, 400)
    for answer in (
        f"the box is [1, 2, 3, 4]</think>\n\n```json\n{qwen(box)}\n```",
        f"<think>left one</think>{qwen(box)}",
    ):
        assert scored(answer)["score"] == 1.0, answer
    for answer in ("<ref>the cup</ref><box>[[100, 200, 300, 400]]</box>", "[[100, 200, 300, 400]]"):
        assert scored(answer, truth_of(box, family=INTERNVL))["score"] == 1.0, answer


def test_reasoning_cut_at_the_limit_earns_nothing():
    nothing = {"score": 0, "iou": 0, "success": 0, "readable": 0}
    assert scored("<think>it must be [100, 200, 300, 400]") == nothing
    assert scored("it must be [100, 200, 300, 400]", thinks=True) == nothing
    assert scored("it must be that</think>[100, 200, 300, 400]", thinks=True)["score"] == 1.0


def test_more_boxes_than_asked_for_never_pay():
    """Boxes that are all but the same are one box to the parser."""
    box = (100, 200, 300, 400)
    assert scored(qwen(box, box))["score"] == 1.0
    assert scored(qwen(box, (0, 0, 50, 50)))["score"] == 0.5
    assert scored(qwen(box, *((step, 0, step + 40, 40) for step in range(500, 950, 50))))["score"] == pytest.approx(0.1)


def test_several_targets_are_matched_one_to_one():
    """Both found boxes overlap the first target most; one must take the second."""
    first, second = Box(0, 0, 100, 100), Box(0, 50, 100, 150)
    assert compare([Box(0, 20, 100, 120), Box(0, 0, 100, 100)], [first, second]) == (
        pytest.approx((1.0 + 70 / 130) / 2),
        1.0,
    )
    assert compare([first], [first, second]) == (0.5, 0.5)


def test_nothing_there_is_an_answer():
    nothing = truth_of()
    assert scored("[]", nothing)["score"] == 1.0
    assert scored(qwen((1, 1, 2, 2)), nothing)["score"] == 0.0
    assert scored("[]")["score"] == 0.0


def test_a_truth_of_another_form_is_refused():
    for wrong in ("", "[1, 2]", '{"boxes": []}', TRUTH.replace("100.0", "900.0"), TRUTH.replace("qwen3-vl", "gpt")):
        with pytest.raises(GroundingDataError, match="no ground truth"):
            scored("x", wrong)


def test_answers_are_relative_to_the_image_and_the_truth_is_clipped_to_it():
    sample = GroundingSample(
        id="1", image="a.png", width=640, height=480, kind=MaskKind.AMODAL, boxes=(Box(320, 240, 700, 480),)
    )
    truth = GroundTruth.of(sample, QWEN3_VL)
    assert truth.boxes == (Box(320, 240, 640, 480),)
    assert GroundTruth.from_json(truth.to_json()) == truth
    assert scored(qwen((500, 500, 1000, 1000)), truth.to_json())["score"] == 1.0


def adversarial(generator):
    pieces = [
        "<think>", "</think>", "```json", "```", "[", "]", "{", "}", '"bbox_2d":', "<box>", "</box>", ",", "-", ".",
        "NaN", "Infinity", "1e309", "999999", "100", "0", "1000", "\x00", "\ud800", "🍎", "[[", "[100, 200, 300, 400]",
        "[400, 300, 200, 100]", "not there", "null", " ", "\n", "true", '"', "\\",
    ]  # fmt: skip
    kind = generator.random()
    if kind < 0.6:
        return "".join(generator.choices(pieces, k=generator.randrange(40)))
    if kind < 0.8:
        return "".join(generator.choices(string.printable, k=generator.randrange(200)))
    if kind < 0.99:
        return "".join(chr(generator.randrange(0x110000)) for _ in range(generator.randrange(60)))
    return generator.choice(pieces) * generator.randrange(500)


def test_ten_thousand_strings_never_raise_and_stay_in_range():
    generator = random.Random(5)
    readable = 0
    for _ in range(10_000):
        found = scored(adversarial(generator))
        readable += found["readable"]
        assert set(found) == {"score", "iou", "success", "readable"}
        assert all(isinstance(value, float) and 0.0 <= value <= 1.0 for value in found.values())
        assert found["score"] == 0.5 * found["iou"] + 0.5 * found["success"]
    assert readable > 100
    for odd in (None, 7, b"[100, 200, 300, 400]", ["x"]):
        assert scored(odd)["score"] == 0.0


def test_advantages_by_hand():
    """Rewards 0, 0, 1, 1: mean 0.5, sample deviation sqrt(4 * 0.25 / 3)."""
    expected = 0.5 / (math.sqrt(1 / 3) + 1e-6)
    assert group_advantages([0, 0, 1, 1]) == pytest.approx([-expected, -expected, expected, expected], abs=1e-12)


def test_groups_that_teach_nothing_have_no_advantage():
    assert group_advantages([0.1] * 16).tolist() == [0.0] * 16
    assert group_advantages([0.7]) == pytest.approx([0.7], rel=1e-5)
    for wrong in ([], [math.nan, 1], [[1, 2]]):
        with pytest.raises(ValueError, match="finite"):
            group_advantages(wrong)


def test_tokens_share_an_answers_advantage():
    """Two answers of 1 and 3 tokens: equation 7 gives every answer the same weight, a token-level mean every token."""
    assert [each.tolist() for each in token_advantages([1.0, -1.0], [1, 3])] == [[1.0], [-1 / 3] * 3]
    weights = token_mean_weights([1.0, -1.0], [1, 3])
    assert [each.tolist() for each in weights] == [[0.5], [-0.5] * 3]
    assert sum(each.sum() for each in token_advantages([2.0, 2.0], [5, 9])) == pytest.approx(4.0)
    with pytest.raises(ValueError, match="length"):
        token_advantages([1.0], [0])


def test_clipping_takes_the_smaller_gain():
    terms = clipped_terms(np.log([1.0, 1.5, 0.5, 1.5, 0.5]), [1.0, 1.0, 1.0, -1.0, -1.0], 0.2)
    assert terms == pytest.approx([1.0, 1.2, 0.5, -1.5, -0.8])


def test_kl_penalty_by_hand():
    assert kl_penalty(-3.0, -3.0) == 0.0
    assert kl_penalty(math.log(0.5), math.log(0.25)) == pytest.approx(0.5 + math.log(2) - 1)
    assert kl_penalty(math.log(0.25), math.log(0.5)) == pytest.approx(2 - math.log(2) - 1)
    assert math.isfinite(kl_penalty(-1e6, 0.0))


def test_objective_by_hand():
    """Rewards 1 and 0: advantages +-0.5 / (sqrt(0.5) + 1e-6). The policy is 1.5 times the old one on one token each."""
    old = [[math.log(0.4)], [math.log(0.4), math.log(0.5)]]
    new = [[math.log(0.6)], [math.log(0.6), math.log(0.5)]]
    unit = 0.5 / (math.sqrt(0.5) + 1e-6)
    gained = 1.2 * unit + (-1.5 * unit / 2 - unit / 2)
    assert objective(new, old, new, [1, 0], kl_weight=0.5) == pytest.approx(gained / 2)
    held_back = 2 * (0.4 / 0.6 - math.log(0.4 / 0.6) - 1)
    assert objective(new, old, old, [1, 0], kl_weight=0.5) == pytest.approx((gained - 0.5 * held_back) / 2)
    entropy = -math.log(0.6) - math.log(0.3)
    assert objective(new, old, new, [1, 0], entropy_weight=0.1) == pytest.approx((gained + 0.1 * entropy) / 2)
    with pytest.raises(ValueError, match="same tokens"):
        objective(new, old[:1], new, [1, 0])


def test_success_is_above_a_half():
    assert [success(iou) for iou in (0.0, 0.5, 0.5001, 1.0)] == [0, 0, 1, 1]


REFERENCE = {"a": 0.9, "b": 0.9, "c": 0.1, "d": 0.8, "e": 0.2, "f": 0.51, "g": 0.5}
POLICY = {"a": 0.1, "b": 0.8, "c": 0.9, "d": 0.7, "e": 0.3, "f": 0.5, "g": 0.2}


def test_selection_by_hand():
    """Learnable: a and f. Right: b, c and d, of which two. Neither: e and g."""
    chosen = select(REFERENCE, POLICY, seed=3)
    assert chosen.negatives == ("a", "f")
    assert len(chosen.positives) == 2
    assert set(chosen.positives) <= {"b", "c", "d"}
    assert (chosen.candidates, chosen.hopeless) == (3, 2)
    assert select(dict(reversed(REFERENCE.items())), dict(reversed(POLICY.items())), seed=3) == chosen


def test_positives_are_drawn_uniformly():
    drawn = [name for seed in range(300) for name in select(REFERENCE, POLICY, seed).positives]
    assert all(150 < drawn.count(name) < 250 for name in "bcd")


def test_too_few_positives_are_all_taken():
    chosen = select({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 0.0, "b": 0.0, "c": 1.0})
    assert (chosen.negatives, chosen.positives) == (("a", "b"), ("c",))
    assert select({}, {}).negatives == ()


def test_selection_refuses_scores_that_do_not_fit():
    with pytest.raises(ValueError, match="one score only"):
        select({"a": 1.0}, {"b": 1.0})
    with pytest.raises(ValueError, match=r"0\.\.1"):
        select({"a": math.nan}, {"a": 1.0})


def lines(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_one_target_of_two_is_no_success(tmp_path):
    records = [{"id": "a", "iou": 0.525, "success": 0.5}, {"id": "b", "iou": 0.6, "success": 1.0}]
    scores = read_scores(lines(tmp_path / "scores.jsonl", records))
    assert [success(scores[name]) for name in "ab"] == [0, 1]


def test_learnability_command(tmp_path, capsys):
    files = [
        lines(tmp_path / name, [{"id": each, "iou": iou} for each, iou in scores.items()])
        for name, scores in (("reference.jsonl", REFERENCE), ("policy.jsonl", POLICY))
    ]
    out = tmp_path / "selected.jsonl"
    learnability.main(["--reference", str(files[0]), "--policy", str(files[1]), "--out", str(out), "--seed", "3"])
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [record["id"] for record in records if record["part"] == "negative"] == ["a", "f"]
    assert [record["learnability"] for record in records if record["part"] == "negative"] == [1, 1]
    assert "2 negatives and 2 of 3 positives of 7 samples; 2 that neither" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": "a", "iou": 0.5}\n{"id": "a", "iou": 0.5}', "line 2: the id 'a' was there before"),
        ('{"id": "a", "iou": 2}', "line 1: the iou must be in"),
        ('{"id": "a", "iou": true}', "line 1: needs an id"),
        ('{"iou": 0.5}', "line 1: needs an id"),
        ("\n[1]", "line 2: not a JSON object"),
    ],
)
def test_scores_that_are_refused(tmp_path, content, said):
    path = tmp_path / "scores.jsonl"
    path.write_text(content)
    with pytest.raises(GroundingDataError, match=said):
        read_scores(path)


def thing(name, kind, box, hidden=0.0):
    """An object whose lower part is hidden."""
    x1, y1, x2, y2 = box
    whole = Mask(x1, y1, np.ones((y2 - y1, x2 - x1), bool))
    seen = Mask(x1, y1, np.ones((max(1, round((y2 - y1) * (1 - hidden))), x2 - x1), bool))
    return Instance(
        id=name,
        class_id=kind,
        score=1.0,
        visible_box=seen.extent,
        visible_mask=seen,
        amodal_box=whole.extent,
        amodal_mask=whole,
    )


SCENE = Scene(
    width=640,
    height=480,
    instances=(
        thing("1", "cup", (100, 100, 200, 200)),
        thing("2", "cup", (300, 100, 400, 200)),
        thing("3", "ball", (500, 300, 520, 320)),
        thing("4", "book", (100, 300, 300, 400), hidden=0.95),
        thing("5", "vase", (400, 300, 460, 400)),
    ),
)
CUP, OTHER_CUP, BALL, BOOK, VASE = (instance.amodal_box for instance in SCENE.instances)


@pytest.mark.parametrize(
    ("text", "prediction", "truth", "category"),
    [
        ("the cup left of the other", CUP, CUP, None),
        ("the cup left of the other", OTHER_CUP, CUP, FailureCategory.COMPLEX_PROMPT),
        ("second cup", OTHER_CUP, CUP, FailureCategory.COMPLEX_PROMPT),
        ("leftmost cup", None, CUP, FailureCategory.COMPLEX_PROMPT),
        ("blue cup", OTHER_CUP, CUP, FailureCategory.AMBIGUOUS_IMAGE),
        ("blue cup", VASE, CUP, FailureCategory.AMBIGUOUS_IMAGE),
        ("the ball", VASE, BALL, FailureCategory.SMALL_OBJECT),
        ("the book under the vase", VASE, BOOK, FailureCategory.SMALL_OBJECT),
        ("the vase", CUP, VASE, FailureCategory.OTHER),
        ("the vase behind the cups", None, VASE, FailureCategory.OTHER),
        ("the vase", VASE, Box(0, 0, 50, 50), FailureCategory.GT_ERROR),
        ("the vase", VASE, Box(700, 0, 750, 50), FailureCategory.GT_ERROR),
    ],
)
def test_failure_categories(text, prediction, truth, category):
    found = categorise(text, prediction, truth, SCENE)
    assert (found.category if found else None) == category


@pytest.mark.parametrize(
    ("text", "is_complex"),
    [
        ("chair empty next to guy", True),
        ("Farthest sheep close to metal", True),
        ("The empty part of the blue plate on the left", True),
        ("girl third from right front row", True),
        ("the red mug", False),
        ("vase with handle", False),
        ("a lighter", False),
        ("", False),
    ],
)
def test_complex_words(text, is_complex):
    assert bool(complex_words(text)) == is_complex
