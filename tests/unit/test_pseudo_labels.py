"""Pseudo-labels: order and splits on drawn shapes, agreement with the truth of generated scenes, files and resuming."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from physperception.datasets import pseudo_labels
from physperception.datasets.coco import DatasetError, SceneDataset, decode_rle
from physperception.datasets.occlusion_reasoning import (
    PseudoLabels,
    ReasoningConfig,
    convex_hulls,
    dilate,
    infer_occlusion,
    split_of,
)
from physperception.datasets.pseudo_labels import LabelRequest, label, main, read_depth
from physperception.datasets.pseudo_statistics import Agreement, Statistics
from physperception.errors import ConfigError, ModelUnavailable
from physperception.scene import Mask

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11
SHAPE = (40, 60)
IMAGE = np.zeros((*SHAPE, 3), dtype=np.uint8)


def rectangle(x1, y1, x2, y2):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[y1:y2, x1:x2] = True
    return mask


POST, BAR = rectangle(25, 5, 33, 35), rectangle(8, 15, 52, 25)
BAR_SEEN = BAR & ~POST
VISIBLE = np.stack([POST, BAR_SEEN])


def oracle(*whole):
    """A completer that knows the answer, and shows that it was asked about grown masks in their order."""

    def complete(image, masks):
        assert image.dtype == np.uint8
        assert len(masks) == len(whole)
        return [Mask.from_full(mask) for mask in whole]

    return complete


def depth_of(post, bar):
    depth = np.full(SHAPE, 9.0, dtype=np.float32)
    depth[BAR_SEEN] = bar
    depth[POST] = post
    return depth


def test_the_object_seen_in_anothers_whole_shape_is_in_front():
    labels = infer_occlusion(IMAGE, VISIBLE, oracle(POST, BAR))
    assert labels.occludes.tolist() == [[False, True], [False, False]]
    assert not labels.verified.any()
    assert labels.splits == ("none", "separated")
    assert np.array_equal(labels.amodal, [POST, BAR])
    assert labels.inconsistent == 0


def test_the_order_of_the_objects_in_the_list_does_not_matter():
    labels = infer_occlusion(IMAGE, VISIBLE[::-1], oracle(BAR, POST))
    assert labels.occludes.tolist() == [[False, False], [True, False]]


def test_depth_confirms_or_drops_a_pair():
    near = infer_occlusion(IMAGE, VISIBLE, oracle(POST, BAR), depth_of(post=1, bar=2))
    assert near.verified[0, 1]
    assert near.verified.sum() == 1
    for post, bar in ((2, 1), (2, 2)):
        labels = infer_occlusion(IMAGE, VISIBLE, oracle(POST, BAR), depth_of(post, bar))
        assert not labels.occludes.any()
        assert labels.inconsistent == 1
        assert labels.splits == ("none", "separated")


def test_depth_is_compared_at_the_border_or_over_whole_objects():
    slope = np.tile(np.linspace(1, 10, SHAPE[1], dtype=np.float32), (SHAPE[0], 1))
    post, shelf = rectangle(20, 5, 28, 35), rectangle(2, 15, 30, 25)
    visible = np.stack([post, shelf & ~post])
    depth = np.where(post, 3.2, slope).astype(np.float32)
    assert depth[visible[1]].mean() < depth[post].mean() < depth[15:25, 14:20].mean()
    for place, found in (("border", True), ("object", False)):
        labels = infer_occlusion(IMAGE, visible, oracle(post, shelf), depth, ReasoningConfig(depth_at=place))
        assert labels.occludes[0, 1] == labels.verified[0, 1] == found
        assert labels.inconsistent == (not found)


def test_depth_at_the_border_of_the_image_is_found():
    post, bar = rectangle(0, 0, 8, 40), rectangle(0, 15, 60, 25)
    visible = np.stack([post, bar & ~post])
    for near, far, found in ((1, 2, True), (2, 1, False)):
        depth = np.where(post, near, far).astype(np.float32)
        labels = infer_occlusion(IMAGE, visible, oracle(post, bar), depth)
        assert labels.verified[0, 1] == found


@pytest.mark.parametrize("unknown", [0.0, np.nan, np.inf])
def test_depth_that_is_unknown_neither_confirms_nor_drops(unknown):
    labels = infer_occlusion(IMAGE, VISIBLE, oracle(POST, BAR), depth_of(post=unknown, bar=1))
    assert labels.occludes[0, 1]
    assert not labels.verified.any()


def test_unknown_pixels_do_not_count_in_the_mean_depth():
    depth = depth_of(post=2, bar=3)
    depth[15:25, 20:24] = 0
    assert infer_occlusion(IMAGE, VISIBLE, oracle(POST, BAR), depth).verified[0, 1]


def test_mutual_overlap_goes_to_the_larger_and_a_tie_to_nobody():
    left, right = rectangle(10, 10, 30, 30), rectangle(30, 10, 50, 30)
    pair = np.stack([left, right])
    more, less = rectangle(10, 10, 40, 30), rectangle(25, 10, 50, 30)
    assert np.argwhere(infer_occlusion(IMAGE, pair, oracle(more, less)).occludes).tolist() == [[1, 0]]
    even = rectangle(20, 10, 50, 30)
    assert not infer_occlusion(IMAGE, pair, oracle(more, even)).occludes.any()


@pytest.mark.parametrize(("gap", "found"), [(0, True), (3, True), (4, False)])
def test_only_neighbours_are_ordered(gap, found):
    left, right = rectangle(5, 10, 20, 30), rectangle(20 + gap, 10, 55, 30)
    labels = infer_occlusion(IMAGE, np.stack([left, right]), oracle(left, rectangle(10, 10, 55, 30)))
    assert labels.occludes[0, 1] == found
    assert labels.occludes.sum() == found


def test_a_small_overlap_is_no_relation():
    visible = np.stack([rectangle(10, 10, 30, 30), rectangle(30, 10, 50, 30)])
    complete = oracle(visible[0], visible[1] | rectangle(29, 10, 30, 17))
    assert not infer_occlusion(IMAGE, visible, complete).occludes.any()
    assert infer_occlusion(IMAGE, visible, complete, config=ReasoningConfig(min_overlap_px=7)).occludes[0, 1]


def test_a_completer_that_only_returns_what_it_got_changes_nothing():
    labels = infer_occlusion(IMAGE, VISIBLE, lambda image, masks: masks, config=ReasoningConfig(dilation_px=0))
    assert np.array_equal(labels.amodal, VISIBLE)
    assert not labels.occludes.any()


def test_growing_adds_nothing_beside_the_object():
    lone = np.stack([POST])
    assert np.array_equal(infer_occlusion(IMAGE, lone, lambda image, masks: masks).amodal, lone)


def test_completed_masks_are_cut_where_an_object_behind_is_seen_and_at_the_border():
    greedy = dilate(POST, 3)
    labels = infer_occlusion(IMAGE, VISIBLE, oracle(greedy, BAR))
    assert labels.occludes[0, 1]
    assert not (labels.amodal[0] & BAR_SEEN).any()
    corner = np.stack([rectangle(0, 0, 10, 10)])
    outside = infer_occlusion(IMAGE, corner, lambda image, masks: [Mask(-5, -5, np.ones((15, 15), dtype=bool))])
    assert np.array_equal(outside.amodal, corner)


def test_completers_see_grown_masks_and_no_empty_ones():
    seen = []

    def complete(image, masks):
        seen.extend(masks)
        return masks

    hidden = np.zeros(SHAPE, dtype=bool)
    labels = infer_occlusion(IMAGE, np.stack([hidden, POST]), complete, config=ReasoningConfig(dilation_px=3))
    assert [mask.extent.xyxy for mask in seen] == [(22, 2, 36, 38)]
    assert not labels.amodal[0].any()
    assert infer_occlusion(IMAGE, np.zeros((0, *SHAPE), dtype=bool), complete).splits == ()


def test_shapes_and_counts_that_do_not_fit_are_refused():
    with pytest.raises(DatasetError, match="1 masks for 2 objects"):
        infer_occlusion(IMAGE, VISIBLE, lambda image, masks: masks[:1])
    with pytest.raises(DatasetError, match="depth image of shape"):
        infer_occlusion(IMAGE, VISIBLE, oracle(POST, BAR), np.ones((3, 3), dtype=np.float32))
    with pytest.raises(DatasetError, match="do not fit"):
        infer_occlusion(IMAGE[1:], VISIBLE, oracle(POST, BAR))
    for broken in (dict(dilation_px=-1), dict(dilation_px=21), dict(min_overlap_px=0), dict(depth_at="edge")):
        with pytest.raises(ConfigError, match="must be"):
            ReasoningConfig(**broken)


def test_splits():
    speck = POST.copy()
    speck[0:3, 50:53] = True
    assert split_of(POST, occluded=False) == "none"
    assert split_of(POST, occluded=True) == "occluded"
    assert split_of(speck, occluded=True) == "occluded"
    assert split_of(BAR_SEEN, occluded=True) == "separated"
    assert split_of(BAR_SEEN, occluded=False) == "separated"


def test_convex_hulls_bridge_an_occluder():
    hull = convex_hulls(IMAGE, [Mask.from_full(BAR_SEEN)])[0]
    assert np.array_equal(hull.full(60, 40), BAR)


@pytest.fixture(scope="module")
def scenes(request):
    return SceneDataset(request.config.rootpath / "tests" / "data" / "scenes_sample")


def truth_of(scenes):
    """A completer that looks the whole shapes up in the truth."""

    def complete(image, masks):
        sample = next(s for s in map(scenes.__getitem__, range(len(scenes))) if np.array_equal(s.image, image))
        return [Mask.from_full(sample.amodal[place]) for place in np.flatnonzero(sample.visible.any((1, 2)))]

    return complete


def request_for(scenes, images=6, **changes):
    return replace(LabelRequest("sample", "oracle", "", images, ReasoningConfig()), **changes)


@pytest.fixture(scope="module")
def labelled(scenes, tmp_path_factory):
    out = tmp_path_factory.mktemp("pseudo") / "annotations.json"
    return label(scenes, truth_of(scenes), request_for(scenes), out, progress=False)


def test_with_true_shapes_the_order_is_the_true_one(scenes, labelled):
    agreement = Agreement.between(scenes, labelled)
    assert agreement.precision == 1
    assert agreement.recall > 0.85
    assert agreement.amodal_iou > 0.97
    samples = map(scenes.__getitem__, range(len(scenes)))
    pairs = sum(int(np.triu(sample.occludes | sample.occludes.T).sum()) for sample in samples)
    assert agreement.right + agreement.reversed + agreement.missed == pairs


def test_convex_hulls_agree_less(scenes, tmp_path):
    out = label(scenes, convex_hulls, request_for(scenes), tmp_path / "hull.json", progress=False)
    agreement = Agreement.between(scenes, out)
    assert 0.5 < agreement.precision < 0.95
    assert agreement.reversed > 0
    assert agreement.amodal_iou < 0.9


def test_true_depth_drops_wrong_orders_and_few_right_ones(scenes, tmp_path):
    folder = str(scenes.image_path(0).parents[1] / "depth")
    found = {}
    for name, complete, depth in (("hull", convex_hulls, ""), ("deep", convex_hulls, folder), ("true", None, folder)):
        request = request_for(scenes, depth=depth, completer=name)
        out = label(scenes, complete or truth_of(scenes), request, tmp_path / f"{name}.json", progress=False)
        found[name] = Agreement.between(scenes, out)
    assert found["deep"].precision > found["hull"].precision
    assert found["deep"].reversed < found["hull"].reversed
    assert found["true"].precision == 1
    assert found["true"].recall > 0.8
    assert Statistics.of(tmp_path / "true.json").verified_objects > 20


def test_the_output_is_a_generated_scenes_file_and_coco(scenes, labelled, capsys):
    pseudo = SceneDataset(labelled.parent)
    assert COCO(str(labelled)).getCatIds() == [c["id"] for c in COCO(str(scenes_file(scenes))).dataset["categories"]]
    for index in range(len(scenes)):
        ours, theirs = pseudo[index], scenes[index]
        assert np.array_equal(ours.image, theirs.image)
        assert np.array_equal(ours.visible, theirs.visible)
        assert (ours.annotation_ids, ours.categories) == (theirs.annotation_ids, theirs.categories)
        assert not (ours.visible & ~ours.amodal).any()
        assert not (ours.occludes & ~theirs.occludes).any()
        for place, annotation in enumerate(pseudo.annotations(index)):
            hidden = 1 - ours.visible[place].sum() / ours.amodal[place].sum()
            assert annotation["occlusion"] == pytest.approx(hidden)
            assert annotation["order_verified"] in ((False,) if ours.occludes[[place]].any() else (False, None))
            assert len(annotation["occluder_ids"]) == ours.occludes[:, place].sum()
            assert len(annotation["occludee_ids"]) == ours.occludes[place].sum()


def scenes_file(scenes):
    return scenes.image_path(0).parents[1] / "annotations.json"


def test_training_reads_the_output(labelled):
    from physperception.training.scene_batches import SceneBatches

    scene = SceneBatches(SceneDataset(labelled), (416, 320), None)[0]
    assert scene.layers.shape[1:] == (3, 320, 416)
    assert scene.layers[:, 1].any()
    assert scene.layers[:, 2].any()


def test_statistics_count_what_the_file_says(labelled):
    annotations = json.loads(labelled.read_text())["annotations"]
    statistics = Statistics.of(labelled)
    assert statistics.objects == len(annotations) > 20
    assert statistics.occluder_masks == sum(bool(a["occluder_ids"]) for a in annotations) > 10
    assert statistics.relations == sum(len(a["occludee_ids"]) for a in annotations)
    assert statistics.separated + statistics.occluded >= statistics.occluder_masks
    assert statistics.verified_objects == 0
    assert "Occludee masks" in statistics.table()


def test_a_stopped_run_continues_and_a_finished_one_is_kept(scenes, labelled, tmp_path):
    out, asked = tmp_path / "sub" / "out.json", []

    def complete(image, masks):
        asked.append(image)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return truth_of(scenes)(image, masks)

    with pytest.raises(KeyboardInterrupt):
        label(scenes, complete, request_for(scenes), out, progress=False)
    partial = out.with_name("out.json.partial")
    assert not out.exists()
    with partial.open("a") as file:
        file.write('{"image": {"id": 4, "cut')
    with pytest.raises(DatasetError, match="another request"):
        label(scenes, complete, request_for(scenes, images=5), out, progress=False)
    label(scenes, complete, request_for(scenes), out, progress=False)
    assert len(asked) == 7
    assert not partial.exists()
    assert json.loads(out.read_text())["annotations"] == json.loads(labelled.read_text())["annotations"]
    label(scenes, complete, request_for(scenes), out, progress=False)
    assert len(asked) == 7
    with pytest.raises(DatasetError, match="made by another request"):
        label(scenes, complete, request_for(scenes, images=5), out, progress=False)


def test_depth_images_are_read_and_broken_ones_refused(tmp_path):
    millimetres = np.full(SHAPE, 1500, dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), millimetres)
    np.save(tmp_path / "b.npy", millimetres / 1000)
    assert np.array_equal(read_depth(tmp_path, tmp_path / "a.jpg"), millimetres)
    assert read_depth(tmp_path, tmp_path / "b.jpg")[0, 0] == np.float32(1.5)
    cv2.imwrite(str(tmp_path / "c.png"), np.zeros(SHAPE, dtype=np.uint8))
    np.save(tmp_path / "d.npy", np.zeros((*SHAPE, 3)))
    np.save(tmp_path / "e.npy", np.array([{}], dtype=object), allow_pickle=True)
    for name, message in (
        ("c", "nor a 16-bit"),
        ("d", "one channel"),
        ("e", "cannot read"),
        ("f", "there is no depth"),
    ):
        with pytest.raises(DatasetError, match=message):
            read_depth(tmp_path, tmp_path / f"{name}.jpg")


def coco_file(tmp_path):
    """One image of the post before the bar, as plain COCO, and its depth."""
    cv2.imwrite(str(tmp_path / "a.png"), IMAGE)
    runs = [pseudo_labels.encode_rle(mask) for mask in VISIBLE]
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": SHAPE[1], "height": SHAPE[0]}],
        "annotations": [{"id": 5 + n, "image_id": 1, "category_id": 1, "segmentation": r} for n, r in enumerate(runs)],
        "categories": [{"id": 1, "name": "thing"}],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(content))
    (tmp_path / "depth").mkdir()
    cv2.imwrite(str(tmp_path / "depth" / "a.png"), (1000 * depth_of(1, 2)).astype(np.uint16))
    return path


def test_command_from_plain_coco_with_depth(tmp_path, capsys):
    path, out = coco_file(tmp_path), tmp_path / "out.json"
    options = ["--data", str(path), "--images", str(tmp_path), "--out", str(out), "--completer", "hull"]
    assert main([*options, "--depth", str(tmp_path / "depth")]) == 0
    table = capsys.readouterr().out.split()
    assert table[table.index("Separated") + 1] == "1"
    post, bar = SceneDataset(out).annotations(0)
    assert (post["occludee_ids"], bar["occluder_ids"]) == ([6], [5])
    assert post["order_verified"] is bar["order_verified"] is True
    whole = decode_rle(bar["amodal_segmentation"])
    assert (BAR & ~whole).sum() == 0
    assert (whole & ~rectangle(6, 13, 54, 27)).sum() == 0
    assert (post["split"], bar["split"]) == ("none", "separated")


def test_command_failures_are_one_sentence(tmp_path, capsys):
    path, out = coco_file(tmp_path), tmp_path / "out.json"
    options = ["--data", str(path), "--out", str(out), "--completer", "hull"]
    for more, message in (
        (["--check"], "nothing to compare with"),
        (["--depth", str(tmp_path / "no")], "does not exist"),
        (["--limit", "0"], "--limit must be 1 or more"),
        (["--dilation", "99"], "dilation_px must be in 0..20"),
        (["--images", str(tmp_path / "depth" / "no")], "does not exist"),
        (["--format", "kins"], "lacks an amodal or a visible mask"),
    ):
        assert main([*options, *more]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert message in lines[-1]
        assert lines[-1].startswith("error: ")
    assert not out.exists()


def test_command_compares_with_the_truth(scenes, tmp_path, capsys):
    options = ["--data", str(scenes_file(scenes)), "--out", str(tmp_path / "out.json"), "--completer", "hull"]
    assert main([*options, "--check", "--limit", "2"]) == 0
    assert "Recall" in capsys.readouterr().out
    assert len(SceneDataset(tmp_path / "out.json")) == 2


@pytest.mark.parametrize(
    ("name", "model", "weights"),
    [
        ("embedded", "embedded", ""),
        ("a/b.safetensors", "embedded", "a/b.safetensors"),
        ("occamodal:c", "occamodal", "c"),
    ],
)
def test_models_are_made_and_asked(monkeypatch, name, model, weights):
    made = []

    class Model:
        def complete(self, image, masks):
            return [SimpleNamespace(amodal=mask.union(Mask.from_full(POST))) for mask in masks]

    monkeypatch.setattr("physperception.amodal.create", lambda config: made.append(config) or Model())
    complete = pseudo_labels.load_completer(name)
    assert (made[0].model, made[0].weights) == (model, weights)
    assert complete(IMAGE, [Mask.from_full(BAR_SEEN)]) == [Mask.from_full(BAR | POST)]


def test_a_completer_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"nothing\.safetensors"):
        pseudo_labels.load_completer(str(tmp_path / "nothing.safetensors"))
    with pytest.raises(ConfigError, match="guess"):
        pseudo_labels.load_completer("guess:file")


def test_objects_without_pixels_are_left_out(scenes):
    sample = scenes[0]
    visible = sample.visible.copy()
    visible[1] = False
    empty = np.zeros((len(visible),) * 2, dtype=bool)
    labels = PseudoLabels(visible, empty, empty, ("none",) * len(visible), 0)
    records = pseudo_labels.coco_records(type(sample)(**{**vars(sample), "visible": visible}), labels)
    assert [record["id"] for record in records] == [n for n in sample.annotation_ids if n != sample.annotation_ids[1]]
