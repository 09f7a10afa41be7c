"""The outbox: what must still be told to Temporal or to people, written with the fact itself."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from domain.base import JsonObject, Model
from store.database import Connection, as_json, execute, fetch_all
from store.queries import query


class Topic(StrEnum):
    """What kind of telling it is."""

    START = "start"
    """Start the workflow of an intervention or a change request. Key: its id."""
    SIGNAL = "signal"
    """Send a signal to it. Key: id of the decision, command or evidence."""
    ERASE = "erase"
    """Start the workflow of an erasure. Key: its id."""
    NOTIFY = "notify"
    """Wake what sends a workspace's notices. Key: id of the first notice that is new."""


class OutboxEntry(Model):
    """One thing to tell."""

    id: int
    workspace: str
    topic: Topic
    dedupe_key: str
    payload: JsonObject
    attempts: int


async def enqueue(
    connection: Connection,
    workspace: str,
    topic: Topic,
    *,
    dedupe_key: str,
    payload: Mapping[str, Any],
    delay: timedelta = timedelta(0),
) -> None:
    """Add an entry, once for each key; due after `delay`."""
    await execute(
        connection,
        query("insert_outbox"),
        {
            "workspace": workspace,
            "topic": topic,
            "dedupe_key": dedupe_key,
            "payload": as_json(payload),
            "delay": delay,
        },
    )


async def claim(connection: Connection, *, limit: int = 50) -> list[OutboxEntry]:
    """Take due entries; each comes back by itself, later and later, until marked delivered."""
    rows = await fetch_all(connection, query("claim_outbox"), {"limit": limit})
    return [OutboxEntry.model_validate(row) for row in sorted(rows, key=lambda row: row["id"])]


async def mark_delivered(connection: Connection, ids: Sequence[int]) -> None:
    """Record that these were told."""
    await execute(connection, query("mark_delivered"), {"ids": list(ids)})


async def mark_delivered_by_key(
    connection: Connection, workspace: str, topic: Topic, dedupe_key: str
) -> None:
    """Record that the entry with this key was told."""
    await execute(
        connection,
        query("mark_delivered_by_key"),
        {"workspace": workspace, "topic": topic, "dedupe_key": dedupe_key},
    )


async def mark_failed(connection: Connection, entry_id: int, error: str) -> None:
    """Record why an attempt failed: the error's class, never its text."""
    await execute(connection, query("mark_failed"), {"id": entry_id, "error": error[:200]})


async def count_undelivered(connection: Connection) -> dict[str, int]:
    """Return how many entries of each topic wait."""
    rows = await fetch_all(connection, query("count_undelivered"), {})
    return {row["topic"]: row["count"] for row in rows}
