"""RefCOCO, RefCOCO+ and RefCOCOg (Kazemzadeh et al. 2014, Yu et al. 2016, Mao et al. 2016)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from physperception.datasets.coco import DatasetError
from physperception.datasets.expressions.records import Expression, ExpressionKind, Target
from physperception.datasets.readers.base import ImageFolders, coco_categories, coco_entries, describe
from physperception.datasets.readers.pickles import read_plain_pickle
from physperception.datasets.referring import ReferredImage, ReferredObject, ReferringSet
from physperception.scene import Box, MaskKind

TRAINING = "train"


def read_refcoco(path: Path, images: Path | None = None, split: str | None = None) -> ReferringSet:
    """The referring expressions of a RefCOCO set, one a sentence, as VANILLA expressions for the visible part.

    Args:
        path: `refs(unc).p`, `refs(google).p`, `refs(umd).p` or the same as JSON, with `instances.json` beside it;
            or the folder, where it holds one such file. Pickles are read without running anything from them.
        images: folder of COCO's train2014 images; None to look near the file.
        split: such as "val", "testA", "testB", "test"; None for all but "train". In the expressions it is written
            after the folder's name, as "refcoco+ testA".

    Raises:
        DatasetError: a file is missing or is not of this layout, or the split is empty.
    """
    file = _refs_file(path)
    refs = read_plain_pickle(file) if file.suffix in (".p", ".pkl", ".pickle") else _read_json(file)
    instances = _read_json(file.parent / "instances.json")
    name = file.parent.name
    try:
        objects = _images(instances)
        boxes = {raw["id"]: raw["bbox"] for raw in instances["annotations"]}
        expressions = list(_expressions(refs, objects, boxes, name, split))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DatasetError(f"{file} is not a readable RefCOCO file: {describe(error)}") from error
    if not expressions:
        known = sorted({str(ref.get("split")) for ref in refs})
        raise DatasetError(f"{file} has no expressions of the split {split or 'other than train'}, only {known}")
    expressions.sort(key=lambda item: item.image_id)
    return ReferringSet(str(file), expressions, objects, ImageFolders(file, images).find)


def _expressions(
    refs: Any, images: dict[int, ReferredImage], boxes: dict[int, list[float]], name: str, split: str | None
) -> Iterator[Expression]:
    for ref in refs:
        if ref["split"] != split if split else ref["split"] == TRAINING:
            continue
        image = images[ref["image_id"]]
        x, y, width, height = boxes[ref["ann_id"]]
        for number, sentence in enumerate(ref["sentences"]):
            yield Expression(
                id=f"{name}-{ref['ref_id']}-{number}",
                split=f"{name} {ref['split']}",
                image_id=int(ref["image_id"]),
                file_name=image.file_name,
                width=image.width,
                height=image.height,
                text=str(sentence.get("raw") or sentence["sent"]),
                kind=ExpressionKind.VANILLA,
                mask_kind=MaskKind.VISIBLE,
                targets=(Target(int(ref["ann_id"]), Box(x, y, x + width, y + height), None),),
            )


def _images(instances: Any) -> dict[int, ReferredImage]:
    names = coco_categories(instances)
    return {
        entry.image_id: ReferredImage(
            entry.file_name,
            entry.width,
            entry.height,
            tuple(
                ReferredObject(int(raw["id"]), names.get(raw["category_id"], "object"), raw["segmentation"])
                for raw in entry.objects
            ),
        )
        for entry in coco_entries(instances)
    }


def _refs_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = sorted(file for file in path.glob("refs*") if file.suffix in (".p", ".pkl", ".pickle", ".json"))
    if len(found) != 1:
        raise DatasetError(f"{path} holds {len(found)} files refs*.p or refs*.json; name the one to read")
    return found[0]


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{file} is not valid JSON: {error}") from error
