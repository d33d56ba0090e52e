"""Asking a chat model for boxes: streaming, a budget of reasoning, an early stop, and one more try when unreadable."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from physperception.chat import ChatCut, ChatError, Piece
from physperception.grounding.vlm.answers import Answer, Outcome, is_complete, read_answer
from physperception.grounding.vlm.families import Family, Picture, encode
from physperception.grounding.vlm.prompts import (
    ANSWER_TOKENS,
    CONTINUE,
    FORMAT,
    MOST_TOKENS,
    SETTINGS,
    closed,
    question,
    structured,
    user,
)
from physperception.grounding.vlm.reasoning import Splitter
from physperception.scene import MaskKind

USAGE: Mapping[str, Any] = {"stream_options": {"include_usage": True, "continuous_usage_stats": True}}
LEAST_S = 1e-3


class Stream(AbstractContextManager[Any], Protocol):
    """Pieces of an answer; leaving `with` ends it."""

    completion_tokens: int
    prompt_tokens: int

    def __iter__(self) -> Iterator[Piece]: ...


class Chat(Protocol):
    """What answers: a server, through `ChatClient`, or a model in this process, `LocalChat`."""

    @property
    def model(self) -> str: ...

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int | None = None,
        timeout_s: float | None = None,
        fields: Mapping[str, Any] | None = None,
        cancel: threading.Event | None = None,
    ) -> Stream: ...


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model answered.

    Attributes:
        answer: read; its reason is the failure's when the model could not be reached or did not finish.
        failure: what went wrong with the requests; None when they came to their end.
        reasoning, text: of the model, as they came.
        timings_ms: encode; first_token, reasoning and answer, each from the end of the one before; total.
        tokens: prompt, reasoning, answer and generated (their sum), over all requests.
        requests: that were sent.
    """

    answer: Answer
    failure: ChatError | None = None
    reasoning: str = ""
    text: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    requests: int = 1


@dataclass
class _Progress:
    """One command under way."""

    deadline_s: float
    on_reasoning: Callable[[str], None] | None
    cancel: threading.Event | None
    reasoning: str = ""
    text: str = ""
    requests: int = 0
    first_s: float | None = None
    reasoned_s: float | None = None
    prompt_tokens: int = 0
    reasoning_tokens: int = 0
    generated_tokens: int = 0

    def say(self, reasoning: str) -> None:
        if reasoning != self.reasoning:
            self.reasoning = reasoning
            if self.on_reasoning is not None:
                self.on_reasoning(reasoning)


