"""Scores of segmentation by text: gIoU and cIoU (R2SM, seed 004, section 5.1), AP and AR by query (section 6.3)."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from physperception.datasets.coco import encode_rle
from physperception.scene import BoolArray

AP_NAMES = {"ap": 0, "ap50": 1, "ap75": 2, "ap_s": 3, "ap_m": 4, "ap_l": 5, "ar": 8}
"""Places in pycocotools' summary; AR is over at most 100 masks a query."""


@dataclass
class MaskOverlap:
    """gIoU and cIoU over queries, each with one predicted and one true mask; several masks are fused before."""

    ious: list[float] = field(default_factory=list)
    intersection: int = 0
    union: int = 0

    def add(self, predicted: BoolArray, true: BoolArray) -> float:
        """Count a query; returns its IoU.

        Args:
            predicted, true: bool [H, W] of one size. Where both are empty the IoU is 1: nothing was asked for and
                nothing was given.

        Raises:
            ValueError: the sizes differ.
        """
        if predicted.shape != true.shape:
            raise ValueError(f"masks of a query must be of one size, got {predicted.shape} and {true.shape}")
        shared = int(np.count_nonzero(predicted & true))
        either = int(np.count_nonzero(predicted | true))
        self.intersection += shared
        self.union += either
        self.ious.append(shared / either if either else 1.0)
        return self.ious[-1]

    @property
    def giou(self) -> float:
        """Mean IoU of the queries, 0..1; NaN without any."""
        return sum(self.ious) / len(self.ious) if self.ious else math.nan

    @property
    def ciou(self) -> float:
        """Summed intersection over summed union, 0..1; NaN where every mask was empty."""
        return self.intersection / self.union if self.union else math.nan


@dataclass(frozen=True, eq=False)
class QueryResult:
    """Masks for one query.

    Attributes:
        query_id: unique; predictions are matched to truth by it, not by image.
        amodal: whether the query asks for amodal masks.
        true: bool [T, H, W].
        predicted: bool [P, H, W].
        scores: P confidences.
    """

    query_id: int
    amodal: bool
    true: BoolArray
    predicted: BoolArray
    scores: Sequence[float]


class R2smScores:
    """Counts queries and scores them; masks are kept as run lengths."""

    def __init__(self) -> None:
        self._overlap = {"": MaskOverlap(), "amodal_": MaskOverlap()}
        self._truths: list[tuple[bool, dict[str, Any]]] = []
        self._found: list[tuple[bool, dict[str, Any]]] = []

    def add(self, result: QueryResult) -> float:
        """Count a query; returns the IoU of its fused masks.

        Raises:
            ValueError: sizes of masks differ, or there are not as many scores as predictions.
        """
        if len(result.predicted) != len(result.scores):
            raise ValueError(f"{len(result.predicted)} masks need as many scores, got {len(result.scores)}")
        fused = (np.asarray(result.predicted.any(0)), np.asarray(result.true.any(0)))
        iou = self._overlap[""].add(*fused)
        if result.amodal:
            self._overlap["amodal_"].add(*fused)
        for mask in result.true:
            self._truths.append((result.amodal, _annotation(result.query_id, mask)))
        for mask, score in zip(result.predicted, result.scores):
            self._found.append((result.amodal, _annotation(result.query_id, mask) | {"score": float(score)}))
        return iou

    def figures(self) -> dict[str, float]:
        """`giou`, `ciou`, `ap`, `ap50`, `ap75`, `ap_s`, `ap_m`, `ap_l`, `ar`, `n`, and over amodal queries `amodal_`...

        NaN where there is nothing to measure on.
        """
        figures: dict[str, float] = {}
        for prefix, overlap in self._overlap.items():
            truths = [item for amodal, item in self._truths if amodal or not prefix]
            found = [item for amodal, item in self._found if amodal or not prefix]
            part = {"giou": overlap.giou, "ciou": overlap.ciou, **query_ap(truths, found), "n": len(overlap.ious)}
            figures |= {f"{prefix}{name}": value for name, value in part.items()}
        return figures


def query_ap(truths: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> dict[str, float]:
    """COCO's mask AP and AR with queries in the place of images and without categories, by pycocotools.

    Args:
        truths: mappings with `image_id` (the query's id) and `segmentation` (run lengths).
        found: the same with `score`.

    Returns:
        The names of `AP_NAMES`; NaN without truths, or without a truth of that size.
    """
    if not truths:
        return dict.fromkeys(AP_NAMES, math.nan)
    if not found:
        return dict.fromkeys(AP_NAMES, 0.0)
    sizes = {item["image_id"]: item["segmentation"]["size"] for item in (*truths, *found)}
    areas: list[float] = [float(coco_mask.area(item["segmentation"])) for item in truths]
    truth = COCO()
    truth.dataset = {
        "images": [{"id": query, "height": height, "width": width} for query, (height, width) in sizes.items()],
        "categories": [{"id": 1, "name": "object"}],
        "annotations": [
            {**item, "id": number, "category_id": 1, "iscrowd": 0, "area": area}
            for number, (item, area) in enumerate(zip(truths, areas), 1)
        ],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        scored = COCOeval(truth, truth.loadRes([{**item, "category_id": 1} for item in found]), "segm")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    stats: NDArray[np.float64] = scored.stats
    return {name: float(stats[place]) if stats[place] >= 0 else math.nan for name, place in AP_NAMES.items()}


def _annotation(query_id: int, mask: BoolArray) -> dict[str, Any]:
    return {"image_id": query_id, "segmentation": encode_rle(mask)}
