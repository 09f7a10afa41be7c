"""What becomes of an entry, given the item that it names."""

from typing import Any
from uuid import UUID

import pytest

from domain.imports import ImportOutcome, KnowledgeEntry, StoredItem, rule_on_entry
from domain.knowledge import ItemKind, ItemStatus, Operation

ID = UUID("00000000-0000-7000-8000-000000000001")
ADD, REVISE, RETIRE = Operation.ADD, Operation.REVISE, Operation.RETIRE
OUTCOME = ImportOutcome


def content(answer: str) -> dict[str, Any]:
    return {"title": "Refunds", "question": "When?", "answer": answer}


def entry(answer: str = "In 5 days.", **fields: Any) -> KnowledgeEntry:
    given = {"id": ID, "kind": "article", "content": content(answer), **fields}
    return KnowledgeEntry.model_validate(given)


def stored(answer: str = "In 5 days.", **fields: Any) -> StoredItem:
    found = {"id": ID, "kind": "article", "status": "active", "revision": 3, "release": 9}
    given = {**found, "imported": False, "content": content(answer), **fields}
    return StoredItem.model_validate(given)


def test_what_is_not_here_yet_is_added() -> None:
    ruling = rule_on_entry(entry(), None)
    assert ruling.outcome is OUTCOME.ADDED
    assert [change.operation for change in ruling.changes] == [ADD]


@pytest.mark.parametrize("revision", [None, 1, 3])
def test_what_is_here_already_is_left_alone(revision: int | None) -> None:
    ruling = rule_on_entry(entry(revision=revision), stored())
    assert (ruling.outcome, ruling.changes) == (OUTCOME.UNCHANGED, ())


def test_an_edit_of_the_head_revises_it() -> None:
    ruling = rule_on_entry(entry("In 7 days.", revision=3), stored())
    assert ruling.outcome is OUTCOME.REVISED
    assert [(change.operation, change.base_revision) for change in ruling.changes] == [(REVISE, 3)]


@pytest.mark.parametrize("revision", [1, 4])
def test_an_edit_of_another_revision_is_a_conflict_even_on_imported_items(revision: int) -> None:
    ruling = rule_on_entry(entry("In 7 days.", revision=revision), stored(imported=True))
    assert (ruling.outcome, ruling.changes) == (OUTCOME.CONFLICT, ())
    assert ruling.problem.startswith(f"revision is {revision}, but")


def test_without_a_revision_only_an_import_is_replaced() -> None:
    assert rule_on_entry(entry("In 7 days."), stored(imported=True)).outcome is OUTCOME.REVISED
    assert rule_on_entry(entry("In 7 days."), stored(imported=False)).outcome is OUTCOME.CONFLICT


def test_an_entry_does_not_change_an_items_kind() -> None:
    policy = stored().model_copy(update={"kind": ItemKind.POLICY})
    assert rule_on_entry(entry("In 7 days.", revision=3), policy).outcome is OUTCOME.CONFLICT


def test_new_wordings_are_a_revision_and_known_ones_are_not() -> None:
    known = stored(phrasings=["cash back"])
    more = entry(revision=3, phrasings=("cash back", "money when"))
    assert rule_on_entry(more, known).outcome is OUTCOME.REVISED
    same = entry(revision=3, phrasings=("cash back",))
    assert rule_on_entry(same, known).outcome is OUTCOME.UNCHANGED


@pytest.mark.parametrize(
    ("now", "wanted", "answer", "operations"),
    [
        ("active", "retired", "In 5 days.", [RETIRE]),
        ("active", "retired", "In 7 days.", [REVISE, RETIRE]),
        ("retired", "active", "In 5 days.", [REVISE]),
        ("retired", "active", "In 7 days.", [REVISE]),
        ("retired", "retired", "In 5 days.", []),
        ("retired", "retired", "In 7 days.", [REVISE, RETIRE]),
    ],
)
def test_retiring_and_bringing_back(
    now: str, wanted: str, answer: str, operations: list[Operation]
) -> None:
    given = entry(answer, revision=3, status=ItemStatus(wanted))
    ruling = rule_on_entry(given, stored(status=now))
    assert [change.operation for change in ruling.changes] == operations
    assert [change.base_revision for change in ruling.changes] == [3, 4][: len(operations)]


def test_the_content_must_be_that_of_the_kind() -> None:
    with pytest.raises(ValueError, match="not that of a policy"):
        KnowledgeEntry(kind=ItemKind.POLICY, content=entry().content)
