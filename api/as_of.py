"""`as_of` in queries and bodies, and its release; one that is yet to come is a 422 problem."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BeforeValidator

from api.problems import invalid_field
from domain.as_of import UnknownReleaseError, parse_as_of
from store.database import Connection
from store.knowledge import current_release
from store.releases import resolve_as_of

_DESCRIPTION = (
    "A release number, or a time: what was known then. A time means the newest release that was "
    "made at or before it; 0, or a time before the first release, means that nothing was known."
)


def _optional(value: object) -> object:
    """Take no text for no filter, as an HTML form sends it."""
    return None if value is None or value == "" else parse_as_of(value)


OptionalAsOf = Annotated[int | AwareDatetime | None, BeforeValidator(_optional)]
"""A release number or a time in a JSON body; None is now."""

AsOfQuery = Annotated[
    int | AwareDatetime | None, BeforeValidator(_optional), Query(description=_DESCRIPTION)
]
"""The same as a query parameter."""


async def release_of(
    connection: Connection, workspace: str, as_of: int | datetime | None, *, field: str = "as_of"
) -> int:
    """Return the release that was asked for, the newest for None.

    Raises the 422 problem, which names `field` and the newest release, for one yet to come.
    """
    if as_of is None:
        return await current_release(connection, workspace)
    try:
        return await resolve_as_of(connection, workspace, as_of)
    except UnknownReleaseError as error:
        raise invalid_field(field, str(error)) from None
