"""The inbox: which proposals a person finds there, in which order, and what can be chosen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from psycopg import sql
from pydantic import AwareDatetime, model_validator

from domain.base import Model
from domain.findings import Gap
from domain.identity import ApiRole, person_key
from domain.inbox import AwaitedApproval, DueBy, InboxFilters, end_of_day
from domain.knowledge import Change, ItemContent, ItemKind, parse_content
from domain.priority import NEVER_DUE, QueuePosition
from domain.proposals import Proposal, ProposalStatus
from store.database import Connection, Row
from store.queries import query


class ProposalListing(Proposal):
    """A proposal as the inbox lists it: with who reviews it and until when."""

    assignee: str | None = None
    due_at: AwareDatetime | None = None
    candidates: ApiRole | None = None
    priority: int = 0
    """The interventions that it stands for, by `domain/priority.py`."""
    worth: int = 0
    """Its place in the queue: the interventions that 1,000 minutes of review save."""
    review_minutes: int = 0
    approvals_given: int = 0
    approvals_needed: int | None = None
    snoozed_until: AwareDatetime | None = None
    """Until when the caller has put it off."""

    @property
    def position(self) -> QueuePosition:
        """Where the next page goes on after it."""
        return QueuePosition(self.worth, self.due_at or NEVER_DUE, self.id)


class InboxRow(Model):
    """What one row of the inbox shows; `needed` approvals are 0 where nothing is reviewed yet."""

    id: UUID
    status: ProposalStatus
    kind: ItemKind
    gap: Gap | None
    tier: ApiRole | None
    assignee: str | None
    due_at: AwareDatetime | None
    tags: tuple[str, ...]
    given: int
    needed: int
    snoozed_until: AwareDatetime | None
    worth: int
    review_minutes: int
    title: str
    change: Change
    content_hash: str
    support: int
    created_at: AwareDatetime
    verified: bool
    prevented: int
    fixes: int
    breaks: int
    base: ItemContent | None
    """What a revision or a retirement is based on."""

    @model_validator(mode="before")
    @classmethod
    def _read_base_by_kind(cls, row: Any) -> Any:
        base = row["base"]
        return {**row, "base": base and parse_content(ItemKind(row["kind"]), base)}

    @property
    def position(self) -> QueuePosition:
        """Where the next page goes on after it."""
        return QueuePosition(self.worth, self.due_at or NEVER_DUE, self.id)


@dataclass(frozen=True)
class Look:
    """One person's look at the inbox of a workspace, at one moment."""

    workspace: str
    person: str
    filters: InboxFilters
    now: datetime

    def parameters(self, status: ProposalStatus | None) -> dict[str, Any]:
        """Return what the queries need; only proposals of `status` are read, or all."""
        bounds = self.due_bounds()
        wanted = self.filters
        return {
            **wanted.model_dump(mode="json", exclude={"due", "awaits"}),
            "workspace": self.workspace,
            "person": person_key(self.person),
            "due_before": bounds[wanted.due] if wanted.due else None,
            "second": wanted.awaits is AwaitedApproval.SECOND,
            "now": self.now,
            "midnight": bounds[DueBy.TODAY],
            "week": bounds[DueBy.THIS_WEEK],
            "never": NEVER_DUE,
            "only_status": status,
            "only_id": None,
        }

    def due_bounds(self) -> Mapping[DueBy, datetime]:
        """Return before when a review must be due to count as due by then."""
        return {
            DueBy.OVERDUE: self.now,
            DueBy.TODAY: end_of_day(self.now),
            DueBy.THIS_WEEK: self.now + timedelta(days=7),
        }


@cache
def _statement(name: str, *, searched: bool) -> bytes:
    condition = sql.SQL(query("inbox_searched") if searched else "true")
    rows = sql.SQL(query("inbox_rows")).format(searched=condition)
    return sql.SQL(query(name)).format(rows=rows).as_bytes(None)


async def _read(
    connection: Connection, name: str, look: Look, only: ProposalStatus | None, **more: Any
) -> list[Row]:
    statement = _statement(name, searched=bool(look.filters.q))
    cursor = await connection.execute(statement, {**look.parameters(only), **more})
    return await cursor.fetchall()


def _after(position: QueuePosition | None) -> dict[str, Any]:
    return {
        "after_worth": position.worth if position else None,
        "after_due": position.due_at if position else None,
        "after_id": position.id if position else None,
    }


async def find_positions(
    connection: Connection, look: Look, *, after: QueuePosition | None = None, limit: int = 50
) -> list[QueuePosition]:
    """Return where up to `limit` proposals stand, the highest worth first, then what is due first.

    `after` is the position of the last one of a page.
    """
    only, more = look.filters.status, {**_after(after), "limit": limit}
    rows = await _read(connection, "find_inbox", look, only, **more)
    return [QueuePosition(**row) for row in rows]


async def find_previous(
    connection: Connection, look: Look, position: QueuePosition
) -> QueuePosition | None:
    """Return what stands right before a position, or None at the beginning."""
    only, more = look.filters.status, {**_after(position), "limit": 1}
    rows = await _read(connection, "find_inbox_before", look, only, **more)
    return QueuePosition(**rows[0]) if rows else None


async def find_position_of(
    connection: Connection, look: Look, proposal_id: UUID
) -> QueuePosition | None:
    """Return where a proposal stands, whether the filters show it or not; None if there is none."""
    # Without a search, which would leave out what its words do not show.
    plain = Look(look.workspace, look.person, InboxFilters(status=None), look.now)
    rows = await _read(connection, "find_place", plain, None, only_id=proposal_id)
    return QueuePosition(**rows[0]) if rows else None


async def list_rows(connection: Connection, look: Look, ids: Sequence[UUID]) -> list[InboxRow]:
    """Return the rows of these proposals in the order of the ids."""
    rows = await _read(connection, "list_inbox_rows", look, None, ids=list(ids))
    found = {row["id"]: InboxRow.model_validate(row) for row in rows}
    return [found[proposal_id] for proposal_id in ids if proposal_id in found]


async def list_proposals(
    connection: Connection, look: Look, *, after: QueuePosition | None = None, limit: int = 50
) -> list[ProposalListing]:
    """Return up to `limit` whole proposals in the order of the inbox."""
    ids = [place.id for place in await find_positions(connection, look, after=after, limit=limit)]
    rows = await _read(connection, "list_proposals", look, None, ids=ids)
    found = {row["id"]: ProposalListing.model_validate(row) for row in rows}
    return [found[proposal_id] for proposal_id in ids if proposal_id in found]


async def count_choices(connection: Connection, look: Look) -> dict[str, dict[str, int]]:
    """Return how many proposals each choice would show, by filter: {"kind": {"article": 3}}.

    The other filters count. "total" holds what all of them show. Where nothing but a status is
    chosen, "status" holds that one only: the history is not gone through.
    """
    status = None if look.filters.chosen else look.filters.status
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await _read(connection, "count_inbox", look, status):
        counted[row["facet"]][row["value"]] = row["count"]
    return dict(counted)
