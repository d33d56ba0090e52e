"""Strict reading of what a grounding model answers: boxes, "not there", or something unreadable."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from physperception.grounding.vlm.families import Family, Picture, to_pixels
from physperception.grounding.vlm.prompts import MOST_BOXES
from physperception.scene import Box

LONGEST = 20_000
MOST_VALUES = 500
LARGEST = 1e6
SAME_BOX_IOU = 0.9

_KEYS = ("bbox_2d", "bbox", "box", "bounding_box")
_AMODAL_KEYS = tuple(f"amodal_{key}" for key in _KEYS)
_START = re.compile(r"[\[{]")
_BETWEEN = re.compile(r"(?:[\s,;]|</?box>|<ref>[^<]*</ref>)*\Z", re.IGNORECASE)
_LEAD = re.compile(r"\s*(?:```(?:json)?\s*)?(?:<ref>[^<]{0,400}</ref>\s*)?(?:<box>\s*)?(?=\[)", re.IGNORECASE)
_FENCED = re.compile(r"\s*```(?:json)?\s.*?```", re.DOTALL | re.IGNORECASE)
_END_TOKENS = re.compile(r"(?:<\|[a-z_]{1,20}\|>\s*)+\Z")
_NO_TARGET = (
    r"(?! (?:any |an? |the |your |attached )?"
    r"(?:image|picture(?! frame)|photo(?:graph)?|attachment|bounding box(?:es)?)\b)"
)
"""What a model misses when it was not shown the picture or can't answer; that says nothing of the target."""
_ABSENT = re.compile(
    r"[\s\"'*]*(?:sorry\W+|unfortunately\W+)?(?:"
    r"(?:none|null|no)[\s\"'*.!]*\Z|none (?:of|found|present|visible|there)\b|no, "
    rf"|no\b(?! (?:doubt|idea|clue|problem|worries)){_NO_TARGET} \w|not (?:there|present|visible|found|in the image)\b"
    rf"|there (?:is|are|appears? to be|seems? to be) (?:no\b|not an?\b){_NO_TARGET}|there (?:is|are)n't\b{_NO_TARGET}"
    rf"|(?:the|this|that|such an?|it)\b{_NO_TARGET}"
    r"[^.\[\]{}]{0,120}\b(?:is|are|does|do|can)(?: not|n't|not) "
    r"(?:there|present|visible|found|appear|exist|be (?:seen|found|located)|in (?:the|this) (?:image|picture|scene))"
    rf"|i (?:can|could|do)(?: not|n't|not|'t) (?:see|find|locate|identify)\b{_NO_TARGET})",
    re.IGNORECASE,
)
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"


class Outcome(str, Enum):
    BOXES = "BOXES"
    NOT_THERE = "NOT_THERE"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True)
class Answer:
    """What was read; `boxes` are in pixels of the original image, and there are some only when the outcome is BOXES.

    `reason` says why there are none.
    """

    outcome: Outcome
    boxes: tuple[Box, ...] = ()
    reason: str = ""


def read_answer(text: str, family: Family, picture: Picture, amodal: bool = False) -> Answer:
    """A model's answer, without its reasoning.

    Boxes are JSON objects with the key "bbox_2d" (or "bbox", "box", "bounding_box"), or lists of four numbers, alone or
    in a list, in a code fence or in InternVL's `<box>`. The last of them count, since prose before may name
    candidates; but several bare lists in prose, broken JSON, and boxes that can't be are refused rather than
    guessed at.

    Args:
        text: the answer.
        family: of the model.
        picture: that was sent.
        amodal: prefer keys with "amodal_" where an object has both.
    """
    if len(text) > LONGEST:
        return _unreadable(f"it has {len(text)} characters")
    text = _END_TOKENS.sub("", text).strip()
    if not text:
        return _unreadable("it is empty")
    groups = _groups(text)
    if groups is None:
        return _unreadable("it holds too many values")
    told = [group for group in groups if any(_is_told(value) for value in group)]
    absent = _ABSENT.match(text.replace(_APOSTROPHE, "'")) is not None
    if told:
        chosen: list[Any] = told[-1]
    elif len(groups) == 1 and not (absent and groups[0] != [[]]):
        chosen = groups[0]
    elif groups:
        return _unreadable(f"it names several places: {_quote(text)}")
    elif absent:
        return Answer(Outcome.NOT_THERE, reason=f"the model says: {_quote(text)}")
    else:
        return _unreadable(f"it has no box: {_quote(text)}")
    return _boxes(chosen, family, picture, amodal)


