"""Reading generated scenes (COCO JSON with amodal masks and occluders), and run-length masks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from physperception.errors import PhysperceptionError
from physperception.scene import BoolArray, Mask


class DatasetError(PhysperceptionError):
    """A data set cannot be read; the message says what is wrong."""


@dataclass(frozen=True)
class SceneSample:
    """One image with its N annotated objects.

    Attributes:
        image_id: of the COCO file.
        image: uint8 RGB [H, W, 3].
        visible, amodal: bool [N, H, W]; amodal masks end at the image border and contain the visible ones.
        occludes: bool [N, N]; [a, b] says that a occludes b.
        categories: category id of each object.
        extended: by index, amodal masks that reach past the image, whole.
        knows_outside: whether `extended` lists all of them; sets of the first version did not say.
        annotation_ids: id of each object in the file.
        has_amodal: False when the whole shapes are not known; `amodal` is then a copy of `visible` and says nothing.
        has_order: False when it is not known who occludes whom; `occludes` is then all False and says nothing.
    """

    image_id: int
    image: NDArray[np.uint8]
    visible: BoolArray
    amodal: BoolArray
    occludes: BoolArray
    categories: tuple[int, ...]
    extended: dict[int, Mask] = field(default_factory=dict)
    knows_outside: bool = False
    annotation_ids: tuple[int, ...] = ()
    has_amodal: bool = True
    has_order: bool = True


class AnnotatedImages(Protocol):
    """What every data set of images with masks offers; `physperception.datasets.readers.open_dataset` makes one.

    `format` names the layout it was read from, `has_amodal` and `has_order` say for the whole set what they say of a
    `SceneSample`, `category_names` names the category ids.
    """

    @property
    def format(self) -> str: ...

    @property
    def has_amodal(self) -> bool: ...

    @property
    def has_order(self) -> bool: ...

    @property
    def category_names(self) -> Mapping[int, str]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> SceneSample: ...

    def image_path(self, index: int) -> Path:
        """The file of an image. Raises DatasetError when it can't be found."""
        ...


class SceneDataset:
    """A folder made by `physperception.datasets.scenes`: `annotations.json` and the images it names.

    Args:
        folder: the folder, or a JSON file of that layout.
        images: folder the image names start from; None for that of the JSON file.

    Raises:
        DatasetError: the folder has no readable annotations.
    """

    format = "scenes"
    has_amodal = True
    has_order = True

    def __init__(self, folder: Path, images: Path | None = None) -> None:
        self._file = folder if folder.is_file() else folder / "annotations.json"
        self._folder = images or self._file.parent
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            self.images: list[dict[str, Any]] = content["images"]
            self._annotations: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in self.images}
            for annotation in content["annotations"]:
                self._annotations[annotation["image_id"]].append(annotation)
            self.category_names: dict[int, str] = {c["id"]: c["name"] for c in content.get("categories", [])}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{folder} holds no readable annotations.json: {error}") from error
        self.info: dict[str, Any] = content.get("info", {})

    def __len__(self) -> int:
        return len(self.images)

    def annotations(self, index: int) -> list[dict[str, Any]]:
        """The raw COCO annotations of an image."""
        return self._annotations[self.images[index]["id"]]

    def image_path(self, index: int) -> Path:
        """The file of the image, which need not exist."""
        return self._folder / str(self.images[index]["file_name"])

    def image(self, index: int) -> NDArray[np.uint8]:
        """uint8 RGB [H, W, 3]. Raises DatasetError when the file can't be read."""
        return read_picture(self.image_path(index))

    def __getitem__(self, index: int) -> SceneSample:
        image = self.image(index)
        try:
            return self._sample(index, image)
        except (KeyError, TypeError, ValueError) as error:
            number = self.images[index]["id"]
            raise DatasetError(f"image {number} of {self._file} is damaged: {type(error).__name__} {error}") from error

    def _sample(self, index: int, image: NDArray[np.uint8]) -> SceneSample:
        found = self.annotations(index)
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
            extended={
                place: _extended(annotation["amodal_extended"])
                for place, annotation in enumerate(found)
                if "amodal_extended" in annotation
            },
            knows_outside=self.info.get("version", 1) >= 2,
            annotation_ids=tuple(position),
        )


def read_picture(path: Path) -> NDArray[np.uint8]:
    """An image file as uint8 RGB [H, W, 3], its pixels as they are stored. Raises DatasetError."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None:
        raise DatasetError(f"cannot read the image {path}")
    return np.ascontiguousarray(picture[..., ::-1])


def encode_rle(full: BoolArray) -> dict[str, Any]:
    """A full-image mask, bool [H, W], as COCO's compressed run-length encoding with text counts."""
    encoded = coco_mask.encode(np.asfortranarray(full.astype(np.uint8)))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}


def decode_rle(encoded: Mapping[str, Any]) -> BoolArray:
    """The inverse of `encode_rle`."""
    return coco_mask.decode(dict(encoded)).astype(np.bool_)


def _extended(record: Mapping[str, Any]) -> Mask:
    x, y = record["offset"]
    return Mask(x, y, decode_rle(record))


def _stack(encoded: list[dict[str, Any]], shape: tuple[int, ...]) -> BoolArray:
    if not encoded:
        return np.zeros((0, *shape), dtype=np.bool_)
    return np.ascontiguousarray(coco_mask.decode(encoded).transpose(2, 0, 1).astype(np.bool_))
