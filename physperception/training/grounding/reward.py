"""The reward of reinforcement learning, in the form VeRL loads: `r = alpha IoU + (1 - alpha) S` (EGM, equation 8).

In VeRL 0.9.0, whose reward manager `naive` calls it once an answer:

    reward:
      custom_reward_function:
        path: pkg://physperception.training.grounding.reward
        name: compute_score
        reward_kwargs: {alpha: 0.5, thinks: true}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from physperception.grounding.vlm.answers import Outcome, read_answer
from physperception.grounding.vlm.families import FAMILIES, Family, Picture
from physperception.scene import Box, MaskKind
from physperception.training.grounding.learnability import success
from physperception.training.grounding.samples import GroundingDataError, GroundingSample

ALPHA = 0.5
THOUGHT, THINKING = "</think>", "<think>"


@dataclass(frozen=True)
class GroundTruth:
    """What an answer is compared with: boxes in pixels of an image of a size, and how the model names places."""

    boxes: tuple[Box, ...]
    width: int
    height: int
    kind: MaskKind
    family: Family

    @classmethod
    def of(cls, sample: GroundingSample, family: Family) -> GroundTruth:
        """A sample's boxes, clipped to the image: an answer can't name a place outside it."""
        boxes = (box.clip(sample.width, sample.height) for box in sample.boxes)
        return cls(tuple(box for box in boxes if box.area > 0), sample.width, sample.height, sample.kind, family)

    @classmethod
    def from_json(cls, text: str) -> GroundTruth:
        """What `to_json` wrote.

        Raises:
            GroundingDataError: another form.
        """
        try:
            record = json.loads(text)
            width, height = int(record["width"]), int(record["height"])
            if width < 1 or height < 1:
                raise ValueError("an image without pixels")
            boxes = tuple(Box(*numbers) for numbers in record["boxes"])
            return cls(boxes, width, height, MaskKind(record["kind"]), FAMILIES[record["family"]])
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise GroundingDataError(f"no ground truth of a grounding sample: {text!r:.200}") from error

    def to_json(self) -> str:
        boxes = [list(box.xyxy) for box in self.boxes]
        record = {"boxes": boxes, "width": self.width, "height": self.height}
        return json.dumps({**record, "kind": self.kind.value, "family": self.family.name})


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, Any] | None = None,
    alpha: float = ALPHA,
    thinks: bool = False,
    **_: Any,
) -> dict[str, float]:
    """Reward of one answer, as VeRL calls it.

    Args:
        data_source, extra_info: not used.
        solution_str: the model's whole answer, reasoning included; anything at all.
        ground_truth: JSON of a `GroundTruth`.
        alpha: weight of the IoU, in 0..1.
        thinks: the chat template opens the reasoning, so an answer that does not close it has not begun.

    Returns:
        `score` in 0..1, which the training makes large; beside it, for its log: `iou`, `success` and `readable`.

    Raises:
        GroundingDataError: a ground truth of another form.
        ValueError: an alpha outside 0..1.
    """
    found = read_boxes(solution_str, truth := GroundTruth.from_json(ground_truth), thinks)
    iou, succeeded = (0.0, 0.0) if found is None else compare(found, truth.boxes)
    return {
        "score": reward(iou, succeeded, alpha),
        "iou": iou,
        "success": succeeded,
        "readable": float(found is not None),
    }


def reward(iou: float, succeeded: float, alpha: float = ALPHA) -> float:
    """Equation 8.

    Raises:
        ValueError: an alpha outside 0..1.
    """
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"alpha must be in 0..1, got {alpha}")
    return alpha * iou + (1.0 - alpha) * succeeded


def compare(found: Sequence[Box], truth: Sequence[Box]) -> tuple[float, float]:
    """IoU and grounding success of the boxes an answer gives.

    For one target and one box this is the paper's. It says nothing of more, so: boxes are matched one to one for the
    largest sum of IoU, and both values are sums over pairs divided by the larger number of boxes. More boxes than
    asked for therefore never pay. Where nothing is to be found, no box is worth 1 and any box 0.
    """
    if not found or not truth:
        right = float(not found and not truth)
        return right, right
    ious = np.array([[ours.iou(theirs) for theirs in truth] for ours in found])
    pairs = ious[linear_sum_assignment(ious, maximize=True)]
    most = max(len(found), len(truth))
    return min(1.0, float(pairs.sum()) / most), sum(success(iou) for iou in pairs) / most


def read_boxes(answer: str, truth: GroundTruth, thinks: bool = False) -> tuple[Box, ...] | None:
    """Boxes of an answer in pixels; () where it says that nothing fits, None where it can't be read.

    What stands before the end of the reasoning does not count.
    """
    if not isinstance(answer, str):
        return None
    _, closing, rest = answer.rpartition(THOUGHT)
    if THINKING in rest or (thinks and not closing):
        return None
    picture = Picture("", truth.width, truth.height, truth.width, truth.height)
    read = read_answer(rest, truth.family, picture, amodal=truth.kind is MaskKind.AMODAL)
    return None if read.outcome is Outcome.UNREADABLE else read.boxes
