"""One referring expression with its image and its true boxes, as a line of JSON: what every step reads and writes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from physperception.errors import PhysperceptionError
from physperception.scene import Box, MaskKind

KEPT = "KEPT"


class GroundingDataError(PhysperceptionError):
    """A file of training data can't be used; the message names the file, the line and the fault."""


@dataclass(frozen=True, kw_only=True)
class GroundingSample:
    """What is asked for in one image, and where it is.

    Attributes:
        id: unique in its file.
        image: path of the image, relative to a folder of images.
        width, height: of the image in pixels.
        text: the referring expression; "" where it is still to be written.
        kind: whether the boxes are of the visible part or of the whole object.
        boxes: of the targets in pixels of the image; none where what is asked for is not there.
        visible_boxes: of their visible parts, one a box, where `kind` is AMODAL and they are known.
        category: of the first target, such as "cup".
        reasoning: how to find the target, in words; "" where there is none.
        source: name of the data set.

    Raises:
        ValueError: an empty id or image, a size below 1, an empty box, or visible boxes that are not one a box.
    """

    id: str
    image: str
    width: int
    height: int
    text: str = ""
    kind: MaskKind = MaskKind.VISIBLE
    boxes: tuple[Box, ...] = ()
    visible_boxes: tuple[Box, ...] = ()
    category: str = ""
    reasoning: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not self.id or not self.image:
            raise ValueError(f"a sample needs an id and an image, got {self.id!r} and {self.image!r}")
        if self.width < 1 or self.height < 1:
            raise ValueError(
                f"sample {self.id} needs a size of at least 1 x 1 pixels, got {self.width} x {self.height}"
            )
        if any(box.area <= 0 for box in self.boxes):
            raise ValueError(f"sample {self.id} has an empty box")
        if self.visible_boxes and len(self.visible_boxes) != len(self.boxes):
            raise ValueError(
                f"sample {self.id} has {len(self.visible_boxes)} visible boxes for {len(self.boxes)} boxes"
            )

    def record(self) -> dict[str, Any]:
        """The sample as JSON has it; what is empty is left out."""
        record: dict[str, Any] = {"id": self.id, "image": self.image, "width": self.width, "height": self.height}
        record |= {"text": self.text, "kind": self.kind.value, "boxes": [list(box.xyxy) for box in self.boxes]}
        if self.visible_boxes:
            record["visible_boxes"] = [list(box.xyxy) for box in self.visible_boxes]
        for name in ("category", "reasoning", "source"):
            if getattr(self, name):
                record[name] = getattr(self, name)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> GroundingSample:
        """The sample of a record.

        Raises:
            ValueError: a field is missing, unknown, or of another type; the message names it.
        """
        unknown = set(record) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown fields {sorted(unknown)}")
        for name in ("id", "image", "text", "category", "reasoning", "source"):
            if not isinstance(record.get(name, ""), str):
                raise ValueError(f"{name} must be text, got {record[name]!r}")
        for name in ("width", "height"):
            if not isinstance(record.get(name), int) or isinstance(record[name], bool):
                raise ValueError(f"{name} must be a whole number, got {record.get(name)!r}")
        try:
            kind = MaskKind(record.get("kind", MaskKind.VISIBLE.value))
        except ValueError:
            raise ValueError(f"kind must be VISIBLE or AMODAL, got {record['kind']!r}") from None
        read = {"kind": kind, **{name: _boxes(name, record.get(name, [])) for name in ("boxes", "visible_boxes")}}
        return cls(**{"id": "", "image": "", **record, **read})


def read_samples(path: Path) -> list[GroundingSample]:
    """The samples of a JSONL file, in its order; of a curated file those that were kept.

    Raises:
        GroundingDataError: the file can't be read, a line is no sample, or two have one id.
    """
    samples: dict[str, GroundingSample] = {}
    for number, record in read_lines(path):
        if "status" in record:
            if record["status"] != KEPT:
                continue
            record = record.get("sample", {})
        try:
            sample = GroundingSample.from_record(record)
        except (ValueError, TypeError, AttributeError) as error:
            raise GroundingDataError(f"{path}, line {number}: {error}") from error
        if sample.id in samples:
            raise GroundingDataError(f"{path}, line {number}: the id {sample.id!r} was there before")
        samples[sample.id] = sample
    return list(samples.values())


def write_samples(path: Path, samples: Iterable[GroundingSample]) -> int:
    """Write samples as JSONL; returns their number."""
    return write_lines(path, (sample.record() for sample in samples))


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a JSONL file with their line numbers; empty lines are left out.

    Raises:
        GroundingDataError: the file can't be read, or a line is no JSON object.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    record = None
                if not isinstance(record, dict):
                    raise GroundingDataError(f"{path}, line {number}: not a JSON object")
                yield number, record
    except (OSError, UnicodeDecodeError) as error:
        raise GroundingDataError(f"{path} can't be read: {error}") from error


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> int:
    """Write records as JSONL, whole or not at all; returns their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    count = 0
    with unfinished.open("w", encoding="utf-8") as lines:
        for record in records:
            lines.write(json.dumps(record) + "\n")
            count += 1
    unfinished.replace(path)
    return count


def _boxes(name: str, value: Any) -> tuple[Box, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError(f"{name} must be a list of boxes, got {value!r}")
    boxes = []
    for numbers in value:
        if not isinstance(numbers, Sequence) or len(numbers) != 4 or not all(_is_number(each) for each in numbers):
            raise ValueError(f"{name} must hold boxes of four numbers x1, y1, x2, y2, got {numbers!r}")
        boxes.append(Box(*numbers))
    return tuple(boxes)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
