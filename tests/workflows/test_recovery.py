"""What is lost on the way is found again: signals, workflows, and long histories."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError

from domain.cases import Case, Reading
from domain.conversation import InterventionStatus
from domain.identity import ApiRole
from domain.proposals import Origin, ProposalStatus
from domain.reviews import CommandKind, DecisionEffect
from gateways.errors import ModelRefusedError
from store import outbox, reviews
from tests.workflows.conftest import NotificationRecorder
from tests.workflows.harness import Loop
from tests.workflows.scripted import policy


async def test_a_decision_written_before_the_review_opened_is_ruled_on(loop: Loop) -> None:
    """The signal comes first: with signal-with-start it runs before the workflow does."""
    intervention_id, proposal = await loop.reviewable()
    decision = loop.decision(proposal)
    await loop.write(intervention_id, decision)
    await loop.handle(intervention_id).terminate("lost")
    await loop.signal(intervention_id, decision)
    assert (await loop.settled(intervention_id, decision.id)).effect is DecisionEffect.APPROVED
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED


async def test_an_approval_that_no_workflow_heard_of_is_swept_up(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    intervention_id, proposal = await loop.reviewable()
    decision = loop.decision(proposal)
    await loop.write(intervention_id, decision)
    monkeypatch.setattr("api.delivery._UNSETTLED_AFTER", timedelta(0))
    await loop.set_others_aside()
    await loop.delivery.sweep()
    assert (await loop.settled(intervention_id, decision.id)).effect is DecisionEffect.APPROVED


async def test_telling_a_workflow_again_and_again_adds_nothing_to_its_history(loop: Loop) -> None:
    """While the worker is away the sweeper does so every few seconds."""
    loop.analyst.change = lambda _: policy()
    intervention_id, proposal = await loop.reviewable()
    decision = loop.decision(proposal)
    await loop.decide(intervention_id, decision)
    for _ in range(3):
        await loop.signal(intervention_id, decision)
    history = await loop.handle(intervention_id).fetch_history()
    signals = [
        e for e in history.events if e.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert len(signals) == 1


async def test_an_intervention_taken_in_without_temporal_is_started_later(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise RuntimeError("Temporal is away")

    with monkeypatch.context() as patch:
        patch.setattr(loop.delivery, "_start", away)
        intervention_id = await loop.post()
    async with loop.database.transaction(loop.workspace) as connection:
        assert (await outbox.count_undelivered(connection))["start"] >= 1
        await connection.execute("UPDATE outbox SET next_attempt_at = now()")
    await loop.set_others_aside()
    assert await loop.delivery.drain() >= 1
    await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)


async def test_a_workflow_whose_history_was_deleted_is_started_again_by_the_next_click(
    loop: Loop,
) -> None:
    loop.analyst.change = lambda _: policy()
    intervention_id, proposal = await loop.reviewable()
    await loop.decide(intervention_id, loop.decision(proposal, by="rae", role=ApiRole.REVIEWER))
    await loop.forget(intervention_id)
    second = await loop.decide(intervention_id, loop.decision(proposal, by="lee"))
    assert second.effect is DecisionEffect.APPROVED
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED


async def test_what_a_lost_temporal_has_forgotten_is_started_again(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    intervention_id, proposal = await loop.reviewable()
    await loop.forget(intervention_id)
    monkeypatch.setattr("api.delivery._UNFINISHED_AFTER", timedelta(0))
    await loop.set_others_aside()
    await loop.delivery.restore()
    assert (await loop.handle(intervention_id).describe()).status is not None
    await loop.decide(intervention_id, loop.decision(proposal))
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED


async def test_a_failed_intervention_can_be_started_again_where_it_left_off(loop: Loop) -> None:
    works, loop.analyst.reading = loop.analyst.reading, _refuse
    intervention_id = await loop.post()
    with pytest.raises(WorkflowFailureError):
        await loop.handle(intervention_id).result()
    assert await loop.status(intervention_id) is InterventionStatus.FAILED
    loop.analyst.reading = works
    await loop.delivery.start(loop.workspace, Origin.intervention(intervention_id))
    await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)


def _refuse(_: Case) -> Reading:
    raise ModelRefusedError


async def test_a_long_review_continues_as_new_and_forgets_nothing(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.review_loop._MAX_EVENTS", 40)
    loop.analyst.change = lambda _: policy()
    intervention_id, proposal = await loop.reviewable()
    first_run = (await loop.handle(intervention_id).describe()).run_id
    first = loop.decision(proposal, by="rae", role=ApiRole.REVIEWER)
    await loop.decide(intervention_id, first)
    for person in ("ann", "bob", "cy"):
        await loop.command(intervention_id, proposal, CommandKind.ASSIGN, assignee=person)
    assert (await loop.handle(intervention_id).describe()).run_id != first_run
    await loop.decide(intervention_id, loop.decision(proposal, by="lee"))
    assert await loop.end(intervention_id) is InterventionStatus.LEARNED
    async with loop.database.transaction(loop.workspace) as connection:
        review = await reviews.get_review(connection, loop.workspace, proposal.id)
    assert review.assignee == "cy"


async def test_a_notification_outlives_a_long_history(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel is away at first; meanwhile the history grows past its limit."""
    monkeypatch.setattr("workflows.review_loop._MAX_EVENTS", 5)
    tried = 0

    async def fail_once(*_: object, **__: object) -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise OSError

    monkeypatch.setattr(NotificationRecorder, "notify", fail_once)
    intervention_id, proposal = await loop.reviewable()

    async def is_told_again() -> bool | None:
        return True if tried > 1 else None

    assert await loop.until(intervention_id, is_told_again)
    await loop.decide(intervention_id, loop.decision(proposal))


async def test_claims_releases_and_assignments_follow_the_rules(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    claim = await loop.command(intervention_id, proposal, CommandKind.CLAIM, by="rae")
    taken = await loop.command(intervention_id, proposal, CommandKind.CLAIM, by="kim")
    released = await loop.command(intervention_id, proposal, CommandKind.RELEASE, by="rae")
    reopened = await loop.command(intervention_id, proposal, CommandKind.REOPEN)
    outcomes = [claim.took_effect, taken.took_effect, released.took_effect, reopened.took_effect]
    assert outcomes == [True, False, True, False]
    assert taken.reason == "somebody else has claimed it"
