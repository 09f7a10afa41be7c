"""A knowledge base as a folder of Markdown files: `articles/`, `policies/`, `tools/`.

A file is named by its title and the end of its id. Writing the same entries gives the same folder.
"""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from client.errors import ConfigurationError
from client.formats.entry import FileProblem, Outcome, require_path
from client.formats.files import replace_file
from client.formats.markdown import read_document, write_document
from domain.base import sha256_of
from domain.imports import KnowledgeEntry
from domain.knowledge import ItemKind

MAX_FILE_BYTES = 16_000_000
"""No item that the API takes is nearly as long."""

SUFFIXES = frozenset({".md", ".markdown"})
FOLDER_OF_KIND = {
    ItemKind.ARTICLE: "articles",
    ItemKind.POLICY: "policies",
    ItemKind.TOOL_CONNECTION: "tools",
}
_KIND_OF_FOLDER = {folder: kind for kind, folder in FOLDER_OF_KIND.items()}
_LONGEST_SLUG = 60
_ID_DIGITS = 8
_HEADER = re.compile(rb"---\n(.*?)^---$", re.DOTALL | re.MULTILINE)
_OUR_ID = re.compile(rb"^id: '?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'?$", re.MULTILINE)
_OUR_KIND = re.compile(rb"^kind: (?:article|policy|tool_connection)$", re.MULTILINE)


@dataclass
class Written:
    """What writing a folder did, by file name relative to it; `problems` are files in the way."""

    written: list[str] = field(default_factory=list[str])
    unchanged: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    problems: list[FileProblem] = field(default_factory=list[FileProblem])


def read_folder(path: Path) -> Iterator[Outcome]:
    """Return the entries and problems of a folder, or of one file, in the order of their names.

    Not read are hidden files and folders, links, and a README.md without front matter. Raises
    ConfigurationError if nothing is there.
    """
    require_path(path)
    if not path.is_dir():
        return _read_file(path, path.name, (path.resolve().parent.name,))
    return _read_files(path)


def write_folder(entries: Iterable[KnowledgeEntry], folder: Path) -> Written:
    """Write one file an entry; remove those files of items (with an id) that are not among them.

    A file without an item's id is never overwritten or removed, and links are not followed. Each
    file is replaced at once. Raises ConfigurationError for a folder that cannot be written to, and
    ValueError for an id that is given twice.
    """
    named = _named(list(entries))
    done = Written()
    try:
        for kind_folder in FOLDER_OF_KIND.values():
            _require_plain(folder / kind_folder)
        for name, entry in named.items():
            _write(folder, name, write_document(entry), done)
        for file in list(markdown_files(folder)):
            name = file.relative_to(folder).as_posix()
            if name not in named and _is_ours(file.read_bytes()):
                file.unlink()
                done.removed.append(name)
    except OSError as error:
        message = f"{error.filename or folder}: {error.strerror or error}."
        raise ConfigurationError(f"{message} Choose a folder that can be written to.") from None
    return done


def markdown_files(folder: Path, unreadable: list[OSError] | None = None) -> Iterator[Path]:
    """Yield the Markdown files of a folder, in the order of their names; no links, none hidden.

    What cannot be looked into is added to `unreadable`.
    """
    errors: list[OSError] = [] if unreadable is None else unreadable
    for here, folders, files in os.walk(folder, onerror=errors.append, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(here, name)
            is_markdown = file.suffix.lower() in SUFFIXES and not name.startswith(".")
            if is_markdown and file.is_file() and not file.is_symlink():
                yield file


def _read_files(folder: Path) -> Iterator[Outcome]:
    unreadable: list[OSError] = []
    for file in markdown_files(folder, unreadable):
        inside = file.relative_to(folder)
        yield from _read_file(file, inside.as_posix(), inside.parts[:-1])
    for error in unreadable:
        inside = Path(error.filename).relative_to(folder)
        yield _unreadable(inside.as_posix(), error)


def _unreadable(name: str, error: OSError) -> FileProblem:
    message = f"cannot be read ({error.strerror}); look at who may read it"
    return FileProblem(file=name, message=message)


def _read_file(file: Path, name: str, folders: tuple[str, ...]) -> Iterator[Outcome]:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            message = f"is longer than {MAX_FILE_BYTES} bytes; split it"
            yield FileProblem(file=name, message=message)
            return
        raw = file.read_bytes()
    except OSError as error:
        yield _unreadable(name, error)
        return
    if file.name.lower() == "readme.md" and not raw.startswith(b"---"):
        return
    yield from read_document(raw, name, _kind_of(folders))


def _kind_of(folders: tuple[str, ...]) -> ItemKind | None:
    names = (name.lower() for name in reversed(folders))
    return next((_KIND_OF_FOLDER[name] for name in names if name in _KIND_OF_FOLDER), None)


def _named(entries: list[KnowledgeEntry]) -> dict[str, KnowledgeEntry]:
    """Return the entries by file name, in order; names that would clash hold the whole id."""
    ids = Counter(entry.id for entry in entries if entry.id is not None)
    if ids and ids.most_common(1)[0][1] > 1:
        raise ValueError("an id is given twice")
    short = [_name(entry, _ID_DIGITS) for entry in entries]
    taken = Counter(short)
    names = (
        name if taken[name] == 1 else _name(entry, 32)
        for name, entry in zip(short, entries, strict=True)
    )
    return dict(sorted(zip(names, entries, strict=True)))


def _name(entry: KnowledgeEntry, digits: int) -> str:
    # The end of an id: the beginning of a UUIDv7 is its time, which items added together share.
    whole = sha256_of(entry.model_dump(mode="json")) if entry.id is None else entry.id.hex
    slug = _slug(entry.content.title) or entry.kind.replace("_", "-")
    return f"{FOLDER_OF_KIND[entry.kind]}/{slug}-{whole[-digits:]}.md"


def _slug(title: str) -> str:
    folded = unicodedata.normalize("NFKD", title.casefold())
    plain = folded.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")


def _is_ours(raw: bytes) -> bool:
    header = _HEADER.match(raw.replace(b"\r\n", b"\n"))
    return header is not None and bool(_OUR_ID.search(header[1]) and _OUR_KIND.search(header[1]))


def _require_plain(folder: Path) -> None:
    if folder.is_symlink():
        raise ConfigurationError(f"{folder} is a link, which is not followed. Remove it.")
    folder.mkdir(parents=True, exist_ok=True)


def _write(folder: Path, name: str, raw: bytes, done: Written) -> None:
    file = folder / name
    if file.is_symlink() or file.exists():
        is_plain = file.is_file() and not file.is_symlink()
        before = file.read_bytes() if is_plain else b""
        if before == raw:
            done.unchanged.append(name)
            return
        if not is_plain or not _is_ours(before):
            message = "is in the way and carries no item's id; move it and write again"
            done.problems.append(FileProblem(file=name, message=message))
            return
    replace_file(file, raw)
    done.written.append(name)
