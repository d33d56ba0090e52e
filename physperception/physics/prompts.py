"""What a multimodal language model is shown and asked about a physical property (thesis 5.4.3)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.errors import ConfigError
from physperception.physics.readout.clips import Clip
from physperception.scene import Property

LONGEST_SIDE = 448
JPEG_QUALITY = 90
BLACK_FRAMES = 3

DESCRIPTION = {
    Property.RESTITUTION: (
        "We are studying the coefficient of restitution of the bouncing object, where 0.0 means that it does not "
        "bounce at all and 1.0 that it bounces back to the height it fell from."
    ),
    Property.KINETIC_FRICTION: (
        "We are studying the coefficient of kinetic friction between the sliding object and the surface, where steel "
        "on ice is 0.03 and rubber on dry concrete is 0.8."
    ),
    Property.VISCOSITY: (
        "We are studying the kinematic viscosity of the liquid, where water is 1e-6 m^2/s and honey is 5e-3 m^2/s."
    ),
}
NAME = {
    Property.RESTITUTION: "coefficient of restitution",
    Property.KINETIC_FRICTION: "coefficient of kinetic friction",
    Property.VISCOSITY: "kinematic viscosity",
}
SYMBOL = {Property.RESTITUTION: "1", Property.KINETIC_FRICTION: "1", Property.VISCOSITY: "m^2/s"}
TEACHING = {
    Property.RESTITUTION: (
        "Find the height from which the object falls, the frame in which it first touches the ground, and the "
        "height of its first bounce, all measured from the ground. The coefficient is the square root of bounce "
        "height over drop height."
    ),
    Property.KINETIC_FRICTION: (
        "Follow the object over the frames as if seen from straight above. Tell how fast it slides at first and how "
        "soon it slows down; the coefficient is its deceleration over 9.81 m/s^2. The sooner it stops from the same "
        "speed, the larger it is."
    ),
    Property.VISCOSITY: (
        "Measure the area the liquid covers in every frame, divided by its area when it first touches the ground. "
        "The slower this ratio grows, the higher the viscosity; it is inversely proportional to the slope."
    ),
}


class Strategy(str, Enum):
    """Ways to ask; BLACK_FRAMES is for comparisons only."""

    BASELINE = "BASELINE"
    ORACLE_TEACHING = "ORACLE_TEACHING"
    FEW_SHOT = "FEW_SHOT"
    FRAME_INDEX = "FRAME_INDEX"
    BLACK_FRAMES = "BLACK_FRAMES"


@dataclass(frozen=True, eq=False)
class Example:
    """A clip of known value in the property's unit, for FEW_SHOT."""

    clip: Clip
    value: float


@dataclass(frozen=True, eq=False)
class PairExample:
    """Two clips, and whether the first has the larger value, for FEW_SHOT comparisons."""

    first: Clip
    second: Clip
    first_has_more: bool


def value_messages(
    clip: Clip, property: Property, strategy: Strategy, count: int, examples: Sequence[Example] = ()
) -> list[dict[str, Any]]:
    """Chat messages that ask for a clip's value.

    Args:
        clip: what is shown, `count` images of it at even steps of time.
        property: what is asked for.
        strategy: how.
        count: images a clip.
        examples: shown before with their answers, for FEW_SHOT.

    Raises:
        ConfigError: a strategy for comparisons only, or FEW_SHOT without examples.
    """
    if strategy is Strategy.BLACK_FRAMES:
        raise ConfigError("BLACK_FRAMES separates two videos; choose another strategy for one")
    examples = _checked(strategy, examples)
    messages = []
    for example in examples:
        answer = f'{{"value": {example.value:.4g}, "unit": "{SYMBOL[property]}"}}'
        messages += [_user(_ask_value(example.clip, property, strategy, count)), _assistant(answer)]
    return [*messages, _user(_ask_value(clip, property, strategy, count))]


