"""What differs between families of grounding models: how they name places in an image, and how an image is sent."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.errors import ConfigError
from physperception.scene import Box, MaskKind
from physperception.vision.images import check_image

JPEG_QUALITY = 95
THOUSAND = 1000.0
SLACK = 0.02
LEAST_SIDE_PX = 1.0


class Coordinates(str, Enum):
    """RELATIVE: thousandths of the image's width and height. PIXELS: of the image as it was sent."""

    RELATIVE = "RELATIVE"
    PIXELS = "PIXELS"


@dataclass(frozen=True)
class Family:
    """Models that are asked and that answer alike.

    Attributes:
        name: as in parameter files.
        coordinates: of the boxes they answer with.
        fractions: whether a box of numbers up to 1 with decimals is taken as fractions of the image, as InternVL's own
            evaluation of RefCOCO does.
        prompts: by kind of mask; `{sent}` stands for the words (002 figure 7).
        names: parts of model ids by which the family is known, in lower case.
    """

    name: str
    coordinates: Coordinates
    fractions: bool
    prompts: dict[MaskKind, str]
    names: tuple[str, ...]


QWEN3_VL = Family(
    name="qwen3-vl",
    coordinates=Coordinates.RELATIVE,
    fractions=False,
    prompts={
        MaskKind.VISIBLE: "Locate {sent}, output its bbox coordinates using JSON format.",
        MaskKind.AMODAL: "Locate {sent} amodally, output its amodal bbox coordinates using JSON format",
    },
    names=("qwen", "egm"),
)
INTERNVL = Family(
    name="internvl",
    coordinates=Coordinates.RELATIVE,
    fractions=True,
    prompts={
        MaskKind.VISIBLE: (
            "Please provide the bounding box coordinate of the region this sentence describes: <ref>{sent}</ref>"
        ),
        MaskKind.AMODAL: (
            "Please provide the amodal bounding box coordinate of the region this sentence describes: <ref>{sent}</ref>"
        ),
    },
    names=("internvl",),
)
FAMILIES = {family.name: family for family in (QWEN3_VL, INTERNVL)}


_UNSUPPORTED = ("qwen2.5-vl", "qwen2_5-vl", "qwen2.5_vl", "qwen2_5_vl", "qwen2.5vl")


def family_of(model: str) -> Family:
    """The family a model id belongs to; Qwen3-VL's where the id does not tell.

    Raises:
        ConfigError: models known to answer in other coordinates than any family's; every box would be wrong.
    """
    known = model.lower()
    if any(name in known for name in _UNSUPPORTED):
        raise ConfigError(
            f"{model} answers in pixels of the image as its own processor resizes it, which is not supported; use a "
            "Qwen3-VL or InternVL model, or name the family it answers like"
        )
    return INTERNVL if any(name in known for name in INTERNVL.names) else QWEN3_VL


def thinks(model: str) -> bool:
    """Whether a model's chat template opens its reasoning, as those of Qwen3-VL-Thinking and of EGM on it do."""
    known = model.lower()
    return "thinking" in known or ("egm" in known and "internvl" not in known)


@dataclass(frozen=True)
class Picture:
    """An image as it is sent, and its sizes in pixels: of the original and as sent."""

    url: str
    width: int
    height: int
    sent_width: int
    sent_height: int


def encode(image: NDArray[np.uint8], most_pixels: int) -> Picture:
    """An image, uint8 RGB [H, W, 3], as a JPEG data URL of at most `most_pixels`, its proportions kept.

    Raises:
        InvalidImage: another type or shape.
    """
    height, width = check_image(image)
    factor = min(1.0, math.sqrt(most_pixels / (width * height)))
    sent = (max(1, math.floor(width * factor)), max(1, math.floor(height * factor)))
    small = image if factor == 1 else cv2.resize(image, sent, interpolation=cv2.INTER_AREA)
    flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), flags)
    url = "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
    return Picture(url, width, height, small.shape[1], small.shape[0])


def to_pixels(numbers: Sequence[float], family: Family, picture: Picture) -> Box | str:
    """A box x1, y1, x2, y2 of a model in pixels of the original image, clipped to it; or why it is no box.

    Numbers past the border by up to 2 % of the image are clipped; beyond, the model means other coordinates than its
    family's, and guessing which would give a wrong box.
    """
    if family.coordinates is Coordinates.RELATIVE:
        whole = (THOUSAND, THOUSAND)
        if family.fractions and max(numbers) <= 1 and any(number % 1 for number in numbers):
            whole = (1.0, 1.0)
    else:
        whole = (float(picture.sent_width), float(picture.sent_height))
    x1, y1, x2, y2 = (number / whole[index % 2] for index, number in enumerate(numbers))
    if not all(-SLACK <= place <= 1 + SLACK for place in (x1, y1, x2, y2)):
        return f"the box {_short(numbers)} is outside the image"
    if x2 <= x1 or y2 <= y1:
        return f"the box {_short(numbers)} has no area"
    corners = (x1 * picture.width, y1 * picture.height, x2 * picture.width, y2 * picture.height)
    box = Box(*corners).clip(picture.width, picture.height)
    if box.width < min(LEAST_SIDE_PX, picture.width) or box.height < min(LEAST_SIDE_PX, picture.height):
        return f"the box {_short(numbers)} is less than a pixel wide or high"
    return box


def from_pixels(box: Box, family: Family, picture: Picture) -> tuple[int, int, int, int]:
    """A box of the original image in whole numbers of the family's coordinates: the inverse of `to_pixels`."""
    relative = family.coordinates is Coordinates.RELATIVE
    whole = (THOUSAND, THOUSAND) if relative else (float(picture.sent_width), float(picture.sent_height))
    size = (picture.width, picture.height)
    x1, y1, x2, y2 = (round(value * whole[index % 2] / size[index % 2]) for index, value in enumerate(box.xyxy))
    return x1, y1, x2, y2


def _short(numbers: Sequence[float]) -> str:
    return "[" + ", ".join(f"{number:.6g}" for number in numbers) + "]"
