"""What rests on what, from the geometry of masks: a small trained network over numbers of pairs that meet."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded.measures import SceneMeasures, whole_mask
from physperception.scene import Mask
from physperception.weights import read_weights, weights_path

WEIGHTS = "support.safetensors"
FEATURES = 15
CLOSE_PX = 4.0
FOOT_COLUMNS = 24
FloatArray = NDArray[np.float64]


def support_scores(measures: SceneMeasures, gaps: FloatArray) -> FloatArray:
    """float64 [N, N]: probability that [a, b], a is carried by b; 0 for objects that don't meet.

    Args:
        gaps: [N, N] distances in pixels between the boxes of what is seen.
    """
    found = np.zeros((len(measures), len(measures)))
    pairs = close_pairs(gaps)
    if len(pairs):
        found[tuple(np.array(pairs).T)] = _probabilities(pair_features(measures, pairs))
    return found


def close_pairs(gaps: FloatArray) -> list[tuple[int, int]]:
    """Ordered pairs of objects at most 4 pixels apart."""
    return [(int(a), int(b)) for a, b in np.argwhere(gaps <= CLOSE_PX) if a != b]


def pair_features(measures: SceneMeasures, pairs: list[tuple[int, int]]) -> FloatArray:
    """float64 [P, 15]: order, how much of a's lower edge lies on b, and how their boxes lie to each other."""
    masks = [whole_mask(instance) for instance in measures.scene.instances]
    feet = [_foot(instance.visible_mask) for instance in measures.scene.instances]
    return np.array([_features(measures, masks, feet, a, b) for a, b in pairs], dtype=np.float64).reshape(-1, FEATURES)


def _features(
    measures: SceneMeasures, masks: list[Mask], feet: list[NDArray[np.int64]], a: int, b: int
) -> tuple[float, ...]:
    (ax1, ay1, ax2, ay2), (bx1, by1, bx2, by2) = measures.boxes[a], measures.boxes[b]
    (aw, ah), (bw, bh) = measures.sizes[a], measures.sizes[b]
    size = (ah + bh) / 2
    shared = max(min(ax2, bx2) - max(ax1, bx1), 0.0)
    below = float(measures.occludes[b, a])
    above = float(measures.occludes[a, b])
    overlap = masks[a].intersection_area(masks[b]) if below or above else 0
    middle = min(max(float(measures.centers[a, 0]), bx1), bx2)
    aside = abs(float(measures.centers[a, 0]) - middle) / aw
    held, held_seen = (_held(feet[a], mask) for mask in (masks[b], measures.scene.instances[b].visible_mask))
    return (
        above,
        below,
        held,
        held_seen,
        float(np.clip((measures.centers[b, 1] - measures.centers[a, 1]) / size, -2, 2)),
        float(np.clip((by2 - ay2) / size, -2, 2)),
        float(np.clip((by1 - ay1) / size, -2, 2)),
        shared / aw,
        shared / bw,
        float(np.clip(np.log(measures.areas[a] / measures.areas[b]), -3, 3)),
        overlap / float(measures.areas[a]),
        overlap / float(measures.areas[b]),
        aside,
        float(measures.hidden[a]),
        float(measures.hidden[b]),
    )


def _held(foot: NDArray[np.int64], mask: Mask) -> float:
    """Share of the pixels below an object's lower edge that are on a mask."""
    rows, columns = foot[:, 1] - mask.y, foot[:, 0] - mask.x
    inside = (rows >= 0) & (rows < mask.height) & (columns >= 0) & (columns < mask.width)
    return float(mask.data[rows[inside], columns[inside]].sum()) / max(len(foot), 1)


def _foot(mask: Mask) -> NDArray[np.int64]:
    """[n, 2] pixels just below the lower edge of what is seen of an object, where it reaches far down."""
    columns = np.flatnonzero(mask.data.any(axis=0))
    if not len(columns):
        return np.zeros((0, 2), dtype=np.int64)
    lowest = mask.height - 1 - mask.data[::-1].argmax(axis=0)
    kept = columns[lowest[columns] >= np.quantile(lowest[columns], 0.4)]
    kept = kept[np.linspace(0, len(kept) - 1, min(len(kept), FOOT_COLUMNS)).astype(np.intp)]
    return np.stack([kept + mask.x, lowest[kept] + mask.y + 2], axis=1).astype(np.int64)


def _probabilities(features: FloatArray) -> FloatArray:
    """float64 [P] by the shipped network; without it, by how much of the lower edge is held."""
    weights = _weights()
    if weights is None:
        return np.asarray(features[:, 2] * (features[:, 4] > 0))
    hidden = features
    for layer in (0, 2):
        hidden = np.maximum(hidden @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"], 0)
    logits = (hidden @ weights["4.weight"].T + weights["4.bias"])[:, 0]
    return np.asarray(1 / (1 + np.exp(-logits)))


@lru_cache(maxsize=1)
def _weights() -> dict[str, FloatArray] | None:
    try:
        return {name: value.double().numpy() for name, value in read_weights(weights_path(WEIGHTS)).items()}
    except ModelUnavailable:
        return None
