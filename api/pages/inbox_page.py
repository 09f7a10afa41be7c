"""Puts the page of the inbox together: rows, filters with counts, views, and what was just done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from fastapi.responses import HTMLResponse
from pydantic import BaseModel, TypeAdapter

from api.context import Context
from api.pages.inbox_choices import ViewLink, chips_of, filters_of, views_of
from api.pages.presence import others_looking
from api.pages.rejection_words import REASON_WORDS
from api.pages.visitor import Form, Visitor
from api.paging import DEFAULT_LIMIT, decode_cursor, encode_cursor
from api.problems import ProblemError
from domain.conversation import InterventionStatus
from domain.inbox import InboxFilters
from domain.priority import QueuePosition
from domain.proposals import ProposalStatus
from store import proposals as stored
from store.contradictions import list_contradictions
from store.database import Connection
from store.inbox import InboxRow, Look, count_choices, find_positions, list_rows
from store.interventions import count_interventions
from store.people import list_people
from store.saved_views import SavedView, list_views

POSITION = TypeAdapter(QueuePosition)
_BEING_READ = (InterventionStatus.RECEIVED, InterventionStatus.ANALYZING)


class Untouched(BaseModel):
    """A proposal that an act on several had no effect on, and why."""

    id: UUID
    title: str
    why: str


class Done(BaseModel):
    """What an act on several proposals did: in words, with those that it did not touch."""

    headline: str
    is_whole: bool
    untouched: list[Untouched] = []


@dataclass(frozen=True)
class Found:
    """What was read for one page."""

    rows: Sequence[InboxRow]
    more: str | None
    counted: dict[str, dict[str, int]]
    statuses: Mapping[ProposalStatus, int]
    being_read: int
    views: Sequence[SavedView]
    people: Sequence[str]
    contradicting: frozenset[UUID]
    looking: Mapping[UUID, Sequence[str]]

    @property
    def total(self) -> int:
        """How many proposals there are, whatever the filters."""
        return sum(self.statuses.values())


@dataclass(frozen=True)
class Said:
    """What the page tells beside its rows, after a form was posted."""

    done: Done | None = None
    problem: ProblemError | None = None
    typed: Form = field(default_factory=dict[str, str])


async def inbox_page(
    context: Context,
    visitor: Visitor,
    filters: InboxFilters,
    *,
    cursor: str | None = None,
    said: Said | None = None,
) -> HTMLResponse:
    """Return the page of these filters."""
    look = Look(visitor.principal.workspace, visitor.principal.name, filters, datetime.now(UTC))
    after = decode_cursor(POSITION, cursor)
    async with context.database.transaction(look.workspace) as connection:
        found = await _read(connection, visitor, look, after)
    said = said or Said()
    offered = filters_of(filters, found.counted)
    views = views_of(filters, found.views)
    return visitor.page(
        "inbox.html",
        status_code=said.problem.status if said.problem else 200,
        section="inbox",
        found=found,
        filters=filters,
        view=filters.as_query(),
        headline=_headline(filters, views),
        offered=offered,
        chips=chips_of(filters, offered),
        views=views,
        is_first_page=after is None,
        api_url=context.settings.api_url.rstrip("/"),
        reasons=tuple(REASON_WORDS.items()),
        click=uuid4().hex,
        now=look.now,
        said=said,
    )


async def _read(
    connection: Connection, visitor: Visitor, look: Look, after: QueuePosition | None
) -> Found:
    places = await find_positions(connection, look, after=after, limit=DEFAULT_LIMIT + 1)
    shown = [place.id for place in places[:DEFAULT_LIMIT]]
    counted = await count_choices(connection, look)
    by_status = await stored.count_proposals(connection, look.workspace)
    came_in = await count_interventions(connection, look.workspace)
    against = await list_contradictions(connection, look.workspace, shown)
    people = await list_people(connection, look.workspace)
    statuses = _count_by_status(by_status)
    if not look.filters.chosen:
        # Without another filter these are the same, and quicker to count.
        own = counted.get("status", {})
        counted["status"] = {name: own.get(name, n) for name, n in statuses.items() if n}
    return Found(
        rows=await list_rows(connection, look, shown),
        more=encode_cursor(POSITION, places[DEFAULT_LIMIT - 1])
        if len(places) > DEFAULT_LIMIT
        else None,
        counted=counted,
        statuses=statuses,
        being_read=sum(came_in.get(name, 0) for name in _BEING_READ),
        views=await list_views(connection, look.workspace, look.person),
        people=[person.name for person in people],
        contradicting=frozenset(pair.proposal_id for pair in against if pair.is_current),
        looking=await others_looking(connection, look.workspace, visitor.principal, shown),
    )


def _headline(filters: InboxFilters, views: Sequence[ViewLink]) -> str:
    if filters == InboxFilters():
        return "Waiting for you"
    named = next((view.name for view in views if view.is_current), None)
    if named:
        return named
    if filters.status is None:
        return "All proposals"
    if filters.status is ProposalStatus.IN_REVIEW:
        return "Waiting for you"
    return filters.status.replace("_", " ").capitalize()


def _count_by_status(counts: list[dict[str, Any]]) -> dict[ProposalStatus, int]:
    return {
        name: sum(row["count"] for row in counts if row["status"] == name)
        for name in ProposalStatus
    }
