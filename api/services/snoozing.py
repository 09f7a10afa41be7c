"""Puts a proposal off for one person. The review, its deadline and everybody else go on."""

from datetime import UTC, datetime
from uuid import UUID

from api.context import Context
from api.problems import ProblemError, invalid_field
from domain.identity import Principal
from domain.inbox import check_snooze
from store import proposals as stored
from store.snoozes import end_snooze, snooze


async def snooze_proposal(
    context: Context, person: Principal, proposal_id: UUID, until: datetime
) -> None:
    """Keep a proposal out of a person's inbox until then.

    Raises NotFoundError, the 422 problem of a time that is over or too far away, and the 409
    problem of a proposal that does not wait for review.
    """
    try:
        check_snooze(until, datetime.now(UTC))
    except ValueError as error:
        raise invalid_field("until", str(error)) from None
    async with context.database.transaction(person.workspace) as connection:
        await stored.get_proposal(connection, person.workspace, proposal_id)
        kept = await snooze(connection, person.workspace, person.name, proposal_id, until)
    if not kept:
        raise ProblemError(
            409,
            "no_effect",
            "The snooze has no effect",
            "Only what waits for review can be snoozed.",
        )


async def wake_proposal(context: Context, person: Principal, proposal_id: UUID) -> None:
    """Let a proposal come back to a person's inbox now; raises NotFoundError."""
    async with context.database.transaction(person.workspace) as connection:
        await stored.get_proposal(connection, person.workspace, proposal_id)
        await end_snooze(connection, person.workspace, person.name, proposal_id)
