"""COCOA (Zhu et al. 2017): amodal regions and their depth order; MP3D-Amodal has the same layout."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from physperception.datasets.readers.base import Entry, Raw, Reader, image_entry
from physperception.datasets.readers.masks import decode_segmentation
from physperception.scene import BoolArray

REGIONS_PER_IMAGE = 10_000


class CocoaReader(Reader):
    """`COCO_amodal_*.json`: one annotation an image (or an annotator), with `regions` and `depth_constraint`.

    A region has `segmentation` (amodal, one flat polygon) and, when a part is hidden, `visible_mask` (run lengths).
    `depth_constraint` "2-1,2-3" says that region 2 is in front of regions 1 and 3, counted from 1. Categories are the
    regions' names, numbered from 1 by the alphabet. Ids are annotation id * 10 000 + number of the region.

    Args:
        stuff: keep regions with `isStuff`, such as sky and grass.
    """

    format = "cocoa"
    has_order = True

    def __init__(self, path: Path, content: Any, images: Path | None = None, stuff: bool = True) -> None:
        self._stuff = stuff
        super().__init__(path, content, images)

    def _read(self, content: Any) -> list[Entry]:
        known = {image["id"]: image for image in content["images"]}
        self._number_categories(content)
        entries = []
        for place, annotation in enumerate(content["annotations"]):
            number = annotation["image_id"] if "image_id" in annotation else content["images"][place]["id"]
            if number not in known:
                raise ValueError(f"annotation {place} names the image {number}, which is not there")
            first = int(annotation.get("id", place)) * REGIONS_PER_IMAGE
            regions = [dict(r, number=n, id=first + n) for n, r in enumerate(annotation["regions"], start=1)]
            kept = [region for region in regions if self._stuff or not region.get("isStuff")]
            entries.append(image_entry(known[number], kept, str(annotation.get("depth_constraint") or "")))
        return entries

    def _number_categories(self, content: Any) -> None:
        names = {str(region.get("name", "")) for entry in content["annotations"] for region in entry["regions"]}
        self.category_names = dict(enumerate(sorted(names), start=1))
        self._category_numbers = {name: number for number, name in self.category_names.items()}

    def _category(self, raw: Raw) -> int:
        return self._category_numbers[str(raw.get("name", ""))]

    def _masks(self, raw: Raw, entry: Entry) -> tuple[BoolArray, BoolArray]:
        amodal = decode_segmentation(raw["segmentation"], entry.height, entry.width)
        if not raw.get("visible_mask"):
            return amodal, amodal
        return decode_segmentation(raw["visible_mask"], entry.height, entry.width), amodal

    def _order(self, entry: Entry, visible: BoolArray, amodal: BoolArray) -> BoolArray:
        position = {raw["number"]: place for place, raw in enumerate(entry.objects)}
        occludes = np.zeros((len(position), len(position)), dtype=np.bool_)
        for text in filter(None, entry.depth_constraint.split(",")):
            pair = re.fullmatch(r"\s*(\d+)-(\d+)\s*", text)
            if pair is None:
                raise ValueError(f"depth_constraint must be pairs such as 1-2, got {text!r}")
            front, back = int(pair[1]), int(pair[2])
            if front in position and back in position:
                occludes[position[front], position[back]] = True
        return occludes