def is_complete(answer: str) -> bool:
    """Whether an answer that is still growing can't change any more: its list, or its code fence, is closed.

    Only a code fence, or an answer that begins with its boxes, is judged; other prose is read to its end.
    """
    fenced = _FENCED.search(answer)
    if fenced:
        return bool(_groups(fenced[0]))
    lead = _LEAD.match(answer)
    if lead is None or "]" not in answer:
        return False
    try:
        value, _ = json.JSONDecoder().raw_decode(answer, lead.end())
    except (ValueError, RecursionError):
        return False
    return value == [] or isinstance(value[0], dict | list)


def _boxes(values: list[Any], family: Family, picture: Picture, amodal: bool) -> Answer:
    numbers: list[list[float]] = []
    for value in values:
        found = _numbers(value, amodal)
        if isinstance(found, str):
            return _unreadable(found)
        numbers += found
    numbers = [four for four in numbers if any(four)]
    if not numbers:
        return Answer(Outcome.NOT_THERE, reason="the model says that it is not in the image")
    if len(numbers) > MOST_BOXES:
        return _unreadable(f"it has {len(numbers)} boxes")
    boxes: list[Box] = []
    for four in numbers:
        box = to_pixels(four, family, picture)
        if isinstance(box, str):
            return _unreadable(box)
        if all(box.iou(other) < SAME_BOX_IOU for other in boxes):
            boxes.append(box)
    return Answer(Outcome.BOXES, tuple(boxes))


def _numbers(value: Any, amodal: bool) -> list[list[float]] | str:
    """The boxes a value of an answer stands for, each of four numbers; or why it is no answer."""
    if isinstance(value, dict):
        named = {str(key).lower(): inner for key, inner in value.items()}
        order = (*_AMODAL_KEYS, *_KEYS) if amodal else (*_KEYS, *_AMODAL_KEYS)
        key = next((key for key in order if key in named), None)
        if key is None:
            return f"an object of it has no box, only the keys {sorted(named)[:5]}"
        return [] if named[key] is None else _numbers_of_list(named[key], False)
    return _numbers_of_list(value, amodal)


def _numbers_of_list(value: Any, amodal: bool) -> list[list[float]] | str:
    if not isinstance(value, list):
        return "a box of it is no list"
    if any(_is_number(item) for item in value):
        if len(value) != 4 or not all(_is_number(item) for item in value):
            return "a box of it does not have four numbers"
        return [[float(item) for item in value]]
    numbers: list[list[float]] = []
    for item in value:
        if not isinstance(item, dict | list) or item in ([], {}):
            return "an entry of it is no box"
        inner = _numbers_of_list(item, amodal) if isinstance(item, list) else _numbers(item, amodal)
        if isinstance(inner, str):
            return inner
        numbers += inner
    return numbers


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST and math.isfinite(value)


def _is_told(value: Any) -> bool:
    """Whether a value says that it is an answer: an object, or a list of objects."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _groups(text: str) -> list[list[Any]] | None:
    """JSON lists and objects of a text; those with nothing but commas and white space between belong together.

    None when there are too many of them, or of brackets that begin none.
    """
    decoder = json.JSONDecoder()
    groups: list[list[Any]] = []
    place, end = 0, -1
    for _ in range(MOST_VALUES):
        match = _START.search(text, place)
        if match is None:
            return groups
        try:
            value, place = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            place = match.end()
            continue
        if end >= 0 and _BETWEEN.match(text[end : match.start()]):
            groups[-1].append(value)
        else:
            groups.append([value])
        end = place
    return None


def _unreadable(reason: str) -> Answer:
    return Answer(Outcome.UNREADABLE, reason=f"the answer can't be read: {reason}")


def _quote(text: str) -> str:
    words = " ".join(text.split())
    return repr(words if len(words) <= 80 else words[:77] + "...")
