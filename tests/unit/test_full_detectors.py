"""Full detectors at tiny random sizes: the true classes, every part of the plugin, every stage of training."""

import dataclasses
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from physperception.config import load as load_options
from physperception.datasets.coco import DatasetError, SceneDataset
from physperception.detection import DetectorConfig, create
from physperception.detection.config import MODELS
from physperception.detection.full import counts
from physperception.detection.full.adapter import FullDetector
from physperception.detection.full.build import build
from physperception.detection.full.checkpoint import COCO_IDS, load, save, start_from
from physperception.detection.full.config import (
    BACKBONES,
    FullDetectorConfig,
    ResNet,
    Sizes,
    Swin,
    from_json,
    paper_config,
    to_json,
)
from physperception.detection.full.sampling import mask_losses, sample
from physperception.detection.trilayer import LayerLogits, mask_head
from physperception.errors import ConfigError, ModelUnavailable
from physperception.training.full_detector import Trainer, TrainingFailed, parse, train
from physperception.training.full_detector_batches import DetectionBatches, detection_target
from physperception.vision import torchvision_ops

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "scenes_sample"
MODELS_PAGE = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
SIZES = Sizes((96,), 128, 16, 2, 32, (8, 16, 32, 64, 128), 40, 30, 16)
SWIN = Swin(8, (1, 1, 1, 1), (1, 1, 2, 2), 0.1, 4)
HEIGHT, WIDTH = 80, 112


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def tiny(model="maskrcnn-swin-t", **changes):
    backbone = ResNet((1, 1, 1, 1)) if "resnet" in model else SWIN
    return paper_config(model, **{"classes": ("cup", "box", "book"), "sizes": SIZES, "backbone": backbone} | changes)


def network(config=None, seed=0):
    torch.manual_seed(seed)
    return build(config or tiny())


def scene(objects=1):
    """An image with objects side by side; the first hides the second."""
    boxes = torch.tensor([[10.0, 10, 50, 60], [45.0, 20, 100, 70]])[:objects]
    masks = torch.zeros(objects, HEIGHT, WIDTH, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes.int().tolist()):
        mask[y1:y2, x1:x2] = 1
    occluder, occludee = torch.zeros_like(masks), torch.zeros_like(masks)
    if objects == 2:
        occluder[1], occludee[0] = masks[0], masks[1]
    target = {"boxes": boxes, "labels": torch.arange(1, objects + 1), "masks": masks}
    target |= {"occluder_masks": occluder, "occludee_masks": occludee}
    return torch.rand(3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1)), target


VARIANTS = [
    ("maskrcnn-swin-t", {}),
    ("maskrcnn-swin-s", {"plugin": "bi_layer"}),
    ("maskrcnn-swin-t", {"plugin": "none", "reweighting": False}),
    ("maskrcnn-resnet50", {"plugin": "none", "box_adjustment": False, "reweighting": False}),
    ("maskrcnn-resnet50", {"reweighting": False}),
    ("cascade-swin-b", {}),
]
LAYERS = {"none": ["target"], "bi_layer": ["target", "connected"], "tri_layer": ["target", "occluder", "occludee"]}


@pytest.mark.parametrize(("model", "changes"), VARIANTS)
def test_every_variant_learns_and_detects(model, changes):
    config = tiny(model, **changes)
    detector = network(config).train()
    image, target = scene(2)
    losses = detector([image, image.flip(2)], [target, scene(0)[1]])
    iterations = 3 if config.is_cascade else 2 if config.box_adjustment else 1
    terms = [*LAYERS[config.plugin], "classifier", "box"]
    expected = {f"{term}{number}" for term in terms for number in range(1, iterations + 1)}
    assert set(losses) == expected | {"loss_objectness", "loss_rpn_box_reg"}
    total = torch.stack(list(losses.values())).sum()
    assert torch.isfinite(total)
    total.backward()
    assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in detector.parameters())
    detector.eval().roi_heads.score_threshold = 0.0
    with torch.inference_mode():
        found = detector([image, image[:, :64]])
    for item, height in zip(found, (HEIGHT, 64)):
        count = len(item["boxes"])
        assert count > 0
        assert (item["boxes"][:, 2:] <= torch.tensor([WIDTH + 1e-3, height + 1e-3])).all()
        assert ((item["labels"] >= 1) & (item["labels"] <= 3)).all()
        assert (item["scores"].diff() <= 0).all()
        assert {name for name in item if name.endswith("_masks")} == {f"{name}_masks" for name in LAYERS[config.plugin]}
        for name in LAYERS[config.plugin]:
            assert item[f"{name}_masks"].shape == (count, 28, 28)


