"""Which of two images of a scene shows a thing at rest where they differ, and which shows what is behind it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.frames import ImageArray
from physperception.physics.measuring.shading import shadow_parts, shadow_pixels
from physperception.scene import BoolArray

LEAST_AREA = 12
DECISIVE = 1.5
OVERLAP_FRACTION = 0.1
GROUP_GAP = 9
ITERATIONS = 4
KERNEL = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Resting:
    """Pixels that a thing covers in the first and in the last image, bool [H, W] each."""

    first: BoolArray
    last: BoolArray


def resting_regions(first: ImageArray, last: ImageArray, noise: float, *, growing: bool = False) -> Resting:
    """Find what is there in one of two images, or in both at overlapping places.

    A thing has an edge along its outline in the image that shows it; what it leaves behind has none there. Where a
    region has edges of both images, the places of one thing overlap, and the two images are cut apart together by
    their colours (GrabCut: Rother et al. 2004), with the surroundings as known background.

    Args:
        first, last: uint8 RGB [H, W, 3].
        noise: of a channel, grey levels.
        growing: whether a thing may be in both images with outlines that don't touch, as a spreading liquid.
    """
    found = Resting(np.zeros(first.shape[:2], dtype=np.bool_), np.zeros(first.shape[:2], dtype=np.bool_))
    regions = _opened(changed_pixels(first, last, noise))
    shades = shadow_pixels(first, last, noise), shadow_pixels(last, first, noise)
    edges = _edges(first), _edges(last)
    unclear = np.zeros_like(regions)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(regions, connectivity=8)
    for index in range(1, count):
        if stats[index, cv2.CC_STAT_AREA] < LEAST_AREA:
            continue
        region = _filled(_without_shades(labels == index, shades, (first, last), noise, found))
        outline = cv2.morphologyEx(region, cv2.MORPH_GRADIENT, KERNEL) > 0
        if not outline.any():
            continue
        strength = [float(edge[outline].mean()) + 1e-6 for edge in edges]
        if max(strength) < DECISIVE * min(strength):
            unclear |= region
        elif strength[0] > strength[1]:
            _add(found.first, found.last, region, (first, last), growing)
        else:
            _add(found.last, found.first, region, (last, first), growing)
    _add_unclear(found, unclear, first, last)
    return found


def _without_shades(
    region: BoolArray,
    shades: tuple[BoolArray, BoolArray],
    images: tuple[ImageArray, ImageArray],
    noise: float,
    found: Resting,
) -> NDArray[np.uint8]:
    """What of a region is no shadow, uint8 0/1 [H, W]; shadows are noted as things of the image that has them."""
    left = region.copy()
    x, y, width, height = cv2.boundingRect(region.astype(np.uint8))
    crop = np.s_[max(y - 6, 0) : y + height + 6, max(x - 6, 0) : x + width + 6]
    for darker, shown in ((0, found.first), (1, found.last)):
        dark, bright = images[darker][crop], images[1 - darker][crop]
        parts = shadow_parts(dark, bright, region[crop], noise, shades[darker][crop])
        shown[crop] |= parts
        left[crop] &= ~parts
    closed = cv2.morphologyEx(_opened(left), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray((closed > 0) & region, dtype=np.uint8)


def changed_pixels(image: ImageArray, other: ImageArray, noise: float) -> BoolArray:
    """Where two images differ by more than noise does: bool [H, W]."""
    difference = cv2.transform(cv2.absdiff(image, other), np.ones((1, 3), dtype=np.float32))
    return np.asarray(cv2.blur(difference, (3, 3)) > 7.0 * noise + 4.0)


def shows_outline(image: ImageArray, other: ImageArray, region: NDArray[np.uint8]) -> bool:
    """Whether `image` clearly has more of an edge along a region's outline than `other`.

    Args:
        image, other: uint8 RGB [h, w, 3].
        region: uint8 0/1 [h, w].
    """
    outline = cv2.morphologyEx(region, cv2.MORPH_GRADIENT, KERNEL) > 0
    strength = [float(edges[outline].mean()) + 1e-6 for edges in (_edges(image), _edges(other))]
    return strength[0] > DECISIVE * strength[1]


def _add(
    shown: BoolArray, hidden: BoolArray, region: NDArray[np.uint8], pair: tuple[ImageArray, ImageArray], growing: bool
) -> None:
    """Note a region that a thing covers in the first of the pair; a growing one may cover a part of it in the other."""
    shown |= region > 0
    hidden &= region == 0
    if growing:
        inside, part = _cut(region, *pair, sure=True)
        if part.sum() > OVERLAP_FRACTION * inside:
            hidden |= part


def _add_unclear(found: Resting, unclear: NDArray[np.uint8], first: ImageArray, last: ImageArray) -> None:
    """Note regions in which both images show parts of outlines; those near each other are strips of one thing."""
    near = cv2.dilate(unclear, np.ones((2 * GROUP_GAP + 1, 2 * GROUP_GAP + 1), np.uint8))
    count, labels = cv2.connectedComponents(near)
    for index in range(1, count):
        group = unclear & (labels == index).astype(np.uint8)
        points = cv2.findNonZero(group)
        region = np.zeros_like(group)
        cv2.fillConvexPoly(region, cv2.convexHull(points), 1)
        _, in_last = _cut(region, first, last, sure=False)
        _, in_first = _cut(region, last, first, sure=False)
        found.first[in_first] = True
        found.last[in_last] = True


def _cut(region: NDArray[np.uint8], image: ImageArray, other: ImageArray, *, sure: bool) -> tuple[int, BoolArray]:
    """Pixels of the region where `other` shows the thing, by colours learnt from both images side by side.

    Args:
        region: uint8 0/1 [H, W].
        sure: whether the thing fills the region in `image`.

    Returns:
        The region's area, and bool [H, W].
    """
    x, y, width, height = cv2.boundingRect(region)
    margin = max(8, min(max(width, height) // 2, 40))
    area = np.s_[max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin]
    inside = region[area]
    near = cv2.dilate(inside, KERNEL)
    outside = np.where(near > 0, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    left = np.where(inside > 0, cv2.GC_FGD if sure else cv2.GC_PR_FGD, outside).astype(np.uint8)
    right = np.where(inside > 0, cv2.GC_PR_BGD if sure else cv2.GC_PR_FGD, outside).astype(np.uint8)
    pair = np.ascontiguousarray(np.concatenate((image[area], other[area]), axis=1))
    marks = np.ascontiguousarray(np.concatenate((left, right), axis=1))
    out = np.zeros(region.shape, dtype=np.bool_)
    if (marks == cv2.GC_BGD).sum() >= 10:
        cv2.grabCut(pair, marks, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), ITERATIONS, cv2.GC_INIT_WITH_MASK)
        cut = (marks[:, inside.shape[1] :] == cv2.GC_PR_FGD).astype(np.uint8)
        out[area] = cv2.morphologyEx(cut, cv2.MORPH_OPEN, KERNEL) > 0
    return int(inside.sum()), out & (region > 0)


def _edges(image: ImageArray) -> NDArray[np.float32]:
    """Gradient magnitude summed over channels: float32 [H, W]."""
    smooth = cv2.GaussianBlur(image, (3, 3), 0).astype(np.float32)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across.sum(axis=2), down.sum(axis=2)), dtype=np.float32)


def _filled(region: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The region with its holes."""
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros_like(region)
    cv2.drawContours(out, outlines, -1, 1, cv2.FILLED)
    return out


def _opened(region: BoolArray) -> NDArray[np.uint8]:
    """Without specks and threads: uint8 0/1 [H, W]."""
    return np.asarray(cv2.morphologyEx(region.astype(np.uint8), cv2.MORPH_OPEN, KERNEL), dtype=np.uint8)
