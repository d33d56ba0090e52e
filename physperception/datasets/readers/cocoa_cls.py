"""COCOA-cls and D2SA (Follmann et al. 2019): COCO files whose `segmentation` is amodal."""

from __future__ import annotations

from typing import Any

from physperception.datasets.readers.base import Entry, Raw, Reader, coco_categories, coco_entries
from physperception.datasets.readers.masks import decode_segmentation
from physperception.scene import BoolArray


class CocoaClsReader(Reader):
    """Annotations with `segmentation` (amodal), `visible_mask` and `invisible_mask`, polygons or run lengths.

    The visible mask is `visible_mask`, else the amodal one without `invisible_mask`, else (nothing is hidden) the
    amodal one. These files do not say who occludes whom.
    """

    format = "cocoa_cls"

    def _read(self, content: Any) -> list[Entry]:
        self.category_names = coco_categories(content)
        return coco_entries(content, drop_crowds=True)

    def _masks(self, raw: Raw, entry: Entry) -> tuple[BoolArray, BoolArray]:
        size = entry.height, entry.width
        amodal = decode_segmentation(raw["segmentation"], *size)
        if raw.get("visible_mask"):
            return decode_segmentation(raw["visible_mask"], *size), amodal
        if raw.get("invisible_mask"):
            return amodal & ~decode_segmentation(raw["invisible_mask"], *size), amodal
        return amodal, amodal


class D2saReader(CocoaClsReader):
    """The same layout with D2S images of groceries."""

    format = "d2sa"
