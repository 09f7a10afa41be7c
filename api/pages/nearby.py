"""What stands around a proposal, in words: its item's past, and what is like it but another."""

import re
from collections.abc import Sequence
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from analysis.text import STOPWORDS, join_words, numbers, stem, stems, words
from api.diffs import Edit, FieldDiff, Patience, diff_contents
from api.pages.words import KIND_NAMES
from domain.knowledge import Change, Hit, ItemContent, ItemKind, Operation
from domain.merging import NEAR_TEXT
from domain.proposals import ProposalStatus
from domain.provenance import TracedRevision
from store.nearby import NearProposal

_PATIENCE_SECONDS = 0.3
_MOST_WORDS = 6
_SHORT = 60


class RevisionLine(BaseModel):
    """One revision of the item in a line: what changed, by whose word, and when."""

    number: int
    release: int
    at: AwareDatetime
    approved_by: tuple[str, ...]
    changed: str


class SimilarItem(BaseModel):
    """A published item that is like what is proposed, and why it is not the same."""

    id: UUID
    title: str
    kind: ItemKind
    similarity: float
    apart: str
    is_near: bool
    """Whether it is near enough to be looked at; one that is not is named as the nearest."""


class SimilarProposal(BaseModel):
    """Another proposal that waits, is like this one, and was not joined with it."""

    id: UUID
    title: str
    status: ProposalStatus
    similarity: float
    apart: str


def revision_lines(revisions: Sequence[TracedRevision], limit: int) -> list[RevisionLine]:
    """Return up to `limit` lines, newest first; `revisions` are newest first, one more if any."""
    patience = Patience(_PATIENCE_SECONDS)
    before = [*(revision.content for revision in revisions[1:]), None]
    return [
        RevisionLine(
            number=revision.number,
            release=revision.release,
            at=revision.created_at,
            approved_by=revision.approved_by,
            changed=_changed(revision, content, patience),
        )
        for revision, content in zip(revisions[:limit], before, strict=False)
    ]


def _changed(revision: TracedRevision, before: ItemContent | None, patience: Patience) -> str:
    """Return in one line what a revision did."""
    if revision.operation is Operation.RETIRE:
        return "Taken away"
    if revision.operation is Operation.ADD:
        return "Added"
    if before is None:
        return "Changed"
    fields = [f for f in diff_contents(before, revision.content, patience) if f.changed]
    if not fields:
        return "The same words, found by more questions"
    first, *others = fields
    more = f", and {join_words(_name(field) for field in others)}" if others else ""
    return f"{_name(first).capitalize()}: {_edit(first)}{more}"


def _name(field: FieldDiff) -> str:
    return field.field.replace("_", " ")


def _edit(field: FieldDiff) -> str:
    """Return the first words that were replaced, if they fit into a line."""
    gone = next((s.text for s in field.segments if s.edit is Edit.DELETE), "").strip()
    new = next((s.text for s in field.segments if s.edit is Edit.INSERT), "").strip()
    if len(gone) > _SHORT or len(new) > _SHORT:
        return "reworded"
    match bool(gone), bool(new):
        case True, True:
            return f"“{gone}” became “{new}”"
        case True, False:
            return f"without “{gone}”"
        case _:
            return f"with “{new}”" if new else "reworded"


def similar_items(change: Change, hits: Sequence[Hit], limit: int) -> list[SimilarItem]:
    """Return the items that are like the change, most alike first; else the nearest alone.

    The item that the change is about is left out.
    """
    others = [hit for hit in hits if hit.item.id != change.item_id]
    others.sort(key=lambda hit: hit.similarity, reverse=True)
    near = [hit for hit in others if hit.similarity >= NEAR_TEXT]
    return [
        SimilarItem(
            id=hit.item.id,
            title=hit.item.content.title,
            kind=hit.item.kind,
            similarity=hit.similarity,
            apart=_apart(change, hit.item.kind, hit.item.content),
            is_near=hit.similarity >= NEAR_TEXT,
        )
        for hit in (near or others[:1])[:limit]
    ]


def similar_proposals(
    change: Change, found: Sequence[NearProposal], limit: int
) -> list[SimilarProposal]:
    """Return the waiting proposals that are like the change, most alike first."""
    return [
        SimilarProposal(
            id=other.id,
            title=other.title,
            status=other.status,
            similarity=other.similarity,
            apart=_apart_from(change, other),
        )
        for other in found
        if other.similarity >= NEAR_TEXT
    ][:limit]


def _apart_from(change: Change, other: NearProposal) -> str:
    if other.kind is not change.kind:
        return f"It is about {_a(other.kind)}."
    if other.item_id != change.item_id:
        return "It is about another item."
    return "It would say something else."


def _apart(change: Change, kind: ItemKind, content: ItemContent) -> str:
    """Return why an item is not what is proposed: its kind, its figures, or what it leaves out."""
    if kind is not change.kind:
        return f"It is {_a(kind)}, not {_a(change.kind)}."
    proposed, known = change.content.search_text(), content.search_text()
    figures = sorted(numbers(proposed) - numbers(known))[:_MOST_WORDS]
    if figures:
        told = (f"“{_with_what_it_counts(figure, proposed)}”" for figure in figures)
        return f"It says nothing of {join_words(told, 'or')}."
    missing = _missing_words(proposed, known)
    if missing:
        return f"It does not speak of {join_words((f'“{w}”' for w in missing), 'or')}."
    return "It has all of these words: look whether both are needed."


def _with_what_it_counts(number: str, text: str) -> str:
    counted = re.search(rf"(?<![\w.,]){re.escape(number)}[ \t]+([^\W\d_]+)", text)
    if counted is None or counted[1].casefold() in STOPWORDS:
        return number
    return f"{number} {counted[1]}"


def _missing_words(proposed: str, known: str) -> list[str]:
    said = stems(known)
    missing = {
        stem(word): word
        for word in reversed(words(proposed))
        if word not in STOPWORDS and len(word) > 3 and stem(word) not in said
    }
    return list(reversed(missing.values()))[:_MOST_WORDS]


def _a(kind: ItemKind) -> str:
    name = KIND_NAMES[kind]
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"
