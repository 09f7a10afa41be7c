"""The story of what a person asks for: reviewed by others, applied, or forced."""

import json
from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError

from domain.change_requests import ChangeRequestKind, ChangeRequestStatus
from domain.identity import ApiRole
from domain.knowledge import ItemStatus, Operation
from domain.proposals import ProposalStatus
from domain.reviews import CommandKind, DecisionEffect, IgnoredBecause, Verdict
from store import audit, reviews
from tests.workflows.asking import ask, end, item_of, publish, request_of, revision
from tests.workflows.harness import Loop
from tests.workflows.payloads import decoded_payloads
from tests.workflows.scripted import article

Kind = ChangeRequestKind


async def test_a_rollback_waits_for_somebody_else_and_is_then_applied(loop: Loop) -> None:
    item_id = await publish(loop, article("One."), revision("Two."))
    origin = await ask(loop, Kind.ROLLBACK_REVISION, item_id=item_id, to_revision=1)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    own = await loop.decide(origin, loop.decision(proposal, by="ana", role=ApiRole.REVIEWER))
    assert own.effect is DecisionEffect.COUNTED
    assert (await item_of(loop, item_id)).content == article("Two.").content
    await loop.decide(origin, loop.decision(proposal, by="lee"))
    assert (await end(loop, origin)).applied == 1
    head = await item_of(loop, item_id)
    assert (head.revision, head.content) == (3, article("One.").content)


async def test_a_rejected_request_changes_nothing(loop: Loop) -> None:
    item_id = await publish(loop, article("One."))
    origin = await ask(loop, Kind.RETIRE, item_id=item_id)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(proposal, Verdict.REJECT))
    assert (await end(loop, origin)).status is ChangeRequestStatus.DECLINED
    assert (await item_of(loop, item_id)).status is ItemStatus.ACTIVE


async def test_a_retired_item_comes_back_when_it_is_restored(loop: Loop) -> None:
    item_id = await publish(loop, article("One."), revision("One.", operation=Operation.RETIRE))
    origin = await ask(loop, Kind.RESTORE, item_id=item_id)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(proposal))
    assert (await end(loop, origin)).status is ChangeRequestStatus.APPLIED
    head = await item_of(loop, item_id)
    assert (head.status, head.content) == (ItemStatus.ACTIVE, article("One.").content)


async def test_each_item_of_a_release_is_decided_on_by_itself(loop: Loop) -> None:
    kept = await publish(loop, article("One."))
    later = {await publish(loop, article("Two.")), await publish(loop, article("Three."))}
    origin = await ask(loop, Kind.ROLLBACK_RELEASE, to_release=1)
    first = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(first))
    await loop.proposal_in(origin, ProposalStatus.APPLIED)
    other = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    assert {first.change.item_id, other.change.item_id} == later
    await loop.decide(origin, loop.decision(other, Verdict.REJECT))
    result = await end(loop, origin)
    assert (result.status, result.applied) == (ChangeRequestStatus.APPLIED, 1)
    statuses = [(await item_of(loop, item_id)).status for item_id in (kept, *sorted(later))]
    assert statuses.count(ItemStatus.RETIRED) == 1
    assert statuses[0] is ItemStatus.ACTIVE


async def test_requested_changes_come_back_and_an_edit_answers_them(loop: Loop) -> None:
    change = article("Draft.")
    origin = await ask(loop, Kind.EDIT, change=change, content_hash=change.content_hash())
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(proposal, Verdict.REQUEST_CHANGES, by="kim"))
    again = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW, draft=1)
    assert again.content_hash == proposal.content_hash
    await loop.decide(origin, loop.decision(again, edited=article("Better.")))
    assert (await end(loop, origin)).applied == 1
    assert loop.analyst.redrafts == 0


async def test_a_base_that_moved_is_rebased_and_asked_again(loop: Loop) -> None:
    item_id = await publish(loop, article("One."), revision("Two."))
    slow = await ask(loop, Kind.RETIRE, item_id=item_id)
    waiting = await loop.proposal_in(slow, ProposalStatus.IN_REVIEW)
    quick = await ask(loop, Kind.ROLLBACK_REVISION, item_id=item_id, to_revision=1, by="bob")
    back = await loop.proposal_in(quick, ProposalStatus.IN_REVIEW)
    await loop.decide(quick, loop.decision(back))
    await end(loop, quick)

    await loop.decide(slow, loop.decision(waiting))
    rebased = await loop.proposal_in(slow, ProposalStatus.IN_REVIEW, draft=2)
    assert (rebased.change.base_revision, rebased.change.content) == (3, article("One.").content)
    assert (await item_of(loop, item_id)).status is ItemStatus.ACTIVE
    stale = await loop.decide(slow, loop.decision(waiting, by="kim"))
    assert stale.reason is IgnoredBecause.STALE_CONTENT
    await loop.decide(slow, loop.decision(rebased))
    await end(loop, slow)
    assert (await item_of(loop, item_id)).status is ItemStatus.RETIRED


async def test_thirty_days_park_a_request_and_never_approve_it(loop: Loop) -> None:
    item_id = await publish(loop, article("One."))
    origin = await ask(loop, Kind.RETIRE, item_id=item_id)
    await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.pass_time(origin, timedelta(days=30))
    parked = await loop.proposal_in(origin, ProposalStatus.PARKED)
    assert (await request_of(loop, origin)).status is ChangeRequestStatus.PARKED
    assert (await loop.command(origin, parked, CommandKind.REOPEN)).took_effect
    reopened = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(reopened))
    assert (await end(loop, origin)).status is ChangeRequestStatus.APPLIED


