"""Curation: what a large model is asked, which replies are used, and runs that are killed or lose their server."""

import base64
import json
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from physperception.chat import ChatClient, ChatCut, ChatError
from physperception.scene import Box, MaskKind
from physperception.training.grounding import curation, curation_prompts, running
from physperception.training.grounding.curation import curate, report, tally
from physperception.training.grounding.curation_replies import (
    amodal_explanation_fault,
    answer_part,
    description_fault,
    explanation_fault,
    read_verdict,
)
from physperception.training.grounding.journal import Journal
from physperception.training.grounding.samples import GroundingDataError, GroundingSample, read_samples, write_samples

IMAGE = np.full((120, 200, 3), 128, np.uint8)
GOOD = "Of the two cups the wanted one stands on the left."
DESCRIPTION = "the cup on the left of the ball"


def sample(name="1", **options):
    known = {"image": "a.png", "width": 200, "height": 120, "text": "left cup", "category": "cup"}
    return GroundingSample(id=name, **{**known, "boxes": (Box(50, 40, 90, 100),), **options})


AMODAL = sample(kind=MaskKind.AMODAL, visible_boxes=(Box(50, 40, 90, 80),))


class Script:
    """Answers in turn, and keeps what was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, messages):
        self.asked.append(messages)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def text(self, turn):
        return self.asked[turn][0]["content"][1]["text"]

    def image(self, turn):
        url = self.asked[turn][0]["content"][0]["image_url"]["url"]
        data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(int)


def is_green(pixel):
    return pixel[1] > pixel[0] + 60 and pixel[1] > pixel[2] + 60


def is_red(pixel):
    return pixel[0] > pixel[1] + 60 and pixel[0] > pixel[2] + 60


def test_vanilla_sample_gets_its_reasoning():
    script = Script(GOOD)
    record = curate(sample(), IMAGE, script)
    assert (record["status"], record["verified"], record["requests"]) == ("KEPT", None, 1)
    assert record["sample"]["reasoning"] == GOOD
    assert '"left cup"' in script.text(0)
    assert "[250, 333, 450, 832]" in script.text(0)
    assert is_green(script.image(0)[70, 50])
    assert not is_green(script.image(0)[70, 70])


def test_amodal_sample_is_asked_where_it_goes_on():
    script = Script("The cup is left. A ball hides its foot. It is a cylinder. Extend it downward moderately.")
    record = curate(AMODAL, IMAGE, script)
    assert record["status"] == "KEPT"
    assert "downward considerably" in script.text(0)
    assert "200 x 120 pixels" in script.text(0)
    assert is_green(script.image(0)[100, 70])
    assert is_red(script.image(0)[80, 70])


def test_extensions_by_hand():
    """A box of 100 x 50 pixels that goes on by 1, 5, 15 and 60 pixels: 1 %, 5 %, 30 % and 120 % of its sides."""
    seen = Box(100, 100, 200, 150)
    found = curation_prompts.extensions(seen, Box(99, 85, 205, 210))
    assert found == {"to the right": "slightly", "upward": "moderately", "downward": "significantly"}
    assert curation_prompts.extensions(seen, seen) == {}


def test_missing_text_is_described_and_verified():
    script = Script(f'"{DESCRIPTION}"', "YES.", GOOD)
    record = curate(sample(text=""), IMAGE, script)
    assert (record["status"], record["verified"], record["requests"]) == ("KEPT", True, 3)
    assert record["sample"]["text"] == DESCRIPTION
    assert "cup" in script.text(0)
    assert DESCRIPTION in script.text(1)
    assert is_red(script.image(1)[70, 50])
    assert DESCRIPTION in script.text(2)


@pytest.mark.parametrize(
    ("answers", "why", "verified"),
    [
        ((DESCRIPTION, "No"), "verification: the description does not fit the target alone", False),
        ((DESCRIPTION, "Perhaps"), "verification unclear: the reply is neither YES nor NO", False),
        (("the cup", "a cup"), "description: it has 2 words, not 5 to 15", None),
        ((ChatCut("cut"),), "cut: a reply ended at the limit of tokens", None),
    ],
)
def test_descriptions_that_are_rejected(answers, why, verified):
    record = curate(sample(text=""), IMAGE, Script(*answers))
    assert (record["status"], record["why"], record["verified"]) == ("REJECTED", why, verified)


def test_a_fault_is_named_and_the_answer_asked_for_again():
    script = Script("The left cup, in the green box.", f"<think>again</think>{GOOD}")
    record = curate(sample(), IMAGE, script)
    assert (record["status"], record["requests"]) == ("KEPT", 2)
    assert 'it says "green box"' in script.asked[1][-1]["content"]
    assert script.asked[1][-2] == {"role": "assistant", "content": "The left cup, in the green box."}
    twice = curate(sample(), IMAGE, Script("In the green box.", "In a green frame."))
    assert twice["why"] == 'reasoning: it says "green frame"'


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"boxes": ()}, "0 boxes"),
        ({"boxes": (Box(0, 0, 9, 9), Box(20, 0, 29, 9))}, "2 boxes"),
        ({"text": "", "category": ""}, "neither text nor category"),
        ({"kind": MaskKind.AMODAL}, "visible box is not known"),
    ],
)
def test_samples_that_can_not_be_curated_cost_no_request(changes, said):
    record = curate(sample(**changes), IMAGE, Script())
    assert record["status"] == "REJECTED"
    assert said in record["why"]


def test_no_reasoning_is_written_where_none_is_wanted():
    record = curate(sample(text="", kind=MaskKind.AMODAL), IMAGE, Script(DESCRIPTION, "yes"), reasoning=False)
    assert record["status"] == "KEPT"
    assert "reasoning" not in record["sample"]


def test_faults_of_replies():
    assert description_fault("the man in yellow coat") == ""
    assert description_fault("woman in coveralls at the back") == ""
    assert description_fault("the object that is marked with green box") == 'it says "marked with green"'
    assert description_fault("the red box next to the striped mug") == ""
    assert description_fault("the cup\non the left of it") != ""
    assert explanation_fault("One. Two! Three?", "") == "it has 3 sentences, not at most 2"
    assert explanation_fault("No full stop at the end", "") == ""
    assert explanation_fault("", "") == "it is empty"
    assert explanation_fault("It is the green box on the left.", "the green box") == ""
    assert explanation_fault("It is at [1, 2, 3, 4].", "") != ""
    assert explanation_fault("The bounding box should encompass the cup.", "") == ""
    assert amodal_explanation_fault("The bounding box goes down.", "") == 'it says "bounding box"'
    assert amodal_explanation_fault("Its amodal shape is round.", "") == 'it says "amodal"'
    assert amodal_explanation_fault("A. " * 5, "") == ""
    assert amodal_explanation_fault("A. " * 6, "") != ""


def test_verdicts_and_answer_parts():
    assert [read_verdict(text) for text in ("YES", "**yes**.", "no, it is vague")] == [True, True, False]
    assert [read_verdict(text) for text in ("Not sure", "", "🙂", "Yesterday")] == [None] * 4
    assert answer_part("<think>a</think>\n 'the cup' ") == "the cup"
    assert answer_part('"') == '"'


class Server(ThreadingHTTPServer):
    """A chat server that notes what it is asked; `reply` maps a prompt to an answer or an HTTP status."""

    daemon_threads = True

    def __init__(self, reply, delay_s=0.0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply, self.delay_s = reply, delay_s
        self.prompts, self.at_once, self.most_at_once = [], 0, 0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        prompt = messages[0]["content"][1]["text"]
        with server.lock:
            server.prompts.append(prompt)
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        time.sleep(server.delay_s)
        with server.lock:
            server.at_once -= 1
        answer = server.reply(prompt)
        status = answer if isinstance(answer, int) else 200
        choice = {"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
        content = json.dumps({"error": "no"} if status != 200 else {"choices": [choice]}).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            return

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(*arguments, **options):
        servers.append(Server(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def folder(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), IMAGE)
    write_samples(tmp_path / "samples.jsonl", [sample(f"s{index}", text=f"cup {index}!") for index in range(24)])
    return tmp_path


def command(folder, url, *more):
    paths = ["--samples", str(folder / "samples.jsonl"), "--images", str(folder), "--out", str(folder / "out.jsonl")]
    return [*paths, "--url", url, "--model", "m", "--timeout", "5", *more]


def records(folder):
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def asked_for(server):
    """Numbers of the samples in the order they were asked about."""
    return [int(prompt.partition('"cup ')[2].partition("!")[0]) for prompt in server.prompts]


def test_a_killed_run_goes_on_without_loss_or_repetition(folder, serve):
    server = serve(lambda prompt: GOOD, delay_s=0.1)
    script = [sys.executable, "-m", "physperception.training.grounding.curation"]
    child = subprocess.Popen([*script, *command(folder, server.url, "--concurrency", "2")])
    deadline = time.monotonic() + 60
    out = folder / "out.jsonl"
    while (not out.exists() or out.read_text().count("\n") < 5) and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    finished = {record["id"] for record in records(folder)}
    assert 5 <= len(finished) < 24
    with out.open("a") as file:
        file.write('{"id": "s23", "status": "KE')
    before = len(server.prompts)
    server.delay_s = 0.0
    curation.main(command(folder, server.url))
    assert sorted(record["id"] for record in records(folder)) == sorted(f"s{index}" for index in range(24))
    assert not {f"s{index}" for index in asked_for(server)[before:]} & finished
    index = json.loads((folder / "out.jsonl.index.json").read_text())
    assert (index["items"], index["counts"]) == (24, {"kept": 24})
    assert len(read_samples(out)) == 24


def test_no_more_requests_at_once_than_allowed(folder, serve, capsys):
    server = serve(lambda prompt: GOOD, delay_s=0.02)
    curation.main(command(folder, server.url, "--concurrency", "3"))
    assert server.most_at_once == 3
    assert "kept 24, rejected 0" in capsys.readouterr().out
    curation.main(command(folder, server.url))
    assert len(server.prompts) == 24
    assert "24 of them done before" in capsys.readouterr().out


def test_a_server_that_goes_down_ends_the_run_clearly_and_it_can_go_on(folder, serve, monkeypatch):
    monkeypatch.setattr(running.ask, "__kwdefaults__", {"retries": 1, "wait_s": 0.01})
    server = serve(lambda prompt: GOOD if len(server.prompts) <= 8 else 503)
    started = time.monotonic()
    with pytest.raises(SystemExit, match=r"stopped with 16 samples left, because .* status 503"):
        curation.main(command(folder, server.url, "--concurrency", "1", "--give-up-after", "3", "--retries", "1"))
    assert time.monotonic() - started < 60
    assert len(server.prompts) == 8 + 3 * 2
    assert len(records(folder)) == 8
    again = serve(lambda prompt: GOOD)
    curation.main(command(folder, again.url))
    assert len(again.prompts) == 16
    assert len(records(folder)) == 24


def test_nobody_there(folder, serve, capsys):
    with pytest.raises(SystemExit, match=r"24 samples left, because the server at .* can't be reached"):
        curation.main(command(folder, "http://127.0.0.1:9/v1", "--retries", "0"))


def test_a_wrong_model_name_stops_at_once(folder, serve):
    server = serve(lambda prompt: 404)
    with pytest.raises(SystemExit, match="stopped with 24 samples left"):
        curation.main(command(folder, server.url, "--concurrency", "1"))
    assert len(server.prompts) == 1


def test_one_bad_image_fails_alone(folder, serve, capsys):
    samples = [sample("a"), sample("b", image="gone.png"), sample("c", width=201)]
    write_samples(folder / "samples.jsonl", samples)
    server = serve(lambda prompt: GOOD)
    with pytest.raises(SystemExit, match="2 samples failed"):
        curation.main(command(folder, server.url))
    assert [record["id"] for record in records(folder)] == ["a"]
    said = capsys.readouterr().err
    assert "gone.png can't be read" in said
    assert "has 200 x 120 pixels, its sample says 201 x 120" in said


def test_another_model_does_not_go_on_with_the_file(folder, serve):
    server = serve(lambda prompt: GOOD)
    curation.main(command(folder, server.url))
    with pytest.raises(SystemExit, match="was begun with model 'm', not 'other'"):
        curation.main([*command(folder, server.url), "--model", "other"])


def test_an_interrupt_cancels_what_is_under_way(serve):
    server = serve(lambda prompt: GOOD, delay_s=3.0)
    client = ChatClient(url=server.url, model="m")
    messages = curation_prompts.explain_messages(sample(), IMAGE)
    done = iter([True])

    def work(item, cancel):
        if next(done, False):
            return {"id": item.id}
        return {"id": running.ask(client, messages, cancel)}

    def keep(record):
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        running.run([sample("a"), sample("b")], work, keep, workers=2)
    assert time.monotonic() - started < 20


class Refusing:
    def __init__(self, status):
        self.status, self.tries = status, 0

    def complete(self, messages, cancel):
        self.tries += 1
        raise ChatError("no", self.status)


@pytest.mark.parametrize(("status", "tries"), [(0, 3), (429, 3), (500, 3), (400, 1), (404, 1)])
def test_what_may_pass_is_tried_again(status, tries):
    client = Refusing(status)
    with pytest.raises(ChatError):
        running.ask(client, [], threading.Event(), retries=2, wait_s=0.001)
    assert client.tries == tries


def names(record):
    return ["all"]


def test_journal_refuses_what_it_did_not_write(tmp_path):
    path = tmp_path / "j.jsonl"
    with Journal(path, {"a": 1}, names) as journal:
        journal.append({"id": "1"})
        with pytest.raises(ValueError, match="already"):
            journal.append({"id": "1"})
        with pytest.raises(GroundingDataError, match="another run is writing"):
            Journal(path, {"a": 1}, names)
    with pytest.raises(GroundingDataError, match="begun with a 1, not 2"):
        Journal(path, {"a": 2}, names)
    path.write_text('{"id": "1"}\nrubbish\n{"id": "2"}\n')
    with pytest.raises(GroundingDataError, match="line 2: not a record"):
        Journal(path, {"a": 1}, names)
    path.write_text('{"id": "1"}\n{"id": "1"}\n')
    with pytest.raises(GroundingDataError, match="line 2: the id '1' was there before"):
        Journal(path, {"a": 1}, names)
    path.with_name("j.jsonl.index.json").unlink()
    with pytest.raises(GroundingDataError, match="no index"):
        Journal(path, {"a": 1}, names)


def test_journal_cut_anywhere_keeps_every_whole_line(tmp_path):
    path = tmp_path / "j.jsonl"
    with Journal(path, {}, names) as journal:
        for index in range(2):
            journal.append({"id": f"ä{index}", "text": "\ud800"})
    content = path.read_bytes()
    for length in sorted({*range(0, len(content), 5), *range(content.index(b"\n") - 1, content.index(b"\n") + 3)}):
        path.write_bytes(content[:length])
        with Journal(path, {}, names) as journal:
            assert len(journal.done) == content[:length].count(b"\n")
            journal.append({"id": "new"})
        assert path.read_bytes().count(b"\n") == content[:length].count(b"\n") + 1


def test_statistics_in_words():
    counts = {"kept": 3, "rejected: verification": 2, "rejected: reasoning": 1, "verified": 4, "not verified": 2}
    assert report(counts).splitlines() == [
        "kept 3, rejected 3",
        "  reasoning: 1",
        "  verification: 2",
        "verification passed 4 of 6 descriptions",
    ]
    assert list(tally({"status": "REJECTED", "why": "reasoning: it is empty", "verified": True})) == [
        "rejected: reasoning",
        "verified",
    ]
