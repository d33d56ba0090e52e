"""The reward of reinforcement learning, in the form VeRL loads: `r = alpha IoU + (1 - alpha) S` (EGM, equation 8).

In VeRL 0.9.0 (written against its reward manager `naive`):

    reward:
      custom_reward_function:
        path: pkg://physperception.training.grounding.reward
        name: compute_score
        reward_kwargs: {alpha: 0.5}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from physperception.scene import Box
from physperception.training.grounding.answers import SCALE, read_boxes
from physperception.training.grounding.learnability import success
from physperception.training.grounding.samples import GroundingDataError, GroundingSample

ALPHA = 0.5


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str | Mapping[str, Any],
    extra_info: Mapping[str, Any] | None = None,
    alpha: float = ALPHA,
    **_: Any,
) -> dict[str, float]:
    """Reward of one answer, as VeRL calls it.

    Args:
        data_source: name of the data set; not used.
        solution_str: the model's whole answer, reasoning included; anything at all.
        ground_truth: what `ground_truth_of` wrote.
        extra_info: not used.
        alpha: weight of the IoU, in 0..1.

    Returns:
        `score` in 0..1, what the training maximises; beside it, for its log: `iou`, `success` and `readable`.

    Raises:
        GroundingDataError: a ground truth of another form.
        ValueError: an alpha outside 0..1.
    """
    truth = _truth(ground_truth)
    found = read_boxes(solution_str) if isinstance(solution_str, str) else None
    if found is None:
        return {"score": reward(0.0, 0.0, alpha), "iou": 0.0, "success": 0.0, "readable": 0.0}
    iou, succeeded = compare(found, truth)
    return {"score": reward(iou, succeeded, alpha), "iou": iou, "success": succeeded, "readable": 1.0}


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


def ground_truth_of(sample: GroundingSample) -> str:
    """The sample's boxes as JSON, clipped to the image, in coordinates of 0 to 1000 with three decimals.

    An answer can't name a place outside the image, so an amodal box that leaves it is clipped.
    """
    boxes = [box.clip(sample.width, sample.height) for box in sample.boxes]
    x, y = SCALE / sample.width, SCALE / sample.height
    relative = [[box.x1 * x, box.y1 * y, box.x2 * x, box.y2 * y] for box in boxes if box.area > 0]
    return json.dumps({"boxes": [[round(number, 3) for number in box] for box in relative]})


def _truth(ground_truth: str | Mapping[str, Any]) -> list[Box]:
    try:
        record = json.loads(ground_truth) if isinstance(ground_truth, str) else ground_truth
        return [Box(*numbers) for numbers in record["boxes"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise GroundingDataError(
            f'a ground truth must be {{"boxes": [[x1, y1, x2, y2], ...]}}, got {ground_truth!r:.200}'
        ) from error
