"""Scenes as COCO JSON with run-length masks, and back.

The file is a COCO data set that pycocotools reads as it is, and its `annotations` are COCO results as well: each has
`image_id`, `category_id`, `bbox`, `segmentation` and `score`. What COCO has no name for stands beside it (docs of
`CocoResults.add`).
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from physperception.datasets.coco import DatasetError, decode_rle, encode_rle
from physperception.scene import Box, Instance, Mask, Scene

FORMAT = "physperception-objects-1"


@dataclass(frozen=True)
class ImageResult:
    """What was found in one image.

    Attributes:
        file_name: of the image or video, as it was given.
        scene: what was found there.
        processing_ms: time the model took, NaN when not known.
        frame: number of the frame in a video, from 0; None for a picture of its own.
    """

    file_name: str
    scene: Scene
    processing_ms: float = math.nan
    frame: int | None = None


class CocoResults:
    """Collects scenes and writes them as one JSON file. Holds run-length masks only, so long videos fit in memory.

    Args:
        info: facts about the run, put under `info` (model, version, options).
    """

    def __init__(self, info: Mapping[str, Any] | None = None) -> None:
        self._info = {"format": FORMAT, **(info or {})}
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[str, int] = {}

    def add(self, result: ImageResult) -> None:
        """Add one image.

        Each object is an annotation with COCO's fields and: `instance_id` (the same object keeps it over the frames of
        a video), `category_name`, `score`, `box` [x1, y1, x2, y2], `occluder_segmentation`, `occludee_segmentation`,
        `occluder_ids`, `occludee_ids` (instance ids), `amodal_bbox`, `amodal_box`, `amodal_segmentation`,
        `amodal_score`, `occlusion`, `occlusion_std` and `position_m` (null where unknown), and `amodal_age_s`. All
        masks have the size of the image; a mask that goes on beyond the border is there a second time, whole, under
        `amodal_extended` with the `offset` [x, y] of its first pixel.
        """
        scene = result.scene
        image: dict[str, Any] = {
            "id": len(self._images) + 1,
            "file_name": result.file_name,
            "width": scene.width,
            "height": scene.height,
            "model": scene.model,
            "processing_ms": None if math.isnan(result.processing_ms) else round(result.processing_ms, 3),
            "stamp_ns": scene.stamp_ns,
            "frame_id": scene.frame_id,
        }
        if result.frame is not None:
            image["frame"] = result.frame
        self._images.append(image)
        for instance in scene.instances:
            category = self._categories.setdefault(instance.class_id, len(self._categories) + 1)
            head = {"id": len(self._annotations) + 1, "image_id": image["id"], "category_id": category}
            self._annotations.append(head | _record(instance, scene.width, scene.height))

    def content(self) -> dict[str, Any]:
        """The whole JSON content."""
        categories = [{"id": number, "name": name} for name, number in self._categories.items()]
        return {
            "info": self._info,
            "images": self._images,
            "categories": categories,
            "annotations": self._annotations,
        }

    def write(self, path: Path) -> None:
        """Write the file; it is whole or not there at all. Raises DatasetError when that is not possible."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
                whole = Path(folder) / path.name
                whole.write_text(json.dumps(self.content(), allow_nan=False) + "\n", encoding="utf-8")
                os.replace(whole, path)
        except OSError as error:
            raise DatasetError(f"cannot write {path}: {error.strerror or error}") from error


