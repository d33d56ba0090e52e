"""gIoU, cIoU, AP and AR by query against values worked by hand, and the reader of queries."""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from physperception.cli.evaluate_intent import add_r2sm_arguments, run_r2sm
from physperception.cli.main import main
from physperception.datasets.coco import DatasetError, encode_rle
from physperception.datasets.readers.r2sm import read_r2sm
from physperception.evaluation.r2sm import MaskOverlap, QueryResult, R2smScores
from physperception.scene import GroundedObject, Grounding, GroundingStatus, MaskKind, Scene

SIZE = 60, 80


def block(x: int, y: int, width: int, height: int) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, dtype=np.bool_)
    mask[y : y + height, x : x + width] = True
    return mask


def query(
    number: int, true: list[NDArray[np.bool_]], predicted: list[NDArray[np.bool_]], *scores: float, amodal: bool = False
) -> QueryResult:
    stack = np.stack(predicted) if predicted else np.zeros((0, *SIZE), dtype=np.bool_)
    return QueryResult(number, amodal, np.stack(true), stack, scores)


def test_giou_is_the_mean_and_ciou_the_ratio_of_sums() -> None:
    overlap = MaskOverlap()
    assert overlap.add(block(0, 0, 2, 1), block(0, 0, 4, 1)) == pytest.approx(2 / 4)
    assert overlap.add(block(0, 5, 3, 1), block(10, 5, 3, 1)) == 0.0
    assert overlap.giou == pytest.approx((2 / 4 + 0) / 2)
    assert overlap.ciou == pytest.approx((2 + 0) / (4 + 6))


def test_nothing_asked_and_nothing_given_is_right_but_an_empty_set_is_unknown() -> None:
    assert math.isnan(MaskOverlap().giou)
    overlap = MaskOverlap()
    assert overlap.add(block(0, 0, 0, 0), block(0, 0, 0, 0)) == 1.0
    assert math.isnan(overlap.ciou)
    with pytest.raises(ValueError, match="one size"):
        overlap.add(block(0, 0, 1, 1), np.zeros((3, 3), dtype=np.bool_))


def test_several_masks_are_fused_for_giou() -> None:
    scores = R2smScores()
    left, right = block(0, 0, 10, 10), block(10, 0, 10, 10)
    assert scores.add(query(1, [left, right], [left | right], 0.5)) == 1.0
    figures = scores.figures()
    assert figures["giou"] == figures["ciou"] == 1.0
    assert figures["ap50"] < 0.6, "one mask over both objects has IoU 0.5 with each, and can match one only"


def test_predictions_belong_to_their_query_and_not_to_an_image() -> None:
    """Rank 1 is right, rank 2 is the other query's object: precision 1 up to recall 0.5, so 51 of 101 points."""
    first, second = block(0, 0, 20, 20), block(40, 30, 20, 20)
    scores = R2smScores()
    scores.add(query(1, [first], [first], 0.9))
    scores.add(query(2, [second], [first], 0.8))
    figures = scores.figures()
    assert figures["ap"] == pytest.approx(51 / 101, abs=1e-6)
    assert figures["ar"] == pytest.approx(0.5)
    assert figures["giou"] == pytest.approx(0.5)
    assert figures["n"] == 2


def test_ap_counts_the_thresholds_that_an_iou_reaches() -> None:
    """IoU 62 / 100 reaches 0.50, 0.55 and 0.60 of the ten thresholds."""
    scores = R2smScores()
    scores.add(query(1, [block(0, 0, 10, 10)], [block(0, 0, 10, 6) | block(0, 6, 2, 1)], 0.7))
    figures = scores.figures()
    assert figures["ap"] == pytest.approx(0.3, abs=1e-6)
    assert figures["ar"] == pytest.approx(0.3, abs=1e-6)
    assert (figures["ap50"], figures["ap75"]) == pytest.approx((1.0, 0.0))
    assert figures["ap_s"] == pytest.approx(0.3, abs=1e-6)
    assert math.isnan(figures["ap_m"])
    assert math.isnan(figures["ap_l"])


def test_a_false_mask_above_the_right_one_halves_the_precision() -> None:
    true = block(0, 0, 40, 40)
    scores = R2smScores()
    scores.add(query(1, [true], [block(50, 0, 20, 20), true], 0.9, 0.8))
    figures = scores.figures()
    assert figures["ap"] == pytest.approx(0.5, abs=1e-6)
    assert figures["ap_m"] == pytest.approx(1.0, abs=1e-6), "the false mask is small, so it is not counted among medium"


def test_amodal_queries_are_scored_apart_and_missing_predictions_count_as_zero() -> None:
    true = block(0, 0, 20, 20)
    scores = R2smScores()
    scores.add(query(1, [true], [true], 0.9))
    scores.add(query(2, [true], [], amodal=True))
    figures = scores.figures()
    assert figures["giou"] == pytest.approx(0.5)
    assert figures["amodal_giou"] == figures["amodal_ap"] == figures["amodal_ar"] == 0.0
    assert figures["amodal_n"] == 1
    with pytest.raises(ValueError, match="as many scores"):
        scores.add(query(3, [true], [true]))
    assert math.isnan(R2smScores().figures()["ap"])


