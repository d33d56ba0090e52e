"""Which mask words ask for, by a language model on a server (R2SM, seed 004): the full model of `intent.py`.

The model is asked for a line an object, read strictly; whatever is no such answer leaves the choice to the classifier.
"""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import NamedTuple

from physperception.chat import ChatCancelled, ChatClient, ChatError
from physperception.errors import PhysperceptionError
from physperception.grounding.intent import Intent, Target, check_action, decide, with_action
from physperception.grounding.intent_model import IntentModel
from physperception.scene import MaskKind

MOST_TARGETS = 4
LONGEST_COMMAND = 2000
LONGEST_REASON = 300
_AMBIGUOUS, _UNSAID = "AMBIGUOUS", "UNSAID"
_LEANS = 0.45
_INSTRUCTIONS = """\
You decide which mask a command for a robot asks for. You do not see the image. The kinds are:
UNSAID: nothing is said about hidden or complete parts, as mostly. So it is for an object that is behind, under or
hidden by another, and for fixed phrases such as "whole wheat bread" and "the complete set of spoons".
VISIBLE: the words ask for nothing but what can be seen of the object.
AMODAL: the words ask for hidden parts, for the complete object, or to look past what covers it.
AMBIGUOUS: careful readers would differ, as with "the partially hidden mug", "the full mug" and "the whole pizza".
The words decide, not what the robot might need. Answer with one line for each object that is asked for, at most four,
and with nothing else:
KIND | words copied from the command: the object and what is wanted of it | the reason in one short sentence
Where all objects get the same kind, one line with all the words of the command is enough."""
_LINE = re.compile(r"\s*(?:[-*]\s+)?\**(UNSAID|VISIBLE|AMODAL|AMBIGUOUS)\**\s*\|([^|\n]+)\|([^|\n]+)")
_THOUGHT = re.compile(r"\A.*</think>", re.DOTALL)


class UnreadableIntent(PhysperceptionError):
    """A model's answer does not say which mask is asked for; the message says what is wrong with it."""


class _Line(NamedTuple):
    kind: str
    text: str
    reason: str


class VlmIntent:
    """Decides as `intent.decide` does, by a model on a server, and by the classifier where the model gives no answer.

    Args:
        chat: the server and its model; its `timeout_s` is how long an answer may take.
        model: the classifier; the shipped one unless given.
    """

    def __init__(self, chat: ChatClient, model: IntentModel | None = None) -> None:
        self._chat = chat
        self._model = model

    def __call__(self, command: str, action: str | None = None, cancel: threading.Event | None = None) -> Intent:
        """The kind of mask that a command asks for.

        Where the server is down, slow or answers nonsense, the classifier decides and the reason says why. The
        probability is the model's word, not calibrated: 0, 1, or 0.45 where it says AMBIGUOUS.

        Args:
            command: for one object or several.
            action: what will be done with the object, of `intent.ACTIONS`; it decides where the words leave it open.
            cancel: set by another thread to give up at once.

        Raises:
            ConfigError: an unknown action.
            ChatCancelled: `cancel` was set.
            ModelUnavailable: the model gave no answer and the classifier's weights can't be read.
        """
        check_action(action)
        if not command.strip() or len(command) > LONGEST_COMMAND:
            return decide(command, action, self._model)
        try:
            return read_intent(self._chat.complete(_messages(command), cancel=cancel), command, action)
        except ChatCancelled:
            raise
        except (ChatError, UnreadableIntent) as error:
            found = decide(command, action, self._model)
            return replace(found, reason=f"{found.reason} (by the classifier, since {error})")


def read_intent(answer: str, command: str, action: str | None = None) -> Intent:
    """The intent of a model's answer: lines `KIND | words of the command | reason`, after any `</think>`.

    Args:
        answer: with kinds UNSAID, VISIBLE, AMODAL and AMBIGUOUS.
        command: that the model was asked about.
        action: decides for UNSAID and AMBIGUOUS where all lines are so.

    Returns:
        One target where the kinds come to the same mask, else `kind` None and targets in the order of the command.

    Raises:
        UnreadableIntent: no line, more than four, a line of another form, or words that the command does not have.
        ConfigError: an unknown action.
    """
    said = _THOUGHT.sub("", answer).strip().strip("`").strip()
    lines = [_read_line(line) for line in said.splitlines() if line.strip()]
    if not 1 <= len(lines) <= MOST_TARGETS:
        raise UnreadableIntent(f"the model's answer has {len(lines)} lines, expected 1 to {MOST_TARGETS}")
    kinds = {line.kind for line in lines}
    targets = tuple(sorted((_target(line, command) for line in lines), key=lambda target: target.start))
    wanted = {target.kind for target in targets}
    ambiguous = _AMBIGUOUS in kinds
    reason = "; ".join(dict.fromkeys(line.reason for line in lines))
    if len(wanted) > 1:
        return Intent(kind=None, ambiguous=ambiguous, probability=0.5, reason=reason, targets=targets)
    kind = wanted.pop()
    start, text = len(command) - len(command.lstrip()), command.strip()
    intent = Intent(
        kind=kind,
        ambiguous=ambiguous,
        probability=_LEANS if ambiguous else float(kind is MaskKind.AMODAL),
        reason=reason,
        targets=(Target(text=text, kind=kind, start=start, end=start + len(text)),),
    )
    return with_action(intent, action) if kinds <= {_UNSAID, _AMBIGUOUS} else intent


def _read_line(line: str) -> _Line:
    found = _LINE.fullmatch(line.rstrip().rstrip("|"))
    if not found:
        raise UnreadableIntent(f"the model's answer has the line {line[:80]!r}, not KIND | words | reason")
    kind, text, reason = (part.strip() for part in found.groups())
    return _Line(kind, text.strip("\"'"), reason[:LONGEST_REASON])


def _target(line: _Line, command: str) -> Target:
    words = [re.escape(word) for word in line.text.split()]
    found = re.search(r"\s+".join(words), command, re.IGNORECASE) if words else None
    if not found:
        raise UnreadableIntent(f"the model's answer quotes {line.text[:80]!r}, which the command does not say")
    kind = MaskKind.AMODAL if line.kind == MaskKind.AMODAL.value else MaskKind.VISIBLE
    return Target(text=found[0], kind=kind, start=found.start(), end=found.end())


def _messages(command: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": _INSTRUCTIONS}, {"role": "user", "content": f"Command: {command.strip()}"}]
