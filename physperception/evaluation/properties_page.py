"""Estimates of a physical property as a page: scatter plot, ROC curve, figures, reasons, and the worst clips."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.evaluation.plots import Mark, roc, scatter
from physperception.evaluation.properties import ClipScore, PropertyTally, pair_scores
from physperception.evaluation.report import Drawings, Facts, Gallery, Shown, Table, machine_facts, write_report
from physperception.physics.readout.heads import LOGARITHMIC
from physperception.scene import UNITS, EstimateStatus, Property

WORST = 10
FALSE_ANSWERS = 10
SHOWN_IMAGES = 4


def write_properties_page(
    folder: Path, facts: Mapping[str, str], property: Property, tally: PropertyTally, worst: int = WORST
) -> None:
    """Write `index.html` into a folder.

    Args:
        folder: made where it is not there.
        facts: what was evaluated on what.
        property: of all clips.
        tally: of them.
        worst: how many of the worst clips are shown.

    Raises:
        ReportError: a file can't be written.
    """
    figures = tally.figures()
    scores, labels = pair_scores(tally.clips)
    answered, known = int(figures["n_answered"]), int(figures["n"])
    missed = [item for item in tally.clips if item.value is None and item.answered]
    plots = (
        (
            "Estimates with 90 % intervals; blue ones hold the truth, red ones don't, hollow ones lie beyond the axes. "
            f"Pearson {_number(figures['pearson'])}, coverage {_number(figures['coverage_90'])}.",
            scatter([_mark(item) for item in tally.clips if item.value is not None], UNITS[property], _logs(property)),
        ),
        (
            "Which of two clips seen alike has more, by the score of eq. 5.1, both ways round: "
            f"{len(labels) // 2} pairs, area {_number(figures['auc'])}.",
            roc(scores, labels),
        ),
    )
    reasons = [
        (expected or "can be known", said, count)
        for expected, row in sorted(tally.reasons().items())
        for said, count in sorted(row.items(), key=lambda item: -item[1])
    ]
    write_report(
        folder / "index.html",
        f"{property.value.replace('_', ' ').capitalize()}",
        f"{answered} of {known} clips whose value can be known were answered.",
        (
            Facts("Evaluation", {**facts, **machine_facts()}),
            Drawings("Estimates", plots),
            Table("Figures", ("figure", "value"), [(name, _number(value)) for name, value in figures.items()]),
            Table("Answers and reasons", ("expected", "said", "clips"), reasons),
            Gallery("Worst", [_group(item) for item in worst_clips(tally.clips, property)[:worst]]),
            Gallery("Numbers where nothing can be known", [_group(item) for item in missed[:FALSE_ANSWERS]]),
        ),
    )


def worst_clips(clips: Sequence[ClipScore], property: Property) -> list[ClipScore]:
    """Clips whose value can be known, the largest errors first (of logarithms for viscosity), refused ones last."""

    def error(item: ClipScore) -> float:
        if not item.answered or item.value is None:
            return -math.inf
        if _logs(property):
            return abs(math.log(max(item.estimate.value, 1e-300) / item.value))
        return abs(item.estimate.value - item.value)

    return sorted((item for item in clips if item.value is not None), key=error, reverse=True)


def _mark(item: ClipScore) -> Mark:
    assert item.value is not None
    if not item.answered:
        return Mark(_name(item), item.value)
    said = item.estimate
    return Mark(_name(item), item.value, said.value, said.lower, said.upper)


def _group(item: ClipScore) -> tuple[str, Sequence[Shown]]:
    said = item.estimate
    if said.status is EstimateStatus.REFUSED:
        told = f"refused, {said.reason}"
    else:
        unit = "" if said.unit == "1" else f" {said.unit}"
        told = f"told {said.value:.4g} [{said.lower:.4g}, {said.upper:.4g}]{unit} ({said.scale.value})"
    truth = f"can't be known, {item.refusal.value}" if item.refusal else f"truth {_number(item.value)}"
    images = [] if item.path is None else clip_images(item.path)
    shown = [
        Shown(f"image {place}", image, f"image {place} of the clip {_name(item)}") for place, image in sorted(images)
    ]
    return f"{_name(item)}: {truth}, {told}", shown


def clip_images(path: Path, count: int = SHOWN_IMAGES) -> list[tuple[int, NDArray[np.uint8]]]:
    """At most `count` images of a video spread over it, uint8 RGB, each with its number; none of an unreadable file."""
    video = cv2.VideoCapture(str(path))
    frames = []
    try:
        while True:
            read, image = video.read()
            if not read:
                break
            frames.append(np.asarray(image[..., ::-1], dtype=np.uint8))
    finally:
        video.release()
    places = np.unique(np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int)) if frames else ()
    return [(int(place), frames[place]) for place in places]


def _name(item: ClipScore) -> str:
    return item.id if item.path is None else f"{item.path.parent.name}/{item.path.stem}"


def _logs(property: Property) -> bool:
    return property in LOGARITHMIC


def _number(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.4g}"
