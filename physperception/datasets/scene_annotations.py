"""Exact visible and amodal masks and occlusion order from depths, and their COCO records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from physperception.scene import Mask

MIN_VISIBLE_PX = 60
MIN_VISIBLE_FRACTION = 0.04
MIN_RELATION_PX = 8
MAX_OBJECTS = 100
SHADOW_LEVELS = 18
"""Sum of three channels' differences of 0..255 from which a pixel counts as shaded."""
RELATIONS = ("contact_ids", "supported_by_ids")

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Truth:
    """What is known of the M annotated objects of one image.

    Attributes:
        kept: int [M], which of the objects that were rendered these are.
        visible, amodal: bool [M, H, W]; amodal is cut at the image border and contains visible.
        occluders: for each object, indices of the objects directly in front of it, ascending.
        extended: for each object, its amodal mask beyond the image; None where it stays inside.
        complete: False where the object reaches past the margin too, so that `extended` is cut.
    """

    kept: NDArray[np.int64]
    visible: BoolArray
    amodal: BoolArray
    occluders: tuple[tuple[int, ...], ...]
    extended: tuple[Mask | None, ...]
    complete: tuple[bool, ...]


@dataclass(frozen=True)
class View:
    """One rendered and annotated image.

    Attributes:
        image: uint8 RGB [H, W, 3].
        jpeg_quality: what it is to be stored with.
        focal_px: focal length; the principal point is the middle of the image.
        truth: masks and order.
        facts: for each annotated object, further fields of its record (category, material, contacts, ...).
        depth_mm: uint16 [H, W]; None when not asked for.
    """

    image: NDArray[np.uint8]
    jpeg_quality: int
    focal_px: float
    truth: Truth
    facts: tuple[dict[str, Any], ...]
    depth_mm: NDArray[np.uint16] | None = None


def annotate(depths: FloatArray, background: FloatArray, margin: int = 0) -> Truth:
    """Masks and occlusion order from depths of objects rendered alone.

    An object is kept when at least 60 pixels and 4 % of its amodal mask are visible; one that is not still hides what
    is behind it. A hides B directly when A is what is seen at 8 pixels or more of B's amodal mask.

    Args:
        depths: float32 [N, H + 2 margin, W + 2 margin], larger is farther, 1 where the object is not.
        background: float32 [H + 2 margin, W + 2 margin], depth of everything that is not an object.
        margin: pixels around the image that only `extended` is made of.
    """
    whole = depths < 1
    height, width = (side - 2 * margin for side in background.shape)
    inner = (..., slice(margin, margin + height), slice(margin, margin + width))
    amodal = whole[inner]
    nearest = np.concatenate([background[None], depths])[inner].argmin(axis=0)
    visible = (nearest[None] == np.arange(1, len(depths) + 1)[:, None, None]) & amodal
    areas, totals = visible.sum(axis=(1, 2)), amodal.sum(axis=(1, 2))
    kept = np.flatnonzero((areas >= MIN_VISIBLE_PX) & (areas >= MIN_VISIBLE_FRACTION * totals))
    visible, amodal = visible[kept], amodal[kept]
    flat_visible, flat_amodal = (m.reshape(len(kept), height * width).astype(np.float32) for m in (visible, amodal))
    overlap = flat_amodal @ flat_visible.T
    np.fill_diagonal(overlap, 0)
    occluders = tuple(tuple(int(j) for j in np.flatnonzero(row >= MIN_RELATION_PX)) for row in overlap)
    outside = [np.count_nonzero(whole[index]) > totals[index] for index in kept]
    extended = tuple(Mask(-margin, -margin, whole[k]).tight() if out else None for k, out in zip(kept, outside))
    complete = tuple(not _touches_border(whole[index]) for index in kept)
    return Truth(kept, visible, amodal, occluders, extended, complete)


def coco_annotations(image: int, view: View) -> list[dict[str, Any]]:
    """COCO records of one image, as docs/datasets.md has them.

    Ids are image * 100 + index, so they do not depend on the order of work.
    """
    truth = view.truth
    ids = [image * MAX_OBJECTS + index for index in range(len(view.facts))]
    records: list[dict[str, Any]] = []
    for index, facts in enumerate(view.facts):
        visible, amodal = truth.visible[index], truth.amodal[index]
        area, whole = int(visible.sum()), int(amodal.sum())
        records.append(
            {
                "id": ids[index],
                "image_id": image,
                "iscrowd": 0,
                "bbox": _bounds(visible),
                "area": area,
                "segmentation": encode(visible),
                "amodal_bbox": _bounds(amodal),
                "amodal_segmentation": encode(amodal),
                "occlusion": 1 - area / whole,
                "occluder_ids": [ids[other] for other in truth.occluders[index]],
                "occludee_ids": [ids[other] for other, row in enumerate(truth.occluders) if index in row],
                **{key: [ids[o] for o in value] if key in RELATIONS else value for key, value in facts.items()},
            }
        )
        beyond = truth.extended[index]
        if beyond is not None:
            code = encode(beyond.data) | {"offset": [beyond.x, beyond.y], "complete": truth.complete[index]}
            records[-1]["amodal_extended"] = code
    return records


def shadow_of(lit: NDArray[np.uint8], shaded: NDArray[np.uint8], visible: BoolArray) -> BoolArray:
    """Where an object's shadow falls, bool [H, W], from the scene without and with it, and its visible mask.

    Specks of a pixel or two, from antialiasing, are left out.
    """
    darker = lit.astype(np.int16).sum(axis=2) - shaded.astype(np.int16).sum(axis=2) >= SHADOW_LEVELS
    near = cv2.dilate(visible.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return cv2.morphologyEx((darker & ~near).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0


def _touches_border(mask: BoolArray) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _bounds(mask: BoolArray) -> list[int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    return [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]


def encode(mask: BoolArray) -> dict[str, Any]:
    """COCO's compressed run lengths of a mask, with text counts."""
    code = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": [int(side) for side in code["size"]], "counts": code["counts"].decode("ascii")}
