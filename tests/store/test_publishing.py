import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.errors import BaseMovedError, NotFoundError
from domain.knowledge import Change, ItemStatus, Operation
from store import audit, knowledge, publishing
from store.database import Connection
from tests.api.rows import Rows, adding, revising

BY = publishing.Provenance(approved_by=("dana",))


async def publish(
    connection: Connection,
    workspace: str,
    change: Change,
    provenance: publishing.Provenance = BY,
) -> tuple[UUID, int]:
    return await publishing.publish(
        connection, workspace, change, passages=[], model="words", provenance=provenance
    )


async def publish_both(
    rows: Rows, one: Change, other: Change, provenance: publishing.Provenance = BY
) -> None:
    """Publish two changes in one transaction."""
    async with rows.database.transaction(rows.workspace) as connection:
        await publish(connection, rows.workspace, one, provenance)
        await publish(connection, rows.workspace, other, provenance)


async def at_once(rows: Rows, changes: Sequence[Change]) -> list[tuple[UUID, int] | BaseException]:
    """Publish each change in a transaction of its own, all at once."""

    async def one(change: Change) -> tuple[UUID, int]:
        async with rows.database.transaction(rows.workspace) as connection:
            return await publish(connection, rows.workspace, change)

    return await asyncio.gather(*map(one, changes), return_exceptions=True)


def retiring(item_id: UUID, base: int) -> Change:
    content = adding().content
    return Change(
        kind=adding().kind,
        operation=Operation.RETIRE,
        item_id=item_id,
        base_revision=base,
        content=content,
    )


async def test_release_numbers_have_no_gap_under_sixteen_publishers(rows: Rows) -> None:
    results = await at_once(rows, [adding(f"Answer {n}.") for n in range(16)])
    releases = sorted(result[1] for result in results if not isinstance(result, BaseException))
    assert releases == list(range(1, 17))
    async with rows.database.transaction(rows.workspace) as connection:
        assert await knowledge.current_release(connection, rows.workspace) == 16


async def test_a_failed_publication_leaves_no_gap(rows: Rows) -> None:
    item_id, _ = await rows.item()
    with pytest.raises(BaseMovedError):
        await publish_both(rows, adding("Never."), revising(item_id, "Third.", base=2))
    _, release = await rows.item(adding("Later."))
    assert release == 2


async def test_of_sixteen_revisions_of_one_base_one_is_published(rows: Rows) -> None:
    item_id, _ = await rows.item()
    results = await at_once(rows, [revising(item_id, f"Answer {n}.") for n in range(16)])
    assert sum(isinstance(result, BaseMovedError) for result in results) == 15
    async with rows.database.transaction(rows.workspace) as connection:
        revisions = await knowledge.list_revisions(connection, rows.workspace, item_id)
    assert [revision.number for revision in revisions] == [1, 2]


async def test_each_revision_follows_the_one_before(rows: Rows) -> None:
    item_id, _ = await rows.item()
    for base in range(1, 5):
        await rows.item(revising(item_id, f"Answer {base}.", base=base))
    async with rows.database.transaction(rows.workspace) as connection:
        revisions = await knowledge.list_revisions(connection, rows.workspace, item_id)
    assert [(r.number, r.parent, r.release) for r in revisions] == [
        (1, None, 1),
        (2, 1, 2),
        (3, 2, 3),
        (4, 3, 4),
        (5, 4, 5),
    ]


@pytest.mark.parametrize("base", [1, 3])
async def test_a_base_that_is_not_the_head_is_refused(rows: Rows, base: int) -> None:
    item_id, _ = await rows.item()
    await rows.item(revising(item_id, "Second."))
    with pytest.raises(BaseMovedError):
        await rows.item(revising(item_id, "Third.", base=base))


async def test_a_retired_item_keeps_its_revisions_and_is_not_retired_again(rows: Rows) -> None:
    item_id, _ = await rows.item()
    await rows.item(retiring(item_id, 1))
    async with rows.database.transaction(rows.workspace) as connection:
        item = await knowledge.get_item(connection, rows.workspace, item_id)
        active = await knowledge.list_items(connection, rows.workspace)
        retired = await knowledge.list_items(connection, rows.workspace, status=ItemStatus.RETIRED)
    assert (item.status, item.revision) == (ItemStatus.RETIRED, 2)
    assert (active, [entry.id for entry in retired]) == ([], [item_id])
    with pytest.raises(BaseMovedError):
        await rows.item(retiring(item_id, 2))


