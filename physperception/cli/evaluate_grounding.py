"""`physperception evaluate grounding`: how often a command in words finds what it means."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from physperception.cli.detect import parse_settings
from physperception.cli.tables import format_table
from physperception.config import load
from physperception.datasets.coco import DatasetError
from physperception.errors import ConfigError
from physperception.scene import Scene

if TYPE_CHECKING:
    from physperception.datasets.referring import ReferringSet
    from physperception.evaluation.grounding import Grounder, GroundingTally, Perceive

ROOT = Path("data/scenes")
PERCENT = 100.0


def add_arguments(task: argparse.ArgumentParser) -> None:
    task.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="F",
        help="expressions (JSON lines), a folder of RefCOCO, or curated prompts of whole objects",
    )
    task.add_argument("--scenes", type=Path, metavar="DIR", help=f"scenes of the expressions (default {ROOT}/SPLIT)")
    task.add_argument("--annotations", type=Path, metavar="FILE", help="masks of curated prompts, such as COCOA's")
    task.add_argument("--images", type=Path, metavar="DIR", help="the images, where they are not beside the file")
    task.add_argument("--split", metavar="S", help="of RefCOCO: val, testA, ... (default: all but train)")
    add_method_arguments(task)
    task.add_argument("--gpus", type=int, help="GPUs the model runs on, for GPU latency (default 1 for vlm, else 0)")
    task.add_argument("--limit", type=int, metavar="N", help="the first N expressions only")
    task.add_argument("--pages", type=Path, metavar="DIR", help="write the worst and some random cases as a page")
    task.add_argument("--json", action="store_true", help="end with one line of JSON")


def add_method_arguments(task: argparse.ArgumentParser) -> None:
    """What answers, and in which objects."""
    task.add_argument(
        "--true-objects", action="store_true", help="ground in the true objects instead of what is seen in the pixels"
    )
    task.add_argument("--true-kind", action="store_true", help="say which mask is wanted, instead of the words alone")
    task.add_argument("--method", choices=("embedded", "vlm"), default="embedded", help="default embedded")
    task.add_argument("--server", metavar="URL", default="http://localhost:8000/v1", help="of the model, for vlm")
    task.add_argument("--model", metavar="ID", help="its name on the server, for vlm")
    task.add_argument("--budget", choices=("none", "short", "full"), default="full", help="of reasoning, for vlm")
    task.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change an option of config/detector.yaml or, as amodal.KEY=VALUE, of config/amodal.yaml",
    )


def run(args: argparse.Namespace, grounder: Grounder | None = None, perceive: Perceive | None = None) -> int:
    """Returns 0.

    Args:
        args: of `add_arguments`.
        grounder, perceive: what to measure and what finds the objects; those that `args` name unless given.
    """
    from physperception.evaluation.grounding import evaluate

    if args.limit is not None and args.limit < 1:
        raise ConfigError(f"--limit must be at least 1, got {args.limit}")
    if args.gpus is not None and args.gpus < 0:
        raise ConfigError(f"--gpus must not be negative, got {args.gpus}")
    data = open_referring(args)
    expressions = data.expressions[: args.limit]
    gpus = args.gpus if args.gpus is not None else int(args.method == "vlm")
    with ExitStack() as models:
        finder = None if args.true_objects else perceive or perception(args.set, models)
        asked = tqdm(expressions, unit="expression", disable=None)
        tally = evaluate(data, grounder or grounder_of(args), finder, asked, gpus, args.true_kind)
    figures = tally.figures()
    print(_tables(figures))
    if args.pages:
        from physperception.evaluation.grounding_pages import write_grounding_page

        write_grounding_page(args.pages, _facts(args, tally), data, tally.cases)
        print(f"cases in {args.pages / 'index.html'}")
    if args.json:
        print(json.dumps(_known(figures), allow_nan=False))
    return 0


def open_referring(args: argparse.Namespace) -> ReferringSet:
    """The data set that `--data`, `--scenes`, `--annotations`, `--images` and `--split` name.

    Raises:
        DatasetError: it is not there, with the command that makes it, or it can't be read.
    """
    from physperception.datasets.expressions import read_expressions
    from physperception.datasets.readers.prompted import read_prompted
    from physperception.datasets.readers.refcoco import read_refcoco
    from physperception.datasets.referring import open_generated

    path: Path = args.data
    if not path.exists():
        split = path.stem
        command = f"python -m physperception.datasets.expressions --scenes {ROOT / split} --out {path} --count 2000"
        raise DatasetError(f"{path} does not exist; make it with: {command} --seed 1 --split {split}")
    if path.is_dir() or path.name.startswith("refs"):
        return read_refcoco(path, args.images, args.split)
    if _is_prompts(path):
        return read_prompted(path, args.annotations, args.images)
    expressions = read_expressions(path)
    if not expressions:
        raise DatasetError(f"{path} holds no expressions")
    return open_generated(path, args.scenes or ROOT / expressions[0].split)


def _is_prompts(path: Path) -> bool:
    """Whether the first line is a curated prompt; generated expressions have other keys."""
    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(file.readline() or "{}")
    except (OSError, ValueError):
        return False
    return isinstance(first, dict) and ("sample" in first or {"image", "boxes"} <= set(first))


def grounder_of(args: argparse.Namespace) -> Grounder:
    """The grounder that `--method` names. Raises ConfigError where it lacks an option."""
    if args.method == "embedded":
        from physperception.grounding.embedded.grounder import EmbeddedGrounder

        return EmbeddedGrounder()
    if not args.model:
        raise ConfigError("--method vlm needs --model, the model's name on the server")
    from physperception.chat import ChatClient
    from physperception.grounding.vlm.grounder import VlmGrounder
    from physperception.grounding.vlm.prompts import Budget

    return VlmGrounder(ChatClient(url=args.server, model=args.model, max_tokens=8192), budget=Budget(args.budget))


def perception(changes: list[str], models: ExitStack) -> Perceive:
    """The embedded detector and completer on one image at a time, with the options of the nodes."""
    from physperception.amodal import AmodalConfig
    from physperception.amodal import create as create_completer
    from physperception.amodal.scene import SceneCompleter, SceneCompleterConfig
    from physperception.detection import DetectorConfig
    from physperception.detection import create as create_detector

    own = [change for change in changes if not change.startswith("amodal.")]
    whole = [change.removeprefix("amodal.") for change in changes if change.startswith("amodal.")]
    amodal = parse_settings(whole, (AmodalConfig, SceneCompleterConfig))
    config = load(AmodalConfig, "amodal", **amodal[AmodalConfig])
    detector = create_detector(
        load(DetectorConfig, "detector", **parse_settings(own, (DetectorConfig,))[DetectorConfig])
    )
    models.callback(detector.close)
    completer = create_completer(config)
    models.callback(completer.close)
    options = load(SceneCompleterConfig, "amodal", **{"max_objects": 300, **amodal[SceneCompleterConfig]})
    scenes = SceneCompleter(completer, options, config.order_margin)

    def perceive(image: NDArray[np.uint8]) -> Scene:
        scenes.reset()
        return scenes.update(image, detector.detect(image)).scene

    return perceive


def _tables(figures: Mapping[str, Any]) -> str:
    plain = [(name, value) for name, value in figures.items() if not isinstance(value, dict)]
    rows = [(name, "-" if math.isnan(value) else f"{value:.4g}") for name, value in plain]
    parts = [format_table(("figure", "value"), rows)]
    for name, found in figures.items():
        if isinstance(found, dict) and found:
            counts = name in ("errors", "failures")
            lines = [(key, value if counts else PERCENT * value) for key, value in found.items()]
            parts.append(format_table((name, "count" if counts else "%"), lines))
    return "\n\n".join(parts)


def _facts(args: argparse.Namespace, tally: GroundingTally) -> dict[str, str]:
    model = tally.cases[0].answer.model if tally.cases else ""
    objects = "the true ones" if args.true_objects else "seen in the pixels"
    facts = {"Data": str(args.data), "Method": model or args.method, "Objects": objects}
    facts |= {"Kind of mask": "given"} if args.true_kind else {}
    return facts | ({"Expressions": f"the first {args.limit}"} if args.limit else {})


def _known(value: Any) -> Any:
    """Without NaN, which JSON lacks."""
    if isinstance(value, dict):
        return {name: _known(item) for name, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
