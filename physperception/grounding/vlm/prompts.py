"""What a grounding model is asked (002 appendix A.2), and how much it may reason before it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from physperception.grounding.vlm.families import Family
from physperception.scene import MaskKind

SETTINGS: Mapping[str, Any] = {"temperature": 0.0, "top_p": 1.0, "top_k": 20, "repetition_penalty": 1.0}
"""Table 7 of 002, without its longest answer, `MOST_TOKENS`."""
MOST_TOKENS = 4096
ANSWER_TOKENS = 512
LONGEST_COMMAND = 2000
MOST_BOXES = 64

NOT_THERE = "If it is not in the image, answer []."
FORMAT = (
    'Answer only with a JSON list such as [{"bbox_2d": [x1, y1, x2, y2], "label": "name"}], with one entry for each '
    "object that is meant, or with [] if none is in the image."
)
SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "maxItems": MOST_BOXES,
    "items": {
        "type": "object",
        "properties": {
            "bbox_2d": {
                "type": "array",
                "items": {"type": "integer", "minimum": 0, "maximum": 1000},
                "minItems": 4,
                "maxItems": 4,
            },
            "label": {"type": "string", "maxLength": 80},
        },
        "required": ["bbox_2d"],
        "additionalProperties": False,
    },
}
_WHITE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_TOKEN = re.compile(r"<(?=\|)|</?(?:ref|box|img|image|think|quad)>", re.IGNORECASE)


class Budget(str, Enum):
    """How much a model may reason before it answers. SHORT is enough for the one to five sentences EGM is taught."""

    NONE = "none"
    SHORT = "short"
    FULL = "full"

    @property
    def tokens(self) -> int:
        """Tokens of reasoning."""
        return {Budget.NONE: 0, Budget.SHORT: 160, Budget.FULL: MOST_TOKENS - ANSWER_TOKENS}[self]


def clean(command: str) -> str:
    """A command on one line, without control characters, tokens of chat templates, or a full stop at the end."""
    spaced = _TOKEN.sub(" ", _WHITE.sub(" ", command))
    return _WHITE.sub(" ", spaced.encode("utf-8", "ignore").decode()).strip().rstrip(".!?,;: ")


def question(command: str, kind: MaskKind, family: Family, thinks: bool, tokens: int, offer_not_there: bool) -> str:
    """What is asked about an image.

    Args:
        command: the words, as `clean` leaves them.
        kind: of the box that is wanted.
        family: of the model.
        thinks: a model whose chat template opens its reasoning is asked in the paper's words alone, and its budget kept
            by closing the reasoning; any other is told in words how much to reason.
        tokens: of reasoning.
        offer_not_there: say how to answer when the object is not there, which the paper's prompts do not.
    """
    asked = family.prompts[kind].replace("{sent}", command)
    parts = [asked if asked.endswith((".", ">")) or not offer_not_there else asked + "."]
    if offer_not_there:
        parts.append(NOT_THERE)
    if not thinks and not tokens:
        parts.append("Do not explain.")
    elif not thinks and tokens <= Budget.SHORT.tokens:
        parts.append("First explain in at most two sentences how to tell it from similar objects.")
    return " ".join(parts)


def user(picture_url: str, text: str) -> dict[str, Any]:
    """A user's turn: the image first, so that several commands on one image share the longest beginning."""
    image = {"type": "image_url", "image_url": {"url": picture_url}}
    return {"role": "user", "content": [image, {"type": "text", "text": text}]}


def closed(reasoning: str) -> dict[str, Any]:
    """A model's turn whose reasoning is over, to be continued with the answer."""
    return {"role": "assistant", "content": f"<think>\n{reasoning.strip()}\n</think>\n\n"}


CONTINUE: Mapping[str, Any] = {"add_generation_prompt": False, "continue_final_message": True}
"""Fields of a request that has the last turn continued; vLLM's names, and transformers'."""


def structured(schema: Mapping[str, Any] = SCHEMA) -> dict[str, Any]:
    """Fields of a request that hold the answer to a JSON schema, which every vLLM since 0.11 takes."""
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "boxes", "schema": dict(schema)}}}
