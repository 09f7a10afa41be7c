import asyncio

import psycopg
import pytest

from store import audit
from tests.api.rows import Rows


async def record(rows: Rows, action: str, subject: str = "proposal/1") -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        await audit.record(
            connection,
            rows.workspace,
            actor="ana",
            action=action,
            subject=subject,
            details={"n": 1},
        )


async def actions(rows: Rows, subject: str | None = None) -> list[str]:
    async with rows.database.transaction(rows.workspace) as connection:
        entries = await audit.list_audit(connection, rows.workspace, subject=subject)
    return [entry.action for entry in entries]


async def test_entries_come_in_the_order_in_which_they_happened(rows: Rows) -> None:
    for n in range(5):
        await record(rows, f"a{n}")
    assert await actions(rows) == ["a0", "a1", "a2", "a3", "a4"]


async def test_entries_of_one_transaction_keep_their_order(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        for n in range(3):
            await audit.record(connection, rows.workspace, actor="ana", action=f"a{n}", subject="x")
    assert await actions(rows) == ["a0", "a1", "a2"]


async def test_no_entry_of_many_at_once_is_lost(rows: Rows) -> None:
    await asyncio.gather(*(record(rows, f"a{n}") for n in range(16)))
    assert sorted(await actions(rows)) == sorted(f"a{n}" for n in range(16))


async def test_entries_are_found_by_subject(rows: Rows) -> None:
    await record(rows, "mine", "proposal/1")
    await record(rows, "other", "proposal/2")
    assert await actions(rows, "proposal/1") == ["mine"]


async def test_another_workspace_reads_none(rows: Rows, elsewhere: Rows) -> None:
    await record(rows, "mine")
    assert await actions(elsewhere) == []


async def test_a_transaction_that_fails_leaves_no_entry(rows: Rows) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        await record_and_fail(rows)
    assert await actions(rows) == []


async def record_and_fail(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        await audit.record(connection, rows.workspace, actor="ana", action="a", subject="x")
        await connection.execute("SELECT 1 / 0")
