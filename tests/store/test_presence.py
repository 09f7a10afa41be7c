"""Who has a proposal's page open."""

from uuid import uuid4

from store.database import Database
from store.presence import end_presence, list_presence, touch_presence
from tests.api.rows import Rows


async def test_whoever_looks_is_listed_until_they_leave(database: Database, rows: Rows) -> None:
    one, other = await rows.proposal(), await rows.proposal()
    async with database.transaction(rows.workspace) as connection:
        for person in ("dana", "lee", "dana"):
            await touch_presence(connection, rows.workspace, one.id, person, seconds=60)
        seen = await list_presence(connection, rows.workspace, [one.id, other.id])
        await end_presence(connection, rows.workspace, one.id, "dana")
        left = await list_presence(connection, rows.workspace, [one.id, other.id])

    assert seen == {one.id: ["dana", "lee"]}
    assert left == {one.id: ["lee"]}


async def test_whoever_says_nothing_more_is_forgotten(database: Database, rows: Rows) -> None:
    proposal = await rows.proposal()
    async with database.transaction(rows.workspace) as connection:
        await touch_presence(connection, rows.workspace, proposal.id, "dana", seconds=-1)
        seen = await list_presence(connection, rows.workspace, [proposal.id])

    assert seen == {}


async def test_what_has_ended_is_cleared_by_the_next_who_looks(
    database: Database, rows: Rows
) -> None:
    proposal = await rows.proposal()
    for person, seconds in (("dana", -1), ("lee", 60)):
        async with database.transaction(rows.workspace) as connection:
            await touch_presence(connection, rows.workspace, proposal.id, person, seconds=seconds)
    async with database.transaction(rows.workspace) as connection:
        cursor = await connection.execute("SELECT person FROM presence")
        assert await cursor.fetchall() == [{"person": "lee"}]


async def test_another_workspaces_proposal_is_nobodys_to_look_at(
    database: Database, rows: Rows, elsewhere: Rows
) -> None:
    theirs = await elsewhere.proposal()
    async with database.transaction(rows.workspace) as connection:
        for proposal_id in (theirs.id, uuid4()):
            await touch_presence(connection, rows.workspace, proposal_id, "dana", seconds=60)
        assert await list_presence(connection, rows.workspace, [theirs.id]) == {}