def test_nothing_found_is_an_empty_result():
    detector = network().eval()
    detector.roi_heads.score_threshold = 1.0
    with torch.inference_mode():
        (found,) = detector([scene()[0]])
    assert found["boxes"].shape == (0, 4)
    assert found["occluder_masks"].shape == (0, 28, 28)


def test_reweighting_changes_the_second_iteration_only():
    detector = network().train()
    image, target = scene(2)
    results = []
    for active in (False, True):
        detector.roi_heads.reweighting = active
        torch.manual_seed(3)
        results.append(detector.eval().train()([image], [target]))
    assert results[0]["classifier1"] == results[1]["classifier1"]
    assert results[0]["target1"] == results[1]["target1"]
    assert results[0]["classifier2"] != results[1]["classifier2"]


@pytest.mark.parametrize(
    ("stage", "whole", "trained", "losses"),
    [
        ("tri_layer", False, ("roi_heads.stages.0.masks",), 1),
        ("box_adjustment", False, ("roi_heads.stages.1",), 2),
        ("reweighting", False, ("roi_heads.stages.1",), 2),
        ("tri_layer", True, ("backbone", "rpn", "roi_heads.stages.0"), 1),
        ("all", False, ("backbone", "rpn", "roi_heads.stages.0", "roi_heads.stages.1"), 2),
    ],
)
def test_a_stage_trains_its_parts_and_no_others(stage, whole, trained, losses):
    detector = network().train()
    detector.set_stage(stage, whole)
    assert detector.roi_heads.reweighting == (stage in ("reweighting", "all"))
    image, target = scene(2)
    found = detector([image], [target])
    assert f"target{losses}" in found
    assert f"target{losses + 1}" not in found
    torch.stack(list(found.values())).sum().backward()
    reached = {name for name, weight in detector.named_parameters() if weight.grad is not None}
    assert reached == {name for name, _ in detector.named_parameters() if name.startswith(trained)}
    assert detector.backbone.training == any(name.startswith("backbone") for name in reached)


