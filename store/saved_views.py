"""Filters of the inbox that people have given a name: their own, and everybody's."""

from uuid import UUID

from psycopg.errors import UniqueViolation

from domain.base import Line, Model
from domain.errors import NotFoundError
from domain.identity import person_key
from domain.inbox import InboxFilters
from store.database import Connection, execute, fetch_all, fetch_one
from store.queries import query

MOST_VIEWS = 50
"""How many a person may have, and how many may be everybody's."""


class SavedView(Model):
    """Filters under a name; without `person` they are everybody's."""

    id: UUID
    person: str | None
    name: Line
    query: str
    is_default: bool
    created_by: str

    @property
    def filters(self) -> InboxFilters:
        """What it shows."""
        return InboxFilters.read_query(self.query)


class TooManyViewsError(Exception):
    """There are as many saved views as there may be."""


class NameTakenError(Exception):
    """Another view has this name."""


async def list_views(connection: Connection, workspace: str, person: str) -> list[SavedView]:
    """Return a person's own views and everybody's, by name."""
    rows = await fetch_all(connection, query("list_saved_views"), _whose(workspace, person))
    return [SavedView.model_validate(row) for row in rows]


async def get_view(connection: Connection, workspace: str, person: str, view_id: UUID) -> SavedView:
    """Return one that the person sees; raises NotFoundError."""
    row = await fetch_one(
        connection, query("get_saved_view"), {**_whose(workspace, person), "id": view_id}
    )
    if row is None:
        raise NotFoundError(f"no saved view {view_id} in this workspace")
    return SavedView.model_validate(row)


async def find_default(connection: Connection, workspace: str, person: str) -> str | None:
    """Return the query string that a person's inbox opens with, if they have chosen one."""
    row = await fetch_one(connection, query("find_default_view"), _whose(workspace, person))
    return None if row is None else str(row["query"])


async def save_view(
    connection: Connection,
    workspace: str,
    *,
    name: str,
    filters: InboxFilters,
    person: str | None,
    created_by: str,
) -> UUID:
    """Store filters under a name, in place of those that it stood for; return the view's id.

    Without `person` they are everybody's. Raises TooManyViewsError.
    """
    whose = _whose(workspace, person)
    row = await fetch_one(connection, query("count_saved_views"), whose)
    if row is not None and row["count"] >= MOST_VIEWS:
        raise TooManyViewsError
    values = {**whose, "name": name, "query": filters.as_query(), "created_by": created_by}
    saved = await fetch_one(connection, query("save_view"), values)
    if saved is None:
        raise RuntimeError("a view that was saved is gone")
    return saved["id"]


async def rename_view(connection: Connection, workspace: str, view_id: UUID, name: str) -> None:
    """Give a view another name; raises NameTakenError."""
    values = {"workspace": workspace, "id": view_id, "name": name}
    try:
        async with connection.transaction():
            await execute(connection, query("rename_view"), values)
    except UniqueViolation:
        raise NameTakenError from None


async def set_default(
    connection: Connection, workspace: str, person: str, view_id: UUID | None
) -> None:
    """Let a person's inbox open with one of their own views, or with all that waits (None)."""
    whose = _whose(workspace, person)
    await execute(connection, query("clear_default_view"), whose)
    if view_id is not None:
        await execute(connection, query("set_default_view"), {**whose, "id": view_id})


async def delete_view(connection: Connection, workspace: str, view_id: UUID) -> None:
    """Forget a view."""
    await execute(connection, query("delete_view"), {"workspace": workspace, "id": view_id})


class KeptView(Model):
    """What people have typed into a view."""

    id: UUID
    name: str
    query: str

    @property
    def texts(self) -> tuple[str, str, str]:
        """The words that may be a customer's."""
        filters = InboxFilters.read_query(self.query)
        return self.name, filters.q, filters.tag


async def list_to_erase(connection: Connection, workspace: str) -> list[KeptView]:
    """Return every view of the workspace, for an erasure to look through."""
    rows = await fetch_all(connection, query("list_views_to_erase"), {"workspace": workspace})
    return [KeptView.model_validate(row) for row in rows]


def _whose(workspace: str, person: str | None) -> dict[str, str | None]:
    return {"workspace": workspace, "person": None if person is None else person_key(person)}
