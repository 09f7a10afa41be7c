"""Puts a person's day into words: what waits for them, what is overdue, what went live."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from activities.composing import safe_title
from activities.kit import Kit
from domain.identity import ApiRole, has_rank, person_key, same_person
from domain.notice_words import Digest, DigestLine
from domain.people import KnownPerson
from store import digests
from store.database import Connection
from store.digests import WaitingReview
from store.people import list_people
from store.workspaces import read_settings

_SHOWN = 10
_LOOKED_AT = 500
_DAY = timedelta(days=1)
_REVIEWING = (ApiRole.REVIEWER, ApiRole.LEAD, ApiRole.ADMIN)


async def compose_digest(
    kit: Kit, connection: Connection, workspace: str, person: str
) -> Digest | None:
    """Return a person's digest, by their folded name; None if there is nothing to say."""
    people = await list_people(connection, workspace)
    known = next((one for one in people if person_key(one.name) == person), None)
    if known is None:
        return None
    waiting = await _waiting(connection, workspace, known)
    late = [review for review in waiting if review.tier > 0]
    live = await digests.list_went_live(
        connection, workspace, datetime.now(UTC) - _DAY, limit=_SHOWN
    )
    mentions = await digests.list_unread_mentions(connection, workspace, person, limit=_SHOWN)
    line = _Lines(kit, (await read_settings(connection, workspace)).public_texts)
    digest = Digest(
        waiting=tuple(line(r.id, r.title, f"{_cases(r)}, {_due(r)}") for r in waiting[:_SHOWN]),
        more_waiting=max(0, len(waiting) - _SHOWN),
        overdue=tuple(line(r.id, r.title, _due(r)) for r in late[:_SHOWN]),
        went_live=tuple(
            line(one.id, one.title, f"release {one.release}, {_used(one.used)}") for one in live
        ),
        mentions=tuple(line(one.proposal_id, one.title, f"by {one.by}") for one in mentions),
        address=kit.api_url,
    )
    return None if digest.is_empty else digest


async def _waiting(
    connection: Connection, workspace: str, person: KnownPerson
) -> list[WaitingReview]:
    """Return what waits for a person: what they have taken, and what their group may take."""
    groups = [role for role in _REVIEWING if has_rank(person.role, role)]
    found = await digests.list_waiting(connection, workspace, groups, limit=_LOOKED_AT)
    return [
        review
        for review in found
        if same_person(review.assignee, person.name)
        or (review.assignee is None and review.candidates is person.role)
    ]


def _cases(review: WaitingReview) -> str:
    return f"{review.support} case" + ("" if review.support == 1 else "s")


def _due(review: WaitingReview) -> str:
    if review.due_at is None:
        return "no deadline"
    at = review.due_at.astimezone(UTC)
    return f"due {at.day} {at:%b}, {at:%H:%M} UTC"


def _used(count: int) -> str:
    return "not used yet" if count == 0 else f"used in {count} answer" + ("s" if count > 1 else "")


class _Lines:
    """Makes lines, with no title that may name a person."""

    def __init__(self, kit: Kit, public: tuple[str, ...]) -> None:
        self._kit, self._public = kit, public

    def __call__(self, proposal_id: UUID, title: str, note: str) -> DigestLine:
        shown = safe_title(title, self._public) or "A proposal"
        address = f"{self._kit.api_url}/proposals/{proposal_id}"
        return DigestLine(title=shown, note=note, address=address)