def comparison_messages(
    first: Clip, second: Clip, property: Property, strategy: Strategy, count: int, examples: Sequence[PairExample] = ()
) -> list[dict[str, Any]]:
    """Chat messages that ask which of two clips has the larger value; arguments and errors as `value_messages`."""
    messages = []
    for example in _checked(strategy, examples):
        answer = f'{{"probability": {1.0 if example.first_has_more else 0.0}}}'
        shown = _ask_comparison(example.first, example.second, property, strategy, count)
        messages += [_user(shown), _assistant(answer)]
    return [*messages, _user(_ask_comparison(first, second, property, strategy, count))]


def even_images(clip: Clip, count: int) -> tuple[list[NDArray[np.uint8]], NDArray[np.float64]]:
    """`count` images of a clip, fewer where it has fewer, at even steps of time, and their seconds from the first."""
    wanted = np.linspace(clip.stamps_s[0], clip.stamps_s[-1], count)
    rows = np.unique(np.abs(clip.stamps_s[:, None] - wanted).argmin(0))
    return [clip.frames[row] for row in rows], clip.stamps_s[rows] - clip.stamps_s[rows[0]]


def data_url(image: NDArray[np.uint8]) -> str:
    """An image, uint8 RGB [H, W, 3], as a JPEG data URL, its longer side at most 448 pixels."""
    factor = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def _ask_value(clip: Clip, property: Property, strategy: Strategy, count: int) -> list[dict[str, Any]]:
    images, seconds = even_images(clip, count)
    query = f"What is the {NAME[property]} in the video?"
    form = (
        f'{{"value": NUMBER, "unit": "{SYMBOL[property]}"}}, or {{"refused": "WHY"}} if the images do not show enough'
    )
    lasting = f"The {len(images)} frames span {seconds[-1]:.3g} seconds at even steps."
    words = [DESCRIPTION[property], lasting, *_teaching(property, strategy), query, _last_line(form)]
    return [*_frames(images, seconds, strategy, 0), _text(" ".join(words))]


def _ask_comparison(
    first: Clip, second: Clip, property: Property, strategy: Strategy, count: int
) -> list[dict[str, Any]]:
    images, seconds = even_images(first, count)
    others, other_seconds = even_images(second, count)
    shown = _frames(images, seconds, strategy, 0)
    if strategy is Strategy.BLACK_FRAMES:
        black = np.zeros_like(images[0])
        shown += [_image(black)] * BLACK_FRAMES
        which = "The frames before the black frames belong to the first video, those after them to the second."
    else:
        which = f"The first {len(images)} frames belong to the first video, the last {len(others)} to the second."
    shown += _frames(others, other_seconds, strategy, len(images))
    spans = f"They span {seconds[-1]:.3g} and {other_seconds[-1]:.3g} seconds at even steps."
    query = (
        f"Which video shows the higher {NAME[property]}? Give a decision score between 0 and 1, the likelihood that "
        "the first video exhibits the higher value."
    )
    form = '{"probability": NUMBER}, or {"refused": "WHY"} if the images do not show enough'
    words = [DESCRIPTION[property], which, spans, *_teaching(property, strategy), query, _last_line(form)]
    return [*shown, _text(" ".join(words))]


def _frames(
    images: Sequence[NDArray[np.uint8]], seconds: NDArray[np.float64], strategy: Strategy, start: int
) -> list[dict[str, Any]]:
    if strategy is not Strategy.FRAME_INDEX:
        return [_image(image) for image in images]
    shown = []
    for index, (image, second) in enumerate(zip(images, seconds), start):
        shown += [_text(f"Frame {index}, {second:.3f} s:"), _image(image)]
    return shown


def _teaching(property: Property, strategy: Strategy) -> list[str]:
    return [f"Go step by step. {TEACHING[property]}"] if strategy is Strategy.ORACLE_TEACHING else []


def _last_line(form: str) -> str:
    return f"The last line of your answer must be a JSON object and nothing else: {form}."


def _checked(strategy: Strategy, examples: Sequence[Any]) -> Sequence[Any]:
    if strategy is not Strategy.FEW_SHOT:
        return ()
    if not examples:
        raise ConfigError("FEW_SHOT needs at least one example")
    return examples


def _user(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def _image(image: NDArray[np.uint8]) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": data_url(image)}}
