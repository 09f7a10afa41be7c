import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from psycopg import Rollback

from store import outbox
from store.database import Database
from store.outbox import OutboxEntry, Topic


async def enqueue(
    database: Database, workspace: str, *keys: str, delay: timedelta = timedelta(0)
) -> None:
    async with database.transaction(workspace) as connection:
        for key in keys:
            await outbox.enqueue(
                connection, workspace, Topic.START, dedupe_key=key, payload={"n": 1}, delay=delay
            )


async def claim(database: Database, workspace: str, limit: int = 50) -> list[OutboxEntry]:
    """Return what of this workspace was claimed; other tests may have left entries of theirs."""
    async with database.transaction(workspace) as connection:
        claimed = await outbox.claim(connection, limit=limit)
    return [entry for entry in claimed if entry.workspace == workspace]


async def make_due(database: Database, workspace: str) -> None:
    """Let the time pass until everything is due again."""
    async with database.transaction(workspace) as connection:
        await connection.execute(
            "UPDATE outbox SET next_attempt_at = now() - interval '1 second' WHERE workspace = %s",
            [workspace],
        )


@pytest.fixture(autouse=True)
async def only_ours(database: Database, workspace: str) -> None:
    """Other tests' entries are not due."""
    async with database.transaction(workspace) as connection:
        await connection.execute("UPDATE outbox SET delivered_at = now()")


async def test_a_key_is_kept_once(database: Database, workspace: str) -> None:
    await enqueue(database, workspace, "same", "same")
    await enqueue(database, workspace, "same")
    assert len(await claim(database, workspace)) == 1


async def test_an_entry_is_claimed_with_what_was_put_in(database: Database, workspace: str) -> None:
    await enqueue(database, workspace, "key")
    (entry,) = await claim(database, workspace)
    assert (entry.topic, entry.dedupe_key, entry.payload, entry.attempts) == (
        Topic.START,
        "key",
        {"n": 1},
        1,
    )


async def test_an_entry_that_is_not_due_is_left_alone(database: Database, workspace: str) -> None:
    await enqueue(database, workspace, "key", delay=timedelta(minutes=1))
    assert await claim(database, workspace) == []


async def test_what_was_not_committed_is_not_there(database: Database, workspace: str) -> None:
    async with database.transaction(workspace) as connection:
        await outbox.enqueue(connection, workspace, Topic.START, dedupe_key="key", payload={})
        assert await claim(database, workspace) == []


async def test_four_claimers_at_once_never_take_the_same_entry(
    database: Database, workspace: str
) -> None:
    keys = {uuid4().hex for _ in range(200)}
    await enqueue(database, workspace, *keys)

    async def claimer() -> list[OutboxEntry]:
        taken: list[OutboxEntry] = []
        while more := await claim(database, workspace, limit=7):
            taken += more
        return taken

    taken = [
        entry for part in await asyncio.gather(*(claimer() for _ in range(4))) for entry in part
    ]
    assert len(taken) == 200
    assert {entry.dedupe_key for entry in taken} == keys


async def test_no_more_than_the_limit_is_claimed(database: Database, workspace: str) -> None:
    await enqueue(database, workspace, *(uuid4().hex for _ in range(20)))
    assert len(await claim(database, workspace, limit=6)) == 6


async def test_what_is_due_longest_comes_first(database: Database, workspace: str) -> None:
    await enqueue(database, workspace, "first", "second", "third")
    claimed = [(await claim(database, workspace, limit=1))[0].dedupe_key for _ in range(3)]
    assert claimed == ["first", "second", "third"]


async def test_a_claimed_entry_comes_back_later_and_later(
    database: Database, workspace: str
) -> None:
    await enqueue(database, workspace, "key")
    waits: list[float] = []
    for attempt in range(1, 8):
        (entry,) = await claim(database, workspace)
        assert entry.attempts == attempt
        assert await claim(database, workspace) == []
        async with database.transaction(workspace) as connection:
            cursor = await connection.execute(
                "SELECT extract(epoch FROM next_attempt_at - now())::float AS wait"
                " FROM outbox WHERE id = %s",
                [entry.id],
            )
            row = await cursor.fetchone()
        assert row is not None
        waits.append(row["wait"])
        await make_due(database, workspace)
    assert [round(wait) for wait in waits] == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize("by", ["id", "key"])
async def test_what_was_delivered_does_not_come_back(
    database: Database, workspace: str, by: str
) -> None:
    await enqueue(database, workspace, "key")
    (entry,) = await claim(database, workspace)
    async with database.transaction(workspace) as connection:
        if by == "id":
            await outbox.mark_delivered(connection, [entry.id])
        else:
            await outbox.mark_delivered_by_key(connection, workspace, Topic.START, "key")
    await make_due(database, workspace)
    assert await claim(database, workspace) == []
    await enqueue(database, workspace, "key")
    assert await claim(database, workspace) == []


async def test_a_failure_is_noted_and_the_entry_comes_back(
    database: Database, workspace: str
) -> None:
    await enqueue(database, workspace, "key")
    (entry,) = await claim(database, workspace)
    async with database.transaction(workspace) as connection:
        await outbox.mark_failed(connection, entry.id, "temporal_unavailable")
        assert await outbox.count_undelivered(connection) == {"start": 1}
    await make_due(database, workspace)
    assert len(await claim(database, workspace)) == 1


async def test_a_claim_that_was_rolled_back_takes_nothing(
    database: Database, workspace: str
) -> None:
    await enqueue(database, workspace, "key")
    async with database.transaction(workspace) as connection:
        assert await outbox.claim(connection) != []
        raise Rollback
    assert len(await claim(database, workspace)) == 1
