"""A model's stream taken apart into its reasoning and its answer."""

from __future__ import annotations

import re

from physperception.chat import Piece

OPEN = "<think>"
CLOSE = "</think>"
_BOXES = re.compile(r"```|[\[{]|<(?:box|ref)>", re.IGNORECASE)


class Splitter:
    """Takes a stream apart into reasoning and answer. We do it ourselves: servers' own parsers differ and misroute.

    Args:
        thinks: the chat template has opened the reasoning, so that text is reasoning until `</think>`.
        closed: the reasoning is over before the stream begins, so that all text is the answer.

    Attributes:
        reasoning, answer: so far.
    """

    def __init__(self, thinks: bool = False, closed: bool = False) -> None:
        self._thinks = thinks and not closed
        self._closed = closed
        self._apart = ""
        self._text = ""
        self.reasoning = ""
        self.answer = ""

    def feed(self, piece: Piece) -> None:
        """Take what arrived."""
        if self._closed:
            self._text += piece.reasoning
        else:
            self._apart += piece.reasoning
        self._text += piece.content
        head, mark, tail = self._text.rpartition(CLOSE)
        if mark:
            self.reasoning, self.answer = _joined(self._apart, head), tail
        elif self._thinks_now:
            self.reasoning, self.answer = _without_end(self._text), ""
        else:
            self.reasoning, self.answer = self._apart, self._text
        self.reasoning = self.reasoning.replace(OPEN, "").strip()

    @property
    def over(self) -> bool:
        """Whether the reasoning is over, or there is none."""
        return self._closed or not self._thinks_now or CLOSE in self._text

    @property
    def lead(self) -> str:
        """What an answer says before its boxes: the reasoning of models that do not mark it as such."""
        if self._closed:
            return ""
        place = _BOXES.search(self.answer)
        return self.answer[: place.start() if place else None].strip()

    def finish(self) -> None:
        """The stream has ended: a model that was thought to reason but never closed its reasoning has answered."""
        opened = self._text.lstrip().startswith(OPEN)
        if self._thinks_now and not opened and CLOSE not in self._text:
            self.reasoning, self.answer = self._apart, self._text

    @property
    def _thinks_now(self) -> bool:
        """Whether text without `</think>` is reasoning."""
        if self._closed:
            return False
        if self._apart:
            return not self._text.strip()
        begun = self._text.lstrip()
        return self._thinks or begun.startswith(OPEN) or (bool(begun) and OPEN.startswith(begun))


def _joined(apart: str, head: str) -> str:
    return f"{apart}\n{head}" if apart and head.strip() else apart or head


def _without_end(text: str) -> str:
    """Without the beginning of `</think>` at the end, which is not yet known to be one."""
    for length in range(len(CLOSE) - 1, 0, -1):
        if text.endswith(CLOSE[:length]):
            return text[:-length]
    return text
