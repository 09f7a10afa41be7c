"""A knowledge base as JSON lines: one entry a line, streamed both ways."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydantic_core import from_json

from client.formats.entry import FileProblem, Outcome, ReadEntry, parse_entry, require_path
from domain.imports import KnowledgeEntry

MAX_LINE_BYTES = 16_000_000
"""No entry that the API takes is nearly as long."""


def write_lines(entries: Iterable[KnowledgeEntry], out: BinaryIO) -> int:
    """Write each entry as a line; return how many there were."""
    count = 0
    for entry in entries:
        out.write(entry.model_dump_json().encode() + b"\n")
        count += 1
    return count


def read_file(path: Path) -> Iterator[Outcome]:
    """Return the entries and problems of a file; raises ConfigurationError if it is not there."""
    require_path(path)

    def outcomes() -> Iterator[Outcome]:
        with path.open("rb") as opened:
            yield from read_lines(opened, path.name)

    return outcomes()


def read_lines(opened: BinaryIO, file: str) -> Iterator[Outcome]:
    """Yield what each line holds that is not blank, or why it cannot be read."""
    for number, raw in enumerate(_lines(opened), start=1):
        if raw is None:
            message = f"is longer than {MAX_LINE_BYTES} bytes; split it"
            yield FileProblem(file=file, line=number, message=message)
            continue
        text = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if text.strip():
            yield from _read_line(text, file, number)


def _lines(opened: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line, or None for one that is too long to be held."""
    while raw := opened.readline(MAX_LINE_BYTES):
        if len(raw) < MAX_LINE_BYTES or raw.endswith(b"\n"):
            yield raw
            continue
        while raw and not raw.endswith(b"\n"):
            raw = opened.readline(MAX_LINE_BYTES)
        yield None


def _read_line(raw: bytes, file: str, number: int) -> Iterator[Outcome]:
    try:
        data = cast(object, from_json(raw))
    except ValueError:
        yield FileProblem(file=file, line=number, message="must be valid JSON in UTF-8")
        return
    if not isinstance(data, dict):
        yield FileProblem(file=file, line=number, message="must be a JSON object")
        return
    fields = cast(dict[str, Any], data)
    if "content" not in fields:
        yield FileProblem(file=file, line=number, field="content", message="is required")
        return
    parsed = parse_entry({k: v for k, v in fields.items() if k != "content"}, fields["content"])
    if isinstance(parsed, KnowledgeEntry):
        yield ReadEntry(file=file, line=number, entry=parsed)
        return
    for problem in parsed:
        yield FileProblem(file=file, line=number, field=problem.field, message=problem.message)
