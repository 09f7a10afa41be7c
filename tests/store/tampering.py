"""An owner who edits the audit: with the triggers asleep, as nobody else can."""

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from domain.audit_chain import ChainVerdict, KeptHead
from store import audit
from store.audit_chain import verify_audit
from store.database import Database
from tests.api.rows import Rows


async def write_entries(rows: Rows, count: int, **details: Any) -> None:
    """Write entries in transactions of their own, as the application."""
    for n in range(count):
        async with rows.database.transaction(rows.workspace) as connection:
            await audit.record(
                connection,
                rows.workspace,
                actor="ana",
                action=f"action {n}",
                subject=f"proposal/{n}",
                details={"n": n, **details},
            )


async def tamper(url: str, workspace: str, *statements: LiteralString, **values: Any) -> None:
    """Run statements on the audit as its owner, with neither triggers nor foreign keys at work."""
    async with await psycopg.AsyncConnection.connect(url) as owner:
        await owner.execute("SET session_replication_role = replica")
        for statement in statements:
            parameters: Mapping[str, Any] = {"workspace": workspace, **values}
            done = await owner.execute(sql.SQL(statement), parameters)
            assert done.rowcount != 0, statement


async def verdict_on(
    database: Database, workspace: str, kept: tuple[KeptHead, ...] = ()
) -> ChainVerdict:
    """Return what the check says of the workspace now."""
    async with database.snapshot(workspace) as connection:
        return await verify_audit(connection, workspace, kept)
