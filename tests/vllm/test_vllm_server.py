"""A real vLLM server with a tiny Qwen3-VL of the true class, asked by our client: the whole path, and every failure.

`make test-vllm` runs it. One server serves all tests, in the order they stand in; the last ones kill it.
"""

import json
import threading
import time

import numpy as np
import pytest

from physperception.chat import ChatCancelled, ChatClient, ChatError, ChatTimeout
from physperception.grounding.vlm.answers import Outcome
from physperception.grounding.vlm.grounder import VlmGrounder
from physperception.grounding.vlm.prompts import SCHEMA, Budget, structured
from physperception.scene import Box, GroundingStatus, Instance, Mask, MaskKind, Scene
from tests.tiny_qwen import ANSWER, RAMBLE, build
from tests.vllm.server import PYTHON, VllmServer

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="run by make test-vllm, which makes vLLM's environment"),
    pytest.mark.timeout(3600),
]
MODEL = "tiny-Qwen3-VL-Thinking"
THINKING = tuple(f" step{number}," for number in range(120))
IMAGE = np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype(np.uint8)
BOX = Box(40, 60, 160, 180)
MUG = Instance(
    id="mug-1",
    class_id="mug",
    score=0.9,
    visible_box=Box(40, 60, 160, 178),
    visible_mask=Mask(40, 60, np.ones((118, 120), bool)),
)
SCENE = Scene(width=320, height=240, instances=(MUG,))
HELLO = [{"role": "user", "content": "Locate the mug"}]
FOREVER = {"ignore_eos": True}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = build(tmp_path_factory.mktemp("model"), THINKING)
    server = VllmServer(folder, MODEL, tmp_path_factory.mktemp("log") / "vllm.log")
    print(f"\nvLLM answers after {server.start():.0f} s")
    yield server
    stubborn = server.stop()
    assert server.processes() == []
    assert not stubborn, f"vLLM had to be killed:\n{server.said()}"


def client(server, model=MODEL, timeout_s=120.0):
    return ChatClient(url=server.url, model=model, timeout_s=timeout_s)


def grounder(server, model=MODEL, **options):
    return VlmGrounder(client(server, model), **{"timeout_s": 120.0, **options})


def ground(server, **options):
    return grounder(server, **options).ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE)


def works(server):
    found = ground(server, budget=Budget.NONE)
    assert found.status is GroundingStatus.FOUND, found.reason
    return found


def test_an_image_and_words_become_a_grounded_object(server):
    told = []
    found = grounder(server).ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE, on_reasoning=told.append)
    assert found.status is GroundingStatus.FOUND, found.reason
    assert found.objects[0].instance_id == "mug-1"
    assert found.objects[0].mask == MUG.visible_mask
    assert found.objects[0].score == pytest.approx((1 + BOX.iou(MUG.visible_box)) / 2)
    assert found.reasoning == "".join(THINKING).strip()
    assert len(told) > len(THINKING) / 2
    assert found.timings_ms["reasoning"] > found.timings_ms["answer"] > 0


def test_the_stream_ends_as_soon_as_the_answer_is_complete(server):
    reply = grounder(server).ask(IMAGE, "the mug", MaskKind.VISIBLE)
    assert reply.answer.boxes == (BOX,)
    assert reply.text.strip() == "".join(ANSWER)
    assert reply.tokens["prompt"] > 60
    ours = reply.tokens["generated"]
    with client(server).stream(HELLO, max_tokens=1000) as stream:
        whole = "".join(piece.content for piece in stream)
        assert whole.endswith("".join((*ANSWER, *RAMBLE)))
        assert stream.completion_tokens >= ours + len(RAMBLE)


def test_budgets_of_reasoning_hold(server):
    for budget in (0, 8, 32):
        reply = grounder(server, budget=budget).ask(IMAGE, "the mug", MaskKind.VISIBLE)
        assert reply.answer.boxes == (BOX,), reply.answer.reason
        assert budget <= reply.tokens["reasoning"] <= budget + 4
        assert reply.requests == (2 if budget else 1)


