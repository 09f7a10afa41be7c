"""What a person's digest is made from: what waits, what went live, where they were mentioned."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.identity import ApiRole
from domain.knowledge import ItemKind
from store.database import Connection, fetch_all
from store.queries import query


class WaitingReview(Model):
    """One open review, as a digest names it."""

    id: UUID
    title: str
    kind: ItemKind
    support: int
    priority: int
    assignee: str | None
    candidates: ApiRole
    tier: int
    due_at: AwareDatetime | None


class LiveProposal(Model):
    """One proposal that became knowledge, and in how many answers it was used since."""

    id: UUID
    title: str
    release: int
    used: int


class UnreadMention(Model):
    """Where somebody was named, and by whom."""

    proposal_id: UUID
    by: str
    title: str
    created_at: AwareDatetime


async def list_waiting(
    connection: Connection, workspace: str, groups: Sequence[ApiRole], *, limit: int
) -> list[WaitingReview]:
    """Return open reviews of these groups and all assigned ones, most useful first."""
    rows = await fetch_all(
        connection,
        query("list_reviews_for_digest"),
        {"workspace": workspace, "groups": [group.value for group in groups], "limit": limit},
    )
    return [WaitingReview.model_validate(row) for row in rows]


async def list_went_live(
    connection: Connection, workspace: str, since: datetime, *, limit: int
) -> list[LiveProposal]:
    """Return what was applied since then, newest first."""
    rows = await fetch_all(
        connection,
        query("list_went_live"),
        {"workspace": workspace, "since": since, "limit": limit},
    )
    return [LiveProposal.model_validate(row) for row in rows]


async def list_unread_mentions(
    connection: Connection, workspace: str, person: str, *, limit: int
) -> list[UnreadMention]:
    """Return where a person (by their folded name) was mentioned and has not looked."""
    rows = await fetch_all(
        connection,
        query("list_unread_mentions"),
        {"workspace": workspace, "person": person, "limit": limit},
    )
    return [UnreadMention.model_validate(row) for row in rows]
