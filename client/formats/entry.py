"""What every format reads and writes: an item with its phrasings, or why it could not be read."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import BeforeValidator, ValidationError

from client.errors import ConfigurationError, FieldProblem
from domain.base import Model
from domain.imports import EntryHead, KnowledgeEntry
from domain.knowledge import CONTENT_OF_KIND, ItemContent, ItemKind, parse_content

CONTENT = "content."
"""What the path of a content's field begins with."""

_NEAR = 0.75
_LONGEST_SHOWN = 80


class Effect(StrEnum):
    """What a problem did to the item that it is about."""

    LEFT_OUT = "left_out"
    SKIPPED = "skipped"
    """Left out on purpose, with nothing wrong: a draft."""
    KEY_IGNORED = "key_ignored"
    """The item went in, without what this key said."""
    NOT_NOTED = "not_noted"
    """The item went in, but its file does not say which one it is now."""


def _shown(text: str) -> str:
    return text.encode(errors="replace").decode()


Shown = Annotated[str, BeforeValidator(_shown)]
"""Names of files and of keys, which may hold halves of surrogate pairs."""


class FileProblem(Model):
    """What could not be read: where it stands, and a message with the remedy, never the text."""

    file: Shown
    line: int | None = None
    field: Shown = ""
    message: Shown
    effect: Effect = Effect.LEFT_OUT

    def in_short(self) -> str:
        """Return it on one line: `articles/returns.md, line 4: tags[0] must not be empty`."""
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {f'{self.field} {self.message}'.strip()}"


class ReadEntry(Model):
    """An entry with the file, relative to what was read, and the line that it came from."""

    file: Shown
    line: int | None = None
    entry: KnowledgeEntry


Outcome = ReadEntry | FileProblem


def parse_entry(
    head: Mapping[str, object], content: object
) -> KnowledgeEntry | tuple[FieldProblem, ...]:
    """Return the entry, or all its problems; those of the content begin with `content.`."""
    problems: list[FieldProblem] = []
    parsed_head: EntryHead | None = None
    parsed_content: ItemContent | None = None
    try:
        parsed_head = EntryHead.model_validate(head)
    except ValidationError as error:
        problems += problems_of(error, list(EntryHead.model_fields))
    try:
        kind = ItemKind(str(head.get("kind")))
    except ValueError:
        return tuple(problems)
    try:
        parsed_content = parse_content(kind, content)
    except ValidationError as error:
        problems += problems_of(error, list(CONTENT_OF_KIND[kind].model_fields), CONTENT)
    if parsed_head is None or parsed_content is None:
        return tuple(problems)
    fields = {name: getattr(parsed_head, name) for name in EntryHead.model_fields}
    return KnowledgeEntry(**fields, content=parsed_content)


def problems_of(
    error: ValidationError, known: Iterable[str] = (), prefix: str = ""
) -> list[FieldProblem]:
    """Return pydantic's errors as field problems; `known` are the names that may stand there."""
    # Imported late: it brings the web framework, which takes longer than reading most files.
    from api.fields import field_path, remedy

    problems: list[FieldProblem] = []
    for entry in error.errors(include_url=False, include_input=False):
        path = field_path(entry["loc"]) if entry["loc"] else ""
        field = _shown(f"{prefix}{path}" if path else prefix.rstrip("."))
        message = remedy(cast(Mapping[str, Any], entry))
        if entry["type"] == "extra_forbidden":
            # Only the outermost level's names are known here.
            message = unknown_key(str(entry["loc"][-1]), known if len(entry["loc"]) == 1 else ())
        problems.append(FieldProblem(field=field, message=message))
    return problems


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """Return the known key that `key` is likely a misspelling of."""
    spelled = key.strip().lower().replace("-", "_").replace(" ", "_")
    return next(iter(difflib.get_close_matches(spelled[:_LONGEST_SHOWN], known, 1, _NEAR)), None)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return what to do about a key that is none of those known."""
    names = list(known)
    nearest = nearest_key(key, names)
    if nearest is not None:
        return f"is not known here; did you mean '{nearest}'?"
    choice = f" or use one of: {', '.join(names)}" if names else ""
    return f"is not known here; remove it{choice}"


def without_repeats(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield the outcomes; an entry whose id came before becomes a problem."""
    seen: dict[UUID, str] = {}
    for outcome in outcomes:
        if isinstance(outcome, FileProblem) or outcome.entry.id is None:
            yield outcome
            continue
        file, line, item = outcome.file, outcome.line, outcome.entry.id
        if item in seen:
            message = f"is that of {seen[item]} too; remove the id of what is a new item"
            yield FileProblem(file=file, line=line, field="id", message=message)
            continue
        seen[item] = file if line is None else f"{file}, line {line}"
        yield outcome


def require_path(path: Path) -> Path:
    """Return `path`; raises ConfigurationError if nothing is there."""
    if not path.exists():
        raise ConfigurationError(f"{path}: no such file or folder. Look at how it is spelled.")
    return path