async def test_a_change_from_before_a_retirement_does_not_bring_the_item_back(rows: Rows) -> None:
    item_id, _ = await rows.item()
    await rows.item(retiring(item_id, 1))
    with pytest.raises(BaseMovedError):
        await rows.item(revising(item_id, "Too late."))


async def test_a_revision_of_the_retirement_itself_brings_the_item_back(rows: Rows) -> None:
    item_id, _ = await rows.item()
    await rows.item(retiring(item_id, 1))
    await rows.item(revising(item_id, "Back.", base=2))
    async with rows.database.transaction(rows.workspace) as connection:
        item = await knowledge.get_item(connection, rows.workspace, item_id)
    assert (item.status, item.revision) == (ItemStatus.ACTIVE, 3)


async def test_an_item_of_another_workspace_cannot_be_revised(rows: Rows, elsewhere: Rows) -> None:
    item_id, _ = await rows.item()
    with pytest.raises(NotFoundError):
        await elsewhere.item(revising(item_id, "Theirs."))


async def test_one_approval_cannot_lead_to_two_releases(rows: Rows) -> None:
    provenance = publishing.Provenance(approved_by=("dana",), proposal_id=uuid4())
    with pytest.raises(psycopg.errors.UniqueViolation):
        await publish_both(rows, adding(), adding(), provenance)


async def test_the_release_of_an_approval_is_found_by_exactly_its_content(rows: Rows) -> None:
    proposal_id = uuid4()
    provenance = publishing.Provenance(approved_by=("dana",), proposal_id=proposal_id)
    async with rows.database.transaction(rows.workspace) as connection:
        item_id, number = await publish(connection, rows.workspace, adding(), provenance)
        found = await publishing.find_release_of_approval(
            connection,
            rows.workspace,
            proposal_id=proposal_id,
            content_hash=adding().content_hash(),
        )
        other = await publishing.find_release_of_approval(
            connection, rows.workspace, proposal_id=proposal_id, content_hash="other"
        )
        newest = await publishing.find_release_of_proposal(connection, rows.workspace, proposal_id)
    assert found == newest
    assert found is not None
    assert (found.item_id, found.number, other) == (item_id, number, None)


async def test_an_import_is_found_by_its_content(rows: Rows) -> None:
    item_id, _ = await rows.item()
    async with rows.database.transaction(rows.workspace) as connection:
        found = await publishing.find_import(connection, rows.workspace, adding().content_hash())
        none = await publishing.find_import(connection, rows.workspace, "other")
    assert found is not None
    assert (found.item_id, none) == (item_id, None)


async def test_pages_of_items_have_each_once(rows: Rows) -> None:
    made = [(await rows.item(adding(f"Answer {n}.")))[0] for n in range(5)]
    seen: list[UUID] = []
    async with rows.database.transaction(rows.workspace) as connection:
        while page := await knowledge.list_items(
            connection, rows.workspace, after=seen[-1] if seen else None, limit=2
        ):
            seen += [item.id for item in page]
    assert seen == made


@pytest.mark.parametrize("table", ["audit", "revisions", "releases"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET workspace = workspace",
        "DELETE FROM {}",
        "TRUNCATE {} CASCADE",
    ],
)
async def test_what_has_happened_cannot_be_changed(
    database_url: str, rows: Rows, table: str, statement: str
) -> None:
    """Neither by the application, which may not, nor by the tables' owner by accident."""
    await rows.item()
    async with rows.database.transaction(rows.workspace) as connection:
        await audit.record(connection, rows.workspace, actor="a", action="b", subject="c")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with rows.database.transaction(rows.workspace) as connection:
            await connection.execute(statement.format(table).encode())
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        with pytest.raises(psycopg.errors.IntegrityError, match="is append-only"):
            await owner.execute(statement.format(table).encode())
