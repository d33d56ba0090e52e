"""Scores for words that were used loosely: other people's names of colours, and relations that nearly hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.attributes import color_names, rise
from physperception.grounding.embedded.colors import loosely_named
from physperception.grounding.embedded.query import Attribute, AttributeKind, RelationKind
from physperception.grounding.embedded.relations import gaps
from physperception.grounding.embedded.scoring import QueryScorer

FloatArray = NDArray[np.float64]
MOST = 0.6
"""What loose use is worth beside strict use."""
_DISPUTED = {
    AttributeKind.SIZE: 0.35,
    AttributeKind.SHAPE: 0.35,
    AttributeKind.LIGHTNESS: 0.35,
    AttributeKind.TEXTURE: 0.35,
    AttributeKind.MATERIAL: 0.35,
    AttributeKind.OCCLUSION: 0.3,
}
"""The least score of what people often see differently."""


class LenientScorer(QueryScorer):
    """Scores the same scene by the same query, as far as somebody might have meant it.

    What something is called, on which side it is, and what comes first are no more lenient than with `QueryScorer`.
    """

    def __init__(self, strict: QueryScorer) -> None:
        super().__init__(strict.measures, lambda: strict.looks)
        self._strict = strict

    def pairs(self, kind: RelationKind) -> FloatArray:
        if kind not in self._relations:
            found = np.maximum(self._strict.pairs(kind), MOST * self._loosely(kind))
            np.fill_diagonal(found, 0.0)
            self._relations[kind] = found
        return self._relations[kind]

    def _loosely(self, kind: RelationKind) -> FloatArray:
        """float64 [N, N]: how nearly "a KIND b" holds."""
        if kind is RelationKind.UNDER:
            covered = 0.8 * self.measures.occludes * (self._shared() > 0)
            return np.maximum(self._loosely(RelationKind.ON), covered).T
        if kind is RelationKind.CONTAINS:
            return self._loosely(RelationKind.IN).T
        if kind is RelationKind.ON:
            carried = self._strict.pairs(RelationKind.ON)
            indirectly = (carried[:, :, None] * carried[None]).max(axis=1, initial=0.0)
            return np.asarray(indirectly)
        if kind is RelationKind.IN:
            return np.maximum(self._shared(), self._loosely(RelationKind.ON))
        if kind in (RelationKind.NEAR, RelationKind.TOUCHING):
            size = np.sqrt(self.measures.areas)
            return np.exp(-((gaps(self.measures) / np.maximum((size[:, None] + size[None]) / 2, 1.0)) ** 2))
        if kind is RelationKind.HIDDEN_BY:
            return self._strict.pairs(RelationKind.BEHIND)
        if kind is RelationKind.HIDES:
            return self._strict.pairs(RelationKind.IN_FRONT_OF)
        return np.zeros((len(self.measures), len(self.measures)))

    def _shared(self) -> FloatArray:
        """[a, b]: share of a's box that lies in b's."""
        boxes = self.measures.boxes
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        return np.asarray(np.prod(np.maximum(high - low, 0), axis=2) / np.maximum(area, 1.0)[:, None])

    def _attribute(self, attribute: Attribute, several: bool, among: FloatArray) -> FloatArray:
        strict = super()._attribute(attribute, several, among)
        if attribute.negated:
            return strict
        if attribute.kind is AttributeKind.COLOR and self.measures.image is not None:
            shares = list(zip(self.measures.colors, self.measures.loose_colors))
            called = [[loosely_named(*both, name) for both in shares] for name in color_names(attribute.value)]
            return np.maximum(strict, MOST * rise(np.max(called, axis=0), 0.36, 0.03))
        return np.maximum(strict, _DISPUTED.get(attribute.kind, 0.0))
