"""`physperception evaluate properties`: how good estimates of physical properties are on generated videos."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from physperception.cli.properties import NAMES
from physperception.cli.tables import format_table
from physperception.datasets.coco import DatasetError
from physperception.errors import ConfigError
from physperception.scene import PropertyEstimate

if TYPE_CHECKING:
    from physperception.datasets.videos.dataset import VideoClip
    from physperception.evaluation.properties import Estimator, PropertyTally

ROOT = Path("data/videos")
PARTS = ("", "-unknowable", "-pairs")
"""Folders of a split that belong together: single clips, clips that can't be known, pairs."""
METHODS = ("fit", "readout", "fused")


def add_arguments(task: argparse.ArgumentParser) -> None:
    task.add_argument("--property", choices=tuple(NAMES), required=True)
    task.add_argument("--split", metavar="S", required=True, help="folders S, S-unknowable and S-pairs of the property")
    task.add_argument("--data", type=Path, default=ROOT, metavar="DIR", help=f"DIR/PROPERTY/S (default {ROOT})")
    task.add_argument("--true-masks", action="store_true", help="measure from true masks instead of from pixels alone")
    task.add_argument(
        "--method",
        choices=METHODS,
        default="fit",
        help="the physical fit, the learned read-out, or both joined (default fit)",
    )
    task.add_argument("--readout", type=Path, metavar="DIR", help="weights of the read-outs (default: those shipped)")
    task.add_argument("--limit", type=int, metavar="N", help="the first N clips of each folder only")
    task.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    task.add_argument("--json", action="store_true", help="end with one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Returns 0."""
    from physperception.evaluation.scores import json_line

    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit must be at least 1, got {args.limit}")
    tally = _tally(args)
    figures = tally.figures()
    rows = [(name, "-" if value != value else f"{value:.4g}") for name, value in figures.items()]
    print(format_table((f"{args.property}, {args.split}", "value"), rows))
    for expected, said in tally.reasons().items():
        counts = ", ".join(f"{code} {count}" for code, count in sorted(said.items(), key=lambda item: -item[1]))
        print(f"{expected or 'can be known'}: {counts}")
    if args.json:
        print(json_line(figures))
    return 0


def _tally(args: argparse.Namespace) -> PropertyTally:
    from physperception.evaluation.properties import PropertyTally

    tally = PropertyTally()
    work = list(_clips(args))
    if not work:
        command = f"python -m physperception.datasets.videos --out {args.data / args.property / args.split}"
        raise DatasetError(
            f"{args.data / args.property / args.split} holds no clips; make them with: {command} "
            f"--property {args.property} --split {args.split} --count 1000 --seed 1"
        )
    estimate = partial(_estimated, args.method, args.true_masks, args.readout)
    with ProcessPoolExecutor(max(1, args.jobs), mp_context=get_context("spawn")) as pool:
        for clip, found in tqdm(pool.map(estimate, *zip(*work)), total=len(work), unit="clip", disable=None):
            tally.add(clip, found)
    return tally


def _clips(args: argparse.Namespace) -> Iterator[tuple[Path, int]]:
    """Folder and number of every clip to look at."""
    from physperception.datasets.videos.dataset import VideoDataset

    for part in PARTS:
        folder = args.data / args.property / f"{args.split}{part}"
        if folder.is_dir():
            count = len(VideoDataset(folder))
            yield from ((folder, index) for index in range(count if args.limit is None else min(count, args.limit)))


def _estimated(
    method: str, true_masks: bool, weights: Path | None, folder: Path, index: int
) -> tuple[VideoClip, PropertyEstimate]:
    from physperception.datasets.videos.dataset import VideoDataset

    clip = VideoDataset(folder)[index]
    return clip, _estimator(method, true_masks, weights)(clip)


@cache
def _estimator(method: str, true_masks: bool, weights: Path | None) -> Estimator:
    """Made once in each process."""
    from physperception.evaluation.properties import fitted, read_out
    from physperception.physics.readout.predictor import ReadoutPredictor

    if method == "fit":
        return fitted(true_masks)
    predictor = ReadoutPredictor(weights)
    return read_out(predictor) if method == "readout" else fitted(true_masks, predictor)
