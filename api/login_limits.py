"""Slows down who guesses keys at the sign-in form. In memory: each process counts for itself."""

import time
from collections import deque
from collections.abc import Callable

MAX_FAILURES = 10
WINDOW_SECONDS = 300.0
_MAX_HOSTS = 10_000


class LoginLimits:
    """Failed sign-ins by the caller's address."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with no failure."""
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}

    def seconds_to_wait(self, host: str) -> int:
        """Return how long this address must wait before it may try again; 0 if it may now."""
        failures = self._recent(host)
        if len(failures) < MAX_FAILURES:
            return 0
        return max(1, round(failures[0] + WINDOW_SECONDS - self._clock()))

    def failed(self, host: str) -> None:
        """Count one failed sign-in."""
        if host not in self._failures and len(self._failures) >= _MAX_HOSTS:
            self._failures.pop(next(iter(self._failures)))
        self._failures.setdefault(host, deque(maxlen=MAX_FAILURES)).append(self._clock())

    def succeeded(self, host: str) -> None:
        """Forget an address's failures."""
        self._failures.pop(host, None)

    def _recent(self, host: str) -> deque[float]:
        failures = self._failures.get(host, deque())
        while failures and failures[0] <= self._clock() - WINDOW_SECONDS:
            failures.popleft()
        return failures
