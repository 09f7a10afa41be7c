"""Waits out an API that is busy, starting or away for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from client.errors import UnreachableError

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0


class Patience:
    """How long an API may be silent; share one among calls that run at once."""

    def __init__(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Give up when nothing was answered for so long."""
        self._seconds = seconds
        self._answered_at = time.monotonic()

    async def wait_out(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what `call` returns, called again while the API does not answer.

        Raises UnreachableError when the patience is over, and what else `call` raises.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = await call()
            except UnreachableError as error:
                if time.monotonic() - self._answered_at > self._seconds:
                    raise
                await asyncio.sleep(min(error.retry_after or pause, _LONGEST_PAUSE))
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._answered_at = time.monotonic()
                return answer
