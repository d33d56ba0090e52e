"""Strict reading of what a language model answers: a value with its unit, a refusal, or something unreadable."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from physperception.scene import Property

LONGEST = 8000
RANGES: Mapping[Property, tuple[float, float]] = {
    Property.RESTITUTION: (0.0, 1.0),
    Property.KINETIC_FRICTION: (0.0, 2.0),
    Property.VISCOSITY: (1e-7, 10.0),
}
"""What is asked for and accepted, in the property's unit."""
_BARE = {"": 1.0, "1": 1.0, "dimensionless": 1.0, "none": 1.0}
_KINEMATIC = {"m^2/s": 1.0, "m2/s": 1.0, "m²/s": 1.0, "mm^2/s": 1e-6, "mm2/s": 1e-6, "mm²/s": 1e-6, "cst": 1e-6}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)")
_FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```\s*\Z", re.DOTALL)


class AnswerKind(str, Enum):
    VALUE = "VALUE"
    REFUSED = "REFUSED"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True)
class Answer:
    """What was read; `value` is NaN unless the kind is VALUE, `reason` empty unless it is not.

    `out_of_range` marks a number that was read but can't be.
    """

    kind: AnswerKind
    value: float = math.nan
    reason: str = ""
    out_of_range: bool = False


def read_value(text: str, property: Property) -> Answer:
    """A model's answer about one video: value in the property's unit.

    The answer is {"value": number, "unit": text}, {"refused": text}, or a bare number and its unit, either alone or as
    the last line after reasoning, with or without a code fence. A viscosity needs its unit.
    """
    found = _last_part(text)
    if isinstance(found, Answer):
        return found
    if isinstance(found, dict):
        if set(found) == {"refused"} and isinstance(found["refused"], str):
            return Answer(AnswerKind.REFUSED, reason=_short(found["refused"]) or "the model gave no reason")
        if not {"value"} <= set(found) <= {"value", "unit"}:
            return _unreadable(f"it has the keys {sorted(map(str, found))}")
        number, unit = found["value"], found.get("unit", "")
    else:
        number, unit = found
    units = _KINEMATIC if property is Property.VISCOSITY else _BARE
    if not _is_number(number):
        return _unreadable("its value is no number")
    if not isinstance(unit, str) or unit.strip().lower() not in units:
        return _unreadable(f"its unit is {_short(str(unit))!r}")
    return _in_range(float(number) * units[unit.strip().lower()], *RANGES[property])


def read_probability(text: str) -> Answer:
    """A model's answer about two videos: {"probability": number}, {"refused": text} or a bare number, 0..1."""
    found = _last_part(text)
    if isinstance(found, Answer):
        return found
    if isinstance(found, dict):
        if set(found) == {"refused"} and isinstance(found["refused"], str):
            return Answer(AnswerKind.REFUSED, reason=_short(found["refused"]) or "the model gave no reason")
        if set(found) != {"probability"}:
            return _unreadable(f"it has the keys {sorted(map(str, found))}")
        number: Any = found["probability"]
    else:
        number, unit = found
        if unit:
            return _unreadable(f"a probability has no unit {_short(unit)!r}")
    return _in_range(float(number), 0.0, 1.0) if _is_number(number) else _unreadable("its probability is no number")


def _last_part(text: str) -> dict[str, Any] | tuple[float, str] | Answer:
    if len(text) > LONGEST:
        return _unreadable(f"it has {len(text)} characters")
    text = text.rpartition("</think>")[2].strip()
    fenced = _FENCE.search(text)
    lines = text.splitlines() or [""]
    for part in (fenced.group(1) if fenced else text, lines[-1].strip()):
        try:
            found = json.loads(part, object_pairs_hook=_unique, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        bare = _NUMBER.fullmatch(part)
        if bare:
            return float(bare.group(1)), bare.group(2)
    return _unreadable("it ends in neither a JSON object nor a number")


def _in_range(value: float, low: float, high: float) -> Answer:
    if not low <= value <= high:
        return Answer(AnswerKind.UNREADABLE, reason=f"{value:g} is outside {low:g} to {high:g}", out_of_range=True)
    return Answer(AnswerKind.VALUE, value)


def _is_number(found: Any) -> bool:
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return False
    try:
        return math.isfinite(found)
    except OverflowError:
        return False


def _unreadable(what: str) -> Answer:
    return Answer(AnswerKind.UNREADABLE, reason=f"the answer can't be read: {what}")


def _short(text: str) -> str:
    return " ".join(text.split())[:200]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
