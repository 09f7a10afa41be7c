"""Opening, escalating and commanding a review; telling people; closing an intervention."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError

from activities.close_intervention import CloseInput, CloseIntervention
from activities.escalate_review import EscalateInput, EscalateReview
from activities.notify_reviewers import NotifyInput, NotifyReviewers, Occasion
from activities.open_review import OpenReview, OpenReviewInput
from activities.settle_command import SettleCommand, SettleCommandInput, SettleCommandResult
from domain.cases import Reading
from domain.conversation import InterventionStatus
from domain.escalation import StepKind, take_step
from domain.findings import Gap
from domain.identity import ApiRole
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import CommandKind, Review, ReviewCommand, Verdict
from store import interventions, reviews
from tests.activities.conftest import NotificationRecorder
from tests.activities.world import World, failure, run
from tests.workflows.scripted import article, find, policy

_S = ProposalStatus


async def review_of(world: World, proposal: Proposal) -> Review:
    async with world.database.transaction(world.workspace) as connection:
        return await reviews.get_review(connection, world.workspace, proposal.id)


async def status_of(world: World, proposal: Proposal) -> InterventionStatus:
    async with world.database.transaction(world.workspace) as connection:
        row = await interventions.get_intervention(connection, world.workspace, proposal.origin.id)
    return row.status


async def test_a_review_begins_once(world: World) -> None:
    proposal = await world.drafted()
    await asyncio.gather(*(world.open(proposal) for _ in range(4)))
    assert (await world.read(proposal.id)).status is _S.IN_REVIEW
    assert await status_of(world, proposal) is InterventionStatus.IN_REVIEW
    assert (await world.actions()).count("review_opened") == 1


async def test_a_review_knows_whose_intervention_it_was(world: World) -> None:
    assert (await review_of(world, await world.in_review())).author == "dana"


async def test_opening_a_closed_review_only_reads_it(world: World) -> None:
    proposal = await world.in_review()
    await world.settle(await world.write(proposal, verdict=Verdict.REJECT))
    await world.open(proposal)
    assert (await world.read(proposal.id)).status is _S.REJECTED


async def test_a_new_draft_starts_the_clock_again(world: World) -> None:
    proposal = await world.in_review()
    await world.settle(await world.write(proposal, verdict=Verdict.REQUEST_CHANGES))
    later = datetime.now(UTC) + timedelta(days=1)
    task = OpenReviewInput(workspace=world.workspace, proposal_id=proposal.id, now=later)
    opened = await run(OpenReview(world.kit).open_review, task)
    assert opened.status is _S.IN_REVIEW
    assert opened.clock.tier_started_at == later


async def escalate(world: World, proposal: Proposal, step: StepKind) -> ProposalStatus:
    moved = take_step((await review_of(world, proposal)).clock, step, datetime.now(UTC))
    task = EscalateInput(workspace=world.workspace, proposal_id=proposal.id, step=step, clock=moved)
    return (await run(EscalateReview(world.kit).escalate_review, task)).status


@pytest.mark.parametrize("step", StepKind)
async def test_time_approves_nothing(world: World, step: StepKind) -> None:
    proposal = await world.in_review(policy())
    for _ in range(2):
        status = await escalate(world, proposal, step)
        assert status is (_S.PARKED if step is StepKind.PARK else _S.IN_REVIEW)
    assert await world.count("releases") == 0


@pytest.mark.parametrize("step", StepKind)
async def test_a_decided_proposal_is_not_escalated(world: World, step: StepKind) -> None:
    proposal = await world.approved()
    assert await escalate(world, proposal, step) is _S.APPROVED
    assert (await review_of(world, proposal)).clock.tier == 0


async def command(
    world: World, proposal: Proposal, kind: CommandKind, times: int = 1
) -> list[SettleCommandResult]:
    """Write a command by a lead, and rule on it so many times."""
    written = ReviewCommand(
        id=uuid4(),
        proposal_id=proposal.id,
        kind=kind,
        by="lee",
        role=ApiRole.LEAD,
        assignee="rae" if kind is CommandKind.ASSIGN else None,
        created_at=datetime.now(UTC),
    )
    async with world.database.transaction(world.workspace) as connection:
        await reviews.insert_command(connection, world.workspace, written)
    task = SettleCommandInput(
        workspace=world.workspace,
        proposal_id=proposal.id,
        command_id=written.id,
        now=datetime.now(UTC),
    )
    activity = SettleCommand(world.kit).settle_command
    return [await run(activity, task) for _ in range(times)]


@pytest.mark.parametrize(
    ("kind", "assignee"), [(CommandKind.CLAIM, "lee"), (CommandKind.ASSIGN, "rae")]
)
async def test_a_command_takes_effect_once(world: World, kind: CommandKind, assignee: str) -> None:
    proposal = await world.in_review()
    first, second = await command(world, proposal, kind, times=2)
    assert (first.took_effect, second.took_effect) == (True, False)
    assert (await review_of(world, proposal)).assignee == assignee
    assert (await world.actions()).count(f"review_{kind}") == 1


async def test_a_parked_proposal_is_reopened_with_a_new_clock(world: World) -> None:
    proposal = await world.in_review()
    await escalate(world, proposal, StepKind.PARK)
    first, again = await command(world, proposal, CommandKind.REOPEN, times=2)
    assert (first.status, again.status) == (_S.IN_REVIEW, _S.IN_REVIEW)
    # An attempt whose result was lost told the workflow nothing of the clock.
    assert first.clock == again.clock == (await review_of(world, proposal)).clock
    assert await status_of(world, proposal) is InterventionStatus.IN_REVIEW


async def test_an_intervention_is_parked_when_nothing_else_of_it_waits(world: World) -> None:
    changes = iter((article(), policy()))
    world.analyst.change = lambda _: next(changes)
    one = find(Gap.MISSING_KNOWLEDGE)
    world.analyst.reading = lambda case: Reading(findings=one(case).findings * 2)
    drafted = await world.draft(await world.analyzed())
    first, second = [await world.read(own.proposal_id) for own in drafted.own]
    for proposal in (first, second):
        await world.open(proposal)
    await escalate(world, first, StepKind.PARK)
    assert await status_of(world, first) is InterventionStatus.IN_REVIEW
    await world.settle(await world.write(second, verdict=Verdict.REJECT))
    assert await status_of(world, first) is InterventionStatus.PARKED


async def test_only_open_reviews_are_told_of(world: World, told: NotificationRecorder) -> None:
    waiting, drafted = await world.in_review(), await world.drafted(policy())
    task = NotifyInput(
        workspace=world.workspace,
        proposal_ids=(waiting.id, drafted.id),
        occasion=Occasion.REMINDER,
    )
    await run(NotifyReviewers(world.kit).notify_reviewers, task)
    (sent,) = told.sent
    assert (sent.proposal_id, sent.occasion, sent.group) == (
        waiting.id,
        "reminder",
        ApiRole.REVIEWER,
    )
    assert sent.address == f"http://loop.test/proposals/{waiting.id}"


async def test_the_end_is_recorded_with_its_reason(world: World) -> None:
    proposal = await world.drafted()
    task = CloseInput(
        workspace=world.workspace,
        intervention_id=proposal.origin.id,
        status=InterventionStatus.FAILED,
        error_code="quote_not_found",
    )
    for _ in range(2):
        await run(CloseIntervention(world.kit).close_intervention, task)
    assert await status_of(world, proposal) is InterventionStatus.FAILED


@pytest.mark.parametrize("name", ["open", "notify", "command", "escalate"])
async def test_an_unknown_proposal_is_permanent(world: World, name: str) -> None:
    known = await review_of(world, await world.in_review())
    unknown, now, workspace = uuid4(), datetime.now(UTC), world.workspace
    kit = world.kit
    calls: dict[str, Callable[[], Awaitable[ApplicationError]]] = {
        "open": lambda: failure(
            OpenReview(kit).open_review,
            OpenReviewInput(workspace=workspace, proposal_id=unknown, now=now),
        ),
        "notify": lambda: failure(
            NotifyReviewers(kit).notify_reviewers,
            NotifyInput(workspace=workspace, proposal_ids=(unknown,), occasion=Occasion.OPENED),
        ),
        "command": lambda: failure(
            SettleCommand(kit).settle_command,
            SettleCommandInput(
                workspace=workspace, proposal_id=unknown, command_id=uuid4(), now=now
            ),
        ),
        "escalate": lambda: failure(
            EscalateReview(kit).escalate_review,
            EscalateInput(
                workspace=workspace, proposal_id=unknown, step=StepKind.PARK, clock=known.clock
            ),
        ),
    }
    error = await calls[name]()
    assert (error.type, error.non_retryable) == ("not_found", True)
