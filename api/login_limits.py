"""Slows down who guesses at a sign-in. In memory: each process counts for itself."""

import ipaddress
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from fastapi import Request

MAX_FAILURES = 10
WINDOW_SECONDS = 300.0
_MAX_HOSTS = 10_000
_IPV6_NETWORK = 64


class Door(StrEnum):
    """What is guessed at; each is counted apart, so that a broken one does not close the others."""

    KEY = "key"
    LINK = "link"
    OIDC = "oidc"


class LoginLimits:
    """Failed sign-ins by the caller's address."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with no failure."""
        self._clock = clock
        self._failures: dict[tuple[Door, str], deque[float]] = {}

    def seconds_to_wait(self, host: str, door: Door = Door.KEY) -> int:
        """Return how long this address must wait before it may try again; 0 if it may now."""
        failures = self._recent((door, host))
        if len(failures) < MAX_FAILURES:
            return 0
        return max(1, round(failures[0] + WINDOW_SECONDS - self._clock()))

    def failed(self, host: str, door: Door = Door.KEY) -> None:
        """Count one failed sign-in."""
        place = (door, host)
        if place not in self._failures and len(self._failures) >= _MAX_HOSTS:
            self._failures.pop(next(iter(self._failures)))
        self._failures.setdefault(place, deque(maxlen=MAX_FAILURES)).append(self._clock())

    def succeeded(self, host: str, door: Door = Door.KEY) -> None:
        """Forget an address's failures."""
        self._failures.pop((door, host), None)

    def _recent(self, place: tuple[Door, str]) -> deque[float]:
        failures = self._failures.get(place, deque())
        while failures and failures[0] <= self._clock() - WINDOW_SECONDS:
            failures.popleft()
        return failures


def host_of(request: Request) -> str:
    """Return the address that failures are counted by.

    Whoever has an IPv6 address has a network of them, so that the network counts.
    """
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(address), _IPV6_NETWORK), strict=False))
    return host
