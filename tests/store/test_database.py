import pytest
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.pq import TransactionStatus

from store.database import Database, fetch_all, fetch_one
from store.queries import query

_PLANS = """
SELECT sum(generic_plans) AS generic, sum(custom_plans) AS custom FROM pg_prepared_statements
WHERE statement LIKE %(like)s
"""


async def test_a_query_is_planned_anew_however_often_it_has_run(database_url: str) -> None:
    parameters = {"workspace": "none"}
    async with (
        Database(database_url, max_size=1) as database,
        database.transaction("none") as connection,
    ):
        # Prepared from the fifth on; Postgres would keep one plan from the tenth on.
        for _ in range(20):
            await fetch_all(connection, query("current_release"), parameters)
        plans = await fetch_one(connection, _PLANS, {"like": "%releases%"})
    assert plans is not None
    assert plans["generic"] == 0
    assert plans["custom"] > 10


async def test_a_single_query_is_read_without_a_transaction(database_url: str) -> None:
    async with Database(database_url, max_size=1) as database:
        async with database.reading("none") as connection:
            await fetch_all(connection, query("current_release"), {"workspace": "none"})
            assert connection.info.transaction_status is TransactionStatus.IDLE
        async with database.transaction("none") as connection:
            assert connection.info.transaction_status is TransactionStatus.INTRANS


async def test_a_snapshot_sees_one_moment_and_changes_nothing(
    database: Database, workspace: str
) -> None:
    change = "UPDATE workspaces SET created_at = '2001-01-01' WHERE id = %(workspace)s"
    dated = "SELECT created_at FROM workspaces WHERE id = %(workspace)s"
    parameters = {"workspace": workspace}
    async with database.snapshot(workspace) as connection:
        before = await fetch_one(connection, dated, parameters)
        async with database.transaction(workspace) as other:
            await other.execute(change, parameters)
        assert await fetch_one(connection, dated, parameters) == before
        with pytest.raises(ReadOnlySqlTransaction):
            await connection.execute(change, parameters)
