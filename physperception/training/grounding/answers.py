"""Boxes in a model's answer, strictly read, in coordinates of 0 to 1000 of the image's size."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from physperception.scene import Box

SCALE = 1000
MOST_CHARACTERS = 100_000
NOTHING = re.compile(
    r"\b(not (?:there|present|visible|found|in the image)|no such|there is no|does not (?:exist|appear))", re.I
)
NUMBER = r"\s*-?\d{1,6}(?:\.\d{1,9})?\s*"
QUAD = re.compile(rf"\[({NUMBER},{NUMBER},{NUMBER},{NUMBER})\]")


def read_boxes(text: str) -> tuple[Box, ...] | None:
    """Boxes after the reasoning; () where the answer says that nothing fits, None where it can't be read."""
    answer = text.rpartition("</think>")[2][:MOST_CHARACTERS]
    if "<think>" in answer:
        return None
    found = [_box([float(number) for number in quad.split(",")]) for quad in QUAD.findall(answer)]
    if found:
        return None if None in found else tuple(box for box in found if box is not None)
    if NOTHING.search(answer) or _is_empty_list(answer):
        return ()
    return None


def _box(numbers: list[float]) -> Box | None:
    if not all(math.isfinite(number) and 0 <= number <= SCALE for number in numbers):
        return None
    x1, y1, x2, y2 = numbers
    return Box(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def _is_empty_list(answer: str) -> bool:
    body = re.sub(r"^```(?:json)?|```$", "", answer.strip()).strip()
    try:
        value: Any = json.loads(body) if len(body) < 10 else None
    except (ValueError, RecursionError):
        return False
    return value == []
