"""One HTTP request whose response is read as it comes, with a deadline and a cancellation that nothing can hold up."""

from __future__ import annotations

import contextlib
import http.client
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from urllib.parse import urlsplit

CHUNK = 1 << 14
LOOK_S = 0.02
GRACE_S = 1.0


class Overdue(Exception):
    """The deadline passed."""


class Interrupted(Exception):
    """The caller set its event."""


class TooLong(Exception):
    """The response is longer than the caller takes."""


class Unreachable(Exception):
    """The connection failed or broke; the message says how."""


class Exchange:
    """A POST request under way.

    A thread of its own resolves, connects, sends and reads, since each of these can hang in ways a socket's time-out
    does not end: a slow name server, a server that sends byte after byte. The caller only waits for what it hands on.

    Args:
        address: http or https.
        body, headers: of the request.
        timeout_s: for everything, from now on.

    Attributes:
        status: of the response; 0 before it is known, and known before the first part is given.
    """

    def __init__(self, address: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> None:
        self.status = 0
        self.timeout_s = timeout_s
        self._deadline_s = time.monotonic() + timeout_s
        self._parts: queue.SimpleQueue[bytes | Unreachable] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        thread = threading.Thread(target=self._run, args=(address, body, dict(headers)), daemon=True)
        thread.start()

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def parts(self, cancel: threading.Event | None, most: int) -> Iterator[bytes]:
        """The response's body as it comes.

        Raises:
            Interrupted, Overdue, TooLong, Unreachable: as they say; `most` is in bytes.
        """
        size = 0
        while True:
            part = self._next(cancel)
            if isinstance(part, Unreachable):
                raise part
            if not part:
                return
            size += len(part)
            if size > most:
                raise TooLong
            yield part

    def close(self) -> None:
        """Hang up. Does nothing twice."""
        self._closed.set()
        connected = self._socket
        if connected is not None:
            with contextlib.suppress(OSError, ValueError):
                connected.shutdown(socket.SHUT_RDWR)

    def _next(self, cancel: threading.Event | None) -> bytes | Unreachable:
        while True:
            if cancel is not None and cancel.is_set():
                raise Interrupted
            left_s = self._deadline_s - time.monotonic()
            if left_s <= 0:
                raise Overdue
            try:
                return self._parts.get(timeout=left_s if cancel is None else min(left_s, LOOK_S))
            except queue.Empty:
                continue

    def _run(self, address: str, body: bytes, headers: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout_s + GRACE_S)
        try:
            with contextlib.closing(connection):
                connection.connect()
                self._socket = connection.sock
                if self._closed.is_set():
                    return
                connection.request("POST", parts.path, body, dict(headers))
                response = connection.getresponse()
                self.status = response.status
                with response:
                    while part := response.read1(CHUNK):
                        self._parts.put(part)
                    if response.length:
                        raise http.client.IncompleteRead(b"", response.length)
            self._parts.put(b"")
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            self._parts.put(Unreachable(" ".join(str(error).split()) or type(error).__name__))
