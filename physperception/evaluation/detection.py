"""How good the detector is on generated scenes: AP, recall under occlusion, layers, order.

    python -m physperception.evaluation.detection --data data/scenes/test1 --json

Boxes and masks are scored without classes, since generated shapes and COCO's names differ. The last line printed
with `--json` is one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy import ndimage
from tqdm import tqdm

from physperception.config import load
from physperception.datasets.coco import SceneDataset, SceneSample, encode_rle
from physperception.detection import Detector, DetectorConfig, create
from physperception.scene import BoolArray, Scene

RECALL_SCORE, RECALL_IOU = 0.3, 0.75
OCCLUDED_FROM = 0.01
MATCH_IOU = 0.5
ORDER_OVERLAP = 0.05


@dataclass
class Tally:
    """Counts over a set; a pair is (right, all)."""

    recall: dict[str, list[int]] = field(default_factory=dict)
    layer_iou: dict[str, list[float]] = field(default_factory=lambda: {"occluder": [], "occludee": []})
    order: list[int] = field(default_factory=lambda: [0, 0])
    named_pairs: list[int] = field(default_factory=lambda: [0, 0])
    detections: list[dict[str, Any]] = field(default_factory=list)

    def count(self, name: str, right: bool) -> None:
        pair = self.recall.setdefault(name, [0, 0])
        pair[0] += right
        pair[1] += 1


def evaluate(detector: Detector, data: SceneDataset, limit: int | None = None) -> dict[str, float]:
    """Every figure by name, for the first `limit` images.

    `recall_occluded` and `recall_separated` are as thesis 2.5.1: of objects that are partly hidden, with their
    visible mask in one piece or in several, the share found with score > 0.3 and mask IoU > 0.75; the twins with
    `_50` ask for IoU > 0.5. `occluder_iou` and `occludee_iou` compare layers inside the box, over matched objects
    that have one. `order_accuracy` is over pairs of matched objects that truly occlude: the share where the pair is
    named in the right direction; `order_precision` is the share of named pairs that are right.
    """
    tally = Tally()
    chosen = range(len(data) if limit is None else min(limit, len(data)))
    for index in tqdm(chosen, unit="image", disable=None):
        sample = data[index]
        scene = detector.detect(sample.image)
        _add_detections(tally, scene, sample.image_id)
        _compare(tally, scene, sample, [annotation["occlusion"] for annotation in data.annotations(index)])
    figures = {f"recall_{name}": _share(pair) for name, pair in sorted(tally.recall.items())}
    figures |= {
        f"{name}_iou": float(np.mean(values)) if values else float("nan") for name, values in tally.layer_iou.items()
    }
    figures |= {"order_accuracy": _share(tally.order), "order_precision": _share(tally.named_pairs)}
    return average_precision(data, chosen, tally.detections) | figures | {"n": len(chosen)}


def average_precision(data: SceneDataset, chosen: range, detections: list[dict[str, Any]]) -> dict[str, float]:
    """COCO's box and mask AP over IoU 0.50-0.95, without classes, by pycocotools."""
    images = [data.images[index] for index in chosen]
    truth = COCO()
    truth.dataset = {
        "images": images,
        "categories": [{"id": 1, "name": "object"}],
        "annotations": [annotation | {"category_id": 1} for index in chosen for annotation in data.annotations(index)],
    }
    figures: dict[str, float] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        for name, kind in (("box", "bbox"), ("mask", "segm")):
            if not detections:
                figures |= {f"{name}_ap": 0.0, f"{name}_ap50": 0.0}
                continue
            # loadRes derives boxes from masks unless the first detection has a box of its own.
            scored = COCOeval(truth, truth.loadRes([dict(item) for item in detections]), kind)
            scored.params.imgIds = [image["id"] for image in images]
            scored.evaluate()
            scored.accumulate()
            scored.summarize()
            figures |= {f"{name}_ap": float(scored.stats[0]), f"{name}_ap50": float(scored.stats[1])}
    return figures


def _add_detections(tally: Tally, scene: Scene, image_id: int) -> None:
    for instance in scene.instances:
        box = instance.visible_box
        tally.detections.append(
            {
                "image_id": image_id,
                "category_id": 1,
                "score": instance.score,
                "bbox": [box.x1, box.y1, box.width, box.height],
                "segmentation": encode_rle(instance.visible_mask.full(scene.width, scene.height)),
            }
        )


