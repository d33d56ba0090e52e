"""Choose what a model learns from in reinforcement learning: what it gets wrong and a stronger model gets right.

    python -m physperception.training.grounding.learnability --reference reference.jsonl --policy policy.jsonl \\
        --out selected.jsonl --seed 0

Both inputs have lines `{"id": ..., "iou": ...}` of the same ids. EGM, section 4.2.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from physperception.training.grounding.samples import GroundingDataError, read_lines, write_lines

SUCCESS_IOU = 0.5


@dataclass(frozen=True)
class Selection:
    """Ids chosen for training.

    Attributes:
        negatives: all with a learnability above 0, in the order of their ids.
        positives: as many that the policy gets right, or all of them where they are fewer, in the order of their ids.
        candidates: how many positives there were to draw from.
        hopeless: how many both models get wrong; they are not used.
    """

    negatives: tuple[str, ...]
    positives: tuple[str, ...]
    candidates: int
    hopeless: int


def success(iou: float) -> int:
    """Grounding success: 1 where the IoU is above 0.5, else 0 (EGM, equation 1). An IoU of exactly 0.5 is none."""
    return int(iou > SUCCESS_IOU)


def learnability(reference_iou: float, policy_iou: float) -> int:
    """`l = S_ref - S_theta`: 1 where only the reference succeeds, -1 where only the policy does, else 0."""
    return success(reference_iou) - success(policy_iou)


def select(reference: Mapping[str, float], policy: Mapping[str, float], seed: int = 0) -> Selection:
    """Negatives, and as many positives drawn uniformly without replacement.

    Learnability has three values, so there is nothing to rank and no tie to break: every negative is taken. The draw
    of positives is over sorted ids, so the order of the input does not matter, and one seed gives one selection.

    Args:
        reference, policy: IoU by id, of the same ids.

    Raises:
        ValueError: the ids differ, or an IoU is outside 0..1.
    """
    if reference.keys() != policy.keys():
        strange = sorted(reference.keys() ^ policy.keys())
        raise ValueError(f"{len(strange)} ids have one score only, such as {strange[0]!r}")
    for scores in (reference, policy):
        for name, iou in scores.items():
            if not 0.0 <= iou <= 1.0:
                raise ValueError(f"the IoU of {name!r} must be in 0..1, got {iou}")
    ids = sorted(policy)
    negatives = [name for name in ids if learnability(reference[name], policy[name]) > 0]
    candidates = [name for name in ids if success(policy[name])]
    count = min(len(negatives), len(candidates))
    drawn = np.random.default_rng(seed).permutation(len(candidates))[:count]
    return Selection(
        negatives=tuple(negatives),
        positives=tuple(candidates[index] for index in sorted(drawn)),
        candidates=len(candidates),
        hopeless=len(ids) - len(negatives) - len(candidates),
    )


def read_scores(path: Path) -> dict[str, float]:
    """IoU by id from lines with `id` and `iou`; 0 where `success` is there and below 1, as for one target of two.

    Raises:
        GroundingDataError: a line without them, an IoU outside 0..1, or an id that comes twice.
    """
    scores: dict[str, float] = {}
    for number, record in read_lines(path):
        name, iou = record.get("id"), record.get("iou")
        if not isinstance(name, str) or isinstance(iou, bool) or not isinstance(iou, int | float):
            raise GroundingDataError(f"{path}, line {number}: needs an id, a text, and an iou, a number")
        if not (math.isfinite(iou) and 0.0 <= iou <= 1.0):
            raise GroundingDataError(f"{path}, line {number}: the iou must be in 0..1, got {iou}")
        if name in scores:
            raise GroundingDataError(f"{path}, line {number}: the id {name!r} was there before")
        scores[name] = float(iou) if record.get("success", 1) == 1 else 0.0
    return scores


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Choose samples for reinforcement learning by their learnability.")
    parser.add_argument("--reference", type=Path, required=True, help="IoU of the reference model, JSONL")
    parser.add_argument("--policy", type=Path, required=True, help="IoU of the model to train, JSONL")
    parser.add_argument("--out", type=Path, required=True, help="chosen ids, JSONL")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of positives")
    options = parser.parse_args(arguments)
    try:
        reference, policy = read_scores(options.reference), read_scores(options.policy)
        selection = select(reference, policy, options.seed)
        chosen = dict.fromkeys(selection.negatives, "negative") | dict.fromkeys(selection.positives, "positive")
        write_lines(
            options.out,
            (
                {"id": name, "part": chosen[name], "learnability": learnability(reference[name], policy[name])}
                for name in sorted(chosen)
            ),
        )
    except (GroundingDataError, ValueError, OSError) as error:
        raise SystemExit(f"learnability: {error}") from error
    print(
        f"{len(selection.negatives)} negatives and {len(selection.positives)} of {selection.candidates} positives of "
        f"{len(policy)} samples; {selection.hopeless} that neither model gets right are left out"
    )
    if len(selection.positives) < len(selection.negatives):
        print(
            "the policy gets fewer right than it can learn: all positives are taken, and they are fewer than negatives"
        )


if __name__ == "__main__":
    main()
