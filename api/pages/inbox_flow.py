"""The way through an inbox: the view that somebody came from, and what stands before and after.

A view is the query string of its address (`domain/inbox.py`). `Visitor.view` has it: the address
names it as `?from=`, and a cookie keeps it through forms and redirects.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from api.context import Context
from api.pages.visitor import Form, Visitor
from domain.inbox import InboxFilters
from domain.priority import QueuePosition
from store.database import Connection
from store.inbox import InboxRow, Look, find_position_of, find_positions, find_previous, list_rows


@dataclass(frozen=True)
class Way:
    """Where a proposal stands in a view: the address of its row, and its neighbours.

    `snoozed_until` says until when the person has put this one off.
    """

    back: str
    previous: InboxRow | None
    next: InboxRow | None
    snoozed_until: datetime | None


def filters_of(form: Form) -> InboxFilters:
    """Return what the page of a posted form showed, which its field `from` holds."""
    return InboxFilters.read_query(form.get("from", ""))


def inbox_path(view: str, proposal_id: UUID | None = None) -> str:
    """Return the address of a view, at the row of a proposal."""
    anchor = f"#proposal-{proposal_id}" if proposal_id else ""
    return (f"/?{view}" if view else "/") + anchor


async def way_of(context: Context, visitor: Visitor, proposal_id: UUID) -> Way:
    """Return what stands before and after a proposal in the person's view, for its page.

    Without a view it is that of all that waits. A proposal that the view does not show any more,
    since it was decided, has neighbours at the place where it stood.
    """
    person = visitor.principal
    filters = InboxFilters.read_query(visitor.view)
    look = Look(person.workspace, person.name, filters, datetime.now(UTC))
    async with context.database.transaction(person.workspace) as connection:
        before, after = await _neighbours(connection, look, proposal_id)
        ids = [proposal_id, *(place.id for place in (before, after) if place)]
        rows = {row.id: row for row in await list_rows(connection, look, ids)}
    own = rows.get(proposal_id)
    return Way(
        back=inbox_path(visitor.view, proposal_id),
        previous=rows.get(before.id) if before else None,
        next=rows.get(after.id) if after else None,
        snoozed_until=own.snoozed_until if own else None,
    )


async def _neighbours(
    connection: Connection, look: Look, proposal_id: UUID
) -> tuple[QueuePosition | None, QueuePosition | None]:
    position = await find_position_of(connection, look, proposal_id)
    if position is None:
        return None, None
    before = await find_previous(connection, look, position)
    after = await find_positions(connection, look, after=position, limit=1)
    if not after:
        # At the end it goes on with the first, unless this one is all there is.
        first = await find_positions(connection, look, limit=1)
        after = [place for place in first if place.id != proposal_id]
    return before, after[0] if after else None
