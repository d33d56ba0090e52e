"""Curate training data with a large model: descriptions, their verification, and reasoning (EGM, sections 4.1 and B).

    python -m physperception.training.grounding.curation --samples samples.jsonl --images IMAGES \\
        --url http://localhost:8000/v1 --model NAME --out curated.jsonl

A sample without text gets a description of its object, which is verified; one with text is not described. Then the
reasoning is written, unless `--no-reasoning`. A run that was killed, or whose server went down, goes on when the same
command is given again.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from physperception.chat import ChatClient, ChatCut
from physperception.errors import InvalidImage, PhysperceptionError
from physperception.scene import MaskKind
from physperception.training.grounding import curation_prompts as prompts
from physperception.training.grounding import curation_replies as replies
from physperception.training.grounding.journal import Journal
from physperception.training.grounding.running import Outcome, ask, run
from physperception.training.grounding.samples import KEPT, GroundingSample, read_samples

REJECTED = "REJECTED"
PROMPTS = 1
"""Raised by one whenever the prompts or the checks of replies change, so that two versions never mix in one file."""
Ask = Callable[[prompts.Messages], str]


def curate(sample: GroundingSample, image: NDArray[np.uint8], answer: Ask, *, reasoning: bool = True) -> dict[str, Any]:
    """What a large model makes of one sample.

    Args:
        sample: with one box, and a visible box if it is AMODAL and reasoning is wanted.
        image: uint8 RGB [H, W, 3].
        answer: the model's answer to messages.
        reasoning: whether to have it written.

    Returns:
        A record: `id`; `status` KEPT or REJECTED; `why` it was rejected; `verified`, true, false, or null where the
        text was given; `requests` made; and the `sample` with its text and reasoning.
    """
    return _Curation(sample, image, answer).record(reasoning)


def tally(record: Mapping[str, Any]) -> Iterable[str]:
    """Names under which a record is counted."""
    yield "kept" if record["status"] == KEPT else f"rejected: {record['why'].partition(':')[0]}"
    if record["verified"] is not None:
        yield "verified" if record["verified"] else "not verified"


def report(counts: Mapping[str, int], requests: int | None = None) -> str:
    """The statistics of a journal in words, one a line."""
    rejected = {name: count for name, count in counts.items() if name.startswith("rejected: ")}
    lines = [f"kept {counts.get('kept', 0)}, rejected {sum(rejected.values())}"]
    lines += [f"  {name.removeprefix('rejected: ')}: {count}" for name, count in sorted(rejected.items())]
    asked = counts.get("verified", 0) + counts.get("not verified", 0)
    if asked:
        lines.append(f"verification passed {counts.get('verified', 0)} of {asked} descriptions")
    if requests is not None:
        lines.append(f"requests of this run: {requests}")
    return "\n".join(lines)


def read_image(folder: Path, sample: GroundingSample) -> NDArray[np.uint8]:
    """The sample's image, uint8 RGB [H, W, 3], as it is stored: boxes are of that, whatever its EXIF data say.

    Raises:
        InvalidImage: it can't be read, or has another size than the sample says.
    """
    path = folder / sample.image
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise InvalidImage(f"{path} can't be read as an image")
    height, width = image.shape[:2]
    if (width, height) != (sample.width, sample.height):
        raise InvalidImage(f"{path} has {width} x {height} pixels, its sample says {sample.width} x {sample.height}")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


class _Curation:
    def __init__(self, sample: GroundingSample, image: NDArray[np.uint8], answer: Ask) -> None:
        self.sample, self.image = sample, image
        self.requests = 0
        self.verified: bool | None = None
        self._answer = answer

    def record(self, reasoning: bool) -> dict[str, Any]:
        try:
            why = self._unusable(reasoning) or self._describe() or (self._explain() if reasoning else "")
        except ChatCut:
            why = "cut: a reply ended at the limit of tokens"
        return {
            "id": self.sample.id,
            "status": REJECTED if why else KEPT,
            "why": why,
            "verified": self.verified,
            "requests": self.requests,
            "sample": self.sample.record(),
        }

    def _unusable(self, reasoning: bool) -> str:
        sample = self.sample
        if len(sample.boxes) != 1:
            return f"sample: it has {len(sample.boxes)} boxes, not 1"
        if not sample.text and not sample.category:
            return "sample: it has neither text nor category"
        if sample.kind is MaskKind.AMODAL and reasoning and not (sample.visible_boxes and sample.visible_boxes[0].area):
            return "sample: it is amodal and its visible box is not known"
        return ""

    def _describe(self) -> str:
        if self.sample.text:
            return ""
        text, fault = self._checked(prompts.describe_messages(self.sample, self.image), replies.description_fault)
        if fault:
            return f"description: {fault}"
        self.sample = replace(self.sample, text=text)
        verdict = replies.read_verdict(self._reply(prompts.verify_messages(self.sample, self.image)))
        self.verified = verdict is True
        if verdict is None:
            return "verification unclear: the reply is neither YES nor NO"
        return "" if verdict else "verification: the description does not fit the target alone"

    def _explain(self) -> str:
        sample = self.sample
        if sample.kind is MaskKind.AMODAL:
            messages, check = prompts.explain_amodal_messages(sample, self.image), replies.amodal_explanation_fault
        else:
            messages, check = prompts.explain_messages(sample, self.image), replies.explanation_fault
        text, fault = self._checked(messages, lambda reply: check(reply, sample.text))
        if fault:
            return f"reasoning: {fault}"
        self.sample = replace(sample, reasoning=text)
        return ""

    def _checked(self, messages: prompts.Messages, check: Callable[[str], str]) -> tuple[str, str]:
        """A reply, and what is wrong with it after it was asked for a second time."""
        text = self._reply(messages)
        fault = check(text)
        if fault:
            text = self._reply(prompts.corrected(messages, text, fault))
            fault = check(text)
        return text, fault

    def _reply(self, messages: prompts.Messages) -> str:
        self.requests += 1
        return replies.answer_part(self._answer(messages))


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        outcome, left = _run(options)
    except (PhysperceptionError, OSError) as error:
        raise SystemExit(f"curation: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit("curation: interrupted; the same command goes on") from None
    for reason, count in Counter(outcome.failed.values()).most_common(5):
        print(f"failed {count} x: {reason}", file=sys.stderr)
    if outcome.stopped:
        raise SystemExit(
            f"curation: stopped with {left} samples left, because {outcome.stopped}; the same command goes on"
        )
    if left:
        raise SystemExit(f"curation: {left} samples failed and have no record; the same command tries them again")


def _run(options: argparse.Namespace) -> tuple[Outcome, int]:
    samples = read_samples(options.samples)
    key = os.environ.get(options.api_key_variable, "") if options.api_key_variable else ""
    client = ChatClient(
        url=options.url, model=options.model, timeout_s=options.timeout, api_key=key, max_tokens=options.max_tokens
    )
    settings = {"model": options.model, "reasoning": not options.no_reasoning, "prompts": PROMPTS}
    with Journal(options.out, settings, tally) as journal:
        waiting = [sample for sample in samples if sample.id not in journal.done]
        print(f"{len(samples)} samples, {len(samples) - len(waiting)} of them done before", flush=True)
        requests = 0

        def work(sample: GroundingSample, cancel: threading.Event) -> dict[str, Any]:
            def answer(messages: prompts.Messages) -> str:
                return ask(client, messages, cancel, retries=options.retries)

            image = read_image(options.images, sample)
            return curate(sample, image, answer, reasoning=not options.no_reasoning)

        with tqdm(total=len(waiting), unit="sample", disable=None) as progress:

            def keep(record: Mapping[str, Any]) -> None:
                nonlocal requests
                journal.append(record)
                requests += record["requests"]
                progress.update()

            outcome = run(waiting, work, keep, workers=options.concurrency, give_up_after=options.give_up_after)
        print(report(journal.counts, requests), flush=True)
        return outcome, len(waiting) - outcome.finished


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Curate grounding data with a large model; see docs.")
    parser.add_argument("--samples", type=Path, required=True, help="JSONL, as docs/grounding-training.md says")
    parser.add_argument("--images", type=Path, required=True, help="folder that the samples' images are in")
    parser.add_argument("--url", required=True, help="of an OpenAI-compatible API, such as http://localhost:8000/v1")
    parser.add_argument("--model", required=True, help="its name on the server")
    parser.add_argument("--out", type=Path, required=True, help="JSONL of records; an unfinished one is continued")
    parser.add_argument("--no-reasoning", action="store_true", help="only describe and verify")
    parser.add_argument("--concurrency", type=positive, default=4, help="requests at a time")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for one request")
    parser.add_argument("--max-tokens", type=positive, default=2048, help="of one reply, its reasoning included")
    parser.add_argument("--retries", type=int, default=2, help="further attempts at a request that failed")
    parser.add_argument("--give-up-after", type=positive, default=5, help="samples failed in a row")
    parser.add_argument("--api-key-variable", default="", help="environment variable that holds the key of the API")
    return parser


def positive(text: str) -> int:
    """A whole number of 1 or more, as an argument of a command."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {value}")
    return value


if __name__ == "__main__":
    main()
