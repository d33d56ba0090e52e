"""Whether a large model's reply can be used as training data; what is wrong with it, in words it can act on."""

from __future__ import annotations

import re

LEAST_WORDS, MOST_WORDS = 5, 15
EXPLANATION_SENTENCES, AMODAL_SENTENCES = 2, 5
SENTENCE_END = re.compile(r"[.!?][\"')\]]*(?:\s+(?=[A-Z\"'(])|$)")
COLOURED = (
    r"\b(?:{0})\W+(?:\w+\W+)?(?:box|border|outline|frame|rectangle|marker|annotation|region)\b"
    r"|\b(?:marked|outlined|highlighted|framed|boxed|annotated)\s+(?:in|with|by)\s+(?:an?\s+|the\s+)?(?:{0})\b"
)
GREEN_MARKS = re.compile(COLOURED.format("green"), re.IGNORECASE)
MARKS = re.compile(COLOURED.format("green|red"), re.IGNORECASE)
TERMS = re.compile(r"\b(?:a?modal|bounding\s+box(?:es)?|bbox(?:es)?|iou|pixels?|ground\s+truth)\b", re.IGNORECASE)
COORDINATES = re.compile(r"\d+\s*,\s*\d+\s*,\s*\d+")


def answer_part(reply: str) -> str:
    """The reply without its reasoning, surrounding space, and one pair of quotes around the whole."""
    text = reply.rpartition("</think>")[2].strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1].strip()
    return text


def description_fault(text: str) -> str:
    """What keeps a text from being a referring expression; "" where nothing does."""
    words = len(text.split())
    if "\n" in text:
        return "it has more than one line"
    if not LEAST_WORDS <= words <= MOST_WORDS:
        return f"it has {words} words, not {LEAST_WORDS} to {MOST_WORDS}"
    return _leak(text, "", GREEN_MARKS, TERMS, COORDINATES)


def explanation_fault(text: str, expression: str) -> str:
    """What keeps a text from being the reasoning of a vanilla sample; "" where nothing does."""
    return _length(text, EXPLANATION_SENTENCES) or _leak(text, expression, GREEN_MARKS, COORDINATES)


def amodal_explanation_fault(text: str, expression: str) -> str:
    """What keeps a text from being the reasoning of an amodal sample; "" where nothing does."""
    return _length(text, AMODAL_SENTENCES) or _leak(text, expression, MARKS, TERMS, COORDINATES)


def read_verdict(text: str) -> bool | None:
    """YES or NO as the first word; None where it is neither."""
    first = re.match(r"[\W_]*([A-Za-z]+)", text)
    return {"YES": True, "NO": False}.get(first.group(1).upper()) if first else None


def _length(text: str, most: int) -> str:
    if not text:
        return "it is empty"
    sentences = len(SENTENCE_END.findall(text)) + (not SENTENCE_END.search(text[-3:]))
    return f"it has {sentences} sentences, not at most {most}" if sentences > most else ""


def _leak(text: str, expression: str, *patterns: re.Pattern[str]) -> str:
    """The first thing named that must not be, unless the expression itself names it ("the green box")."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            if match.group(0).lower() not in expression.lower():
                return f'it says "{match.group(0)}"'
    return ""
