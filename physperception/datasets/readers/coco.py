"""COCO instances (Lin et al. 2014): visible masks only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from physperception.datasets.readers.base import Entry, Raw, Reader, coco_categories, coco_entries
from physperception.datasets.readers.masks import decode_segmentation
from physperception.scene import BoolArray


class CocoReader(Reader):
    """`instances_*.json`: polygons, run lengths for crowds, and no amodal masks and no order.

    Args:
        crowds: keep annotations with `iscrowd`, which are regions of many objects.
    """

    format = "coco"
    has_amodal = False

    def __init__(self, path: Path, content: Any, images: Path | None = None, crowds: bool = False) -> None:
        self._crowds = crowds
        super().__init__(path, content, images)

    def _read(self, content: Any) -> list[Entry]:
        self.category_names = coco_categories(content)
        return coco_entries(content, drop_crowds=not self._crowds)

    def _masks(self, raw: Raw, entry: Entry) -> tuple[BoolArray, BoolArray]:
        visible = decode_segmentation(raw["segmentation"], entry.height, entry.width)
        return visible, visible
