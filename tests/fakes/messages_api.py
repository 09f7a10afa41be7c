"""A local HTTP server that speaks Anthropic's Messages API, for tests and offline trials.

Replies come from a script, in order; after it, or without one, from `plausible_replies.py`, which
derives a valid answer from the request. Runs alone: `python -m tests.fakes.messages_api --port N`.
"""

import argparse
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast

from tests.fakes.batches_api import BATCHES, Batches, message_body
from tests.fakes.plausible_replies import reply_to

JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    """One scripted HTTP reply; `hangs` never comes until the server stops."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = JSON
    hangs: bool = False


HANG = Reply(hangs=True)


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    raw: bytes
    method: str = "POST"


def message(
    output: object,
    *,
    stop_reason: str = "end_turn",
    usage: Mapping[str, int] | None = None,
    **extra: object,
) -> Reply:
    """Return a reply whose text is `output` as JSON, or as it is if it is a text already."""
    body = message_body(output, stop_reason=stop_reason, usage=usage, **extra)
    return Reply(body=json.dumps(body).encode())


def error(status: int, kind: str, *, text: str = "no", **headers: str) -> Reply:
    """Return an error as the API words it; header names are written with `_` for `-`."""
    body = {
        "type": "error",
        "error": {"type": kind, "message": text},
        "request_id": "req_011CfakeRequest",
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status=status,
        body=json.dumps(body).encode(),
        headers={"request-id": "req_011CfakeRequest", **named},
    )


class MessagesApi:
    """The server on a free loopback port, in a thread; a context manager, async or not.

    `requests` holds what arrived. `key` is the only one accepted, if given.
    """

    def __init__(self, *script: Reply, port: int = 0, key: str | None = None) -> None:
        """Bind the port; serving begins with the context."""
        self.requests: list[Recorded] = []
        self.batches = Batches()
        self._script = deque(script)
        self._key = key
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self._server.server_port}"

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
        if self._key is not None and self._key != _key_in(request.headers):
            return error(401, "authentication_error", text="invalid API key")
        if request.path.startswith(BATCHES):
            status, body, content_type = self.batches.answer(
                request.method, request.path, request.body, self.url
            )
            return Reply(status=status, body=body, content_type=content_type)
        if "output_config" not in request.body:
            return error(400, "invalid_request_error", text="output_config: Field required")
        return message(reply_to(request.body))

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

    async def __aenter__(self) -> Self:
        """Start serving."""
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        """Stop serving."""
        self.__exit__()


def _key_in(headers: Mapping[str, str]) -> str | None:
    """Return the key, from the header that SDK 2 uses or the older one."""
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    return bearer or headers.get("x-api-key")


def _handler_for(api: MessagesApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = cast(dict[str, Any], json.loads(raw or b"{}"))
            reply = api.reply_to(Recorded(self.path, headers, body, raw, self.command))
            if reply is None:
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


def main() -> None:
    """Serve plausible replies until interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="default: any free port")
    with MessagesApi(port=parser.parse_args().port) as api:
        print(f"ANTHROPIC_BASE_URL={api.url} ANTHROPIC_API_KEY=test", flush=True)  # noqa: T201
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
