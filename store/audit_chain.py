"""Reads the audit's chain out of the database, to be checked outside it."""

from collections.abc import AsyncGenerator, Iterable

from domain.audit_chain import (
    MAX_FLAWS,
    ChainCheck,
    ChainedEntry,
    ChainHead,
    ChainLink,
    ChainVerdict,
    KeptHead,
    chained_time,
)
from store.database import Connection, Row, fetch_all, fetch_one
from store.queries import query

_ROWS_AT_A_TIME = 2_000


async def verify_audit(
    connection: Connection, workspace: str, kept: Iterable[KeptHead] = ()
) -> ChainVerdict:
    """Return whether the workspace's audit is as it was written, and else where it is not.

    Needs a snapshot of the workspace, or what is written meanwhile would count as tampering. Holds
    a few thousand entries in memory, however many there are.
    """
    check = ChainCheck(workspace, kept)
    async for link in _read_links(connection, workspace):
        check.take(link)
    unchained = await fetch_all(
        connection, query("unchained_audit"), {"workspace": workspace, "limit": MAX_FLAWS}
    )
    for row in unchained:
        check.find_unchained(row["seq"])
    return check.close(await read_head(connection, workspace))


async def read_head(connection: Connection, workspace: str) -> ChainHead | None:
    """Return where the database says that the chain ends; None before the first entry."""
    row = await fetch_one(connection, query("audit_head"), {"workspace": workspace})
    return ChainHead.model_validate(row) if row else None


async def _read_links(connection: Connection, workspace: str) -> AsyncGenerator[ChainLink]:
    async with connection.cursor(name="audit_links") as cursor:
        cursor.itersize = _ROWS_AT_A_TIME
        await cursor.execute(query("audit_links"), {"workspace": workspace})
        async for row in cursor:
            yield ChainLink(row["position"], row["seq"], row["hash"], _entry(workspace, row))


def _entry(workspace: str, row: Row) -> ChainedEntry | None:
    if not row["has_entry"]:
        return None
    return ChainedEntry(
        workspace=workspace,
        seq=row["seq"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        details=row["details"],
        at=chained_time(row["at"]),
    )
