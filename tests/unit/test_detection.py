"""The embedded detector with its shipped weights, on photographs nobody here generated and on generated scenes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from physperception.config import load
from physperception.datasets.coco import SceneDataset
from physperception.datasets.photographs import photograph
from physperception.detection import DetectorConfig, create
from physperception.detection.detector import heads_path
from physperception.detection.network import HeadOptions, ObjectHeads
from physperception.detection.occlusion import Layer, LayeredObject, occlusion_pairs, paste
from physperception.errors import ConfigError, InvalidImage, ModelUnavailable
from physperception.evaluation.detection import evaluate
from physperception.scene import Mask

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "scenes_sample"


@pytest.fixture(scope="module")
def detector():
    made = create(load(DetectorConfig, "detector", device="cpu"))
    yield made
    made.close()


@pytest.fixture
def configured(detector):
    """The detector with some live options changed, and changed back afterwards."""
    usual = load(DetectorConfig, "detector", device="cpu")
    yield lambda **changes: detector.reconfigure(replace(usual, **changes)) or detector
    detector.reconfigure(usual)


@pytest.mark.parametrize(("name", "category"), [("coffee", "cup"), ("chelsea", "cat"), ("astronaut", "person")])
def test_named_objects_on_photographs(detector, name, category):
    picture = photograph(name)
    scene = detector.detect(picture)
    assert (scene.height, scene.width) == picture.shape[:2]
    assert category in {item.class_id for item in scene.instances}
    for item in scene.instances:
        assert item.visible_mask.area > 0
        assert item.occluder_mask is not None
        assert item.occludee_mask is not None
        assert item.visible_mask.intersection_area(item.occluder_mask) == 0
    assert [item.score for item in scene.instances] == sorted((i.score for i in scene.instances), reverse=True)


def test_the_cup_mask_is_on_the_cup(detector):
    scene = detector.detect(photograph("coffee"))
    cup = next(item for item in scene.instances if item.class_id == "cup").visible_mask.full(600, 400)
    assert cup[150:230, 200:230].mean() > 0.8, "the cup's white wall"
    assert cup[:, :150].mean() < 0.1, "the table at the left"


def test_occlusion_is_named_from_both_sides(detector):
    data = SceneDataset(SAMPLE)
    for index in range(len(data)):
        scene = detector.detect(data.image(index))
        for item in scene.instances:
            for other in item.occluder_ids:
                assert item.id in scene.instance(other).occludee_ids


def test_generated_scenes_are_found(detector):
    """A floor far below the model card's figures: it catches broken weights or a broken pipeline, not a worse model."""
    figures = evaluate(detector, SceneDataset(SAMPLE))
    assert figures["n"] == 6
    assert figures["mask_ap50"] > 0.2


def test_the_same_image_gives_the_same_scene(detector):
    picture = photograph("coffee")
    first, second = detector.detect(picture), detector.detect(picture.copy())
    assert first == second


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (33, 47), (2000, 100)])
def test_images_of_any_shape(detector, shape):
    scene = detector.detect(np.full((*shape, 3), 90, np.uint8))
    assert (scene.height, scene.width) == shape


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((0, 10, 3), np.uint8),
        np.broadcast_to(np.uint8(0), (20_000, 20_000, 3)),
        "picture.png",
    ],
    ids=["grey", "alpha", "float", "empty", "absurd", "text"],
)
def test_what_is_no_image_is_refused(detector, image):
    with pytest.raises(InvalidImage, match="image must"):
        detector.detect(image)


def test_live_options(configured):
    picture = photograph("motorcycle")
    many = configured(score_threshold=0.1).detect(picture)
    few = configured(score_threshold=0.1, max_objects=2).detect(picture)
    none = configured(score_threshold=1.0, name_threshold=1.0).detect(picture)
    assert len(many.instances) > 2
    assert len(few.instances) == 2
    assert none.instances == ()


def test_a_larger_input_finds_smaller_things(configured):
    many = np.tile(photograph("coffee"), (5, 5, 1))
    cups = [
        sum(item.class_id == "cup" for item in configured(input_size=size).detect(many).instances)
        for size in (256, 1024)
    ]
    assert cups[0] < cups[1]
    assert 15 <= cups[1] <= 25


def test_without_names_everything_is_an_object(configured):
    named = configured(name_threshold=0.3).detect(photograph("motorcycle"))
    unnamed = configured(name_threshold=1.0).detect(photograph("motorcycle"))
    assert "motorcycle" in {item.class_id for item in named.instances}
    assert {item.class_id for item in unnamed.instances} == {"object"}


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"gone\.safetensors"):
        create(load(DetectorConfig, "detector", weights=str(tmp_path / "gone.safetensors")))


def test_foreign_weights_are_refused():
    other = Path(__file__).resolve().parents[2] / "physperception" / "weights" / "nanodet.safetensors"
    with pytest.raises(ModelUnavailable, match="does not hold weights"):
        create(load(DetectorConfig, "detector", weights=str(other)))