def test_a_cascade_trains_the_layers_of_all_iterations():
    detector = network(tiny("cascade-swin-b")).train()
    before = {name: value.clone() for name, value in detector.state_dict().items()}
    trainer = Trainer(detector, "tri_layer", steps=1, rate=1e-2)
    image, target = scene(2)
    trainer.step([image], [target])
    changed = {name for name, value in detector.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {name for name, _ in detector.named_parameters() if ".masks." in name}


@pytest.mark.parametrize(
    ("config", "stage"),
    [
        (tiny(plugin="none"), "tri_layer"),
        (tiny(box_adjustment=False, reweighting=False), "box_adjustment"),
        (tiny(reweighting=False), "reweighting"),
        (tiny(), "later"),
    ],
)
def test_a_stage_without_its_part_is_refused(config, stage):
    with pytest.raises(ConfigError):
        network(config).set_stage(stage)


@pytest.mark.parametrize(
    "values",
    [
        {"model": "yolo"},
        {"model": "maskrcnn-swin-t", "plugin": "four_layer"},
        {"model": "maskrcnn-swin-t", "reweighting": True},
        {"model": "cascade-swin-b", "box_adjustment": True},
        {"model": "maskrcnn-swin-t", "classes": ()},
    ],
)
def test_parts_that_do_not_go_together_are_refused(values):
    with pytest.raises(ConfigError):
        FullDetectorConfig(**values)


def test_a_description_survives_json_and_a_broken_one_is_refused():
    for config in (tiny(), tiny("maskrcnn-resnet50"), paper_config("cascade-swin-b")):
        assert from_json(to_json(config)) == config
    for text in ("", "[]", "{}", to_json(tiny()).replace('"window"', '"pane"')):
        with pytest.raises(ConfigError):
            from_json(text)


def test_mask_losses_compare_each_layer_with_its_own_truth():
    _, target = scene(2)
    sides = target["boxes"][1:]
    sure = 4.0
    half = torch.full((1, 1, 28, 28), -sure)
    half[..., :22, :3] = sure  # the first box covers 5 of 55 columns and 40 of 50 rows of the second
    plain = torch.zeros(1, 3, 28, 28)
    plain[:, 1] = sure
    none = torch.full((1, 1, 28, 28), -sure)
    matched = [torch.tensor([1])]
    losses = mask_losses(LayerLogits(plain, half, none), [sides], matched, [target])
    swapped = mask_losses(LayerLogits(plain, none, half), [sides], matched, [target])
    assert losses["target"] < 0.12
    assert losses["occluder"] < 0.12 < 0.25 < swapped["occluder"]
    assert losses["occludee"] < 0.05 < 0.25 < swapped["occludee"]
    connected = mask_losses(LayerLogits(plain, connected=half), [sides], matched, [target])
    assert set(connected) == {"target", "connected"}
    assert torch.equal(connected["connected"], losses["occluder"])


def test_samples_are_matched_by_overlap():
    from torchvision.models.detection._utils import BoxCoder

    _, target = scene(2)
    proposals = torch.tensor([[10.0, 10, 50, 62], [0.0, 0, 5, 5], [44.0, 20, 100, 70]])
    found = sample([proposals], [torch.tensor([3, 3, 3])], [target], 20, 0.5, BoxCoder((1.0, 1, 1, 1)))
    assert found.labels[0].tolist() == [1, 0, 2, 1, 2]
    assert found.guesses[0].tolist() == [3, 3, 3, 1, 2]
    assert found.matched[0][[0, 2, 3, 4]].tolist() == [0, 1, 0, 1]
    assert torch.allclose(found.deltas[0][3:], torch.zeros(2, 4))
    strict = sample([proposals], [torch.tensor([3, 3, 3])], [target], 20, 0.97, BoxCoder((1.0, 1, 1, 1)))
    assert strict.labels[0].tolist() == [0, 0, 2, 1, 2]


def test_mask_heads_by_name():
    torch.manual_seed(0)
    regions = torch.rand(2, 8, 14, 14)
    plain, two, three = (mask_head(kind, 8, 8, 3, 5, 8)(regions) for kind in LAYERS)
    assert plain.occluder is plain.connected is two.occluder is two.occludee is three.connected is None
    assert plain.target.shape == two.target.shape == three.target.shape == (2, 5, 28, 28)
    assert two.connected.shape == three.occluder.shape == three.occludee.shape == (2, 1, 28, 28)
    with pytest.raises(ConfigError, match="four_layer"):
        mask_head("four_layer", 8, 8)
    with pytest.raises(ConfigError, match="adds"):
        mask_head("bi_layer", 8, 4)


def test_a_bi_layer_head_adds_its_embedding():
    torch.manual_seed(0)
    head = mask_head("bi_layer", 8, 8)
    regions = torch.rand(2, 8, 14, 14)
    embedding, connected = head.connected(regions)
    assert torch.equal(head(regions).target, head.target(regions + embedding)[1])
    assert torch.equal(head(regions).connected, connected)
    head(regions).target.sum().backward()
    assert head.connected.embed[0].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("row", counts.TABLE, ids=lambda row: f"{row.config.model}-{row.parameters}")
def test_parameters_are_those_of_table_2_5(row):
    found = counts.parameters(row.config)
    assert found == pytest.approx(row.parameters, rel=1e-3)
    shown = [line for line in MODELS_PAGE.splitlines() if line.startswith(f"| {row.config.model} |")]
    assert any(f"| {found:.1f} | {row.parameters} |" in line and f"| {row.operations} |" in line for line in shown)


def test_operations_are_those_of_table_2_5():
    for row in (counts.TABLE[0], counts.TABLE[2]):
        every, most = counts.operations(row.config)
        assert most == pytest.approx(row.operations, rel=2e-3)
        assert most < every < 1.02 * most


def test_a_checkpoint_gives_the_same_detector(tmp_path):
    detector = network(seed=4).eval()
    detector.roi_heads.score_threshold = 0.0
    save(detector, tmp_path / "full.safetensors")
    again = load(tmp_path / "full.safetensors", "maskrcnn-swin-t").eval()
    again.roi_heads.score_threshold = 0.0
    assert again.config == detector.config
    with torch.inference_mode():
        first, second = (item([scene()[0]])[0] for item in (detector, again))
    assert len(first["boxes"]) > 0
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_checkpoint_that_does_not_fit_names_its_first_tensor(tmp_path):
    detector = network()
    path = tmp_path / "full.safetensors"
    name = "roi_heads.stages.1.masks.target.embed.0.weight"
    metadata = {"format": "physperception-full-detector-1", "config": to_json(detector.config)}
    weights = {key: value.contiguous() for key, value in detector.state_dict().items()}
    for broken, words in (
        ({key: value for key, value in weights.items() if key != name}, ("lacks", name)),
        (weights | {name: torch.zeros(3, 4)}, (r"shape \[3, 4\]", name, r"\[16, 48, 3, 3\]")),
        (weights | {"zebra": torch.zeros(1)}, ("zebra",)),
    ):
        save_file(broken, path, metadata=metadata)
        with pytest.raises(ModelUnavailable) as caught:
            load(path, "maskrcnn-swin-t")
        for word in words:
            caught.match(word)
    save_file(weights, path, metadata=metadata)
    with pytest.raises(ModelUnavailable, match="holds weights of maskrcnn-swin-t, not of maskrcnn-swin-s"):
        load(path, "maskrcnn-swin-s")
    path.write_bytes(b"no weights")
    with pytest.raises(ModelUnavailable, match="cannot read"):
        load(path, "maskrcnn-swin-t")
    with pytest.raises(ModelUnavailable, match="does not exist"):
        load(tmp_path / "absent.safetensors", "maskrcnn-swin-t")


def test_weights_of_torchvisions_mask_rcnn(tmp_path):
    """The plain detector with torchvision's weights finds exactly what torchvision's own finds."""
    from torchvision.models.detection import maskrcnn_resnet50_fpn

    torch.manual_seed(0)
    sizes = {"min_size": 64, "max_size": 96, "rpn_post_nms_top_n_test": 20, "rpn_pre_nms_top_n_test": 20}
    theirs = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, box_score_thresh=0.0, **sizes).eval()
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    config = FullDetectorConfig("maskrcnn-resnet50", sizes=Sizes((64,), 96, test_proposals=20))
    ours = build(config).eval()
    assert start_from(ours, tmp_path / "theirs.pth") == []
    image = scene()[0]
    known = torch.tensor([0, *COCO_IDS])
    with torch.inference_mode():
        images, _ = theirs.transform([image])
        features = theirs.backbone(images.tensors)
        proposals, _ = theirs.rpn(images, features)
        vectors = theirs.roi_heads.box_head(theirs.roi_heads.box_roi_pool(features, proposals, images.image_sizes))
        logits, deltas = theirs.roi_heads.box_predictor(vectors)
        pooled = theirs.roi_heads.mask_roi_pool(features, proposals, images.image_sizes)
        masks = theirs.roi_heads.mask_predictor(theirs.roi_heads.mask_head(pooled))
        own_features = ours.backbone(ours.transform([image])[0].tensors)
        own_proposals, _ = ours.rpn(ours.transform([image])[0], own_features)
        heads = ours.roi_heads
        regions = heads.box_pool(own_features, own_proposals, images.image_sizes)
        own_logits, own_deltas = heads.stages[0].boxes(regions)
        own_masks = heads.stages[0].masks(heads.mask_pool(own_features, own_proposals, images.image_sizes)).target
    assert torch.allclose(proposals[0], own_proposals[0], atol=1e-3)
    assert torch.allclose(logits[:, known], own_logits, rtol=1e-3, atol=1e-3)
    assert torch.allclose(deltas.unflatten(1, (91, 4))[:, known].flatten(1), own_deltas, rtol=1e-3, atol=1e-3)
    assert torch.allclose(masks[:, known[1:]], own_masks, rtol=1e-3, atol=1e-3)


