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

_LINKS_AT_A_TIME = 2_000


async def verify_audit(
    connection: Connection, workspace: str, kept: Iterable[KeptHead] = ()
) -> ChainVerdict:
    """Return whether the workspace's audit is as it was written, and else where it is not.

    Needs a snapshot of the workspace, or what is written meanwhile would count as tampering. Holds
    a few thousand entries in memory, however many there are.
    """
    check = ChainCheck(workspace, kept)
    entries = 0
    async for link in _read_links(connection, workspace):
        check.take(link)
        entries += link.entry is not None
    if entries != await _count_entries(connection, workspace):
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


async def _count_entries(connection: Connection, workspace: str) -> int:
    row = await fetch_one(connection, query("count_audit"), {"workspace": workspace})
    return row["count"] if row else 0


async def _read_links(connection: Connection, workspace: str) -> AsyncGenerator[ChainLink]:
    """Yield the links in order, across gaps of any size."""
    after = -(2**63)
    while True:
        following = await fetch_one(
            connection, query("next_audit_position"), {"workspace": workspace, "after": after}
        )
        first = following["position"] if following else None
        if first is None:
            return
        after = min(first + _LINKS_AT_A_TIME - 1, 2**63 - 1)
        links = await fetch_all(
            connection,
            query("audit_links"),
            {"workspace": workspace, "first": first, "last": after},
        )
        entries = await _read_entries(connection, workspace, [link["seq"] for link in links])
        for link in links:
            yield ChainLink(link["position"], link["seq"], link["hash"], entries.get(link["seq"]))


async def _read_entries(
    connection: Connection, workspace: str, seqs: list[int]
) -> dict[int, ChainedEntry]:
    rows = await fetch_all(
        connection,
        query("linked_audit"),
        {"workspace": workspace, "first": min(seqs), "last": max(seqs), "seqs": seqs},
    )
    return {row["seq"]: _entry(workspace, row) for row in rows}


def _entry(workspace: str, row: Row) -> ChainedEntry:
    return ChainedEntry(
        workspace=workspace,
        seq=row["seq"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        details=row["details"],
        at=chained_time(row["at"]),
    )
