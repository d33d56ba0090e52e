"""Which colour a person would call an object, with doubt as an answer, from the pixels of its visible part.

The annotations of generated scenes do not store colours. Here they are named by sectors of hue, saturation and value
with wide gaps between them, on the image as it is and on one corrected for its light; what lies in a gap, or changes
its name with the correction, is in doubt. This shares nothing with the colours that the embedded grounder measures,
so that neither confirms the mistakes of the other.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.expressions.verdicts import Verdict
from physperception.scene import BoolArray

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")
SURE_SHARE, LIKELY_SHARE, NO_SHARE = 0.6, 0.8, 0.12
"""Of an object's pixels: surely of a colour, perhaps of it, for a yes; perhaps of it, for a no."""
FEWEST_PX = 80
BORDER_PX = 2
MINKOWSKI = 6
MOST_GAIN = 1.6

Picture = NDArray[np.uint8]
Values = NDArray[np.float32]
Names = Mapping[str, BoolArray]


def colour_verdicts(image: Picture, masks: list[BoolArray]) -> list[dict[str, Verdict]]:
    """For each object whether it is red, orange, ...; PERHAPS for all of an object that is too small to tell.

    Args:
        image: uint8 RGB [H, W, 3].
        masks: bool [H, W] each, the visible parts.
    """
    plain, corrected = _named(image), _named(_without_cast(image))
    return [_of_object(_inner(mask), plain, corrected) for mask in masks]


def _of_object(mask: BoolArray, plain: tuple[Names, Names], corrected: tuple[Names, Names]) -> dict[str, Verdict]:
    if mask.sum() < FEWEST_PX:
        return dict.fromkeys(COLOURS, Verdict.PERHAPS)
    found = {}
    for name in COLOURS:
        seen, judged = (_verdict(sure[name][mask], perhaps[name][mask]) for sure, perhaps in (plain, corrected))
        agree = seen is judged or (seen is not Verdict.PERHAPS and judged is Verdict.PERHAPS)
        found[name] = seen if agree else Verdict.PERHAPS
    return found


def _verdict(sure: BoolArray, perhaps: BoolArray) -> Verdict:
    if sure.mean() >= SURE_SHARE and perhaps.mean() >= LIKELY_SHARE:
        return Verdict.YES
    return Verdict.NO if perhaps.mean() < NO_SHARE else Verdict.PERHAPS


def _inner(mask: BoolArray) -> BoolArray:
    """Without the border, whose pixels are mixed with the background; the mask itself where nothing else is left."""
    size = 2 * BORDER_PX + 1
    inner = cv2.erode(np.pad(mask.astype(np.uint8), 1), np.ones((size, size), np.uint8))[1:-1, 1:-1] > 0
    return inner if inner.sum() >= FEWEST_PX else mask


def _without_cast(image: Picture) -> Picture:
    """Shades of grey (Finlayson and Trezzi 2004) with a limited gain."""
    values = image.astype(np.float64)
    light = (values.reshape(-1, 3) ** MINKOWSKI).mean(axis=0) ** (1 / MINKOWSKI)
    gain = np.clip(light.mean() / np.maximum(light, 1), 1 / MOST_GAIN, MOST_GAIN)
    return np.clip(values * gain, 0, 255).astype(np.uint8)


def _named(image: Picture) -> tuple[Names, Names]:
    """For each colour the pixels that surely have it, and those that perhaps have it, bool [H, W]."""
    smooth = cv2.medianBlur(np.ascontiguousarray(image), 5)
    hsv = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    h, s, v = (np.asarray(hsv[..., channel], dtype=np.float32) for channel in range(3))
    vivid, tinted = (s >= 0.4) & (v >= 0.3), (s >= 0.15) & (v >= 0.13)
    sure = {
        "red": vivid & (s >= 0.55) & (v >= 0.38) & _hue(h, 349, 9),
        "orange": (s >= 0.6) & (v >= 0.6) & _hue(h, 22, 37),
        "yellow": (s >= 0.45) & (v >= 0.6) & _hue(h, 50, 63),
        "green": vivid & _hue(h, 85, 155),
        "blue": vivid & _hue(h, 206, 248),
        "purple": (s >= 0.3) & (v >= 0.25) & _hue(h, 265, 297),
        "pink": (s >= 0.25) & (s <= 0.75) & (v >= 0.75) & _hue(h, 315, 350),
        "brown": (s >= 0.35) & (s <= 0.85) & (v >= 0.22) & (v <= 0.5) & _hue(h, 10, 38),
        "black": v < 0.15,
        "white": (s < 0.12) & (v > 0.82),
        "grey": (s < 0.12) & (v > 0.28) & (v < 0.68),
    }
    perhaps = {
        "red": tinted & (s >= 0.3) & _hue(h, 330, 22),
        "orange": tinted & (s >= 0.35) & (v >= 0.4) & _hue(h, 8, 48),
        "yellow": tinted & (v >= 0.35) & _hue(h, 36, 78),
        "green": tinted & _hue(h, 60, 184),
        "blue": tinted & _hue(h, 176, 270),
        "purple": tinted & _hue(h, 242, 332),
        "pink": (s >= 0.1) & (v >= 0.45) & _hue(h, 290, 25),
        "brown": (s >= 0.2) & (v >= 0.1) & (v <= 0.75) & _hue(h, 0, 52),
        "black": v < 0.3,
        "white": (s < 0.25) & (v > 0.6),
        "grey": (s < 0.28) & (v > 0.13) & (v < 0.9),
    }
    return sure, {name: perhaps[name] | sure[name] for name in COLOURS}


def _hue(values: Values, low: float, high: float) -> BoolArray:
    """Hues from low to high in degrees, over 0 where low is above high."""
    above, below = values >= low, values <= high
    return above & below if low <= high else above | below
