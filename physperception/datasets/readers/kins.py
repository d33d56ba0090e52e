"""KINS (Qi et al. 2019): amodal and visible masks of KITTI's streets, with layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from physperception.datasets.readers.base import Entry, Raw, Reader, coco_categories, coco_entries
from physperception.datasets.readers.masks import decode_segmentation
from physperception.scene import BoolArray

AMODAL_KEYS = ("a_segm", "segmentation")
VISIBLE_KEYS = ("i_segm", "inmodal_seg")
LAYER_KEYS = ("ico_id", "layer_order")


class KinsReader(Reader):
    """Both releases: `a_segm` and `i_segm` (2020), `segmentation` and `inmodal_seg` (2019).

    `ico_id` (2019: `layer_order`) counts layers from the camera within a cluster of overlapping objects, `oco_id`. A
    occludes B when they are in one cluster, A's layer is nearer, and a pixel of B's amodal mask shows A. A file where
    no object has a layer has no order.
    """

    format = "kins"

    def _read(self, content: Any) -> list[Entry]:
        self.category_names = coco_categories(content)
        entries = coco_entries(content, drop_crowds=True)
        self.has_order = any(_first(raw, LAYER_KEYS) is not None for entry in entries for raw in entry.objects)
        return entries

    def _masks(self, raw: Raw, entry: Entry) -> tuple[BoolArray, BoolArray]:
        visible, amodal = (_first(raw, keys) for keys in (VISIBLE_KEYS, AMODAL_KEYS))
        if amodal is None or visible is None:
            raise ValueError(f"annotation {raw.get('id')} lacks an amodal or a visible mask")
        size = entry.height, entry.width
        return decode_segmentation(visible, *size), decode_segmentation(amodal, *size)

    def _order(self, entry: Entry, visible: BoolArray, amodal: BoolArray) -> BoolArray:
        number = len(entry.objects)
        layers = [_first(raw, LAYER_KEYS) for raw in entry.objects]
        clusters = [raw.get("oco_id") for raw in entry.objects]
        occludes = np.zeros((number, number), dtype=np.bool_)
        for front in range(number):
            for back in range(number):
                nearer, farther = layers[front], layers[back]
                if nearer is None or farther is None or nearer >= farther or clusters[front] != clusters[back]:
                    continue
                occludes[front, back] = bool((visible[front] & amodal[back]).any())
        return occludes


def _first(raw: Raw, keys: tuple[str, ...]) -> Any:
    return next((raw[key] for key in keys if raw.get(key) is not None), None)
