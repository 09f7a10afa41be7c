"""`learning-loop golden import`: sends a file of golden queries, and names lines that are wrong."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue
from rich.console import Console

from client.api import LearningLoop
from client.errors import ClientError, ConfigurationError, RefusedError
from client.shown import plain

MOST_AT_ONCE = 1_000
"""The API keeps no more in one go."""

_FIELD = re.compile(r"^queries\[(\d+)\]\.?")


class _Line(NamedTuple):
    number: int
    query: JsonValue


async def import_golden_queries(api: LearningLoop, out: Console, file: Path) -> int:
    """Send the file's queries and print how many are new; return 0.

    Raises ConfigurationError for a file that is none, and ClientError that names the wrong lines.
    """
    lines = _read(file)
    kept = new = 0
    for start in range(0, len(lines), MOST_AT_ONCE):
        part = lines[start : start + MOST_AT_ONCE]
        try:
            answer = await api.import_golden([line.query for line in part])
        except RefusedError as error:
            before = f" The {kept:,} before them are kept." if kept else ""
            raise ClientError(f"{_told(error, part)}{before}") from None
        kept, new = kept + answer.kept, new + answer.new
    out.print(f"{kept:,} golden queries are kept, {new:,} of them new.")
    return 0


def _read(file: Path) -> list[_Line]:
    try:
        rows = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{file} cannot be read as a text in UTF-8.") from None
    lines: list[_Line] = []
    for number, row in enumerate(rows, start=1):
        if row.strip():
            try:
                lines.append(_Line(number, json.loads(row)))
            except ValueError:
                raise ClientError(f"Nothing was kept: line {number} is not valid JSON.") from None
    if not lines:
        raise ConfigurationError(f"{file} holds no golden query.")
    return lines


def _told(error: RefusedError, part: Sequence[_Line]) -> str:
    """Return why these lines were refused, by their numbers in the file."""
    wrong = [
        _FIELD.sub(lambda found: f"line {part[int(found[1])].number}: ", problem.field)
        + f" {problem.message}"
        for problem in error.problem.errors or ()
    ]
    if not wrong:
        return str(error)
    return plain(f"None of these lines was kept. {'; '.join(wrong)}.")
