"""From part masks in a box to masks in the image, and to which object hides which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.scene import Mask

LEAST_CONTACT_PX = 12


@dataclass(frozen=True)
class Layer:
    """A predicted mask within its box, before thresholding.

    Attributes:
        x, y: image position of the first pixel.
        probabilities: float32 [h, w] of 0..1, the part of the box inside the image.
    """

    x: int
    y: int
    probabilities: NDArray[np.float32]

    def mask(self, threshold: float) -> Mask:
        """Pixels of at least this probability."""
        return Mask(self.x, self.y, self.probabilities >= threshold).tight()

    def mean_over(self, pixels: Mask) -> float:
        """Mean probability over the pixels of a mask inside the box; 0 when fewer than twelve are."""
        height, width = self.probabilities.shape
        chosen = self.probabilities[pixels.window(self.x, self.y, width, height)]
        return float(chosen.mean()) if chosen.size >= LEAST_CONTACT_PX else 0.0


@dataclass(frozen=True)
class LayeredObject:
    """The three layers of one object: its own visible pixels, and where others hide it or are hidden by it."""

    target: Mask
    occluder: Layer
    occludee: Layer


def paste(probabilities: NDArray[np.float32], box: NDArray[np.float64], size: tuple[int, int]) -> Layer:
    """A mask predicted on a grid inside a box, as probabilities of the image's pixels.

    Args:
        probabilities: float32 [S, S] of 0..1, cell centres spread evenly over the box.
        box: x1, y1, x2, y2 in image pixels.
        size: width and height of the image.

    Returns:
        The bilinear probability at the centre of every pixel the box touches.
    """
    left, top = (int(np.clip(np.floor(box[axis]), 0, size[axis])) for axis in (0, 1))
    right, bottom = (int(np.clip(np.ceil(box[axis + 2]), 0, size[axis])) for axis in (0, 1))
    if right <= left or bottom <= top or box[2] <= box[0] or box[3] <= box[1]:
        return Layer(0, 0, np.zeros((0, 0), dtype=np.float32))
    cells = probabilities.shape[0]
    scale_x, scale_y = cells / (box[2] - box[0]), cells / (box[3] - box[1])
    matrix = np.array(
        [
            [scale_x, 0, (left + 0.5 - box[0]) * scale_x - 0.5],
            [0, scale_y, (top + 0.5 - box[1]) * scale_y - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    values = cv2.warpAffine(
        probabilities, matrix, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return Layer(left, top, values.astype(np.float32, copy=False))


def disjoint_masks(
    targets: Sequence[Layer], scores: Sequence[float], size: tuple[int, int], threshold: float
) -> list[Mask]:
    """Visible masks that share no pixel: one that several objects claim goes to the highest probability x score.

    Args:
        targets: the target layer of each object.
        scores: of the objects, so that a doubtful one takes nothing from a sure one.
        size: width and height of the image.
        threshold: least probability of a pixel.
    """
    best = np.zeros((size[1], size[0]), dtype=np.float32)
    owner = np.full((size[1], size[0]), -1, dtype=np.int32)
    for index, (layer, score) in enumerate(zip(targets, scores)):
        claim = layer.probabilities * np.float32(score)
        region = _region(layer)
        won = (layer.probabilities >= threshold) & (claim > best[region])
        best[region][won] = claim[won]
        owner[region][won] = index
    return [Mask(layer.x, layer.y, owner[_region(layer)] == index).tight() for index, layer in enumerate(targets)]


def occlusion_pairs(objects: Sequence[LayeredObject], threshold: float) -> list[tuple[int, int]]:
    """Pairs (front, back) of indices: which object hides a part of which.

    The part layers say where something hides or is hidden, not what. `front` hides `back` when two probabilities
    are on average at least `threshold`, and more than the other way round: that of the occluder layer of `back`
    over the pixels of `front`, and that of the occludee layer of `front` over the pixels of `back`.
    """
    pairs = []
    for first in range(len(objects)):
        for second in range(first + 1, len(objects)):
            forward = _agreement(objects[first], objects[second])
            backward = _agreement(objects[second], objects[first])
            if max(forward, backward) >= threshold and forward != backward:
                pairs.append((first, second) if forward > backward else (second, first))
    return pairs


def _agreement(front: LayeredObject, back: LayeredObject) -> float:
    claimed_in_front = back.occluder.mean_over(front.target.minus(back.target))
    claimed_behind = front.occludee.mean_over(back.target.minus(front.target))
    return (claimed_in_front + claimed_behind) / 2


def _region(layer: Layer) -> tuple[slice, slice]:
    height, width = layer.probabilities.shape
    return slice(layer.y, layer.y + height), slice(layer.x, layer.x + width)
