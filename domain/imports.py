"""What a company brings in from outside, and the rule for what becomes of each entry."""

from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from domain.base import Model, Text
from domain.conversation import LanguageTag
from domain.knowledge import (
    CONTENT_OF_KIND,
    Change,
    ItemContent,
    ItemKind,
    ItemStatus,
    Operation,
    read_content_field,
)


class EntryHead(Model):
    """All of an entry but its content.

    `revision` is the one that the content is of: the base of a change when the entry comes back.
    `phrasings` are wordings that customers used, by which search finds the item.
    """

    id: UUID | None = None
    kind: ItemKind
    status: ItemStatus = ItemStatus.ACTIVE
    revision: int | None = Field(default=None, ge=1)
    phrasings: tuple[Text, ...] = ()
    language: LanguageTag | None = None


class KnowledgeEntry(EntryHead):
    """One item as it stands outside the store: in a file, or in the body of an import."""

    content: ItemContent

    @model_validator(mode="before")
    @classmethod
    def _read_content_by_kind(cls, data: Any) -> Any:
        return read_content_field(data)

    @model_validator(mode="after")
    def _content_is_of_its_kind(self) -> Self:
        if not isinstance(self.content, CONTENT_OF_KIND[self.kind]):
            raise ValueError(f"content is not that of a {self.kind}")
        return self


class StoredItem(Model):
    """The item that an entry names, as it stands now: its head, and the release of that.

    `imported`: the head came by an import.
    """

    id: UUID
    kind: ItemKind
    status: ItemStatus
    revision: int
    release: int
    content: ItemContent
    phrasings: frozenset[str] = frozenset()
    imported: bool

    @model_validator(mode="before")
    @classmethod
    def _read_content_by_kind(cls, data: Any) -> Any:
        return read_content_field(data)


class ImportOutcome(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    REVISED = "revised"
    RETIRED = "retired"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"


class ImportRuling(Model):
    """What to do with an entry: the changes to make, in order, or why there are none."""

    outcome: ImportOutcome
    changes: tuple[Change, ...] = ()
    problem: str = ""


def rule_on_entry(entry: KnowledgeEntry, stored: StoredItem | None) -> ImportRuling:
    """Return what to do with an entry, given the item that it names (None if there is none).

    An entry never overwrites what it does not know of: one that differs must name the head as its
    `revision`; without a revision only an item that came by an import itself is replaced. A
    problem begins with the field that it is about, and ends with what to do.
    """
    if stored is None:
        return ImportRuling(outcome=ImportOutcome.ADDED, changes=_additions(entry))
    if stored.kind is not entry.kind:
        return _conflict(
            f"kind is {entry.kind}, but the item is a {stored.kind} here; give another id, or none"
        )
    changes = _revisions(entry, stored)
    if not changes:
        return ImportRuling(outcome=ImportOutcome.UNCHANGED)
    if entry.revision is None and not stored.imported:
        return _conflict(
            f"revision is missing, and the item was changed here (it is at {stored.revision}); "
            "export it again and repeat the edit"
        )
    if entry.revision is not None and entry.revision != stored.revision:
        return _conflict(
            f"revision is {entry.revision}, but the item is at {stored.revision} here; "
            "export it again and repeat the edit"
        )
    retires = changes[-1].operation is Operation.RETIRE
    outcome = ImportOutcome.RETIRED if retires else ImportOutcome.REVISED
    return ImportRuling(outcome=outcome, changes=changes)


def _conflict(problem: str) -> ImportRuling:
    return ImportRuling(outcome=ImportOutcome.CONFLICT, problem=problem)


def _additions(entry: KnowledgeEntry) -> tuple[Change, ...]:
    return (Change(kind=entry.kind, operation=Operation.ADD, content=entry.content),)


def retirement_of(entry: KnowledgeEntry, item_id: UUID) -> Change | None:
    """Return the change that retires an item right after it was added, if the entry is retired."""
    if entry.status is ItemStatus.ACTIVE:
        return None
    return _change(entry, Operation.RETIRE, item_id, 1)


def _revisions(entry: KnowledgeEntry, stored: StoredItem) -> tuple[Change, ...]:
    changes: list[Change] = []
    stays_retired = entry.status is stored.status is ItemStatus.RETIRED
    says_more = entry.content != stored.content or not stored.phrasings.issuperset(entry.phrasings)
    comes_back = stored.status is ItemStatus.RETIRED and entry.status is ItemStatus.ACTIVE
    if comes_back or (says_more and not (stays_retired and entry.content == stored.content)):
        changes.append(_change(entry, Operation.REVISE, stored.id, stored.revision))
    now_active = changes or stored.status is ItemStatus.ACTIVE
    if entry.status is ItemStatus.RETIRED and now_active:
        base = stored.revision + len(changes)
        changes.append(_change(entry, Operation.RETIRE, stored.id, base))
    return tuple(changes)


def _change(entry: KnowledgeEntry, operation: Operation, item_id: UUID, base: int) -> Change:
    return Change(
        kind=entry.kind,
        operation=operation,
        item_id=item_id,
        base_revision=base,
        content=entry.content,
    )
