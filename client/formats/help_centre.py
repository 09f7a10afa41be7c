"""What the exports of help centres share: pages of JSON, and an article of another product."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from client.formats.entry import (
    CONTENT,
    Effect,
    FileProblem,
    Outcome,
    ReadEntry,
    parse_entry,
    problems_of,
    require_path,
)
from client.formats.html_text import text_of_html
from domain.imports import KnowledgeEntry
from domain.knowledge import ItemKind

MAX_PAGE_BYTES = 200_000_000
MAX_HTML = 2_000_000
"""Characters of one article's HTML; its text may have 20,000."""

_NAMESPACE = UUID("5d1c6b0e-0c3a-5a52-9f1e-7b8f6c0d2a41")
_FIELD_OF_CONTENT = {"answer": "body", "question": "title"}


class Product(StrEnum):
    """Whose help centre it is."""

    ZENDESK = "zendesk"
    INTERCOM = "intercom"


class Restricted(StrEnum):
    """What becomes of articles that only some people may read."""

    LEFT_OUT = "left_out"
    TAKEN_IN = "taken_in"


class Foreign(BaseModel):
    """A part of another product's JSON; what is not named is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True)
class Page:
    """One file of an export: a JSON object."""

    file: str
    data: dict[str, Any]

    def rows(self, key: str) -> list[Any]:
        """Return the list behind a key; nothing if there is none."""
        rows = self.data.get(key)
        return cast(list[Any], rows) if isinstance(rows, list) else []


@dataclass(frozen=True)
class ForeignArticle:
    """An article as another product knows it.

    `place` is its path in the file, `name` what that product calls it. `key` names it there for
    ever, so that importing it again finds the same item.
    """

    product: Product
    key: str
    file: str
    place: str
    name: str
    title: str
    html: str
    language: str | None = None
    tags: tuple[str, ...] = ()
    base: str = ""

    def outcomes(self) -> list[Outcome]:
        """Return the entry, or why it cannot be one; the title is its question."""
        if len(self.html) > MAX_HTML:
            message = f"must have at most {MAX_HTML} characters; split the article"
            return [self.problem("body", message)]
        head: dict[str, Any] = {
            "id": item_id(self.product, self.key),
            "kind": ItemKind.ARTICLE,
            "language": self.language,
        }
        content = {
            "title": self.title,
            "question": self.title,
            "answer": text_of_html(self.html, self.base),
            "tags": list(dict.fromkeys(tag for tag in self.tags if tag.strip())),
        }
        parsed = parse_entry(head, content)
        if isinstance(parsed, KnowledgeEntry):
            return [ReadEntry(file=self.file, entry=parsed)]
        told: dict[str, str] = {}
        for problem in parsed:
            path = problem.field.removeprefix(CONTENT)
            told.setdefault(_FIELD_OF_CONTENT.get(path, path), problem.message)
        return [self.problem(field, message) for field, message in told.items()]

    def problem(self, field: str, message: str, effect: Effect = Effect.LEFT_OUT) -> FileProblem:
        """Return what is wrong with one of its fields."""
        return FileProblem(
            file=self.file,
            field=f"{self.place}.{field}",
            message=f"{message} ({self.name})",
            effect=effect,
        )

    def draft(self, field: str) -> FileProblem:
        """Return that it was left out as a draft."""
        return self.problem(field, "is a draft; publish it to take it in", Effect.SKIPPED)

    def restricted(self, field: str) -> FileProblem:
        """Return that it was left out because only some people may read it."""
        message = "lets only some people read it; take it in with --include-restricted"
        return self.problem(field, message, Effect.SKIPPED)


def item_id(product: Product, key: str) -> UUID:
    """Return the id of the item that a product's article becomes, each time it is imported."""
    return uuid5(_NAMESPACE, f"{product}/{key}")


def read_pages(path: Path) -> Iterator[Page | FileProblem]:
    """Yield the JSON objects of a file, or of a folder's .json files in the order of their names.

    Raises ConfigurationError if nothing is there.
    """
    require_path(path)
    files = [path] if not path.is_dir() else page_files(path)
    return (_read_page(file) for file in files)


def page_files(folder: Path) -> list[Path]:
    """Return the .json files of a folder, without links and hidden ones."""
    return [
        file
        for file in sorted(folder.iterdir())
        if file.suffix.lower() == ".json" and not file.name.startswith(".")
        if file.is_file() and not file.is_symlink()
    ]


def _read_page(file: Path) -> Page | FileProblem:
    name = file.name
    try:
        if file.stat().st_size > MAX_PAGE_BYTES:
            message = f"is longer than {MAX_PAGE_BYTES} bytes; split it into pages"
            return FileProblem(file=name, message=message)
        data = cast(object, from_json(file.read_bytes().removeprefix(b"\xef\xbb\xbf")))
    except OSError as error:
        message = f"cannot be read ({error.strerror}); look at who may read it"
        return FileProblem(file=name, message=message)
    except ValueError:
        return FileProblem(file=name, message="must be valid JSON in UTF-8")
    if not isinstance(data, dict):
        return FileProblem(file=name, message="must be a JSON object, as the product's API sends")
    return Page(name, cast(dict[str, Any], data))


def row_problems(error: ValidationError, file: str, place: str) -> Iterator[FileProblem]:
    """Yield why a row of another product is not what it documents."""
    for problem in problems_of(error):
        field = f"{place}.{problem.field}" if problem.field else place
        yield FileProblem(file=file, field=field, message=problem.message)


def missing_rows(
    file: str, field: str, announced: Iterable[object], read: int
) -> list[FileProblem]:
    """Return that there are pages which the files do not hold, as far as they say a count."""
    counts = [count for count in announced if isinstance(count, int)]
    expected = max(counts, default=0)
    if read >= expected:
        return []
    message = f"is {expected} but the files hold {read}; save the other pages beside this one"
    return [FileProblem(file=file, field=field, message=message)]
