"""A client of OpenAI-compatible chat servers, such as vLLM: whole answers or streams, always back in time."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from physperception.errors import ConfigError, PhysperceptionError
from physperception.exchange import Exchange, Interrupted, Overdue, TooLong, Unreachable

MOST_BYTES = 1 << 20
MOST_STREAM_BYTES = 1 << 26


class ChatError(PhysperceptionError):
    """A chat server gave no usable answer; the message says why. `status` is the HTTP status, 0 where there is none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ChatCancelled(ChatError):
    """The caller cancelled the request."""


class ChatTimeout(ChatError):
    """The answer was not complete in time."""


class ChatCut(ChatError):
    """The answer ended at the limit of tokens."""


@dataclass(frozen=True)
class Piece:
    """Text that arrived at once: of the answer, or of the reasoning where the server tells them apart."""

    content: str = ""
    reasoning: str = ""


@dataclass(frozen=True, kw_only=True)
class ChatClient:
    """Chat completions over HTTP, one connection a request. Threads may share it.

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

    def complete(self, messages: Sequence[Mapping[str, Any]], *, cancel: threading.Event | None = None) -> str:
        """The text of the server's answer to messages in OpenAI's form, by greedy decoding.

        Args:
            messages: the conversation.
            cancel: set by another thread to give up at once.

        Raises:
            ChatError: no server, no answer in time, an error status, or an answer that is no finished completion.
        """
        with self._send(messages, {}, None, None) as exchange:
            content = b"".join(self._parts(exchange, cancel, MOST_BYTES))
        try:
            choice = json.loads(content)["choices"][0]
            text, finish = choice["message"]["content"], choice.get("finish_reason")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise self._no_completion() from error
        if not isinstance(text, str) or not text.strip():
            raise self._empty()
        if finish == "length":
            raise self._cut()
        return _Text().add(text, last=True)

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int | None = None,
        timeout_s: float | None = None,
        fields: Mapping[str, Any] | None = None,
        cancel: threading.Event | None = None,
    ) -> ChatStream:
        """The answer in pieces, as server-sent events. The request starts at once; errors come out of the iteration.

        Args:
            messages: the conversation in OpenAI's form.
            max_tokens, timeout_s: instead of the client's own.
            fields: further fields of the request, such as `top_k` or `response_format`; they win over the usual ones.
            cancel: set by another thread to give up at once; the iteration then raises `ChatCancelled`.
        """
        more = {"stream": True, "stream_options": {"include_usage": True}, **(fields or {})}
        return ChatStream(self, self._send(messages, more, max_tokens, timeout_s), cancel)

    def _send(
        self,
        messages: Sequence[Mapping[str, Any]],
        fields: Mapping[str, Any],
        max_tokens: int | None,
        timeout_s: float | None,
    ) -> Exchange:
        limit = max_tokens or self.max_tokens
        body = {"model": self.model, "messages": list(messages), "temperature": 0, "max_tokens": limit, **fields}
        headers = {"Content-Type": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        address = f"{self.url.rstrip('/')}/chat/completions"
        timeout_s = self.timeout_s if timeout_s is None else timeout_s
        return Exchange(address, json.dumps(body).encode(), headers, timeout_s)

    def _parts(self, exchange: Exchange, cancel: threading.Event | None, most: int) -> Iterator[bytes]:
        """Bytes of a good response as they come; whatever goes wrong is a ChatError."""
        begun = False
        refusal = b""
        try:
            for part in exchange.parts(cancel, most):
                begun = True
                if exchange.status == 200:
                    yield part
                else:
                    refusal += part
        except Interrupted as error:
            raise ChatCancelled("the request was cancelled") from error
        except Overdue as error:
            what = "did not finish its answer" if begun else "gave no answer"
            raise ChatTimeout(f"the server at {self.url} {what} within {exchange.timeout_s:g} s") from error
        except TooLong as error:
            raise ChatError(f"the server at {self.url} sent more than {most} bytes") from error
        except Unreachable as error:
            if begun or exchange.status == 200:
                raise ChatError(f"the server at {self.url} broke off in the middle of its answer: {error}") from error
            raise ChatError(f"the server at {self.url} can't be reached: {error}") from error
        if exchange.status != 200:
            raise self._refused(exchange.status, refusal)

    def _refused(self, status: int, content: bytes) -> ChatError:
        said = _said(content)
        if status == 404 and "model" in said.lower():
            return ChatError(f"the server at {self.url} has no model {self.model!r}: {said}", status)
        return ChatError(f"the server at {self.url} answered with status {status}: {said or 'no text'}", status)

    def _no_completion(self) -> ChatError:
        return ChatError(f"the server at {self.url} sent no chat completion")

    def _empty(self) -> ChatError:
        return ChatError(f"the server at {self.url} sent an empty answer")

    def _cut(self) -> ChatCut:
        return ChatCut(f"the answer of the server at {self.url} was cut at the limit of tokens")


class ChatStream:
    """Pieces of one answer in the order they come. Leaving `with`, or `close`, ends the request at the server too.

    Attributes:
        finish_reason: as the server says at the end; "" before.
        prompt_tokens, completion_tokens: as the server last said; `completion_tokens` counts pieces until it does.

    Raises, while iterated over:
        ChatCut: the answer ended at the limit of tokens, after its last piece.
        ChatError: whatever else keeps the answer from being whole.
    """

    def __init__(self, client: ChatClient, exchange: Exchange, cancel: threading.Event | None = None) -> None:
        self.finish_reason = ""
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self._client = client
        self._exchange = exchange
        self._said_tokens = False
        self._content, self._reasoning = _Text(), _Text()
        self._pieces = self._read(client._parts(exchange, cancel, MOST_STREAM_BYTES))

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        return next(self._pieces)

    def __enter__(self) -> ChatStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up. Does nothing twice; iteration ends."""
        self._pieces.close()
        self._exchange.close()

    def _read(self, parts: Iterator[bytes]) -> Generator[Piece, None, None]:
        some = False
        for data in _events(parts):
            if data.strip() == b"[DONE]":
                break
            piece = self._piece(data)
            if piece is not None:
                some = True
                yield piece
        if not self.finish_reason:
            if not some:
                raise self._client._no_completion()
            raise ChatError(f"the server at {self._client.url} broke off in the middle of its answer")
        if self.finish_reason == "length":
            raise self._client._cut()
        if not some:
            raise self._client._empty()

    def _piece(self, data: bytes) -> Piece | None:
        try:
            event = json.loads(data)
            if "error" in event:
                raise ChatError(f"the server at {self._client.url} gave up: {_said(data)}")
            self._count(event.get("usage"))
            if not event["choices"]:
                return None
            choice = event["choices"][0]
            delta = choice.get("delta") or {}
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            content = delta.get("content") or ""
            reasoning = delta.get("reasoning_content") or delta.get("reasoning") or ""
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise self._client._no_completion() from error
        if not isinstance(content, str) or not isinstance(reasoning, str):
            raise self._client._no_completion()
        content, reasoning = self._content.add(content), self._reasoning.add(reasoning)
        if not content and not reasoning:
            return None
        self.completion_tokens += not self._said_tokens
        return Piece(content, reasoning)

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict) and isinstance(usage.get("completion_tokens"), int):
            self._said_tokens = True
            self.completion_tokens = usage["completion_tokens"]
            prompt = usage.get("prompt_tokens")
            self.prompt_tokens = prompt if isinstance(prompt, int) else 0


class _Text:
    """Text as it grows, without halves of surrogate pairs: JSON can spell them, alone or over two pieces, and UTF-8
    can't."""

    def __init__(self) -> None:
        self._half = ""

    def add(self, piece: str, last: bool = False) -> str:
        """What can be told of the text with one more piece, or with the last one."""
        text = self._half + piece
        self._half = text[-1:] if not last and "\ud800" <= text[-1:] <= "\udbff" else ""
        whole = text[: len(text) - len(self._half)]
        return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _events(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The data of server-sent events; a stream that holds none at all is one event, which is then no completion."""
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:]
            elif line.strip() and not line.startswith((b":", b"event:", b"id:", b"retry:")):
                yield line
    if rest.strip():
        yield rest.removeprefix(b"data:")


def _said(content: bytes) -> str:
    """What an error response says, on one short line."""
    text = content.decode("utf-8", "replace")
    try:
        found = json.loads(content)
        found = found.get("error", found)
        text = found if isinstance(found, str) else str(found["message"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return _Text().add(" ".join(text.split())[:200], last=True)
