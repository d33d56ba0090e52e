"""How good grounding is: accuracy at IoU 0.5 (EGM, 002 section 5.2), masks (R2SM, 004 section 5.1), time."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from physperception.datasets.expressions.records import Expression
from physperception.datasets.referring import ReferringSet
from physperception.evaluation.r2sm import MaskOverlap
from physperception.evaluation.scores import mean
from physperception.scene import Box, Grounding, GroundingStatus, Instance, Mask, MaskKind, Scene
from physperception.training.grounding.failures import FailureCategory, categorise

SUCCESS_IOU = 0.5
"""An IoU above it is a success (002 eq. 1)."""
Perceive = Callable[[NDArray[np.uint8]], Scene]


class Grounder(Protocol):
    def ground(
        self, image: NDArray[np.uint8] | None, scene: Scene, command: str, mask_kind: MaskKind | None = None
    ) -> Grounding: ...


@dataclass(frozen=True)
class Case:
    """One expression and its answer.

    Attributes:
        expression, answer: what was asked and said.
        iou: the lowest box IoU of a target with the object it is matched to, 0 where one has none; NaN without targets.
        right: whether the answer is exactly the targets.
        best_guess: whether the first object is the only target, whatever the status says; False for other counts.
        reachable: whether the scene has an object with IoU above 0.5 for every target.
        overlap_px, union_px: of the masks asked for, all targets together; NaN where a true mask is not known or there
            are no targets.
        latency_ms: from command to answer.
        error: how the answer is wrong, such as "WRONG_OBJECT" or "SAID_AMBIGUOUS"; "" when right.
        failure: of the five categories of 002 appendix D, as far as it can be told; "" when right or without targets.
    """

    expression: Expression
    answer: Grounding
    iou: float
    right: bool
    best_guess: bool
    reachable: bool
    overlap_px: float
    union_px: float
    latency_ms: float
    error: str
    failure: str


@dataclass
class GroundingTally:
    """The cases of a run and how long perception took, milliseconds an image; `figures` sums them up."""

    gpus: int = 0
    cases: list[Case] = field(default_factory=list)
    perception_ms: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Every figure by name; nested by kind, split, and what the words use. NaN where there is nothing to measure.

        `accuracy` is the mean over splits (Tables 3 and 4). An answer is right when its objects are the targets,
        matched one to one with box IoUs above 0.5, and nothing else; for NOT_THERE, when it says so. `giou` is the mean
        mask IoU over expressions with targets, `ciou` the summed intersections over the summed unions.
        """
        cases = self.cases
        by_split = _shares(cases, lambda case: (case.expression.split,))
        aimed = [case for case in cases if case.expression.targets]
        absent = [case for case in cases if not case.expression.targets]
        single = [case for case in aimed if len(case.expression.targets) == 1]
        several = [case for case in aimed if len(case.expression.targets) > 1]
        masked = [case for case in aimed if not math.isnan(case.union_px)]
        overlap = MaskOverlap(
            [case.overlap_px / case.union_px if case.union_px else 1.0 for case in masked],
            round(sum(case.overlap_px for case in masked)),
            round(sum(case.union_px for case in masked)),
        )
        latencies = [case.latency_ms for case in cases]
        p50 = float(np.median(latencies)) if latencies else math.nan
        return {
            "accuracy": mean(by_split.values()),
            "accuracy_by_kind": _shares(cases, lambda case: (case.expression.kind.value,)),
            "accuracy_by_split": by_split,
            "accuracy_by_mask_kind": _shares(aimed, lambda case: (case.expression.mask_kind.value,)),
            "accuracy_by_naming": _shares(cases, lambda case: (_naming(case.expression),)),
            "accuracy_by_use": _shares(aimed, lambda case: case.expression.uses),
            "accuracy_best_guess": mean(float(case.best_guess) for case in single),
            "several_right": mean(float(case.right) for case in several),
            "not_there_recognised": mean(float(case.right) for case in absent),
            "not_there_false": mean(float(case.answer.status is GroundingStatus.NOT_THERE) for case in aimed),
            "ambiguous": mean(float(case.answer.status is GroundingStatus.AMBIGUOUS) for case in aimed),
            "refused": mean(float(case.answer.status is GroundingStatus.REFUSED) for case in cases),
            "mask_kind_right": mean(float(case.answer.mask_kind is case.expression.mask_kind) for case in aimed),
            "reachable": mean(float(case.reachable) for case in aimed),
            "giou": overlap.giou,
            "ciou": overlap.ciou,
            "latency_ms_p50": p50,
            "latency_ms_mean": mean(latencies),
            "gpu_latency_ms_p50": p50 * self.gpus if self.gpus else math.nan,
            "perception_ms_p50": float(np.median(self.perception_ms)) if self.perception_ms else math.nan,
            "errors": dict(Counter(case.error for case in cases if case.error).most_common()),
            "failures": dict(Counter(case.failure for case in cases if case.failure).most_common()),
            "n": len(cases),
        }


