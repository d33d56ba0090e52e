"""Small painted scenes for tests of grounding: flat figures on a grey table, with true masks and order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.scene import Box, Instance, Mask, Scene

SIZE = (320, 240)
COLORS = {
    "red": (200, 30, 30),
    "green": (30, 150, 50),
    "blue": (30, 70, 200),
    "yellow": (230, 210, 40),
    "white": (240, 240, 240),
    "black": (15, 15, 15),
    "purple": (120, 40, 160),
    "orange": (240, 130, 30),
    "brown": (110, 70, 35),
    "pink": (245, 160, 185),
}


@dataclass(frozen=True)
class Figure:
    """A thing of a painted scene; later ones are in front."""

    id: str
    category: str
    color: str
    box: tuple[int, int, int, int]
    round: bool = False
    stripe: str = ""


THREE_CUPS = (
    Figure("redcup", "cup", "red", (20, 60, 50, 100)),
    Figure("bluecup", "cup", "blue", (120, 60, 150, 100)),
    Figure("greencup", "cup", "green", (250, 50, 285, 105)),
    Figure("ball", "ball", "yellow", (70, 150, 110, 190), round=True),
    Figure("book", "book", "brown", (170, 150, 240, 200)),
    Figure("box", "box", "white", (200, 120, 250, 170)),
    Figure("bottle", "bottle", "black", (285, 130, 305, 220)),
)
"""Three cups in a row; a ball; a box hides a corner of a book; a tall bottle on the right."""


def paint(figures: Sequence[Figure], size: tuple[int, int] = SIZE) -> tuple[NDArray[np.uint8], Scene]:
    """The image, uint8 RGB, and the scene with exact visible and amodal masks and who hides whom."""
    width, height = size
    image = np.full((height, width, 3), 150, dtype=np.uint8)
    whole = [_cover(figure, size) for figure in figures]
    for figure, cover in zip(figures, whole):
        image[cover] = COLORS[figure.color]
        if figure.stripe:
            bands = (np.arange(width) // 4 % 2 == 0)[None] & cover
            image[bands] = COLORS[figure.stripe]
    visible = [cover.copy() for cover in whole]
    for back in range(len(figures)):
        for front in range(back + 1, len(figures)):
            visible[back] &= ~whole[front]
    hides = [[bool((whole[b] & visible[a]).any()) and a > b for b in range(len(figures))] for a in range(len(figures))]
    instances = tuple(
        _instance(figure, visible[i], whole[i], figures, [row[i] for row in hides], hides[i])
        for i, figure in enumerate(figures)
    )
    return image, Scene(width=width, height=height, instances=instances)


def _cover(figure: Figure, size: tuple[int, int]) -> NDArray[np.bool_]:
    x1, y1, x2, y2 = figure.box
    canvas = np.zeros((size[1], size[0]), dtype=np.uint8)
    if figure.round:
        center, axes = ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2)
        cv2.ellipse(canvas, center, axes, 0, 0, 360, 1, -1)
    else:
        canvas[y1:y2, x1:x2] = 1
    return canvas.astype(np.bool_)


def _instance(
    figure: Figure,
    visible: NDArray[np.bool_],
    whole: NDArray[np.bool_],
    figures: Sequence[Figure],
    hidden_by: Sequence[bool],
    hides: Sequence[bool],
) -> Instance:
    seen, full = Mask.from_full(visible), Mask.from_full(whole)
    return Instance(
        id=figure.id,
        class_id=figure.category,
        score=0.9,
        visible_box=Box(*seen.extent.xyxy),
        visible_mask=seen,
        amodal_box=full.extent,
        amodal_mask=full,
        occluder_ids=tuple(other.id for other, yes in zip(figures, hidden_by) if yes),
        occludee_ids=tuple(other.id for other, yes in zip(figures, hides) if yes),
    )
