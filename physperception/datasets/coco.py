"""Reading generated scenes (COCO JSON with amodal masks and occluders), and run-length masks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from physperception.errors import PhysperceptionError
from physperception.scene import BoolArray


class DatasetError(PhysperceptionError):
    """A data set cannot be read; the message says what is wrong."""


@dataclass(frozen=True)
class SceneSample:
    """One image with its N annotated objects.

    Attributes:
        image_id: of the COCO file.
        image: uint8 RGB [H, W, 3].
        visible, amodal: bool [N, H, W]; amodal masks end at the image border.
        occludes: bool [N, N]; [a, b] says that a occludes b.
        categories: category id of each object.
    """

    image_id: int
    image: NDArray[np.uint8]
    visible: BoolArray
    amodal: BoolArray
    occludes: BoolArray
    categories: tuple[int, ...]


class SceneDataset:
    """A folder made by `physperception.datasets.scenes`: `annotations.json` and the images it names.

    Raises:
        DatasetError: the folder has no readable annotations.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            content = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
            self.images: list[dict[str, Any]] = content["images"]
            self._annotations: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in self.images}
            for annotation in content["annotations"]:
                self._annotations[annotation["image_id"]].append(annotation)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{folder} holds no readable annotations.json: {error}") from error
        self.info: dict[str, Any] = content.get("info", {})

    def __len__(self) -> int:
        return len(self.images)

    def annotations(self, index: int) -> list[dict[str, Any]]:
        """The raw COCO annotations of an image."""
        return self._annotations[self.images[index]["id"]]

    def image(self, index: int) -> NDArray[np.uint8]:
        """uint8 RGB [H, W, 3]. Raises DatasetError when the file can't be read."""
        path = self._folder / self.images[index]["file_name"]
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise DatasetError(f"cannot read the image {path}")
        return np.ascontiguousarray(picture[..., ::-1])

    def __getitem__(self, index: int) -> SceneSample:
        found = self.annotations(index)
        image = self.image(index)
        position = {annotation["id"]: place for place, annotation in enumerate(found)}
        occludes = np.zeros((len(found), len(found)), dtype=np.bool_)
        for place, annotation in enumerate(found):
            for occluder in annotation["occluder_ids"]:
                if occluder in position:
                    occludes[position[occluder], place] = True
        return SceneSample(
            image_id=self.images[index]["id"],
            image=image,
            visible=_stack([annotation["segmentation"] for annotation in found], image.shape[:2]),
            amodal=_stack([annotation["amodal_segmentation"] for annotation in found], image.shape[:2]),
            occludes=occludes,
            categories=tuple(annotation["category_id"] for annotation in found),
        )


def encode_rle(full: BoolArray) -> dict[str, Any]:
    """A full-image mask, bool [H, W], as COCO's compressed run-length encoding with text counts."""
    encoded = coco_mask.encode(np.asfortranarray(full.astype(np.uint8)))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}


def decode_rle(encoded: Mapping[str, Any]) -> BoolArray:
    """The inverse of `encode_rle`."""
    return coco_mask.decode(dict(encoded)).astype(np.bool_)


def _stack(encoded: list[dict[str, Any]], shape: tuple[int, ...]) -> BoolArray:
    if not encoded:
        return np.zeros((0, *shape), dtype=np.bool_)
    return np.ascontiguousarray(coco_mask.decode(encoded).transpose(2, 0, 1).astype(np.bool_))
