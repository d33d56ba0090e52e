"""Readers: small files in each published layout, made here, read back to the pixels; and files that are broken."""

from __future__ import annotations

import json
import pickle

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from physperception.datasets.coco import DatasetError, SceneDataset, encode_rle
from physperception.datasets.readers import FORMATS, open_dataset, recognise
from physperception.datasets.readers.coco import CocoReader
from physperception.datasets.readers.cocoa import CocoaReader
from physperception.datasets.readers.masks import decode_segmentation

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11
WIDTH, HEIGHT = 40, 30
IMAGE = {"id": 7, "file_name": "000000000007.png", "width": WIDTH, "height": HEIGHT}
CATEGORIES = [{"id": 3, "name": "cup"}, {"id": 9, "name": "box"}]


def rectangle(x1, y1, x2, y2):
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[y1:y2, x1:x2] = True
    return mask


def polygon(x1, y1, x2, y2):
    return [x1, y1, x2, y1, x2, y2, x1, y2]


def run_list(mask):
    """Uncompressed run lengths, counted pixel by pixel down the columns."""
    counts, value = [0], False
    for pixel in mask.T.ravel():
        if pixel != value:
            counts.append(0)
            value = bool(pixel)
        counts[-1] += 1
    return {"size": [HEIGHT, WIDTH], "counts": counts}


FRONT_AT, BACK_AT = (5, 5, 20, 20), (12, 10, 32, 26)
FRONT, BACK = rectangle(*FRONT_AT), rectangle(*BACK_AT)
BACK_SEEN = BACK & ~FRONT


@pytest.fixture
def write(tmp_path):
    """Writes content as annotations/NAME beside a folder with the image; returns the path."""
    (tmp_path / "annotations").mkdir()
    (tmp_path / "val2017").mkdir()
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    picture[..., 2] = 200
    cv2.imwrite(str(tmp_path / "val2017" / IMAGE["file_name"]), picture)

    def to_file(content, name="data.json"):
        path = tmp_path / "annotations" / name
        path.write_bytes(pickle.dumps(content) if name.endswith("pkl") else json.dumps(content).encode())
        return path

    return to_file


def coco(*annotations, **changes):
    head = {"image_id": 7, "iscrowd": 0}
    numbered = [head | {"id": n, "category_id": 3} | a for n, a in enumerate(annotations, start=50)]
    return {"images": [IMAGE], "annotations": numbered, "categories": CATEGORIES} | changes


def cocoa(*regions, constraint="", **changes):
    annotation = {"id": 2, "image_id": 7, "depth_constraint": constraint, "regions": list(regions)}
    return {"images": [IMAGE], "annotations": [annotation | changes]}


def assert_two_objects(sample):
    assert np.array_equal(sample.visible, [FRONT, BACK_SEEN])
    assert np.array_equal(sample.amodal, [FRONT, BACK])


@pytest.mark.parametrize(
    "encode",
    [lambda at, m: [polygon(*at)], lambda at, m: encode_rle(m), lambda at, m: run_list(m), lambda at, m: polygon(*at)],
    ids=["polygons", "compressed", "run list", "flat polygon"],
)
def test_every_kind_of_mask_gives_the_same_pixels(encode):
    assert np.array_equal(decode_segmentation(encode(BACK_AT, BACK), HEIGHT, WIDTH), BACK)


def test_masks_of_several_polygons_are_their_union_and_slivers_are_empty():
    both = decode_segmentation([polygon(*FRONT_AT), polygon(*BACK_AT), [1, 1, 2, 2]], HEIGHT, WIDTH)
    assert np.array_equal(both, FRONT | BACK)
    assert not decode_segmentation([[1, 1, 9, 9]], HEIGHT, WIDTH).any()
    assert not decode_segmentation([], HEIGHT, WIDTH).any()


@pytest.mark.parametrize(
    "broken",
    [
        {"size": [WIDTH, HEIGHT], "counts": [WIDTH * HEIGHT]},
        {"size": [HEIGHT, WIDTH], "counts": [5]},
        {"size": [HEIGHT, WIDTH], "counts": [-1, WIDTH * HEIGHT + 1]},
        {"size": [HEIGHT, WIDTH]},
        [[1, 2, 3, 4, 5, 6, 7]],
        [[0, 0, float("inf"), 0, 4, 4]],
        [[0, 0, 1e9, 0, 4, 4]],
        "mask",
    ],
)
def test_a_broken_mask_is_an_error(broken):
    with pytest.raises(ValueError, match=r"mask|run lengths|polygon"):
        decode_segmentation(broken, HEIGHT, WIDTH)


