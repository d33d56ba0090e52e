"""Language models as priors: what they are shown, how strictly they are read, and servers that misbehave."""

import base64
import json
import math
import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physperception.chat import ChatClient, ChatError
from physperception.errors import ConfigError
from physperception.physics.answers import AnswerKind, read_probability, read_value
from physperception.physics.prompting import PriorPrompter
from physperception.physics.prompts import Example, PairExample, Strategy, data_url
from physperception.physics.readout.clips import Clip
from physperception.scene import EstimateStatus, Property, Scale
from tests.unit.chat_server import refused_port, running

RESTITUTION, FRICTION, VISCOSITY = Property.RESTITUTION, Property.KINETIC_FRICTION, Property.VISCOSITY


def clip(level, count=12):
    frames = np.full((count, 24, 32, 3), level, np.uint8)
    frames[..., 0] += np.arange(count, dtype=np.uint8)[:, None, None]
    return Clip(frames, np.arange(count) / 30)


CLIP = clip(100)


@pytest.fixture
def server():
    with running() as server:
        yield server


def prompter(server, strategy=Strategy.BASELINE, timeout_s=5.0, **options):
    return PriorPrompter(ChatClient(url=server.url, model="some-vlm", timeout_s=timeout_s), strategy, 4, **options)


def estimate(server, property=RESTITUTION, **options):
    return prompter(server, **options).estimate(CLIP.frames, CLIP.stamps_s, property, "ball-1", "floor")


def parts(message):
    return [part["text"] if part["type"] == "text" else "IMAGE" for part in message["content"]]


def pictures(message):
    found = []
    for part in message["content"]:
        if part["type"] == "image_url":
            head, _, data = part["image_url"]["url"].partition(",")
            assert head == "data:image/jpeg;base64"
            found.append(cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)[..., ::-1])
    return found


def test_an_answer_becomes_a_prior_that_is_never_metric(server):
    server.says('{"value": 0.62, "unit": "1"}')
    found = estimate(server)
    assert (found.status, found.scale, found.method) == (EstimateStatus.VALID, Scale.CLASS, "PRIOR")
    assert (found.value, found.lower, found.upper) == (0.62, 0, 1)
    assert (found.object_id, found.counterpart, found.model, found.frames) == ("ball-1", "floor", "some-vlm", 4)
    path, body = server.paths[0], server.requests[0]
    assert path == "/v1/chat/completions"
    assert (body["model"], body["temperature"]) == ("some-vlm", 0)
    (message,) = body["messages"]
    *shown, words = parts(message)
    assert shown == ["IMAGE"] * 4
    assert "restitution" in words
    assert "0.367 seconds" in words
    levels = [picture[..., 0].mean() for picture in pictures(message)]
    assert levels == pytest.approx([100, 104, 107, 111], abs=1.5)


def test_measured_errors_give_the_interval(server):
    server.says("0.5")
    found = estimate(server, errors={RESTITUTION: 0.1})
    assert found.lower == pytest.approx(0.5 - 0.1 * math.log(10))
    assert found.std_dev == pytest.approx(0.1 * math.sqrt(2))
    server.says("1e-3 m^2/s")
    found = estimate(server, VISCOSITY, errors={VISCOSITY: 1.0})
    assert (found.lower, found.upper) == pytest.approx((1e-4, 1e-2))


def test_oracle_teaching_teaches_and_frame_index_numbers(server):
    server.says("0.3")
    estimate(server, FRICTION, strategy=Strategy.ORACLE_TEACHING)
    assert "deceleration" in parts(server.requests[-1]["messages"][0])[-1]
    estimate(server, FRICTION)
    assert "deceleration" not in parts(server.requests[-1]["messages"][0])[-1]
    estimate(server, FRICTION, strategy=Strategy.FRAME_INDEX)
    shown = parts(server.requests[-1]["messages"][0])[:-1]
    assert shown[1::2] == ["IMAGE"] * 4
    assert shown[0::2] == ["Frame 0, 0.000 s:", "Frame 1, 0.133 s:", "Frame 2, 0.233 s:", "Frame 3, 0.367 s:"]