def evaluate(
    data: ReferringSet,
    grounder: Grounder,
    perceive: Perceive | None = None,
    expressions: Iterable[Expression] | None = None,
    gpus: int = 0,
    give_kind: bool = False,
) -> GroundingTally:
    """Ask a grounder all expressions.

    Args:
        data: what to ask.
        grounder: gets the image, its objects and the words.
        perceive: finds the objects of an image, once for all its expressions; None for the true ones.
        expressions: those to ask, instead of all.
        gpus: how many the grounder runs on, for GPU latency (002 section 5.2).
        give_kind: tell the grounder which kind of mask is wanted, instead of letting it choose from the words.

    Raises:
        DatasetError: an image or a mask can't be read.
    """
    tally = GroundingTally(gpus)
    asked = data.expressions if expressions is None else expressions
    for image_id, group in groupby(asked, key=lambda item: item.image_id):
        image, truth = data.picture(image_id), data.true_scene(image_id)
        scene = truth
        if perceive is not None:
            started = time.perf_counter()
            scene = perceive(image)
            tally.perception_ms.append((time.perf_counter() - started) * 1e3)
        for expression in group:
            started = time.perf_counter()
            answer = grounder.ground(image, scene, expression.text, expression.mask_kind if give_kind else None)
            latency_ms = (time.perf_counter() - started) * 1e3
            tally.cases.append(judge(expression, answer, data.target_masks(expression), scene, truth, latency_ms))
    return tally


def judge(
    expression: Expression,
    answer: Grounding,
    masks: Sequence[Mask | None],
    scene: Scene,
    truth: Scene,
    latency_ms: float = math.nan,
) -> Case:
    """Compare an answer with the truth. Boxes and masks are compared inside the image.

    Args:
        masks: of the targets, of the kind that is asked for.
        scene: the objects the grounder was given.
        truth: the true objects, for the category of a failure.
    """
    size = expression.width, expression.height
    wanted = [box.clip(*size) for box in _target_boxes(expression)]
    given = [item.box.clip(*size) for item in answer.objects] if answer.status is not GroundingStatus.NOT_THERE else []
    ious = _matched(wanted, given)
    lowest = min(ious, default=math.nan)
    if wanted:
        found = answer.status is GroundingStatus.FOUND and len(given) == len(wanted)
        right = found and lowest > SUCCESS_IOU
    else:
        right = answer.status is GroundingStatus.NOT_THERE
    guessed = len(wanted) == 1 and bool(given) and given[0].iou(wanted[0]) > SUCCESS_IOU
    overlap, union = _overlap(masks, answer, size)
    best = _best_ious(wanted, [_boxes(item, expression.mask_kind).clip(*size) for item in scene.instances])
    return Case(
        expression,
        answer,
        lowest,
        right,
        guessed,
        min(best, default=1.0) > SUCCESS_IOU,
        overlap,
        union,
        latency_ms,
        "" if right else _error(expression, answer, lowest),
        "" if right else _failure(expression, answer, wanted, given, truth),
    )