def test_a_stage_starts_as_what_the_one_before_was(tmp_path):
    plain = network(tiny(plugin="none", box_adjustment=False, reweighting=False), seed=1).eval()
    save(plain, tmp_path / "plain.safetensors")
    layered = network(seed=2).eval()
    random = start_from(layered, tmp_path / "plain.safetensors")
    assert random
    assert all(".masks.occlude" in name for name in random)
    regions = torch.rand(3, 16, 14, 14)
    first, second = (stage.masks(regions).target for stage in layered.roi_heads.stages)
    expected = plain.roi_heads.stages[0].masks(regions).target
    assert torch.allclose(first, expected, atol=1e-5)
    assert torch.allclose(second, expected, atol=1e-5)
    vectors = torch.rand(3, 16, 7, 7)
    heads = (layered.roi_heads.stages[1], plain.roi_heads.stages[0])
    assert torch.equal(*(stage.boxes(vectors)[0] for stage in heads))


def test_imagenet_weights_reach_the_backbone(tmp_path):
    from torchvision.models.swin_transformer import SwinTransformer

    body = SwinTransformer([4, 4], 8, [1, 1, 1, 1], [1, 1, 2, 2], [4, 4], num_classes=10)
    torch.save(body.state_dict(), tmp_path / "swin.pth")
    detector = network()
    random = start_from(detector, tmp_path / "swin.pth")
    assert not [name for name in random if name.startswith("backbone.body")]
    assert torch.equal(detector.backbone.body.features[7][0].mlp[0].weight, body.features[7][0].mlp[0].weight)
    for content in ({"elsewhere": torch.zeros(1)}, [1]):
        torch.save(content, tmp_path / "other.pth")
        with pytest.raises(ModelUnavailable):
            start_from(detector, tmp_path / "other.pth")