def test_broken_weights_are_refused(tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x00" * 100)
    with pytest.raises(ModelUnavailable, match="cannot read"):
        create(load(DetectorConfig, "detector", weights=str(broken)))


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "mps"])
def test_absent_devices_are_refused(device):
    with pytest.raises(ModelUnavailable, match="use"):
        create(load(DetectorConfig, "detector", device=device))


def test_unknown_models_are_refused():
    with pytest.raises(ConfigError, match="model must be one of embedded"):
        load(DetectorConfig, "detector", model="gigantic")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_the_gpu_agrees_with_the_cpu(detector):
    picture = photograph("coffee")
    ours = create(load(DetectorConfig, "detector", device="cuda")).detect(picture)
    reference = detector.detect(picture)
    assert [item.class_id for item in ours.instances] == [item.class_id for item in reference.instances]
    for mine, theirs in zip(ours.instances, reference.instances):
        assert mine.visible_mask.iou(theirs.visible_mask) > 0.95


def test_paste_puts_cells_where_the_box_is():
    grid = np.zeros((4, 4), np.float32)
    grid[:2, :2] = 1
    mask = paste(grid, np.array([10.0, 20, 18, 28]), (100, 100)).mask(0.5)
    assert (mask.x, mask.y, mask.width, mask.height) == (10, 20, 4, 4)
    assert mask.data.all()


@pytest.mark.parametrize("box", [(-20.0, -20, -5, -5), (120, 120, 150, 150), (5, 5, 5, 9), (9, 9, 5, 5)])
def test_paste_outside_or_empty_is_empty(box):
    assert paste(np.ones((4, 4), np.float32), np.array(box, dtype=float), (100, 100)).mask(0.5).area == 0


def test_paste_is_cut_at_the_border():
    mask = paste(np.ones((4, 4), np.float32), np.array([-10.0, 90, 10, 110]), (100, 100)).mask(0.5)
    assert (mask.x, mask.y, mask.width, mask.height) == (0, 90, 10, 10)


def rectangle(x, y, width, height):
    return Mask(x, y, np.ones((height, width), bool))


def layered(target, occluder=None, occludee=None):
    """An object whose part layers are certain over the given masks and empty elsewhere in a 100 x 100 box."""

    def layer(mask):
        full = np.zeros((100, 100), bool) if mask is None else mask.full(100, 100)
        return Layer(0, 0, full.astype(np.float32))

    return LayeredObject(target, layer(occluder), layer(occludee))


def test_occlusion_pairs_follow_the_part_layers():
    front = layered(rectangle(10, 10, 20, 20), occludee=rectangle(30, 10, 30, 20))
    back = layered(rectangle(30, 10, 30, 20), occluder=rectangle(10, 10, 20, 20))
    apart = layered(rectangle(80, 80, 10, 10))
    assert occlusion_pairs([front, back, apart], 0.3) == [(0, 1)]
    assert occlusion_pairs([back, apart, front], 0.3) == [(2, 0)]
    assert occlusion_pairs([front, apart], 0.3) == []


def test_one_sided_evidence_counts_half_and_contradiction_goes_to_the_stronger():
    half = layered(rectangle(10, 10, 20, 20))
    back = layered(rectangle(30, 10, 30, 20), occluder=rectangle(10, 10, 20, 20))
    assert occlusion_pairs([half, back], 0.5) == [(0, 1)]
    assert occlusion_pairs([half, back], 0.51) == []
    doubtful = layered(rectangle(10, 10, 20, 20), occluder=rectangle(30, 10, 15, 20))
    assert occlusion_pairs([doubtful, back], 0.3) == [(0, 1)]


@pytest.mark.parametrize("layers", ["none", "bi_layer", "tri_layer"])
@pytest.mark.parametrize("reweighting", [True, False])
def test_locating_first_and_masking_what_is_kept_gives_what_refining_gives(layers, reweighting):
    torch.manual_seed(0)
    heads = ObjectHeads(HeadOptions(layers, True, reweighting)).eval()
    for parameter in heads.box_heads.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    features = torch.rand(1, 64, 20, 24)
    boxes = torch.tensor([[8.0, 8, 40, 40], [20, 10, 70, 60], [0, 30, 30, 76]])
    index = torch.zeros(3, dtype=torch.int64)
    with torch.inference_mode():
        whole = heads.refine(features, boxes, index)[-1]
        found, quality = heads.locate(features, boxes, index)
        masks = heads.layers(features, found[[2, 0]], index[[2, 0]])
    torch.testing.assert_close(found, whole.boxes)
    torch.testing.assert_close(quality, whole.quality)
    torch.testing.assert_close(masks.target, whole.masks.target[[2, 0]])


def test_the_heads_for_rendered_scenes_are_found_by_their_name():
    assert heads_path("household").name == "detector_household.safetensors"
    assert heads_path("").name == "detector.safetensors"
    assert heads_path("mine/heads.safetensors") == Path("mine/heads.safetensors")
    made = create(load(DetectorConfig, "detector", device="cpu", weights="household"))
    assert "cup" in {item.class_id for item in made.detect(photograph("coffee")).instances}
    assert "cat" in {item.class_id for item in made.detect(photograph("chelsea")).instances}
