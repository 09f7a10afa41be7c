"""Notices: what people are to be told, written with the fact, once for each person and occasion."""

from collections.abc import Sequence
from uuid import UUID

from domain.base import Line, Model
from domain.identity import person_key
from domain.notifications import Occasion
from store import outbox
from store.database import Connection, fetch_one
from store.queries import query


class NewNotice(Model):
    """One thing to tell one person, or without a person the workspace's own channels."""

    person: Line | None
    occasion: Occasion
    key: Line
    """What makes it another notice than the one before, such as the tier and since when."""
    proposal_id: UUID | None = None
    comment_id: UUID | None = None
    by: Line | None = None


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
