"""`physperception evaluate properties`: how good estimates of physical properties are on generated videos."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
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
METHODS = ("fit", "readout", "fused", "gru")


@dataclass(frozen=True)
class Job:
    """One property on one split by one method."""

    property: str
    split: str
    method: str

    def __str__(self) -> str:
        return f"{self.property}-{self.split}-{self.method}"


def add_arguments(task: argparse.ArgumentParser) -> None:
    task.add_argument("--property", choices=tuple(NAMES), nargs="+", required=True)
    task.add_argument(
        "--split", metavar="S", nargs="+", required=True, help="folders S, S-unknowable and S-pairs of the property"
    )
    task.add_argument("--data", type=Path, default=ROOT, metavar="DIR", help=f"DIR/PROPERTY/S (default {ROOT})")
    task.add_argument("--true-masks", action="store_true", help="measure from true masks instead of from pixels alone")
    task.add_argument(
        "--method",
        choices=METHODS,
        nargs="+",
        default=["fit"],
        help="the physical fit, the learned read-out, both joined, or the GRU regressor on tracks (default fit)",
    )
    task.add_argument("--readout", type=Path, metavar="DIR", help="weights of the read-outs (default: those shipped)")
    task.add_argument("--gru", type=Path, metavar="DIR", help="weights of the GRU regressors (default: those shipped)")
    task.add_argument("--limit", type=int, metavar="N", help="the first N clips of each folder only")
    task.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    task.add_argument("--json", action="store_true", help="end with one line of JSON")
    task.add_argument("--pages", type=Path, metavar="DIR", help="write plots, reasons and the worst clips as a page")
    task.add_argument(
        "--table", action="store_true", help="several properties, splits and methods as one table, a row a method"
    )


def run(args: argparse.Namespace) -> int:
    """Returns 0."""
    from physperception.evaluation.scores import json_line

    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit must be at least 1, got {args.limit}")
    jobs = [Job(*names) for names in product(args.property, args.split, args.method)]
    if len(jobs) > 1 and not args.table:
        raise ConfigError("several properties, splits or methods need --table, which puts them side by side")
    figures = {job: _evaluated(args, job) for job in jobs}
    if args.table:
        print(format_table(*_table(args, figures)))
    if args.json and not args.table:
        print(json_line(figures[jobs[0]]))
    elif args.json:
        print(json_line({f"{job}-{name}": value for job, row in figures.items() for name, value in row.items()}))
    return 0


def _evaluated(args: argparse.Namespace, job: Job) -> dict[str, float]:
    """Figures of one job, printed unless they go into a table."""
    tally = _tally(args, job)
    figures = tally.figures()
    if not args.table:
        rows = [(name, "-" if value != value else f"{value:.4g}") for name, value in figures.items()]
        print(format_table((f"{job.property}, {job.split}", "value"), rows))
        for expected, said in tally.reasons().items():
            counts = ", ".join(f"{code} {count}" for code, count in sorted(said.items(), key=lambda item: -item[1]))
            print(f"{expected or 'can be known'}: {counts}")
    if args.pages:
        from physperception.evaluation.properties_page import write_properties_page

        folder = args.pages / str(job) if args.table else args.pages
        facts = {
            "Set": f"{job.property}, {job.split}"
            + (f", the first {args.limit} clips of each folder" * bool(args.limit)),
            "Method": job.method,
            "Motion measured from": "true masks" if args.true_masks else "pixels alone",
        }
        write_properties_page(folder, facts, NAMES[job.property], tally)
        print(f"plots in {folder / 'index.html'}")
    return figures


def _table(
    args: argparse.Namespace, figures: Mapping[Job, Mapping[str, float]]
) -> tuple[Sequence[str], list[list[str]]]:
    """Columns and rows in the form of thesis Table 5.1: ROC AUC of pairs left, Pearson of values right."""
    columns = ["property", "method", *(f"AUC {it}" for it in args.split), *(f"Pearson {it}" for it in args.split)]
    rows = []
    for name, method in product(args.property, args.method):
        jobs = [figures[Job(name, split, method)] for split in args.split]
        cells = [row[figure] for figure in ("auc", "pearson") for row in jobs]
        rows.append([name, method, *("-" if math.isnan(cell) else f"{cell:.4f}" for cell in cells)])
    return columns, rows


def _tally(args: argparse.Namespace, job: Job) -> PropertyTally:
    from physperception.evaluation.properties import PropertyTally

    tally = PropertyTally()
    work = list(_clips(args, job))
    if not work:
        folder = args.data / job.property / job.split
        raise DatasetError(
            f"{folder} holds no clips; make them with: python -m physperception.datasets.videos --out {folder} "
            f"--property {job.property} --split {job.split} --count 1000 --seed 1"
        )
    weights = args.gru if job.method == "gru" else args.readout
    estimate = partial(_estimated, job.method, args.true_masks, weights)
    with ExitStack() as stack:
        mapped: Callable[..., Iterator[tuple[VideoClip, PropertyEstimate]]] = map
        if args.jobs > 1:
            pool = ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn"))
            mapped = stack.enter_context(pool).map
        for clip, found in tqdm(mapped(estimate, *zip(*work)), total=len(work), unit="clip", disable=None):
            tally.add(clip, found)
    return tally


def _clips(args: argparse.Namespace, job: Job) -> Iterator[tuple[Path, int]]:
    """Folder and number of every clip to look at."""
    from physperception.datasets.videos.dataset import VideoDataset

    for part in PARTS:
        folder = args.data / job.property / f"{job.split}{part}"
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
    from physperception.evaluation.properties import fitted, read_out, regressed
    from physperception.physics.gru import GruRegressor
    from physperception.physics.readout.predictor import ReadoutPredictor

    if method == "fit":
        return fitted(true_masks)
    if method == "gru":
        return regressed(true_masks, GruRegressor(weights))
    predictor = ReadoutPredictor(weights)
    return read_out(predictor) if method == "readout" else fitted(true_masks, predictor)
