"""`learning-loop knowledge export`: a folder of Markdown files, or JSON lines."""

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from client.api import LearningLoop
from client.errors import ConfigurationError
from client.formats.choices import ExportFormat
from client.formats.files import replacing
from client.formats.folder import Written, write_folder
from client.formats.jsonl import write_lines
from client.import_command import SOME_REJECTED
from client.shown import plain, progress_bar
from domain.imports import KnowledgeEntry

STANDARD_OUTPUT = Path("-")
_LINES = frozenset({".jsonl", ".ndjson"})
_MOST_SHOWN = 20


def format_of(target: Path, given: ExportFormat | None) -> ExportFormat:
    """Return the format that is given, or the one that the target looks like."""
    is_lines = target == STANDARD_OUTPUT or target.suffix.lower() in _LINES
    return given or (ExportFormat.JSONL if is_lines else ExportFormat.MARKDOWN)


async def export(
    client: LearningLoop, out: Console, target: Path, given: ExportFormat | None
) -> int:
    """Write all items to the target; return 0, or 3 if a file was in the way of one.

    Raises ClientError, and has then changed nothing.
    """
    if format_of(target, given) is ExportFormat.MARKDOWN:
        if target == STANDARD_OUTPUT:
            raise ConfigurationError("Markdown needs a folder. Name one, or use --format jsonl.")
        return await _write_folder(client, out, target)
    if target == STANDARD_OUTPUT:
        async for entry in client.entries():
            write_lines([entry], sys.stdout.buffer)
        return 0
    return await _write_file(client, out, target)


async def _write_file(client: LearningLoop, out: Console, file: Path) -> int:
    count = 0
    try:
        with replacing(file) as opened, progress_bar(out) as bar:
            task = bar.add_task(file.name, total=None)
            async for entry in client.entries():
                count += write_lines([entry], opened)
                bar.advance(task)
    except OSError as error:
        message = f"{file}: {error.strerror or error}."
        raise ConfigurationError(f"{message} Choose a file that can be written to.") from None
    out.print(plain(f"{count} items written to {file}."), soft_wrap=True)
    return 0


async def _write_folder(client: LearningLoop, out: Console, folder: Path) -> int:
    with progress_bar(out) as bar:
        # Whatever fails on the way here has written nothing: a part would remove the rest.
        entries = await _all(client, bar, folder.name)
    done = write_folder(entries, folder)
    _show(out, done)
    parts = [f"{len(done.written)} written", f"{len(done.unchanged)} unchanged"]
    parts += [f"{len(done.removed)} removed"] if done.removed else []
    parts += [f"{len(done.problems)} left out"] if done.problems else []
    out.print(plain(f"{len(entries)} items: {', '.join(parts)} in {folder}."), soft_wrap=True)
    return SOME_REJECTED if done.problems else 0


async def _all(client: LearningLoop, bar: Progress, name: str) -> list[KnowledgeEntry]:
    task = bar.add_task(name, total=None)
    entries: list[KnowledgeEntry] = []
    async for entry in client.entries():
        entries.append(entry)
        bar.advance(task)
    return entries


def _show(out: Console, done: Written) -> None:
    for problem in done.problems:
        out.print(plain(problem.in_short()), soft_wrap=True)
    for deed, names in (("written", done.written), ("removed", done.removed)):
        for name in names[:_MOST_SHOWN]:
            out.print(plain(f"{deed} {name}"), soft_wrap=True)
        if len(names) > _MOST_SHOWN:
            out.print(f"{deed} … {len(names) - _MOST_SHOWN} more")
