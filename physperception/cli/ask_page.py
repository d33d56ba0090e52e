"""The page of `physperception ask --browser`: a command in, the picture and the answer in words out."""

from __future__ import annotations

import base64
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.cli.ground import Asker, as_json, in_words
from physperception.errors import ConfigError
from physperception.grounding.config import MASK_KINDS
from physperception.scene import MaskKind
from physperception.vision.drawing import draw_scene

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
MOST_BYTES = 1 << 16
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>physperception ask</title>
<style>
  body { font: 16px system-ui, sans-serif; margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; }
  form { display: flex; gap: .5rem; margin-bottom: 1rem; }
  input { flex: 1; font: inherit; padding: .4rem; }
  button, select { font: inherit; padding: .4rem .8rem; }
  img { max-width: 100%; }
  pre { white-space: pre-wrap; }
</style>
<form>
  <input name="command" placeholder="the red cup, even its hidden part" autofocus autocomplete="off">
  <select name="kind"><option>auto<option>visible<option>amodal</select>
  <button>Ask</button>
</form>
<pre id="answer"></pre>
<img id="picture" alt="the picture" src="picture.png">
<script>
  const form = document.querySelector("form"), button = form.querySelector("button");
  form.addEventListener("submit", async event => {
    event.preventDefault();
    button.disabled = true;
    const asked = JSON.stringify({command: form.command.value, kind: form.kind.value});
    try {
      const headers = {"Content-Type": "application/json"};
      const response = await fetch("ground", {method: "POST", headers: headers, body: asked});
      const answer = await response.json();
      document.getElementById("answer").textContent = answer.error || answer.words;
      if (answer.picture) document.getElementById("picture").src = answer.picture;
    } catch (error) {
      document.getElementById("answer").textContent = "physperception ask has ended";
    }
    button.disabled = false;
    form.command.select();
  });
</script>
"""


def serve(asker: Asker, port: int) -> int:
    """Serve the page on this machine alone until Ctrl-C. Raises ConfigError where the port is taken."""
    with open_page(asker, port) as page:
        print(f"ask at http://{HOST}:{page.server_address[1]}/ ; Ctrl-C ends", flush=True)
        try:
            page.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def open_page(asker: Asker, port: int) -> ThreadingHTTPServer:
    """The server of the page, listening on this machine alone, not yet answering.

    Args:
        asker: one picture and a grounder, asked by one request at a time.
        port: 0 for a free one.

    Raises:
        ConfigError: the port is taken or not allowed.
    """

    class Handler(_Handler):
        pass

    Handler.asker, Handler.one_at_a_time = asker, threading.Lock()
    try:
        return ThreadingHTTPServer((HOST, port), Handler)
    except OSError as error:
        raise ConfigError(f"--port {port} can't be used: {error.strerror or error}") from error


class _Handler(BaseHTTPRequestHandler):
    """GET / and /picture.png; POST /ground with JSON of `command` and `kind` gives the answer as `as_json` has it, with
    `words` and `picture`, a data URL."""

    asker: Asker
    one_at_a_time: threading.Lock
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._is_for_us():
            return
        path = self.path.partition("?")[0]
        if path == "/":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", PAGE.encode())
        elif path == "/picture.png":
            self._send(HTTPStatus.OK, "image/png", _png(draw_scene(self.asker.image, self.asker.scene)))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, f"there is no {path}")

    def do_POST(self) -> None:
        if not self._is_for_us():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {MOST_BYTES} bytes")
            return
        content = self.rfile.read(int(length))
        if self.path != "/ground":
            self._refuse(HTTPStatus.NOT_FOUND, f"there is no {self.path}")
        elif self.headers.get_content_type() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a command comes as application/json")
        else:
            self._ground(content)

    def _ground(self, content: bytes) -> None:
        try:
            asked = json.loads(content)
            command, kind = asked["command"], asked.get("kind", "auto")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            command, kind = None, ""
        if not isinstance(command, str) or kind not in MASK_KINDS:
            self._refuse(HTTPStatus.BAD_REQUEST, f"give command, a text, and kind, one of {', '.join(MASK_KINDS)}")
            return
        with self.one_at_a_time:
            grounding = self.asker.ask(command, None if kind == "auto" else MaskKind(kind.upper()))
            picture = self.asker.draw(grounding)
        answer: dict[str, Any] = as_json(grounding, self.asker.scene)
        answer["words"] = in_words(grounding, self.asker.scene)
        answer["picture"] = "data:image/png;base64," + base64.b64encode(_png(picture)).decode()
        self._send(HTTPStatus.OK, "application/json", json.dumps(answer, allow_nan=False).encode())

    def _is_for_us(self) -> bool:
        """Whether the browser means this machine by the name it used: other sites' names must not lead here."""
        known = self.headers.get("Host", "").partition(":")[0] in NAMES
        if not known:
            self.close_connection = True
            self._refuse(HTTPStatus.FORBIDDEN, f"open the page as http://{HOST}:PORT/")
        return known

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self._send(status, "application/json", json.dumps({"error": reason}).encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the user's."""


def _png(picture: NDArray[np.uint8]) -> bytes:
    _, data = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    return data.tobytes()
