"""One act on several proposals: each by itself, through the service that does it for one.

Approving is not among them: it is done one at a time, each on its own content.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from uuid import UUID

from api.problems import ProblemError, from_domain_error
from domain.errors import DomainError, StaleContentError

_AT_ONCE = 4
"""Each holds a connection to the database at times; others want some, too."""


class BulkAct(StrEnum):
    """What can be done to several proposals at once."""

    REJECT = "reject"
    ASSIGN = "assign"
    CLAIM = "claim"
    SNOOZE = "snooze"
    WAKE = "wake"


ActOnOne = Callable[[UUID, str], Awaitable[object]]
"""Does it to a proposal that was read with this content hash."""


async def act_on_all(picked: Mapping[UUID, str], act: ActOnOne) -> dict[UUID, ProblemError | None]:
    """Do something to each proposal; return for each None, or the problem why it had no effect."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def on_one(proposal_id: UUID, content_hash: str) -> ProblemError | None:
        async with turns:
            try:
                await act(proposal_id, content_hash)
            except DomainError as error:
                return from_domain_error(error)
            except ProblemError as problem:
                return problem
        return None

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {
                proposal_id: group.create_task(on_one(proposal_id, content_hash))
                for proposal_id, content_hash in picked.items()
            }
    except ExceptionGroup as failed:
        # What is wrong with the whole system is told as it is for one.
        raise failed.exceptions[0] from None
    return {proposal_id: task.result() for proposal_id, task in tasks.items()}


def refuse_changed(now: str | None, picked: str) -> None:
    """Raise StaleContentError unless a proposal still has the content that was picked."""
    if now != picked:
        raise StaleContentError
