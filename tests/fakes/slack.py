"""Slack's web API as far as we call it: checks the token and the form, keeps what was posted."""

import json
from collections import defaultdict, deque
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple

from tests.fakes.local_http import Answer, Asked, serving

TOKEN = "xoxb-of-the-tests"
SIGNING_SECRET = "a signing secret of the tests"


class Call(NamedTuple):
    """One call of one method."""

    method: str
    body: dict[str, Any]


class FakeSlack:
    """One Slack workspace with some channels."""

    def __init__(self) -> None:
        """Know one channel and one person."""
        self.url = ""
        self.calls: list[Call] = []
        self.channels = {"C100", "UDANA"}
        self.failures: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self._stamps = count(1)

    def of(self, method: str) -> list[dict[str, Any]]:
        """Return the bodies of the calls of one method that went well."""
        return [call.body for call in self.calls if call.method == method]

    def fail(self, method: str, code: str, *, status: int = 200, **headers: str) -> None:
        """Answer the next call of a method with an error."""
        body = json.dumps({"ok": False, "error": code}).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.failures[method].append(Answer(status, body, named))

    def answer(self, asked: Asked) -> Answer:
        """Answer one call."""
        method = asked.path.rpartition("/")[2]
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _said({"ok": False, "error": "invalid_auth"})
        if self.failures[method]:
            return self.failures[method].popleft()
        body: dict[str, Any] = json.loads(asked.body)
        if method == "chat.postMessage" and body["channel"] not in self.channels:
            return _said({"ok": False, "error": "channel_not_found"})
        self.calls.append(Call(method, body))
        stamp = f"1700000000.{next(self._stamps):06}"
        return _said({"ok": True, "channel": body.get("channel", ""), "ts": stamp})


def _said(body: dict[str, Any]) -> Answer:
    return Answer(200, json.dumps(body).encode(), {"content-type": "application/json"})


@contextmanager
def slack() -> Generator[FakeSlack]:
    """Yield a Slack that runs."""
    fake = FakeSlack()
    with serving(fake.answer) as url:
        fake.url = f"{url}/api/"
        yield fake
