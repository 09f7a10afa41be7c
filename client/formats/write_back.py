"""Writes into a Markdown file which item it is now, so that its next edit finds the item."""

from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from client.formats import front_matter
from client.formats.entry import Effect, FileProblem, ReadEntry
from client.formats.files import replace_file
from client.formats.markdown import read_document
from domain.imports import KnowledgeEntry

_MARK = b"\xef\xbb\xbf"


class Stored(NamedTuple):
    """The item that an entry is, and the revision of it that says what the entry says."""

    id: UUID
    revision: int


def write_back(file: Path, read: ReadEntry, stored: Stored) -> FileProblem | None:
    """Put the item's id and revision into the file's front matter; return why not if it failed.

    The file is replaced at once, and nothing else of it changes. One that names another item or
    revision by now is left alone.
    """
    # A single file may be given by a link; the file that it points at is the one that was read.
    target = file.resolve()
    try:
        before = target.read_bytes()
        after = noted(before, read.entry, stored)
        if after is not None:
            replace_file(target, after)
    except OSError as error:
        return _problem(read, stored, f" ({error.strerror or error})")
    return None if after is not None else _problem(read, stored)


def noted(raw: bytes, sent: KnowledgeEntry, stored: Stored) -> bytes | None:
    """Return a file that names the item; None for one in which it cannot be written plainly.

    Also None for a file that does not name the item and revision any more that were `sent`.
    """
    before = _entry(raw, sent)
    if before is None or (before.id, before.revision) != (sent.id, sent.revision):
        return None
    wanted = before.model_copy(update=stored._asdict())
    values = {key: str(value) for key, value in stored._asdict().items()}
    mark = _MARK if raw.startswith(_MARK) else b""
    after = mark + front_matter.put(raw.decode("utf-8-sig"), values).encode()
    return after if _entry(after, sent) == wanted else None


def _entry(raw: bytes, sent: KnowledgeEntry) -> KnowledgeEntry | None:
    outcomes = read_document(raw, "", sent.kind)
    return next((found.entry for found in outcomes if isinstance(found, ReadEntry)), None)


def _problem(read: ReadEntry, stored: Stored, cause: str = "") -> FileProblem:
    return FileProblem(
        file=read.file,
        field="id",
        message=(
            f"cannot be written into the file{cause}; write 'id: {stored.id}' and "
            f"'revision: {stored.revision}' into its front matter"
        ),
        effect=Effect.NOT_NOTED,
    )