def test_few_shot_shows_examples_with_their_answers(server):
    server.says("0.3")
    examples = [Example(clip(20), 0.81), Example(clip(60), 0.4)]
    estimate(server, strategy=Strategy.FEW_SHOT, examples=examples)
    messages = server.requests[-1]["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2 + ["user"]
    assert json.loads(messages[1]["content"]) == {"value": 0.81, "unit": "1"}
    assert [pictures(message)[0][..., 1].mean().round() for message in messages[::2]] == [20, 60, 100]
    with pytest.raises(ConfigError, match="example"):
        estimate(server, strategy=Strategy.FEW_SHOT)


def test_comparisons_say_which_frames_are_whose(server):
    server.says('{"probability": 0.9}')
    other = clip(30)
    found = prompter(server).compare(CLIP, other, VISCOSITY)
    assert (found.probability, found.reason) == (0.9, "")
    (message,) = server.requests[-1]["messages"]
    assert [picture[..., 1].mean().round() for picture in pictures(message)] == [100] * 4 + [30] * 4
    assert "first 4 frames" in parts(message)[-1]
    prompter(server, Strategy.BLACK_FRAMES).compare(CLIP, other, VISCOSITY)
    (message,) = server.requests[-1]["messages"]
    assert [picture[..., 1].mean().round() for picture in pictures(message)] == [100] * 4 + [0] * 3 + [30] * 4
    assert "before the black frames" in parts(message)[-1]
    prompter(server, Strategy.FRAME_INDEX).compare(CLIP, other, VISCOSITY)
    assert [part.split(",")[0] for part in parts(server.requests[-1]["messages"][0])[:-1:2]] == [
        f"Frame {i}" for i in range(8)
    ]
    pairs = [PairExample(CLIP, other, first_has_more=False)]
    prompter(server, Strategy.FEW_SHOT, pair_examples=pairs).compare(CLIP, other, VISCOSITY)
    assert json.loads(server.requests[-1]["messages"][1]["content"]) == {"probability": 0.0}
    with pytest.raises(ConfigError, match="two videos"):
        estimate(server, strategy=Strategy.BLACK_FRAMES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("It looks quite bouncy to me.", "POOR_FIT: the answer can't be read"),
        ("bla " * 2500, "POOR_FIT: the answer can't be read: it has 10000 characters"),
        ('{"value": 0.5, "unit": "1"', "POOR_FIT: the answer can't be read"),
        ('{"refused": "the ball never\\nbounces"}', "POOR_FIT: the model declined: the ball never bounces"),
        ("1.3", "OUT_OF_RANGE: the model answered, but 1.3 is outside 0 to 1"),
        ("[" * 7000, "POOR_FIT: the answer can't be read"),
        ("", "MODEL_ABSENT: "),
    ],
)
def test_answers_that_are_no_value_are_refused_with_the_reason(server, text, code):
    server.says(text)
    found = estimate(server)
    assert found.status is EstimateStatus.REFUSED
    assert found.scale is Scale.CLASS
    assert found.reason.startswith(code)
    compared = prompter(server).compare(CLIP, CLIP, RESTITUTION)
    assert math.isnan(compared.probability)
    assert compared.reason.startswith(code.split(":")[0])


def drip(handler):
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.wait(0.05):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.over.wait(0.05):
        try:
            handler.wfile.write(b"x")
        except OSError:
            return


MISBEHAVIOUR = {
    "error 500": (lambda handler: handler.send(500, b"out of memory"), "status 500: out of memory"),
    "not found": (lambda handler: handler.send(404, b""), "status 404"),
    "no JSON": (lambda handler: handler.send(200, b"<html>hello</html>"), "no chat completion"),
    "other JSON": (lambda handler: handler.send(200, b'{"choices": []}'), "no chat completion"),
    "a list": (lambda handler: handler.send(200, b"[1, 2]"), "no chat completion"),
    "nested": (lambda handler: handler.send(200, b"[" * 100_000), "no chat completion"),
    "no text": (lambda handler: handler.send(200, b'{"choices": [{"message": {"content": null}}]}'), "empty answer"),
    "too much": (lambda handler: handler.send(200, b" " * (3 << 20)), "sent more than"),
    "no HTTP": (lambda handler: handler.wfile.write(b"what?\r\n\r\n"), "can't be reached"),
    "hangs up": (lambda handler: handler.connection.close(), "can't be reached"),
    "slow": (lambda handler: handler.server.over.wait(3), "no answer within 0.4 s"),
    "drips": (drip, "did not finish its answer within 0.4 s"),
    "drips headers": (drip_headers, "no answer within 0.4 s"),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_a_server_that_misbehaves_is_a_refusal_in_time(server, name):
    server.reply, expected = MISBEHAVIOUR[name]
    patient = name not in ("slow", "drips", "drips headers")
    started_s = time.monotonic()
    found = estimate(server, timeout_s=5.0 if patient else 0.4)
    assert time.monotonic() - started_s < (5 if patient else 2)
    assert found.reason.startswith("MODEL_ABSENT: ")
    assert expected in found.reason
    assert "\n" not in found.reason


def test_a_server_that_is_down_is_a_refusal():
    url = refused_port()
    found = PriorPrompter(ChatClient(url=url, model="m", timeout_s=2)).estimate(CLIP.frames, CLIP.stamps_s, RESTITUTION)
    assert found.reason.startswith("MODEL_ABSENT: the server at http://127.0.0.1")


def test_a_cut_answer_is_no_answer_and_the_key_is_sent(server):
    server.says('{"value": 0.5', finish="length")
    client = ChatClient(url=server.url, model="m", api_key="secret", timeout_s=5)
    with pytest.raises(ChatError, match="cut at the limit"):
        client.complete([{"role": "user", "content": "hello"}])
    assert server.headers[0]["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://somewhere/v1", "http://", "http://host:port/v1", ""])
def test_bad_addresses_are_named(url):
    with pytest.raises(ConfigError, match="url must be an address"):
        ChatClient(url=url, model="m")


@pytest.mark.parametrize(
    ("text", "property", "value"),
    [
        ('{"value": 0.25, "unit": "1"}', FRICTION, 0.25),
        ('{"value": 0.25}', FRICTION, 0.25),
        ('```json\n{"value": 3}\n```', VISCOSITY, None),
        ('```json\n{"value": 3, "unit": "m^2/s"}\n```', VISCOSITY, 3),
        ("It slows down.\nSo it is about:\n0.31", FRICTION, 0.31),
        ('<think>maybe {"value": 1}</think>\n{"value": 2e-5, "unit": "m²/s"}', VISCOSITY, 2e-5),
        ("50 cSt", VISCOSITY, 5e-5),
        ("0.4 kg", FRICTION, None),
        ("1e-3", VISCOSITY, None),
        ('{"value": 0.2, "unit": "m^2/s"}', FRICTION, None),
        ('{"value": "0.2"}', FRICTION, None),
        ('{"value": true}', FRICTION, None),
        ('{"value": NaN}', FRICTION, None),
        ('{"value": 0.2, "value": 0.3}', FRICTION, None),
        ('{"value": 0.2, "sure": true}', FRICTION, None),
        ('{"value": 1' + "0" * 400 + "}", FRICTION, None),
        ("0.3 or 0.4", FRICTION, None),
        ("between 0.3 and 0.4", FRICTION, None),
        ("-0.1", FRICTION, None),
        ("0.5%", RESTITUTION, None),
    ],
)
def test_values_are_read_strictly(text, property, value):
    answer = read_value(text, property)
    if value is None:
        assert answer.kind is AnswerKind.UNREADABLE
        assert answer.reason
    else:
        assert (answer.kind, answer.value) == (AnswerKind.VALUE, pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"probability": 1}', 1),
        ("0.25", 0.25),
        ("0.25 m", None),
        ("90%", None),
        ('{"probability": 1.5}', None),
        ('{"value": 0.5}', None),
    ],
)
def test_probabilities_are_read_strictly(text, value):
    answer = read_probability(text)
    assert answer.kind is (AnswerKind.UNREADABLE if value is None else AnswerKind.VALUE)
    assert value is None or answer.value == value


@given(
    st.text(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["value", "unit", "refused", "probability"]), inner)
        ),
    ).map(json.dumps)
)
def test_no_text_makes_a_value_out_of_range(text):
    for property in Property:
        answer = read_value(text, property)
        assert (answer.kind is AnswerKind.VALUE) == math.isfinite(answer.value)
        assert answer.kind is AnswerKind.VALUE or answer.reason
    answer = read_probability(text)
    assert answer.kind is not AnswerKind.VALUE or 0 <= answer.value <= 1


def test_pictures_are_small_enough_and_in_the_right_colours():
    image = np.zeros((900, 1200, 3), np.uint8)
    image[..., 0] = 200
    decoded = pictures({"content": [{"type": "image_url", "image_url": {"url": data_url(image)}}]})[0]
    assert decoded.shape == (336, 448, 3)
    assert decoded.mean((0, 1)) == pytest.approx([200, 0, 0], abs=3)