@dataclass
class Asker:
    """One model and how it is asked; see `VlmGrounder`. `tokens` is the budget of reasoning."""

    chat: Chat
    family: Family
    thinks: bool
    tokens: int
    timeout_s: float
    most_pixels: int
    structured: bool
    offer_not_there: bool
    _kept: tuple[NDArray[np.uint8], Picture] | None = None

    def ask(
        self,
        image: NDArray[np.uint8],
        command: str,
        kind: MaskKind,
        on_reasoning: Callable[[str], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> Reply:
        """The model's answer to a clean command; failures are in the reply. Raises InvalidImage only."""
        start_s = time.monotonic()
        picture = self._picture(image)
        encoded_s = time.monotonic()
        progress = _Progress(start_s + self.timeout_s, on_reasoning, cancel)
        failure: ChatError | None = None
        try:
            answer = self._answer(picture, command, kind, progress)
        except ChatError as error:
            failure, answer = error, Answer(Outcome.UNREADABLE, reason=str(error))
        end_s = time.monotonic()
        stages = [("encode", encoded_s), ("first_token", progress.first_s), ("reasoning", progress.reasoned_s)]
        timings_ms, before_s = {}, start_s
        for name, at_s in [*stages, ("answer", end_s)]:
            if at_s is not None:
                timings_ms[name] = 1e3 * (at_s - before_s)
                before_s = at_s
        return Reply(
            answer=answer,
            failure=failure,
            reasoning=progress.reasoning,
            text=progress.text,
            timings_ms={**timings_ms, "total": 1e3 * (end_s - start_s)},
            tokens={
                "prompt": progress.prompt_tokens,
                "reasoning": progress.reasoning_tokens,
                "answer": progress.generated_tokens - progress.reasoning_tokens,
                "generated": progress.generated_tokens,
            },
            requests=progress.requests,
        )

    def _picture(self, image: NDArray[np.uint8]) -> Picture:
        """The image as it is sent, encoded anew only when its pixels are others than the last time."""
        if self._kept is None or not np.array_equal(self._kept[0], image):
            picture = encode(image, self.most_pixels)
            self._kept = (image.copy(), picture)
        return self._kept[1]

    def _answer(self, picture: Picture, command: str, kind: MaskKind, progress: _Progress) -> Answer:
        text = question(command, kind, self.family, self.thinks, self.tokens, self.offer_not_there)
        amodal = kind is MaskKind.AMODAL
        try:
            self._converse(user(picture.url, text), progress)
            answer = read_answer(progress.text, self.family, picture, amodal)
        except ChatCut as error:
            answer = Answer(Outcome.UNREADABLE, reason=str(error))
        if answer.outcome is Outcome.UNREADABLE:
            again = user(picture.url, f"{text} {FORMAT}")
            self._last_part(again, progress, continued=self.thinks)
            answer = read_answer(progress.text, self.family, picture, amodal)
        return answer

    def _converse(self, asked: Mapping[str, Any], progress: _Progress) -> None:
        """One answer: in one request, or, where the reasoning must be closed by us, in two."""
        if not self.thinks:
            self._last_part(asked, progress, continued=False)
            return
        if self.tokens:
            whole = not self.structured
            splitter = Splitter(thinks=True)
            limit = min(MOST_TOKENS, self.tokens + ANSWER_TOKENS)
            if self._listen([asked], splitter, progress, limit, SETTINGS, whole):
                return
        self._last_part(asked, progress, continued=True)

    def _last_part(self, asked: Mapping[str, Any], progress: _Progress, continued: bool) -> None:
        """The answer of a model that reasons no more, or whose reasoning is part of its answer."""
        messages = [asked, closed(progress.reasoning)] if continued else [asked]
        fields = {**SETTINGS, **CONTINUE} if continued else SETTINGS
        limit = ANSWER_TOKENS if continued else min(MOST_TOKENS, self.tokens + ANSWER_TOKENS)
        held = {**fields, **structured()} if self.structured else fields
        try:
            self._listen(messages, Splitter(closed=continued), progress, limit, held, True)
        except ChatError as error:
            if not self.structured or error.status != 400:
                raise
            self.structured = False
            self._listen(messages, Splitter(closed=continued), progress, limit, fields, True)

    def _listen(
        self,
        messages: Sequence[Mapping[str, Any]],
        splitter: Splitter,
        progress: _Progress,
        max_tokens: int,
        fields: Mapping[str, Any],
        whole: bool,
    ) -> bool:
        """Follow one stream until its answer is complete; False when it ended before, for us to close its reasoning.

        Args:
            whole: read the answer too; else stop as soon as the reasoning is over.
        """
        progress.requests += 1
        left_s = max(LEAST_S, progress.deadline_s - time.monotonic())
        fields = {**fields, **USAGE}
        tokens = 0
        with self.chat.stream(
            messages, max_tokens=max_tokens, timeout_s=left_s, fields=fields, cancel=progress.cancel
        ) as stream:
            try:
                for piece in stream:
                    now_s = time.monotonic()
                    progress.first_s = progress.first_s or now_s
                    splitter.feed(piece)
                    progress.say(splitter.reasoning or splitter.lead or progress.reasoning)
                    if splitter.over:
                        progress.reasoned_s = progress.reasoned_s or now_s
                        progress.text = splitter.answer
                        if not whole or is_complete(splitter.answer):
                            return whole
                    else:
                        progress.reasoning_tokens += max(0, stream.completion_tokens - tokens)
                        if self.thinks and stream.completion_tokens >= self.tokens:
                            return False
                    tokens = stream.completion_tokens
                splitter.finish()
            except ChatCut:
                if splitter.over:
                    raise
                return False
            finally:
                progress.prompt_tokens += stream.prompt_tokens
                progress.generated_tokens += stream.completion_tokens
        progress.text = splitter.answer
        progress.say(splitter.reasoning or splitter.lead or progress.reasoning)
        return True
