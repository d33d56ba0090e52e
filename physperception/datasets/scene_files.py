"""The folder of a generated data set: continued where it stopped, and never left with a broken file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from physperception.datasets.shapes import CATEGORIES
from physperception.errors import ConfigError

LIMIT = 1_000_000
SAVE_EVERY = 200
SceneMaker = Callable[[list[int]], Iterable[list[dict[str, Any]]]]


def fill(
    out: Path,
    count: int,
    views: int,
    info: dict[str, Any],
    work: SceneMaker,
    progress: bool = True,
    save_every: int | None = None,
) -> Path:
    """Write a data set of `count` images, or what is missing of it, into the folder `out`.

    annotations.json is replaced whole every 200 images (every twentieth part of a large set) and at the end, also
    when `work` fails; it lists only images that are on the disk.

    Args:
        views: images a scene.
        info: what the data set is made by, of JSON's types.
        work: gets the numbers of the missing scenes, and yields one scene's records after the other, each with its
            annotations under the key "annotations".
        save_every: images, instead of 200.

    Returns:
        The path of annotations.json.

    Raises:
        ConfigError: `count` is out of bounds, or `out` holds a data set with another `info`.
    """
    if not 1 <= count <= LIMIT * views:
        raise ConfigError(f"count must be in 1..{LIMIT * views}, got {count}")
    path = out / "annotations.json"
    (out / "images").mkdir(parents=True, exist_ok=True)
    records = _read_records(path, info)
    finished = {number for number in records if (out / records[number]["file_name"]).is_file()}
    missing = [n for n in range(-(-count // views)) if not finished.issuperset(images_of(n, count, views))]
    done = sum(number <= count for number in finished)
    unsaved = 0
    try:
        with tqdm(total=count, initial=done, unit="image", disable=not progress, desc=str(out)) as bar:
            for scene_records in work(missing):
                records.update({record["id"]: record for record in scene_records})
                unsaved += len(scene_records)
                bar.update(sum(record["id"] not in finished for record in scene_records))
                if unsaved >= max(save_every or SAVE_EVERY, len(records) // 20):
                    _save(path, info, records)
                    unsaved = 0
    finally:
        if unsaved:
            _save(path, info, records)
    if not path.exists():
        _save(path, info, records)
    return path


def images_of(scene: int, count: int, views: int) -> range:
    """Image ids, from 1, of a scene, without those past `count`."""
    first = scene * views + 1
    return range(first, min(first + views, count + 1))


def write_whole(path: Path, content: NDArray[np.uint8]) -> None:
    """Write whole or not at all, so that a stopped run leaves no broken file."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content.tobytes())
    part.replace(path)


def _read_records(path: Path, wanted: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """What an earlier run has written, by image id."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        info, images, annotations = content["info"], content["images"], content["annotations"]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{path} is not a data set of this generator: delete it or choose another folder") from error
    if info != wanted:
        raise ConfigError(f"{path} was made by another request ({info}): choose another folder")
    records = {image["id"]: image | {"annotations": []} for image in images}
    for annotation in annotations:
        records[annotation["image_id"]]["annotations"].append(annotation)
    return records


def _save(path: Path, info: dict[str, Any], records: dict[int, dict[str, Any]]) -> None:
    ordered = [records[number] for number in sorted(records)]
    content = {
        "info": info,
        "images": [{key: value for key, value in record.items() if key != "annotations"} for record in ordered],
        "categories": [{"id": index + 1, "name": name} for index, name in enumerate(CATEGORIES)],
        "annotations": [annotation for record in ordered for annotation in record["annotations"]],
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
    os.replace(part, path)
