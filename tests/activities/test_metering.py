"""What calls of a model take in a workspace, and what happens when its day's budget is used up."""

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from activities.analyze_intervention import AnalyzeIntervention
from activities.draft_proposals import DraftInput, DraftProposals
from activities.kit import Kit
from activities.metering import WorkspaceMeter
from activities.redraft_proposal import RedraftInput, RedraftProposal
from domain.cases import Case, Draft, Reading
from domain.findings import Finding, ModelUsage
from domain.knowledge import Change
from domain.model_calls import (
    BUDGET_USED_UP,
    CallOutcome,
    CallPurpose,
    ModelCall,
    until_next_day,
)
from domain.reviews import Verdict
from gateways.claude_meter import current_meter
from gateways.errors import BudgetUsedUpError
from store import model_usage, workspaces
from tests.activities.world import World, failure, run
from tests.workflows.scripted import ScriptedAnalyst

CALL = ModelCall(
    model="claude-sonnet-5-5",
    outcome=CallOutcome.OK,
    usage=ModelUsage(
        input_tokens=500, output_tokens=100, cache_read_tokens=300, cache_write_tokens=100
    ),
)


class MeteredAnalyst(ScriptedAnalyst):
    """Answers as scripted, and counts each answer as a call of 1,000 tokens."""

    async def analyze(self, case: Case) -> Reading:
        """Ask the meter first, as a client of a model does."""
        await count()
        return await super().analyze(case)

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Likewise."""
        await count()
        return await super().draft(case, finding)

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Likewise."""
        await count()
        return await super().redraft(case, finding, previous, comment)


async def count() -> None:
    meter = current_meter()
    assert meter is not None
    await meter.admit()
    await meter.record(CALL)


@pytest.fixture
def kit(kit: Kit) -> Kit:
    """A kit whose analyst asks a meter."""
    return dataclasses.replace(kit, analyst=MeteredAnalyst())


async def set_budget(world: World, tokens: int | None) -> None:
    async with world.database.transaction(world.workspace) as connection:
        await workspaces.change_settings(connection, world.workspace, {"daily_tokens": tokens})


async def why_it_waits(world: World) -> str | None:
    [row] = await world.execute(
        "SELECT error_code FROM interventions WHERE workspace = %s", world.workspace
    )
    return row["error_code"]


async def test_calls_are_counted_by_purpose_and_intervention(world: World) -> None:
    intervention_id = await world.analyzed()
    await world.draft(intervention_id)
    rows = await world.execute(
        "SELECT purpose, outcome, intervention_id, input_tokens FROM model_usage"
        " WHERE workspace = %s ORDER BY id",
        world.workspace,
    )
    assert [(row["purpose"], row["outcome"]) for row in rows] == [
        ("analyze", "ok"),
        ("draft", "ok"),
    ]
    assert {row["intervention_id"] for row in rows} == {intervention_id}


async def test_the_analysis_waits_for_tomorrow_and_says_why(world: World) -> None:
    await set_budget(world, 1_000)
    await world.analyzed()
    late = world.analysis_of(await world.post())
    told = await failure(AnalyzeIntervention(world.kit).analyze_intervention, late)
    assert told.type == BUDGET_USED_UP
    assert not told.non_retryable
    assert told.next_retry_delay is not None
    assert timedelta(0) < told.next_retry_delay <= timedelta(days=1)
    [row] = await world.execute(
        "SELECT status, error_code FROM interventions WHERE id = %s", late.intervention_id
    )
    assert (row["status"], row["error_code"]) == ("received", BUDGET_USED_UP)
    assert await world.count("model_usage") == 1


async def test_it_goes_on_when_there_is_a_budget_again(world: World) -> None:
    await set_budget(world, 0)
    task = world.analysis_of(await world.post())
    await failure(AnalyzeIntervention(world.kit).analyze_intervention, task)
    assert await why_it_waits(world) == BUDGET_USED_UP
    await set_budget(world, None)
    await run(AnalyzeIntervention(world.kit).analyze_intervention, task)
    assert await why_it_waits(world) is None


async def test_drafting_waits_as_well(world: World) -> None:
    await set_budget(world, 1_000)
    intervention_id = await world.analyzed()
    task = DraftInput(workspace=world.workspace, intervention_id=intervention_id)
    told = await failure(DraftProposals(world.kit).draft_proposals, task)
    assert (told.type, told.non_retryable) == (BUDGET_USED_UP, False)
    assert await why_it_waits(world) == BUDGET_USED_UP
    await set_budget(world, 2_000)
    assert (await run(DraftProposals(world.kit).draft_proposals, task)).own
    assert await why_it_waits(world) is None


async def test_people_who_wait_for_a_redraft_hear_at_once(world: World) -> None:
    proposal = await world.in_review()
    await world.settle(await world.write(proposal, verdict=Verdict.REQUEST_CHANGES))
    await set_budget(world, 1)
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)
    told = await failure(RedraftProposal(world.kit).redraft_proposal, task)
    assert (told.type, told.non_retryable) == (BUDGET_USED_UP, True)


async def test_yesterday_s_tokens_are_forgotten_and_all_kinds_of_today_s_count(
    world: World,
) -> None:
    meter = WorkspaceMeter(world.database, world.workspace, CallPurpose.ANSWER)
    await meter.record(CALL)
    await world.execute(
        "UPDATE model_usage SET at = at - interval '25 hours' WHERE workspace = %s",
        world.workspace,
    )
    await set_budget(world, 1_000)
    await meter.admit()
    await meter.record(CALL)
    with pytest.raises(BudgetUsedUpError):
        await meter.admit()


async def test_what_batches_may_still_use_is_taken_from_the_budget(world: World) -> None:
    await set_budget(world, 1_000)
    await world.execute(
        "INSERT INTO batch_readings (workspace, intervention_id, status, batch_id,"
        " reserved_tokens) VALUES (%s, %s, 'submitted', 'b', 1000)",
        world.workspace,
        await world.post(),
    )
    with pytest.raises(BudgetUsedUpError):
        await WorkspaceMeter(world.database, world.workspace, CallPurpose.ANSWER).admit()


async def test_an_unknown_price_makes_the_sum_unknown(world: World) -> None:
    meter = WorkspaceMeter(world.database, world.workspace, CallPurpose.ANSWER, uuid4())
    await meter.record(CALL)
    await meter.record(CALL.model_copy(update={"outcome": CallOutcome.REFUSED}))
    async with world.database.transaction(world.workspace) as connection:
        since = datetime.now(UTC) - timedelta(days=2)
        [line] = await model_usage.list_usage(connection, world.workspace, since)
    assert (line.calls, line.refused, line.invalid, line.output_tokens) == (2, 1, 0, 200)
    assert line.cost_usd is None


@pytest.mark.parametrize(
    ("now", "hours"), [("2026-11-22T21:00:00+00:00", 3), ("2026-11-22T21:00:00-05:00", 22)]
)
def test_the_next_day_begins_at_midnight_utc(now: str, hours: int) -> None:
    assert until_next_day(datetime.fromisoformat(now)) == timedelta(hours=hours)
