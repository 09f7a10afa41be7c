"""Notices: what people are to be told, written with the fact, once for each person and occasion."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Line, Model
from domain.errors import NotFoundError
from domain.identity import person_key
from domain.notifications import Channel, DeliveryStatus, Occasion
from store import outbox
from store.database import Connection, execute, fetch_all, fetch_one
from store.queries import query

EVERYBODY = ""
"""Whose trouble it is where a channel fails for all."""


class NewNotice(Model):
    """One thing to tell one person, or without a person the workspace's own channels."""

    person: Line | None
    occasion: Occasion
    key: Line
    """What makes it another notice than the one before, such as the tier and since when."""
    proposal_id: UUID | None = None
    comment_id: UUID | None = None
    by: Line | None = None


class Notice(NewNotice):
    """A notice as it is kept; `person` is a folded name."""

    id: UUID
    created_at: AwareDatetime


class Delivery(Model):
    """One message by one channel, and the notice that it tells of."""

    id: UUID
    notice_id: UUID
    channel: Channel
    target: str
    status: DeliveryStatus
    person: str | None
    occasion: Occasion
    proposal_id: UUID | None
    comment_id: UUID | None
    by: str | None
    key: str


class ChannelTrouble(Model):
    """Since when a channel could not be used: for all, or for one person's address."""

    channel: Channel
    person: str
    error_code: str
    since: AwareDatetime


async def add(connection: Connection, workspace: str, notices: Sequence[NewNotice]) -> list[UUID]:
    """Store those that are new and have them sent after the commit; return the ids of these."""
    added: list[UUID] = []
    for notice in notices:
        person = person_key(notice.person) if notice.person else None
        row = await fetch_one(
            connection,
            query("insert_notice"),
            {"workspace": workspace, **notice.model_dump(), "person": person},
        )
        if row is not None:
            added.append(row["id"])
    if added:
        await outbox.enqueue(
            connection, workspace, outbox.Topic.NOTIFY, dedupe_key=str(added[0]), payload={}
        )
    return added


async def mention(
    connection: Connection,
    workspace: str,
    proposal_id: UUID,
    comment_id: UUID,
    by: str,
    person: str,
) -> None:
    """Have `person` told that `by` has named them in a comment, once for each comment."""
    notice = NewNotice(
        person=person,
        occasion=Occasion.MENTIONED,
        key=str(comment_id),
        proposal_id=proposal_id,
        comment_id=comment_id,
        by=by,
    )
    await add(connection, workspace, [notice])


async def mark_mentions_read(
    connection: Connection, workspace: str, person: str, proposal_id: UUID
) -> None:
    """Note that a person has seen where they were mentioned."""
    await execute(
        connection,
        query("mark_mentions_read"),
        {"workspace": workspace, "person": person_key(person), "proposal_id": proposal_id},
    )


async def list_unplanned(connection: Connection, workspace: str, *, limit: int) -> list[Notice]:
    """Return the oldest notices for which nobody has settled how they go out; locks them."""
    rows = await fetch_all(
        connection, query("list_unplanned_notices"), {"workspace": workspace, "limit": limit}
    )
    return [Notice.model_validate(row) for row in rows]


async def plan(
    connection: Connection,
    workspace: str,
    notice_id: UUID,
    ways: Sequence[tuple[Channel, str, datetime]],
) -> None:
    """Settle by which channels, to which targets and when a notice goes out."""
    for channel, target, not_before in ways:
        await execute(
            connection,
            query("insert_delivery"),
            {
                "workspace": workspace,
                "notice_id": notice_id,
                "channel": channel,
                "target": target,
                "not_before": not_before,
            },
        )
    await execute(
        connection, query("mark_notice_planned"), {"workspace": workspace, "id": notice_id}
    )


async def list_due(
    connection: Connection, workspace: str, now: datetime, *, but: Sequence[UUID], limit: int
) -> list[UUID]:
    """Return the deliveries whose time has come, those first that have waited longest."""
    rows = await fetch_all(
        connection,
        query("list_due_deliveries"),
        {"workspace": workspace, "now": now, "but": list(but), "limit": limit},
    )
    return [row["id"] for row in rows]


async def next_due_at(connection: Connection, workspace: str, now: datetime) -> datetime | None:
    """Return when the next delivery after `now` is due, if there is one."""
    row = await fetch_one(
        connection, query("get_next_delivery_time"), {"workspace": workspace, "now": now}
    )
    return row["at"] if row else None


async def lock_delivery(connection: Connection, workspace: str, delivery_id: UUID) -> Delivery:
    """Return a delivery that nobody else can settle meanwhile; raises NotFoundError."""
    row = await fetch_one(
        connection, query("lock_delivery"), {"workspace": workspace, "id": delivery_id}
    )
    if row is None:
        raise NotFoundError(f"no delivery {delivery_id}")
    return Delivery.model_validate(row)


async def set_status(
    connection: Connection,
    workspace: str,
    delivery_id: UUID,
    status: DeliveryStatus,
    *,
    reference: str | None = None,
    error_code: str | None = None,
) -> None:
    """Record where a delivery stands; `reference` finds a Slack message again."""
    await execute(
        connection,
        query("set_delivery_status"),
        {
            "workspace": workspace,
            "id": delivery_id,
            "status": status,
            "reference": reference,
            "error_code": error_code,
        },
    )


async def list_slack_messages(
    connection: Connection, workspace: str, proposal_id: UUID
) -> list[str]:
    """Return what finds the Slack messages of a proposal again."""
    rows = await fetch_all(
        connection,
        query("list_slack_messages"),
        {"workspace": workspace, "proposal_id": proposal_id},
    )
    return [row["reference"] for row in rows]


async def find_person(connection: Connection, workspace: str, notice_id: UUID) -> str | None:
    """Return the folded name of who got a notice; None for an unknown one and a workspace's."""
    row = await fetch_one(
        connection, query("get_person_of_notice"), {"workspace": workspace, "id": notice_id}
    )
    return row["person"] if row else None


async def note_trouble(
    connection: Connection, workspace: str, channel: Channel, person: str, error_code: str
) -> None:
    """Record that a channel could not be used; since when stays what it was."""
    await execute(
        connection,
        query("note_channel_trouble"),
        {
            "workspace": workspace,
            "channel": channel,
            "person": person,
            "error_code": error_code,
        },
    )


async def clear_trouble(
    connection: Connection, workspace: str, channel: Channel, person: str
) -> None:
    """Record that a channel works, for a person and so for all."""
    await execute(
        connection,
        query("clear_channel_trouble"),
        {"workspace": workspace, "channel": channel, "people": [EVERYBODY, person]},
    )


async def list_troubles(
    connection: Connection, workspace: str, person: str
) -> list[ChannelTrouble]:
    """Return what keeps messages from a person now."""
    rows = await fetch_all(
        connection,
        query("list_channel_troubles"),
        {"workspace": workspace, "people": [EVERYBODY, person_key(person)]},
    )
    return [ChannelTrouble.model_validate(row) for row in rows]
