"""Who occludes whom, worked out from visible masks, completed masks and depth (thesis 000, 2.4.1 to 2.4.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.coco import DatasetError
from physperception.errors import ConfigError
from physperception.scene import BoolArray, Mask

Completer = Callable[[NDArray[np.uint8], list[Mask]], list[Mask]]

SPLITS = ("none", "occluded", "separated")
DEPTH_AT = ("object", "border")
BORDER_PX = 8
SPECK_PX = 16
SPECK_FRACTION = 0.02


@dataclass(frozen=True)
class ReasoningConfig:
    """How occlusion is inferred.

    Attributes:
        dilation_px: visible masks grow by this before they are completed and when neighbours are looked for (there by
            1 at least), to close the gaps between hand-drawn masks; 0 to 20.
        min_overlap_px: least part of an object's completed mask that a neighbour must cover to be its occluder, as in
            the generated scenes; 1 and more. 1 is the thesis' rule.
        depth_at: where the depths of a pair are averaged: "object", over all visible pixels of each (the thesis), or
            "border", over those within 8 px of the other. A large object may be nearer on the whole than what stands
            before one part of it, so "border" keeps more pairs that are right (docs/datasets.md).

    Raises:
        ConfigError: a value is out of bounds.
    """

    dilation_px: int = 2
    min_overlap_px: int = 8
    depth_at: str = "border"

    def __post_init__(self) -> None:
        if not 0 <= self.dilation_px <= 20:
            raise ConfigError(f"dilation_px must be in 0..20, got {self.dilation_px}")
        if self.min_overlap_px < 1:
            raise ConfigError(f"min_overlap_px must be 1 or more, got {self.min_overlap_px}")
        if self.depth_at not in DEPTH_AT:
            raise ConfigError(f"depth_at must be one of {', '.join(DEPTH_AT)}, got {self.depth_at!r}")


@dataclass(frozen=True)
class PseudoLabels:
    """What was inferred for the N objects of one image.

    Attributes:
        amodal: bool [N, H, W]; contain the visible masks and end at the image border.
        occludes: bool [N, N]; [a, b] says that a occludes b. Never both directions of a pair.
        verified: bool [N, N]; which of `occludes` depth has confirmed.
        splits: "separated", "occluded" or "none" for each object.
        inconsistent: pairs whose order depth contradicts; they are not in `occludes`.
    """

    amodal: BoolArray
    occludes: BoolArray
    verified: BoolArray
    splits: tuple[str, ...]
    inconsistent: int


def infer_occlusion(
    image: NDArray[np.uint8],
    visible: BoolArray,
    complete: Completer,
    depth: NDArray[np.floating] | None = None,
    config: ReasoningConfig | None = None,
) -> PseudoLabels:
    """Complete the objects of an image, and order each connected pair.

    With I_A the pixels of A's amodal mask where B is seen, and I_B the reverse, A is occluded by B when I_A > I_B
    (2.4.2). Where both have depth, A's mean must also be larger than B's, or the pair stays without an order.

    A completed mask gives up what growing alone added to it, and pixels where an object behind it is seen.

    Args:
        image: uint8 RGB [H, W, 3].
        visible: bool [N, H, W].
        complete: amodal masks for slightly grown visible ones, in the same order; gets no empty mask.
        depth: [H, W], larger is farther, in any unit; 0 and values that are not finite are unknown.

    Raises:
        DatasetError: shapes do not fit, or the completer returns another number of masks.
    """
    config = config or ReasoningConfig()
    _check(image, visible, depth)
    height, width = image.shape[:2]
    seen = [Mask.from_full(mask) for mask in visible]
    grown = [Mask.from_full(dilate(mask, config.dilation_px)) for mask in visible]
    shown = [index for index, mask in enumerate(seen) if mask.area]
    completed = complete(image, [grown[index] for index in shown]) if shown else []
    if len(completed) != len(shown):
        raise DatasetError(f"the completer returned {len(completed)} masks for {len(shown)} objects")
    whole = list(seen)
    for index, mask in zip(shown, completed):
        whole[index] = mask.clip(width, height).union(seen[index])
    near = grown if config.dilation_px else [Mask.from_full(dilate(mask, 1)) for mask in visible]
    occludes, verified, inconsistent = _order(seen, near, whole, depth, config)
    amodal = np.zeros_like(visible)
    for index, mask in enumerate(whole):
        ring = grown[index].full(width, height) & ~visible[index]
        wrong = (ring & ~visible[occludes[:, index]].any(0)) | visible[occludes[index]].any(0)
        amodal[index] = (mask.full(width, height) & ~wrong) | visible[index]
    splits = tuple(split_of(mask, bool(occludes[:, index].any())) for index, mask in enumerate(visible))
    return PseudoLabels(amodal, occludes, verified, splits, inconsistent)


def dilate(mask: BoolArray, pixels: int) -> BoolArray:
    """The mask, bool [H, W], grown by a disc of this radius."""
    if not pixels:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return cv2.dilate(mask.astype(np.uint8), disc).astype(np.bool_)


def split_of(visible: BoolArray, occluded: bool) -> str:
    """Which evaluation split an object belongs to (2.4.3).

    "separated" when its visible mask, bool [H, W], is in two or more pieces, "occluded" when it is in one and
    something is known to hide a part, else "none". Pieces under 16 pixels or 2 % of the mask are specks, not counted.
    """
    area = int(visible.sum())
    _, _, figures, _ = cv2.connectedComponentsWithStats(visible.astype(np.uint8), connectivity=8)
    least = max(SPECK_PX, SPECK_FRACTION * area)
    if int((figures[1:, cv2.CC_STAT_AREA] >= least).sum()) >= 2:
        return "separated"
    return "occluded" if occluded else "none"


def convex_hulls(image: NDArray[np.uint8], masks: list[Mask]) -> list[Mask]:
    """A completer that needs no model: the convex hull of each mask, a baseline for the others."""
    hulls = []
    for mask in masks:
        canvas = np.zeros(mask.data.shape, dtype=np.uint8)
        points = cv2.findNonZero(mask.data.astype(np.uint8))
        if points is not None:
            cv2.fillConvexPoly(canvas, cv2.convexHull(points), 1)
        hulls.append(Mask(mask.x, mask.y, canvas.astype(np.bool_)))
    return hulls


def _check(image: NDArray[np.uint8], visible: BoolArray, depth: NDArray[np.floating] | None) -> None:
    size = image.shape[:2]
    if visible.ndim != 3 or visible.shape[1:] != size:
        raise DatasetError(f"visible masks of shape {list(visible.shape)} do not fit an image of {list(size)}")
    if depth is not None and depth.shape != size:
        raise DatasetError(f"a depth image of shape {list(depth.shape)} does not fit an image of {list(size)}")


def _mean_depths(a: Mask, b: Mask, depth: NDArray[np.floating] | None, depth_at: str) -> tuple[float, float]:
    """Mean depth of each of two objects over its visible pixels, all or near the other; NaN where none is known."""
    if depth is None:
        return float("nan"), float("nan")
    return _mean_depth(a, b, depth, depth_at), _mean_depth(b, a, depth, depth_at)


def _mean_depth(mask: Mask, other: Mask, depth: NDArray[np.floating], depth_at: str) -> float:
    chosen = mask.data
    if depth_at == "border":
        x, y, width, height = mask.x - BORDER_PX, mask.y - BORDER_PX, mask.width, mask.height
        wider = other.window(x, y, width + 2 * BORDER_PX, height + 2 * BORDER_PX)
        chosen = chosen & dilate(wider, BORDER_PX)[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX]
    values = depth[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width][chosen]
    values = values[np.isfinite(values) & (values > 0)]
    return float(values.mean(dtype=np.float64)) if values.size else float("nan")


def _order(
    seen: Sequence[Mask],
    near: Sequence[Mask],
    whole: Sequence[Mask],
    depth: NDArray[np.floating] | None,
    config: ReasoningConfig,
) -> tuple[BoolArray, BoolArray, int]:
    occludes = np.zeros((len(seen), len(seen)), dtype=np.bool_)
    verified = np.zeros_like(occludes)
    inconsistent = 0
    for a, b in combinations(range(len(seen)), 2):
        if not near[a].extent.intersection(near[b].extent) or not near[a].intersection_area(near[b]):
            continue
        hidden_a, hidden_b = whole[a].intersection_area(seen[b]), whole[b].intersection_area(seen[a])
        if hidden_a == hidden_b or max(hidden_a, hidden_b) < config.min_overlap_px:
            continue
        front, back = (b, a) if hidden_a > hidden_b else (a, b)
        near_depth, far_depth = _mean_depths(seen[front], seen[back], depth, config.depth_at)
        known = not np.isnan(near_depth + far_depth)
        if known and far_depth <= near_depth:
            inconsistent += 1
            continue
        occludes[front, back] = True
        verified[front, back] = known
    return occludes, verified, inconsistent
