"""Masks as data sets store them: polygons, lists of run lengths, compressed run lengths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from physperception.datasets.coco import decode_rle
from physperception.scene import BoolArray

FARTHEST_PX = 100_000


def decode_segmentation(segmentation: Any, height: int, width: int) -> BoolArray:
    """The mask of a `segmentation` field, bool [height, width].

    Args:
        segmentation: polygons [[x1, y1, x2, y2, ...], ...] (COCO) or one flat list (COCOA), filled by COCO's rule;
            or run lengths {"size": [h, w], "counts": list | str | bytes}. Polygons of fewer than three points are
            empty, as is None.
        height, width: of the image in pixels.

    Raises:
        ValueError: it is none of these, or run lengths do not fit the size of the image.
    """
    if segmentation is None:
        return np.zeros((height, width), dtype=np.bool_)
    if isinstance(segmentation, Mapping):
        return _from_runs(segmentation, height, width)
    if isinstance(segmentation, (list, tuple)):
        return _from_polygons(segmentation, height, width)
    raise ValueError(f"a mask must be polygons or run lengths, got {type(segmentation).__name__}")


def stack_masks(masks: Iterable[BoolArray], height: int, width: int) -> BoolArray:
    """bool [N, height, width] of N masks, N = 0 included."""
    found = list(masks)
    return np.stack(found) if found else np.zeros((0, height, width), dtype=np.bool_)


def _from_polygons(polygons: list[Any] | tuple[Any, ...], height: int, width: int) -> BoolArray:
    flat = bool(polygons) and not isinstance(polygons[0], (list, tuple))
    parts = [np.asarray(part, dtype=np.float64) for part in ([polygons] if flat else polygons)]
    for part in parts:
        if part.ndim != 1 or part.size % 2 or not (np.abs(part) <= FARTHEST_PX).all():
            raise ValueError(f"a polygon must be a list of x, y pairs within {FARTHEST_PX} pixels")
    codes = coco_mask.frPyObjects([part.tolist() for part in parts if part.size >= 6] or [[0.0] * 6], height, width)
    return coco_mask.decode(coco_mask.merge(codes)).astype(np.bool_)


def _from_runs(runs: Mapping[str, Any], height: int, width: int) -> BoolArray:
    size, counts = runs.get("size"), runs.get("counts")
    if not isinstance(size, (list, tuple)) or list(size) != [height, width]:
        raise ValueError(f"run lengths are for an image of size {size}, not {[height, width]}")
    if isinstance(counts, (list, tuple)):
        lengths = np.asarray(counts, dtype=np.int64)
        if (lengths < 0).any() or lengths.sum() != height * width:
            raise ValueError(f"run lengths must be positive and cover {height * width} pixels, got {lengths.sum()}")
        values = np.repeat(np.arange(lengths.size) % 2 == 1, lengths)
        return np.ascontiguousarray(values.reshape(width, height).T)
    if isinstance(counts, (str, bytes)):
        return decode_rle({"size": list(size), "counts": counts})
    raise ValueError(f"the counts of run lengths must be a list or text, got {type(counts).__name__}")
