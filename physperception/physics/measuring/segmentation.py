"""Moving things in an image: what a network finds where it differs from the background."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.background import Background
from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.frames import ImageArray
from physperception.physics.measuring.network import changed_regions, probabilities
from physperception.scene import BoolArray

LEAST_AREA = 14
FADE_PX = 4
LEAST_COVERAGE = 0.03
SURE = 0.8
SOFT_NOISE = 0.1


@dataclass(frozen=True)
class Segmentation:
    """What an image shows in front of its background.

    Attributes:
        blobs: one for each thing, largest first.
        rest: bool [H, W], pixels that differ from the background and belong to no thing: shadows, reflections, and
            places that something left.
    """

    blobs: list[Blob]
    rest: BoolArray


def segment(image: ImageArray, background: Background, *, filled: bool = False, faces: bool = False) -> Segmentation:
    """Things in front of the background.

    Args:
        image: uint8 RGB [H, W, 3] of the background's size.
        filled: whether things have no holes, as a liquid that reflects light.
        faces: whether blobs carry the upper faces of blocks.

    Raises:
        ModelUnavailable: the network's weights are missing or broken.
    """
    height, width = image.shape[:2]
    thing, face = probabilities(image, background.image, background.noise, background.covered)
    solid = (thing > 0.5).astype(np.uint8)
    if filled:
        outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        solid = cv2.drawContours(np.zeros_like(solid), outlines, -1, 1, cv2.FILLED)
        thing = np.where((cv2.erode(solid, np.ones((3, 3), np.uint8)) > 0) & (thing < 0.5), 1.0, thing)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    kept = [
        index
        for index in range(1, count)
        if stats[index, cv2.CC_STAT_AREA] >= LEAST_AREA and (thing[labels == index] > SURE).mean() > 0.25
    ]
    blobs = []
    for index in kept:
        own = (labels == index).astype(np.uint8)
        near = cv2.dilate(own, np.ones((2 * FADE_PX + 1, 2 * FADE_PX + 1), np.uint8)) > 0
        free = near & ((labels == 0) | (own > 0))
        alpha = np.where(free & (thing > LEAST_COVERAGE), thing, 0.0).astype(np.float32)
        color = image[own > 0].mean(axis=0)
        blobs.append(_trimmed(alpha, face if faces else None, (width, height), color))
    things = np.isin(labels, kept).astype(np.uint8)
    changed = changed_regions(image, background.image, background.noise) > 0
    rest = changed & ~(cv2.dilate(things, np.ones((5, 5), np.uint8)) > 0)
    return Segmentation(sorted(blobs, key=lambda blob: -blob.area), np.asarray(rest))


def _trimmed(
    alpha: NDArray[np.float32],
    face: NDArray[np.float32] | None,
    size: tuple[int, int],
    color: NDArray[np.float64],
) -> Blob:
    """The blob in the smallest crop that holds it."""
    covered = alpha > 0
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    crop = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    own_face = None if face is None else np.where(covered, face, 0.0)[crop].astype(np.float32)
    return Blob(int(columns[0]), int(rows[0]), alpha[crop].copy(), size, SOFT_NOISE, color, own_face)
