"""Finding TCP ports on the loopback interface."""

import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"
SCAN = 50


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """True when nobody listens on `port` and it can be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A wildcard listener does not stop a bind to one address everywhere (macOS), so ask it too.
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def any_free_port(taken: Collection[int] = ()) -> int:
    """A port that was free a moment ago and is not among `taken`."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def choose_port(preferred: int, taken: Collection[int] = (), host: str = LOOPBACK) -> int:
    """`preferred` when it is free, else the next free one above it; 0 asks for any."""
    if preferred:
        for port in range(preferred, min(preferred + SCAN, 65536)):
            if port not in taken and is_free(port, host):
                return port
    return any_free_port(taken)
