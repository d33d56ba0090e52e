"""A Qwen3-VL of the true class in this process: the prompts, the parser and the failures are those of a server."""

import threading

import numpy as np
import pytest

from physperception.chat import ChatCancelled, ChatCut, ChatTimeout
from physperception.errors import ModelUnavailable
from physperception.grounding.vlm.answers import Outcome
from physperception.grounding.vlm.grounder import VlmGrounder
from physperception.grounding.vlm.local import LocalChat
from physperception.grounding.vlm.prompts import Budget
from physperception.scene import Box, GroundingStatus, MaskKind, Scene
from tests.tiny_qwen import ANSWER, RAMBLE, THINKING, build

IMAGE = np.random.default_rng(0).integers(0, 255, (96, 160, 3)).astype(np.uint8)
HELLO = [{"role": "user", "content": "hello"}]
LONG = {"continue_final_message": True, "add_generation_prompt": False}


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    return LocalChat(build(tmp_path_factory.mktemp("qwen")))


def ask(chat, **options):
    return VlmGrounder(chat, thinks=True, timeout_s=60, **options).ask(IMAGE, "the mug", MaskKind.VISIBLE)


def test_image_and_words_become_reasoning_and_boxes_and_the_model_stops(chat):
    assert type(chat._network).__name__ == "Qwen3VLForConditionalGeneration"
    told = []
    grounder = VlmGrounder(chat, thinks=True, timeout_s=60)
    scene = Scene(width=160, height=96)
    found = grounder.ground(IMAGE, scene, "the mug", MaskKind.VISIBLE, on_reasoning=told.append)
    assert found.status is GroundingStatus.FOUND, found.reason
    assert found.objects[0].box == Box(20, 24, 80, 72)
    assert found.reasoning == "".join(THINKING)
    assert told[0] == THINKING[0]
    reply = ask(chat)
    assert reply.tokens["generated"] == len(THINKING) + 2 + len(ANSWER)
    assert reply.tokens["prompt"] > 15
    assert "hope" not in reply.text


def test_budgets(chat):
    assert ask(chat, budget=Budget.NONE).tokens["generated"] == len(ANSWER)
    reply = ask(chat, budget=2)
    assert (reply.reasoning, reply.requests) == ("".join(THINKING[:2]), 2)
    assert reply.answer.boxes == (Box(20, 24, 80, 72),)


def test_schemas_are_done_without(chat):
    reply = ask(chat, structured=True)
    assert reply.answer.outcome is Outcome.BOXES


def test_limits_and_cancellation(chat):
    with pytest.raises(ChatCut, match="cut at the limit"):
        list(chat.stream(HELLO, max_tokens=3))
    with pytest.raises(ChatTimeout, match=r"did not finish its answer within 0\.001 s"):
        list(chat.stream(HELLO, timeout_s=0.001))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ChatCancelled):
        list(chat.stream(HELLO, cancel=cancel))
    with chat.stream(HELLO, max_tokens=500) as stream:
        next(stream)
    whole = "".join(piece.content for piece in chat.stream(HELLO, max_tokens=60))
    assert whole == "".join((*THINKING, "</think>", "\n\n", *ANSWER, *RAMBLE))


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"there is no folder .*nowhere"):
        LocalChat(tmp_path / "nowhere")
    with pytest.raises(ModelUnavailable, match=r"lacks config\.json, weights \(\*\.safetensors\), a tokenizer"):
        LocalChat(tmp_path)
    for name in ("config.json", "tokenizer.json", "preprocessor_config.json", "tokenizer_config.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelUnavailable, match=r"lacks weights \(\*\.safetensors\)$"):
        LocalChat(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"junk")
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        LocalChat(tmp_path)
