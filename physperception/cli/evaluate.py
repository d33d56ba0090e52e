"""`physperception evaluate`: how good detection, completion, order and physical properties are where truth is known."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from physperception.cli import evaluate_grounding, evaluate_intent, evaluate_properties
from physperception.cli.detect import parse_settings
from physperception.cli.tables import format_table
from physperception.config import load
from physperception.datasets.coco import AnnotatedImages, DatasetError, SceneDataset
from physperception.datasets.readers import open_dataset
from physperception.errors import ConfigError

if TYPE_CHECKING:
    from physperception.amodal import AmodalConfig, Completer
    from physperception.detection import Detector, DetectorConfig
    from physperception.evaluation.truth import ImageTruth

ROOT = Path("data/scenes")
MADE_SPLITS = ("train", "val", "test1", "test2", "household")
PERCENT = 100.0

Figures = Mapping[str, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(
        dest="task", required=True, metavar="detection|amodal|order|properties|grounding|intent|r2sm"
    )
    for name, words in (
        ("detection", "average precision, recall of hidden objects, layers"),
        ("amodal", "completion of true visible masks"),
        ("order", "who hides whom, from true visible masks"),
    ):
        task = tasks.add_parser(name, help=words, description=words)
        task.add_argument("--split", metavar="S", help="the folder S of --data")
        task.add_argument("--data", type=Path, metavar="PATH", help=f"where splits are (default {ROOT}), or a data set")
        task.add_argument("--images", type=Path, metavar="DIR", help="the images, where they are not beside the file")
        task.add_argument("--limit", type=int, metavar="N", help="the first N images only")
        task.add_argument("--json", action="store_true", help="end with one line of JSON")
        task.add_argument("--pages", type=Path, metavar="DIR", help="write the worst and some random cases as a page")
        node = "detector" if name == "detection" else "amodal"
        task.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", help=f"change an option of config/{node}.yaml"
        )
        if name == "detection":
            task.add_argument("--compare", metavar="WEIGHTS", help="other weights as a baseline")
        else:
            task.add_argument("--compare", action="store_true", help="baselines that need no model as well")
        if name == "amodal":
            task.add_argument(
                "--compare-weights", metavar="FILE", help="a completer trained without image features as well"
            )
    words = "restitution, friction and viscosity from generated videos"
    evaluate_properties.add_arguments(tasks.add_parser("properties", help=words, description=words))
    words = "commands in words: the objects they mean, visible or whole"
    evaluate_grounding.add_arguments(tasks.add_parser("grounding", help=words, description=words))
    words = "whether words ask for the visible or the whole mask"
    evaluate_intent.add_intent_arguments(tasks.add_parser("intent", help=words, description=words))
    words = "masks for queries in words (R2SM)"
    evaluate_intent.add_r2sm_arguments(tasks.add_parser("r2sm", help=words, description=words))


def run(
    args: argparse.Namespace,
    make_completer: Callable[[AmodalConfig], Completer] | None = None,
    make_detector: Callable[[DetectorConfig], Detector] | None = None,
) -> int:
    """Returns 0.

    Args:
        args: of `add_arguments`.
        make_completer, make_detector: make the models; the package's own unless given.
    """
    if args.task == "properties":
        return evaluate_properties.run(args)
    if args.task == "grounding":
        return evaluate_grounding.run(args)
    if args.task == "intent":
        return evaluate_intent.run_intent(args)
    if args.task == "r2sm":
        return evaluate_intent.run_r2sm(args)
    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit must be at least 1, got {args.limit}")
    data = open_data(args.split, args.data, args.images)
    count = len(data) if args.limit is None else min(args.limit, len(data))
    if not count:
        raise DatasetError("the data set holds no images")
    with ExitStack() as models:
        if args.task == "detection":
            figures = _detection(args, data, make_detector, models)
        elif args.task == "amodal":
            figures = _amodal(args, data, count, make_completer, models)
        else:
            figures = _order(args, data, count, make_completer, models)
    if args.pages:
        print(f"cases in {args.pages / 'index.html'}")
    if args.json:
        from physperception.evaluation.scores import json_line

        print(json_line(figures))
    return 0


def open_data(split: str | None, path: Path | None, images: Path | None = None) -> AnnotatedImages:
    """The data set that `--split` and `--data` name.

    Raises:
        ConfigError: neither is given.
        DatasetError: it is not there, with the command that makes it, or it can't be read.
    """
    if split is not None:
        folder = (path or ROOT) / split
    elif path is not None:
        folder = path
    else:
        raise ConfigError(f"name the data: --split S for {ROOT}/S, or --data PATH for any data set")
    if not folder.exists():
        if folder.name in MADE_SPLITS:
            command = f"python -m physperception.datasets.scenes --out {folder} --count 500 --seed 1 --depth"
            raise DatasetError(f"{folder} does not exist; make it with: {command} --split {folder.name}")
        if split is not None:
            raise DatasetError(f"{folder} does not exist; splits that can be made are {', '.join(MADE_SPLITS)}")
        raise DatasetError(f"{folder} does not exist")
    return open_dataset(folder, images=images)


def _detection(
    args: argparse.Namespace,
    data: AnnotatedImages,
    make: Callable[[DetectorConfig], Detector] | None,
    models: ExitStack,
) -> dict[str, float]:
    from physperception.detection import DetectorConfig, create
    from physperception.evaluation.ablation import ablation_table
    from physperception.evaluation.detection import OPTIONS, RECALL_SCORE, figures_of, tally
    from physperception.evaluation.pages import write_detection_page

    changes = {**OPTIONS, **parse_settings(args.set, (DetectorConfig,))[DetectorConfig]}
    runs = {"": changes} | ({"baseline_": changes | {"weights": args.compare}} if args.compare else {})
    detectors = {}
    for prefix, values in runs.items():
        detectors[prefix] = (make or create)(load(DetectorConfig, "detector", **values))
        models.callback(detectors[prefix].close)
    counts = {prefix: tally(detector, data, args.limit) for prefix, detector in detectors.items()}
    figures = {prefix: figures_of(found) for prefix, found in counts.items()}
    names = {"": detectors[""].model_id, "baseline_": f"baseline {args.compare}"}
    print(ablation_table({names[prefix]: {"": [found]} for prefix, found in figures.items()}))
    print()
    _print_figures(figures[""])
    if args.pages:
        write_detection_page(
            args.pages, _facts(args, detectors[""].model_id), data, detectors[""], counts[""].images, RECALL_SCORE
        )
    return _joined(figures)


def _amodal(
    args: argparse.Namespace,
    data: AnnotatedImages,
    count: int,
    make: Callable[[AmodalConfig], Completer] | None,
    models: ExitStack,
) -> dict[str, float]:
    from physperception.evaluation import amodal, methods
    from physperception.evaluation.pages import write_amodal_page

    _need(data.has_amodal, data, "whole shapes")
    completer, _ = _completer(args.set, make, models)
    main = methods.with_completer(completer)
    rows: dict[str, tuple[str, methods.Method]] = {
        "": (completer.model_id, main),
        "alone_": ("no other mask known", methods.alone(completer)),
    }
    if _has_depth(data):
        rows["depth_"] = ("with depth", methods.with_depth(completer))
    if args.compare:
        rows["baseline_"] = ("visible as it is", methods.visible_as_is)
        rows["hull_"] = ("convex hull", methods.convex_hull)
    if args.compare_weights:
        blind, _ = _completer([*args.set, f"weights={args.compare_weights}"], make, models)
        rows["no_image_"] = ("without image features", methods.without_image(blind, completer))
        rows["alone_no_image_"] = ("no other mask known, without image features", methods.without_image(blind))
    tallies = amodal.evaluate(_truths(data, count), {prefix: method for prefix, (_, method) in rows.items()})
    figures = {prefix: tally.figures() for prefix, tally in tallies.items()}
    print(
        format_table(
            ("method", "mIoU", "mIoU-inv"),
            [
                (rows[prefix][0], PERCENT * found["miou"], PERCENT * found["miou_inv"])
                for prefix, found in figures.items()
            ],
        )
    )
    print()
    _print_figures(figures[""])
    if args.pages:
        write_amodal_page(args.pages, _facts(args, completer.model_id), data, main, tallies[""].objects)
    return _joined(figures)


def _order(
    args: argparse.Namespace,
    data: AnnotatedImages,
    count: int,
    make: Callable[[AmodalConfig], Completer] | None,
    models: ExitStack,
) -> dict[str, float]:
    from physperception.evaluation import methods, order
    from physperception.evaluation.pages import write_order_page

    _need(data.has_amodal, data, "whole shapes")
    _need(data.has_order, data, "who hides whom")
    completer, config = _completer(args.set, make, models)
    main = methods.with_completer(completer)
    rows: dict[str, tuple[str, order.OrderMethod]] = {
        "": (completer.model_id, order.graph_of(main, config.order_margin, completer=completer))
    }
    if _has_depth(data):
        with_depth = order.graph_of(methods.with_depth(completer), config.order_margin, True, completer)
        rows["depth_"] = ("with depth", with_depth)
    rows["plain_"] = ("binary masks, I_A > I_B", order.plain_rule(methods.alone(completer)))
    if args.compare:
        rows["baseline_"] = ("convex hulls, I_A > I_B", order.plain_rule(methods.convex_hull))
    tallies = order.evaluate(_truths(data, count), {prefix: method for prefix, (_, method) in rows.items()})
    figures = {prefix: tally.figures() for prefix, tally in tallies.items()}
    names = ("accuracy", "accuracy_all", "precision", "confidence_ece")
    print(
        format_table(
            ("method", "accuracy", "all pairs", "precision", "ECE", "cycles"),
            [
                (rows[prefix][0], *(PERCENT * found[name] for name in names), int(found["cycles_named"]))
                for prefix, found in figures.items()
            ],
        )
    )
    print()
    _print_figures(figures[""])
    if args.pages:
        write_order_page(args.pages, _facts(args, completer.model_id), data, main, tallies[""].pairs)
    return _joined(figures)


def _completer(
    changes: list[str], make: Callable[[AmodalConfig], Completer] | None, models: ExitStack
) -> tuple[Completer, AmodalConfig]:
    from physperception.amodal import AmodalConfig, create

    config = load(AmodalConfig, "amodal", **parse_settings(changes, (AmodalConfig,))[AmodalConfig])
    completer = (make or create)(config)
    models.callback(completer.close)
    return completer, config


def _truths(data: AnnotatedImages, count: int) -> Iterator[ImageTruth]:
    from physperception.evaluation.truth import read_truth

    for index in tqdm(range(count), unit="image", disable=None):
        yield read_truth(data, index)


def _has_depth(data: AnnotatedImages) -> bool:
    return isinstance(data, SceneDataset) and any("depth_file_name" in image for image in data.images)


def _need(known: bool, data: AnnotatedImages, what: str) -> None:
    if not known:
        raise DatasetError(f"a data set of the format {data.format} does not say {what}, so this can't be evaluated")


def _facts(args: argparse.Namespace, model: str) -> dict[str, str]:
    facts = {"Data": str(args.split or args.data), "Model": model, "Options": ", ".join(args.set) or "defaults"}
    return facts | ({"Images": f"the first {args.limit}"} if args.limit else {})


def _print_figures(figures: Figures) -> None:
    for name, value in figures.items():
        text = f"{value:.3f}" if isinstance(value, float) else str(value)
        print(f"{name:22} {'-' if math.isnan(value) else text}")


def _joined(figures: Mapping[str, Figures]) -> dict[str, float]:
    """Figures of every row under the prefix of the row; the main row has none, and keeps figures that are not known."""
    return {
        f"{prefix}{name}": value
        for prefix, found in figures.items()
        for name, value in found.items()
        if not prefix or not math.isnan(value)
    }
