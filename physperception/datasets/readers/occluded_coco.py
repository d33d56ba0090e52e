"""Occluded COCO and Separated COCO (Zhan et al. 2022): lists of objects of COCO 2017 val."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from physperception.datasets.readers.base import Entry, Raw, Reader, coco_categories, coco_entries
from physperception.datasets.readers.masks import decode_segmentation
from physperception.scene import BoolArray


class OccludedCocoReader(Reader):
    """A list of objects, as published or as annotation ids.

    A published object is [image name, category name, annotation id, box, run lengths of the visible mask, visible
    fraction or "NAN"]; the box is x, y, width, height in Occluded COCO and two corners in Separated COCO, so it is not
    used. Categories are numbered from 1 by the alphabet. A list of bare ids takes everything from the COCO file.

    Args:
        instances: parsed content of `instances_val2017.json`; only a list of ids needs it.
    """

    format = "occluded_coco"
    has_amodal = False

    def __init__(
        self, path: Path, content: Any, images: Path | None = None, instances: Mapping[str, Any] | None = None
    ) -> None:
        self._instances = instances
        super().__init__(path, content, images)

    def visible_fractions(self, index: int) -> tuple[float | None, ...]:
        """Visible share of each object of an image, 0..1, None where the list does not say."""
        return tuple(raw.get("visible_fraction") for raw in self.entries[index].objects)

    def _read(self, content: Any) -> list[Entry]:
        if content and all(isinstance(item, int) for item in content):
            return self._from_ids(frozenset(content))
        self.category_names = dict(enumerate(sorted({str(item[1]) for item in content}), start=1))
        numbers = {name: number for number, name in self.category_names.items()}
        objects: dict[str, list[Raw]] = {}
        for item in content:
            objects.setdefault(Path(str(item[0])).name, []).append(_published(item, numbers))
        return [_entry(name, found) for name, found in objects.items()]

    def _from_ids(self, chosen: frozenset[int]) -> list[Entry]:
        if self._instances is None:
            raise ValueError(
                "a list of annotation ids needs the COCO file they are of, instances_val2017.json, beside it"
            )
        self.category_names = coco_categories(self._instances)
        annotations = [raw for raw in self._instances["annotations"] if raw["id"] in chosen]
        missing = chosen - {raw["id"] for raw in annotations}
        if missing:
            raise ValueError(f"{len(missing)} annotation ids, {min(missing)} among them, are not in the COCO file")
        entries = coco_entries({"images": self._instances["images"], "annotations": annotations})
        return [entry for entry in entries if entry.objects]

    def _masks(self, raw: Raw, entry: Entry) -> tuple[BoolArray, BoolArray]:
        visible = decode_segmentation(raw["segmentation"], entry.height, entry.width)
        return visible, visible


def _published(item: list[Any], numbers: Mapping[str, int]) -> Raw:
    if len(item) < 5 or not isinstance(item[4], Mapping):
        raise ValueError("an object must be [image, category, annotation id, box, run lengths, visible fraction]")
    fraction = item[5] if len(item) > 5 else None
    return {
        "id": int(item[2]),
        "category_id": numbers[str(item[1])],
        "segmentation": item[4],
        "visible_fraction": float(fraction) if isinstance(fraction, (int, float)) else None,
    }


def _entry(name: str, objects: list[Raw]) -> Entry:
    height, width = (int(side) for side in objects[0]["segmentation"]["size"])
    digits = "".join(character for character in Path(name).stem.split("_")[-1] if character.isdigit())
    return Entry(int(digits or 0), name, height, width, tuple(objects))
