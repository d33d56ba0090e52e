"""Commands that want one object whole and another as seen: their clauses, and the answers to these as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from physperception.errors import ModelUnavailable
from physperception.scene import Grounding, GroundingStatus, MaskKind

MOST_CLAUSES = 8
_WORST_FIRST = (GroundingStatus.REFUSED, GroundingStatus.NOT_THERE, GroundingStatus.AMBIGUOUS, GroundingStatus.FOUND)


def clauses(command: str, wanted: MaskKind | None) -> tuple[list[tuple[str, MaskKind]], str]:
    """What to look for one by one, words and kind of mask, and why these kinds.

    Args:
        wanted: the kind for the whole command; None to choose from the words.
    """
    if wanted is not None:
        return [(command, wanted)], "asked for by the caller"
    from physperception.grounding.intent import decide

    try:
        intent = decide(command)
    except ModelUnavailable as error:
        return [(command, MaskKind.VISIBLE)], f"the words were not judged, since {error}"
    if intent.kind is not None:
        return [(command, intent.kind)], intent.reason
    targets = intent.targets[:MOST_CLAUSES]
    left_out = len(intent.targets) - len(targets)
    more = f"; {left_out} more clauses were left out" if left_out else ""
    return [(command[target.start : target.end], target.kind) for target in targets], intent.reason + more


def join(answers: Sequence[Grounding]) -> Grounding:
    """One answer to several clauses, of the command of the first, FOUND only where each is.

    The objects come in the order of the clauses, each with its kind of mask; of an ambiguous command also those of the
    clauses that are clear. The reason quotes each clause that is not FOUND, or, where all are, each.
    """
    status = next(status for status in _WORST_FIRST if any(answer.status is status for answer in answers))
    told = [
        answer for answer in answers if status is GroundingStatus.FOUND or answer.status is not GroundingStatus.FOUND
    ]
    objects = [replace(found, mask_kind=answer.mask_kind) for answer in answers for found in answer.objects]
    carries = status in (GroundingStatus.FOUND, GroundingStatus.AMBIGUOUS)
    timings = {name: sum(a.timings_ms.get(name, 0.0) for a in answers) for a in answers for name in a.timings_ms}
    counted = [answer.tokens for answer in answers if answer.tokens is not None]
    return replace(
        answers[0],
        status=status,
        objects=tuple(objects) if carries else (),
        reason="; ".join(_quoted(answer) for answer in told),
        reasoning="\n".join(answer.reasoning for answer in answers if answer.reasoning),
        timings_ms=timings,
        tokens=sum(counted) if counted else None,
    )


def _quoted(answer: Grounding) -> str:
    """What is said of a clause; how it failed, where it did."""
    failed = "" if answer.status is GroundingStatus.FOUND else f" is {answer.status.value.replace('_', ' ').lower()}"
    return f'"{answer.command}"{failed}: {answer.reason}'
