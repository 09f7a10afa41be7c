"""A receiver of webhooks, which checks each signature with the public library."""

import json
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.fakes.local_http import Answer, Asked, serving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class FakeReceiver:
    """Keeps what came with a good signature, by its id."""

    def __init__(self) -> None:
        """Take everything."""
        self.url = ""
        self.taken: dict[str, dict[str, Any]] = {}
        self.forged = 0
        self.failures: deque[Answer] = deque()

    def answer(self, asked: Asked) -> Answer:
        """Take one message."""
        try:
            Webhook(SECRET).verify(asked.body, asked.headers)
        except Exception:
            self.forged += 1
            return Answer(401, b"")
        if self.failures:
            return self.failures.popleft()
        self.taken[asked.headers["webhook-id"]] = json.loads(asked.body)
        return Answer(204, b"")


@contextmanager
def receiver() -> Generator[FakeReceiver]:
    """Yield a receiver that runs."""
    fake = FakeReceiver()
    with serving(fake.answer) as url:
        fake.url = f"{url}/hook"
        yield fake
