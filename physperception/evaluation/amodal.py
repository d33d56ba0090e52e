"""How good completions are, from true visible masks (thesis 3.5.1): mIoU, mIoU-inv, calibration.

`physperception evaluate amodal` runs it; docs/evaluation.md has the protocol.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from physperception.amodal.completer import Completion
from physperception.evaluation.methods import Method
from physperception.evaluation.scores import BANDS, Reliability, band_of, correlation, mean
from physperception.evaluation.truth import ImageTruth
from physperception.scene import Mask

HIDDEN_FROM = 0.05
LEAST_PROBABILITY = 0.01
COVERED_WITHIN_STD = 2.0
SIZES = (("small", 32.0**2), ("medium", 96.0**2), ("large", math.inf))
"""COCO's sizes, by the area in pixels of the true amodal mask inside the image: the first it is smaller than."""


@dataclass(frozen=True)
class ObjectScore:
    """How well one object was completed.

    Attributes:
        image: index of the image in its set.
        place: of the object among those of the image.
        occlusion: which part of it inside the image is hidden.
        area: pixels of the true amodal mask inside the image.
        pixels: shared and united pixels, of the whole inside the image and of the invisible part.
        iou: of amodal masks inside the image.
        iou_inv: of their parts outside the visible mask; NaN when truly nothing is hidden.
        outside_iou: of the parts outside the image; NaN unless the object is cut by the border and known whole.
        whole_iou: of whole masks, outside included; NaN where the truth is not known.
        whole_occlusion: which part of the whole object is truly not seen; NaN where that is not known.
        stated_occlusion, stated_std, stated_score: what the completion says of itself.
    """

    image: int
    place: int
    occlusion: float
    area: int
    pixels: tuple[int, int, int, int]
    iou: float
    iou_inv: float
    outside_iou: float
    whole_iou: float
    whole_occlusion: float
    stated_occlusion: float
    stated_std: float
    stated_score: float

    @property
    def is_hidden(self) -> bool:
        """Whether it counts for the main figures: hidden by 5 % or more."""
        return self.occlusion >= HIDDEN_FROM


@dataclass
class AmodalTally:
    """All objects of a set as one method completes them.

    `reliability` is over pixels of the crops inside the image, outside the visible mask, to which the completion
    gives a probability of at least 0.01; of all objects, since choosing objects by their truth would bias it.
    """

    objects: list[ObjectScore] = field(default_factory=list)
    reliability: Reliability = field(default_factory=Reliability)

    def add(self, truth: ImageTruth, completions: Sequence[Completion]) -> None:
        """Score the completions of all objects of one image."""
        width, height = truth.size
        for place, found in enumerate(completions):
            self.objects.append(score_object(truth, place, found))
            rows, columns = found.probability.shape
            window = (found.x, found.y, columns, rows)
            candidates = Mask(0, 0, np.ones((height, width), dtype=np.bool_)).window(*window)
            candidates &= ~truth.visible[place].window(*window) & (found.probability >= LEAST_PROBABILITY)
            self.reliability.add(found.probability[candidates], truth.amodal[place].window(*window)[candidates])

    def figures(self) -> dict[str, float]:
        """Every figure by name; fractions, NaN where there is nothing to measure on."""
        hidden = [item for item in self.objects if item.is_hidden]
        figures = _ious(hidden, "") | {"n": len(hidden)}
        figures |= _ious(self.objects, "_all") | {"n_all": len(self.objects)}
        for name, (shared, united) in (("miou_pooled", (0, 1)), ("miou_inv_pooled", (2, 3))):
            union = sum(item.pixels[united] for item in hidden)
            figures[name] = sum(item.pixels[shared] for item in hidden) / union if union else math.nan
        for band in BANDS[1:]:
            figures |= _group([item for item in hidden if band_of(item.occlusion) == band], band)
        for size, _ in SIZES:
            figures |= _group([item for item in hidden if _size(item.area) == size], size)
        outside = [item.outside_iou for item in self.objects if not math.isnan(item.outside_iou)]
        return figures | {"outside_iou": mean(outside), "n_outside": len(outside)} | self._calibration()

    def _calibration(self) -> dict[str, float]:
        known = [item for item in self.objects if math.isfinite(item.whole_occlusion + item.stated_std)]
        errors = [abs(item.stated_occlusion - item.whole_occlusion) for item in known]
        within = [error <= COVERED_WITHIN_STD * item.stated_std for error, item in zip(errors, known)]
        stated, true = [item.stated_score for item in self.objects], [item.whole_iou for item in self.objects]
        pearson, spearman = correlation(stated, true)
        return {
            "pixel_ece": self.reliability.error(),
            "occlusion_error": mean(errors),
            "occlusion_std": mean(item.stated_std for item in known),
            "occlusion_coverage": mean(map(float, within)),
            "n_coverage": len(known),
            "score_pearson": pearson,
            "score_spearman": spearman,
            "score_excess": mean(a - b for a, b in zip(stated, true)),
        }


def evaluate(truths: Iterable[ImageTruth], methods: Mapping[str, Method]) -> dict[str, AmodalTally]:
    """Complete every object of every image by every method.

    Returns:
        A tally for each method, under its name.
    """
    tallies = {name: AmodalTally() for name in methods}
    for truth in truths:
        for name, method in methods.items():
            tallies[name].add(truth, method(truth))
    return tallies


def score_object(truth: ImageTruth, place: int, found: Completion) -> ObjectScore:
    """Compare one completion with the truth."""
    width, height = truth.size
    visible, inside = truth.visible[place], truth.amodal[place]
    guess = found.amodal.clip(width, height)
    shared, united = _overlap(guess, inside)
    shared_inv, united_inv = _overlap(guess.minus(visible), inside.minus(visible))
    whole = truth.whole[place]
    outside_iou = math.nan
    if whole is not None and truth.cut[place]:
        beyond, united_beyond = _overlap(found.amodal.minus(guess), whole.minus(inside))
        outside_iou = beyond / united_beyond if united_beyond else math.nan
    return ObjectScore(
        image=truth.index,
        place=place,
        occlusion=truth.occlusion(place),
        area=inside.area,
        pixels=(shared, united, shared_inv, united_inv),
        iou=shared / united,
        iou_inv=shared_inv / united_inv if inside.area > visible.area else math.nan,
        outside_iou=outside_iou,
        whole_iou=math.nan if whole is None else found.amodal.iou(whole),
        whole_occlusion=math.nan if whole is None else 1 - visible.area / whole.area,
        stated_occlusion=found.occlusion,
        stated_std=found.occlusion_std,
        stated_score=found.score,
    )


def _overlap(first: Mask, second: Mask) -> tuple[int, int]:
    """Shared and united pixels."""
    shared = first.intersection_area(second)
    return shared, first.area + second.area - shared


def _ious(objects: Sequence[ObjectScore], suffix: str) -> dict[str, float]:
    return {
        f"miou{suffix}": mean(item.iou for item in objects),
        f"miou_inv{suffix}": mean(item.iou_inv for item in objects),
    }


def _group(objects: Sequence[ObjectScore], name: str) -> dict[str, float]:
    return _ious(objects, f"_{name}") | {f"n_{name}": len(objects)}


def _size(area: int) -> str:
    return next(name for name, limit in SIZES if area < limit)
