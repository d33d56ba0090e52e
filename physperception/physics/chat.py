"""A small client of OpenAI-compatible chat servers, such as vLLM, that always comes back in time."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from physperception.errors import ConfigError, PhysperceptionError

MOST_BYTES = 1 << 20
CHUNK = 1 << 14


class ChatError(PhysperceptionError):
    """A chat server gave no answer; the message says why."""


@dataclass(frozen=True, kw_only=True)
class ChatClient:
    """Chat completions over HTTP, one request at a time.

    Attributes:
        url: of the API, such as http://localhost:8000/v1.
        model: its name on the server.
        timeout_s: for the whole request, from connecting to the last byte.
        api_key: sent as a bearer token; "" for none.
        max_tokens: of an answer.

    Raises:
        ConfigError: a url that is no http or https address, or a limit that is not positive.
    """

    url: str
    model: str
    timeout_s: float = 60.0
    api_key: str = ""
    max_tokens: int = 1024

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(f"url must be an address such as http://localhost:8000/v1, got {self.url!r}")
        if not self.timeout_s > 0 or self.max_tokens < 1:
            raise ConfigError(f"timeout_s and max_tokens must be positive, got {self.timeout_s} and {self.max_tokens}")

    def complete(self, messages: Sequence[Mapping[str, Any]]) -> str:
        """The text of the server's answer to messages in OpenAI's form, by greedy decoding.

        Raises:
            ChatError: no server, no answer in time, an error status, or an answer that is no finished completion.
        """
        body = json.dumps(
            {"model": self.model, "messages": list(messages), "temperature": 0, "max_tokens": self.max_tokens}
        )
        headers = {"Content-Type": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        return _text(self._post(body.encode(), headers), self.url)

    def _post(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        parts = urlsplit(self.url)
        deadline_s = time.monotonic() + self.timeout_s
        connection = _connection(parts, self.timeout_s)
        try:
            with contextlib.closing(connection):
                connection.connect()
                with _cut_off(connection.sock, deadline_s):
                    connection.request("POST", f"{parts.path.rstrip('/')}/chat/completions", body, dict(headers))
                    response = connection.getresponse()
                    content = _read(response)
                if time.monotonic() >= deadline_s:
                    raise TimeoutError
        except (OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() >= deadline_s or isinstance(error, TimeoutError):
                raise ChatError(f"the server at {self.url} gave no answer within {self.timeout_s:g} s") from error
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ChatError(f"the server at {self.url} can't be reached: {reason}") from error
        if response.status != 200:
            said = " ".join(content.decode("utf-8", "replace").split())[:200]
            raise ChatError(f"the server at {self.url} answered with status {response.status}: {said or 'no text'}")
        if len(content) > MOST_BYTES:
            raise ChatError(f"the server at {self.url} sent more than {MOST_BYTES} bytes")
        return content


def _text(content: bytes, url: str) -> str:
    try:
        choice = json.loads(content)["choices"][0]
        text, finish = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ChatError(f"the server at {url} sent no chat completion") from error
    if not isinstance(text, str) or not text.strip():
        raise ChatError(f"the server at {url} sent an empty answer")
    if finish == "length":
        raise ChatError(f"the answer of the server at {url} was cut at the limit of tokens")
    return text


def _read(response: http.client.HTTPResponse) -> bytes:
    content = b""
    while len(content) <= MOST_BYTES:
        part = response.read(CHUNK)
        if not part:
            break
        content += part
    return content


def _connection(parts: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=timeout_s)


@contextlib.contextmanager
def _cut_off(connected: socket.socket, deadline_s: float) -> Iterator[None]:
    """Shuts the socket at the deadline: a server that sends byte after byte would outlast any time-out of a read."""

    def shut() -> None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline_s - time.monotonic()), shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
