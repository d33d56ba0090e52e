"""`physperception evaluate` on the sample of generated scenes, with models that know the truth or nothing."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from physperception.amodal.order import PairwiseOrder
from physperception.cli import evaluate
from physperception.cli.main import main
from physperception.datasets import scenes
from physperception.datasets.coco import DatasetError, SceneDataset
from physperception.errors import ConfigError
from physperception.evaluation import ablation
from physperception.evaluation.methods import binary
from physperception.evaluation.truth import read_truth
from physperception.scene import Instance, Mask, Scene

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools 2.0.11

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "scenes_sample"


class Knowing:
    """Finds and completes every object as it truly is."""

    model_id = "knowing-1"
    device = "cpu"

    def __init__(self, config):
        self.config = config
        data = SceneDataset(SAMPLE)
        self.samples = {
            image.tobytes(): index for index in range(len(data)) if (image := data.image(index)) is not None
        }
        self.data = data
        self.closed = False

    def complete(self, image, visible, hints=None, samples=0):
        if self.config.weights == "blind":
            assert np.all(image == image[0, 0])
            return [binary(mask, mask) for mask in visible]
        truth = read_truth(self.data, self.samples[image.tobytes()])
        return [binary(seen, whole or inside) for seen, whole, inside in zip(visible, truth.whole, truth.amodal)]

    def order(self, image, visible):
        return PairwiseOrder(np.full((len(visible), len(visible)), np.nan, dtype=np.float32))

    def detect(self, image):
        """Every second object where the weights are "half", with the true occluders."""
        truth = read_truth(self.data, self.samples[image.tobytes()])
        places = range(0, len(truth.visible), 2 if self.config.weights == "half" else 1)
        instances = tuple(
            Instance(
                id=str(place),
                class_id="object",
                score=0.9,
                visible_box=truth.visible[place].extent,
                visible_mask=truth.visible[place],
                occluder_mask=joined(truth.visible, truth.occludes[:, place]),
                occludee_mask=joined(truth.visible, truth.occludes[place]),
                occluder_ids=tuple(str(other) for other in places if truth.occludes[other, place]),
            )
            for place in places
        )
        return Scene(width=image.shape[1], height=image.shape[0], instances=instances)

    def close(self):
        self.closed = True


def joined(masks, chosen):
    merged = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
    for mask, wanted in zip(masks, chosen):
        merged = merged.union(mask) if wanted else merged
    return merged


def run(capsys, *words):
    """The lines printed and the JSON of the last one."""
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    made = []

    def make(config):
        made.append(Knowing(config))
        return made[-1]

    assert evaluate.run(parser.parse_args([*words, "--json"]), make, make) == 0
    assert all(model.closed for model in made)
    lines = capsys.readouterr().out.splitlines()
    return lines, json.loads(lines[-1])


def test_amodal_with_every_row(capsys, tmp_path):
    lines, figures = run(
        capsys, "amodal", "--data", str(SAMPLE), "--compare", "--compare-weights", "blind", "--pages", str(tmp_path)
    )
    assert (figures["n"], figures["n_all"]) == (24, 46)
    assert figures["miou"] == figures["miou_inv"] == figures["outside_iou"] == figures["depth_miou"] == 1.0
    assert figures["n_outside"] > 0
    assert figures["score_pearson"] is None
    assert 0.4 < figures["baseline_miou"] == figures["no_image_miou"] < figures["hull_miou"] < 1.0
    assert figures["baseline_miou_inv"] == 0.0
    assert lines[0].split() == ["method", "mIoU", "mIoU-inv"]
    assert [line.split()[0] for line in lines[2:8]] == ["knowing-1", "no", "with", "visible", "convex", "without"]
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count('class="group"') == 24 + 12
    assert "IoU 1.00" in page


def test_order_with_and_without_depth(capsys, tmp_path):
    _, figures = run(capsys, "order", "--data", str(SAMPLE), "--compare", "--limit", "4", "--pages", str(tmp_path))
    assert figures["accuracy"] == figures["plain_accuracy"] == figures["precision"] == 1.0
    assert figures["depth_accuracy"] > 0.9
    assert figures["baseline_accuracy"] < 1.0
    assert 0 < figures["n"] <= figures["n_all"]
    assert figures["n"] == sum(figures[f"n_{band}"] for band in ("0_5", "5_20", "20_40", "40_60", "60_80", "80_100"))
    assert "the wrong way round" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_detection_beside_a_baseline(capsys, tmp_path):
    lines, figures = run(capsys, "detection", "--data", str(SAMPLE), "--compare", "half", "--pages", str(tmp_path))
    for name in ("recall_occluded", "recall_separated", "box_ap", "mask_ap", "order_accuracy", "occluder_iou"):
        assert figures[name] == pytest.approx(1.0), name
    assert figures["recall_5_20"] == 1.0
    assert figures["n_0_5"] + sum(figures[f"n_{band}"] for band in ("5_20", "20_40", "40_60", "60_80", "80_100")) == 46
    assert 0.2 < figures["baseline_recall_all"] < 0.8
    assert figures["baseline_mask_ap"] < 0.8
    assert lines[2].startswith("knowing-1")
    assert lines[3].startswith("baseline half")
    assert (tmp_path / "index.html").is_file()


def test_settings_reach_the_model(capsys):
    with pytest.raises(ConfigError, match="mask_threshold"):
        run(capsys, "amodal", "--data", str(SAMPLE), "--set", "mask_threshold=2")
    with pytest.raises(ConfigError, match="unknown option speed"):
        run(capsys, "detection", "--data", str(SAMPLE), "--set", "speed=2")


def test_a_split_is_a_folder_of_the_data(capsys):
    _, figures = run(capsys, "order", "--data", str(SAMPLE.parent), "--split", SAMPLE.name, "--limit", "1")
    assert figures["n_all"] > 0


def test_the_splits_are_those_that_can_be_made():
    assert evaluate.MADE_SPLITS == scenes.SPLITS


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "name the data"),
        (("--split", "test1"), "make it with: python -m physperception.datasets.scenes --out .*test1 .* --split test1"),
        (("--split", "test9"), "splits that can be made are train, val, test1, test2, household"),
        (("--data", "nowhere.json"), "nowhere.json does not exist"),
        (("--data", "empty"), "no images"),
        (("--data", "broken"), "not valid JSON"),
        (("--data", "coco"), "does not say whole shapes"),
        (("--data", "empty", "--limit", "0"), "--limit must be at least 1"),
    ],
)
def test_bad_input_is_one_sentence(capsys, tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    seen = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 4, 0, 4, 4]], "bbox": [0, 0, 4, 4]}
    image = {"id": 1, "file_name": "a.jpg", "width": 8, "height": 8}
    contents = {
        "empty": json.dumps({"images": [], "annotations": []}),
        "coco": json.dumps({"images": [image], "annotations": [seen], "categories": []}),
        "broken": "{",
    }
    for name, text in contents.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "annotations.json").write_text(text, encoding="utf-8")
    assert main(["evaluate", "amodal", *words]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert re.search(sentence, told[0])


def test_a_missing_depth_image_is_named(capsys, tmp_path):
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder)
    (folder / "depth" / "000001.png").unlink()
    with pytest.raises(DatasetError, match=r"cannot read .*000001\.png as a 16-bit depth image"):
        run(capsys, "amodal", "--data", str(folder))


def test_weights_that_are_not_there_are_one_sentence(capsys, tmp_path):
    missing = tmp_path / "none.safetensors"
    assert main(["evaluate", "amodal", "--data", str(SAMPLE), "--set", f"weights={missing}"]) == 2
    assert "cannot read model weights" in capsys.readouterr().err


@pytest.mark.parametrize("settings", [["tri"], ["tri="], ["=file"]])
def test_the_ablation_needs_names_and_files(capsys, settings):
    assert ablation.main(["--weights", *settings, "--splits", "x", "--data", str(SAMPLE.parent)]) == 2
    assert "NAME=FILE" in capsys.readouterr().err


def test_the_ablation_has_means_and_deviations_over_seeds():
    def figures(value):
        recalls = {f"recall_{kind}": value for kind in ("occluded", "separated")}
        found = {f"found_{kind}": 100 * value for kind in ("occluded", "separated")}
        return recalls | found | {"box_ap": value, "mask_ap": float("nan")}

    table = ablation.ablation_table(
        {"none": {"test1": [figures(0.5)]}, "tri": {"test1": [figures(0.5), figures(0.7)], "test2": [figures(0.6)]}}
    )
    none, tri = table.splitlines()[2:]
    assert none.split() == ["none", "1", "50", "(50.00)", "50", "(50.00)", "50.00", *"-----"]
    assert tri.split()[:8] == ["tri", "2", "60", "(60.00", "+-", "14.14)", "60", "(60.00"]
    assert table.splitlines()[0].split()[:2] == ["heads", "runs"]


def test_the_ablation_runs_on_shipped_heads(capsys, tmp_path):
    heads = Path(ablation.__file__).parents[1] / "weights" / "detector.safetensors"
    words = ["--weights", f"shipped={heads}", "--splits", SAMPLE.name, "--data", str(SAMPLE.parent), "--limit", "1"]
    assert ablation.main([*words, "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["shipped/scenes_sample/0/n"] == 1
    assert ablation.main(["--weights", "a=b", "--splits", "nowhere", "--data", str(tmp_path)]) == 2
    assert "nowhere does not exist" in capsys.readouterr().err