def read_results(path: Path) -> tuple[ImageResult, ...]:
    """The scenes of a file written by `CocoResults.write`.

    Raises:
        DatasetError: the file can't be read or isn't one of these.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"cannot read {path}: {error}") from error
    return results_from_content(content, str(path))


def results_from_content(content: Mapping[str, Any], name: str = "results") -> tuple[ImageResult, ...]:
    """The scenes of JSON content as `CocoResults.content` makes it; `name` is for error messages."""
    if not isinstance(content, Mapping) or content.get("info", {}).get("format") != FORMAT:
        raise DatasetError(f"{name} does not hold objects in the format {FORMAT}")
    try:
        instances: dict[int, list[Instance]] = {image["id"]: [] for image in content["images"]}
        for record in content["annotations"]:
            instances[record["image_id"]].append(_instance(record))
        return tuple(_result(image, tuple(instances[image["id"]])) for image in content["images"])
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{name} is damaged: {type(error).__name__} {error}") from error


def _record(instance: Instance, width: int, height: int) -> dict[str, Any]:
    visible = instance.visible_mask
    record: dict[str, Any] = {
        "instance_id": instance.id,
        "category_name": instance.class_id,
        "score": instance.score,
        "iscrowd": 0,
        "bbox": _xywh(instance.visible_box),
        "box": list(instance.visible_box.xyxy),
        "area": visible.clip(width, height).area,
        "segmentation": _encode(visible, width, height),
        "occluder_segmentation": _encode(instance.occluder_mask, width, height),
        "occludee_segmentation": _encode(instance.occludee_mask, width, height),
        "occluder_ids": list(instance.occluder_ids),
        "occludee_ids": list(instance.occludee_ids),
        "amodal_bbox": None if instance.amodal_box is None else _xywh(instance.amodal_box),
        "amodal_box": None if instance.amodal_box is None else list(instance.amodal_box.xyxy),
        "amodal_segmentation": _encode(instance.amodal_mask, width, height),
        "amodal_score": _or_null(instance.amodal_score),
        "amodal_age_s": instance.amodal_age_s,
        "occlusion": _or_null(instance.occlusion),
        "occlusion_std": _or_null(instance.occlusion_std),
        "position_m": None if instance.position_m is None else list(instance.position_m),
    }
    amodal = instance.amodal_mask
    if amodal is not None and amodal.clip(width, height).area < amodal.area:
        tight = amodal.tight()
        record["amodal_extended"] = {**encode_rle(tight.data), "offset": [tight.x, tight.y]}
    return record


def _instance(record: Mapping[str, Any]) -> Instance:
    extended = record.get("amodal_extended")
    amodal = _decode(record["amodal_segmentation"])
    if extended is not None:
        x, y = extended["offset"]
        amodal = Mask(x, y, decode_rle(extended))
    visible = _decode(record["segmentation"])
    if visible is None:
        raise ValueError("an object has no segmentation")
    return Instance(
        id=record["instance_id"],
        class_id=record["category_name"],
        score=record["score"],
        visible_box=Box(*record["box"]),
        visible_mask=visible,
        amodal_box=None if record["amodal_box"] is None else Box(*record["amodal_box"]),
        amodal_mask=amodal,
        occluder_mask=_decode(record["occluder_segmentation"]),
        occludee_mask=_decode(record["occludee_segmentation"]),
        occluder_ids=tuple(record["occluder_ids"]),
        occludee_ids=tuple(record["occludee_ids"]),
        position_m=None if record["position_m"] is None else tuple(record["position_m"]),
        amodal_score=_or_nan(record.get("amodal_score")),
        amodal_age_s=record.get("amodal_age_s", 0.0),
        occlusion_std=_or_nan(record.get("occlusion_std")),
    )


def _result(image: Mapping[str, Any], instances: tuple[Instance, ...]) -> ImageResult:
    scene = Scene(
        width=image["width"],
        height=image["height"],
        instances=instances,
        model=image["model"],
        stamp_ns=image["stamp_ns"],
        frame_id=image["frame_id"],
    )
    return ImageResult(image["file_name"], scene, _or_nan(image["processing_ms"]), image.get("frame"))


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _xywh(box: Box) -> list[float]:
    return [box.x1, box.y1, box.width, box.height]


def _encode(mask: Mask | None, width: int, height: int) -> dict[str, Any] | None:
    return None if mask is None else encode_rle(mask.full(width, height))


def _decode(encoded: Mapping[str, Any] | None) -> Mask | None:
    return None if encoded is None else Mask.from_full(decode_rle(encoded))