def _target_boxes(expression: Expression) -> Iterator[Box]:
    """Of the kind that is asked for, or the other one where a data set does not know it."""
    for target in expression.targets:
        box = target.box(expression.mask_kind) or target.visible_box or target.amodal_box
        if box is None:
            raise ValueError(f"expression {expression.id} has a target without a box")
        yield box


def _boxes(item: Instance, kind: MaskKind) -> Box:
    return item.amodal_box if kind is MaskKind.AMODAL and item.amodal_box is not None else item.visible_box


def _matched(wanted: Sequence[Box], given: Sequence[Box]) -> list[float]:
    """For each wanted box the IoU with the given box it is matched to, one to one, so that the sum is largest."""
    if not wanted or not given:
        return [0.0] * len(wanted)
    table = np.array([[first.iou(second) for second in given] for first in wanted])
    ious = [0.0] * len(wanted)
    for row, column in zip(*linear_sum_assignment(-table)):
        ious[row] = float(table[row, column])
    return ious


def _best_ious(wanted: Sequence[Box], given: Sequence[Box]) -> list[float]:
    return [max((box.iou(other) for other in given), default=0.0) for box in wanted]


def _overlap(masks: Sequence[Mask | None], answer: Grounding, size: tuple[int, int]) -> tuple[float, float]:
    """Pixels in both and in either of the true and the given masks, each side joined; a given object without a mask
    counts as its box."""
    known = [mask for mask in masks if mask is not None]
    if not masks or len(known) < len(masks):
        return math.nan, math.nan
    true, said = np.zeros(size[::-1], dtype=np.bool_), np.zeros(size[::-1], dtype=np.bool_)
    for mask in known:
        true |= mask.full(*size)
    if answer.status is GroundingStatus.FOUND:
        for item in answer.objects:
            if item.mask is not None:
                said |= item.mask.full(*size)
            else:
                x1, y1, x2, y2 = (round(side) for side in item.box.clip(*size).xyxy)
                said[y1:y2, x1:x2] = True
    return float(np.count_nonzero(true & said)), float(np.count_nonzero(true | said))


def _error(expression: Expression, answer: Grounding, lowest: float) -> str:
    """In what way a wrong answer is wrong."""
    if not expression.targets:
        return "NOT_THERE_MISSED"
    if answer.status is not GroundingStatus.FOUND:
        return f"SAID_{answer.status.value}"
    return "WRONG_OBJECT" if not lowest > SUCCESS_IOU else "TOO_MANY"


def _failure(
    expression: Expression, answer: Grounding, wanted: Sequence[Box], given: Sequence[Box], truth: Scene
) -> str:
    """Appendix D's category by the target that is matched worst; "" without targets."""
    if not wanted:
        return ""
    worst = int(np.argmin(_matched(wanted, given)))
    nearest = max(given, key=lambda box: box.iou(wanted[worst]), default=None)
    prediction = nearest if len(wanted) > 1 or not given else given[0]
    found = categorise(expression.text, prediction, wanted[worst], truth)
    return FailureCategory.OTHER.value if found is None else found.category.value


def _naming(expression: Expression) -> str:
    """Whether the words name the category of a target or an anchor; detectors may not know the categories."""
    return "named" if any(use.endswith("category") for use in expression.uses) else "unnamed"


def _shares(cases: Iterable[Case], names: Callable[[Case], Iterable[str]]) -> dict[str, float]:
    """The share of right answers by name; a case may have several names."""
    counts: dict[str, list[int]] = {}
    for case in cases:
        for name in names(case):
            pair = counts.setdefault(name, [0, 0])
            pair[0] += int(case.right)
            pair[1] += 1
    return {name: right / total for name, (right, total) in sorted(counts.items())}
