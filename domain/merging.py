"""When two drafts close the same gap, and become one proposal with more support."""

from domain.knowledge import Change, ItemKind, Operation, ToolConnectionContent

SAME_ARTICLE = 0.72
"""Cosine similarity of two drafted articles' texts from which they say the same."""

SAME_REVISION = 0.80
"""The same for two revisions of one item, which share most of their words anyway."""


def merge_key(change: Change) -> str:
    """Return what two changes must share to be compared at all, or to be one at once for tools."""
    if change.operation is not Operation.ADD:
        return f"{change.kind}/{change.item_id}"
    if isinstance(change.content, ToolConnectionContent):
        names = ",".join(sorted(tool.name for tool in change.content.tools))
        return f"{change.kind}/{change.content.system.casefold()}/{names.casefold()}"
    return f"{change.kind}/new"


def is_same_gap(change: Change, *, other_key: str, similarity: float) -> bool:
    """Return whether a draft repeats an open proposal with this key and this similarity.

    Tool connections are the same by system and tools; new articles and policies by meaning;
    revisions by their item and meaning.
    """
    if merge_key(change) != other_key:
        return False
    if change.kind is ItemKind.TOOL_CONNECTION and change.operation is Operation.ADD:
        return True
    limit = SAME_ARTICLE if change.operation is Operation.ADD else SAME_REVISION
    return similarity >= limit
