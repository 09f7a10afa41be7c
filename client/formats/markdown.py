"""One item as a Markdown file: front matter, and the longest text as the body.

An article's body is its answer, a tool connection's its purpose; a policy's fields are sections
(`## Rule`, `## Applies when`, …). A policy's text that itself holds such a heading stands in the
front matter instead, so that every text comes back as it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from client.formats import front_matter
from client.formats.entry import (
    CONTENT,
    Effect,
    FileProblem,
    Outcome,
    ReadEntry,
    nearest_key,
    parse_entry,
    unknown_key,
)
from client.formats.front_matter import FrontMatterError, Value
from domain.imports import EntryHead, KnowledgeEntry
from domain.knowledge import CONTENT_OF_KIND, ItemKind, ItemStatus

_SECTIONS = {
    "rule": "Rule",
    "applies_when": "Applies when",
    "exceptions": "Exceptions",
    "rationale": "Rationale",
}
_FIELD_OF_SECTION = {title.lower(): name for name, title in _SECTIONS.items()}
_SECTION = re.compile(
    rf"^##[ \t]+({'|'.join(_SECTIONS.values())})[ \t]*\r?$",
    re.MULTILINE | re.IGNORECASE | re.ASCII,
)
_TITLE = re.compile(r"\s*^#[ \t]+(\S[^\r\n]*)(?:\r?\n|\Z)", re.MULTILINE)
_BLANKS = " \t\r\n"
"""Not all that Python calls white space: the model keeps a text of U+001F, so that counts."""

_BODY_FIELD = {ItemKind.ARTICLE: "answer", ItemKind.TOOL_CONNECTION: "purpose"}
_TITLE_KEY = {
    ItemKind.ARTICLE: "title",
    ItemKind.POLICY: "title",
    ItemKind.TOOL_CONNECTION: "name",
}


def write_document(entry: KnowledgeEntry) -> bytes:
    """Return the file of `entry`, which `read_document` reads back as the same entry."""
    content = entry.content.model_dump(mode="json")
    title_key = _TITLE_KEY[entry.kind]
    header: dict[str, Any] = {
        title_key: content.pop(title_key),
        "id": None if entry.id is None else str(entry.id),
        "kind": str(entry.kind),
        "revision": entry.revision,
        "status": None if entry.status is ItemStatus.ACTIVE else str(entry.status),
        "language": entry.language,
    }
    if entry.kind is ItemKind.POLICY:
        body = _write_sections(content)
    else:
        body = content.pop(_BODY_FIELD[entry.kind])
    if content.get("question") == header[title_key]:
        del content["question"]
    if content.get("tags"):
        content["tags"] = front_matter.OneLine(content["tags"])
    header |= {**content, "phrasings": list(entry.phrasings)}
    given = {key: value for key, value in header.items() if value not in (None, "", [], ())}
    return f"---\n{front_matter.write(given)}---\n\n{body}\n".encode()


def read_document(raw: bytes, file: str, kind: ItemKind | None) -> list[Outcome]:
    """Return the entry of a file, or its problems; ignored keys are told beside the entry.

    `kind` is what the file's folder says, for a file that does not say it.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return [FileProblem(file=file, line=line, message="is not UTF-8; save it as UTF-8")]
    try:
        document = front_matter.split(text)
        values = {} if document.header is None else front_matter.read(document.header)
    except FrontMatterError as error:
        return [FileProblem(file=file, line=error.line, field=error.field, message=str(error))]
    return _Reading(file, values, document.body, document.body_line, kind).outcomes()


def carries_front_matter(raw: bytes) -> bool:
    """Return whether a file begins as one with front matter does."""
    return raw.removeprefix(b"\xef\xbb\xbf").startswith(b"---")


