"""What a large model is asked while training data is curated (EGM, figures 8 to 11, in this project's words)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.scene import Box
from physperception.training.grounding.samples import GroundingSample

Messages = list[dict[str, Any]]
ImageArray = NDArray[np.uint8]

GREEN, RED = (0, 200, 0), (230, 0, 0)
SCALE = 999
LEAST_EXTENSION = 0.02
"""Of the visible box's side; below it nothing is said to be hidden there."""
AMOUNTS = ((0.08, "slightly"), (0.2, "a bit"), (0.45, "moderately"), (0.9, "considerably"), (np.inf, "significantly"))
"""Words of figure 11 by how far an object goes on, as a share of its visible side. The bounds are this project's."""

EXPLAIN = """This picture belongs to a visual grounding task. A green rectangle, drawn only for you, marks the answer.

Question: "{text}"
Answer, as x1, y1, x2, y2 in coordinates of 0 to 999: {box}

Explain in 1 or 2 sentences how the words of the question lead to this object and to no other, above all where several \
objects look alike. Be clear and concise, and keep to what can be seen and how to reason about it.

A small model will learn from your text, and it is not told the answer. So write as if you had not been told it \
either: name neither the green rectangle nor any coordinates. Give the reasoning and nothing else."""

DESCRIBE = """This picture belongs to a visual grounding task. For a moment I have drawn a green rectangle around one \
{category}.

The rectangle is mine. It is no part of the picture, and its colour is not the object's: take no notice of it when you \
describe the object, and never speak of a green box, border, outline or frame, or of anything being marked. What is \
green by nature you may call green.

Describe this one {category} so that it can be told from everything else in the picture:
- 5 to 15 words, in lower case, as a person would refer to a thing in passing;
- true of this object and of no other;
- where several are alike, by place: an ordinal ("the third {category} from the right"), an extreme ("the lowest \
{category}"), a part of the picture ("the {category} in the top left"), or a neighbour ("the {category} behind the \
bowl");
- by what can be seen of it: its look, its own colour, its state.

Answer with the description and nothing else."""

VERIFY = """In this picture a red rectangle with the word TARGET marks one region.

Does this description lead to the target, and to it alone?

"{text}"

Look whether it is true of what is in the rectangle, whether it could mean any other object in the picture, and \
whether someone who only reads it would find exactly this target.

Answer with one word: YES if it fits the target and nothing else, NO if it is wrong or vague or fits several objects."""

EXPLAIN_AMODAL = """This picture, {width} x {height} pixels, shows an object of which other objects hide a part. Two \
rectangles are drawn only for you: red around what can be seen of it, green around the whole of it.

Object: "{text}"
To become whole it must be extended: {guidance}

Explain in at most 5 sentences in all:
1. how to find this object;
2. which objects hide a part of it;
3. what its whole shape looks like;
4. so in which directions ({directions}) the visible part must be extended, and how much, in one of the words \
slightly, a bit, moderately, considerably, significantly.

The rectangles are no part of the picture. Speak of nothing but what is in it: no rectangles or boxes of mine, no \
numbers of pixels, no edges of the picture, none of the words modal, amodal, bounding box, bbox, IoU. Add no closing \
remark. Be very brief."""

CORRECTION = "That can't be used: {fault}. Answer the same request again without this fault, with the answer alone."


def explain_messages(sample: GroundingSample, image: ImageArray) -> Messages:
    """How the words of a vanilla sample lead to its box (figure 8)."""
    box = sample.boxes[0].clip(sample.width, sample.height)
    x, y = SCALE / sample.width, SCALE / sample.height
    numbers = [round(box.x1 * x), round(box.y1 * y), round(box.x2 * x), round(box.y2 * y)]
    return _messages(EXPLAIN.format(text=sample.text, box=numbers), _drawn(image, [(box, GREEN)]))


def describe_messages(sample: GroundingSample, image: ImageArray) -> Messages:
    """A referring expression for the object in the box (figure 9)."""
    return _messages(DESCRIBE.format(category=sample.category), _drawn(image, [(sample.boxes[0], GREEN)]))


def verify_messages(sample: GroundingSample, image: ImageArray) -> Messages:
    """Whether the expression means this object and no other (figure 10)."""
    return _messages(VERIFY.format(text=sample.text), _drawn(image, [(sample.boxes[0], RED)], "TARGET"))


def explain_amodal_messages(sample: GroundingSample, image: ImageArray) -> Messages:
    """How the words lead to the object, what hides it, and how far it goes on behind that (figure 11)."""
    whole = sample.boxes[0]
    seen = sample.visible_boxes[0]
    where = extensions(seen, whole)
    prompt = EXPLAIN_AMODAL.format(
        width=sample.width,
        height=sample.height,
        text=sample.text,
        guidance=", ".join(f"{direction} {amount}" for direction, amount in where.items()) or "nowhere",
        directions=", ".join(where) or "none",
    )
    return _messages(prompt, _drawn(image, [(whole, GREEN), (seen, RED)]))


def extensions(seen: Box, whole: Box) -> dict[str, str]:
    """Directions in which the whole box goes beyond the visible one, each with a word for how far."""
    beyond = {
        "to the left": (seen.x1 - whole.x1) / seen.width,
        "to the right": (whole.x2 - seen.x2) / seen.width,
        "upward": (seen.y1 - whole.y1) / seen.height,
        "downward": (whole.y2 - seen.y2) / seen.height,
    }
    return {
        direction: next(word for bound, word in AMOUNTS if share < bound)
        for direction, share in beyond.items()
        if share >= LEAST_EXTENSION
    }


def corrected(messages: Messages, reply: str, fault: str) -> Messages:
    """The conversation continued by the reply and what was wrong with it."""
    again = {"role": "user", "content": CORRECTION.format(fault=fault)}
    return [*messages, {"role": "assistant", "content": reply}, again]


def _messages(prompt: str, image: ImageArray) -> Messages:
    written, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not written:
        raise ValueError("the image can't be encoded as JPEG")
    url = "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
    picture = {"type": "image_url", "image_url": {"url": url}}
    return [{"role": "user", "content": [picture, {"type": "text", "text": prompt}]}]


def _drawn(image: ImageArray, boxes: Sequence[tuple[Box, tuple[int, int, int]]], label: str = "") -> ImageArray:
    """A copy of an image uint8 RGB [H, W, 3] with rectangles, the part of each that is inside it."""
    out = image.copy()
    height, width = out.shape[:2]
    line = max(2, round(max(height, width) / 300))
    for box, colour in boxes:
        inside = box.clip(width - 1, height - 1)
        first, last = (round(inside.x1), round(inside.y1)), (round(inside.x2), round(inside.y2))
        cv2.rectangle(out, first, last, colour, line)
        if label:
            place = (first[0], first[1] - 2 * line if first[1] > 12 * line else last[1] + 10 * line)
            cv2.putText(out, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.25 * line, colour, line)
    return out
