"""A local HTTP server that speaks OpenAI's embeddings API, for tests and offline trials.

Replies come from a script, in order; after it, or without one, each text gets a vector made of its
words. Reply, HANG and Recorded are those of `messages_api.py`.
"""

import hashlib
import json
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast

from tests.fakes.messages_api import Recorded, Reply

DIMENSION = 8


def vector_of(text: str, dimension: int = DIMENSION) -> list[float]:
    """Return the vector that the server gives a text: never zero, and not of length 1."""
    vector = [0.25] * dimension
    for word in text.lower().split():
        place = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % dimension
        vector[place] += 3.0
    return vector


def embeddings(vectors: Sequence[Sequence[float]], **extra: object) -> Reply:
    """Return a reply with these vectors in their order; NaN is written as `NaN`."""
    rows = [
        {"object": "embedding", "index": index, "embedding": list(vector)}
        for index, vector in enumerate(vectors)
    ]
    return rows_reply(rows, **extra)


def rows_reply(rows: Sequence[Mapping[str, object]], **extra: object) -> Reply:
    """Return a reply with these rows as they are."""
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    body = {"object": "list", "data": list(rows), "model": "served", "usage": usage, **extra}
    return Reply(body=json.dumps(body).encode())


def refusal(status: int, text: str = "no", **headers: str) -> Reply:
    """Return an error as the API words it; header names are written with `_` for `-`."""
    body = {"error": {"message": text, "type": "invalid_request_error", "code": None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=json.dumps(body).encode(), headers=named)


class EmbeddingsApi:
    """The server on a free loopback port, in a thread; a context manager.

    `requests` holds what arrived, `connections` how many were opened. `key` is the only one
    accepted, if given.
    """

    def __init__(self, *script: Reply, key: str | None = None) -> None:
        """Bind the port; serving begins with the context."""
        self.requests: list[Recorded] = []
        self.connections = 0
        self._script = deque(script)
        self._key = key
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        # Connections are kept open, and their threads wait for the client to close them.
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def script(self, *replies: Reply) -> None:
        """Append replies."""
        with self._lock:
            self._script.extend(replies)

    def reply_to(self, request: Recorded) -> Reply | None:
        """Record the request and return what to answer; None after a hang that has ended."""
        with self._lock:
            self.requests.append(request)
            scripted = self._script.popleft() if self._script else None
        if scripted is None:
            return self._answer(request)
        if scripted.hangs:
            self._stopped.wait()
            return None
        return scripted

    def _answer(self, request: Recorded) -> Reply:
        if self._key and request.headers.get("authorization") != f"Bearer {self._key}":
            return refusal(401, "Incorrect API key provided")
        if request.path.partition("?")[0] != "/v1/embeddings":
            return refusal(404)
        dimension = cast(int, request.body.get("dimensions", DIMENSION))
        texts = cast(list[str], request.body["input"])
        if not all(texts):
            return refusal(400, "input cannot be an empty string")
        return embeddings([vector_of(text, dimension) for text in texts])

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving; replies that hang end without an answer."""
        self._stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler_for(api: EmbeddingsApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else each reply waits 40 ms for the acknowledgement of its first part.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            api.connections += 1

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = api.reply_to(
                Recorded(self.path, headers, cast(dict[str, Any], json.loads(raw)), raw)
            )
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