def test_coco_has_visible_masks_only(write):
    crowd = {"segmentation": run_list(FRONT), "iscrowd": 1}
    path = write(coco({"segmentation": [polygon(*FRONT_AT)]}, crowd, {"segmentation": encode_rle(BACK_SEEN)}))
    data = open_dataset(path)
    assert (data.format, data.has_amodal, data.has_order, len(data)) == ("coco", False, False, 1)
    sample = data[0]
    assert np.array_equal(sample.visible, [FRONT, BACK_SEEN])
    assert not sample.has_amodal
    assert not sample.has_order
    assert np.array_equal(sample.amodal, sample.visible)
    assert sample.annotation_ids == (50, 52)
    assert data.category_names == {3: "cup", 9: "box"}
    assert tuple(sample.image[0, 0]) == (200, 0, 0)
    crowds = CocoReader(path, json.loads(path.read_text()), crowds=True)
    assert crowds[0].annotation_ids == (50, 51, 52)


def test_an_image_without_objects_is_read(write):
    assert open_dataset(write(coco()))[0].visible.shape == (0, HEIGHT, WIDTH)


def test_cocoa_has_amodal_masks_and_order(write):
    sky = {"segmentation": polygon(0, 0, 40, 3), "name": "sky", "isStuff": 1}
    front = {"segmentation": polygon(*FRONT_AT), "name": "cup", "isStuff": 0}
    back = {"segmentation": polygon(*BACK_AT), "name": "box", "isStuff": 0, "visible_mask": encode_rle(BACK_SEEN)}
    path = write(cocoa(sky, front, back, constraint="2-3,2-1"))
    data = open_dataset(path)
    assert (data.format, data.has_amodal, data.has_order) == ("cocoa", True, True)
    everything = data[0]
    assert everything.occludes.tolist() == [[False] * 3, [True, False, True], [False] * 3]
    assert [data.category_names[c] for c in everything.categories] == ["sky", "cup", "box"]
    things = CocoaReader(path, json.loads(path.read_text()), stuff=False)[0]
    assert_two_objects(things)
    assert things.occludes.tolist() == [[False, True], [False, False]]
    assert things.annotation_ids == everything.annotation_ids[1:]


def test_cocoa_may_have_several_annotators_an_image_or_leave_the_image_out(write):
    content = cocoa({"segmentation": polygon(*FRONT_AT), "name": "cup"})
    second = {"id": 3, "image_id": 7, "regions": [{"segmentation": polygon(*BACK_AT), "name": "box"}]}
    data = open_dataset(write(content | {"annotations": [*content["annotations"], second]}))
    assert len(data) == 2
    assert [np.array_equal(data[n].amodal, [mask]) for n, mask in enumerate((FRONT, BACK))] == [True, True]
    del second["image_id"]
    assert open_dataset(write(content | {"annotations": [second]}))[0].image_id == 7


def test_cocoa_refuses_a_damaged_order(write):
    with pytest.raises(DatasetError, match=r"image 7 .* is damaged: depth_constraint .* '1>2'"):
        open_dataset(write(cocoa({"segmentation": polygon(*FRONT_AT)}, constraint="1>2")))[0]


def test_mp3d_amodal_is_read_from_its_pickle(write):
    # The published file is a pickle; regions have run lengths with counts as bytes and a category id.
    def code(mask):
        return coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))

    region = {"segmentation": code(BACK), "visible_mask": code(BACK_SEEN), "category_id": 4, "isStuff": False}
    data = open_dataset(write(cocoa(region), "mp3d.pkl"))
    assert (data.format, data.has_amodal, data.has_order) == ("mp3d_amodal", True, False)
    assert np.array_equal(data[0].visible, [BACK_SEEN])
    assert np.array_equal(data[0].amodal, [BACK])
    assert data[0].categories == (4,)


