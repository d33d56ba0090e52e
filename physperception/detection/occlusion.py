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
class LayeredMasks:
    """The three layers of one object, in image pixels; occluder and occludee are parts of other objects."""

    target: Mask
    occluder: Mask
    occludee: Mask


def paste(
    probabilities: NDArray[np.float32], box: NDArray[np.float64], size: tuple[int, int], threshold: float
) -> Mask:
    """A mask predicted on a grid inside a box, as pixels of the image.

    Args:
        probabilities: float32 [S, S] of 0..1, cell centres spread evenly over the box.
        box: x1, y1, x2, y2 in image pixels.
        size: width and height of the image.
        threshold: a pixel is set when the bilinear probability at its centre is at least this.
    """
    left, top = (int(np.clip(np.floor(box[axis]), 0, size[axis])) for axis in (0, 1))
    right, bottom = (int(np.clip(np.ceil(box[axis + 2]), 0, size[axis])) for axis in (0, 1))
    if right <= left or bottom <= top or box[2] <= box[0] or box[3] <= box[1]:
        return Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
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
    return Mask(left, top, values >= threshold).tight()


def occlusion_pairs(objects: Sequence[LayeredMasks], threshold: float) -> list[tuple[int, int]]:
    """Pairs (front, back) of indices: which object hides a part of which.

    The part masks say where something hides or is hidden, not what. `front` hides `back` when the share of the
    front object's pixels near `back` that the occluder mask of `back` claims, and the share of the back object's
    pixels near `front` that the occludee mask of `front` claims, are on average at least `threshold`, and more
    than the other way round.
    """
    pairs = []
    for first in range(len(objects)):
        for second in range(first + 1, len(objects)):
            forward = _agreement(objects[first], objects[second])
            backward = _agreement(objects[second], objects[first])
            if max(forward, backward) >= threshold and forward != backward:
                pairs.append((first, second) if forward > backward else (second, first))
    return pairs


def _agreement(front: LayeredMasks, back: LayeredMasks) -> float:
    claims = (
        _claimed(back.occluder, front.target, back),
        _claimed(front.occludee, back.target, front),
    )
    return sum(claims) / 2


def _claimed(part: Mask, other: Mask, owner: LayeredMasks) -> float:
    """Share of the other object's pixels within the owner's layers' extent that the owner's part mask claims."""
    extent = owner.target.extent
    box = part.extent if part.area else extent
    left, top = int(min(extent.x1, box.x1)), int(min(extent.y1, box.y1))
    right, bottom = int(max(extent.x2, box.x2)), int(max(extent.y2, box.y2))
    near = int(np.count_nonzero(other.window(left, top, right - left, bottom - top)))
    return part.intersection_area(other) / near if near >= LEAST_CONTACT_PX else 0.0
