"""Hears every connection that Python code of this process opens or looks a name up for."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

_EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"}
_heard: list[list[str]] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS:
        # The first argument of a connection is the socket, the rest says where to.
        told = repr(arguments[1:] if event == "socket.connect" else arguments)
        for heard in _heard:
            heard.append(f"{event} {told}")


sys.addaudithook(_hear)


@contextmanager
def listening() -> Generator[list[str]]:
    """Yield the connections that are opened meanwhile.

    Those of Postgres and Temporal are opened by libraries that are not Python, and unheard.
    """
    heard: list[str] = []
    _heard.append(heard)
    try:
        yield heard
    finally:
        _heard.remove(heard)
