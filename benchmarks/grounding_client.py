"""What our client adds to a chat server's own time, what stopping early saves, and latency against the token budget.

`python -m benchmarks.grounding_client` prints a table and, as its last line, one JSON object. Without `--url` the
server is a stand-in in a process of its own, which sends a scripted answer at a steady pace; with it, any
OpenAI-compatible server, such as vLLM. In one run, in turn, so that a busy machine slows all of them:

* `bare`: the same request, its body made beforehand, sent and read line by line with nothing but http.client and json,
  until the token that completes the answer;
* `ours`: `VlmGrounder.ask` with a new image each time: encoding, prompt, stream, reasoning split off, parser, hang-up;
* `whole`: `bare`, read to the end of the answer.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from physperception.chat import ChatClient
from physperception.cli.tables import format_table
from physperception.grounding.vlm.answers import is_complete
from physperception.grounding.vlm.asking import USAGE
from physperception.grounding.vlm.families import QWEN3_VL, encode
from physperception.grounding.vlm.grounder import VlmGrounder
from physperception.grounding.vlm.prompts import MOST_TOKENS, SETTINGS, question, user
from physperception.grounding.vlm.reasoning import CLOSE
from physperception.scene import MaskKind

SIZE = (640, 480)
COMMAND = "the red mug behind the box"
BUDGETS = (0, 16, 32, 64, 128)
ROUNDS = 20
MODEL = "stand-in-Thinking"
PREFILL_S = 0.06
TOKEN_S = 0.005
REASONING = tuple(f" word{number}" for number in range(100))
ANSWER = (
    "\n\n",
    "```",
    "json",
    "\n",
    '[{"bbox_2d"',
    ": [",
    "125, ",
    "250, ",
    "500, ",
    "750]",
    ', "label": "mug"',
    "}",
    "]",
)
AFTER = ("\n", "```", *(" I hope this helps you find it.".split(" ")))


def client_overhead(url: str = "", model: str = MODEL, rounds: int = ROUNDS) -> dict[str, Any]:
    """The measurement: milliseconds as medians over `rounds`, tokens, and the curve of latency against budget.

    Args:
        url: of the server's API; "" for the stand-in.
        model: on the server; it must open its reasoning by itself, and answer readably.
        rounds: of each kind.
    """
    with _stand_in() if not url else _given(url) as address:
        images = _images()
        chat = ChatClient(url=address, model=model, timeout_s=120)
        grounder = VlmGrounder(chat, thinks=True, timeout_s=120, offer_not_there=False)
        reply = grounder.ask(next(images), COMMAND, MaskKind.VISIBLE)
        times: dict[str, list[float]] = {"bare": [], "ours": [], "whole": []}
        cpu: dict[str, list[float]] = {"bare": [], "ours": [], "whole": []}
        tokens: dict[str, int] = {}
        for _ in range(rounds):
            for name, run in (
                ("bare", lambda: _bare(address, model, next(images), to_end=False)),
                ("ours", lambda: _ours(grounder, next(images))),
                ("whole", lambda: _bare(address, model, next(images), to_end=True)),
            ):
                taken_s, cpu_s, tokens[name] = run()
                times[name].append(1e3 * taken_s)
                cpu[name].append(1e3 * cpu_s)
        curve = [_point(chat, images, budget, rounds) for budget in BUDGETS]
    median = {name: statistics.median(values) for name, values in times.items()}
    ratios = [ours / bare for ours, bare in zip(times["ours"], times["bare"], strict=True)]
    return {
        "server": "stand-in" if not url else model,
        "outcome": reply.answer.outcome.value,
        "bare_ms": median["bare"],
        "ours_ms": median["ours"],
        "whole_ms": median["whole"],
        "overhead": statistics.median(ratios) - 1,
        "bare_cpu_ms": statistics.median(cpu["bare"]),
        "ours_cpu_ms": statistics.median(cpu["ours"]),
        "tokens": tokens["ours"],
        "tokens_whole": tokens["whole"],
        "tokens_saved": 1 - tokens["ours"] / tokens["whole"],
        "time_saved": 1 - median["ours"] / median["whole"],
        "budgets": curve,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--url", default="", help="of a server's API, such as http://localhost:8000/v1")
    parser.add_argument("--model", default=MODEL, help="its name on the server")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    found = client_overhead(given.url, given.model, given.rounds)
    rows = [(name, f"{found[name + '_ms']:.1f}") for name in ("bare", "ours", "whole")]
    rows += [(f"{name}, processor time", f"{found[name + '_cpu_ms']:.1f}") for name in ("bare", "ours")]
    rows += [("overhead", f"{found['overhead']:.1%}"), ("tokens saved", f"{found['tokens_saved']:.1%}")]
    print(format_table(("", "ms"), rows))
    columns = ("budget", "reasoning tokens", "tokens", "requests", "ms")
    names = ("budget", "reasoning_tokens", "tokens", "requests")
    print(
        format_table(columns, [(*(str(one[name]) for name in names), f"{one['ms']:.1f}") for one in found["budgets"]])
    )
    print(json.dumps(found))


def _ours(grounder: VlmGrounder, image: NDArray[np.uint8]) -> tuple[float, float, int]:
    """Seconds, seconds of this process's processor time, and tokens."""
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    reply = grounder.ask(image, COMMAND, MaskKind.VISIBLE)
    return time.perf_counter() - start_s, time.process_time() - start_cpu_s, reply.tokens["generated"]


