"""Make samples of data sets: of referring expressions, or of hidden objects that still need words.

python -m physperception.training.grounding.convert expressions data/expressions/train.jsonl --out samples.jsonl
python -m physperception.training.grounding.convert objects data/scenes/train --out samples.jsonl
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from physperception.datasets.coco import AnnotatedImages
from physperception.datasets.expressions.records import Expression, read_expressions
from physperception.datasets.readers import FORMATS, open_dataset
from physperception.datasets.readers.refcoco import read_refcoco
from physperception.errors import PhysperceptionError
from physperception.scene import Box, Mask, MaskKind
from physperception.training.grounding.samples import GroundingDataError, GroundingSample, write_samples

LEAST_SIDE_PX = 8.0


def from_expressions(expressions: Iterable[Expression], source: str = "") -> Iterator[GroundingSample]:
    """A sample of each expression whose targets all have the box that its words ask for."""
    for item in expressions:
        boxes = [target.box(item.mask_kind) for target in item.targets]
        seen = [target.visible_box for target in item.targets] if item.mask_kind is MaskKind.AMODAL else []
        known = [box for box in boxes if box is not None and box.area > 0]
        if len(known) < len(boxes):
            continue
        yield GroundingSample(
            id=item.id,
            image=item.file_name,
            width=item.width,
            height=item.height,
            text=item.text,
            kind=item.mask_kind,
            boxes=tuple(known),
            visible_boxes=tuple(box for box in seen if box) if all(box and box.area > 0 for box in seen) else (),
            source=source,
        )


def from_objects(
    dataset: AnnotatedImages, root: Path, *, least_hidden: float = 0.05, limit: int | None = None
) -> Iterator[GroundingSample]:
    """An amodal sample without text of each object of which at least `least_hidden` is hidden, but not all.

    Objects whose visible box is less than 8 pixels wide or high are left out: nobody could describe them.

    Args:
        dataset: with amodal masks.
        root: folder that the samples' image paths start from.
        least_hidden: share of the amodal mask, 0..1.
        limit: images to use; None for all.

    Raises:
        GroundingDataError: a data set without amodal masks.
        DatasetError: an image can't be read.
    """
    if not dataset.has_amodal:
        raise GroundingDataError(f"a data set of the format {dataset.format} has no amodal masks")
    for index in range(len(dataset) if limit is None else min(limit, len(dataset))):
        image = dataset[index]
        height, width = image.image.shape[:2]
        path = os.path.relpath(dataset.image_path(index), root)
        for place, category in enumerate(image.categories):
            seen, whole = Mask.from_full(image.visible[place]), Mask.from_full(image.amodal[place])
            if not whole.area or 1.0 - seen.area / whole.area < least_hidden:
                continue
            seen_box: Box = seen.extent
            if min(seen_box.width, seen_box.height) < LEAST_SIDE_PX:
                continue
            number = image.annotation_ids[place] if image.annotation_ids else place
            yield GroundingSample(
                id=f"{dataset.format}-{image.image_id}-{number}",
                image=path,
                width=width,
                height=height,
                kind=MaskKind.AMODAL,
                boxes=(whole.extent,),
                visible_boxes=(seen_box,),
                category=dataset.category_names.get(category, "object"),
                source=dataset.format,
            )


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        if options.kind != "objects":
            read, source = _expressions(options)
            written = write_samples(options.out, from_expressions(read, source))
            print(f"{written} samples in {options.out}; {len(read) - written} expressions without boxes left out")
            return
        dataset = open_dataset(options.path, options.format, options.images)
        root = options.images or (options.path if options.path.is_dir() else options.path.parent)
        found = from_objects(dataset, root, least_hidden=options.least_hidden, limit=options.limit)
        print(f"{write_samples(options.out, found)} samples in {options.out}")
    except (PhysperceptionError, OSError) as error:
        raise SystemExit(f"convert: {error}") from error


def _expressions(options: argparse.Namespace) -> tuple[Sequence[Expression], str]:
    """The expressions that are asked for, and the name of their data set."""
    if options.kind == "expressions":
        return read_expressions(options.path), options.path.stem
    read = read_refcoco(options.path, split=options.split).expressions
    return read, read[0].split.partition(" ")[0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make grounding samples of data sets.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    expressions = kinds.add_parser("expressions", help="referring expressions with their boxes")
    refcoco = kinds.add_parser("refcoco", help="RefCOCO, RefCOCO+ or RefCOCOg")
    refcoco.add_argument("--split", default="train", help="such as train, val, testA")
    objects = kinds.add_parser("objects", help="objects partly hidden, to be described by a large model")
    objects.add_argument("--images", type=Path, help="folder of the images, from which their paths are written")
    objects.add_argument("--format", choices=FORMATS, default="auto")
    objects.add_argument("--least-hidden", type=float, default=0.05, help="share of an object, 0..1")
    objects.add_argument("--limit", type=int, help="images to use")
    for kind in (expressions, refcoco, objects):
        kind.add_argument("path", type=Path)
        kind.add_argument("--out", type=Path, required=True, help="samples, JSONL")
    return parser


if __name__ == "__main__":
    main()
