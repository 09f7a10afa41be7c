"""Asks for changes in a checkup's name, as the API does in a person's. Not an activity."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from domain.base import JsonObject
from domain.change_requests import (
    ChangeRequestKind,
    ChangeRequestMode,
    NewChangeRequest,
    Target,
)
from domain.checkups import ASKED_BY
from domain.identity import ApiRole
from domain.knowledge import Change
from store import audit, outbox
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
) -> bool:
    """Keep a reviewed request of the checkup, with a proposal a wish, and note its start.

    Returns False, with nothing kept, while one on the same item is under way.
    """
    new = NewChangeRequest(
        id=request_id,
        kind=ChangeRequestKind.CHECKUP,
        requested_by=ASKED_BY,
        role=ApiRole.REVIEWER,
        reason=reason,
        target=Target(item_id=item_id),
    )
    if not await _keep(connection, workspace, new, [wish.change for wish in wishes], {}):
        return False
    for index, wish in enumerate(wishes):
        proposal = RequestedProposal(
            id=uuid5(new.id, str(index)),
            request_id=new.id,
            index=index,
            title=wish.title[:_TITLE_CHARACTERS],
            change=wish.change,
            reason=reason,
            requested_by=new.requested_by,
        )
        await stored.insert_proposal(connection, workspace, proposal)
    await outbox.enqueue(
        connection,
        workspace,
        outbox.Topic.START,
        dedupe_key=str(new.id),
        payload={"request_id": str(new.id)},
    )
    return True


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
        # Of the reason nothing: an erasure may have to take words from it.
        details={
            "kind": new.kind.value,
            "mode": new.mode.value,
            "role": new.role.value,
            "target": new.target.model_dump(mode="json", exclude_none=True),
            "content_hashes": [change.content_hash() for change in changes],
            **details,
        },
    )
    return True