@pytest.mark.parametrize("hidden", ["visible_mask", "invisible_mask"])
def test_cocoa_cls_and_d2sa(write, hidden):
    mask = BACK_SEEN if hidden == "visible_mask" else BACK & FRONT
    content = coco(
        {"segmentation": encode_rle(FRONT), "occlude_rate": 0.0},
        {"segmentation": [polygon(*BACK_AT)], hidden: encode_rle(mask), "occlude_rate": 0.25},
    )
    data = open_dataset(write(content))
    assert (data.format, data.has_amodal, data.has_order) == ("cocoa_cls", True, False)
    assert_two_objects(data[0])
    groceries = content | {"images": [IMAGE | {"file_name": "D2S_000001.jpg"}]}
    assert recognise(groceries) == "d2sa"
    assert_two_objects(open_dataset(write(content), format="d2sa")[0])


@pytest.mark.parametrize("release", [2019, 2020])
def test_kins_orders_layers_of_one_cluster(write, release):
    amodal, visible, layer = {
        2019: ("segmentation", "inmodal_seg", "layer_order"),
        2020: ("a_segm", "i_segm", "ico_id"),
    }[release]
    aside = (33, 0, 39, 8)
    content = coco(
        {amodal: [polygon(*BACK_AT)], visible: encode_rle(BACK_SEEN), layer: 2, "oco_id": 1},
        {amodal: [polygon(*FRONT_AT)], visible: encode_rle(FRONT), layer: 1, "oco_id": 1},
        {amodal: [polygon(*aside)], visible: encode_rle(rectangle(*aside)), layer: 0, "oco_id": 2},
    )
    data = open_dataset(write(content))
    assert (data.format, data.has_amodal, data.has_order) == ("kins", True, True)
    sample = data[0]
    assert np.array_equal(sample.amodal[:2], [BACK, FRONT])
    assert np.array_equal(sample.visible[:2], [BACK_SEEN, FRONT])
    assert np.argwhere(sample.occludes).tolist() == [[1, 0]]


def test_kins_compares_layers_within_a_cluster_only(write):
    content = coco(
        {"a_segm": [polygon(*BACK_AT)], "i_segm": encode_rle(BACK_SEEN), "ico_id": 2, "oco_id": 1},
        {"a_segm": [polygon(*FRONT_AT)], "i_segm": encode_rle(FRONT), "ico_id": 1, "oco_id": 2},
    )
    assert not open_dataset(write(content))[0].occludes.any()


def test_kins_without_layers_has_no_order(write):
    content = coco({"a_segm": [polygon(*BACK_AT)], "i_segm": [polygon(*BACK_AT)]})
    assert not open_dataset(write(content)).has_order


def published(fraction=0.75):
    name = f"val2017/{IMAGE['file_name']}"
    return [name, "box", 51, [12, 10, 20, 16], encode_rle(BACK_SEEN), fraction]


@pytest.mark.parametrize("name", ["occluded_coco.json", "occluded_coco.pkl"])
def test_occluded_coco_as_published(write, name):
    data = open_dataset(write([published(), published("NAN")], name))
    assert (data.format, data.has_amodal, data.has_order, len(data)) == ("occluded_coco", False, False, 1)
    assert np.array_equal(data[0].visible, [BACK_SEEN, BACK_SEEN])
    assert data[0].image_id == 7
    assert data[0].annotation_ids == (51, 51)
    assert data.category_names == {1: "box"}
    assert data.visible_fractions(0) == (0.75, None)


def test_occluded_coco_as_annotation_ids(write):
    write(coco({"segmentation": encode_rle(FRONT)}, {"segmentation": encode_rle(BACK_SEEN)}), "instances_val2017.json")
    data = open_dataset(write([51], "ids.json"))
    assert np.array_equal(data[0].visible, [BACK_SEEN])
    assert data.category_names[data[0].categories[0]] == "cup"
    with pytest.raises(DatasetError, match="77"):
        open_dataset(write([51, 77], "ids.json"))


def test_annotation_ids_need_the_coco_file(write):
    with pytest.raises(DatasetError, match=r"instances_val2017\.json"):
        open_dataset(write([51], "ids.json"))


def test_numpy_numbers_in_a_pickle_are_read(write):
    data = open_dataset(write([published(np.float64(0.5)), published(np.float32(0.25))], "list.pkl"))
    assert data.visible_fractions(0) == (0.5, 0.25)


class Trap:
    def __reduce__(self):
        return (exec, ("raise SystemExit('code of the pickle ran')",))


@pytest.mark.parametrize("content", [Trap(), [Trap()], np.array([Trap()], dtype=object)], ids=["bare", "list", "array"])
def test_a_pickle_cannot_run_code(write, content):
    with pytest.raises(DatasetError, match="not a pickle of plain lists"):
        open_dataset(write(content, "trap.pkl"))


