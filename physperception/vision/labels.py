"""Text labels on pictures: placed so that they do not cover each other, with readable text on a filled background."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from physperception.scene import Box

Picture = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
OVERLAP_COST, BUSY_COST, GOOD_COST = 100.0, 2.0, 0.1
EQUAL_CONTRAST = 0.179
"""Luminance on which black and white text have the same contrast (WCAG 2.1)."""


@dataclass(frozen=True)
class Label:
    """Lines of text for the object in `anchor`, on a background of `colour` (RGB)."""

    lines: tuple[str, ...]
    colour: tuple[int, int, int]
    anchor: Box


def draw_labels(out: Picture, labels: Sequence[Label], font_px: int, busy: BoolArray | None = None) -> None:
    """Draw labels into a uint8 RGB [H, W, 3] picture; the first ones choose their places first.

    A label goes beside its object or to a free place near it, where it covers no other label and as little as may be of
    what `busy` (bool [h, w], any coarser size than the picture) marks. One that ends up away from its object is tied to
    it by a line.
    """
    texts = [_text_block(label.lines, font_px) for label in labels]
    sizes = [(text.shape[1], text.shape[0]) for text in texts]
    places = place([label.anchor for label in labels], sizes, (out.shape[1], out.shape[0]), busy)
    for label, (width, height), (x, y) in zip(labels, sizes, places):
        _draw_leader(out, label, Box(x, y, x + width, y + height), font_px)
    for label, text, (x, y) in zip(labels, texts, places):
        _draw_text(out, text, x, y, label.colour)


def place(
    anchors: Sequence[Box],
    sizes: Sequence[tuple[int, int]],
    image_size: tuple[int, int],
    busy: BoolArray | None = None,
) -> list[tuple[int, int]]:
    """Top-left corners for labels of these sizes, inside the image where they fit.

    Args:
        anchors: box of the object each label belongs to.
        sizes: (width, height) of each label in pixels.
        image_size: (width, height) of the image.
        busy: bool [h, w], where labels had better not be, on a coarse grid over the image.

    Returns:
        (x, y) of each label. No two overlap unless there is no free place left for the later one.
    """
    sums = _Sums(np.zeros((1, 1), dtype=np.bool_) if busy is None else busy, image_size)
    taken = np.zeros((0, 4), dtype=np.int64)
    found = []
    for anchor, size in zip(anchors, sizes):
        corners = _beside(anchor, size, image_size)
        cost = _cost(corners, anchor, size, taken, sums)
        if cost.min() > GOOD_COST:
            grid = _grid(size, image_size)
            corners = np.concatenate([corners, grid])
            cost = np.concatenate([cost, _cost(grid, anchor, size, taken, sums)])
        x, y = (int(value) for value in corners[np.argmin(cost)])
        taken = np.concatenate([taken, [[x, y, x + size[0], y + size[1]]]])
        found.append((x, y))
    return found


class _Sums:
    """Sums over rectangles of a coarse map of the image, from its integral."""

    def __init__(self, busy: BoolArray, image_size: tuple[int, int]) -> None:
        self._integral = cv2.integral(busy.astype(np.uint8))
        self._scale = np.array(busy.shape[::-1] * 2) / np.array(image_size * 2)
        self._last = np.array(busy.shape[::-1] * 2)

    def fraction(self, boxes: IntArray) -> FloatArray:
        """How much of each box, int [K, 4] as x1, y1, x2, y2, is busy: float [K] in 0..1."""
        x1, y1, x2, y2 = np.clip(np.rint(boxes * self._scale).astype(np.int64), 0, self._last).T
        table = self._integral
        total = table[y2, x2] - table[y1, x2] - table[y2, x1] + table[y1, x1]
        return total / np.maximum((x2 - x1) * (y2 - y1), 1)


def _cost(corners: IntArray, anchor: Box, size: tuple[int, int], taken: IntArray, sums: _Sums) -> FloatArray:
    """How bad each place for a label is, float [K]: what it covers, and how many label diagonals it is from its object.

    Args:
        corners: int [K, 2].
        taken: boxes of the labels placed before, int [N, 4].
    """
    boxes = np.concatenate([corners, corners + np.array(size)], axis=1)
    shared = np.minimum(boxes[:, None, 2:], taken[None, :, 2:]) - np.maximum(boxes[:, None, :2], taken[None, :, :2])
    covered = np.clip(shared, 0, None).prod(axis=2).sum(axis=1) / (size[0] * size[1])
    across = np.maximum(np.maximum(boxes[:, 0] - anchor.x2, anchor.x1 - boxes[:, 2]), 0)
    down = np.maximum(np.maximum(boxes[:, 1] - anchor.y2, anchor.y1 - boxes[:, 3]), 0)
    return OVERLAP_COST * covered + BUSY_COST * sums.fraction(boxes) + np.hypot(across, down) / np.hypot(*size)


def _beside(anchor: Box, size: tuple[int, int], image_size: tuple[int, int]) -> IntArray:
    """Corners around and in an object's box, kept inside the image, int [K, 2]; earlier ones win ties."""
    width, height = size
    x1, y1, x2, y2 = (round(value) for value in anchor.xyxy)
    corners = [
        *((x, y1 - height) for x in (x1, x2 - width, (x1 + x2 - width) // 2)),
        *((x, y2) for x in (x1, x2 - width)),
        *((x, y) for y in (y1, y2 - height) for x in (x2, x1 - width)),
        (x1, y1),
    ]
    return np.clip(np.array(corners), 0, np.maximum(np.array(image_size) - size, 0))


def _grid(size: tuple[int, int], image_size: tuple[int, int]) -> IntArray:
    """Corners all over the image, less than a label apart; int [K, 2]."""
    room = np.maximum(np.array(image_size) - size, 0)
    xs = np.append(np.arange(0, room[0], max(size[0] // 3, 1)), room[0])
    ys = np.append(np.arange(0, room[1], max(size[1] // 2, 1)), room[1])
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


def _draw_leader(out: Picture, label: Label, box: Box, font_px: int) -> None:
    """A line from a label that is away from its object to the nearest point of the object's box."""
    anchor = label.anchor
    end = (_nearest(box.center[0], anchor.x1, anchor.x2), _nearest(box.center[1], anchor.y1, anchor.y2))
    start = (_nearest(end[0], box.x1, box.x2), _nearest(end[1], box.y1, box.y2))
    if math.dist(start, end) > font_px / 2:
        cv2.line(out, start, end, label.colour, max(font_px // 6, 1), cv2.LINE_AA)


def _nearest(value: float, lower: float, upper: float) -> int:
    return round(min(max(value, lower), upper))


def _draw_text(out: Picture, text: Picture, x: int, y: int, colour: tuple[int, int, int]) -> None:
    """Text, uint8 [h, w] of opacities, on a filled background; what is beyond the picture is cut off."""
    region = out[y : y + text.shape[0], x : x + text.shape[1]]
    opacity = text[: region.shape[0], : region.shape[1], None].astype(np.uint16)
    ink = np.array(BLACK if _luminance(colour) > EQUAL_CONTRAST else WHITE, dtype=np.uint16)
    region[:] = (opacity * ink + (255 - opacity) * np.array(colour, dtype=np.uint16)) // 255


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance 0..1 of an sRGB colour (its gamma taken as 2.2)."""
    red, green, blue = ((channel / 255) ** 2.2 for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _text_block(lines: Sequence[str], font_px: int) -> Picture:
    """Opacity of lines of text with a margin, uint8 [h, w]."""
    margin = max(font_px // 5, 2)
    rows = [_text_line(line, font_px) for line in lines]
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (margin, width - row.shape[1] + margin))) for row in rows]
    return np.pad(np.concatenate(padded), ((margin // 2, margin // 2), (0, 0)))


def _text_line(line: str, font_px: int) -> Picture:
    return np.concatenate([_glyph(character, font_px) for character in line], axis=1)


@lru_cache(maxsize=2048)
def _glyph(character: str, font_px: int) -> Picture:
    """Opacity of one character on the font's line, uint8 [line height, advance]."""
    font = ImageFont.load_default(font_px)
    ascent, descent = font.getmetrics()  # type: ignore[union-attr]
    advance = max(round(font.getlength(character)), font_px // 3 if character == " " else 1)
    bitmap, (left, top) = font.getmask2(character, mode="L", anchor="ls")  # type: ignore[union-attr]
    out = np.zeros((ascent + descent, advance), dtype=np.uint8)
    if bitmap.size[0] and bitmap.size[1]:
        glyph = np.array(bitmap, dtype=np.uint8).reshape(bitmap.size[::-1])
        _paste(out, glyph, left, ascent + top)
    return out


def _paste(out: Picture, glyph: Picture, x: int, y: int) -> None:
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + glyph.shape[1], out.shape[1]), min(y + glyph.shape[0], out.shape[0])
    if left < right and top < bottom:
        out[top:bottom, left:right] = glyph[top - y : bottom - y, left - x : right - x]
