"""Edits on real servers: verified before their approval takes effect, or back before people."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.cases import AskResult, Knowledge
from domain.conversation import InterventionStatus
from domain.identity import ApiRole
from domain.knowledge import Change, Item
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import DecisionEffect, IgnoredBecause, Verdict
from store import knowledge
from store.database import Database
from tests.activities.test_sending_back import Picky
from tests.workflows.conftest import running_loop
from tests.workflows.harness import Loop
from tests.workflows.scripted import ScriptedAnalyst, article, policy

HARBOUR = article("At the harbour.")
AIRPORT = article("At the airport.")


@pytest.fixture
async def picky(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> AsyncGenerator[Loop]:
    """The loop with an agent that answers only from what names the harbour."""
    scripted = ScriptedAnalyst()
    scripted.change = lambda _: article("Ask at the harbour, please.")
    async with running_loop(
        environment, database, workspace, scripted=scripted, answerer=Picky("harbour")
    ) as loop:
        yield loop


async def items(loop: Loop) -> list[Item]:
    async with loop.database.transaction(loop.workspace) as connection:
        return list(await knowledge.list_items(connection, loop.workspace))


def is_verified(proposal: Proposal) -> bool:
    proof = proposal.verification
    return proof is not None and proof.content_hash == proposal.content_hash


async def test_an_edit_goes_live_with_a_proof_of_its_own(picky: Loop) -> None:
    of, proposal = await picky.reviewable()
    decided = await picky.decide(of, picky.decision(proposal, edited=HARBOUR))
    assert await picky.end(of) is InterventionStatus.LEARNED
    applied = await picky.proposal_in(of, ProposalStatus.APPLIED, draft=2)
    assert decided.effect is DecisionEffect.APPROVED
    assert is_verified(applied)
    assert [item.content for item in await items(picky)] == [HARBOUR.content]


async def test_an_edit_that_breaks_comes_back_and_can_be_approved_knowingly(picky: Loop) -> None:
    of, proposal = await picky.reviewable()
    decided = await picky.decide(of, picky.decision(proposal, edited=AIRPORT))
    back = await picky.proposal_in(of, ProposalStatus.IN_REVIEW, draft=2)
    assert decided.reason is IgnoredBecause.EDIT_BREAKS
    assert back.verification
    assert back.verification.setback
    assert await items(picky) == []
    await picky.decide(of, picky.decision(back))
    assert await picky.end(of) is InterventionStatus.LEARNED
    assert [item.content for item in await items(picky)] == [AIRPORT.content]


async def test_people_are_told_that_an_edit_came_back(picky: Loop) -> None:
    of, proposal = await picky.reviewable()
    await picky.decide(of, picky.decision(proposal, edited=AIRPORT))
    back = await picky.proposal_in(of, ProposalStatus.IN_REVIEW, draft=2)
    await picky.decide(of, picky.decision(back, Verdict.REJECT))
    await picky.end(of)
    assert [told.occasion for told in picky.told] == ["opened", "came_back"]


class Slow(Picky):
    """Picks what it answers from; waits once an article names the harbour alone."""

    def __init__(self) -> None:
        """Wait until it is released."""
        super().__init__("harbour")
        self.reading, self.released = asyncio.Event(), asyncio.Event()

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Answer, once it may."""
        hits = await knowledge.search(query, k=1)
        if any(hit.item.content == HARBOUR.content for hit in hits):
            self.reading.set()
            await self.released.wait()
        return await super().answer(query, knowledge)


async def test_an_edit_whose_workflow_is_lost_while_it_is_verified_goes_live(
    environment: WorkflowEnvironment,
    database: Database,
    workspace: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.delivery._UNSETTLED_AFTER", timedelta(0))
    slow, scripted = Slow(), ScriptedAnalyst()
    scripted.change = lambda _: article("Ask at the harbour, please.")
    async with running_loop(
        environment, database, workspace, scripted=scripted, answerer=slow
    ) as loop:
        of, proposal = await loop.reviewable()
        decision = loop.decision(proposal, edited=HARBOUR)
        await loop.write(of, decision)
        await loop.signal(of, decision)
        await slow.reading.wait()
        await loop.handle(of).terminate("lost")
        slow.released.set()
        await loop.set_others_aside()
        await loop.delivery.sweep()
        assert (await loop.settled(of, decision.id)).effect is DecisionEffect.APPROVED
        assert await loop.end(of) is InterventionStatus.LEARNED
        assert [item.content for item in await items(loop)] == [HARBOUR.content]


async def test_a_saved_edit_comes_back_word_for_word_with_its_proof(picky: Loop) -> None:
    of, proposal = await picky.reviewable()
    saving = picky.decision(proposal, Verdict.REQUEST_CHANGES, edited=HARBOUR)
    assert (await picky.decide(of, saving)).effect is DecisionEffect.CHANGES_REQUESTED
    draft = await picky.proposal_in(of, ProposalStatus.IN_REVIEW, draft=2)
    assert draft.change == HARBOUR
    assert is_verified(draft)
    assert picky.analyst.redrafts == 0
    assert await items(picky) == []
    await picky.decide(of, picky.decision(draft))
    assert await picky.end(of) is InterventionStatus.LEARNED


def renamed(change: Change) -> Change:
    content = change.content.model_copy(update={"title": "Lost parcels, in Norway"})
    return change.model_copy(update={"content": content})


async def test_two_people_approve_the_edited_policy(loop: Loop) -> None:
    loop.analyst.change = lambda _: policy()
    of, proposal = await loop.reviewable()
    first = await loop.decide(of, loop.decision(proposal, by="rae", role=ApiRole.REVIEWER))
    edit = await loop.decide(of, loop.decision(proposal, edited=renamed(policy())))
    edited = await loop.proposal_in(of, ProposalStatus.IN_REVIEW, draft=2)
    again = await loop.decide(of, loop.decision(edited))
    assert (first.effect, edit.effect) == (DecisionEffect.COUNTED, DecisionEffect.COUNTED)
    assert again.reason is IgnoredBecause.ALREADY_APPROVED_BY_THIS_PERSON
    assert await items(loop) == []
    await loop.decide(of, loop.decision(edited, by="rae", role=ApiRole.REVIEWER))
    assert await loop.end(of) is InterventionStatus.LEARNED
    assert [item.content.title for item in await items(loop)] == ["Lost parcels, in Norway"]
