"""PhysVid, the videos of "Inferring Dynamic Physical Properties from Video Foundation Models" (arXiv 2510.02311).

The release's exact layout was not at hand when this was written: the paper says that every property has the splits
train, test-1, test-2 and test-3 of videos with one value each. So names are matched loosely, and a folder that does
not match is refused with what was looked for, never guessed at.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from physperception.datasets.coco import DatasetError
from physperception.datasets.media import MediaFrame, frames_of_video
from physperception.scene import Property

FOLDERS: Mapping[Property, tuple[str, ...]] = {
    Property.RESTITUTION: ("elasticity", "restitution", "bounce", "bouncing"),
    Property.KINETIC_FRICTION: ("friction", "dynamicfriction", "kineticfriction", "slide", "sliding"),
    Property.VISCOSITY: ("viscosity", "liquid", "fluid"),
}
SPLITS = ("train", "test-1", "test-2", "test-3")
VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm")
TABLES = (".csv", ".tsv", ".json", ".txt")
NAMES = ("video", "videoname", "videopath", "file", "filename", "filepath", "name", "path", "id", "videoid")
VALUES = ("value", "label", "gt", "groundtruth", "target", "e", "mu", "nu", "coefficient")


@dataclass(frozen=True)
class PhysVidClip:
    """One video and its value in the table's unit; NaN when the table does not list it.

    The paper gives viscosities from 1e-5 to 1e-2 without a unit; they are handed on as they are.
    """

    path: Path
    value: float
    property: Property
    split: str

    def frames(self) -> Iterator[MediaFrame]:
        """Frames with the times of the file. Raises InvalidImage when it cannot be read."""
        return frames_of_video(self.path)


class PhysVid:
    """A property and split of PhysVid.

    Args:
        root: folder that holds the property's folder, or is it.
        kind: the property.
        split: train, test-1, test-2 or test-3.

    Raises:
        DatasetError: folders, videos or the table of values are missing, or no video is in the table.
    """

    def __init__(self, root: Path, kind: Property, split: str) -> None:
        if split not in SPLITS:
            raise DatasetError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
        self.root, self.kind, self.split = Path(root), kind, split
        home = _folder(self.root, FOLDERS[kind]) or self.root
        folder = _folder(home, (_plain(split),))
        if folder is None:
            raise DatasetError(f"{home} has no folder for the split {split}")
        videos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in VIDEOS)
        if not videos:
            raise DatasetError(f"{folder} holds no videos")
        values = _values(folder, home, kind, _plain(split))
        self.clips = []
        for path in videos:
            value = values.get(_key(str(path.relative_to(folder))), values.get(path.stem, math.nan))
            self.clips.append(PhysVidClip(path, value, kind, split))
        if all(math.isnan(clip.value) for clip in self.clips):
            raise DatasetError(f"no table beside {folder} gives a value for a video such as {videos[0].name}")

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> PhysVidClip:
        return self.clips[index]

    def __iter__(self) -> Iterator[PhysVidClip]:
        return iter(self.clips)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _key(name: str) -> str:
    """A video's path without its suffix, as tables may write it."""
    return str(Path(name).with_suffix("")) if Path(name).suffix.lower() in VIDEOS else name


def _folder(parent: Path, names: tuple[str, ...]) -> Path | None:
    if not parent.is_dir():
        raise DatasetError(f"{parent} is no folder")
    return next((path for path in sorted(parent.iterdir()) if path.is_dir() and _plain(path.name) in names), None)


def _values(folder: Path, home: Path, kind: Property, split: str) -> dict[str, float]:
    """Values by path without suffix and by stem, of tables in the split's folder, else of those beside it."""
    tables = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in TABLES]
    beside = [path for path in sorted(home.iterdir()) if path.suffix.lower() in TABLES]
    tables = tables or [path for path in beside if split in _plain(path.stem)] or beside
    values: dict[str, float] = {}
    for table in tables:
        for name, value in _rows(table, kind):
            key = _key(name)
            values[key] = values[Path(key).name] = value
    return values


def _rows(path: Path, kind: Property) -> Iterator[tuple[str, float]]:
    """Pairs of a video's name and its value. Raises DatasetError for a table that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        yield from _json_rows(json.loads(text), kind) if path.suffix == ".json" else _text_rows(text, kind)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DatasetError(f"{path} is no table of videos and values: {error}") from error


def _json_rows(content: Any, kind: Property) -> Iterator[tuple[str, float]]:
    if isinstance(content, list):
        for row in content:
            yield _named(row, kind)
        return
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield str(name), float(_column(value, VALUES + FOLDERS[kind]))
        else:
            yield str(name), float(value)


def _text_rows(text: str, kind: Property) -> Iterator[tuple[str, float]]:
    lines = [line for line in text.splitlines() if line.strip()]
    cut = next((mark for mark in (",", "\t", ";") if lines and mark in lines[0]), None)
    rows = list(csv.reader(lines, delimiter=cut)) if cut else [line.split() for line in lines]
    if rows and not _is_number(rows[0][-1]):
        for row in rows[1:]:
            yield _named(dict(zip(rows[0], row)), kind)
        return
    for row in rows:
        yield row[0].strip(), float(row[-1])


def _named(row: Mapping[str, Any], kind: Property) -> tuple[str, float]:
    return str(_column(row, NAMES)).strip(), float(_column(row, FOLDERS[kind] + VALUES))


def _column(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    plain = {_plain(str(key)): value for key, value in row.items()}
    for name in names:
        if name in plain:
            return plain[name]
    raise KeyError(f"none of the columns {', '.join(names)} among {', '.join(map(str, row))}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
