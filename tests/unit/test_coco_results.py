"""Scenes to COCO JSON and back, and what pycocotools makes of the file."""

from __future__ import annotations

import contextlib
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from physperception.datasets.coco import DatasetError
from physperception.datasets.coco_results import CocoResults, ImageResult, read_results, results_from_content
from physperception.scene import Box, Instance, Mask, Scene

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11

WIDTH, HEIGHT = 40, 30


def instance(name="cup-1", **changes):
    fields = dict(
        id=name,
        class_id="cup",
        score=0.75,
        visible_box=Box(3.5, 4, 13, 16.25),
        visible_mask=Mask(4, 5, np.ones((10, 8), dtype=np.bool_)),
    )
    return Instance(**(fields | changes))


def crossing():
    return instance(
        amodal_mask=Mask(-6, -2, np.ones((40, 20), dtype=np.bool_)),
        amodal_box=Box(-6, -2, 14, 38),
        occluder_mask=Mask(12, 5, np.eye(6, dtype=np.bool_)),
        occludee_mask=Mask(0, 0, np.zeros((0, 0), dtype=np.bool_)),
        occluder_ids=("box-1",),
        occludee_ids=(),
        position_m=(0.1, -0.2, 0.75),
        amodal_score=0.8,
        amodal_age_s=0.25,
        occlusion_std=0.1,
    )


def scene(*instances):
    return Scene(width=WIDTH, height=HEIGHT, instances=instances, model="m", stamp_ns=7 * 10**9, frame_id="camera")


def content_of(*results):
    collected = CocoResults({"model": "m"})
    for result in results:
        collected.add(result)
    return collected.content()


def assert_same(first, second):
    """Dataclass equality with masks by their pixels and NaN equal to NaN."""
    assert (first.file_name, first.frame) == (second.file_name, second.frame)
    assert np.array_equal(first.processing_ms, second.processing_ms, equal_nan=True)
    assert first.scene == second.scene


def test_round_trip_through_a_file(tmp_path):
    results = (
        ImageResult("a.png", scene(crossing(), instance("box-1", class_id="box")), 12.5),
        ImageResult("film.mp4", scene(), frame=3),
    )
    collected = CocoResults()
    for result in results:
        collected.add(result)
    path = tmp_path / "new folder" / "objects.json"
    collected.write(path)
    for result, again in zip(results, read_results(path), strict=True):
        assert_same(result, again)
    assert [item.name for item in path.parent.iterdir()] == ["objects.json"]


masks = st.builds(
    lambda x, y, h, w, seed: Mask(x, y, np.random.default_rng(seed).random((h, w)) < 0.6),
    st.integers(-20, 50),
    st.integers(-20, 40),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 99),
)


@given(amodal=masks, hidden=masks, part=st.none() | masks, score=st.floats(0, 1))
def test_round_trip_of_any_masks(amodal, hidden, part, score):
    visible = amodal.minus(hidden).clip(WIDTH, HEIGHT)
    inside = None if part is None else part.clip(WIDTH, HEIGHT)
    found = instance(
        score=score, visible_mask=visible, visible_box=visible.extent, amodal_mask=amodal, occluder_mask=inside
    )
    result = ImageResult("a.png", scene(found), 1.0)
    (again,) = results_from_content(json.loads(json.dumps(content_of(result))))
    assert_same(result, again)


def test_pycocotools_reads_it_as_data_set_and_as_results(tmp_path):
    collected = CocoResults()
    collected.add(ImageResult("a.png", scene(crossing(), instance("box-1", class_id="box"))))
    collected.write(tmp_path / "objects.json")
    with contextlib.redirect_stdout(io.StringIO()):
        data = COCO(str(tmp_path / "objects.json"))
        loaded = data.loadRes(json.loads((tmp_path / "objects.json").read_text())["annotations"])
    assert data.annToMask(data.anns[1]).shape == (HEIGHT, WIDTH)
    assert data.annToMask(data.anns[1]).sum() == data.anns[1]["area"] == 80
    assert loaded.getImgIds() == [1]
    assert [item["name"] for item in data.loadCats(data.getCatIds())] == ["cup", "box"]


def test_masks_beyond_the_border_are_kept_whole_beside_the_cut_one():
    (record,) = content_of(ImageResult("a.png", scene(instance("box-1"))))["annotations"]
    assert "amodal_extended" not in record
    record = content_of(ImageResult("a.png", scene(crossing(), instance("box-1"))))["annotations"][0]
    assert record["amodal_segmentation"]["size"] == [HEIGHT, WIDTH]
    assert coco_mask.area(record["amodal_segmentation"]) == 14 * HEIGHT
    assert record["amodal_extended"]["offset"] == [-6, -2]
    assert record["occlusion"] == pytest.approx(0.9)


def test_boxes_in_both_forms_and_unknowns_as_null():
    content = content_of(ImageResult("a.png", scene(instance())))
    (record,) = content["annotations"]
    assert record["box"] == [3.5, 4, 13, 16.25]
    assert record["bbox"] == [3.5, 4, 9.5, 12.25]
    assert record["amodal_segmentation"] is record["occlusion"] is record["occluder_segmentation"] is None
    assert content["images"][0]["processing_ms"] is None


def test_categories_and_ids_go_on_over_images():
    content = content_of(
        *(ImageResult("film.mp4", scene(instance(), instance("box-1", class_id="box")), frame=n) for n in range(3))
    )
    assert [item["id"] for item in content["annotations"]] == [1, 2, 3, 4, 5, 6]
    assert len(content["categories"]) == 2
    assert [item["frame"] for item in content["images"]] == [0, 1, 2]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"info": {}}', '{"info": {"format": "physperception-objects-1"}}', "\x00\xff"],
)
def test_other_files_are_refused_by_name(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(DatasetError, match=r"odd\.json"):
        read_results(path)


def test_a_damaged_record_is_refused():
    content = content_of(ImageResult("a.png", scene(instance())))
    content["annotations"][0]["score"] = 3
    with pytest.raises(DatasetError, match="score"):
        results_from_content(content)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="cannot write"):
        CocoResults().write(tmp_path / "file" / "objects.json")


def test_processing_time_survives():
    (again,) = results_from_content(content_of(ImageResult("a.png", scene(), math.nan)))
    assert math.isnan(again.processing_ms)