def options(path, **changes):
    values = {
        "model": "maskrcnn-swin-t",
        "weights": str(path),
        "device": "cpu",
        "cpu_threads": 1,
        "name_threshold": 0.0,
    }
    return load_options(DetectorConfig, "detector", **values | {"order_threshold": 0.0, "max_objects": 20} | changes)


@pytest.mark.parametrize("plugin", ["none", "bi_layer", "tri_layer"])
def test_a_full_detector_gives_a_scene(tmp_path, plugin):
    path = tmp_path / "full.safetensors"
    save(network(tiny(plugin=plugin), seed=1), path)
    detector = create(options(path))
    assert isinstance(detector, FullDetector)
    assert detector.device == "cpu"
    image = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    found = detector.detect(image)
    assert (found.width, found.height) == (WIDTH, HEIGHT)
    assert 0 < len(found.instances) <= 20
    assert found.model.startswith("maskrcnn-swin-t")
    assert {item.class_id for item in found.instances} <= {"cup", "box", "book"}
    covered = sum(item.visible_mask.full(WIDTH, HEIGHT).astype(int) for item in found.instances)
    assert covered.max() == 1
    hidden = sum(item.occluder_mask.area + item.occludee_mask.area for item in found.instances)
    assert (hidden > 0) == (plugin != "none")
    detector.reconfigure(options(path, max_objects=1))
    assert len(detector.detect(image).instances) <= 1
    detector.close()


def test_a_full_detector_without_its_file_says_which(tmp_path):
    assert set(MODELS) == {"embedded", *BACKBONES}
    with pytest.raises(ModelUnavailable, match="maskrcnn-swin-t is not shipped with weights"):
        create(options(""))
    with pytest.raises(ModelUnavailable, match=r"absent\.safetensors does not exist"):
        create(options(tmp_path / "absent.safetensors"))


