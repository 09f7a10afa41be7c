"""Finds the changes that would bring about what a request asks for. Not an activity."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.change_requests import ChangeRequestKind, NewChangeRequest
from domain.errors import NotFoundError, NothingToChangeError
from domain.knowledge import Change, Revision
from domain.outcomes import Span
from domain.rollback import (
    restore,
    retire,
    roll_back_to_release,
    roll_back_to_revision,
    since_release,
    since_revision,
)
from store import change_requests, knowledge
from store.database import Connection


class Wanted(NamedTuple):
    """The changes, one an item, and the revisions that they take out of use."""

    changes: Sequence[Change]
    taken_back: Sequence[Span]


async def wanted_changes(
    connection: Connection, workspace: str, request: NewChangeRequest
) -> Wanted:
    """Return what the request comes to as the knowledge is now.

    Raises NotFoundError for an item, revision or release that there is not, NothingToChangeError
    if all is as it would be after. What an `edit` comes to is the person's own to say.
    """
    target = request.target
    if request.kind is ChangeRequestKind.EDIT:
        raise ValueError("an edit names its own change")
    if target.to_release is not None:
        return await _to_release(connection, workspace, target.to_release)
    revisions = await knowledge.list_revisions(connection, workspace, _item(request))
    head = revisions[-1].number
    match request.kind:
        case ChangeRequestKind.RETIRE:
            return Wanted([retire(revisions)], [Span(revisions[-1].item_id, 1, head)])
        case ChangeRequestKind.RESTORE:
            return Wanted([restore(revisions)], [])
        case _:
            number = target.to_revision or head
            change = roll_back_to_revision(revisions, number)
            return Wanted([change], [since_revision(revisions, number)])


def _item(request: NewChangeRequest) -> UUID:
    if request.target.item_id is None:
        raise ValueError(f"a {request.kind} names an item")
    return request.target.item_id


async def _to_release(connection: Connection, workspace: str, release: int) -> Wanted:
    newest = await knowledge.current_release(connection, workspace)
    if release > newest:
        raise NotFoundError(f"there is no release {release}; the newest is {newest}")
    moved = await change_requests.items_moved_since(connection, workspace, release)
    found: list[tuple[Change, list[Revision]]] = [
        (change, revisions)
        for revisions in await change_requests.histories(connection, workspace, moved)
        if (change := roll_back_to_release(revisions, release)) is not None
    ]
    if not found:
        raise NothingToChangeError
    return Wanted(
        [change for change, _ in found],
        [since_release(revisions, release) for _, revisions in found],
    )
