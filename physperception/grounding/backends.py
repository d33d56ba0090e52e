"""What answers a command: the embedded grounder, or a vision-language model; the same answer from each."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from physperception.errors import ConfigError
from physperception.grounding.config import GroundingConfig
from physperception.scene import Grounding, GroundingStatus, MaskKind, Scene

if TYPE_CHECKING:
    from physperception.grounding.vlm.asking import Chat

INTENT_TOKENS = 1024
ANSWER_TOKENS = 8192
"""Most tokens of an answer that a server is asked for; the budget of reasoning is far below."""


class Grounder(Protocol):
    """A loaded grounder. Not for use by several threads at once, but for `cancel`."""

    model_id: str

    @property
    def device(self) -> str: ...

    @property
    def needs_objects(self) -> bool:
        """Whether it can only choose among the objects of the scene."""
        ...

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
        """What a command refers to; never raises for bad words, scenes or servers, but answers REFUSED with a reason.

        Words that want one object whole and another as seen are answered part by part; each object then tells its kind.

        Args:
            image: uint8 RGB [H, W, 3] of the scene's size.
            scene: the objects found in it.
            command: in words.
            mask_kind: that is wanted; None for the one of the configuration, or of the words.
            on_reasoning: called with all the reasoning so far whenever it has grown, where the model reasons.
            cancel: set by another thread to give up at once, where the model can.
        """
        ...

    def close(self) -> None: ...


def create(config: GroundingConfig) -> Grounder:
    """The grounder a configuration names. A server is not asked before the first command.

    Raises:
        ConfigError: options that do not go together, or a server's address that is none.
        ModelUnavailable: the model's folder or a library is missing, or the device is; the message says what.
    """
    if config.intent == "model" and config.backend != "vllm":
        raise ConfigError("intent: model needs the backend vllm")
    if config.backend == "embedded":
        return _EmbeddedBackend(config)
    model = _ModelBackend(config)
    return model if config.fallback == "none" else _WithFallback(model, _EmbeddedBackend(config))


class _EmbeddedBackend:
    """Loads its weights at once, so that what is missing is told before the first command."""

    needs_objects = True
    device = "cpu"

    def __init__(self, config: GroundingConfig) -> None:
        from physperception.grounding.embedded.grounder import EmbeddedGrounder
        from physperception.grounding.intent import decide

        decide("the cup")
        self._grounder = EmbeddedGrounder()
        self._kind = _usual_kind(config)
        self.model_id = self._grounder.model_id

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
        return self._grounder.ground(image, scene, command, mask_kind or self._kind)

    def close(self) -> None:
        del self._grounder


class _ModelBackend:
    """A vision-language model, behind a server or in this process."""

    needs_objects = False

    def __init__(self, config: GroundingConfig) -> None:
        from physperception.grounding.vlm.families import FAMILIES
        from physperception.grounding.vlm.grounder import VlmGrounder
        from physperception.grounding.vlm.prompts import Budget

        chat, self.device = _server(config) if config.backend == "vllm" else _local(config)
        self._kind = _usual_kind(config)
        self._intent = _model_intent(config, chat)
        self.model_id = chat.model
        self._grounder = VlmGrounder(
            chat,
            family=FAMILIES.get(config.family),
            thinks={"yes": True, "no": False}.get(config.reasoning),
            budget=Budget(config.budget),
            timeout_s=config.timeout_s,
            most_pixels=config.max_pixels,
            structured=config.structured,
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
        kind = mask_kind or self._kind
        if kind is not None or self._intent is None:
            return self._grounder.ground(image, scene, command, kind, on_reasoning=on_reasoning, cancel=cancel)
        started_s = time.monotonic()
        kind, why = self._intent(command, cancel)
        intent_ms = (time.monotonic() - started_s) * 1e3
        found = self._grounder.ground(image, scene, command, kind, on_reasoning=on_reasoning, cancel=cancel)
        timings = {"intent": intent_ms, **found.timings_ms, "total": found.timings_ms.get("total", 0.0) + intent_ms}
        return replace(found, mask_kind_reason=why or found.mask_kind_reason, timings_ms=timings)

    def close(self) -> None:
        del self._grounder


class _WithFallback:
    """Answers with the embedded grounder where the model gives no answer, and says so."""

    needs_objects = False

    def __init__(self, model: _ModelBackend, embedded: _EmbeddedBackend) -> None:
        self._model = model
        self._embedded = embedded
        self.model_id = model.model_id
        self.device = model.device

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
        found = self._model.ground(image, scene, command, mask_kind, on_reasoning=on_reasoning, cancel=cancel)
        if found.status is not GroundingStatus.REFUSED or (cancel is not None and cancel.is_set()):
            return found
        if not scene.instances and not scene.model:
            return replace(found, reason=f"{found.reason}; and no objects were looked for to choose from")
        other = self._embedded.ground(image, scene, command, mask_kind)
        told = f"{found.reason}; so {other.model} answers"
        timings = {**{f"model_{name}": value for name, value in found.timings_ms.items()}, **other.timings_ms}
        timings["total"] = found.timings_ms.get("total", 0.0) + other.timings_ms.get("total", 0.0)
        reason = "; ".join(filter(None, (told, other.reason)))
        return replace(other, reason=reason, timings_ms=timings, tokens=found.tokens)

    def close(self) -> None:
        self._model.close()
        self._embedded.close()


def _server(config: GroundingConfig) -> tuple[Chat, str]:
    from physperception.chat import ChatClient

    if not config.model:
        raise ConfigError("the backend vllm needs a model: set model to its name on the server")
    key = ""
    if config.server_key_variable:
        key = os.environ.get(config.server_key_variable, "")
        if not key:
            raise ConfigError(f"server.key_variable names {config.server_key_variable}, which is not set")
    client = ChatClient(
        url=config.server_url,
        model=config.model,
        timeout_s=config.timeout_s,
        api_key=key,
        max_tokens=ANSWER_TOKENS,
    )
    return client, config.server_url


def _local(config: GroundingConfig) -> tuple[Chat, str]:
    from physperception.devices import prepare_device
    from physperception.grounding.vlm.local import LocalChat

    if not config.model:
        raise ConfigError("the backend transformers needs a model: set model to its folder")
    device = prepare_device(config.device, config.cpu_threads)
    return LocalChat(config.model, device=device, timeout_s=config.timeout_s), str(device)


def _model_intent(
    config: GroundingConfig, chat: Chat
) -> Callable[[str, threading.Event | None], tuple[MaskKind | None, str]] | None:
    """Asks the server which kind of mask a command wants, and why; None and "" leave it to the grounder."""
    from physperception.chat import ChatCancelled, ChatClient
    from physperception.grounding.intent_vlm import VlmIntent

    if config.intent == "classifier" or not isinstance(chat, ChatClient):
        return None
    decide = VlmIntent(replace(chat, max_tokens=INTENT_TOKENS))

    def ask(command: str, cancel: threading.Event | None) -> tuple[MaskKind | None, str]:
        try:
            intent = decide(command, cancel=cancel)
        except ChatCancelled:
            return None, ""
        return intent.kind, intent.reason if intent.kind else ""

    return ask


def _usual_kind(config: GroundingConfig) -> MaskKind | None:
    return None if config.mask_kind == "auto" else MaskKind(config.mask_kind.upper())