def queries_file(folder: Path, **changes: Any) -> Path:
    """One image with a cup (id 3) hidden by a box (id 4), whose visible mask is stored as invisible part."""
    whole, box = block(10, 10, 30, 30), block(30, 10, 30, 30)
    content = {
        "images": [{"id": 7, "file_name": "a.png", "height": SIZE[0], "width": SIZE[1]}],
        "categories": [{"id": 1, "name": "cup"}, {"id": 2, "name": "box"}],
        "annotations": [
            {
                "id": 3,
                "image_id": 7,
                "category_id": 1,
                "segmentation": encode_rle(whole),
                "invisible_mask": encode_rle(whole & box),
            },
            {"id": 4, "image_id": 7, "category_id": 2, "segmentation": encode_rle(box)},
        ],
        "queries": [
            {"id": 1, "image_id": 7, "text": "the whole cup", "amodal": True, "instance_ids": [3]},
            {
                "id": 2,
                "image_id": 7,
                "text": "the cup and the box",
                "amodal": False,
                "answer": "instance id is 3, class name is cup; instance id is 4, class name is box",
            },
        ],
    } | changes
    cv2.imwrite(str(folder / "a.png"), np.full((*SIZE, 3), 90, dtype=np.uint8))
    path = folder / "r2sm.json"
    path.write_text(json.dumps(content))
    return path


def test_the_reader_gives_the_masks_that_a_query_asks_for(tmp_path: Path) -> None:
    data = read_r2sm(queries_file(tmp_path))
    whole, both = data.expressions
    assert (whole.mask_kind, both.mask_kind) == (MaskKind.AMODAL, MaskKind.VISIBLE)
    assert [target.id for target in both.targets] == [3, 4]
    (amodal,) = data.target_masks(whole)
    cup, box = data.target_masks(both)
    assert amodal is not None
    assert cup is not None
    assert box is not None
    assert (amodal.area, cup.area, box.area) == (900, 600, 900)
    scene = data.true_scene(7)
    assert [item.class_id for item in scene.instances] == ["cup", "box"]
    assert scene.instances[0].occlusion == pytest.approx(1 / 3)
    assert data.picture(7).shape == (*SIZE, 3)


def test_queries_and_objects_may_be_in_two_files(tmp_path: Path) -> None:
    both = queries_file(tmp_path)
    content = json.loads(both.read_text())
    apart = tmp_path / "queries.json"
    apart.write_text(json.dumps({"queries": content["queries"]}))
    assert len(read_r2sm(apart, annotations=both).expressions) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"queries": []}, "no list `queries`"),
        ({"queries": [{"image_id": 7, "text": "cup", "instance_ids": [3]}]}, "query 0 .* 'amodal' is missing"),
        ({"queries": [{"image_id": 7, "text": "cup", "amodal": True, "instance_ids": []}]}, "names no object"),
        ({"queries": [{"image_id": 9, "text": "cup", "amodal": True, "instance_ids": [3]}]}, "image 9, which is not"),
        ({"queries": [{"image_id": 7, "text": "cup", "amodal": True, "instance_ids": [5]}]}, r"\[5\]"),
        ({"queries": [{"image_id": 7, "text": " ", "amodal": True, "instance_ids": [3]}]}, "no words"),
        ({"queries": [{"id": 1, "image_id": 7, "text": "a", "amodal": 0, "instance_ids": [3]}] * 2}, "more than one"),
        ({"annotations": [{"id": 1}]}, "not a readable file of objects"),
    ],
)
def test_damage_is_told_in_one_sentence(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_r2sm(queries_file(tmp_path, **changes))


def test_files_that_are_no_json_are_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot read"):
        read_r2sm(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(DatasetError, match="not valid JSON"):
        read_r2sm(broken)


def test_predictions_are_scored_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Query 1 gets its whole cup, query 2 only the visible cup of cup and box: (1 + 600 / 1500) / 2."""
    path = queries_file(tmp_path)
    cup, box = block(10, 10, 30, 30), block(30, 10, 30, 30)
    predictions = tmp_path / "predictions.json"
    given = [
        {"query_id": 1, "segmentation": encode_rle(cup), "score": 0.9},
        {"query_id": 2, "segmentation": encode_rle(cup & ~box), "score": 0.8},
    ]
    predictions.write_text(json.dumps(given))
    assert main(["evaluate", "r2sm", "--data", str(path), "--predictions", str(predictions), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert figures["giou"] == pytest.approx((1 + 600 / 1500) / 2)
    assert figures["ciou"] == pytest.approx((900 + 600) / (900 + 1500))
    assert figures["amodal_giou"] == 1.0
    assert figures["ar"] == pytest.approx(2 / 3)
    assert figures["n"] == 2
    predictions.write_text(json.dumps([{**given[0], "query_id": 5}]))
    assert main(["evaluate", "r2sm", "--data", str(path), "--predictions", str(predictions)]) == 2
    assert "query 5" in capsys.readouterr().err


class FirstObject:
    """A grounder that always means the first object, whole."""

    def ground(
        self, image: NDArray[np.uint8] | None, scene: Scene, command: str, mask_kind: MaskKind | None = None
    ) -> Grounding:
        first = scene.instances[0]
        box = first.amodal_box or first.visible_box
        item = GroundedObject(box=box, mask=first.amodal_mask, score=0.5, instance_id=first.id)
        return Grounding(command=command, status=GroundingStatus.FOUND, mask_kind=MaskKind.AMODAL, objects=(item,))


def test_a_grounder_is_scored_by_masks_and_by_the_kind_it_chose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_r2sm_arguments(parser)
    args = parser.parse_args(["--data", str(queries_file(tmp_path)), "--true-objects", "--json"])
    assert run_r2sm(args, grounder=FirstObject()) == 0
    figures = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert figures["accuracy"] == 0.5
    assert figures["giou"] == pytest.approx((1 + 900 / 1500) / 2)
