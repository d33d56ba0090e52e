"""Which mask words ask for, by a model on a server: answers read strictly, and the classifier where there are none."""

import json
import random
import threading

import pytest

from physperception.chat import ChatCancelled, ChatClient
from physperception.config import load
from physperception.errors import ConfigError
from physperception.grounding import GroundingConfig, create
from physperception.grounding.intent import decide
from physperception.grounding.intent_vlm import UnreadableIntent, VlmIntent, read_intent
from physperception.scene import GroundingStatus, MaskKind
from tests.unit.chat_server import refused_port, running
from tests.unit.grounding_scenes import Figure, paint

MUG = "the mug, even the part behind the box"
TABLE = (Figure("cup-1", "cup", "red", (20, 60, 80, 130)), Figure("box-1", "box", "green", (160, 90, 240, 170)))
BOTH = "Show the whole mug and only the visible part of the box, please."


def asked(url, timeout_s=5.0):
    return VlmIntent(ChatClient(url=url, model="m", timeout_s=timeout_s))


def test_the_model_decides_and_is_told_the_command():
    with running() as chat:
        chat.says("AMODAL | the mug, even the part behind the box | it asks for the part behind the box")
        intent = asked(chat.url)(f" {MUG} ")
        (system, user) = chat.requests[0]["messages"]
    assert (intent.kind, intent.ambiguous, intent.probability) == (MaskKind.AMODAL, False, 1.0)
    assert intent.reason == "it asks for the part behind the box"
    (target,) = intent.targets
    assert (target.text, target.start, target.end) == (MUG, 1, 1 + len(MUG))
    assert (system["role"], user["content"]) == ("system", f"Command: {MUG}")


@pytest.mark.parametrize(
    ("answer", "kind", "ambiguous", "probability"),
    [
        ("UNSAID | the mug | plain", MaskKind.VISIBLE, False, 0.0),
        ("<think>The whole | AMODAL?\nno</think>\n\nVISIBLE | the mug | only what shows", MaskKind.VISIBLE, False, 0.0),
        ("```\n**AMODAL** | THE  MUG | whole\n```", MaskKind.AMODAL, False, 1.0),
        ("- AMBIGUOUS | the mug | half hidden |", MaskKind.VISIBLE, True, 0.45),
        ("UNSAID | the mug | a\nVISIBLE | the box | b", MaskKind.VISIBLE, False, 0.0),
        ("AMBIGUOUS | the mug | a\nUNSAID | the box | b", MaskKind.VISIBLE, True, 0.45),
    ],
)
def test_answers_of_one_kind(answer, kind, ambiguous, probability):
    intent = read_intent(answer, "the mug and the box")
    assert (intent.kind, intent.ambiguous, intent.probability) == (kind, ambiguous, probability)
    assert [target.text for target in intent.targets] == ["the mug and the box"]


def test_kinds_of_their_own_come_in_the_order_of_the_command():
    answer = "VISIBLE | only the visible part of the box | says so\nAMODAL | the whole mug | whole"
    intent = read_intent(answer, BOTH)
    assert (intent.kind, intent.ambiguous) == (None, False)
    assert [(target.text, target.kind) for target in intent.targets] == [
        ("the whole mug", MaskKind.AMODAL),
        ("only the visible part of the box", MaskKind.VISIBLE),
    ]
    assert all(BOTH[target.start : target.end] == target.text for target in intent.targets)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", "0 lines"),
        ("</think>", "0 lines"),
        ("AMODAL", "not KIND"),
        ("WHOLE | the mug | x", "not KIND"),
        ("amodal | the mug | x", "not KIND"),
        ("AMODAL | the mug", "not KIND"),
        ("I would say:\nAMODAL | the mug | x", "not KIND"),
        ("AMODAL | the teapot | x", "quotes 'the teapot'"),
        ("AMODAL | \"\" | x", "quotes ''"),
        ("AMODAL | the mug | x\n" * 5, "5 lines"),
        ("A" * 100_000, "not KIND"),
    ],
)  # fmt: skip
def test_anything_else_is_unreadable(answer, message):
    with pytest.raises(UnreadableIntent, match=message):
        read_intent(answer, "the mug")


def test_no_answer_breaks_the_reader():
    chance = random.Random(0)
    parts = [
        "AMODAL",
        "VISIBLE",
        "UNSAID",
        "AMBIGUOUS",
        "|",
        " | ",
        "\n",
        "the mug",
        "(",
        "\\",
        "</think>",
        "`",
        "é",
        "\x00",
    ]
    read = 0
    for _ in range(5000):
        try:
            intent = read_intent("".join(chance.choices(parts, k=chance.randrange(12))), "the mug (red)")
        except UnreadableIntent:
            continue
        read += 1
        assert all(0 <= target.start < target.end <= 13 for target in intent.targets)
    assert read


