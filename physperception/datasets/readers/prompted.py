"""Amodal grounding with prompts, such as COCO-Amodal's of EGM (002, section 5.2): texts and whole boxes of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from physperception.datasets.coco import AnnotatedImages, DatasetError, encode_rle
from physperception.datasets.expressions.records import Expression, ExpressionKind, Target
from physperception.datasets.readers.base import ImageFolders, Reader
from physperception.datasets.readers.opening import open_dataset
from physperception.datasets.referring import ReferredImage, ReferredObject, ReferringSet
from physperception.scene import Box, Mask, MaskKind
from physperception.training.grounding.samples import GroundingSample, read_samples

SAME_IOU = 0.8
"""From which a sample's box is that of an annotated object."""


def read_prompted(path: Path, annotations: Path | None = None, images: Path | None = None) -> ReferringSet:
    """The prompts of a file as AMODAL or VANILLA expressions, by the kind of their boxes.

    The paper publishes no layout; this reads what `physperception.training.grounding.curation` writes, JSON lines of
    `GroundingSample`, with boxes `[x1, y1, x2, y2]` in pixels.

    Args:
        path: the prompts.
        annotations: data set with masks that the prompts were made for, such as COCOA; every box is then matched to
            an object of it. None leaves objects without masks and true scenes empty.
        images: folder of the images; None to look near the prompts or the annotations.

    Raises:
        DatasetError, GroundingDataError: a file can't be read, or an image of the prompts is not annotated.
    """
    samples = read_samples(path)
    if not samples:
        raise DatasetError(f"{path} holds no prompts")
    names = {name: number for number, name in enumerate(dict.fromkeys(Path(item.image).name for item in samples), 1)}
    paths = {Path(item.image).name: item.image for item in samples}
    known = {} if annotations is None else _annotated(open_dataset(annotations, images=images), annotations, set(names))
    found = {name: known.get(name, _bare(name, samples)) for name in names}
    objects = {name: list(image.objects) for name, image in found.items()}
    boxes = {name: {item.id: _box(item, found[name]) for item in image.objects} for name, image in found.items()}
    expressions = [
        _expression(item, names[name], objects[name], boxes[name], path.stem)
        for item in samples
        for name in (Path(item.image).name,)
    ]
    expressions.sort(key=lambda item: item.image_id)
    pictures = {
        names[name]: ReferredImage(paths[name], image.width, image.height, tuple(objects[name]))
        for name, image in found.items()
    }
    return ReferringSet(str(path), expressions, pictures, ImageFolders(annotations or path, images).find)


def _expression(
    sample: GroundingSample, image_id: int, objects: list[ReferredObject], boxes: dict[int, Box | None], split: str
) -> Expression:
    """The expression; a box that no annotated object has becomes an object without masks."""
    targets = []
    amodal = sample.kind is MaskKind.AMODAL
    visible = sample.visible_boxes or (None,) * len(sample.boxes)
    for box, seen in zip(sample.boxes, visible):
        scores = {number: box.iou(other) for number, other in boxes.items() if other is not None}
        best = max(scores, key=lambda number: scores[number], default=None)
        if best is None or scores[best] < SAME_IOU:
            best = -len(objects) - 1
            objects.append(ReferredObject(best, sample.category or "object"))
        targets.append(Target(best, seen, box) if amodal else Target(best, box, None))
    kind = ExpressionKind.AMODAL if amodal else ExpressionKind.VANILLA
    return Expression(
        id=sample.id,
        split=split,
        image_id=image_id,
        file_name=sample.image,
        width=sample.width,
        height=sample.height,
        text=sample.text,
        kind=kind if targets else ExpressionKind.NOT_THERE,
        mask_kind=sample.kind,
        targets=tuple(targets),
    )


def _annotated(data: AnnotatedImages, path: Path, wanted: set[str]) -> dict[str, ReferredImage]:
    """Images by name with their masks as run lengths."""
    if not isinstance(data, Reader):
        raise DatasetError(f"{path} is of the format {data.format}; prompts go with data sets of photographs")
    found = {}
    for index, entry in enumerate(data.entries):
        name = Path(entry.file_name).name
        if name not in wanted or name in found:
            continue
        sample = data.sample(index, np.zeros((entry.height, entry.width, 3), dtype=np.uint8))
        objects = tuple(
            ReferredObject(
                number,
                data.category_names.get(category, "object") or "object",
                encode_rle(sample.visible[place]),
                encode_rle(sample.amodal[place]) if sample.has_amodal else None,
                tuple(sample.annotation_ids[front] for front in np.flatnonzero(sample.occludes[:, place])),
            )
            for place, (number, category) in enumerate(zip(sample.annotation_ids, sample.categories))
        )
        found[name] = ReferredImage(entry.file_name, entry.width, entry.height, objects)
    missing = sorted(wanted - set(found))
    if missing:
        raise DatasetError(f"{path} does not have the image {missing[0]} of the prompts")
    return found


def _bare(name: str, samples: list[GroundingSample]) -> ReferredImage:
    first = next(item for item in samples if Path(item.image).name == name)
    return ReferredImage(first.image, first.width, first.height, ())


def _box(item: ReferredObject, image: ReferredImage) -> Box | None:
    """The box of the whole object, else of what is seen of it."""
    from physperception.datasets.coco import decode_rle

    code = item.visible if item.amodal is None else item.amodal
    if code is None:
        return None
    mask = Mask.from_full(decode_rle(code))
    return mask.extent if mask.area else None
