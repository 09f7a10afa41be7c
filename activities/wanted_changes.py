"""Finds the changes that would bring about what a request asks for. Not an activity."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.change_requests import (
    MAX_PROPOSALS,
    ChangeRequestKind,
    ChangeRequestMode,
    NewChangeRequest,
)
from domain.errors import NotFoundError, NothingToChangeError, TooManyChangesError
from domain.knowledge import Change, Operation
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

_AT_ONCE = 500
"""How many items' revisions are read together: a whole workspace's may not fit into memory."""


class Wanted(NamedTuple):
    """The changes, one an item, and the revisions that they take out of use."""

    changes: Sequence[Change]
    taken_back: Sequence[Span]


async def wanted_changes(
    connection: Connection, workspace: str, request: NewChangeRequest
) -> Wanted:
    """Return what the request comes to as the knowledge is now.

    Raises NotFoundError for an item, revision or release that there is not, NothingToChangeError
    if all is as it would be after, TooManyChangesError if people could not review them. What an
    `edit` or a `checkup` comes to is said with it.
    """
    target = request.target
    if request.kind in {ChangeRequestKind.EDIT, ChangeRequestKind.CHECKUP}:
        raise ValueError(f"a {request.kind} names its own changes")
    if target.to_release is not None:
        most = MAX_PROPOSALS if request.mode is ChangeRequestMode.REVIEWED else None
        return await _to_release(connection, workspace, target.to_release, most)
    revisions = await knowledge.list_revisions(connection, workspace, _item(request))
    head = revisions[-1].number
    match request.kind:
        case ChangeRequestKind.RETIRE | ChangeRequestKind.QUARANTINE:
            return Wanted([retire(revisions)], [Span(revisions[-1].item_id, 1, head)])
        case ChangeRequestKind.RESTORE:
            return Wanted([restore(revisions)], [])
        case _:
            number = target.to_revision or head
            change = roll_back_to_revision(revisions, number)
            return Wanted([change], [since_revision(revisions, number)])


async def phrasings_until(
    connection: Connection, workspace: str, request: NewChangeRequest, change: Change
) -> int | None:
    """Return the release whose customers' wordings one change of a request brings back, if any.

    A rollback takes with it the wordings that came with what it takes back: they would find the
    item for questions that it no longer answers.
    """
    if change.operation is Operation.RETIRE or change.item_id is None:
        return None
    target = request.target
    if target.to_revision is not None:
        return await knowledge.release_of_revision(
            connection, workspace, change.item_id, target.to_revision
        )
    return target.to_release


def _item(request: NewChangeRequest) -> UUID:
    if request.target.item_id is None:
        raise ValueError(f"a {request.kind} names an item")
    return request.target.item_id


async def _to_release(
    connection: Connection, workspace: str, release: int, most: int | None
) -> Wanted:
    newest = await knowledge.current_release(connection, workspace)
    if release > newest:
        raise NotFoundError(f"there is no release {release}; the newest is {newest}")
    moved = await change_requests.items_moved_since(connection, workspace, release)
    changes: list[Change] = []
    taken_back: list[Span] = []
    for start in range(0, len(moved), _AT_ONCE):
        part = moved[start : start + _AT_ONCE]
        for revisions in await change_requests.histories(connection, workspace, part):
            change = roll_back_to_release(revisions, release)
            if change is not None:
                changes.append(change)
                taken_back.append(since_release(revisions, release))
        if most is not None and len(changes) > most:
            raise TooManyChangesError(
                f"more than {most} items would change, which is more than people review at once"
            )
    if not changes:
        raise NothingToChangeError
    return Wanted(changes, taken_back)
