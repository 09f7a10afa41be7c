"""What the page of a proposal says of a replay by what was done in systems."""

from uuid import UUID

import pytest

from domain.proposals import ActionReplay, ReplayEffect, Verification
from domain.replays import with_actions
from store import proposals
from store.database import Database
from tests.api.browser import Person, text_of
from tests.api.rows import Rows

NOT_SHOWN = "The agent would first read with `get_stay`."


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (ReplayEffect.FIXED, "It fixes its own case, by what was done in systems."),
        (ReplayEffect.BROKEN, "It breaks its own case, by what was done in systems."),
        (ReplayEffect.CHANGED, "It is not proved to fix its own case."),
    ],
)
async def test_a_page_tells_what_was_done_and_what_would_have_been(
    reviewer: Person, rows: Rows, database: Database, effect: ReplayEffect, said: str
) -> None:
    proposal = await rows.proposal(effect=ReplayEffect.SAME)
    assert proposal.verification is not None
    await _replayed(database, rows.workspace, proposal.verification, proposal.id, effect)

    shown = text_of(await reviewer.get(f"/proposals/{proposal.id}"))

    # The tool's name stands as code.
    assert f"{said} {NOT_SHOWN.replace('`get_stay`', 'get_stay ')}" in shown
    assert f"Replayed by what was done in systems: {effect}." in shown
    assert "The agent called `cancel_stay`, which the person did not." in shown


async def _replayed(
    database: Database,
    workspace: str,
    verification: Verification,
    proposal_id: UUID,
    effect: ReplayEffect,
) -> None:
    replayed = ActionReplay(
        effect=effect,
        before="The agent called `cancel_stay`, which the person did not.",
        after=NOT_SHOWN,
    )
    cases = tuple(with_actions(case, replayed) for case in verification.cases)
    async with database.transaction(workspace) as connection:
        await proposals.save_verification(
            connection,
            workspace,
            proposal_id,
            verification.model_copy(update={"cases": cases}),
        )