def _point(chat: ChatClient, images: Iterator[NDArray[np.uint8]], budget: int, rounds: int) -> dict[str, Any]:
    grounder = VlmGrounder(chat, thinks=True, budget=budget, timeout_s=120, offer_not_there=False)
    replies = [grounder.ask(next(images), COMMAND, MaskKind.VISIBLE) for _ in range(max(3, rounds // 4))]
    last = replies[-1]
    return {
        "budget": budget,
        "reasoning_tokens": last.tokens["reasoning"],
        "tokens": last.tokens["generated"],
        "requests": last.requests,
        "ms": statistics.median(reply.timings_ms["total"] for reply in replies),
    }


def _bare(url: str, model: str, image: NDArray[np.uint8], to_end: bool) -> tuple[float, float, int]:
    """As `_ours`, without encoding the image."""
    text = question(COMMAND, MaskKind.VISIBLE, QWEN3_VL, True, MOST_TOKENS, False)
    messages = [user(encode(image, 1 << 20).url, text)]
    fields = {**SETTINGS, **USAGE, "stream": True, "max_tokens": MOST_TOKENS}
    body = json.dumps({"model": model, "messages": messages, **fields}).encode()
    parts = urlsplit(url)
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("POST", f"{parts.path}/chat/completions", body, {"Content-Type": "application/json"})
    said, tokens = "", 0
    for line in connection.getresponse():
        if not line.startswith(b"data: {"):
            continue
        event = json.loads(line[6:])
        tokens = (event.get("usage") or {}).get("completion_tokens", tokens)
        said += (event["choices"][0]["delta"].get("content") or "") if event["choices"] else ""
        if not to_end and "]" in said and is_complete(said.rpartition(CLOSE)[2]):
            break
    connection.close()
    return time.perf_counter() - start_s, time.process_time() - start_cpu_s, tokens


def _images() -> Iterator[NDArray[np.uint8]]:
    """Smooth pictures, no two alike, so that nothing is cached."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    for number in itertools.count(time.time_ns() % 100_000):
        waves = [np.sin(rows / (9 + number % 97) + shift) * np.cos(columns / (7 + number % 89)) for shift in range(3)]
        yield (127.5 + 127.5 * np.stack(waves, -1)).astype(np.uint8)


@contextmanager
def _given(url: str) -> Iterator[str]:
    yield url


@contextmanager
def _stand_in() -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Any) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Script)
    server.daemon_threads = True
    pipe.send(server.server_address[1])
    server.serve_forever()


class _Script(BaseHTTPRequestHandler):
    """Reasons and answers at a steady pace; only answers where the request brings the reasoning."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.close_connection = True
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        begun = () if request.get("continue_final_message") else (*REASONING, CLOSE)
        next_s = time.perf_counter() + PREFILL_S
        try:
            for count, token in enumerate((*begun, *ANSWER, *AFTER), 1):
                next_s += TOKEN_S
                time.sleep(max(0.0, next_s - time.perf_counter()))
                self._event({"content": token}, None, count)
            self._event({}, "stop", count)
            self._chunk(b"data: [DONE]\n\n")
            self._chunk(b"")
        except OSError:
            return

    def _event(self, delta: dict[str, str], finish: str | None, count: int) -> None:
        usage = {"prompt_tokens": 400, "completion_tokens": count}
        event = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": usage}
        self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    main()
