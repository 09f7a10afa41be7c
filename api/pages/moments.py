"""Which moment a page shows: now, or the knowledge as of an earlier release or a time."""

from datetime import datetime

from pydantic import BaseModel

from domain.as_of import UnknownReleaseError, parse_as_of, parse_utc
from store.database import Connection
from store.knowledge import current_release
from store.releases import release_time, resolve_as_of


class Moment(BaseModel):
    """The release that a page shows. `problem` says why it is not the one that was asked for."""

    release: int
    newest: int
    made_at: datetime | None = None
    asked: bool = False
    problem: str = ""

    @property
    def as_of(self) -> str:
        """The moment for the addresses of further pages; empty for now."""
        return str(self.release) if self.asked else ""


def parse_moment(text: str) -> int | datetime:
    """Return what a form's date-time or number field holds; raises ValueError.

    A time without a zone is UTC, as the field's label says.
    """
    text = text.strip()
    try:
        return parse_utc(text)
    except ValueError:
        return parse_as_of(text)


async def read_moment(connection: Connection, workspace: str, text: str) -> Moment:
    """Return the moment that a form asks for; now, and why, if there is no such."""
    newest = await current_release(connection, workspace)
    now = Moment(release=newest, newest=newest)
    if not text.strip():
        return now
    try:
        release = await resolve_as_of(connection, workspace, parse_moment(text))
    except (ValueError, UnknownReleaseError) as error:
        return now.model_copy(update={"problem": str(error)})
    made_at = await release_time(connection, workspace, release)
    return Moment(release=release, newest=newest, made_at=made_at, asked=True)
