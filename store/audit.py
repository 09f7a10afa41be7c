"""The audit log: append-only, one row for each thing that happened."""

from typing import Any

from pydantic import AwareDatetime

from domain.base import JsonObject, Model
from store.database import Connection, as_json, execute, fetch_all
from store.queries import query


class AuditEntry(Model):
    """Who did what to what. `subject` is `proposal/<id>`, `intervention/<id>`, `item/<id>` …

    `position` counts the workspace's entries in the order in which they were committed; `hash`
    is the entry's link in the chain.
    """

    position: int
    seq: int
    actor: str
    action: str
    subject: str
    details: JsonObject
    at: AwareDatetime
    hash: str


async def record(
    connection: Connection,
    workspace: str,
    *,
    actor: str,
    action: str,
    subject: str,
    details: dict[str, Any] | None = None,
) -> None:
    """Append one entry. Details hold ids, hashes and reasons, never what a customer wrote."""
    await execute(
        connection,
        query("insert_audit"),
        {
            "workspace": workspace,
            "actor": actor,
            "action": action,
            "subject": subject,
            "details": as_json(details or {}),
        },
    )


async def list_audit(
    connection: Connection,
    workspace: str,
    *,
    subject: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[AuditEntry]:
    """Return the entries of a subject (or all) behind the position `after`, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_audit"),
        {"workspace": workspace, "subject": subject, "after": after, "limit": limit},
    )
    return [AuditEntry.model_validate(row) for row in rows]
