"""Grounding of commands by a vision-language model (002): image and words in, boxes, masks, reasoning and times out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from physperception.errors import ConfigError, InvalidImage
from physperception.grounding.checks import check
from physperception.grounding.clauses import clauses, join
from physperception.grounding.vlm.answers import Outcome
from physperception.grounding.vlm.asking import Asker, Chat, Reply
from physperception.grounding.vlm.families import Family, family_of
from physperception.grounding.vlm.families import thinks as thinks_by_id
from physperception.grounding.vlm.prompts import LONGEST_COMMAND, Budget, clean
from physperception.scene import GroundedObject, Grounding, GroundingStatus, MaskKind, Scene


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
            Words that want one object whole and another as seen are asked clause by clause, and answered as by the
            embedded grounder: FOUND where each is, with objects in the order of the clauses.
        """
        parts, why = clauses(command, mask_kind)
        problem = _problem(image, scene, command)
        if problem or image is None:
            refused = self._answer(command, parts[0][1], GroundingStatus.REFUSED, problem)
            return replace(refused, mask_kind_reason=why)
        answers: list[Grounding] = []
        for words, kind in parts:
            heard = "\n".join(answer.reasoning for answer in answers if answer.reasoning)
            answers.append(self._ground(image, scene, words, kind, _after(heard, on_reasoning), cancel))
            if answers[-1].status is GroundingStatus.REFUSED:
                break
        found = answers[0] if len(parts) == 1 else join(answers)
        return replace(found, command=command, mask_kind_reason=why)

    def _ground(
        self,
        image: NDArray[np.uint8],
        scene: Scene,
        command: str,
        kind: MaskKind,
        on_reasoning: Callable[[str], None] | None,
        cancel: threading.Event | None,
    ) -> Grounding:
        """What words that want one kind of mask refer to."""
        try:
            reply = self.ask(image, command, kind, on_reasoning=on_reasoning, cancel=cancel)
        except InvalidImage as error:
            return self._answer(command, kind, GroundingStatus.REFUSED, str(error))
        if reply.answer.outcome is Outcome.UNREADABLE:
            return self._answer(command, kind, GroundingStatus.REFUSED, reply.answer.reason, reply)
        checked = check(reply.answer.boxes, scene, kind)
        status = GroundingStatus.FOUND if checked.objects else GroundingStatus.NOT_THERE
        reason = "; ".join(dict.fromkeys(filter(None, (reply.answer.reason, checked.reason))))
        objects = sorted(checked.objects, key=lambda found: -found.score)
        return self._answer(command, kind, status, reason, reply, objects)

    def _answer(
        self,
        command: str,
        kind: MaskKind,
        status: GroundingStatus,
        reason: str,
        reply: Reply | None = None,
        objects: Sequence[GroundedObject] = (),
    ) -> Grounding:
        return Grounding(
            command=command,
            status=status,
            mask_kind=kind,
            objects=tuple(objects),
            reason=reason,
            reasoning=reply.reasoning if reply else "",
            model=self.model,
            timings_ms=dict(reply.timings_ms) if reply else {},
            tokens=reply.tokens.get("generated", 0) if reply else 0,
        )

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


def _after(heard: str, on_reasoning: Callable[[str], None] | None) -> Callable[[str], None] | None:
    """Tells the reasoning on a clause behind that on the clauses before it."""
    if on_reasoning is None or not heard:
        return on_reasoning
    return lambda reasoning: on_reasoning(heard + "\n" + reasoning)


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
