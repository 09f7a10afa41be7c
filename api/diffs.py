"""Word-level differences between two contents, field by field, in bounded time."""

import json
import re
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, cast

from diff_match_patch import diff_match_patch
from pydantic import BaseModel, JsonValue

from domain.knowledge import ItemContent, ToolConnectionContent, ToolSpec

TIMEOUT_SECONDS = 0.25
"""The longest that one text is compared; what takes longer is shown as coarser pieces."""

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_FIRST_CODE = 0x100
_SURROGATES = range(0xD800, 0xE000)
_LAST_CODE = 0x10FFFF


class Edit(StrEnum):
    """What happens to a piece of text."""

    KEEP = "keep"
    INSERT = "insert"
    DELETE = "delete"


class Segment(BaseModel):
    """A run of text and what happens to it."""

    edit: Edit
    text: str


class FieldDiff(BaseModel):
    """The difference in one field; lists and schemas are shown as indented JSON."""

    field: str
    changed: bool
    segments: list[Segment]


class Patience:
    """How long the texts of one answer may be compared for in all.

    Once it is at its end, texts that differ are shown whole: the one before, the one after.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now; `clock` tells seconds."""
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Return how many seconds the next text may take; none if 0."""
        return min(TIMEOUT_SECONDS, max(0.0, self._end - self._clock()))


def diff_contents(
    before: ItemContent | None, after: ItemContent, patience: Patience | None = None
) -> list[FieldDiff]:
    """Return the difference of each field of the content, in the order of its model."""
    return _diff_fields(before, after, patience)


def _diff_fields(
    before: BaseModel | None,
    after: BaseModel,
    patience: Patience | None = None,
    *,
    without: frozenset[str] = frozenset(),
) -> list[FieldDiff]:
    old = {} if before is None else before.model_dump(mode="json", exclude=set(without))
    new = after.model_dump(mode="json", exclude=set(without))
    diffs: list[FieldDiff] = []
    for name in dict.fromkeys([*new, *old]):
        segments = diff_texts(field_text(old.get(name)), field_text(new.get(name)), patience)
        changed = any(segment.edit is not Edit.KEEP for segment in segments)
        diffs.append(FieldDiff(field=name, changed=changed, segments=segments))
    return diffs


class ToolEffect(StrEnum):
    """What a revision does to one tool."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    KEPT = "kept"


class ToolDiff(BaseModel):
    """One tool of a connection, and what a revision does to it."""

    name: str
    effect: ToolEffect
    tool: ToolSpec
    fields: list[FieldDiff] = []


class ContentDiff(BaseModel):
    """How two contents differ; the tools of a connection are compared by name, not as one text."""

    fields: list[FieldDiff]
    tools: list[ToolDiff] = []

    @property
    def changed(self) -> bool:
        """Whether they differ."""
        kept = all(tool.effect is ToolEffect.KEPT for tool in self.tools)
        return not kept or any(field.changed for field in self.fields)

    def size(self) -> int:
        """Return how many characters its texts have, about."""
        fields = [*self.fields, *(field for tool in self.tools for field in tool.fields)]
        texts = sum(len(segment.text) for field in fields for segment in field.segments)
        return texts + sum(len(tool.tool.model_dump_json()) for tool in self.tools)

    def only_changes(self) -> "ContentDiff":
        """Return it without what is the same in both."""
        return ContentDiff(
            fields=[field for field in self.fields if field.changed],
            tools=[tool for tool in self.tools if tool.effect is not ToolEffect.KEPT],
        )


_TOOLS = frozenset({"tools"})


def compare(
    before: ItemContent | None, after: ItemContent | None, patience: Patience | None = None
) -> ContentDiff:
    """Return the difference of each field, and of each tool where the item is a connection.

    None is what is not there: all of the other is inserted, or deleted.
    """
    if after is None:
        return ContentDiff(fields=[]) if before is None else _deleted(compare(None, before))
    if not isinstance(after, ToolConnectionContent):
        return ContentDiff(fields=diff_contents(before, after, patience))
    return ContentDiff(
        fields=_diff_fields(before, after, patience, without=_TOOLS),
        tools=diff_tools(before, after, patience),
    )


