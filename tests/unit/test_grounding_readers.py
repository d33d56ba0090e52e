"""Readers of referring expressions: small files in the published layout, made here; and files that are not safe."""

from __future__ import annotations

import json
import pickle

import cv2
import numpy as np
import pytest

from physperception.datasets.coco import DatasetError, encode_rle
from physperception.datasets.expressions import ExpressionKind
from physperception.datasets.readers.prompted import read_prompted
from physperception.datasets.readers.refcoco import read_refcoco
from physperception.scene import Box, MaskKind
from physperception.training.grounding.samples import GroundingDataError, GroundingSample, write_samples

WIDTH, HEIGHT = 60, 40
IMAGES = [
    {"id": 9, "file_name": "COCO_train2014_000000000009.png", "width": WIDTH, "height": HEIGHT},
    {"id": 4, "file_name": "COCO_train2014_000000000004.png", "width": WIDTH, "height": HEIGHT},
]
OBJECTS = {101: (9, 3, (5, 5, 20, 20)), 102: (9, 3, (30, 5, 50, 30)), 201: (4, 8, (10, 10, 40, 35))}
REFS = [
    {
        "ref_id": 1, "ann_id": 102, "image_id": 9, "category_id": 3, "split": "testA",
        "file_name": "COCO_train2014_000000000009_1.jpg", "sent_ids": [0, 1],
        "sentences": [
            {"sent_id": 0, "sent": "right cup", "raw": "Right cup!", "tokens": ["right", "cup"]},
            {"sent_id": 1, "sent": "the big one", "tokens": ["the", "big", "one"]},
        ],
    },
    {"ref_id": 2, "ann_id": 201, "image_id": 4, "category_id": 8, "split": "val", "file_name": "x.jpg",
     "sent_ids": [2], "sentences": [{"sent_id": 2, "sent": "dog", "raw": "dog", "tokens": ["dog"]}]},
    {"ref_id": 3, "ann_id": 101, "image_id": 9, "category_id": 3, "split": "train", "file_name": "x.jpg",
     "sent_ids": [3], "sentences": [{"sent_id": 3, "sent": "left cup", "raw": "left cup", "tokens": ["left"]}]},
]  # fmt: skip


def polygon(x1, y1, x2, y2):
    return [[x1, y1, x2, y1, x2, y2, x1, y2]]


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "refcoco+"
    root.mkdir()
    annotations = [
        {
            "id": number, "image_id": image, "category_id": category, "iscrowd": 0, "area": 1,
            "bbox": [x1, y1, x2 - x1, y2 - y1], "segmentation": polygon(x1, y1, x2, y2),
        }
        for number, (image, category, (x1, y1, x2, y2)) in OBJECTS.items()
    ]  # fmt: skip
    categories = [{"id": 3, "name": "cup"}, {"id": 8, "name": "dog"}]
    content = {"images": IMAGES, "annotations": annotations, "categories": categories}
    (root / "instances.json").write_text(json.dumps(content))
    (root / "images").mkdir()
    for image in IMAGES:
        cv2.imwrite(str(root / "images" / image["file_name"]), np.full((HEIGHT, WIDTH, 3), image["id"], np.uint8))
    return root


@pytest.mark.parametrize("name", ["refs(unc).p", "refs.json"])
def test_refcoco(folder, name):
    text = json.dumps(REFS).encode() if name.endswith("json") else pickle.dumps(REFS, protocol=2)
    (folder / name).write_bytes(text)
    data = read_refcoco(folder)
    assert [item.text for item in data.expressions] == ["dog", "Right cup!", "the big one"]
    assert [item.split for item in data.expressions] == ["refcoco+ val", *["refcoco+ testA"] * 2]
    item = data.expressions[1]
    assert item.kind is ExpressionKind.VANILLA
    assert item.targets[0].visible_box == Box(30, 5, 50, 30)
    assert item.targets[0].amodal_box is None
    assert data.picture(9)[0, 0].tolist() == [9, 9, 9]
    (mask,) = data.target_masks(item)
    assert mask.area == pytest.approx(500, abs=50)
    scene = data.true_scene(9)
    assert {each.class_id for each in scene.instances} == {"cup"}
    assert scene.instances[0].amodal_mask is None
    assert [each.text for each in read_refcoco(folder / name, split="train").expressions] == ["left cup"]


