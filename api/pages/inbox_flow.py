"""The way through an inbox: the view that somebody came from, and what stands before and after.

A view is the query string of its address (`domain/inbox.py`). Pages carry it as `?from=`, and their
forms in a field of that name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from api.context import Context
from api.pages.visitor import Form, Visitor
from domain.inbox import InboxFilters
from store.inbox import InboxRow, Look, find_position_of, find_positions, find_previous, list_rows

FROM = "from"
"""The field and the parameter that carry the view."""

_LONGEST_VIEW = 2000


@dataclass(frozen=True)
class Way:
    """Where a proposal stands in a view; `view` is "" for somebody who came from elsewhere."""

    view: str
    back: str
    previous: InboxRow | None
    next: InboxRow | None


def proposal_path(proposal_id: UUID, view: str = "", anchor: str = "") -> str:
    """Return the address of a proposal's page that keeps the view."""
    query = f"?{urlencode({FROM: view})}" if view else ""
    return f"/proposals/{proposal_id}{query}{anchor}"


def read_view(said: str | None) -> str:
    """Return the normal form of a view that an address or a form names; "" for none."""
    if not said or len(said) > _LONGEST_VIEW:
        return ""
    return InboxFilters.read_query(said).as_query()


def view_of(form: Form) -> str:
    """Return the view that a posted form carries; "" for none."""
    return read_view(form.get(FROM))


def inbox_path(view: str, proposal_id: UUID | None = None) -> str:
    """Return the address of a view, at the row of a proposal."""
    anchor = f"#proposal-{proposal_id}" if proposal_id else ""
    return (f"/?{view}" if view else "/") + anchor


async def way_of(context: Context, visitor: Visitor, proposal_id: UUID, view: str) -> Way:
    """Return what stands before and after a proposal in a view, for the proposal's page.

    Without a view it is that of all that waits. A proposal that the view does not show any more,
    since it was decided, has neighbours at the place where it stood.
    """
    filters = InboxFilters.read_query(view) if view else InboxFilters()
    person = visitor.principal
    look = Look(person.workspace, person.name, filters, datetime.now(UTC))
    async with context.database.transaction(person.workspace) as connection:
        position = await find_position_of(connection, look, proposal_id)
        if position is None:
            return Way(view, inbox_path(view), None, None)
        before = await find_previous(connection, look, position)
        after = await find_positions(connection, look, after=position, limit=1)
        if not after:
            # At the end it goes on with the first, unless this one is all there is.
            after = await find_positions(connection, look, limit=1)
        ids = [place.id for place in (before, *after) if place and place.id != proposal_id]
        rows = {row.id: row for row in await list_rows(connection, look, ids)}
    return Way(
        view=view,
        back=inbox_path(view, proposal_id),
        previous=rows.get(before.id) if before else None,
        next=rows.get(after[0].id) if after else None,
    )
