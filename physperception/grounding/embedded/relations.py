"""How objects of a scene stand to each other, as soft scores 0..1 from boxes, masks and the occlusion graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.measures import SceneMeasures
from physperception.grounding.embedded.query import RelationKind
from physperception.grounding.embedded.support import support_scores

FloatArray = NDArray[np.float64]
SURE, UNLIKELY = 0.97, 0.03


def relation_scores(measures: SceneMeasures, kind: RelationKind) -> FloatArray:
    """float64 [N, N]: how well "a KIND b" holds; the diagonal is 0. BETWEEN has a function of its own."""
    found = _SCORES[kind](measures)
    np.fill_diagonal(found, 0.0)
    return found


def between_scores(measures: SceneMeasures, first: int, second: int) -> FloatArray:
    """float64 [N]: how well each object lies between two others; 0 for these two."""
    centers = measures.centers
    way = centers[second] - centers[first]
    length = max(float(np.hypot(*way)), 1.0)
    along = (centers - centers[first]) @ way / length**2
    aside = np.abs((centers - centers[first]) @ np.array([-way[1], way[0]])) / length
    slack = measures.sizes.mean(axis=1) * 0.5
    wide = np.maximum(aside - slack, 0) / (0.35 * length + 1)
    found = _rise(along, 0.15, 0.08) * _rise(1 - along, 0.15, 0.08) * np.exp(-(wide**2))
    found[[first, second]] = 0.0
    return np.asarray(found)


def _left_of(measures: SceneMeasures) -> FloatArray:
    return _beside(measures, 0)


def _above(measures: SceneMeasures) -> FloatArray:
    """Lying on it, or higher in the image, which is less what is meant where both are there."""
    return np.maximum(0.8 * _beside(measures, 1), np.minimum(3 * _on(measures), SURE))


def _beside(measures: SceneMeasures, axis: int) -> FloatArray:
    """[a, b]: a's middle comes before b's along an image axis, by how much of their half sizes."""
    middle, size = measures.centers[:, axis], measures.sizes[:, axis]
    apart = (middle[None] - middle[:, None]) / ((size[None] + size[:, None]) / 2)
    other = 1 - axis
    aside = np.abs(measures.centers[None, :, other] - measures.centers[:, None, other])
    ahead = np.abs(middle[None] - middle[:, None])
    slanted = aside / np.maximum(ahead, 1.0)
    return _rise(apart, 0.2, 0.12) * (0.75 + 0.25 * np.exp(-np.maximum(slanted - 1, 0)))


def gaps(measures: SceneMeasures) -> FloatArray:
    """[N, N] distance in pixels between the boxes of what is seen; 0 where they overlap."""
    boxes = measures.visible_boxes
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    return np.asarray(np.hypot(*np.moveaxis(np.maximum(low - high, 0), -1, 0)))


def distances(measures: SceneMeasures) -> FloatArray:
    """[N, N] distance in pixels between middles."""
    centers = measures.centers
    return np.asarray(np.hypot(*np.moveaxis(centers[:, None] - centers[None], -1, 0)))


def _near(measures: SceneMeasures) -> FloatArray:
    """Close for their sizes, and closer than other things are."""
    size = np.sqrt(measures.areas)
    relative = gaps(measures) / np.maximum((size[:, None] + size[None]) / 2, 1.0)
    lower = measures.boxes[:, 3]
    apart = np.abs(lower[:, None] - lower[None]) / np.maximum((size[:, None] + size[None]) / 2, 1.0)
    return np.asarray(0.02 + 0.96 * np.exp(-((relative / 0.6) ** 2) - (apart / 2.5) ** 2))


def _far_from(measures: SceneMeasures) -> FloatArray:
    return 1 - _near(measures)


def _hides(measures: SceneMeasures) -> FloatArray:
    return np.where(measures.occludes, SURE, UNLIKELY)


def _in_front_of(measures: SceneMeasures) -> FloatArray:
    """What hides a thing is in front of it; else what is nearer, more so where they overlap sideways."""
    size = measures.sizes[:, 1]
    near = measures.nearness
    if np.isfinite(measures.depths).all() and len(measures):
        nearer = _rise(near[:, None] - near[None], 0.02, 0.02)
    else:
        lower = measures.boxes[:, 3]
        nearer = _rise((lower[:, None] - lower[None]) / ((size[:, None] + size[None]) / 2), 0.15, 0.12)
    boxes = measures.boxes
    shared = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    width = np.minimum(measures.sizes[:, None, 0], measures.sizes[None, :, 0])
    aligned = _rise(shared / width, 0.0, 0.3)
    found = nearer * (0.12 + 0.73 * aligned)
    return np.where(measures.occludes, SURE, np.where(measures.occludes.T, UNLIKELY, found))


def _on(measures: SceneMeasures) -> FloatArray:
    """What is carried by what (`support.py`)."""
    return np.maximum(support_scores(measures, gaps(measures)), UNLIKELY)


def _in(measures: SceneMeasures) -> FloatArray:
    """The middle of a lies within the box of b, which is the larger one."""
    centers, boxes = measures.centers, measures.boxes
    inside = (centers[:, None] >= boxes[None, :, :2]).all(-1) & (centers[:, None] <= boxes[None, :, 2:]).all(-1)
    smaller = _rise(np.log(measures.areas[None] / measures.areas[:, None]), 0.2, 0.3)
    return np.maximum(np.where(inside, 0.6, 0.05) * smaller, _on(measures) * smaller)


def _touching(measures: SceneMeasures) -> FloatArray:
    return np.asarray(np.exp(-gaps(measures) / 3))


def _larger_than(measures: SceneMeasures) -> FloatArray:
    return _more(np.log(measures.areas), 0.1, 0.1)


def _taller_than(measures: SceneMeasures) -> FloatArray:
    return _more(np.log(measures.sizes[:, 1]), 0.05, 0.06)


def _nearer_than(measures: SceneMeasures) -> FloatArray:
    return _more(measures.nearness, 0.01, 0.02)


def _same_color(measures: SceneMeasures) -> FloatArray:
    colors = measures.colors / np.maximum(np.linalg.norm(measures.colors, axis=1, keepdims=True), 1e-9)
    return _rise(colors @ colors.T, 0.75, 0.1)


def _same_kind(measures: SceneMeasures) -> FloatArray:
    names = np.array([instance.class_id for instance in measures.scene.instances])
    return np.where(names[:, None] == names[None], SURE, UNLIKELY)


def _more(values: FloatArray, margin: float, width: float) -> FloatArray:
    return _rise(values[:, None] - values[None], margin, width)


def _rise(value: FloatArray, middle: float, width: float) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.clip((value - middle) / width, -60, 60))))


def _turned(function: Callable[[SceneMeasures], FloatArray]) -> Callable[[SceneMeasures], FloatArray]:
    return lambda measures: function(measures).T.copy()


_SCORES: Mapping[RelationKind, Callable[[SceneMeasures], FloatArray]] = {
    RelationKind.LEFT_OF: _left_of,
    RelationKind.RIGHT_OF: _turned(_left_of),
    RelationKind.ABOVE: _above,
    RelationKind.BELOW: _turned(_above),
    RelationKind.NEAR: _near,
    RelationKind.FAR_FROM: _far_from,
    RelationKind.IN_FRONT_OF: _in_front_of,
    RelationKind.BEHIND: _turned(_in_front_of),
    RelationKind.ON: _on,
    RelationKind.UNDER: _turned(_on),
    RelationKind.IN: _in,
    RelationKind.CONTAINS: _turned(_in),
    RelationKind.HIDES: _hides,
    RelationKind.HIDDEN_BY: _turned(_hides),
    RelationKind.TOUCHING: _touching,
    RelationKind.LARGER_THAN: _larger_than,
    RelationKind.SMALLER_THAN: _turned(_larger_than),
    RelationKind.TALLER_THAN: _taller_than,
    RelationKind.SHORTER_THAN: _turned(_taller_than),
    RelationKind.NEARER_THAN: _nearer_than,
    RelationKind.FARTHER_THAN: _turned(_nearer_than),
    RelationKind.SAME_COLOR_AS: _same_color,
    RelationKind.SAME_KIND_AS: _same_kind,
}