def test_a_pickle_that_runs_a_program_is_refused(folder, tmp_path):
    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "written"), "w"))

    (folder / "refs(unc).p").write_bytes(pickle.dumps([Harmful()]))
    with pytest.raises(DatasetError, match="is not allowed"):
        read_refcoco(folder)
    assert not (tmp_path / "written").exists()


def test_refcoco_says_what_is_wrong(folder):
    with pytest.raises(DatasetError, match="0 files"):
        read_refcoco(folder)
    refs = folder / "refs.json"
    refs.write_text(json.dumps(REFS))
    with pytest.raises(DatasetError, match="no expressions of the split testB"):
        read_refcoco(folder, split="testB")
    refs.write_text(json.dumps([{**REFS[0], "ann_id": 999}]))
    with pytest.raises(DatasetError, match="999 is missing"):
        read_refcoco(folder)
    refs.write_text("[3]")
    with pytest.raises(DatasetError, match="not a readable RefCOCO file"):
        read_refcoco(folder)
    (folder / "instances.json").unlink()
    with pytest.raises(DatasetError, match=r"instances\.json"):
        read_refcoco(folder)


def rectangle(x1, y1, x2, y2):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y1:y2, x1:x2] = True
    return mask


@pytest.fixture
def prompts(tmp_path):
    """A COCOA file of two regions, the second partly hidden by the first, and prompts for it."""
    visible = rectangle(20, 10, 50, 30) & ~rectangle(5, 5, 30, 25)
    regions = [
        {"name": "cup", "order": 1, "segmentation": [5, 5, 30, 5, 30, 25, 5, 25]},
        {"name": "box", "order": 2, "segmentation": [20, 10, 50, 10, 50, 30, 20, 30],
         "visible_mask": encode_rle(visible)},
    ]  # fmt: skip
    content = {"images": IMAGES[:1], "annotations": [{"id": 1, "image_id": 9, "regions": regions,
                                                      "depth_constraint": "1-2"}]}  # fmt: skip
    (tmp_path / "COCO_amodal_val2014.json").write_text(json.dumps(content))
    cv2.imwrite(str(tmp_path / IMAGES[0]["file_name"]), np.full((HEIGHT, WIDTH, 3), 7, np.uint8))
    shared = {"image": IMAGES[0]["file_name"], "width": WIDTH, "height": HEIGHT}
    samples = [
        GroundingSample(
            id="p1", text="the box behind the cup", kind=MaskKind.AMODAL, boxes=(Box(20, 10, 50, 30),), **shared
        ),
        GroundingSample(id="p2", text="the spot", boxes=(Box(0, 0, 3, 3),), category="spot", **shared),
    ]
    write_samples(tmp_path / "prompts.jsonl", samples)
    return tmp_path


def test_prompts_with_masks(prompts):
    data = read_prompted(prompts / "prompts.jsonl", prompts / "COCO_amodal_val2014.json")
    whole, spot = data.expressions
    assert whole.kind is ExpressionKind.AMODAL
    assert whole.targets[0].amodal_box == Box(20, 10, 50, 30)
    (mask,) = data.target_masks(whole)
    assert mask.area == 600
    assert data.target_masks(spot) == (None,)
    scene = data.true_scene(whole.image_id)
    box = next(each for each in scene.instances if each.class_id == "box")
    assert box.visible_mask.area < box.amodal_mask.area
    assert len(box.occluder_ids) == 1
    assert data.picture(whole.image_id).shape == (HEIGHT, WIDTH, 3)


def test_prompts_alone(prompts):
    data = read_prompted(prompts / "prompts.jsonl")
    assert data.target_masks(data.expressions[0]) == (None,)
    assert data.true_scene(1).instances == ()
    assert data.picture(1)[0, 0, 0] == 7


def test_prompts_say_what_is_wrong(prompts):
    empty = prompts / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(DatasetError, match="no prompts"):
        read_prompted(empty)
    empty.write_text('{"id": "a"}\n')
    with pytest.raises(GroundingDataError, match="line 1"):
        read_prompted(empty)
    sample = GroundingSample(id="x", image="none.png", width=9, height=9, text="x", boxes=(Box(0, 0, 3, 3),))
    write_samples(empty, [sample])
    with pytest.raises(DatasetError, match=r"none\.png"):
        read_prompted(empty, prompts / "COCO_amodal_val2014.json")
