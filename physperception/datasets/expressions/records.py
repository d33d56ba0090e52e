"""One referring expression and its file, JSON lines; docs/expressions.md has the format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from physperception.datasets.coco import DatasetError
from physperception.scene import Box, MaskKind


class ExpressionKind(str, Enum):
    """What an expression is made to test."""

    VANILLA = "VANILLA"
    AMODAL = "AMODAL"
    R2SM = "R2SM"
    COMPLEX_PROMPT = "COMPLEX_PROMPT"
    NOT_THERE = "NOT_THERE"
    MULTIPLE = "MULTIPLE"
    SUPERLATIVE = "SUPERLATIVE"
    ORDINAL = "ORDINAL"


@dataclass(frozen=True)
class Target:
    """An object that an expression means.

    Attributes:
        id: its annotation in the file of the scenes.
        visible_box, amodal_box: in pixels, both inside the image; None where a data set does not know it.
    """

    id: int
    visible_box: Box | None
    amodal_box: Box | None

    def box(self, kind: MaskKind) -> Box | None:
        """The box of the part that is asked for."""
        return self.amodal_box if kind is MaskKind.AMODAL else self.visible_box


@dataclass(frozen=True)
class Expression:
    """A command in words about one image, and what it means.

    Attributes:
        id: unique in its file.
        split: such as "test2".
        image_id, file_name, width, height: of the image; sizes in pixels.
        text: the command.
        kind: what it tests.
        mask_kind: which mask the words ask for.
        targets: the objects that are meant, all of them; none for NOT_THERE.
        uses: what the words rely on, such as "category", "colour", "left_of"; for breaking results down.
        look_alikes: how many objects fit the words without relations, ranks and places; 0 when it is not known.

    Raises:
        ValueError: no words, or targets where the kind has none, or none where it needs some.
    """

    id: str
    split: str
    image_id: int
    file_name: str
    width: int
    height: int
    text: str
    kind: ExpressionKind
    mask_kind: MaskKind
    targets: tuple[Target, ...] = ()
    uses: tuple[str, ...] = field(default=())
    look_alikes: int = 0

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(f"expression {self.id} has no words")
        if bool(self.targets) == (self.kind is ExpressionKind.NOT_THERE):
            raise ValueError(f"expression {self.id} is {self.kind.value} and has {len(self.targets)} targets")


def write_expressions(path: Path, expressions: Iterable[Expression]) -> None:
    """One JSON object a line; the file is replaced whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_to_json(item), ensure_ascii=False) + "\n" for item in expressions)
    part.replace(path)


def read_expressions(path: Path) -> list[Expression]:
    """The expressions of a file.

    Raises:
        DatasetError: it can't be read, or a line is broken; the message has the line's number.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"cannot read the expressions {path}: {error}") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise DatasetError(f"line {number} of {path} is not a referring expression: {what}") from error
    return found


def _to_json(item: Expression) -> dict[str, Any]:
    return {
        "id": item.id,
        "split": item.split,
        "image_id": item.image_id,
        "file_name": item.file_name,
        "width": item.width,
        "height": item.height,
        "text": item.text,
        "kind": item.kind.value,
        "mask_kind": item.mask_kind.value,
        "targets": [
            {"id": target.id, "visible_box": _corners(target.visible_box), "amodal_box": _corners(target.amodal_box)}
            for target in item.targets
        ],
        "uses": list(item.uses),
        "look_alikes": item.look_alikes,
    }


def _from_json(record: Any) -> Expression:
    return Expression(
        id=str(record["id"]),
        split=str(record["split"]),
        image_id=int(record["image_id"]),
        file_name=str(record["file_name"]),
        width=int(record["width"]),
        height=int(record["height"]),
        text=str(record["text"]),
        kind=ExpressionKind(record["kind"]),
        mask_kind=MaskKind(record["mask_kind"]),
        targets=tuple(
            Target(int(target["id"]), _box(target["visible_box"]), _box(target["amodal_box"]))
            for target in record["targets"]
        ),
        uses=tuple(str(name) for name in record.get("uses", ())),
        look_alikes=int(record.get("look_alikes", 0)),
    )


def _corners(box: Box | None) -> list[float] | None:
    return None if box is None else list(box.xyxy)


def _box(corners: Any) -> Box | None:
    return None if corners is None else Box(*corners)
