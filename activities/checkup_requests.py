"""Asks for changes in a checkup's name, as the API does in a person's. Not an activity."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from domain.base import JsonObject
from domain.change_requests import (
    ChangeRequest,
    ChangeRequestKind,
    ChangeRequestMode,
    NewChangeRequest,
    Target,
)
from domain.checkups import ASKED_BY, return_reason
from domain.errors import NothingToChangeError
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.rollback import restore
from store import audit, checkups, knowledge, outbox
from store import change_requests as stored
from store.change_requests import RequestedProposal
from store.database import Connection

_TITLE_CHARACTERS = 300
_NAME_CHARACTERS = 250


class Wish(NamedTuple):
    """One change, and what its proposal is called."""

    title: str
    change: Change


async def ask_for_review(
    connection: Connection,
    workspace: str,
    request_id: UUID,
    item_id: UUID,
    wishes: Sequence[Wish],
    *,
    reason: str,
    kind: ChangeRequestKind = ChangeRequestKind.CHECKUP,
) -> bool:
    """Keep a reviewed request of the checkup, with a proposal a wish, and note its start.

    Returns False, with nothing kept, while one of this kind on the same item is under way.
    """
    new = NewChangeRequest(
        id=request_id,
        kind=kind,
        requested_by=ASKED_BY,
        role=ApiRole.REVIEWER,
        reason=reason,
        target=Target(item_id=item_id),
    )
    if not await _keep(connection, workspace, new, [wish.change for wish in wishes], {}):
        return False
    await _insert_proposals(connection, workspace, new, wishes)
    await outbox.enqueue(
        connection,
        workspace,
        outbox.Topic.START,
        dedupe_key=str(new.id),
        payload={"request_id": str(new.id)},
    )
    return True


async def _insert_proposals(
    connection: Connection, workspace: str, new: NewChangeRequest, wishes: Sequence[Wish]
) -> None:
    for index, wish in enumerate(wishes):
        proposal = RequestedProposal(
            id=uuid5(new.id, str(index)),
            request_id=new.id,
            index=index,
            title=wish.title[:_TITLE_CHARACTERS],
            change=wish.change,
            reason=new.reason,
            requested_by=new.requested_by,
        )
        await stored.insert_proposal(connection, workspace, proposal)


async def ask_for_return(
    connection: Connection, workspace: str, quarantine: ChangeRequest, item_id: UUID
) -> None:
    """Ask in a reviewed request that an article that was quarantined be brought back as it was.

    To be called once for a quarantine. Somebody who has brought it back meanwhile has answered.
    """
    request_id = return_id_of(quarantine.id)
    try:
        change = restore(await knowledge.list_revisions(connection, workspace, item_id))
    except NothingToChangeError:
        return
    is_asked = await ask_for_review(
        connection,
        workspace,
        request_id,
        item_id,
        [Wish(f"Bring back, or leave out: {change.content.title}", change)],
        reason=return_reason(quarantine.reason),
        # Not the kind of the wish to retire it, which may still be open: one question is kept of a
        # kind, and a no to that one is no answer to this.
        kind=ChangeRequestKind.RESTORE,
    )
    if is_asked:
        await checkups.set_return_asked(
            connection, workspace, item_id, quarantine_id=quarantine.id, request_id=request_id
        )


def return_id_of(quarantine_id: UUID) -> UUID:
    """Return the id of the request that asks whether what was quarantined comes back."""
    return uuid5(quarantine_id, "return")


async def order_quarantine(
    connection: Connection,
    workspace: str,
    request_id: UUID,
    item_id: UUID,
    change: Change,
    *,
    reason: str,
    switched_on_by: str,
) -> bool:
    """Keep a request that takes an article out by the policy of the administrator named.

    The checkup's workflow carries it out. Returns False while one on the article is under way.
    """
    new = NewChangeRequest(
        id=request_id,
        kind=ChangeRequestKind.QUARANTINE,
        mode=ChangeRequestMode.FORCED,
        requested_by=f"quarantine policy of {switched_on_by[:_NAME_CHARACTERS]}",
        # By the authority of whoever switched the policy on.
        role=ApiRole.ADMIN,
        reason=reason,
        target=Target(item_id=item_id),
    )
    return await _keep(connection, workspace, new, [change], {"switched_on_by": switched_on_by})


async def _keep(
    connection: Connection,
    workspace: str,
    new: NewChangeRequest,
    changes: Sequence[Change],
    details: JsonObject,
) -> bool:
    if not await stored.insert_request(connection, workspace, new, changes):
        return False
    await audit.record(
        connection,
        workspace,
        actor=new.requested_by,
        action="change_requested",
        subject=f"change_request/{new.id}",
        details={**new.audited(changes), **details},
    )
    return True
