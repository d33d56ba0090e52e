"""MP3D-Amodal (Zhan et al. 2024): amodal truth of real rooms, projected from Matterport3D's meshes."""

from __future__ import annotations

from typing import Any

from physperception.datasets.readers.base import Raw, coco_categories
from physperception.datasets.readers.cocoa import CocoaReader


class Mp3dAmodalReader(CocoaReader):
    """COCOA's layout (`regions`), with run lengths for both masks and a `category_id` a region.

    The published annotations are a pickle of plain lists and mappings. Every region is occluded, but its occluder is
    not a region, so an empty `depth_constraint` means that the order is not known.
    """

    format = "mp3d_amodal"

    def _number_categories(self, content: Any) -> None:
        self.category_names = coco_categories(content)
        self.has_order = any(annotation.get("depth_constraint") for annotation in content["annotations"])
        numbers = {int(region["category_id"]) for entry in content["annotations"] for region in entry["regions"]}
        for number in sorted(numbers - self.category_names.keys()):
            self.category_names[number] = str(number)

    def _category(self, raw: Raw) -> int:
        return int(raw["category_id"])
