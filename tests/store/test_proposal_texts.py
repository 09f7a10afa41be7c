"""What the inbox is searched in holds no words that an erasure has removed."""

import asyncio

from store.database import Connection, Database
from tests.api.rows import Rows

PATIENCE_SECONDS = 20.0


async def blocked_by(connection: Connection) -> None:
    """Return once somebody waits for this transaction."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            cursor = await connection.execute(
                "SELECT FROM pg_locks l WHERE NOT l.granted"
                " AND pg_backend_pid() = ANY(pg_blocking_pids(l.pid))"
            )
            if cursor.rowcount:
                return


async def test_an_erasure_and_an_edit_at_once_bring_no_words_back(
    database: Database, rows: Rows
) -> None:
    proposal = await rows.proposal()
    where = (rows.workspace, proposal.id)

    async def edit() -> None:
        async with database.transaction(rows.workspace) as connection:
            await connection.execute(
                "UPDATE proposals SET title = 'Edited' WHERE workspace = %s AND id = %s", where
            )

    async with database.transaction(rows.workspace) as erasing:
        # As the owner, with whose rights an erasure changes evidence.
        await erasing.execute("RESET ROLE")
        await erasing.execute(
            "UPDATE evidence SET ask = 'erased' WHERE workspace = %s AND proposal_id = %s", where
        )
        editing = asyncio.create_task(edit())
        await blocked_by(erasing)
        await erasing.execute("SET ROLE learning_loop_app")
    await editing

    async with database.transaction(rows.workspace) as connection:
        cursor = await connection.execute(
            "SELECT body FROM proposal_texts WHERE workspace = %s AND proposal_id = %s", where
        )
        [row] = await cursor.fetchall()
    said = row["body"].splitlines()
    assert (said[0], said[-1]) == ("edited", "erased")
