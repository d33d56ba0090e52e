"""Opening a data set without naming its format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from physperception.datasets.coco import AnnotatedImages, DatasetError, SceneDataset
from physperception.datasets.readers.base import Reader
from physperception.datasets.readers.coco import CocoReader
from physperception.datasets.readers.cocoa import CocoaReader
from physperception.datasets.readers.cocoa_cls import CocoaClsReader, D2saReader
from physperception.datasets.readers.kins import LAYER_KEYS, KinsReader
from physperception.datasets.readers.mp3d_amodal import Mp3dAmodalReader
from physperception.datasets.readers.occluded_coco import OccludedCocoReader
from physperception.datasets.readers.pickles import read_plain_pickle

READERS: Mapping[str, type[Reader]] = {
    reader.format: reader
    for reader in (CocoReader, CocoaReader, CocoaClsReader, D2saReader, KinsReader, Mp3dAmodalReader)
}
FORMATS = ("auto", SceneDataset.format, *READERS, OccludedCocoReader.format)
LOOKED_AT = 1000
COCO_FILES = ("instances_val2017.json", "instances_train2017.json")


def open_dataset(path: Path | str, format: str = "auto", images: Path | str | None = None) -> AnnotatedImages:
    """Open a data set of images with masks; images and masks are decoded one image at a time.

    Args:
        path: the annotation file, JSON or a pickle of plain data; or a folder with `annotations.json` or one JSON file.
        format: one of `FORMATS`; "auto" recognises it from the keys in the file.
        images: folder of the images; None to look in the usual places near the file.

    Raises:
        DatasetError: the file can't be read, is of no known format, or `images` is not a folder. Missing and damaged
            images and masks are reported when their image is asked for.
    """
    file = _annotation_file(Path(path))
    folder = None if images is None else Path(images)
    if format not in FORMATS:
        raise DatasetError(f"the format {format!r} is unknown; it must be one of {', '.join(FORMATS)}")
    content = _parse(file)
    chosen = recognise(content, file) if format == "auto" else format
    if chosen == SceneDataset.format:
        return SceneDataset(file, folder)
    if chosen == OccludedCocoReader.format:
        return OccludedCocoReader(file, content, folder, _instances_beside(file, content))
    return READERS[chosen](file, content, folder)


def recognise(content: Any, file: Path | str = "the content") -> str:
    """The format of a parsed file, one of `FORMATS` without "auto". Raises DatasetError when it is none of them."""
    if isinstance(content, list) and content:
        return OccludedCocoReader.format
    if not isinstance(content, Mapping) or not all(isinstance(content.get(k), list) for k in ("images", "annotations")):
        raise DatasetError(f"{file} is of no known format: it lacks the lists `images` and `annotations`")
    annotations = [raw for raw in islice(content["annotations"], LOOKED_AT) if isinstance(raw, Mapping)]
    keys = {key for raw in annotations for key in raw}
    if "regions" in keys:
        return _recognise_regions(annotations)
    if "amodal_segmentation" in keys:
        return SceneDataset.format
    if keys & {"a_segm", "i_segm", "inmodal_seg", *LAYER_KEYS}:
        return KinsReader.format
    if keys & {"visible_mask", "invisible_mask"}:
        first = content["images"][0] if content["images"] else {}
        return (D2saReader if str(first.get("file_name", "")).startswith("D2S_") else CocoaClsReader).format
    if "segmentation" in keys or not annotations:
        return CocoReader.format
    raise DatasetError(f"{file} is of no known format: its annotations have no masks, only {', '.join(sorted(keys))}")


def _recognise_regions(annotations: list[Mapping[str, Any]]) -> str:
    regions = [region for raw in annotations for region in raw.get("regions") or ()]
    runs = [isinstance(region, Mapping) and isinstance(region.get("segmentation"), Mapping) for region in regions]
    return (Mp3dAmodalReader if runs and all(runs) else CocoaReader).format


def _annotation_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.json"))
    if path / "annotations.json" in files:
        return path / "annotations.json"
    if len(files) != 1:
        raise DatasetError(f"{path} holds {len(files)} JSON files and no annotations.json; name the annotation file")
    return files[0]


def _parse(file: Path) -> Any:
    if file.suffix in (".pkl", ".pickle"):
        return read_plain_pickle(file)
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{file} is not valid JSON: {error}") from error


def _instances_beside(file: Path, content: Any) -> Mapping[str, Any] | None:
    if not all(isinstance(item, int) for item in content):
        return None
    found = next((file.parent / name for name in COCO_FILES if (file.parent / name).is_file()), None)
    return None if found is None else _parse(found)