def test_targets_of_the_sample_agree_with_its_annotations():
    data = SceneDataset(SAMPLE)
    labels = {index: index for index in data.category_names}
    item = data[0]
    image, target = detection_target(item, labels, flip=False)
    flipped_image, flipped = detection_target(item, labels, flip=True)
    kept = np.flatnonzero(item.visible.sum((1, 2)) >= 16)
    assert target["labels"].tolist() == [item.categories[index] for index in kept]
    for place, index in enumerate(kept):
        assert np.array_equal(target["masks"][place].numpy() > 0, item.visible[index])
        assert np.array_equal(target["occluder_masks"][place] > 0, item.visible[item.occludes[:, index]].any(0))
        assert np.array_equal(target["occludee_masks"][place] > 0, item.visible[item.occludes[index]].any(0))
    assert target["occluder_masks"].any()
    assert torch.equal(flipped_image, image.flip(2))
    assert torch.equal(flipped["occluder_masks"], target["occluder_masks"].flip(2))
    assert torch.equal(flipped["boxes"][:, 0], image.shape[2] - target["boxes"][:, 2])


def test_data_without_order_trains_no_layers():
    class Unordered(SceneDataset):
        has_order = False

    data = Unordered(SAMPLE)
    names = tuple(data.category_names.values())
    with pytest.raises(DatasetError, match="who occludes whom"):
        DetectionBatches(data, names, True, 2, 0)
    assert len(DetectionBatches(data, names, False, 2, 0)[0][0]) == 2


def test_every_image_comes_once_a_round():
    data = SceneDataset(SAMPLE)
    batches = DetectionBatches(data, tuple(data.category_names.values()), True, 1, seed=5)
    rounds = [[float(batches[place][0][0].sum()) for place in places] for places in (range(6), range(6, 12))]
    assert len(set(rounds[0])) == 6
    assert np.allclose(sorted(rounds[0]), sorted(rounds[1]), rtol=1e-4)
    assert rounds[0] == [float(batches[place][0][0].sum()) for place in range(6)]


def test_training_by_stages_that_can_be_interrupted(tmp_path, capsys):
    names = tuple(SceneDataset(SAMPLE).category_names.values())
    plain = tiny(plugin="none", box_adjustment=False, reweighting=False, classes=names)
    save(network(plain), tmp_path / "plain.safetensors")

    def run(stage, init, out, steps):
        common = ["--model", "maskrcnn-swin-t", "--batch", "1", "--device", "cpu", "--save-every", "1"]
        paths = ["--data", str(SAMPLE), "--init", str(tmp_path / init), "--out", str(tmp_path / out)]
        train(parse([*common, *paths, "--stage", stage, "--steps", str(steps)]))
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    result = run("tri_layer", "plain.safetensors", "a.safetensors", 2)
    assert result["steps"] == 2
    assert all(np.isfinite(value) for value in result["losses"].values())
    weights = load(tmp_path / "a.safetensors", "maskrcnn-swin-t")
    assert weights.config == dataclasses.replace(plain, plugin="tri_layer")
    assert run("reweighting", "a.safetensors", "b.safetensors", 1)["losses"].keys() >= {"occluder2", "classifier2"}
    assert load(tmp_path / "b.safetensors", "maskrcnn-swin-t").config == tiny(classes=names)
    with pytest.raises(ModelUnavailable, match="another stage"):
        Trainer(weights, "all").resume(tmp_path / "a.checkpoint")


def test_an_interrupted_training_ends_where_a_whole_one_does(tmp_path):
    image, target = scene(2)
    whole = Trainer(network(), "all", steps=2, rate=1e-3)
    before = whole.step([image], [target])
    whole.save(tmp_path / "half.checkpoint")
    after = whole.step([image], [target])
    resumed = Trainer(network(seed=9), "all", steps=2, rate=1e-3)
    resumed.resume(tmp_path / "half.checkpoint")
    assert resumed.step([image], [target]) == after
    assert after != before
    pairs = zip(whole.network.state_dict().values(), resumed.network.state_dict().values())
    assert all(torch.equal(first, second) for first, second in pairs)


