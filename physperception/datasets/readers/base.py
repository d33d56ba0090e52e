"""What the readers share: finding images, decoding one image's objects at a time, and errors in one sentence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from physperception.datasets.coco import DatasetError, SceneSample, read_picture
from physperception.datasets.readers.masks import stack_masks
from physperception.scene import BoolArray

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """The part of a file that is about one image.

    Attributes:
        image_id, file_name, height, width: of the image; sizes in pixels.
        objects: what the file has for each object.
        depth_constraint: order of objects as COCOA writes it; empty where there is none.
    """

    image_id: int
    file_name: str
    height: int
    width: int
    objects: tuple[Raw, ...]
    depth_constraint: str = ""


class Reader(ABC):
    """A data set read lazily: opening it parses the file, an item decodes one image and its masks.

    A subclass fills `entries` and `category_names` from the file's content and says what one object's masks are.

    Args:
        path: the annotation file, for messages and for finding the images.
        content: the parsed file.
        images: folder of the images; None to look beside the file.

    Raises:
        DatasetError: the content is not of this format.
    """

    format: ClassVar[str]
    has_amodal: bool = True
    has_order: bool = False

    def __init__(self, path: Path, content: Any, images: Path | None = None) -> None:
        self.path = path
        self.category_names: dict[int, str] = {}
        self._images = ImageFolders(path, images)
        try:
            self.entries = self._read(content)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise DatasetError(f"{path} is not a readable {self.format} file: {describe(error)}") from error

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[SceneSample]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> SceneSample:
        return self.sample(index, self.image(index))

    def image_path(self, index: int) -> Path:
        """The file of the image. Raises DatasetError when it can't be found."""
        return self._images.find(self.entries[index].file_name)

    def image(self, index: int) -> NDArray[np.uint8]:
        """uint8 RGB [H, W, 3]. Raises DatasetError when it can't be read or is not of the annotated size."""
        path, entry = self.image_path(index), self.entries[index]
        image = read_picture(path)
        if image.shape[:2] != (entry.height, entry.width):
            size = f"{image.shape[1]} x {image.shape[0]}"
            raise DatasetError(
                f"the image {path} is {size} pixels, but {self.path} is for {entry.width} x {entry.height}"
            )
        return image

    def sample(self, index: int, image: NDArray[np.uint8]) -> SceneSample:
        """The objects of an image whose pixels, uint8 RGB [H, W, 3], are at hand. Raises DatasetError."""
        entry = self.entries[index]
        try:
            pairs = [self._masks(raw, entry) for raw in entry.objects]
            visible = stack_masks((pair[0] for pair in pairs), entry.height, entry.width)
            amodal = stack_masks((pair[1] for pair in pairs), entry.height, entry.width) | visible
            return SceneSample(
                image_id=entry.image_id,
                image=image,
                visible=visible,
                amodal=amodal,
                occludes=self._order(entry, visible, amodal),
                categories=tuple(self._category(raw) for raw in entry.objects),
                annotation_ids=tuple(int(raw["id"]) for raw in entry.objects),
                has_amodal=self.has_amodal,
                has_order=self.has_order,
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise DatasetError(f"image {entry.image_id} of {self.path} is damaged: {describe(error)}") from error

    @abstractmethod
    def _read(self, content: Any) -> list[Entry]:
        """Entries of the content; fills `category_names`."""

    @abstractmethod
    def _masks(self, raw: Raw, entry: Entry) -> tuple[BoolArray, BoolArray]:
        """Visible and amodal mask of an object, each bool [H, W]."""

    def _category(self, raw: Raw) -> int:
        return int(raw["category_id"])

    def _order(self, entry: Entry, visible: BoolArray, amodal: BoolArray) -> BoolArray:
        return np.zeros((len(visible), len(visible)), dtype=np.bool_)


class ImageFolders:
    """Finds images by name.

    Args:
        file: the annotation file.
        images: the only folder to look in; None for the usual places: the file's folder, its parent, and their folders.

    Raises:
        DatasetError: `images` is not a folder.
    """

    def __init__(self, file: Path, images: Path | None) -> None:
        if images is not None and not images.is_dir():
            raise DatasetError(f"the folder of images {images} does not exist")
        self._file = file
        self._given = images
        self._folders: list[Path] = []

    def find(self, name: str) -> Path:
        """The path of an image. Raises DatasetError when it is in none of the folders."""
        if not self._folders:
            self._folders = self._places()
        for folder in self._folders:
            for candidate in (folder / name, folder / Path(name).name):
                if candidate.is_file():
                    self._folders.remove(folder)
                    self._folders.insert(0, folder)
                    return candidate
        place = f"in {self._given}" if self._given else f"near {self._file}; give the folder of the images"
        raise DatasetError(f"the image {name} is not {place}")

    def _places(self) -> list[Path]:
        if self._given is not None:
            return [self._given]
        roots = [self._file.parent, self._file.resolve().parent.parent]
        below = [folder for root in roots for folder in sorted(root.iterdir()) if folder.is_dir()]
        return [*roots, *below]


def coco_entries(content: Any, drop_crowds: bool = False) -> list[Entry]:
    """Entries of a file with COCO's `images` and `annotations`, in the order of its images."""
    objects: dict[int, list[Raw]] = {int(image["id"]): [] for image in content["images"]}
    for annotation in content["annotations"]:
        if annotation["image_id"] not in objects:
            raise ValueError(
                f"annotation {annotation.get('id')} names the image {annotation['image_id']}, which is not there"
            )
        if not (drop_crowds and annotation.get("iscrowd")):
            objects[annotation["image_id"]].append(annotation)
    return [image_entry(image, objects[int(image["id"])]) for image in content["images"]]


def image_entry(image: Raw, objects: Iterable[Raw], depth_constraint: str = "") -> Entry:
    """An entry from a record of COCO's `images`."""
    height, width = int(image["height"]), int(image["width"])
    if height < 1 or width < 1:
        raise ValueError(f"image {image['id']} has a size of {width} x {height} pixels")
    return Entry(int(image["id"]), str(image["file_name"]), height, width, tuple(objects), depth_constraint)


def coco_categories(content: Any) -> dict[int, str]:
    """Names by id of COCO's `categories`; empty when the file has none."""
    return {int(category["id"]): str(category["name"]) for category in content.get("categories") or ()}


def describe(error: Exception) -> str:
    """An error for a user's sentence: a KeyError alone only names a key."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
