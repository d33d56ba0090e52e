"""The committed sample of generated scenes is readable as COCO and exact; needs neither MuJoCo nor OpenGL."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from physperception.datasets.scene_annotations import MIN_RELATION_PX, MIN_VISIBLE_PX
from physperception.datasets.shapes import CATEGORIES

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "scenes_sample"


@pytest.fixture(scope="module")
def coco() -> COCO:
    return COCO(str(SAMPLE / "annotations.json"))


def masks(coco: COCO, annotation: dict) -> tuple[np.ndarray, np.ndarray]:
    """Visible and amodal mask, bool [H, W]."""
    whole = dict(annotation, segmentation=annotation["amodal_segmentation"])
    return coco.annToMask(annotation).astype(bool), coco.annToMask(whole).astype(bool)


def test_images_are_there_and_have_their_size(coco):
    assert len(coco.imgs) == 6
    for image in coco.imgs.values():
        pixels = cv2.imread(str(SAMPLE / image["file_name"]))
        assert pixels.shape == (image["height"], image["width"], 3)
        assert pixels.std() > 5


def test_sample_stays_small():
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 500_000


def test_categories_are_the_generators(coco):
    names = [entry["name"] for entry in coco.dataset["categories"]]
    assert names == list(CATEGORIES[: len(names)])
    assert {a["category_id"] for a in coco.anns.values()} <= set(coco.cats)


def test_visible_masks_lie_in_amodal_masks_and_share_no_pixel(coco):
    for number in coco.imgs:
        pairs = [masks(coco, annotation) for annotation in coco.imgToAnns[number]]
        assert pairs
        assert all(not (visible & ~amodal).any() for visible, amodal in pairs)
        assert np.sum([visible for visible, _ in pairs], axis=0).max() == 1


def test_numbers_equal_the_masks(coco):
    for annotation in coco.anns.values():
        visible, amodal = masks(coco, annotation)
        assert annotation["area"] == visible.sum() >= MIN_VISIBLE_PX
        assert annotation["occlusion"] == pytest.approx(1 - visible.sum() / amodal.sum())
        for key, mask in (("bbox", visible), ("amodal_bbox", amodal)):
            rows, columns = np.nonzero(mask)
            left, top = columns.min(), rows.min()
            assert annotation[key] == [left, top, columns.max() + 1 - left, rows.max() + 1 - top]


def test_occluders_are_seen_where_the_object_is_hidden(coco):
    relations = 0
    for annotation in coco.anns.values():
        visible, amodal = masks(coco, annotation)
        neighbours = {a["id"]: masks(coco, a)[0] for a in coco.imgToAnns[annotation["image_id"]]}
        del neighbours[annotation["id"]]
        seen = {key for key, other in neighbours.items() if (amodal & other & ~visible).sum() >= MIN_RELATION_PX}
        assert set(annotation["occluder_ids"]) == seen
        for other in seen:
            assert annotation["id"] in coco.anns[other]["occludee_ids"]
        relations += len(seen)
    assert relations == sum(len(a["occludee_ids"]) for a in coco.anns.values()) > 5
