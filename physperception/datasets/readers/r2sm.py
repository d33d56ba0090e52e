"""R2SM (seed 004): queries in words that ask for the visible or the amodal masks of annotated objects."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from physperception.datasets.coco import DatasetError, encode_rle
from physperception.datasets.expressions.records import Expression, ExpressionKind, Target
from physperception.datasets.readers.base import (
    Entry,
    ImageFolders,
    coco_categories,
    coco_entries,
    describe,
)
from physperception.datasets.readers.masks import decode_segmentation
from physperception.datasets.referring import ReferredImage, ReferredObject, ReferringSet
from physperception.scene import MaskKind

_INSTANCE = re.compile(r"instance id is\s*(\d+)", re.IGNORECASE)


def read_r2sm(path: Path, annotations: Path | None = None, images: Path | None = None) -> ReferringSet:
    """The queries of a file as expressions of the kind R2SM, ordered by image.

    The paper describes what a query has but no file layout, and the published files were not at hand here. This reads

        {"queries": [{"id": 1, "image_id": 7, "text": "...", "amodal": true, "answer": "instance id is 3, class name
        is cup; instance id is 4, class name is bottle"}, ...]}

    where `answer` is as the prompts of figures 9 and 10 ask for it, or `instance_ids` lists the numbers. The objects
    are those of COCOA-cls, D2SA or MUVA in COCO's layout: `segmentation` amodal, with `visible_mask` or
    `invisible_mask` beside it.

    Args:
        path: the queries; `images` and `annotations` may be in the same file.
        annotations: the file of the objects, where it is another one.
        images: folder of the images; None to look near the annotations.

    Raises:
        DatasetError: a file can't be read, or a query is not whole or is about an image or object that is not there.
    """
    content = _parse(path)
    queries = content.get("queries")
    if not isinstance(queries, list) or not queries:
        raise DatasetError(f"{path} is not a readable R2SM file: it has no list `queries`")
    source = path if annotations is None else annotations
    objects = content if annotations is None else _parse(annotations)
    try:
        names = coco_categories(objects)
        entries = {entry.image_id: entry for entry in coco_entries(objects, drop_crowds=True)}
        found = {number: _image(entry, names) for number, entry in entries.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(f"{source} is not a readable file of objects for R2SM: {describe(error)}") from error
    expressions = [_query(raw, number, found, path) for number, raw in enumerate(queries)]
    counts = Counter(item.id for item in expressions)
    twice = next((name for name, count in counts.items() if count > 1), None)
    if twice is not None:
        raise DatasetError(f"{path} has more than one query with the id {twice}")
    expressions.sort(key=lambda item: item.image_id)
    return ReferringSet(str(path), expressions, found, ImageFolders(source, images).find)


def _query(raw: Any, number: int, images: Mapping[int, ReferredImage], path: Path) -> Expression:
    try:
        image_id, amodal = int(raw["image_id"]), raw["amodal"]
        if not isinstance(amodal, (bool, int)):
            raise ValueError(f"`amodal` must be true or false, got {amodal!r}")
        chosen = raw["instance_ids"] if "instance_ids" in raw else _INSTANCE.findall(raw["answer"])
        ids = list(dict.fromkeys(int(item) for item in chosen))
        if not ids:
            raise ValueError("it names no object")
        if image_id not in images:
            raise ValueError(f"it is about the image {image_id}, which is not there")
        image = images[image_id]
        return Expression(
            id=str(raw.get("id", number)),
            split=path.stem,
            image_id=image_id,
            file_name=image.file_name,
            width=image.width,
            height=image.height,
            text=str(raw["text"]),
            kind=ExpressionKind.R2SM,
            mask_kind=MaskKind.AMODAL if amodal else MaskKind.VISIBLE,
            targets=tuple(Target(item, None, None) for item in ids),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(f"query {number} of {path} is damaged: {describe(error)}") from error


def _image(entry: Entry, names: Mapping[int, str]) -> ReferredImage:
    objects = tuple(
        ReferredObject(
            int(raw["id"]),
            names.get(int(raw["category_id"]), "object"),
            _visible(raw, entry),
            raw["segmentation"],
        )
        for raw in entry.objects
    )
    return ReferredImage(entry.file_name, entry.width, entry.height, objects)


def _visible(raw: Mapping[str, Any], entry: Entry) -> Any:
    """The visible mask in any form: as stored, else the amodal one without the invisible one, else the amodal one."""
    if raw.get("visible_mask"):
        return raw["visible_mask"]
    if not raw.get("invisible_mask"):
        return raw["segmentation"]
    size = entry.height, entry.width
    return encode_rle(
        decode_segmentation(raw["segmentation"], *size) & ~decode_segmentation(raw["invisible_mask"], *size)
    )


def _parse(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"cannot read {path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path} is not a readable R2SM file: it is no JSON object")
    return content
