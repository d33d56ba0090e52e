"""Grounding of commands by a vision-language model (002): image and words in, boxes, masks, reasoning and times out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from physperception.errors import ConfigError, InvalidImage
from physperception.grounding.checks import check
from physperception.grounding.intent import decide
from physperception.grounding.vlm.answers import Outcome
from physperception.grounding.vlm.asking import Asker, Chat, Reply
from physperception.grounding.vlm.families import Family, family_of
from physperception.grounding.vlm.families import thinks as thinks_by_id
from physperception.grounding.vlm.prompts import LONGEST_COMMAND, Budget, clean
from physperception.scene import GroundedObject, Grounding, GroundingStatus, MaskKind, Scene

MOST_TARGETS = 4


class VlmGrounder:
    """Asks a model where what a command speaks of is, and checks its boxes against the scene.

    Several commands on one image encode it once, and send it in front of the words, so that a server with a prefix
    cache (vLLM has one by default) computes it once too. Not for use by several threads at once.

    Args:
        chat: a `ChatClient` or a `LocalChat`.
        family: of the model; by its id when None.
        thinks: whether its chat template opens its reasoning; by its id when None.
        budget: of reasoning, or a number of tokens.
        timeout_s: for each object a command asks about, all requests to the model included.
        most_pixels: images larger than this are sent smaller, with their proportions kept.
        structured: hold answers to a JSON schema, where the server can.
        offer_not_there: tell the model how to say that an object is not there. False asks in the paper's words alone.

    Raises:
        ConfigError: a limit out of range.
    """

    def __init__(
        self,
        chat: Chat,
        *,
        family: Family | None = None,
        thinks: bool | None = None,
        budget: Budget | int = Budget.FULL,
        timeout_s: float = 30.0,
        most_pixels: int = 1 << 20,
        structured: bool = False,
        offer_not_there: bool = True,
    ) -> None:
        tokens = budget.tokens if isinstance(budget, Budget) else budget
        if tokens < 0 or not timeout_s > 0 or most_pixels < 1:
            raise ConfigError(
                "budget must not be negative, timeout_s and most_pixels must be positive, "
                f"got {tokens}, {timeout_s} and {most_pixels}"
            )
        self.model = chat.model
        self._asker = Asker(
            chat,
            family=family or family_of(chat.model),
            thinks=thinks_by_id(chat.model) if thinks is None else thinks,
            tokens=tokens,
            timeout_s=timeout_s,
            most_pixels=most_pixels,
            structured=structured,
            offer_not_there=offer_not_there,
        )

    def ground(
        self,
        image: NDArray[np.uint8] | None,
        scene: Scene,
        command: str,
        mask_kind: MaskKind | None = None,
        *,
        on_reasoning: Callable[[str], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> Grounding:
        """What a command refers to.

        Args:
            image: uint8 RGB [H, W, 3].
            scene: the objects of the same image; it may hold none.
            command: in words.
            mask_kind: that is wanted; None to choose from the words.
            on_reasoning: called with all the reasoning so far whenever it has grown.
            cancel: set by another thread to give up at once.

        Returns:
            REFUSED, with a reason, for words or images that can't be asked about, or without a readable answer in time.
            `timings_ms` has encode, first_token, reasoning, answer, total as they came; `tokens` is of all requests.
            Words that want one object whole and another as seen are asked one by one; `mask_kind` is the first's.
        """
        targets, why, doubt = _targets(command, mask_kind)
        kind = targets[0][1]
        replies: list[Reply] = []

        def grounding(status: GroundingStatus, reason: str, objects: Sequence[GroundedObject] = ()) -> Grounding:
            return Grounding(
                command=command,
                status=status,
                mask_kind=kind,
                mask_kind_reason=why,
                objects=tuple(objects),
                reason=reason,
                reasoning="\n".join(reply.reasoning for reply in replies if reply.reasoning),
                model=self.model,
                timings_ms=_sum(replies),
                tokens=sum(reply.tokens.get("generated", 0) for reply in replies),
            )

        problem = _problem(image, scene, command)
        if problem or image is None:
            return grounding(GroundingStatus.REFUSED, problem)
        objects, reasons = list[GroundedObject](), list[str]()
        for words, wanted in targets:
            try:
                reply = self.ask(image, words, wanted, on_reasoning=on_reasoning, cancel=cancel)
            except InvalidImage as error:
                return grounding(GroundingStatus.REFUSED, str(error))
            replies.append(reply)
            if reply.answer.outcome is Outcome.UNREADABLE:
                return grounding(GroundingStatus.REFUSED, reply.answer.reason)
            checked = check(reply.answer.boxes, scene, wanted)
            objects += [replace(found, mask_kind=None if wanted is kind else wanted) for found in checked.objects]
            reasons += [reply.answer.reason, checked.reason]
        status = GroundingStatus.FOUND if objects else GroundingStatus.NOT_THERE
        return grounding(status, _said([*reasons, doubt]), sorted(objects, key=lambda found: -found.score))

    def ask(
        self,
        image: NDArray[np.uint8],
        command: str,
        kind: MaskKind,
        *,
        on_reasoning: Callable[[str], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> Reply:
        """The model's own answer, before any check against a scene: boxes, reasoning, times and tokens.

        Raises:
            InvalidImage: image is not uint8 [H, W, 3].
        """
        return self._asker.ask(image, clean(command), kind, on_reasoning, cancel)


def _targets(command: str, wanted: MaskKind | None) -> tuple[list[tuple[str, MaskKind]], str, str]:
    """What to ask for one by one, words and kind of mask; why that kind; and what is doubtful about it."""
    if wanted is not None:
        return [(command, wanted)], "as asked for", ""
    intent = decide(command)
    doubt = "whether the whole object is meant is not clear from the words" if intent.ambiguous else ""
    if intent.kind is not None:
        return [(command, intent.kind)], intent.reason, doubt
    return [(target.text, target.kind) for target in intent.targets[:MOST_TARGETS]], intent.reason, doubt


def _sum(replies: Sequence[Reply]) -> dict[str, float]:
    """Times of several replies together."""
    total: dict[str, float] = {}
    for reply in replies:
        for name, value in reply.timings_ms.items():
            total[name] = total.get(name, 0.0) + value
    return total


def _said(sentences: Sequence[str]) -> str:
    """Each of them once, without the empty ones."""
    return "; ".join(dict.fromkeys(filter(None, sentences)))


def _problem(image: NDArray[np.uint8] | None, scene: Scene, command: str) -> str:
    """Why a command can't be asked about an image; "" when it can."""
    if not clean(command):
        return "the command has no words"
    if len(command) > LONGEST_COMMAND:
        return f"the command has {len(command)} characters, and {LONGEST_COMMAND} is the most"
    if image is None:
        return "a vision-language model needs the image, and there is none"
    if isinstance(image, np.ndarray) and image.shape[:2] != (scene.height, scene.width):
        found = " x ".join(str(side) for side in image.shape[1::-1])
        return f"the image is {found} pixels but the scene's is {scene.width} x {scene.height}"
    return ""
