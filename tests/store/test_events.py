"""The log of what happened: nothing is missed by who reads on; who looks is told at the commit."""

import asyncio
from contextlib import aclosing

from store import audit
from store.database import Database
from store.events import Notice, find_last_position, list_deeds, listen
from store.presence import end_presence, touch_presence
from tests.api.rows import Rows


async def _do(database: Database, workspace: str, action: str) -> None:
    async with database.transaction(workspace) as connection:
        await audit.record(
            connection, workspace, actor="dana", action=action, subject="item/1", details={"n": 1}
        )


async def test_deeds_are_read_on_from_any_position(database: Database, workspace: str) -> None:
    for action in ("a", "b", "c"):
        await _do(database, workspace, action)

    async with database.transaction(workspace) as connection:
        first = await list_deeds(connection, workspace, after=0, limit=2)
        rest = await list_deeds(connection, workspace, after=first[-1].position, limit=2)
        last = await find_last_position(connection, workspace)

    assert [deed.action for deed in (*first, *rest)] == ["a", "b", "c"]
    assert (first[0].actor, first[0].details) == ("dana", {"n": 1})
    assert rest[-1].position == last


async def test_a_workspace_without_deeds_begins_at_nothing(
    database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        assert await find_last_position(connection, workspace) == 0
        assert await list_deeds(connection, workspace, after=0, limit=2) == []


async def test_what_began_first_and_is_committed_last_comes_last(
    database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as slow:
        await audit.record(slow, workspace, actor="dana", action="slow", subject="item/1")
        await _do(database, workspace, "quick")
        async with database.transaction(workspace) as reader:
            [seen] = await list_deeds(reader, workspace, after=0, limit=10)
    async with database.transaction(workspace) as reader:
        [later] = await list_deeds(reader, workspace, after=seen.position, limit=10)

    # By the number that each entry got when it was written, the slow one would have been passed.
    assert (seen.action, later.action) == ("quick", "slow")


async def test_a_reader_among_many_writers_misses_nothing(
    database: Database, workspace: str
) -> None:
    writers, each = 6, 10

    async def write(name: int) -> None:
        for number in range(each):
            await _do(database, workspace, f"{name}/{number}")

    writing = asyncio.gather(*(write(name) for name in range(writers)))
    read: list[str] = []
    position = 0
    while len(read) < writers * each:
        done = writing.done()
        async with database.transaction(workspace) as connection:
            page = await list_deeds(connection, workspace, after=position, limit=7)
        if not page:
            assert not done, f"only {len(read)} were read"
            continue
        position = page[-1].position
        read += [deed.action for deed in page]
    await writing

    assert sorted(read) == sorted(f"{n}/{m}" for n in range(writers) for m in range(each))


async def test_word_comes_with_the_commit_and_not_without_one(
    database_url: str, database: Database, workspace: str, rows: Rows
) -> None:
    proposal = await rows.proposal()
    heard: list[Notice] = []
    async with aclosing(listen(database_url, poll_seconds=60)) as notices:
        assert await anext(notices) is None
        try:
            async with database.transaction(workspace) as connection:
                await touch_presence(connection, workspace, proposal.id, "lee", seconds=60)
                raise RuntimeError
        except RuntimeError:
            pass
        async with database.transaction(workspace) as connection:
            for _ in range(2):
                await touch_presence(connection, workspace, proposal.id, "dana", seconds=60)
        async with database.transaction(workspace) as connection:
            await end_presence(connection, workspace, proposal.id, "dana")
        async for notice in notices:
            if notice is not None and notice.workspace == workspace:
                heard.append(notice)
            if len(heard) == 2:
                break

    looked = Notice(workspace=workspace, proposal_id=proposal.id)
    assert heard == [looked, looked]


async def test_word_that_nobody_here_has_sent_is_a_reason_to_look_for_news(
    database_url: str, database: Database, workspace: str
) -> None:
    async with aclosing(listen(database_url, poll_seconds=60)) as notices:
        assert await anext(notices) is None
        async with database.transaction(workspace) as connection:
            await connection.execute(
                "SELECT pg_notify('learning_loop_live', %s)", (f"{workspace} and no uuid",)
            )

        async for notice in notices:
            if notice is not None and notice.workspace == workspace:
                assert notice == Notice(workspace=workspace)
                break