def _compare(tally: Tally, scene: Scene, sample: SceneSample, occlusion: list[float]) -> None:
    masks = [item.visible_mask.full(scene.width, scene.height) for item in scene.instances]
    overlaps = _mask_iou(masks, list(sample.visible))
    likely = np.array([item.score > RECALL_SCORE for item in scene.instances], dtype=np.bool_)
    best = (overlaps * likely[:, None]).max(0) if len(masks) else np.zeros(len(sample.visible))
    for truth, hidden in enumerate(occlusion):
        tally.count("all", best[truth] > RECALL_IOU)
        tally.count("all_50", best[truth] > MATCH_IOU)
        if hidden >= OCCLUDED_FROM:
            kind = "separated" if _pieces(sample.visible[truth]) > 1 else "occluded"
            tally.count(kind, best[truth] > RECALL_IOU)
            tally.count(f"{kind}_50", best[truth] > MATCH_IOU)
    matched = {
        truth: int(overlaps[:, truth].argmax())
        for truth in range(len(occlusion))
        if len(masks) and overlaps[:, truth].max() > MATCH_IOU
    }
    for truth, found in matched.items():
        _compare_layers(tally, scene, sample, truth, found)
    _compare_order(tally, scene, sample, matched)


def _compare_layers(tally: Tally, scene: Scene, sample: SceneSample, truth: int, found: int) -> None:
    instance = scene.instances[found]
    x1, y1, x2, y2 = (max(0, round(value)) for value in instance.visible_box.xyxy)
    for name, part, others in (
        ("occluder", instance.occluder_mask, sample.occludes[:, truth]),
        ("occludee", instance.occludee_mask, sample.occludes[truth]),
    ):
        target = sample.visible[others][:, y1:y2, x1:x2].any(0)
        if part is None or not target.any():
            continue
        predicted = part.full(scene.width, scene.height)[y1:y2, x1:x2]
        tally.layer_iou[name].append(float((predicted & target).sum() / (predicted | target).sum()))


def _compare_order(tally: Tally, scene: Scene, sample: SceneSample, matched: dict[int, int]) -> None:
    ids = {truth: scene.instances[found].id for truth, found in matched.items()}
    for front in matched:
        for back in matched:
            if front == back:
                continue
            named = ids[front] in scene.instances[matched[back]].occluder_ids
            true = bool(sample.occludes[front, back])
            hidden = (sample.amodal[back] & sample.visible[front]).sum()
            smaller = min(sample.amodal[back].sum(), sample.amodal[front].sum())
            if true and hidden > ORDER_OVERLAP * smaller:
                tally.order[0] += named
                tally.order[1] += 1
            if named:
                tally.named_pairs[0] += true
                tally.named_pairs[1] += 1


def _mask_iou(first: list[BoolArray], second: list[BoolArray]) -> NDArray[np.float64]:
    if not first or not second:
        return np.zeros((len(first), len(second)))
    a = np.stack(first).reshape(len(first), -1).astype(np.float32)
    b = np.stack(second).reshape(len(second), -1).astype(np.float32)
    shared = a @ b.T
    union = a.sum(1)[:, None] + b.sum(1)[None] - shared
    return shared / np.maximum(union, 1)


def _pieces(mask: BoolArray) -> int:
    """Connected parts of at least 10 pixels."""
    labels, count = ndimage.label(mask)
    return int((np.bincount(labels.ravel(), minlength=count + 1)[1:] >= 10).sum())


def _share(pair: list[int]) -> float:
    return pair[0] / pair[1] if pair[1] else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder of generated scenes")
    parser.add_argument("--weights", default="", help="other weights than the shipped ones")
    parser.add_argument("--limit", type=int, help="use the first images only")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    chosen = parser.parse_args()
    # A low threshold lets AP see the whole precision-recall curve; recall applies its own.
    detector = create(load(DetectorConfig, "detector", weights=chosen.weights, score_threshold=0.05, max_objects=100))
    figures = evaluate(detector, SceneDataset(chosen.data), chosen.limit)
    for name, value in figures.items():
        print(f"{name:22} {value:.3f}" if isinstance(value, float) else f"{name:22} {value}")
    if chosen.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
