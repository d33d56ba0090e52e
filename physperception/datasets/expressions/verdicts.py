"""Yes, no, and perhaps: Kleene's three-valued logic, so that what a person could dispute is never claimed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Verdict(IntEnum):
    """Whether a statement is true: surely not, perhaps, surely."""

    NO = 0
    PERHAPS = 1
    YES = 2

    @property
    def denied(self) -> Verdict:
        """The verdict on the opposite."""
        return Verdict(2 - self)


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that all are true; YES for none."""
    return min(verdicts, default=Verdict.YES)


def judged(yes: bool, no: bool) -> Verdict:
    """YES, NO, or PERHAPS where neither holds; `no` wins."""
    return Verdict.NO if no else Verdict.YES if yes else Verdict.PERHAPS
