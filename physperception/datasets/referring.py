"""Images with referring expressions and the objects they mean, whatever file they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physperception.datasets.coco import DatasetError, SceneDataset, read_picture
from physperception.datasets.expressions.records import Expression, read_expressions
from physperception.datasets.readers.masks import decode_segmentation
from physperception.scene import Instance, Mask, MaskKind, Scene


@dataclass(frozen=True)
class ReferredObject:
    """An annotated object of an image.

    Attributes:
        id: its annotation, unique in the data set.
        category: its name.
        visible, amodal: masks as data sets store them (`readers.masks.decode_segmentation`); None where not known.
        occluders: ids of objects directly in front of it.
    """

    id: int
    category: str
    visible: Any = None
    amodal: Any = None
    occluders: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReferredImage:
    """An image and its annotated objects; sizes in pixels."""

    file_name: str
    width: int
    height: int
    objects: tuple[ReferredObject, ...]


class ReferringSet:
    """Referring expressions with their images; pictures and masks are read when asked for.

    Args:
        name: of the data set, for messages.
        expressions: in the order they are to be asked, those of one image together.
        images: by image id.
        find: the path of an image file by its name; may raise DatasetError.

    Raises:
        DatasetError: an expression is about an image or an object that is not there.
    """

    def __init__(
        self,
        name: str,
        expressions: Sequence[Expression],
        images: Mapping[int, ReferredImage],
        find: Callable[[str], Path],
    ) -> None:
        self.name = name
        self.expressions = tuple(expressions)
        self._images = images
        self._find = find
        known = {number: {item.id for item in image.objects} for number, image in images.items()}
        for item in self.expressions:
            if item.image_id not in known:
                raise DatasetError(f"expression {item.id} is about image {item.image_id}, which {name} does not have")
            strange = {target.id for target in item.targets} - known[item.image_id]
            if strange:
                raise DatasetError(f"expression {item.id} means objects {sorted(strange)}, which {name} does not have")

    def picture(self, image_id: int) -> NDArray[np.uint8]:
        """uint8 RGB [H, W, 3]. Raises DatasetError when it can't be read or is of another size than annotated."""
        record = self._images[image_id]
        path = self._find(record.file_name)
        picture = read_picture(path)
        if picture.shape[:2] != (record.height, record.width):
            size = f"{picture.shape[1]} x {picture.shape[0]}"
            raise DatasetError(f"the image {path} is {size} pixels, annotated are {record.width} x {record.height}")
        return picture

    def target_masks(self, expression: Expression) -> tuple[Mask | None, ...]:
        """Masks of the targets, of the kind that is asked for, inside the image; None where they are not known."""
        image = self._images[expression.image_id]
        objects = {item.id: item for item in image.objects}
        amodal = expression.mask_kind is MaskKind.AMODAL
        codes = [objects[target.id].amodal if amodal else objects[target.id].visible for target in expression.targets]
        return tuple(self._mask(code, image) for code in codes)

    def true_scene(self, image_id: int) -> Scene:
        """The annotated objects as a scene, with the amodal masks inside the image and occluders where known.

        Objects without a visible pixel are left out.
        """
        image = self._images[image_id]
        masks = {item.id: (self._mask(item.visible, image), self._mask(item.amodal, image)) for item in image.objects}
        kept = [item for item in image.objects if (seen := masks[item.id][0]) is not None and seen.area]
        ids = {item.id for item in kept}
        fronts = {item.id: tuple(str(other) for other in item.occluders if other in ids) for item in kept}
        instances = []
        for item in kept:
            visible, amodal = masks[item.id]
            if visible is None:
                continue
            whole = None if amodal is None else amodal.union(visible)
            instances.append(
                Instance(
                    id=str(item.id),
                    class_id=item.category,
                    score=1.0,
                    visible_box=visible.extent,
                    visible_mask=visible,
                    amodal_box=None if whole is None else whole.extent,
                    amodal_mask=whole,
                    amodal_score=float("nan") if whole is None else 1.0,
                    occluder_ids=fronts[item.id],
                    occludee_ids=tuple(str(other) for other in ids if str(item.id) in fronts[other]),
                )
            )
        return Scene(width=image.width, height=image.height, instances=tuple(instances), model="truth")

    def _mask(self, code: Any, image: ReferredImage) -> Mask | None:
        if code is None:
            return None
        try:
            return Mask.from_full(decode_segmentation(code, image.height, image.width))
        except ValueError as error:
            raise DatasetError(f"a mask of the image {image.file_name} of {self.name} is damaged: {error}") from error


def open_generated(path: Path, scenes: Path) -> ReferringSet:
    """Expressions made by `physperception.datasets.expressions` with the scenes they are about.

    Raises:
        DatasetError: the file or the scenes can't be read, or do not belong together.
    """
    expressions = read_expressions(path)
    data = SceneDataset(scenes)
    paths = {str(image["file_name"]): data.image_path(index) for index, image in enumerate(data.images)}
    images = {
        int(image["id"]): ReferredImage(
            str(image["file_name"]),
            int(image["width"]),
            int(image["height"]),
            tuple(
                ReferredObject(
                    raw["id"],
                    data.category_names[raw["category_id"]],
                    raw["segmentation"],
                    raw["amodal_segmentation"],
                    tuple(raw["occluder_ids"]),
                )
                for raw in data.annotations(index)
            ),
        )
        for index, image in enumerate(data.images)
    }
    return ReferringSet(str(scenes), expressions, images, paths.__getitem__)