@dataclass
class _Reading:
    """The reading of one file, as far as it got."""

    file: str
    values: dict[str, Value]
    body: str
    body_line: int
    folder_kind: ItemKind | None
    problems: list[FileProblem] = field(default_factory=list[FileProblem])
    lines: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Know the line of each key."""
        self.lines = {key: value.line for key, value in self.values.items()}

    def outcomes(self) -> list[Outcome]:
        """Return the entry and what was ignored, or what is wrong."""
        kind = self._kind()
        if kind is None:
            return [*self.problems]
        content = self._content(kind)
        head = {"kind": kind, **self._head()}
        self._tell_unknown_keys(kind)
        parsed = parse_entry(head, content)
        if isinstance(parsed, KnowledgeEntry) and not self._is_refused():
            return [ReadEntry(file=self.file, line=1, entry=parsed), *self.problems]
        told = {problem.field for problem in self.problems}
        for problem in () if isinstance(parsed, KnowledgeEntry) else parsed:
            path = problem.field.removeprefix(CONTENT)
            if path not in told:
                self._tell(path, problem.message)
        return [*self.problems]

    def _is_refused(self) -> bool:
        return any(problem.effect is Effect.LEFT_OUT for problem in self.problems)

    def _tell(self, path: str, message: str, effect: Effect = Effect.LEFT_OUT) -> None:
        key = re.split(r"[.\[]", path, maxsplit=1)[0]
        self.problems.append(
            FileProblem(
                file=self.file,
                line=self.lines.get(key, 1),
                field=path,
                message=message,
                effect=effect,
            )
        )

    def _kind(self) -> ItemKind | None:
        value = self.values.get("kind")
        given = None if value is None else self._read(Value.text, "kind")
        if given is None:
            return None if self.problems else self.folder_kind or ItemKind.ARTICLE
        if given in set(ItemKind):
            return ItemKind(given)
        self._tell("kind", f"must be one of: {', '.join(ItemKind)}")
        return None

    def _read(self, reader: Any, key: str) -> Any:
        """Return a key's value, or tell why it cannot be read; None if it is not there."""
        value = self.values.get(key)
        if value is None:
            return None
        try:
            return reader(value)
        except FrontMatterError as error:
            self.lines[key] = error.line
            self._tell(key if not error.field else f"{key}.{error.field}", str(error))
            return None

    def _head(self) -> dict[str, JsonValue]:
        head: dict[str, JsonValue] = {}
        for name in EntryHead.model_fields:
            reader = Value.texts if name == "phrasings" else Value.text
            value = None if name == "kind" else self._read(reader, name)
            if value is not None:
                head[name] = value
        return head

    def _content(self, kind: ItemKind) -> dict[str, JsonValue]:
        content: dict[str, JsonValue] = {}
        for name in CONTENT_OF_KIND[kind].model_fields:
            reader = {"tags": _tags, "tools": Value.json}.get(name, Value.text)
            value = self._read(reader, name)
            if value is not None:
                content[name] = value
        title = _TITLE_KEY[kind]
        self._take_title(title, kind, content)
        for name, text, line in self._body_fields(kind):
            if name in content:
                self._tell(name, "stands there twice; keep one")
            elif text.strip(_BLANKS):
                content[name] = text
                self.lines[name] = line
        if kind is ItemKind.ARTICLE and title in content:
            content.setdefault("question", content[title])
        return content

    def _take_title(self, key: str, kind: ItemKind, content: dict[str, JsonValue]) -> None:
        """Take the body's heading as the title if none is given."""
        found = _TITLE.match(self.body)
        if found is None:
            return
        heading = found[1].strip()
        is_titled = key in content
        title = content.setdefault(key, heading)
        # An article's answer may well begin with its title; before a policy's sections it can
        # only be the title.
        if not is_titled or (kind is ItemKind.POLICY and heading == title):
            self.body_line += self.body.count("\n", 0, found.end())
            self.body = self.body[found.end() :]

    def _body_fields(self, kind: ItemKind) -> Iterator[tuple[str, str, int]]:
        """Yield each field that stands in the body: its name, its text, its line."""
        if kind is not ItemKind.POLICY:
            if self.body.strip(_BLANKS):
                yield _BODY_FIELD[kind], self.body, self.body_line
            return
        sections = list(_SECTION.finditer(self.body))
        ends = [found.start() for found in sections[1:]] + [len(self.body)]
        lead = self.body[: sections[0].start()] if sections else self.body
        if lead.strip(_BLANKS):
            yield "rule", lead, self.body_line
        for found, end in zip(sections, ends, strict=False):
            line = self.body_line + self.body.count("\n", 0, found.start())
            yield _FIELD_OF_SECTION[found[1].lower()], self.body[found.end() : end], line

    def _tell_unknown_keys(self, kind: ItemKind) -> None:
        known = _keys(kind)
        for key in self.values:
            if key not in known:
                # A misspelling would lose what was meant; a key of another tool loses nothing.
                is_meant = nearest_key(key, known) is not None
                effect = Effect.LEFT_OUT if is_meant else Effect.KEY_IGNORED
                self._tell(key[:80], unknown_key(key, known), effect)


def _keys(kind: ItemKind) -> list[str]:
    return [*CONTENT_OF_KIND[kind].model_fields, *EntryHead.model_fields]


def _tags(value: Value) -> list[str]:
    """Return a list's tags, or those that stand on one line with commas between them."""
    texts = value.texts()
    if isinstance(value.json(), list):
        return texts
    return [tag.strip() for text in texts for tag in text.split(",") if tag.strip()]


def _write_sections(content: dict[str, Any]) -> str:
    """Return the sections of a policy, and take their texts out of `content`."""
    sections: list[str] = []
    for name, title in _SECTIONS.items():
        text = content[name]
        if not _SECTION.search(text):
            del content[name]
            if text:
                sections.append(f"## {title}\n\n{text}")
    return "\n\n".join(sections)
