"""`physperception ground` and `ask`: in words, as JSON, as a picture, from pipes and over HTTP."""

import argparse
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import threading

import cv2
import numpy as np
import pytest

from physperception.cli import ask, ask_page, ground
from physperception.cli.main import main
from physperception.config import load
from physperception.datasets.coco import decode_rle
from physperception.grounding import GroundingConfig, create
from tests.unit.chat_server import refused_port
from tests.unit.grounding_scenes import Figure, paint

TABLE = (
    Figure("cup-1", "cup", "red", (20, 60, 80, 130)),
    Figure("cup-2", "cup", "blue", (130, 60, 190, 130)),
    Figure("box-1", "box", "green", (160, 90, 240, 170)),
)
IMAGE, SCENE = paint(TABLE)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "table.png"
    cv2.imwrite(str(path), IMAGE[..., ::-1])
    return path


def arguments(module, *words):
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def run_ground(capsys, picture, command, *options):
    args = arguments(ground, picture, command, "--out", picture.with_name("out.png"), *options)
    code = ground.run(args, perceive=lambda image: SCENE)
    return code, capsys.readouterr().out


def test_a_command_gives_words_a_picture_and_json(capsys, picture):
    code, said = run_ground(capsys, picture, "the blue cup, even its hidden part", "--json")
    answer = json.loads(said.splitlines()[-1])
    (found,) = answer["objects"]
    assert (code, answer["status"], answer["mask_kind"]) == (0, "FOUND", "AMODAL")
    assert (found["id"], found["class_id"], found["box"]) == ("cup-2", "cup", [130, 60, 190, 130])
    assert np.array_equal(decode_rle(found["mask"]), SCENE.instance("cup-2").amodal_mask.full(320, 240))
    assert "cup-2" in said
    assert answer["mask_kind_reason"] in said
    assert (found["mask_kind"], answer["tokens"]) == ("AMODAL", None)
    drawn = cv2.imread(str(picture.with_name("out.png")))[..., ::-1].astype(int)
    wanted = SCENE.instance("cup-2").visible_mask.full(320, 240)
    assert drawn.shape == IMAGE.shape
    assert np.abs(drawn - IMAGE)[wanted].mean() < 60 < np.abs(drawn - IMAGE)[:50].mean()


def test_the_kind_can_be_said(capsys, picture):
    _, said = run_ground(capsys, picture, "the blue cup", "--kind", "amodal", "--json", "--quiet")
    assert len(said.splitlines()) == 1
    assert json.loads(said)["mask_kind"] == "AMODAL"


@pytest.mark.parametrize(("command", "status"), [("the dog", "NOT_THERE"), ("the cup", "AMBIGUOUS"), ("", "REFUSED")])
def test_what_is_not_found_is_said_and_ends_with_1(capsys, picture, command, status):
    code, said = run_ground(capsys, picture, command)
    assert (code, said.splitlines()[0].startswith(f"{status}: ")) == (1, True)


def test_a_server_that_is_down_is_said(capsys, picture):
    options = ("--backend", "vllm", "--model", "m", "--server", refused_port(), "--set", "timeout_s=5")
    code, said = run_ground(capsys, picture, "the red cup", *options)
    assert (code, said.startswith("REFUSED: the server at")) == (1, True)


