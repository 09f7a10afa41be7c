"""The story of an intervention, from intake to applied, and every way a decision can go."""

from datetime import timedelta

import pytest

from domain.conversation import InterventionStatus
from domain.findings import Gap
from domain.identity import ApiRole
from domain.proposals import ProposalStatus
from domain.reviews import CommandKind, DecisionEffect, IgnoredBecause, Verdict
from store import knowledge
from tests.workflows.harness import Loop, submission
from tests.workflows.scripted import article, find, policy
from workflows.intervention import InterventionWorkflow
from workflows.messages import DecideSignal


async def test_an_approved_proposal_is_applied_and_found(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    decision = await loop.decide(intervention_id, loop.decision(proposal))
    assert decision.effect is DecisionEffect.APPROVED
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED
    async with loop.database.transaction(loop.workspace) as connection:
        items = await knowledge.list_items(connection, loop.workspace)
    assert [item.content for item in items] == [proposal.change.content]


async def test_without_a_gap_nothing_is_proposed(loop: Loop) -> None:
    loop.analyst.reading = find(Gap.NONE)
    intervention_id = await loop.post()
    assert await loop.end(intervention_id) is InterventionStatus.NO_GAP


async def test_a_rejected_proposal_changes_nothing(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    await loop.decide(intervention_id, loop.decision(proposal, Verdict.REJECT))
    assert await loop.end(intervention_id) is InterventionStatus.DECLINED
    async with loop.database.transaction(loop.workspace) as connection:
        assert await knowledge.list_items(connection, loop.workspace) == []


async def test_a_policy_waits_for_a_second_person(loop: Loop) -> None:
    loop.analyst.change = lambda _: policy()
    intervention_id, proposal = await loop.reviewable()
    first = await loop.decide(
        intervention_id, loop.decision(proposal, by="rae", role=ApiRole.REVIEWER)
    )
    again = await loop.decide(intervention_id, loop.decision(proposal, by="Rae "))
    second = await loop.decide(intervention_id, loop.decision(proposal, by="lee"))
    assert first.effect is DecisionEffect.COUNTED
    assert again.reason is IgnoredBecause.ALREADY_APPROVED_BY_THIS_PERSON
    assert second.effect is DecisionEffect.APPROVED
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED


async def test_the_author_is_never_the_only_approver(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable(submission(by="dana"))
    own = await loop.decide(intervention_id, loop.decision(proposal, by="Dana"))
    assert own.effect is DecisionEffect.COUNTED
    other = await loop.decide(intervention_id, loop.decision(proposal, by="lee"))
    assert other.effect is DecisionEffect.APPROVED


@pytest.mark.parametrize("role", [ApiRole.INTEGRATION, ApiRole.AGENT])
async def test_a_role_that_may_not_decide_has_no_effect(loop: Loop, role: ApiRole) -> None:
    intervention_id, proposal = await loop.reviewable()
    decision = await loop.decide(intervention_id, loop.decision(proposal, role=role))
    assert decision.reason is IgnoredBecause.NOT_ALLOWED
    await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)


async def test_an_approval_of_other_content_has_no_effect(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    stale = await loop.decide(
        intervention_id, loop.decision(proposal, content_hash=article("old").content_hash())
    )
    assert stale.reason is IgnoredBecause.STALE_CONTENT


async def test_a_signal_for_a_decision_that_nobody_wrote_has_no_effect(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    await loop.signal(intervention_id, loop.decision(proposal))
    real = await loop.decide(intervention_id, loop.decision(proposal))
    assert real.effect is DecisionEffect.APPROVED


async def test_the_first_of_two_conflicting_decisions_counts(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    approval = loop.decision(proposal)
    rejection = loop.decision(proposal, Verdict.REJECT, by="kim")
    await loop.write(intervention_id, approval)
    await loop.write(intervention_id, rejection)
    await loop.signal(intervention_id, approval)
    await loop.signal(intervention_id, rejection)
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED
    late = await loop.settled(intervention_id, rejection.id)
    assert late.reason is IgnoredBecause.REVIEW_CLOSED


async def test_one_click_signalled_twice_counts_once(loop: Loop) -> None:
    loop.analyst.change = lambda _: policy()
    intervention_id, proposal = await loop.reviewable()
    decision = loop.decision(proposal, by="lee")
    await loop.decide(intervention_id, decision)
    # Not by `Delivery`, whose repeats the server drops.
    again = DecideSignal(decision_id=decision.id, proposal_id=proposal.id)
    await loop.handle(intervention_id).signal(InterventionWorkflow.decide, again)
    status = await loop.handle(intervention_id).query("status")
    assert status["ignored_signals"] == 1
    await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)


async def test_a_decision_after_the_end_is_recorded_as_late(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    await loop.decide(intervention_id, loop.decision(proposal))
    await loop.end(intervention_id)
    late = await loop.decide(intervention_id, loop.decision(proposal, by="kim"))
    assert late.reason is IgnoredBecause.REVIEW_CLOSED


async def test_requested_changes_lead_to_a_new_draft_that_wants_a_new_approval(
    loop: Loop,
) -> None:
    intervention_id, proposal = await loop.reviewable()
    await loop.decide(
        intervention_id,
        loop.decision(proposal, Verdict.REQUEST_CHANGES, comment="Say who to ask."),
    )
    redrafted = await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW, draft=2)
    assert redrafted.content_hash != proposal.content_hash
    stale = await loop.decide(intervention_id, loop.decision(proposal))
    assert stale.reason is IgnoredBecause.STALE_CONTENT
    await loop.decide(intervention_id, loop.decision(redrafted))
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED


async def test_an_edit_is_what_is_approved_and_stored(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    edited = article("Ask at the counter.")
    await loop.decide(intervention_id, loop.decision(proposal, edited=edited))
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED
    async with loop.database.transaction(loop.workspace) as connection:
        items = await knowledge.list_items(connection, loop.workspace)
    assert [item.content for item in items] == [edited.content]


async def test_thirty_days_of_escalation_park_and_never_approve(loop: Loop) -> None:
    intervention_id, _ = await loop.reviewable()
    await loop.pass_time(intervention_id, timedelta(days=30))
    parked = await loop.proposal_in(intervention_id, ProposalStatus.PARKED)
    occasions = [told.occasion for told in loop.told]
    assert occasions == [
        "opened",
        "reminder",
        "reminder",
        "escalated",
        "reminder",
        "escalated",
        "reminder",
        "parked",
    ]
    reopened = await loop.command(intervention_id, parked, CommandKind.REOPEN)
    assert reopened.took_effect
    proposal = await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)
    await loop.decide(intervention_id, loop.decision(proposal))
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED
