"""The chat client against servers on real sockets: streams, early stop, cancellation, and all that goes wrong."""

import json
import socket
import threading
import time

import pytest

from physperception.chat import ChatCancelled, ChatClient, ChatCut, ChatError, ChatTimeout, Piece
from tests.unit.chat_server import drip, endless, refused_port, running, seconds_since

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture
def server():
    with running() as server:
        yield server


def client(server, timeout_s=5.0):
    return ChatClient(url=server.url, model="some-vlm", timeout_s=timeout_s)


def test_pieces_come_one_by_one_and_reasoning_apart(server):
    server.streams({"role": "assistant", "content": ""}, {"reasoning_content": "Hm"}, {"reasoning": ", so"}, "[1", "]")
    with client(server).stream(HELLO) as stream:
        assert list(stream) == [Piece("", "Hm"), Piece("", ", so"), Piece("[1"), Piece("]")]
        assert stream.finish_reason == "stop"
        assert stream.completion_tokens == 4
    assert server.requests[0]["stream"] is True
    assert server.requests[0]["temperature"] == 0


def test_halves_of_characters_are_joined_or_replaced(server):
    server.streams("look \ud83d", "\ude00 here", "\ud83d", "!", {"reasoning": "\ude00"})
    with client(server).stream(HELLO) as stream:
        pieces = list(stream)
    assert "".join(piece.content for piece in pieces) == "look \U0001f600 here\ufffd!"
    assert "".join(piece.reasoning for piece in pieces) == "\ufffd"
    assert all((piece.content + piece.reasoning).encode() for piece in pieces)


def test_a_piece_is_there_before_the_next_is_sent(server):
    server.streams("a", "b", "c", wait_s=2)
    start_s = time.monotonic()
    with client(server).stream(HELLO) as stream:
        assert next(stream) == Piece("a")
        assert seconds_since(start_s) < 3.9


def test_the_servers_count_of_tokens_wins_and_fields_are_sent(server):
    server.streams("many tokens", "more", usage=True)
    fields = {"top_k": 20, "stream_options": {"include_usage": True, "continuous_usage_stats": True}}
    with client(server).stream(HELLO, max_tokens=7, fields=fields) as stream:
        next(stream)
        assert (stream.prompt_tokens, stream.completion_tokens) == (7, 1)
    request = server.requests[0]
    assert (request["max_tokens"], request["top_k"]) == (7, 20)
    assert request["stream_options"]["continuous_usage_stats"] is True


def test_an_early_stop_hangs_up_on_the_server(server):
    server.reply = endless
    with client(server).stream(HELLO) as stream:
        for _ in range(3):
            next(stream)
    assert server.hung_up.wait(2)
    assert server.sent < 60
    assert list(stream) == []
    stream.close()


@pytest.mark.parametrize("reply", [drip, endless, lambda handler: handler.server.over.wait(5)])
def test_another_thread_cancels_at_once(server, reply):
    server.reply = reply
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    start_s = time.monotonic()
    with pytest.raises(ChatCancelled, match="cancelled"), client(server, 30).stream(HELLO, cancel=cancel) as stream:
        for _ in stream:
            pass
    assert 0.15 < seconds_since(start_s) < 4.5
    with pytest.raises(ChatCancelled):
        client(server, 30).complete(HELLO, cancel=cancel)


def test_a_server_that_accepts_nothing_does_not_hold_up_the_deadline():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(1)]
        start_s = time.monotonic()
        with pytest.raises(ChatTimeout, match=r"gave no answer within 0\.3 s"):
            list(ChatClient(url=f"http://127.0.0.1:{port}/v1", model="m", timeout_s=0.3).stream(HELLO))
        assert seconds_since(start_s) < 20
        for one in waiting:
            one.close()


def garbage(content):
    def reply(handler):
        handler.begin()
        handler.chunk(content)
        handler.chunk(b"")

    return reply


NO_MODEL = json.dumps({"error": {"message": "The model `some-vlm` does not exist.", "code": 404}}).encode()
LATE_ERROR = b'data: {"error": {"message": "engine died"}}\n\n'
FAILURES = {
    "wrong model": (lambda handler: handler.send(404, NO_MODEL), "has no model 'some-vlm': The model `some-vlm` does"),
    "status": (lambda handler: handler.send(503, b"loading"), "answered with status 503: loading"),
    "garbage": (garbage(b"\xff\xfe nonsense"), "sent no chat completion"),
    "html": (lambda handler: handler.send(200, b"<html>login</html>"), "sent no chat completion"),
    "bad event": (garbage(b"data: {nonsense\n\n"), "sent no chat completion"),
    "a number": (garbage(b"data: 17\n\n"), "sent no chat completion"),
    "odd content": (garbage(b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'), "sent no chat completion"),
    "nested": (garbage(b"data: " + b"[" * 50_000 + b"\n\n"), "sent no chat completion"),
    "nothing": (garbage(b"\n\n"), "sent no chat completion"),
    "error event": (garbage(LATE_ERROR), "gave up: engine died"),
    "killed": (lambda handler: handler.stream(["a", "b"], break_off=True), "broke off in the middle"),
    "no end": (lambda handler: handler.stream(["a"], finish="", done=False), "broke off in the middle"),
    "cut": (lambda handler: handler.stream(["a"], finish="length"), "cut at the limit of tokens"),
    "empty": (lambda handler: handler.stream([]), "sent an empty answer"),
    "hangs up": (lambda handler: handler.connection.close(), "can't be reached"),
    "slow": (lambda handler: handler.server.over.wait(2), "gave no answer within 0.4 s"),
    "drips": (drip, "did not finish its answer within 0.4 s"),
    "endless": (endless, "did not finish its answer within 0.4 s"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_is_one_sentence_in_time_and_the_next_request_works(server, name):
    server.reply, expected = FAILURES[name]
    start_s = time.monotonic()
    with pytest.raises(ChatError) as caught:
        list(client(server, 0.4 if "0.4" in expected else 5).stream(HELLO))
    assert seconds_since(start_s) < 20
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ChatCut) == (name == "cut")
    server.streams("fine")
    assert list(client(server).stream(HELLO)) == [Piece("fine")]


def test_a_server_that_is_down_is_said():
    with pytest.raises(ChatError, match=r"can't be reached: .*refused"):
        list(ChatClient(url=refused_port(), model="m", timeout_s=2).stream(HELLO))


def test_events_may_be_torn_anywhere(server):
    event = b'data: {"choices": [{"delta": {"content": "\xc3\xa9"}, "finish_reason": "stop"}]}\r\n\r\ndata: [DONE]\n\n'

    def reply(handler):
        handler.begin()
        for byte in event:
            handler.chunk(bytes([byte]))
        handler.chunk(b"")

    server.reply = reply
    assert list(client(server).stream(HELLO)) == [Piece("é")]


def test_no_thread_is_left(server):
    before = threading.active_count()
    server.reply = endless
    for _ in range(5):
        with client(server).stream(HELLO) as stream:
            next(stream)
    deadline_s = time.monotonic() + 3
    while threading.active_count() > before and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert threading.active_count() <= before
