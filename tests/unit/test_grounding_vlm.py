"""The grounder against a chat server on a real socket: what it asks, when it stops, and every way to fail."""

import importlib
import threading
import time

import numpy as np
import pytest

from physperception.chat import ChatClient
from physperception.errors import ConfigError
from physperception.grounding.intent import Intent, Target
from physperception.grounding.vlm.answers import Outcome
from physperception.grounding.vlm.grounder import VlmGrounder
from physperception.grounding.vlm.prompts import ANSWER_TOKENS, FORMAT, Budget
from physperception.scene import Box, GroundingStatus, Instance, Mask, MaskKind, Scene
from tests.unit.chat_server import drip, endless, refused_port, running, seconds_since

IMAGE = np.zeros((100, 200, 3), np.uint8)
VISIBLE_MASK = Mask(20, 10, np.ones((40, 80), bool))
MUG = Instance(id="mug-1", class_id="mug", score=0.9, visible_box=Box(20, 10, 100, 50), visible_mask=VISIBLE_MASK)
SCENE = Scene(width=200, height=100, instances=(MUG,))
BOX = '[{"bbox_2d": [100, 100, 500, 500], "label": "mug"}]'
FOUND, NOT_THERE, REFUSED = GroundingStatus.FOUND, GroundingStatus.NOT_THERE, GroundingStatus.REFUSED


@pytest.fixture
def server():
    with running() as server:
        yield server


def grounder(server, model="some-instruct", **options):
    chat = ChatClient(url=server.url, model=model, timeout_s=60)
    return VlmGrounder(chat, **{"timeout_s": 5.0, "offer_not_there": False, **options})


def ground(
    server, command="the mug", image=IMAGE, scene=SCENE, kind=MaskKind.VISIBLE, model="some-instruct", **options
):
    return grounder(server, model, **options).ground(image, scene, command, kind)


def test_a_command_becomes_an_object_with_its_mask_and_times(server):
    server.streams(BOX[:20], BOX[20:], usage=True)
    found = ground(server)
    assert found.status is FOUND
    assert (found.objects[0].instance_id, found.objects[0].score) == ("mug-1", 1.0)
    assert found.objects[0].mask == VISIBLE_MASK
    assert (found.model, found.mask_kind, found.mask_kind_reason) == (
        "some-instruct",
        MaskKind.VISIBLE,
        "asked for by the caller",
    )
    assert set(found.timings_ms) == {"encode", "first_token", "reasoning", "answer", "total"}
    parts = [found.timings_ms[name] for name in ("encode", "first_token", "reasoning", "answer")]
    assert sum(parts) == pytest.approx(found.timings_ms["total"], abs=1)
    assert found.tokens == 2
    request = server.requests[0]
    picture, words = request["messages"][0]["content"]
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert words["text"] == "Locate the mug, output its bbox coordinates using JSON format."
    settings = {name: request[name] for name in ("temperature", "top_p", "top_k", "repetition_penalty", "max_tokens")}
    assert settings == {"temperature": 0, "top_p": 1, "top_k": 20, "repetition_penalty": 1, "max_tokens": 4096}


def test_the_stream_is_left_as_soon_as_the_answer_is_complete(server):
    server.streams("```json\n", BOX, *(" and so on" for _ in range(100)), wait_s=0.05, usage=True)
    reply = grounder(server).ask(IMAGE, "the mug", MaskKind.VISIBLE)
    assert reply.answer.outcome is Outcome.BOXES
    assert server.hung_up.wait(2)
    assert server.sent < 10
    assert reply.tokens == {"prompt": 7, "reasoning": 0, "answer": 2, "generated": 2}


def test_reasoning_is_told_as_it_grows_and_kept_out_of_the_answer(server):
    told = []
    server.streams("It is at [1, 2, 3, 4]", ", no,", " left.</think>", BOX, usage=True)
    found = grounder(server, "x-Thinking").ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE, on_reasoning=told.append)
    assert told == ["It is at [1, 2, 3, 4]", "It is at [1, 2, 3, 4], no,", "It is at [1, 2, 3, 4], no, left."]
    assert found.reasoning == told[-1]
    assert found.objects[0].box == MUG.visible_box


def test_prose_before_the_boxes_of_a_model_that_marks_nothing_is_its_reasoning(server):
    server.streams("The left", " one.\n```json\n", BOX, "\n```")
    assert ground(server).reasoning == "The left one."


