"""`physperception evaluate intent` and `evaluate r2sm`: which mask words ask for, and how good the masks given are."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from physperception.cli import evaluate_grounding
from physperception.cli.tables import format_table
from physperception.datasets.coco import DatasetError
from physperception.errors import ConfigError
from physperception.scene import BoolArray, MaskKind

if TYPE_CHECKING:
    from physperception.datasets.expressions.records import Expression
    from physperception.datasets.referring import ReferringSet
    from physperception.evaluation.grounding import Grounder, Perceive
    from physperception.evaluation.r2sm import QueryResult
    from physperception.grounding.intent import Intent


def add_intent_arguments(task: argparse.ArgumentParser) -> None:
    task.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help='prompts, a JSON object {"text": ..., "kind": "VISIBLE"|"AMODAL"|"AMBIGUOUS"} a line',
    )
    task.add_argument("--limit", type=int, metavar="N", help="the first N prompts only")
    task.add_argument("--errors", action="store_true", help="list the prompts that were answered wrongly")
    task.add_argument("--json", action="store_true", help="end with one line of JSON")


def add_r2sm_arguments(task: argparse.ArgumentParser) -> None:
    task.add_argument("--data", type=Path, required=True, metavar="F", help="queries (docs/datasets.md has the layout)")
    task.add_argument("--annotations", type=Path, metavar="FILE", help="objects, where they are not in the same file")
    task.add_argument("--images", type=Path, metavar="DIR", help="the images, where they are not beside the file")
    task.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help='score these masks, a JSON list of {"query_id", "segmentation", "score"}, instead of grounding',
    )
    evaluate_grounding.add_method_arguments(task)
    task.add_argument("--limit", type=int, metavar="N", help="the first N queries only")
    task.add_argument("--json", action="store_true", help="end with one line of JSON")


def run_intent(args: argparse.Namespace, decide: Callable[[str], Intent] | None = None) -> int:
    """Returns 0.

    Args:
        args: of `add_intent_arguments`.
        decide: chooses the kind of mask; the package's own unless given.
    """
    from physperception.evaluation.intent import answer, figures_of, read_prompts
    from physperception.grounding import intent

    _check_limit(args.limit)
    prompts = read_prompts(args.data)[: args.limit]
    answers = answer(tqdm(prompts, unit="prompt", disable=None), decide or intent.decide)
    figures = figures_of(answers)
    _print(figures)
    if args.errors:
        wrong = [item for item in answers if not item.right]
        rows = [(item.prompt.kind, item.chosen, f"{item.intent.probability:.2f}", item.prompt.text) for item in wrong]
        print("\n" + format_table(("wanted", "chosen", "P(amodal)", "prompt"), rows))
    if args.json:
        print(json.dumps(_known(figures), allow_nan=False))
    return 0


def run_r2sm(args: argparse.Namespace, grounder: Grounder | None = None, perceive: Perceive | None = None) -> int:
    """Returns 0.

    Args:
        args: of `add_r2sm_arguments`.
        grounder, perceive: what answers the queries and what finds the objects; those that `args` name unless given.
    """
    from physperception.datasets.readers.r2sm import read_r2sm
    from physperception.evaluation.r2sm import R2smScores

    _check_limit(args.limit)
    data = read_r2sm(args.data, args.annotations, args.images)
    queries = data.expressions[: args.limit]
    scores = R2smScores()
    kinds: list[float] = []
    with ExitStack() as models:
        if args.predictions:
            results = _predicted(data, queries, args.predictions)
        else:
            finder = None if args.true_objects else perceive or evaluate_grounding.perception(args.set, models)
            asked = grounder or evaluate_grounding.grounder_of(args)
            results = _grounded(data, queries, asked, finder, args.true_kind, kinds)
        for result in tqdm(results, total=len(queries), unit="query", disable=None):
            scores.add(result)
    figures: dict[str, Any] = scores.figures()
    if kinds:
        figures["accuracy"] = sum(kinds) / len(kinds)
    _print(figures)
    if args.json:
        print(json.dumps(_known(figures), allow_nan=False))
    return 0


def _grounded(
    data: ReferringSet,
    queries: Iterable[Expression],
    grounder: Grounder,
    perceive: Perceive | None,
    give_kind: bool,
    kinds: list[float],
) -> Iterator[QueryResult]:
    """Answers of a grounder; `kinds` grows by whether each chose the kind of mask that the query is annotated with."""
    number = 0
    for image_id, group in groupby(queries, key=lambda item: item.image_id):
        image, truth = data.picture(image_id), data.true_scene(image_id)
        scene = truth if perceive is None else perceive(image)
        for query in group:
            answer = grounder.ground(image, scene, query.text, query.mask_kind if give_kind else None)
            if not give_kind:
                kinds.append(float(answer.mask_kind is query.mask_kind))
            given = [item for item in answer.objects if item.mask is not None]
            masks = [item.mask.full(query.width, query.height) for item in given if item.mask is not None]
            yield _result(data, query, number, masks, [item.score for item in given])
            number += 1


def _predicted(data: ReferringSet, queries: Iterable[Expression], path: Path) -> Iterator[QueryResult]:
    from physperception.datasets.readers.masks import decode_segmentation

    given = _read_predictions(path, {query.id for query in data.expressions})
    for number, query in enumerate(queries):
        found = given.get(query.id, [])
        try:
            masks = [decode_segmentation(item["segmentation"], query.height, query.width) for item in found]
            yield _result(data, query, number, masks, [float(item["score"]) for item in found])
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"a prediction for the query {query.id} in {path} is damaged: {error}") from error


def _read_predictions(path: Path, known: set[str]) -> dict[str, list[Mapping[str, Any]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        by_query: dict[str, list[Mapping[str, Any]]] = {}
        for item in content:
            by_query.setdefault(str(item["query_id"]), []).append(item)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"cannot read the predictions {path}: {error}") from error
    strange = sorted(set(by_query) - known)
    if strange:
        raise DatasetError(f"{path} has predictions for the query {strange[0]}, which the data set does not have")
    return by_query


def _result(
    data: ReferringSet, query: Expression, number: int, masks: list[BoolArray], scores: list[float]
) -> QueryResult:
    from physperception.datasets.readers.masks import stack_masks
    from physperception.evaluation.r2sm import QueryResult

    size = query.height, query.width
    true = [
        np.zeros(size, dtype=np.bool_) if mask is None else mask.full(query.width, query.height)
        for mask in data.target_masks(query)
    ]
    amodal = query.mask_kind is MaskKind.AMODAL
    return QueryResult(number + 1, amodal, stack_masks(true, *size), stack_masks(masks, *size), scores)


def _print(figures: Mapping[str, Any]) -> None:
    rows = [
        (name if part == "" else f"{name} {part}", "-" if math.isnan(value) else f"{value:.4g}")
        for name, found in figures.items()
        for part, value in (found.items() if isinstance(found, dict) else (("", found),))
    ]
    print(format_table(("figure", "value"), rows))


def _known(value: Any) -> Any:
    """Without NaN, which JSON lacks."""
    if isinstance(value, dict):
        return {name: _known(item) for name, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _check_limit(limit: int | None) -> None:
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit must be at least 1, got {limit}")