def test_training_learns_one_scene():
    trainer = Trainer(network(tiny(box_adjustment=False, reweighting=False)), "all", steps=1000, rate=3e-3)
    trainer._steps = 10
    image, target = scene(2)
    history = [trainer.step([image], [target]) for _ in range(6)]
    for term in ("target1", "occluder1", "occludee1"):
        assert history[-1][term] < 0.8 * history[0][term]


def test_a_loss_that_is_not_finite_ends_the_training():
    trainer = Trainer(network(), "all")
    with torch.no_grad():
        trainer.network.roi_heads.stages[0].box_predictor.cls_score.bias.fill_(float("nan"))
    with pytest.raises(TrainingFailed, match="classifier1 is not finite"):
        trainer.step([scene()[0]], [scene()[1]])


def brute_force(plane, box, pooled, samples, aligned):
    """RoIAlign one sample at a time, on one channel [H, W], after the definition of the compiled operator."""
    height, width = plane.shape
    x1, y1, x2, y2 = (side - 0.5 if aligned else side for side in box)
    sides = [x2 - x1, y2 - y1] if aligned else [max(x2 - x1, 1.0), max(y2 - y1, 1.0)]
    counts_xy = [samples] * 2 if samples > 0 else [max(1, int(np.ceil(side / pooled))) for side in sides]
    output = np.zeros((pooled, pooled))
    for row, column in np.ndindex(pooled, pooled):
        for j, i in np.ndindex(counts_xy[1], counts_xy[0]):
            y = y1 + sides[1] / pooled * (row + (j + 0.5) / counts_xy[1])
            x = x1 + sides[0] / pooled * (column + (i + 0.5) / counts_xy[0])
            if y < -1 or y > height or x < -1 or x > width:
                continue
            y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
            top, left = min(int(y), height - 2), min(int(x), width - 2)
            down, right = y - top, x - left
            upper = plane[top, left] * (1 - right) + plane[top, left + 1] * right
            lower = plane[top + 1, left] * (1 - right) + plane[top + 1, left + 1] * right
            output[row, column] += upper * (1 - down) + lower * down
    return output / (counts_xy[0] * counts_xy[1])


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("samples", [2, -1])
def test_roi_align_is_that_of_the_compiled_operator(samples, aligned):
    random = np.random.default_rng(2)
    features = torch.from_numpy(random.normal(size=(2, 2, 9, 11)).astype(np.float32)).requires_grad_()
    boxes = [(0, 4, 3, 20, 18), (1, -3, -5, 30, 40), (0, 8, 8, 8.5, 9), (1, 15, 2, 21, 16), (0, 40, 30, 60, 50)]
    regions = torch.tensor(boxes, dtype=torch.float32)
    pooled = torch.ops.torchvision.roi_align(features, regions, 0.5, 3, 3, samples, aligned)
    for result, (image, *box) in zip(pooled, boxes):
        for channel in range(2):
            plane = features[image, channel].detach().numpy()
            expected = brute_force(plane, [0.5 * side for side in box], 3, samples, aligned)
            assert np.allclose(result[channel].detach().numpy(), expected, atol=1e-5)
    pooled.sum().backward()
    assert torch.isfinite(features.grad).all()
    assert features.grad.abs().sum() > 0
    assert torch.ops.torchvision.roi_align(features, regions[:0], 0.5, 3, 3, samples, aligned).shape == (0, 2, 3, 3)


def test_nms_keeps_the_best_of_each_overlap():
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10], [0, 0, 10, 9]])
    scores = torch.tensor([0.5, 0.9, 0.1, 0.95])
    assert torch.ops.torchvision.nms(boxes, scores, 0.5).tolist() == [3, 2]
    assert torch.ops.torchvision.nms(boxes, scores, 0.85).tolist() == [3, 1, 2]
    assert torch.ops.torchvision.nms(boxes[:0], scores[:0], 0.5).tolist() == []


def test_without_torchvision_the_sentence_says_how_to_get_it(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="pip install"):
        torchvision_ops.import_torchvision()


def test_the_embedded_detector_needs_no_torchvision():
    code = "import sys, physperception.detection; sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
