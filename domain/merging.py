"""When two drafts close the same gap, and become one proposal with more support."""

import re

from domain.base import JsonValue
from domain.knowledge import Change, ItemContent, ItemKind, Operation, ToolConnectionContent

SAME_GAP = 0.72
"""Cosine similarity of what two drafts would add from which they say the same."""

_MAX_CHARACTERS = 2_000
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def merge_key(change: Change) -> str:
    """Return what two changes must share to be compared at all, or to be one at once for tools."""
    target = "new" if change.operation is Operation.ADD else str(change.item_id)
    if not isinstance(change.content, ToolConnectionContent):
        return f"{change.operation}/{change.kind}/{target}"
    if change.operation is Operation.ADD:
        target = change.content.system.casefold()
    names = ",".join(sorted(tool.name.casefold() for tool in change.content.tools))
    return f"{change.operation}/{change.kind}/{target}/{names}"


def is_same_gap(change: Change, *, other_key: str, similarity: float) -> bool:
    """Return whether a draft repeats an open proposal with this key and this similarity.

    Tool connections are the same by system and tools, everything else by what it would add.
    """
    if merge_key(change) != other_key:
        return False
    return change.kind is ItemKind.TOOL_CONNECTION or similarity >= SAME_GAP


def text_to_compare(change: Change, base: ItemContent | None) -> str:
    """Return the text by whose meaning two drafts are compared.

    For a new item it is all that it says; for a revision only the sentences that `base` lacks,
    since all revisions of one item share the rest.
    """
    whole = change.content.search_text()[:_MAX_CHARACTERS]
    if change.operation is not Operation.REVISE or base is None:
        return whole
    known = set(_sentences(base.model_dump(mode="json")))
    new = [s for s in _sentences(change.content.model_dump(mode="json")) if s not in known]
    return " ".join(new)[:_MAX_CHARACTERS] or whole


def _sentences(value: JsonValue) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in _SENTENCE_END.split(value) if part.strip()]
    if isinstance(value, dict):
        return [sentence for entry in value.values() for sentence in _sentences(entry)]
    if isinstance(value, list):
        return [sentence for entry in value for sentence in _sentences(entry)]
    return []