def test_no_budget_closes_the_reasoning_before_it_begins(server):
    server.streams(BOX)
    found = ground(server, model="x-Thinking", budget=Budget.NONE)
    assert found.status is FOUND
    (request,) = server.requests
    assert request["messages"][1] == {"role": "assistant", "content": "<think>\n\n</think>\n\n"}
    assert (request["continue_final_message"], request["add_generation_prompt"]) == (True, False)
    assert request["max_tokens"] == ANSWER_TOKENS


def test_a_spent_budget_closes_the_reasoning_and_asks_for_the_answer(server):
    reasoning = [f" word{number}" for number in range(50)]
    server.streams_in_turn(reasoning, [BOX])
    reply = grounder(server, "x-Thinking", budget=8).ask(IMAGE, "the mug", MaskKind.VISIBLE)
    assert reply.answer.outcome is Outcome.BOXES
    assert reply.requests == 2
    assert reply.tokens["reasoning"] == 8
    assert reply.reasoning == "".join(reasoning[:8]).strip()
    assert server.requests[1]["messages"][1]["content"] == f"<think>\n{reply.reasoning}\n</think>\n\n"
    assert server.requests[1]["messages"][0] == server.requests[0]["messages"][0]


def test_a_schema_is_asked_for_only_once_the_reasoning_is_over(server):
    server.streams_in_turn([" left</think>", " [", "..."], [BOX])
    found = ground(server, model="x-Thinking", structured=True)
    assert found.status is FOUND
    first, second = server.requests
    assert "response_format" not in first
    assert second["response_format"]["json_schema"]["schema"]["type"] == "array"
    assert second["messages"][1]["content"] == "<think>\nleft\n</think>\n\n"


def test_a_server_without_schemas_is_asked_without(server):
    def reply(handler):
        if "response_format" in server.requests[-1]:
            handler.send(400, b'{"error": {"message": "response_format is not supported"}}')
        else:
            handler.stream([BOX])

    server.reply = reply
    asking = grounder(server, structured=True)
    assert asking.ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE).status is FOUND
    assert asking.ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE).status is FOUND
    assert ["response_format" in request for request in server.requests] == [True, False, False]


@pytest.mark.parametrize("model", ["some-instruct", "x-Thinking"])
def test_an_unreadable_answer_is_asked_for_once_more(server, model):
    server.streams_in_turn(["Hm.</think> the left one" if "T" in model else "the left one"], [BOX])
    found = ground(server, model=model)
    assert found.status is FOUND
    first, second = server.requests
    assert second["messages"][0]["content"][1]["text"].endswith(FORMAT)
    assert second["messages"][0]["content"][0] == first["messages"][0]["content"][0]
    assert len(second["messages"]) == (2 if "T" in model else 1)
    server.streams_in_turn(["purple"], ["monkeys"], [BOX])
    found = ground(server)
    assert found.status is REFUSED
    assert found.reason == "the answer can't be read: it has no box: 'monkeys'"


def test_not_there_is_an_answer(server):
    server.streams("There is no mug.")
    found = ground(server, offer_not_there=True)
    assert (found.status, found.objects) == (NOT_THERE, ())
    assert "There is no mug." in found.reason
    assert "If it is not in the image, answer []." in server.requests[0]["messages"][0]["content"][1]["text"]


def test_an_image_is_encoded_once_for_several_commands(server, monkeypatch):
    module = importlib.import_module("physperception.grounding.vlm.asking")
    encoded = []
    encode = module.encode
    monkeypatch.setattr(module, "encode", lambda *given: encoded.append(1) or encode(*given))
    server.streams(BOX)
    asking = grounder(server)
    image = IMAGE.copy()
    for command in ("the mug", "the cup"):
        asking.ground(image, SCENE, command, MaskKind.VISIBLE)
    assert len(encoded) == 1
    urls = [request["messages"][0]["content"][0]["image_url"]["url"] for request in server.requests]
    assert urls[0] == urls[1]
    image[:] = 255
    asking.ground(image, SCENE, "the mug", MaskKind.VISIBLE)
    assert len(encoded) == 2
    assert server.requests[-1]["messages"][0]["content"][0]["image_url"]["url"] != urls[0]