def test_bytes_that_are_no_text_do_no_harm(capsys, picture):
    code, said = run_ground(capsys, picture, "the red cup \udcff\U0001f600\x07", "--json")
    assert json.loads(said.splitlines()[-1])["command"].startswith("the red cup ?")
    assert code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ground", "{tmp}/gone.png", "the cup"), "gone.png"),
        (("ground", "{tmp}/table.png", "the cup", "--out", "{tmp}/table.png"), "is the picture itself"),
        (("ground", "{tmp}/table.png", "the cup", "--set", "budget=huge"), "budget must be one of none, short, full"),
        (("ground", "{tmp}/table.png", "the cup", "--backend", "vllm"), "set model to its name on the server"),
        (("ask", "{tmp}/table.png", "--port", "70000"), "--port must be in 0..65535"),
        (("ask", "{tmp}/table.png", "--out", "{tmp}/table.png"), "is the picture itself"),
    ],
)
def test_errors_are_one_sentence(capsys, picture, monkeypatch, words, told):
    monkeypatch.setattr("physperception.cli.evaluate_grounding.perception", lambda *_: lambda image: SCENE)
    assert main([word.format(tmp=picture.parent) for word in words]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1


def run_ask(capsys, monkeypatch, picture, lines):
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    args = arguments(ask, picture, "--out", picture.with_name("ask.png"))
    code = ask.run(args, perceive=lambda image: SCENE)
    return code, capsys.readouterr()


@pytest.mark.parametrize("end", ["", "quit\nthe red cup\n", "EXIT\n"])
def test_ask_answers_every_line_of_a_pipe_until_its_end(capsys, monkeypatch, picture, end):
    code, said = run_ask(capsys, monkeypatch, picture, "the red cup\n\n  \nthe dog\n" + end)
    assert code == 0
    assert [line.split(":")[0] for line in said.out.splitlines() if line[:5] in ("FOUND", "NOT_T")] == [
        "FOUND",
        "NOT_THERE",
    ]
    assert "cup-1, cup-2, box-1" in said.err
    assert cv2.imread(str(picture.with_name("ask.png"))).shape == IMAGE.shape
    assert not list(picture.parent.glob(".*"))


def test_ask_answers_a_line_without_an_end(capsys, monkeypatch, picture):
    _, said = run_ask(capsys, monkeypatch, picture, "the red cup")
    assert said.out.startswith("FOUND")


@pytest.fixture
def page():
    grounder = create(load(GroundingConfig, "grounding"))
    with ask_page.open_page(ground.Asker(IMAGE, SCENE, grounder, None), 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def fetch(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.headers.get_content_type(), content


def post(port, asked, **headers):
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    status, _, content = fetch(port, "POST", "/ground", body, **{"Content-Type": "application/json", **headers})
    return status, json.loads(content)


def test_the_page_answers_commands_with_words_and_a_picture(page):
    assert fetch(page, "GET", "/")[:2] == (200, "text/html")
    status, kind, content = fetch(page, "GET", "/picture.png?1")
    assert (status, kind) == (200, "image/png")
    assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).shape == IMAGE.shape
    status, answer = post(page, {"command": "the red cup"})
    assert (status, answer["status"], answer["objects"][0]["id"]) == (200, "FOUND", "cup-1")
    assert answer["words"].startswith("FOUND")
    assert answer["picture"].startswith("data:image/png;base64,")
    assert post(page, {"command": "the blue cup", "kind": "amodal"})[1]["mask_kind"] == "AMODAL"
    assert post(page, {"command": "the dog"})[1]["status"] == "NOT_THERE"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 60000, 400),
        ({"command": 7}, 400),
        ({"command": "the cup", "kind": "whole"}, 400),
        ({"kind": "auto"}, 400),
        (b"x" * 70000, 413),
    ],
)
def test_the_page_refuses_what_is_no_command_and_goes_on(page, asked, status):
    code, said = post(page, asked)
    assert (code, bool(said["error"])) == (status, True)
    assert post(page, {"command": "the red cup"})[0] == 200


def test_the_page_is_for_this_machine_and_for_itself_alone(page):
    assert fetch(page, "GET", "/", Host="evil.example")[0] == 403
    assert post(page, {"command": "the cup"}, Host="evil.example:80")[0] == 403
    assert post(page, {"command": "the cup"}, **{"Content-Type": "text/plain"})[0] == 415
    assert fetch(page, "GET", "/etc/passwd")[0] == 404


def test_a_port_that_is_taken_is_told(page):
    from physperception.errors import ConfigError

    with pytest.raises(ConfigError, match=f"--port {page} can't be used"):
        ask_page.open_page(None, page)


@pytest.mark.parametrize("how", ["eof", "interrupt"])
def test_ask_as_a_process_ends_cleanly(picture, how):
    """Real pipes, the shipped detector and completer; ended by the end of its input or by Ctrl-C.

    Whoever runs the tests in the background may have made them deaf to SIGINT; the process shall hear it.
    """
    command = [sys.executable, "-m", "physperception", "ask", str(picture), "--out", str(picture.with_name("ask.png"))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(
        command,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **pipes,
    )
    try:
        process.stdin.write("the thing on the left\n")
        process.stdin.flush()
        first = process.stdout.readline()
        if how == "interrupt":
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=150)
    finally:
        process.kill()
    assert first.split(":")[0].strip() in ("FOUND", "NOT_THERE", "AMBIGUOUS")
    assert "Traceback" not in err
    assert process.returncode == (130 if how == "interrupt" else 0)
