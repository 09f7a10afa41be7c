"""Which format a file or a folder is of, and reading it as that."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, cast

from client.errors import ClientError
from client.formats import jsonl
from client.formats.choices import Format
from client.formats.entry import Outcome, require_path, without_repeats
from client.formats.folder import SUFFIXES, markdown_files, read_folder
from client.formats.help_centre import Page, Restricted, read_pages
from client.formats.intercom import read_intercom
from client.formats.zendesk import KEYS, read_zendesk


class UnknownFormatError(ClientError):
    """What is there is of no format that is read."""

    exit_code: ClassVar[int] = 2


_LINES = frozenset({".jsonl", ".ndjson"})
_READERS: dict[Format, Callable[[Path, Restricted], Iterator[Outcome]]] = {
    Format.MARKDOWN: lambda path, _: read_folder(path),
    Format.JSONL: lambda path, _: jsonl.read_file(path),
    Format.ZENDESK: read_zendesk,
    Format.INTERCOM: lambda path, _: read_intercom(path),
}


def read_entries(
    path: Path, given: Format | None = None, restricted: Restricted = Restricted.LEFT_OUT
) -> Iterator[Outcome]:
    """Return the entries and problems of what is at `path`, read as `given` or as it looks.

    Bad content is an outcome. Raises ConfigurationError if nothing is there, and
    UnknownFormatError if it looks like none of the formats.
    """
    reader = _READERS[given or detect(path)]
    return without_repeats(reader(path, restricted))


def count_entries(path: Path, given: Format | None = None) -> int | None:
    """Return about how many entries there are, for a progress bar; None if only reading tells."""
    match given or detect(path):
        case Format.MARKDOWN:
            return sum(1 for _ in markdown_files(path)) if path.is_dir() else 1
        case Format.JSONL:
            with path.open("rb") as opened:
                return sum(1 for _ in opened)
        case Format.ZENDESK | Format.INTERCOM:
            return None


def detect(path: Path) -> Format:
    """Return the format of what is at `path`; raises as `read_entries`."""
    require_path(path)
    suffix = path.suffix.lower()
    if path.is_dir():
        has_markdown = next(markdown_files(path), None) is not None
        found = Format.MARKDOWN if has_markdown else _format_of_pages(path)
    elif suffix in SUFFIXES:
        found = Format.MARKDOWN
    elif suffix in _LINES:
        found = Format.JSONL
    else:
        found = _format_of_pages(path) if suffix == ".json" else None
    if found is None:
        choice = ", ".join(Format)
        raise UnknownFormatError(
            f"{path}: neither Markdown files, JSON lines, nor an export of Zendesk or Intercom "
            f"that can be told apart. Say what it is with --format ({choice})."
        )
    return found


def _format_of_pages(path: Path) -> Format | None:
    """Return the format of the first page that is of one."""
    for page in read_pages(path):
        if isinstance(page, Page):
            found = _format_of_page(page)
            if found is not None:
                return found
    return None


def _format_of_page(page: Page) -> Format | None:
    if any(isinstance(page.data.get(key), list) for key in KEYS):
        return Format.ZENDESK
    rows = page.rows("data")
    types = {cast(dict[str, Any], row).get("type") for row in rows if isinstance(row, dict)}
    return Format.INTERCOM if "article" in types else None