FAILURES = {
    "error": (lambda handler: handler.send(500, b"out of memory"), "status 500: out of memory"),
    "wrong model": (
        lambda handler: handler.send(404, b'{"error": {"message": "The model `some-instruct` does not exist."}}'),
        "has no model 'some-instruct'",
    ),
    "killed": (lambda handler: handler.stream(["[{"], break_off=True), "broke off in the middle of its answer"),
    "slow": (lambda handler: handler.server.over.wait(3), "gave no answer within"),
    "drips": (drip, "did not finish its answer within"),
    "endless": (endless, "did not finish its answer within"),
    "garbage": (lambda handler: handler.stream(["purple", " monkeys"]), "it has no box: 'purple monkeys'"),
    "cut": (lambda handler: handler.stream(["[{"], finish="length"), "cut at the limit of tokens"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_is_a_refusal_with_its_reason_and_the_next_command_works(server, name):
    server.reply, expected = FAILURES[name]
    late = name in ("slow", "drips", "endless")
    asking = grounder(server, timeout_s=0.5 if late else 5)
    start_s = time.monotonic()
    found = asking.ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE)
    assert seconds_since(start_s) < 20
    assert found.status is REFUSED
    assert expected in found.reason
    server.streams(BOX)
    assert grounder(server).ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE).status is FOUND


def test_a_server_that_is_down_is_a_refusal():
    chat = ChatClient(url=refused_port(), model="m")
    found = VlmGrounder(chat, timeout_s=2).ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE)
    assert (found.status, found.tokens) == (REFUSED, 0)
    assert "can't be reached" in found.reason


def test_cancelling_ends_a_command_at_once(server):
    server.reply = endless
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    start_s = time.monotonic()
    found = grounder(server, timeout_s=30).ground(IMAGE, SCENE, "the mug", MaskKind.VISIBLE, cancel=cancel)
    assert seconds_since(start_s) < 20
    assert (found.status, found.reason) == (REFUSED, "the request was cancelled")
    assert server.hung_up.wait(2)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"command": ""}, "no words"),
        ({"command": " \x00\t.\n"}, "no words"),
        ({"command": "mug " * 2500}, "10000 characters"),
        ({"image": None}, "needs the image"),
        ({"image": IMAGE[:50]}, "the image is 200 x 50 pixels but the scene's is 200 x 100"),
        ({"image": IMAGE.astype(np.float32)}, "uint8"),
    ],
)
def test_what_cant_be_asked_is_refused_unasked(server, given, reason):
    found = ground(server, **given)
    assert found.status is REFUSED
    assert reason in found.reason
    assert server.requests == []


def test_odd_words_are_asked_all_the_same(server):
    server.streams(BOX)
    for command in ("🦆", "<|im_end|>the mug", "{sent} %s \\u0000", "x" * 2000):
        assert ground(server, command).status is FOUND


def test_without_a_kind_the_words_decide_and_different_kinds_are_asked_one_by_one(server, monkeypatch):
    targets = (
        Target(text="the whole mug", kind=MaskKind.AMODAL, start=0, end=13),
        Target(text="the cup", kind=MaskKind.VISIBLE, start=18, end=25),
    )
    intent = Intent(kind=None, ambiguous=False, probability=0.5, reason="two kinds", targets=targets)
    monkeypatch.setattr("physperception.grounding.intent.decide", lambda command: intent)
    server.streams_in_turn([BOX], ['[{"bbox_2d": [600, 100, 900, 500]}]'])
    found = grounder(server).ground(IMAGE, SCENE, "the whole mug and the cup")
    assert [one.instance_id for one in found.objects] == ["mug-1", ""]
    assert (found.mask_kind, found.mask_kind_reason) == (MaskKind.AMODAL, "two kinds")
    assert [found.kind_of(one) for one in found.objects] == [MaskKind.AMODAL, MaskKind.VISIBLE]
    assert found.tokens == 2
    asked = [request["messages"][0]["content"][1]["text"] for request in server.requests]
    assert asked[0].startswith("Locate the whole mug amodally")
    assert asked[1].startswith("Locate the cup, output")
    server.streams_in_turn([BOX], ["none"])
    one_missing = grounder(server).ground(IMAGE, SCENE, "the whole mug and the cup")
    assert (one_missing.status, one_missing.objects) == (NOT_THERE, ())
    assert one_missing.reason.startswith('"the cup" is not there: ')
    server.streams_in_turn(["well"], ["well"])
    unread = grounder(server).ground(IMAGE, SCENE, "the whole mug and the cup")
    assert unread.status is REFUSED
    assert unread.reason.startswith('"the whole mug" is refused: ')


@pytest.mark.parametrize("options", [{"budget": -1}, {"timeout_s": 0.0}, {"most_pixels": 0}])
def test_limits_that_cant_be_are_said(server, options):
    with pytest.raises(ConfigError, match="must be positive"):
        grounder(server, **options)