def test_a_schema_holds_the_answer(server):
    reply = grounder(server, budget=8, structured=True).ask(IMAGE, "the mug", MaskKind.VISIBLE)
    assert reply.failure is None
    assert reply.answer.boxes == (BOX,)
    small = {**SCHEMA, "maxItems": 1, "minItems": 1}
    fields = {**structured(small), "chat_template_kwargs": {"garbage": True}}
    with client(server).stream(HELLO, fields=fields) as stream:
        (entry,) = json.loads("".join(piece.content for piece in stream))
    assert {"bbox_2d"} <= set(entry) <= {"bbox_2d", "label"}
    assert len(entry["bbox_2d"]) == 4
    assert all(0 <= number <= 1000 for number in entry["bbox_2d"])


def test_garbage_is_refused_with_what_was_said(server):
    class Garbled(ChatClient):
        def stream(self, messages, *, fields=None, **options):
            fields = {**(fields or {}), "chat_template_kwargs": {"garbage": True}}
            return super().stream(messages, fields=fields, **options)

    chat = Garbled(url=server.url, model=MODEL)
    found = VlmGrounder(chat, thinks=False).ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE)
    assert found.status is GroundingStatus.REFUSED
    assert found.reason == "the answer can't be read: it has no box: 'purple monkeys sing'"
    works(server)


def test_a_wrong_model_name_is_said(server):
    found = ground(server, model="other")
    assert found.status is GroundingStatus.REFUSED
    assert "has no model 'other'" in found.reason
    works(server)


def test_an_answer_cut_at_the_limit_is_no_answer(server):
    with pytest.raises(ChatError, match="cut at the limit of tokens"):
        list(client(server).stream(HELLO, max_tokens=5))


def test_too_many_tokens_for_the_server_are_said(server):
    with pytest.raises(ChatError, match="status 400") as caught:
        list(client(server).stream(HELLO, max_tokens=100_000))
    assert caught.value.status == 400


def test_a_cancelled_command_ends_and_the_server_is_free(server):
    cancel = threading.Event()
    start_s = time.monotonic()
    with client(server).stream(HELLO, max_tokens=7000, fields=FOREVER, cancel=cancel) as stream:
        next(stream)
        cancel.set()
        with pytest.raises(ChatCancelled):
            list(stream)
    assert time.monotonic() - start_s < 60
    works(server)


def test_a_server_that_is_slow_is_said_in_time(server):
    server.pause()
    try:
        start_s = time.monotonic()
        found = ground(server, timeout_s=2.0)
        assert time.monotonic() - start_s < 10
        assert found.status is GroundingStatus.REFUSED
        assert "gave no answer within" in found.reason
    finally:
        server.resume()
    works(server)
    with pytest.raises(ChatTimeout, match="did not finish its answer within"):
        list(client(server, timeout_s=5).stream(HELLO, max_tokens=7000, fields=FOREVER))


def test_a_server_killed_in_the_middle_of_its_answer_and_one_that_is_down(server):
    found = grounder(server).ground(
        IMAGE, SCENE, "the mug", MaskKind.VISIBLE, on_reasoning=lambda _: server.kill() if server.processes() else None
    )
    assert found.status is GroundingStatus.REFUSED
    assert "broke off in the middle of its answer" in found.reason
    assert found.reasoning.startswith("step0")
    found = ground(server)
    assert found.status is GroundingStatus.REFUSED
    assert "can't be reached" in found.reason


def test_the_next_command_works_once_it_is_back(server):
    asking = grounder(server)
    assert asking.ask(IMAGE, "the mug", MaskKind.VISIBLE).answer.outcome is Outcome.UNREADABLE
    server.start()
    assert asking.ask(IMAGE, "the mug", MaskKind.VISIBLE).answer.outcome is Outcome.BOXES
