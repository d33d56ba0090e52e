"""Cases of the evaluation of grounding as a page of pictures: wrong answers first, and some drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.referring import ReferringSet
from physperception.evaluation.grounding import Case
from physperception.evaluation.report import Facts, Gallery, Shown, machine_facts, write_report
from physperception.scene import Box, Mask

TRUE_COLOUR, SAID_COLOUR = (0, 200, 80), (240, 60, 40)
SHOWN_WIDTH = 640
WORST, RANDOM = 40, 12
SEED = 0

Picture = NDArray[np.uint8]


def write_grounding_page(folder: Path, facts: dict[str, str], data: ReferringSet, cases: Sequence[Case]) -> None:
    """Write `index.html`: wrong answers, the lowest IoU first, evenly from every kind; and random cases.

    Raises:
        ReportError: a file can't be written.
        DatasetError: an image can't be read.
    """
    wrong = sorted((case for case in cases if not case.right), key=lambda case: (case.iou, case.expression.id))
    by_kind: dict[str, list[Case]] = {}
    for case in wrong:
        by_kind.setdefault(case.expression.kind.value, []).append(case)
    share = max(1, WORST // max(len(by_kind), 1))
    worst = [case for kind in sorted(by_kind) for case in by_kind[kind][:share]]
    order = np.random.default_rng(SEED).permutation(len(cases))[:RANDOM]
    write_report(
        folder / "index.html",
        "Grounding",
        f"{len(worst)} of {len(wrong)} wrong answers among {len(cases)}, and {len(order)} cases drawn at random.",
        (
            Facts("Evaluation", facts | machine_facts()),
            Gallery("Wrong", [_group(case, data) for case in worst]),
            Gallery("Random", [_group(cases[index], data) for index in order]),
        ),
    )


def _group(case: Case, data: ReferringSet) -> tuple[str, tuple[Shown, ...]]:
    item, answer = case.expression, case.answer
    image = data.picture(item.image_id)
    wanted = [target.box(item.mask_kind) for target in item.targets]
    true = [box for box in wanted if box is not None]
    said = [found.box for found in answer.objects]
    caption = (
        f"{item.id}, {item.kind.value}: “{item.text}” ({item.mask_kind.value}). Said {answer.status.value}, "
        f"{answer.mask_kind.value}; {'right' if case.right else case.error}"
        f"{f', {case.failure}' if case.failure else ''}. {answer.reason}"
    )
    masks = [mask for mask in data.target_masks(item) if mask is not None]
    answered = [found.mask for found in answer.objects if found.mask is not None]
    return caption, (
        Shown("truth", _drawn(image, true, masks, TRUE_COLOUR), "what is meant"),
        Shown("answer", _drawn(image, said, answered, SAID_COLOUR), "what was answered"),
    )


def _drawn(image: Picture, boxes: Sequence[Box], masks: Sequence[Mask], colour: tuple[int, int, int]) -> Picture:
    picture = image.copy()
    height, width = picture.shape[:2]
    for mask in masks:
        inside = mask.full(width, height)
        picture[inside] = (0.6 * picture[inside] + 0.4 * np.array(colour)).astype(np.uint8)
    factor = max(1, round(SHOWN_WIDTH / width))
    picture = np.ascontiguousarray(picture.repeat(factor, 0).repeat(factor, 1))
    for box in boxes:
        x1, y1, x2, y2 = (round(side * factor) for side in box.clip(width, height).xyxy)
        cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 2)
    return picture
