"""Several detectors in one table, in the form of thesis Table 2.3.

    python -m physperception.evaluation.ablation --weights none=none-0.safetensors none=none-1.safetensors \\
        tri=tri-0.safetensors tri=tri-1.safetensors --splits test1 test2

A name that comes more than once, such as for several seeds, gets one row of means and standard deviations (n - 1). With
`--json` the last line is one JSON object: every figure under NAME/SPLIT/RUN/FIGURE.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from physperception.cli.tables import format_table
from physperception.config import load
from physperception.datasets.coco import DatasetError
from physperception.datasets.readers import open_dataset
from physperception.detection import DetectorConfig, create
from physperception.errors import ConfigError, PhysperceptionError
from physperception.evaluation.detection import OPTIONS, evaluate
from physperception.evaluation.scores import json_line

COLUMNS = (
    ("recall occluded", "recall_occluded"),
    ("recall separated", "recall_separated"),
    ("box AP", "box_ap"),
    ("mask AP", "mask_ap"),
)
WIDTH = 1000

Runs = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]


def ablation_table(runs: Runs) -> str:
    """One row a name, four columns a split, in percent.

    Args:
        runs: figures of `physperception.evaluation.detection.evaluate`, of one run or more, by name and then by split.
    """
    splits = list(dict.fromkeys(split for by_split in runs.values() for split in by_split))
    columns = [f"{split} {title}".strip() for split in splits for title, _ in COLUMNS]
    rows = []
    for name, by_split in runs.items():
        cells = [_cell(by_split.get(split, ()), key) for split in splits for _, key in COLUMNS]
        rows.append((name, max(map(len, by_split.values()), default=0), *cells))
    return format_table(("heads", "runs", *columns), rows, WIDTH)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 done, 2 for an error told in one sentence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", nargs="+", required=True, metavar="NAME=FILE", help="heads of the embedded model")
    parser.add_argument("--splits", nargs="+", required=True, metavar="S", help="folders of --data")
    parser.add_argument("--data", type=Path, default=Path("data/scenes"), help="where splits are")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N images only")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    chosen = parser.parse_args(arguments)
    try:
        runs = measure(chosen.weights, chosen.splits, chosen.data, chosen.limit)
    except PhysperceptionError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    print(ablation_table(runs))
    if chosen.json:
        print(json_line(_flat(runs)))
    return 0


def measure(
    weights: Sequence[str], splits: Sequence[str], root: Path, limit: int | None = None
) -> dict[str, dict[str, list[dict[str, float]]]]:
    """Figures by name and split, one for each file.

    Args:
        weights: NAME=FILE each; a name may come more than once.
        splits: names of folders in `root`.
        root: folder of the splits.
        limit: images of each split; None for all.

    Raises:
        ConfigError: an entry of `weights` is not NAME=FILE.
        DatasetError, ModelUnavailable: a split or a file can't be read.
    """
    files = [entry.partition("=") for entry in weights]
    for name, _, file in files:
        if not name or not file:
            raise ConfigError(f"--weights needs NAME=FILE, got {name!r}")
    for split in splits:
        if not (root / split).exists():
            raise DatasetError(f"{root / split} does not exist")
    sets = {split: open_dataset(root / split) for split in splits}
    runs: dict[str, dict[str, list[dict[str, float]]]] = {}
    for name, _, file in files:
        detector = create(load(DetectorConfig, "detector", weights=file, **OPTIONS))
        for split, data in sets.items():
            print(f"{name} ({file}) on {split}", file=sys.stderr)
            runs.setdefault(name, {}).setdefault(split, []).append(evaluate(detector, data, limit))
        detector.close()
    return runs


def _flat(runs: Runs) -> dict[str, float]:
    """Figures under NAME/SPLIT/RUN/FIGURE."""
    return {
        f"{name}/{split}/{number}/{figure}": value
        for name, by_split in runs.items()
        for split, found in by_split.items()
        for number, figures in enumerate(found)
        for figure, value in figures.items()
    }


def _cell(runs: Sequence[Mapping[str, float]], key: str) -> str:
    """Mean, and deviation where there are several, in percent; of a recall, the number found before it."""
    known = [100 * figures[key] for figures in runs if not math.isnan(figures[key])]
    if not known:
        return "-"
    spread = f" +- {statistics.stdev(known):.2f}" if len(known) > 1 else ""
    percent = f"{statistics.fmean(known):.2f}{spread}"
    if not key.startswith("recall_"):
        return percent
    found = statistics.fmean(figures[key.replace("recall_", "found_")] for figures in runs)
    return f"{found:.0f} ({percent})"


if __name__ == "__main__":
    sys.exit(main())
