"""How well a served model grounds each sample: the scores that learnability needs, of the reference and of the policy.

    python -m physperception.training.grounding.score --samples samples.jsonl --images IMAGES \\
        --url http://localhost:8000/v1 --model NAME --out scores.jsonl

Prompts are the paper's (figure 7), settings those of Table 7. A run that was killed goes on with the same command.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from physperception.chat import ChatClient, ChatCut
from physperception.errors import PhysperceptionError
from physperception.grounding.vlm.families import FAMILIES, Family, encode, family_of, thinks
from physperception.grounding.vlm.prompts import MOST_TOKENS, SETTINGS, user
from physperception.training.grounding.conversations import question
from physperception.training.grounding.curation import positive, read_image
from physperception.training.grounding.journal import Journal
from physperception.training.grounding.reward import THOUGHT, GroundTruth, compare, read_boxes
from physperception.training.grounding.running import run
from physperception.training.grounding.samples import GroundingSample, read_samples

MOST_PIXELS = 1 << 20


def score(
    sample: GroundingSample,
    image: NDArray[np.uint8],
    client: ChatClient,
    family: Family,
    *,
    opens_reasoning: bool = False,
    cancel: threading.Event | None = None,
) -> dict[str, Any]:
    """The model's answer to one sample and its `iou` and `success`; an answer cut at the limit of tokens scores 0.

    Args:
        image: uint8 RGB [H, W, 3].
        opens_reasoning: the model's chat template opens its reasoning, so the answer begins where it is closed.
        cancel: set by another thread to give up at once.

    Raises:
        ChatError: no answer.
    """
    messages = [user(encode(image, MOST_PIXELS).url, question(sample, family))]
    content, reasoning = "", ""
    try:
        with client.stream(messages, fields=SETTINGS, cancel=cancel) as pieces:
            for piece in pieces:
                content += piece.content
                reasoning += piece.reasoning
    except ChatCut:
        return {"id": sample.id, "iou": 0.0, "success": 0.0, "readable": False, "answer": content}
    answer = f"{reasoning}{THOUGHT}{content}" if reasoning else content
    truth = GroundTruth.of(sample, family)
    found = read_boxes(answer, truth, opens_reasoning)
    iou, success = (0.0, 0.0) if found is None else compare(found, truth.boxes)
    return {"id": sample.id, "iou": iou, "success": success, "readable": found is not None, "answer": answer}


def tally(record: Mapping[str, Any]) -> Iterable[str]:
    """Names under which a record is counted."""
    yield "success" if record["success"] == 1 else "failure"
    if not record["readable"]:
        yield "unreadable"


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except (PhysperceptionError, OSError) as error:
        raise SystemExit(f"score: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("score: interrupted; the same command goes on") from None


def _run(options: argparse.Namespace) -> None:
    samples = [sample for sample in read_samples(options.samples) if sample.text]
    client = ChatClient(url=options.url, model=options.model, timeout_s=options.timeout, max_tokens=options.max_tokens)
    family = FAMILIES[options.family] if options.family else family_of(options.model)
    settings = {"model": options.model, "family": family.name, "max_tokens": options.max_tokens}
    with Journal(options.out, settings, tally) as journal:
        waiting = [sample for sample in samples if sample.id not in journal.done]

        def work(sample: GroundingSample, cancel: threading.Event) -> dict[str, Any]:
            image = read_image(options.images, sample)
            return score(sample, image, client, family, opens_reasoning=thinks(options.model), cancel=cancel)

        with tqdm(total=len(waiting), unit="sample", disable=None) as progress:

            def keep(record: Mapping[str, Any]) -> None:
                journal.append(record)
                progress.update()

            outcome = run(waiting, work, keep, workers=options.concurrency)
        done = len(journal.done)
        right, unreadable = journal.counts["success"], journal.counts["unreadable"]
        print(f"accuracy {right / done if done else 0.0:.3f} of {done} samples, {unreadable} answers unreadable")
    left = len(waiting) - outcome.finished
    if left:
        why = outcome.stopped or next(iter(outcome.failed.values()), "they were cancelled")
        raise SystemExit(f"score: {left} samples left, because {why}; the same command goes on")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Score a served grounding model on samples.")
    parser.add_argument("--samples", type=Path, required=True, help="JSONL; those without text are left out")
    parser.add_argument("--images", type=Path, required=True, help="folder that the samples' images are in")
    parser.add_argument("--url", required=True, help="of an OpenAI-compatible API, such as http://localhost:8000/v1")
    parser.add_argument("--model", required=True, help="its name on the server")
    parser.add_argument("--family", choices=tuple(FAMILIES), help="of the model; by its name where it is left out")
    parser.add_argument("--out", type=Path, required=True, help="JSONL of scores; an unfinished one is continued")
    parser.add_argument("--concurrency", type=positive, default=8, help="requests at a time")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for one request")
    parser.add_argument("--max-tokens", type=positive, default=MOST_TOKENS, help="of one answer")
    return parser


if __name__ == "__main__":
    main()
