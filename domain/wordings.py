"""Customers' wordings for what an item answers: which are gathered, when, and what that is called.

A wording finds an item only once a person has approved it as it was shown.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.base import Model
from domain.knowledge import (
    MAX_PHRASING_CHARACTERS,
    MAX_PHRASINGS,
    Change,
    ItemContent,
    ItemKind,
    Operation,
    Phrasing,
)

RATIONALE = (
    "The item answers these questions, but was not found by the words in which customers asked "
    "them. What it says stays as it is; from then on these wordings find it too. Some may "
    "have been answered from it already without objection: with them it answers surer."
)


class Wording(Model):
    """How one customer asked, and in which intervention."""

    text: Phrasing
    intervention_id: UUID


def can_have_phrasings(change: Change) -> bool:
    """Return whether wordings may go with a change of this kind and operation."""
    is_found = change.kind is not ItemKind.TOOL_CONNECTION
    return is_found and change.operation is not Operation.RETIRE


def is_phrasing_revision(change: Change, base: ItemContent | None) -> bool:
    """Return whether a change brings wordings alone, with the content that it is based on."""
    is_revision = change.operation is Operation.REVISE
    return is_revision and bool(change.phrasings) and change.content == base


def is_without_effect(change: Change, base: ItemContent | None) -> bool:
    """Return whether a revision brings neither wordings nor other content than it is based on."""
    is_revision = change.operation is Operation.REVISE
    return is_revision and not change.phrasings and change.content == base


def gathered(shown: Sequence[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return the wordings with more of them: each once, whatever its case, and not too many."""
    found = {_folded(text): text for text in reversed(shown)}
    kept = dict.fromkeys(shown)
    for text in map(str.strip, more):
        if 0 < len(text) <= MAX_PHRASING_CHARACTERS and _folded(text) not in found:
            found[_folded(text)] = text
            kept[text] = None
    return tuple(kept)[:MAX_PHRASINGS]


def without(texts: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the texts that ask in other words than all the known ones."""
    told = set(map(_folded, known))
    return [text for text in texts if _folded(text) not in told]


def same_wording(one: str, other: str) -> bool:
    """Return whether two texts ask in the same words."""
    return _folded(one) == _folded(other)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def is_worth_a_draft(shown: int, gathered_now: int) -> bool:
    """Return whether so many wordings make a new draft of one that shows `shown` of them.

    A quarter more are, or as many as a change may hold: whoever reads the proposal seldom finds it
    changed, and those who approve it leave few behind.
    """
    if gathered_now <= shown:
        return False
    return 4 * (gathered_now - shown) >= shown or gathered_now >= MAX_PHRASINGS


def title_of_phrasing_revision(change: Change) -> str:
    """Return what a proposal that brings wordings alone is called, at most 200 characters."""
    count = len(change.phrasings)
    more = "another wording" if count == 1 else f"{count} more wordings"
    return f"Find '{change.content.title[:150]}' by {more}"