def test_generated_scenes_are_recognised(request):
    folder = request.config.rootpath / "tests" / "data" / "scenes_sample"
    data = open_dataset(folder)
    assert isinstance(data, SceneDataset)
    assert (data.format, data.has_amodal, data.has_order, len(data)) == ("scenes", True, True, 6)
    sample = data[0]
    assert sample.annotation_ids == tuple(a["id"] for a in data.annotations(0))
    assert sample.categories == tuple(a["category_id"] for a in data.annotations(0))
    assert data.category_names.keys() >= set(sample.categories)


def test_a_damaged_scenes_file_names_its_image(write):
    content = coco({"segmentation": encode_rle(FRONT), "amodal_segmentation": encode_rle(FRONT)})
    path = write(content)
    with pytest.raises(DatasetError, match=r"image 7 of .* is damaged: KeyError 'occluder_ids'"):
        open_dataset(path, images=path.parents[1] / "val2017")[0]


def test_images_are_looked_for_where_told_and_missing_ones_named(write, tmp_path):
    path = write(coco({"segmentation": encode_rle(FRONT)}))
    assert open_dataset(path, images=tmp_path / "val2017")[0].image.shape == (HEIGHT, WIDTH, 3)
    (tmp_path / "empty").mkdir()
    data = open_dataset(path, images=tmp_path / "empty")
    with pytest.raises(DatasetError, match=r"000000000007\.png is not in .*empty"):
        data[0]
    with pytest.raises(DatasetError, match="does not exist"):
        open_dataset(path, images=tmp_path / "nowhere")
    (tmp_path / "val2017" / IMAGE["file_name"]).unlink()
    with pytest.raises(DatasetError, match="give the folder of the images"):
        open_dataset(path)[0]


def test_images_of_another_size_are_refused(write):
    content = coco(images=[IMAGE | {"width": WIDTH + 1}])
    with pytest.raises(DatasetError, match=r"is 40 x 30 pixels, but .* is for 41 x 30"):
        open_dataset(write(content))[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"images": []}, "no known format: it lacks the lists"),
        ([], "no known format"),
        ({"images": [IMAGE], "annotations": [{"id": 1, "image_id": 7, "caption": "a cup"}]}, "no masks, only caption"),
        (coco({"segmentation": [], "image_id": 8}), "names the image 8, which is not there"),
        (coco({"segmentation": []}, images=[{"id": 7, "file_name": "x"}]), "'height' is missing"),
        (coco({"segmentation": []}, images=[IMAGE | {"height": 0}]), "size of 40 x 0"),
        ([["a.jpg", "cup"]], "an object must be"),
    ],
)
def test_broken_content_is_one_sentence(write, content, message):
    path = write(content)
    with pytest.raises(DatasetError, match=message) as caught:
        open_dataset(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_damaged_mask_names_its_image_and_leaves_the_others(write):
    second = IMAGE | {"id": 8}
    bad = {"segmentation": {"size": [1, 2], "counts": "1"}}
    content = coco(bad, {"segmentation": encode_rle(FRONT), "image_id": 8}, images=[IMAGE, second])
    data = open_dataset(write(content))
    with pytest.raises(DatasetError, match=r"image 7 of .* is damaged: run lengths are for an image of size \[1, 2\]"):
        data[0]
    assert np.array_equal(data[1].visible, [FRONT])


def test_files_that_cannot_be_opened(write, tmp_path):
    with pytest.raises(DatasetError, match="No such file"):
        open_dataset(tmp_path / "nothing.json")
    (tmp_path / "cut.json").write_text('{"images": [')
    with pytest.raises(DatasetError, match="not valid JSON"):
        open_dataset(tmp_path / "cut.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="not valid JSON"):
        open_dataset(tmp_path / "binary.json")
    with pytest.raises(DatasetError, match="name the annotation file"):
        open_dataset(tmp_path / "val2017")
    with pytest.raises(DatasetError, match="'voc' is unknown; it must be one of auto, scenes, coco"):
        open_dataset(write(coco()), format="voc")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "auto"])
def test_a_wrong_format_is_refused_not_guessed(write, name):
    path = write({"images": 3, "annotations": [{"regions": 1}]})
    with pytest.raises(DatasetError):
        open_dataset(path, format=name)
