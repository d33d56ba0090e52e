"""Commands in words one after the other: one is answered, one waits, and none is ever lost."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from physperception.scene import Grounding, GroundingStatus, MaskKind, Scene

POLICIES = ("queue", "refuse", "preempt")
FEEDBACK_PERIOD_S = 0.05


@dataclass(frozen=True)
class Answer:
    """What a command refers to, and the scene it was looked for in; None where it was not looked for."""

    grounding: Grounding
    scene: Scene | None = None


@dataclass(eq=False, kw_only=True)
class Command:
    """A command and what to do with its answer.

    Attributes:
        text: the words.
        mask_kind: that is wanted; None to choose from the words.
        max_age_s: the oldest image that will do; None for any.
        finish: called with the answer in whichever thread, exactly once unless it raises.
        tell: called with all the reasoning so far whenever it has grown.
        submitted_s: by `time.monotonic`.
        given_up: set when the command is cancelled or pre-empted; `why` says which.
    """

    text: str
    mask_kind: MaskKind | None
    max_age_s: float | None
    finish: Callable[[Answer], None]
    tell: Callable[[str], None]
    submitted_s: float
    given_up: threading.Event = field(default_factory=threading.Event)
    why: str = ""


class CommandQueue:
    """A thread that answers commands in order. One more can wait; the policy says what becomes of others.

    `queue`: a command waits while another is answered; a third one is refused. `refuse`: a command is refused while
    another is answered. `preempt`: a new command ends the one that is answered and takes the place of one that waits.

    Args:
        name: of the thread.
        policy: of `POLICIES`.
        answer: called in the thread with one command at a time. It must deal with its own errors: one that escapes is
            passed to `failed`, which returns the answer instead.
        failed: also told of errors of a command's `finish`, which is then called once more with what this returns, and
            of `idle`.
        idle: called in the thread after each answer.
    """

    def __init__(
        self,
        name: str,
        policy: str,
        answer: Callable[[Command], Answer],
        failed: Callable[[Command, Exception], Answer],
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        if policy not in POLICIES:
            raise ValueError(f"unknown policy {policy!r}; choose one of {', '.join(POLICIES)}")
        self._policy = policy
        self._answer = answer
        self._failed = failed
        self._idle = idle
        self._condition = threading.Condition()
        self._current: Command | None = None
        self._waiting: Command | None = None
        self._closed = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a command is being answered or waits."""
        return self._current is not None or self._waiting is not None

    def submit(self, command: Command) -> None:
        """Take a command; it is finished sooner or later, at once where it is refused."""
        with self._condition:
            refused, reason = self._place(command)
            self._condition.notify_all()
        if refused is not None:
            refused.finish(refusal(refused, reason))

    def cancel(self, command: Command, reason: str) -> bool:
        """Give a command up; returns False when it is finished already."""
        with self._condition:
            waited = command is self._waiting
            if waited:
                self._waiting = None
            elif command is self._current:
                _give_up(command, reason)
            else:
                return False
        if waited:
            command.finish(refusal(command, reason))
        return True

    def stop(self, reason: str, timeout_s: float) -> bool:
        """Give everything up with this reason; returns whether the thread ended in time."""
        with self._condition:
            self._closed = reason
            waiting, self._waiting = self._waiting, None
            if self._current is not None:
                _give_up(self._current, reason)
            self._condition.notify_all()
        if waiting is not None:
            waiting.finish(refusal(waiting, reason))
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _place(self, command: Command) -> tuple[Command | None, str]:
        """Put a command where it belongs; returns the one that is refused because of it, and why."""
        if self._closed:
            return command, self._closed
        if self._policy == "refuse" and self.busy:
            return command, "another command is being answered"
        if self._policy == "queue" and self._waiting is not None:
            return command, "one command is being answered and another waits already"
        if self._current is None:
            self._current = command
            return None, ""
        displaced, self._waiting = self._waiting, command
        if self._policy == "preempt":
            _give_up(self._current, "a newer command took its place")
        return displaced, "a newer command took its place"

    def _run(self) -> None:
        while (command := self._take()) is not None:
            answer = self._answer_to(command)
            with self._condition:
                self._current, self._waiting = self._waiting, None
            if command.given_up.is_set():
                answer = refusal(command, command.why, answer)
            self._tell(command, answer)

    def _answer_to(self, command: Command) -> Answer:
        if command.given_up.is_set():
            return refusal(command, command.why)
        try:
            return self._answer(command)
        except Exception as error:  # the boundary of the thread: reported, never lost
            return self._failed(command, error)

    def _tell(self, command: Command, answer: Answer) -> None:
        """Finish a command. What fails here must not end the thread, on which all later commands depend."""
        try:
            command.finish(answer)
        except Exception as error:
            failure = self._failed(command, error)
            with contextlib.suppress(Exception):
                command.finish(failure)
        try:
            self._idle()
        except Exception as error:
            self._failed(command, error)

    def _take(self) -> Command | None:
        with self._condition:
            self._condition.wait_for(lambda: self._current is not None or bool(self._closed))
            return self._current


def refusal(command: Command, reason: str, answer: Answer | None = None) -> Answer:
    """What is said to a command that is not answered; of an answer that came all the same, all but the objects."""
    kind = command.mask_kind or MaskKind.VISIBLE
    grounding = Grounding(command=command.text, status=GroundingStatus.REFUSED, mask_kind=kind, reason=reason)
    if answer is None:
        return Answer(grounding)
    told = replace(answer.grounding, status=GroundingStatus.REFUSED, reason=reason, objects=())
    return Answer(told, answer.scene)


def throttled(tell: Callable[[str], None]) -> Callable[[str], None]:
    """The same function, called at most every `FEEDBACK_PERIOD_S`."""
    told_s = -math.inf

    def tell_sometimes(text: str) -> None:
        nonlocal told_s
        now_s = time.monotonic()
        if now_s - told_s >= FEEDBACK_PERIOD_S:
            told_s = now_s
            tell(text)

    return tell_sometimes


def _give_up(command: Command, reason: str) -> None:
    if not command.given_up.is_set():
        command.why = reason
        command.given_up.set()
