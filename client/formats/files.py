"""Writes files at once: whoever reads one sees the whole old or the whole new one."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(file: Path) -> Generator[BinaryIO]:
    """Yield what becomes the file once all is written to it; a failure leaves the file alone.

    A file that was there keeps its permissions. Raises OSError.
    """
    beside = file.with_name(f".{file.name}.writing")
    beside.unlink(missing_ok=True)
    try:
        with beside.open("xb") as opened:
            yield opened
        if file.exists():
            shutil.copymode(file, beside)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def replace_file(file: Path, raw: bytes) -> None:
    """Write a file at once; raises OSError."""
    with replacing(file) as opened:
        opened.write(raw)
