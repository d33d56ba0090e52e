"""How good the detector is on annotated images: AP, recall under occlusion, layers, order.

`physperception evaluate detection` runs it; docs/evaluation.md has the protocol. Boxes and masks are scored without
classes, since generated shapes and COCO's names differ.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy import ndimage
from tqdm import tqdm

from physperception.datasets.coco import AnnotatedImages, SceneSample, encode_rle
from physperception.detection import Detector
from physperception.evaluation.scores import BANDS, band_of, mean
from physperception.scene import BoolArray, Scene

OPTIONS = {"score_threshold": 0.05, "max_objects": 100}
"""Of a detector to be measured: AP looks at the whole precision-recall curve, and recall applies its own threshold."""
RECALL_SCORE, RECALL_IOU = 0.3, 0.75
OCCLUDED_FROM = 0.01
MATCH_IOU = 0.5
ORDER_OVERLAP = 0.05
LEAST_PIECE_PX = 10


@dataclass
class Tally:
    """Counts over a set; a pair is (right, all)."""

    recall: dict[str, list[int]] = field(default_factory=dict)
    layer_iou: dict[str, list[float]] = field(default_factory=lambda: {"occluder": [], "occludee": []})
    order: list[int] = field(default_factory=lambda: [0, 0])
    named_pairs: list[int] = field(default_factory=lambda: [0, 0])
    truths: list[dict[str, Any]] = field(default_factory=list)
    detections: list[dict[str, Any]] = field(default_factory=list)
    images: list[ImageRecall] = field(default_factory=list)

    def count(self, name: str, right: bool) -> None:
        pair = self.recall.setdefault(name, [0, 0])
        pair[0] += int(right)
        pair[1] += 1


@dataclass(frozen=True)
class ImageRecall:
    """How many of one image's partly hidden objects were found, or of all where it is not known which are hidden."""

    index: int
    found: int
    objects: int


def evaluate(detector: Detector, data: AnnotatedImages, limit: int | None = None) -> dict[str, float]:
    """Every figure by name (`figures_of`) over the first `limit` images. Raises DatasetError as `tally` does."""
    return figures_of(tally(detector, data, limit))


def tally(detector: Detector, data: AnnotatedImages, limit: int | None = None) -> Tally:
    """Detect the objects of the first `limit` images and count.

    Raises:
        DatasetError: an image or its annotations can't be read.
    """
    counts = Tally()
    chosen = range(len(data) if limit is None else min(limit, len(data)))
    for index in tqdm(chosen, unit="image", disable=None):
        sample = data[index]
        scene = detector.detect(sample.image)
        _add_truths(counts, sample)
        _add_detections(counts, scene, sample.image_id)
        _compare(counts, scene, sample, index)
    return counts


def figures_of(counts: Tally) -> dict[str, float]:
    """Every figure by name, fractions and counts; NaN where there is nothing to measure on.

    `recall_occluded` and `recall_separated` are as thesis 2.5.1: of objects that are partly hidden, with their
    visible mask in one piece or in several, the share found with score > 0.3 and mask IoU > 0.75; the twins with
    `_50` ask for IoU > 0.5, those with a band such as `5_20` are over objects hidden by 5 to 20 %. `occluder_iou` and
    `occludee_iou` compare layers inside the box, over matched objects that have one. `order_accuracy` is over pairs
    of matched objects that truly occlude: the share where the pair is named in the right direction;
    `order_precision` is the share of named pairs that are right.
    """
    figures: dict[str, float] = {}
    for name in ("occluded", "separated", "all", *BANDS):
        found, objects = counts.recall.get(name, [0, 0])
        figures |= {f"recall_{name}": _share([found, objects]), f"found_{name}": found, f"n_{name}": objects}
        if f"{name}_50" in counts.recall:
            figures[f"recall_{name}_50"] = _share(counts.recall[f"{name}_50"])
    figures |= {f"{name}_iou": mean(values) for name, values in counts.layer_iou.items()}
    figures |= {"order_accuracy": _share(counts.order), "order_precision": _share(counts.named_pairs)}
    return average_precision(counts.truths, counts.detections) | figures | {"n": len(counts.images)}


