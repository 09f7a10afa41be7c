"""Records the histories that `test_histories.py` replays, when `RECORD_HISTORIES=1` is set.

Record anew only for a change of the workflow that is gated by `workflow.patched`, or before the
first release: a stored history stands for a review that is under way somewhere.
"""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.settle_decision import SettleDecisionResult
from domain.change_requests import ChangeRequestKind
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.proposals import Origin, Proposal, ProposalStatus
from domain.reviews import CommandKind, Decision, DecisionEffect, Ruling, Verdict
from domain.sending_back import OPENING
from store import reviews
from store.database import Connection, Database
from tests.activities.test_sending_back import Picky
from tests.workflows.asking import ask, end, publish, revision
from tests.workflows.conftest import running_loop
from tests.workflows.harness import Loop
from tests.workflows.scripted import ScriptedAnalyst, article, policy
from tests.workflows.test_drift import check, failing, switch_on
from workflows.drift_input import workflow_id_of_checkup

FOLDER = Path(__file__).parent / "histories"
pytestmark = pytest.mark.skipif(
    "RECORD_HISTORIES" not in os.environ, reason="records only when RECORD_HISTORIES=1 is set"
)


async def _record(loop: Loop, of: UUID | Origin, name: str) -> None:
    history = await loop.handle(of).fetch_history()
    await asyncio.to_thread((FOLDER / f"{name}.json").write_text, history.to_json())


async def test_record_applied(loop: Loop) -> None:
    loop.analyst.change = lambda _: policy()
    intervention_id, proposal = await loop.reviewable()
    await loop.command(intervention_id, proposal, CommandKind.CLAIM)
    await loop.decide(intervention_id, loop.decision(proposal, by="rae", role=ApiRole.REVIEWER))
    await loop.decide(intervention_id, loop.decision(proposal))
    await loop.end(intervention_id)
    await _record(loop, intervention_id, "applied")


async def test_record_rejected(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    await loop.decide(intervention_id, loop.decision(proposal, Verdict.REJECT))
    await loop.end(intervention_id)
    await _record(loop, intervention_id, "rejected")


async def test_record_redrafted(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable()
    await loop.decide(intervention_id, loop.decision(proposal, Verdict.REQUEST_CHANGES))
    again = await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW, draft=2)
    await loop.decide(intervention_id, loop.decision(again))
    await loop.end(intervention_id)
    await _record(loop, intervention_id, "redrafted")


async def test_record_parked(loop: Loop) -> None:
    intervention_id, _ = await loop.reviewable()
    await loop.pass_time(intervention_id, timedelta(days=30))
    parked = await loop.proposal_in(intervention_id, ProposalStatus.PARKED)
    await loop.command(intervention_id, parked, CommandKind.REOPEN)
    await _record(loop, intervention_id, "parked")


async def test_record_sent_back(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    async with running_loop(
        environment, database, workspace, scripted=ScriptedAnalyst(), answerer=Picky(OPENING)
    ) as loop:
        intervention_id, proposal = await loop.reviewable()
        await loop.decide(intervention_id, loop.decision(proposal))
        await loop.end(intervention_id)
        await _record(loop, intervention_id, "sent_back")


async def test_record_edited(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    """A saved edit, one that came back, and one that went live."""
    scripted = ScriptedAnalyst()
    scripted.change = lambda _: article("Ask at the harbour, please.")
    async with running_loop(
        environment, database, workspace, scripted=scripted, answerer=Picky("harbour")
    ) as loop:
        of, proposal = await loop.reviewable()
        saving = loop.decision(
            proposal, Verdict.REQUEST_CHANGES, edited=article("Ask at the harbour.")
        )
        await loop.decide(of, saving)
        saved = await loop.proposal_in(of, ProposalStatus.IN_REVIEW, draft=2)
        await loop.decide(of, loop.decision(saved, edited=article("Ask at the airport.")))
        back = await loop.proposal_in(of, ProposalStatus.IN_REVIEW, draft=3)
        await loop.decide(of, loop.decision(back, edited=article("At the harbour office.")))
        await loop.end(of)
        await _record(loop, of, "edited")


async def test_record_edited_across(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit whose approval counted before its proof, as it once did, and one of today."""
    loop.analyst.change = lambda _: policy()
    of, proposal = await loop.reviewable()
    with monkeypatch.context() as patch:
        patch.setattr("activities.settle_decision._await_proof", _count_at_once)
        await loop.decide(of, loop.decision(proposal, edited=titled("Lost parcels, by sea")))
    edited = await loop.proposal_in(of, ProposalStatus.IN_REVIEW, draft=2)
    renamed = loop.decision(edited, edited=titled("Lost parcels, in Norway"))
    assert (await loop.decide(of, renamed)).effect is DecisionEffect.COUNTED
    last = await loop.proposal_in(of, ProposalStatus.IN_REVIEW, draft=3)
    await loop.decide(of, loop.decision(last, by="rae", role=ApiRole.REVIEWER))
    await loop.end(of)
    await _record(loop, of, "edited_across")


async def _count_at_once(
    connection: Connection, workspace: str, proposal: Proposal, decision: Decision
) -> SettleDecisionResult:
    ruling = Ruling(effect=DecisionEffect.COUNTED)
    await reviews.settle_decision(connection, workspace, decision.id, ruling)
    return SettleDecisionResult(effect=ruling.effect, status=proposal.status, edited=True)


def titled(title: str) -> Change:
    """Return a policy by this name."""
    content = policy().content.model_copy(update={"title": title})
    return policy().model_copy(update={"content": content})


async def test_record_change_request(loop: Loop) -> None:
    item_id = await publish(loop, article("One."))
    origin = await ask(loop, ChangeRequestKind.RETIRE, item_id=item_id)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.command(origin, proposal, CommandKind.CLAIM)
    await loop.decide(origin, loop.decision(proposal, Verdict.REQUEST_CHANGES))
    await loop.decide(origin, loop.decision(proposal))
    await end(loop, origin)
    await _record(loop, origin, "change_request")


async def test_record_forced(loop: Loop) -> None:
    item_id = await publish(loop, article("One."), revision("Two."))
    origin = await ask(
        loop, ChangeRequestKind.ROLLBACK_REVISION, forced=True, item_id=item_id, to_revision=1
    )
    await end(loop, origin)
    await _record(loop, origin, "forced")


async def test_record_quarantined_and_asked(loop: Loop) -> None:
    await switch_on(loop)
    await failing(loop)
    await check(loop)
    client = loop.environment.client
    handle = client.get_workflow_handle(workflow_id_of_checkup(loop.workspace))
    history = await handle.fetch_history()
    await asyncio.to_thread((FOLDER / "quarantined_and_asked.json").write_text, history.to_json())
