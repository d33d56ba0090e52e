"""Colour names from pixels: the eleven basic terms of English and a few more, as memberships over CIELAB.

The terms are those of Berlin and Kay (1969). Membership is soft in lightness, chroma and hue, so that a pixel between
two colours belongs to both; it is computed once for every 8th level of each channel and looked up after that.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

TERMS = (
    "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "beige", "black", "grey", "white",
)  # fmt: skip
PARTS = {
    "navy": ("blue", "black"),
}
"""Names that are between terms."""
NEIGHBOURS = {
    "cyan": {"green": 0.5, "blue": 0.7},
    "green": {"cyan": 0.7},
    "blue": {"cyan": 0.7},
    "beige": {"white": 0.3, "brown": 0.5, "yellow": 0.4},
    "brown": {"beige": 0.3},
    "white": {"beige": 0.3},
    "yellow": {"beige": 0.3},
}
HABITS = tuple(product((-10.0, 0.0, 10.0), (-15.0, 0.0, 15.0), (0.6, 1.0, 1.5)))
"""Other light and other habits of naming: shifts of hue in degrees and of lightness, and factors of chroma."""
CONFUSED = {
    "white": {"grey": 0.6},
    "pink": {"purple": 0.5},
    "brown": {"orange": 0.5, "yellow": 0.4, "beige": 0.6},
    "beige": {"yellow": 0.5},
}
"""How far a term is used loosely for what is another by any light: white in the shade, brown for cardboard."""
LEVELS = 32
FloatArray = NDArray[np.float32]


def color_shares(pixels: NDArray[np.uint8], loosely: bool = False) -> FloatArray:
    """Share of each of `TERMS` in some pixels.

    Args:
        pixels: uint8 RGB [N, 3], N > 0.
        loosely: what somebody might call so, by `HABITS`; a pixel then belongs to several terms.

    Returns:
        float32 [13], sum 1, or more with `loosely`.
    """
    level = pixels.astype(np.intp) * LEVELS // 256
    index = (level[:, 0] * LEVELS + level[:, 1]) * LEVELS + level[:, 2]
    return np.asarray(_table(loosely)[index].mean(axis=0), dtype=np.float32)


def named(shares: FloatArray, name: str) -> float:
    """How much of an object is of a colour, 0..1: its term's share and what its neighbours lend."""
    if name in PARTS:
        return float(min(1.0, sum(shares[TERMS.index(part)] for part in PARTS[name])))
    lent = sum(weight * float(shares[TERMS.index(other)]) for other, weight in NEIGHBOURS.get(name, {}).items())
    return min(1.0, float(shares[TERMS.index(name)]) + lent)


def loosely_named(shares: FloatArray, loose: FloatArray, name: str) -> float:
    """How much of an object somebody might call by a term, 0..1, from both kinds of `color_shares`."""
    lent = sum(weight * float(shares[TERMS.index(other)]) for other, weight in CONFUSED.get(name, {}).items())
    return min(1.0, float(loose[TERMS.index(name)]) + lent)


@lru_cache(maxsize=2)
def _table(loosely: bool = False) -> FloatArray:
    """float32 [LEVELS ** 3, 13]: memberships of the middle of each cell."""
    steps = ((np.arange(LEVELS) + 0.5) * 256 / LEVELS).astype(np.float32) / np.float32(255)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(1, -1, 3)
    lab = cv2.cvtColor(np.ascontiguousarray(grid), cv2.COLOR_RGB2LAB)[0].astype(np.float64)
    light, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    found = np.zeros((len(light), len(TERMS)))
    for turned, brighter, purer in HABITS if loosely else ((0.0, 0.0, 1.0),):
        weights = memberships(light + brighter, chroma * purer, (hue + turned) % 360)
        found = np.maximum(found, weights / weights.sum(axis=1, keepdims=True))
    return found.astype(np.float32)


def memberships(
    light: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64 [N, 13] from lightness 0..100, chroma, and hue in degrees; not normalised."""
    colored = _rise(chroma, 9 + 5 * _fall(light, 25, 6), 2.5)
    dark = _fall(light, 16, 4) * _fall(chroma, 28, 6)
    colored = colored * (1 - dark)
    plain = 1 - colored
    arc = {
        "red": _arc(hue, 2, 50), "orange": _arc(hue, 50, 78), "yellow": _arc(hue, 78, 112),
        "green": _arc(hue, 112, 180), "cyan": _arc(hue, 180, 228), "blue": _arc(hue, 228, 306),
        "purple": _arc(hue, 306, 342), "rose": _arc(hue, 342, 362),
    }  # fmt: skip
    pale = _fall(chroma, 26, 5)
    brownish = _fall(light, 54, 7) * (0.4 + 0.6 * _fall(chroma, 62, 8))
    sandy = pale * _rise(light, 62, 6)
    bright = _rise(light, 60, 6)
    deep = _fall(light, 60, 6)
    warm = arc["orange"] + arc["yellow"]
    red_brown = arc["red"] * _fall(light, 46, 6) * _fall(chroma, 40, 6) * _rise(hue % 360, 20, 8)
    out = {
        "red": arc["red"] * (1 - bright * _fall(chroma, 62, 8)) - red_brown + 0.5 * arc["rose"] * deep,
        "orange": arc["orange"] * (1 - brownish) * (1 - sandy) * (1 - pale * deep),
        "yellow": arc["yellow"] * (1 - sandy) * (1 - 0.9 * _fall(light, 48, 7)),
        "green": arc["green"] + 0.5 * arc["yellow"] * _fall(light, 48, 7) * _rise(hue, 95, 6),
        "cyan": arc["cyan"],
        "blue": arc["blue"],
        "purple": arc["purple"] * (1 - 0.75 * _rise(light, 62, 6)) + 0.3 * arc["rose"] * deep,
        "pink": arc["rose"] * (0.3 + 0.7 * bright) + arc["purple"] * 0.75 * _rise(light, 62, 6)
        + arc["red"] * bright * _fall(chroma, 62, 8) * (1 - 0.6 * arc["orange"]),
        "brown": arc["orange"] * np.maximum(brownish, pale * deep) + red_brown
        + arc["yellow"] * _fall(light, 48, 7) * (0.4 + 0.6 * _fall(hue, 95, 6)),
        "beige": warm * sandy,
    }  # fmt: skip
    columns = [colored * np.clip(out[term], 0, None) for term in TERMS[:10]]
    black, white = _fall(light, 24, 4), _rise(light, 78, 4)
    columns += [plain * black + 1e-4, plain * (1 - black) * (1 - white), plain * white]
    return np.stack(columns, axis=1)


def _rise(value: NDArray[np.float64], middle: float | NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """From 0 to 1 as the value passes the middle."""
    return np.asarray(1 / (1 + np.exp(-np.clip((value - middle) / width * 2, -60, 60))))


def _fall(value: NDArray[np.float64], middle: float | NDArray[np.float64], width: float) -> NDArray[np.float64]:
    return 1 - _rise(value, middle, width)


def _arc(hue: NDArray[np.float64], start: float, end: float, width: float = 6.0) -> NDArray[np.float64]:
    """1 inside an arc of hues, soft at both ends."""
    middle, half = (start + end) / 2, (end - start) / 2
    apart = np.abs((hue - middle + 180) % 360 - 180)
    return _fall(apart, half, width)
