"""What a command in words refers to: the answer of every grounder. Imported from `physperception.scene`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from physperception.regions import Box, Mask


class MaskKind(str, Enum):
    """Which mask a command asks for."""

    VISIBLE = "VISIBLE"
    AMODAL = "AMODAL"


class GroundingStatus(str, Enum):
    FOUND = "FOUND"
    NOT_THERE = "NOT_THERE"
    AMBIGUOUS = "AMBIGUOUS"
    REFUSED = "REFUSED"


@dataclass(frozen=True, kw_only=True)
class GroundedObject:
    """One answer to a command.

    Attributes:
        box, mask: where it is, of the kind chosen.
        instance_id: which instance of the scene it is; "" when it matched none.
        mask_kind: where the command asks for different kinds of mask for several objects, the one of this object; else
            None, as `Grounding.mask_kind` says it.
    """

    box: Box
    mask: Mask | None
    score: float
    instance_id: str = ""
    mask_kind: MaskKind | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"GroundedObject.score must be in 0..1, got {self.score}")


@dataclass(frozen=True, kw_only=True)
class Grounding:
    """What a command in words refers to.

    Attributes:
        command: the words as they came.
        status: FOUND needs objects; NOT_THERE and REFUSED have none.
        mask_kind: the kind of mask chosen from the command, and `mask_kind_reason` why; of a command that asks for
            different kinds the first, and `kind_of` tells each object's.
        objects: the answers, best first; where different kinds are asked for, in the order of the words.
        reason: why nothing was found, why it is ambiguous, why it was refused.
        reasoning: the model's reasoning as text, where it gave any.
        timings_ms: milliseconds by stage name.
        tokens: how many the model generated for it, as far as that is known; None where no model generates any.

    Raises:
        ValueError: status and objects disagree, a refusal has no reason, or a negative number of tokens.
    """

    command: str
    status: GroundingStatus
    mask_kind: MaskKind = MaskKind.VISIBLE
    mask_kind_reason: str = ""
    objects: tuple[GroundedObject, ...] = ()
    reason: str = ""
    reasoning: str = ""
    model: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: int | None = None

    def __post_init__(self) -> None:
        if (self.status is GroundingStatus.FOUND) and not self.objects:
            raise ValueError("a Grounding that is FOUND needs at least one object")
        if self.status in (GroundingStatus.NOT_THERE, GroundingStatus.REFUSED) and self.objects:
            raise ValueError(f"a Grounding that is {self.status.value} carries no objects")
        if self.status is not GroundingStatus.FOUND and not self.reason:
            raise ValueError(f"a Grounding that is {self.status.value} needs a reason")
        if self.tokens is not None and self.tokens < 0:
            raise ValueError(f"Grounding.tokens must not be negative, got {self.tokens}")

    def kind_of(self, found: GroundedObject) -> MaskKind:
        """The kind of mask chosen for one of the objects."""
        return found.mask_kind or self.mask_kind
