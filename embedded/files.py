"""Small private files under `.learning-loop`: written whole or not at all, for the owner only."""

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replaces `path` atomically; the mode is 600 from the first moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def persistent_secret(path: Path, size: int = 32) -> str:
    """The secret kept in `path`, made on the first call: URL-safe text of `size` random bytes."""
    if path.exists() and (text := path.read_text().strip()):
        return text
    text = secrets.token_urlsafe(size)
    write_private(path, text + "\n")
    return text


@contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Holds `path`, where our pid is noted; the kernel lets go of it when this process dies.

    Raises HeldError when another holder lives.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldError(os.read(descriptor, 32).decode().strip()) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


class HeldError(Exception):
    """Another process holds the file."""

    def __init__(self, pid: str) -> None:
        super().__init__(f"held by process {pid or 'unknown'}")
        self.pid = pid or "unknown"


def remove(path: Path) -> None:
    """Removes the file if it is there."""
    path.unlink(missing_ok=True)
