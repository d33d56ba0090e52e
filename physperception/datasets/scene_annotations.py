"""Exact visible and amodal masks and occlusion order from depths, and their COCO records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from physperception.datasets.shapes import CATEGORIES

MIN_VISIBLE_PX = 60
MIN_VISIBLE_FRACTION = 0.04
MIN_RELATION_PX = 8
MAX_OBJECTS = 100

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """One rendered and annotated image.

    Attributes:
        image: uint8 RGB [H, W, 3].
        jpeg_quality: what it is to be stored with.
        categories: category of each annotated object.
        visible, amodal: bool [N, H, W]; amodal is cut at the image border and contains visible.
        occluders: for each object, indices of the objects directly in front of it, ascending.
    """

    image: NDArray[np.uint8]
    jpeg_quality: int
    categories: tuple[str, ...]
    visible: BoolArray
    amodal: BoolArray
    occluders: tuple[tuple[int, ...], ...]


def annotate(
    depths: FloatArray, background: FloatArray, categories: Iterable[str]
) -> tuple[tuple[str, ...], BoolArray, BoolArray, tuple[tuple[int, ...], ...]]:
    """Masks and occlusion order from depths of objects rendered alone.

    An object is kept when at least 60 pixels and 4 % of its amodal mask are visible; one that is not still hides what
    is behind it. A hides B directly when A is what is seen at 8 pixels or more of B's amodal mask.

    Args:
        depths: float32 [N, H, W], larger is farther, 1 where the object is not.
        background: float32 [H, W], depth of everything that is not an object.
        categories: category of each of the N.

    Returns:
        Categories, visible masks, amodal masks bool [M, H, W] and occluder indices of the M objects kept.
    """
    amodal = depths < 1
    nearest = np.concatenate([background[None], depths]).argmin(axis=0)
    visible = (nearest[None] == np.arange(1, len(depths) + 1)[:, None, None]) & amodal
    areas, wholes = visible.sum(axis=(1, 2)), amodal.sum(axis=(1, 2))
    kept = np.flatnonzero((areas >= MIN_VISIBLE_PX) & (areas >= MIN_VISIBLE_FRACTION * wholes))
    names = list(categories)
    visible, amodal = visible[kept], amodal[kept]
    flat_visible, flat_amodal = (m.reshape(len(kept), background.size).astype(np.float32) for m in (visible, amodal))
    overlap = flat_amodal @ flat_visible.T
    np.fill_diagonal(overlap, 0)
    occluders = tuple(tuple(int(j) for j in np.flatnonzero(row >= MIN_RELATION_PX)) for row in overlap)
    return tuple(names[k] for k in kept), visible, amodal, occluders


def coco_annotations(image: int, view: View) -> list[dict[str, Any]]:
    """COCO records of one image, as docs/datasets.md has them.

    Ids are image * 100 + index, so they do not depend on the order of work.
    """
    ids = [image * MAX_OBJECTS + index for index in range(len(view.categories))]
    records: list[dict[str, Any]] = []
    for index, name in enumerate(view.categories):
        visible, amodal = view.visible[index], view.amodal[index]
        area, whole = int(visible.sum()), int(amodal.sum())
        records.append(
            {
                "id": ids[index],
                "image_id": image,
                "category_id": CATEGORIES.index(name) + 1,
                "iscrowd": 0,
                "bbox": _bounds(visible),
                "area": area,
                "segmentation": _encode(visible),
                "amodal_bbox": _bounds(amodal),
                "amodal_segmentation": _encode(amodal),
                "occlusion": 1 - area / whole,
                "occluder_ids": [ids[other] for other in view.occluders[index]],
                "occludee_ids": [ids[other] for other, row in enumerate(view.occluders) if index in row],
            }
        )
    return records


def _bounds(mask: BoolArray) -> list[int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    return [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]


def _encode(mask: BoolArray) -> dict[str, Any]:
    code = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": [int(side) for side in code["size"]], "counts": code["counts"].decode("ascii")}
