"""How often the kind of mask is chosen as a prompt asks for it; `physperception evaluate intent` runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from physperception.datasets.coco import DatasetError
from physperception.evaluation.scores import Reliability, mean
from physperception.grounding.intent import Intent
from physperception.scene import MaskKind

KINDS = ("VISIBLE", "AMODAL", "AMBIGUOUS")
LENGTHS = {"short": 5, "medium": 15}
"""The most words of a short and of a medium prompt; others are long."""


@dataclass(frozen=True)
class LabelledPrompt:
    """A prompt and its kind, one of `KINDS`."""

    text: str
    kind: str

    @property
    def length(self) -> str:
        """short, medium or long."""
        words = len(self.text.split())
        return next((name for name, most in LENGTHS.items() if words <= most), "long")


@dataclass(frozen=True)
class Answer:
    """What was chosen for a prompt: one of `KINDS`, or MIXED for a command that wants both kinds."""

    prompt: LabelledPrompt
    chosen: str
    intent: Intent

    @property
    def right(self) -> bool:
        return self.chosen == self.prompt.kind


def read_prompts(path: Path) -> list[LabelledPrompt]:
    """Prompts of a file with one JSON object {"text": ..., "kind": ...} a line; empty lines are skipped.

    Raises:
        DatasetError: the file can't be read or holds no prompt, or a line, named by its number, is broken.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"cannot read {path}: {error}") from error
    prompts = [_parse(line, f"line {number} of {path}") for number, line in enumerate(lines, 1) if line.strip()]
    if not prompts:
        raise DatasetError(f"{path} holds no prompts")
    return prompts


def answer(prompts: Iterable[LabelledPrompt], decide: Callable[[str], Intent]) -> list[Answer]:
    """What `decide` says to each prompt."""
    answers = []
    for prompt in prompts:
        intent = decide(prompt.text)
        kind = "MIXED" if intent.kind is None else intent.kind.value
        answers.append(Answer(prompt, "AMBIGUOUS" if intent.ambiguous else kind, intent))
    return answers


def figures_of(answers: Sequence[Answer]) -> dict[str, float | dict[str, float]]:
    """Figures by name; NaN where there is nothing to measure on.

    `accuracy` counts an answer as right that is the prompt's kind, so AMBIGUOUS on a clear prompt is wrong.
    `accuracy_two_way` is over clear prompts, with the likelier kind of an ambiguous answer. `ece` compares the
    probability of AMODAL with how often clear prompts ask for it, over 15 bins.
    """
    clear = [item for item in answers if item.prompt.kind != "AMBIGUOUS"]
    calibration = Reliability()
    for item in clear:
        calibration.add(item.intent.probability, item.prompt.kind == MaskKind.AMODAL.value)
    two_way = [float(item.intent.kind is not None and item.intent.kind.value == item.prompt.kind) for item in clear]
    return {
        "accuracy": _accuracy(answers),
        "accuracy_clear": _accuracy(clear),
        "accuracy_two_way": mean(two_way),
        "accuracy_by_kind": {kind: _accuracy([a for a in answers if a.prompt.kind == kind]) for kind in KINDS},
        "accuracy_by_length": {
            length: _accuracy([a for a in answers if a.prompt.length == length]) for length in (*LENGTHS, "long")
        },
        "accuracy_clear_by_length": {
            length: _accuracy([a for a in clear if a.prompt.length == length]) for length in (*LENGTHS, "long")
        },
        "ambiguous_share": mean(float(item.chosen == "AMBIGUOUS") for item in answers),
        "ece": calibration.error(),
        "n": len(answers),
    }


def _accuracy(answers: Sequence[Answer]) -> float:
    return mean(float(item.right) for item in answers)


def _parse(line: str, place: str) -> LabelledPrompt:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{place} is not valid JSON: {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise DatasetError(f'{place} must be an object with a string "text"')
    if record.get("kind") not in KINDS:
        raise DatasetError(f'{place} must have a "kind" of {", ".join(KINDS)}, got {record.get("kind")!r}')
    return LabelledPrompt(record["text"], record["kind"])
