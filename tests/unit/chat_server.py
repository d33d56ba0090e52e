"""A chat server on a real socket that behaves, or misbehaves, as a test says."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ChatServer(ThreadingHTTPServer):
    """Answers as `reply` says, a function of the handler, and keeps the requests, their paths and headers.

    `hung_up` is set when a client has left before the answer was over.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.paths, self.headers = [], [], []
        self.reply = None
        self.over = threading.Event()
        self.hung_up = threading.Event()
        self.sent = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def says(self, text, finish="stop"):
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish}
        self.reply = lambda handler: handler.send(200, json.dumps({"choices": [choice]}).encode())

    def streams(self, *pieces, **options):
        self.reply = lambda handler: handler.stream(pieces, **options)

    def streams_in_turn(self, *answers):
        left = list(answers)
        self.reply = lambda handler: handler.stream(left.pop(0))

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.paths.append(self.path)
        self.server.headers.append(dict(self.headers))
        self.close_connection = True
        self.server.reply(self)

    def stream(self, pieces, finish="stop", wait_s=0.0, usage=False, done=True, break_off=False):
        """Sends pieces as server-sent events; a piece is text of the answer or a delta."""
        self.begin()
        for index, piece in enumerate(pieces, 1):
            if self.server.over.wait(wait_s):
                return
            delta = {"content": piece} if isinstance(piece, str) else piece
            event = {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
            if usage:
                event["usage"] = {"prompt_tokens": 7, "completion_tokens": index}
            if not self.event(event):
                return
            self.server.sent = index
        if break_off:
            self.connection.close()
            return
        if finish:
            self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        if done:
            self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, event):
        return self.chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def chunk(self, content):
        try:
            self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        except OSError:
            self.server.hung_up.set()
            return False
        return True

    def send(self, status, content):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def running():
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def refused_port():
    """The address of a server that is down."""
    server = ChatServer()
    url = server.url
    server.server_close()
    return url


def drip(handler):
    """Never says anything and never stops."""
    handler.begin()
    while not handler.server.over.wait(0.05):
        if not handler.chunk(b": waiting\n"):
            return


def endless(handler):
    """Words for ever."""
    handler.begin()
    while not handler.server.over.wait(0.01):
        if not handler.event({"choices": [{"delta": {"content": "word "}}]}):
            return
        handler.server.sent += 1


def seconds_since(start_s):
    return time.monotonic() - start_s