def average_precision(truths: Sequence[dict[str, Any]], detections: Sequence[dict[str, Any]]) -> dict[str, float]:
    """COCO's box and mask AP over IoU 0.50-0.95, without classes, by pycocotools.

    Args:
        truths, detections: COCO annotations and results of one category; those of images without truths count too.
    """
    names = [f"{kind}_{figure}" for kind in ("box", "mask") for figure in ("ap", "ap50")]
    if not truths or not detections:
        return dict.fromkeys(names, 0.0 if truths else math.nan)
    sizes = {item["image_id"]: item["segmentation"]["size"] for item in (*truths, *detections)}
    images = [{"id": number, "height": height, "width": width} for number, (height, width) in sorted(sizes.items())]
    truth = COCO()
    truth.dataset = {
        "images": images,
        "categories": [{"id": 1, "name": "object"}],
        "annotations": [dict(item) for item in truths],
    }
    figures: list[float] = []
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        for kind in ("bbox", "segm"):
            # loadRes derives boxes from masks unless the first detection has a box of its own.
            scored = COCOeval(truth, truth.loadRes([dict(item) for item in detections]), kind)
            scored.evaluate()
            scored.accumulate()
            scored.summarize()
            figures += [float(scored.stats[0]), float(scored.stats[1])]
    return dict(zip(names, figures))


def _add_truths(counts: Tally, sample: SceneSample) -> None:
    for mask in sample.visible:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not rows.size:
            continue
        x, y = int(columns[0]), int(rows[0])
        counts.truths.append(
            {
                "id": len(counts.truths) + 1,
                "image_id": sample.image_id,
                "category_id": 1,
                "iscrowd": 0,
                "bbox": [x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y],
                "area": int(mask.sum()),
                "segmentation": encode_rle(mask),
            }
        )


def _add_detections(counts: Tally, scene: Scene, image_id: int) -> None:
    for instance in scene.instances:
        box = instance.visible_box
        counts.detections.append(
            {
                "image_id": image_id,
                "category_id": 1,
                "score": instance.score,
                "bbox": [box.x1, box.y1, box.width, box.height],
                "segmentation": encode_rle(instance.visible_mask.full(scene.width, scene.height)),
            }
        )


def _compare(counts: Tally, scene: Scene, sample: SceneSample, index: int) -> None:
    masks = [item.visible_mask.full(scene.width, scene.height) for item in scene.instances]
    overlaps = _mask_iou(masks, list(sample.visible))
    likely = np.array([item.score > RECALL_SCORE for item in scene.instances], dtype=np.bool_)
    best = (overlaps * likely[:, None]).max(0) if len(masks) else np.zeros(len(sample.visible))
    looked_for = []
    for place in range(len(sample.visible)):
        kinds = _kinds(sample, place)
        for name in kinds:
            counts.count(name, bool(best[place] > RECALL_IOU))
            counts.count(f"{name}_50", bool(best[place] > MATCH_IOU))
        if not sample.has_amodal or {"occluded", "separated"} & set(kinds):
            looked_for.append(bool(best[place] > RECALL_IOU))
    counts.images.append(ImageRecall(index, sum(looked_for), len(looked_for)))
    matched = {
        place: int(overlaps[:, place].argmax())
        for place in range(len(sample.visible))
        if len(masks) and overlaps[:, place].max() > MATCH_IOU
    }
    for place, found in matched.items():
        _compare_layers(counts, scene, sample, place, found)
    if sample.has_order:
        _compare_order(counts, scene, sample, matched)


def _kinds(sample: SceneSample, place: int) -> Iterable[str]:
    """The groups an object is counted in."""
    visible, amodal = int(sample.visible[place].sum()), int(sample.amodal[place].sum())
    if not sample.has_amodal or not visible:
        return ("all",)
    hidden = 1 - visible / amodal
    if hidden < OCCLUDED_FROM:
        return "all", band_of(hidden)
    return "all", band_of(hidden), "separated" if _pieces(sample.visible[place]) > 1 else "occluded"


def _compare_layers(counts: Tally, scene: Scene, sample: SceneSample, truth: int, found: int) -> None:
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
        counts.layer_iou[name].append(float((predicted & target).sum() / (predicted | target).sum()))


def _compare_order(counts: Tally, scene: Scene, sample: SceneSample, matched: dict[int, int]) -> None:
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
                counts.order[0] += named
                counts.order[1] += 1
            if named:
                counts.named_pairs[0] += true
                counts.named_pairs[1] += 1


def _mask_iou(first: list[BoolArray], second: list[BoolArray]) -> NDArray[np.float64]:
    if not first or not second:
        return np.zeros((len(first), len(second)))
    a = np.stack(first).reshape(len(first), -1).astype(np.float32)
    b = np.stack(second).reshape(len(second), -1).astype(np.float32)
    shared = a @ b.T
    union = a.sum(1)[:, None] + b.sum(1)[None] - shared
    return shared / np.maximum(union, 1)


def _pieces(mask: BoolArray) -> int:
    """Connected parts of at least ten pixels."""
    labels, count = ndimage.label(mask)
    return int((np.bincount(labels.ravel(), minlength=count + 1)[1:] >= LEAST_PIECE_PX).sum())


def _share(pair: list[int]) -> float:
    return pair[0] / pair[1] if pair[1] else float("nan")