def test_the_action_decides_only_what_the_words_leave_open():
    assert read_intent("UNSAID | the mug | plain", "the mug", "grasp").kind is MaskKind.AMODAL
    ambiguous = read_intent("AMBIGUOUS | the mug | half hidden", "the mug", "grasp")
    assert (ambiguous.kind, ambiguous.ambiguous, ambiguous.targets[0].kind) == (MaskKind.AMODAL, False, MaskKind.AMODAL)
    assert read_intent("VISIBLE | the mug | only", "the mug", "grasp").kind is MaskKind.VISIBLE
    assert read_intent("AMODAL | the mug | whole", "the mug", "wipe").kind is MaskKind.AMODAL
    with pytest.raises(ConfigError, match="juggle"):
        asked("http://127.0.0.1:9/v1")("the mug", action="juggle")


def test_without_a_usable_answer_the_classifier_decides_and_says_why():
    own = decide(MUG)
    with running() as chat:
        for text, why in (("I think it is amodal.", "not KIND"), ("", "empty answer")):
            chat.says(text)
            intent = asked(chat.url)(MUG)
            assert (intent.kind, intent.probability, intent.targets) == (own.kind, own.probability, own.targets)
            assert intent.reason.startswith(own.reason)
            assert why in intent.reason
        chat.says("AMODAL | the", finish="length")
        assert "limit of tokens" in asked(chat.url)(MUG).reason
        chat.reply = lambda handler: handler.server.over.wait(5)
        assert "within 0.2 s" in asked(chat.url, timeout_s=0.2)(MUG).reason
    assert "can't be reached" in asked(refused_port())(MUG).reason


def test_a_configuration_can_have_the_model_choose_the_mask():
    image, scene = paint(TABLE)
    boxes = json.dumps([{"bbox_2d": [100, 250, 300, 550], "label": "cup"}])
    intents = ["AMODAL | the red cup | it says so", "AMODAL | the red cup | a\nVISIBLE | the green box | b", "no idea"]

    def reply(handler):
        if "image_url" in json.dumps(handler.server.requests[-1]):
            return handler.stream([boxes])
        choice = {"message": {"role": "assistant", "content": intents.pop(0)}, "finish_reason": "stop"}
        return handler.send(200, json.dumps({"choices": [choice]}).encode())

    with running() as chat:
        chat.reply = reply
        options = {"backend": "vllm", "model": "Qwen3-VL-8B-Instruct", "server.url": chat.url, "timeout_s": 5.0}
        grounder = create(load(GroundingConfig, "grounding", intent="model", **options))
        found = grounder.ground(image, scene, "the red cup")
        assert (found.mask_kind, found.mask_kind_reason) == (MaskKind.AMODAL, "it says so")
        mixed = grounder.ground(image, scene, "the red cup and the green box")
        assert (mixed.mask_kind, mixed.mask_kind_reason) == (
            MaskKind.VISIBLE,
            decide("the red cup and the green box").reason,
        )
        failed = grounder.ground(image, scene, "the red cup")
        assert (failed.mask_kind, "by the classifier" in failed.mask_kind_reason) == (MaskKind.VISIBLE, True)
        asked_for = len(chat.requests)
        assert grounder.ground(image, scene, "the red cup", MaskKind.AMODAL).mask_kind is MaskKind.AMODAL
        assert len(chat.requests) == asked_for + 1
        cancel = threading.Event()
        cancel.set()
        assert grounder.ground(image, scene, "the red cup", cancel=cancel).status is GroundingStatus.REFUSED
    with pytest.raises(ConfigError, match="needs the backend vllm"):
        create(load(GroundingConfig, "grounding", intent="model", backend="transformers", model="folder"))


def test_cancelling_is_not_answered_by_the_classifier():
    cancel = threading.Event()
    cancel.set()
    with running() as chat:
        chat.reply = lambda handler: handler.server.over.wait(5)
        with pytest.raises(ChatCancelled):
            asked(chat.url)(MUG, cancel=cancel)


def test_no_words_and_too_many_are_not_sent():
    with running() as chat:
        asks = asked(chat.url)
        assert "no English words" in asks("  ").reason
        assert asks("the mug " * 1000).kind is MaskKind.VISIBLE
        assert not chat.requests