async def test_what_an_administrator_forces_happens_at_once(loop: Loop) -> None:
    item_id = await publish(loop, article("One."), revision("Two."))
    origin = await ask(
        loop, Kind.ROLLBACK_REVISION, by="ada", forced=True, item_id=item_id, to_revision=1
    )
    assert (await request_of(loop, origin)).status is ChangeRequestStatus.APPLIED
    assert (await end(loop, origin)).applied == 1
    assert (await item_of(loop, item_id)).content == article("One.").content


async def test_what_moved_before_it_was_forced_stays_and_the_request_has_failed(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise RuntimeError("Temporal is away")

    item_id = await publish(loop, article("One."), revision("Two."))
    with monkeypatch.context() as patch:
        patch.setattr(loop.delivery, "_start", away)
        patch.setattr("api.services.change_requests._FORCED_TAKES", 0)
        origin = await ask(
            loop, Kind.ROLLBACK_REVISION, by="ada", forced=True, item_id=item_id, to_revision=1
        )
    three = revision("Three.", base=2).model_copy(update={"item_id": item_id})
    await publish(loop, three)
    await loop.delivery.start(loop.workspace, origin)
    with pytest.raises(WorkflowFailureError):
        await end(loop, origin)
    request = await request_of(loop, origin)
    assert (request.status, request.error_code) == (ChangeRequestStatus.FAILED, "knowledge_moved")
    assert (await item_of(loop, item_id)).content == article("Three.").content
    async with loop.database.transaction(loop.workspace) as connection:
        entries = await audit.list_audit(
            connection, loop.workspace, subject=f"change_request/{origin.id}"
        )
    failed = [entry for entry in entries if entry.action == "change_request_failed"]
    assert [entry.details["error_code"] for entry in failed] == ["knowledge_moved"]


async def test_a_long_request_continues_as_new_and_forgets_nothing(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.review_loop._MAX_EVENTS", 20)
    item_id = await publish(loop, article("One."))
    origin = await ask(loop, Kind.RETIRE, item_id=item_id)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    first_run = (await loop.handle(origin).describe()).run_id
    for person in ("ann", "bob", "cy"):
        await loop.command(origin, proposal, CommandKind.ASSIGN, assignee=person)
    assert (await loop.handle(origin).describe()).run_id != first_run
    await loop.decide(origin, loop.decision(proposal))
    assert (await end(loop, origin)).applied == 1
    async with loop.database.transaction(loop.workspace) as connection:
        review = await reviews.get_review(connection, loop.workspace, proposal.id)
    assert (review.assignee, review.author) == ("cy", "ana")


async def test_a_click_that_no_workflow_heard_of_is_swept_up(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id = await publish(loop, article("One."))
    origin = await ask(loop, Kind.RETIRE, item_id=item_id)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    decision = loop.decision(proposal)
    await loop.write(origin, decision)
    monkeypatch.setattr("api.delivery._UNSETTLED_AFTER", timedelta(0))
    await loop.set_others_aside()
    await loop.delivery.sweep()
    assert (await loop.settled(origin, decision.id)).effect is DecisionEffect.APPROVED


async def test_a_request_that_temporal_lost_is_started_again(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id = await publish(loop, article("One."))
    origin = await ask(loop, Kind.RETIRE, item_id=item_id)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.forget(origin)
    monkeypatch.setattr("api.delivery._UNFINISHED_AFTER", timedelta(0))
    await loop.set_others_aside()
    await loop.delivery.restore()
    await loop.decide(origin, loop.decision(proposal))
    assert (await end(loop, origin)).applied == 1


async def test_a_request_taken_in_without_temporal_is_started_later(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise RuntimeError("Temporal is away")

    item_id = await publish(loop, article("One."))
    with monkeypatch.context() as patch:
        patch.setattr(loop.delivery, "_start", away)
        origin = await ask(loop, Kind.RETIRE, item_id=item_id)
    async with loop.database.transaction(loop.workspace) as connection:
        await connection.execute("UPDATE outbox SET next_attempt_at = now()")
    await loop.set_others_aside()
    assert await loop.delivery.drain() >= 1
    await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)


async def test_a_decision_after_the_end_is_recorded_as_late(loop: Loop) -> None:
    item_id = await publish(loop, article("One."))
    origin = await ask(loop, Kind.RETIRE, item_id=item_id)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(proposal))
    await end(loop, origin)
    late = await loop.decide(origin, loop.decision(proposal, by="kim"))
    assert late.reason is IgnoredBecause.REVIEW_CLOSED


async def test_the_reason_and_the_words_stay_out_of_the_history(loop: Loop) -> None:
    change = article("Zebediah knows.")
    origin = await ask(loop, Kind.EDIT, change=change, content_hash=change.content_hash())
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(proposal))
    await end(loop, origin)
    history = (await loop.handle(origin).fetch_history()).to_json()
    readable = history + decoded_payloads(json.loads(history))
    assert str(proposal.id) in readable
    assert [word for word in ("Zebediah", "warehouse") if word in readable] == []