def _deleted(inserted: ContentDiff) -> ContentDiff:
    for segment in (segment for field in inserted.fields for segment in field.segments):
        segment.edit = Edit.DELETE
    for tool in inserted.tools:
        tool.effect = ToolEffect.REMOVED
    return inserted


def diff_tools(
    before: ItemContent | None, after: ToolConnectionContent, patience: Patience | None = None
) -> list[ToolDiff]:
    """Return every tool of both, those that agents would have first."""
    old = (
        {tool.name: tool for tool in before.tools}
        if isinstance(before, ToolConnectionContent)
        else {}
    )
    new = {tool.name: tool for tool in after.tools}
    diffs = [_diff_tool(old.get(name), tool, patience) for name, tool in new.items()]
    gone = [
        ToolDiff(name=name, effect=ToolEffect.REMOVED, tool=tool)
        for name, tool in old.items()
        if name not in new
    ]
    return [*diffs, *gone]


def _diff_tool(before: ToolSpec | None, after: ToolSpec, patience: Patience | None) -> ToolDiff:
    if before is None:
        return ToolDiff(name=after.name, effect=ToolEffect.ADDED, tool=after)
    fields = [field for field in _diff_fields(before, after, patience) if field.changed]
    effect = ToolEffect.CHANGED if fields else ToolEffect.KEPT
    return ToolDiff(name=after.name, effect=effect, tool=after, fields=fields)


def diff_lines(field: str, before: Sequence[str], after: Sequence[str]) -> FieldDiff:
    """Return which texts of a list are kept, inserted and deleted, each in lines of its own."""
    runs = [
        (Edit.KEEP, [text for text in after if text in before]),
        (Edit.DELETE, [text for text in before if text not in after]),
        (Edit.INSERT, [text for text in after if text not in before]),
    ]
    whole = [(edit, "\n".join(texts)) for edit, texts in runs if texts]
    last = len(whole) - 1
    segments = [
        Segment(edit=edit, text=text if place == last else f"{text}\n")
        for place, (edit, text) in enumerate(whole)
    ]
    changed = any(segment.edit is not Edit.KEEP for segment in segments)
    return FieldDiff(field=field, changed=changed, segments=segments)


def field_text(value: JsonValue) -> str:
    """Return a field's value as people read it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return ", ".join(cast(list[str], value))
    return json.dumps(value, indent=2, ensure_ascii=False)


def diff_texts(before: str, after: str, patience: Patience | None = None) -> list[Segment]:
    """Return the words kept, inserted and deleted; joined, kept and inserted give `after`."""
    if before == after:
        return [Segment(edit=Edit.KEEP, text=after)] if after else []
    seconds = TIMEOUT_SECONDS if patience is None else patience.left()
    if seconds <= 0:
        # To the differ, no time means that it may take for ever.
        return _replaced(before, after)
    codes: dict[str, str] = {}
    old, new = _encode(before, codes), _encode(after, codes)
    if old is None or new is None:
        return _replaced(before, after)
    differ = diff_match_patch()
    differ.Diff_Timeout = seconds
    # The library has no types: a list of (operation, run of characters).
    untyped: Any = differ
    diffs: list[tuple[int, str]] = untyped.diff_main(old, new, False)
    untyped.diff_cleanupSemantic(diffs)
    words = {code: word for word, code in codes.items()}
    return [
        Segment(edit=_EDITS[operation], text="".join(words[code] for code in run))
        for operation, run in diffs
    ]


_EDITS = {0: Edit.KEEP, 1: Edit.INSERT, -1: Edit.DELETE}


def _encode(text: str, codes: dict[str, str]) -> str | None:
    """Return the text with one character for each word; None if there are too many words."""
    encoded: list[str] = []
    for token in _TOKEN.findall(text):
        code = codes.get(token)
        if code is None:
            number = _FIRST_CODE + len(codes)
            if number >= _SURROGATES.start:
                number += len(_SURROGATES)
            if number > _LAST_CODE:
                return None
            code = codes[token] = chr(number)
        encoded.append(code)
    return "".join(encoded)


def _replaced(before: str, after: str) -> list[Segment]:
    pieces = [(Edit.DELETE, before), (Edit.INSERT, after)]
    return [Segment(edit=edit, text=text) for edit, text in pieces if text]
