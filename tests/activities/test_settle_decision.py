import asyncio
import dataclasses
from uuid import uuid4

import pytest

from activities.settle_decision import SettleDecision, SettleDecisionInput
from domain.base import JsonObject
from domain.identity import ApiRole
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from domain.reviews import DecisionEffect, IgnoredBecause, Verdict
from store import proposals, reviews, workspaces
from tests.activities.editing import verify_and_settle_edit
from tests.activities.world import AwayDatabase, World, failure, run
from tests.api.rows import adding
from tests.workflows.scripted import article, policy

_S, _E, _R = ProposalStatus, DecisionEffect, IgnoredBecause


async def test_one_approval_approves_an_article(world: World) -> None:
    proposal = await world.in_review()
    settled = await world.settle(await world.write(proposal))
    assert (settled.effect, settled.status) == (_E.APPROVED, _S.APPROVED)


async def test_a_policy_needs_a_second_person(world: World) -> None:
    proposal = await world.in_review(policy())
    effects = [
        (await world.settle(await world.write(proposal, by, role))).effect
        for by, role in (
            ("lee", ApiRole.LEAD),
            ("Lee ", ApiRole.ADMIN),
            ("rae", ApiRole.REVIEWER),
        )
    ]
    assert effects == [_E.COUNTED, _E.IGNORED, _E.APPROVED]


async def test_the_author_alone_approves_nothing(world: World) -> None:
    proposal = await world.in_review()
    settled = await world.settle(await world.write(proposal, "dana"))
    assert settled.effect is _E.COUNTED
    assert (await world.read(proposal.id)).status is _S.IN_REVIEW


@pytest.mark.parametrize(
    ("verdict", "effect", "status"),
    [
        (Verdict.REJECT, _E.REJECTED, _S.REJECTED),
        (Verdict.REQUEST_CHANGES, _E.CHANGES_REQUESTED, _S.CHANGES_REQUESTED),
    ],
)
async def test_one_person_rejects_or_asks_for_changes(
    world: World, verdict: Verdict, effect: DecisionEffect, status: ProposalStatus
) -> None:
    proposal = await world.in_review(policy())
    settled = await world.settle(await world.write(proposal, verdict=verdict))
    assert (settled.effect, settled.status) == (effect, status)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content_hash": "stale"}, _R.STALE_CONTENT),
        ({"role": ApiRole.INTEGRATION}, _R.NOT_ALLOWED),
        ({"role": ApiRole.AGENT}, _R.NOT_ALLOWED),
        ({"edit": adding("x", ItemKind.POLICY)}, _R.INVALID_EDIT),
        ({"edit": adding("Write to jane.roe@example.com.")}, _R.PERSONAL_DATA),
    ],
)
async def test_a_decision_without_effect_is_kept_with_its_reason(
    world: World, changes: dict[str, object], reason: IgnoredBecause
) -> None:
    proposal = await world.in_review()
    decision = await world.write(proposal, **changes)  # pyright: ignore[reportArgumentType]
    settled = await world.settle(decision)
    assert (settled.effect, settled.reason) == (_E.IGNORED, reason)
    assert await world.read(proposal.id) == proposal
    assert "decision_ignored" in await world.actions()


async def test_a_late_decision_is_kept_with_its_reason(world: World) -> None:
    proposal = await world.in_review()
    await world.settle(await world.write(proposal, verdict=Verdict.REJECT))
    settled = await world.settle(await world.write(proposal, "rae"))
    assert settled.reason is _R.REVIEW_CLOSED
    assert (await world.read(proposal.id)).status is _S.REJECTED


async def test_a_second_run_says_the_same_and_changes_nothing(world: World) -> None:
    proposal = await world.in_review()
    decision = await world.write(proposal)
    first = await world.settle(decision)
    audited = await world.actions()
    assert await world.settle(decision) == first
    assert await world.actions() == audited


async def test_a_second_run_still_tells_of_the_edit(world: World) -> None:
    """Otherwise a lost result would leave the edited draft without its verification."""
    proposal = await world.in_review(policy())
    edit = policy().model_copy(
        update={"content": policy().content.model_copy(update={"rule": "x"})}
    )
    decision = await world.write(proposal, edit=edit)
    first = await world.settle(decision)
    again = await world.settle(decision)
    assert first.edited
    assert again == first.model_copy(update={"seen": None})
    assert (await world.read(proposal.id)).draft == 2


async def test_eight_runs_at_once_count_once(world: World) -> None:
    proposal = await world.in_review(policy())
    decision = await world.write(proposal)
    settled = await asyncio.gather(*(world.settle(decision) for _ in range(8)))
    assert {result.effect for result in settled} == {_E.COUNTED}
    assert (await world.actions()).count("decision_counted") == 1


async def test_of_conflicting_decisions_at_once_the_first_closes_the_review(world: World) -> None:
    proposal = await world.in_review()
    decisions = [
        await world.write(proposal, f"p{n}", verdict=verdict)
        for n, verdict in enumerate([Verdict.APPROVE, Verdict.REJECT] * 4)
    ]
    settled = await asyncio.gather(*map(world.settle, decisions))
    closing = [result for result in settled if result.effect is not _E.IGNORED]
    assert len(closing) == 1
    assert (await world.read(proposal.id)).status is closing[0].status


async def test_an_edit_is_the_next_draft_and_takes_older_approvals_away(world: World) -> None:
    proposal = await world.in_review(policy())
    await world.settle(await world.write(proposal, "rae", ApiRole.REVIEWER))
    content = proposal.change.content.model_copy(update={"title": "Lost parcels, in Norway"})
    edit = proposal.change.model_copy(update={"content": content})
    decision = await world.write(proposal, edit=edit)
    settled = await world.settle(decision)
    assert (settled.effect, settled.edited) == (_E.PENDING, True)
    await verify_and_settle_edit(world, decision)
    now = await world.read(proposal.id)
    assert (now.content_hash, now.draft, now.title) == (edit.content_hash(), 2, content.title)
    async with world.database.transaction(world.workspace) as connection:
        approvals = await reviews.list_approvals(
            connection, world.workspace, proposal.id, now.content_hash
        )
        old = await reviews.list_approvals(
            connection, world.workspace, proposal.id, proposal.content_hash
        )
        drafts = await proposals.list_drafts(connection, world.workspace, proposal.id)
    assert ([a.by for a in approvals], old) == (["lee"], [])
    assert [draft.drafted_by for draft in drafts] == ["scripted", "lee"]


async def test_an_edit_of_a_stale_draft_changes_nothing(world: World) -> None:
    proposal = await world.in_review()
    await world.settle(
        await world.write(proposal, content_hash="stale", edit=article("Refund everyone."))
    )
    assert await world.read(proposal.id) == proposal


async def test_a_decision_that_was_never_written_is_audited(world: World) -> None:
    proposal = await world.in_review()
    task = SettleDecisionInput(
        workspace=world.workspace, proposal_id=proposal.id, decision_id=uuid4()
    )
    settled = await run(SettleDecision(world.kit).settle_decision, task)
    assert settled.reason is _R.UNKNOWN_DECISION
    assert (await world.actions())[-1] == "decision_ignored"


async def test_a_decision_on_another_proposal_is_not_taken_for_this_one(world: World) -> None:
    one = await world.in_review()
    other = await world.in_review(article("Something else entirely: ask the harbour office."))
    decision = await world.write(one)
    settled = await world.settle(decision.model_copy(update={"proposal_id": other.id}))
    assert settled.reason is _R.UNKNOWN_DECISION
    assert (await world.read(other.id)).status is _S.IN_REVIEW


async def test_while_the_database_is_away_the_decision_waits(world: World) -> None:
    proposal = await world.in_review()
    decision = await world.write(proposal)
    away = SettleDecision(dataclasses.replace(world.kit, database=AwayDatabase("postgresql://x")))
    task = SettleDecisionInput(
        workspace=world.workspace, proposal_id=proposal.id, decision_id=decision.id
    )
    error = await failure(away.settle_decision, task)
    assert (error.type, error.non_retryable) == ("database_unavailable", False)
    assert (await world.settle(decision)).effect is _E.APPROVED


async def test_nobody_approves_personal_data_that_stands_in_the_draft(world: World) -> None:
    proposal = await world.in_review(article("Write to jane.roe@example.com."))
    settled = await world.settle(await world.write(proposal))
    assert (settled.effect, settled.reason) == (_E.IGNORED, _R.PERSONAL_DATA)
    assert await world.read(proposal.id) == proposal


async def test_what_the_workspace_has_as_public_can_be_approved(world: World) -> None:
    proposal = await world.in_review(article("Write to jane.roe@example.com."))
    async with world.database.transaction(world.workspace) as connection:
        changed: JsonObject = {"public_texts": ["jane.roe@example.com"]}
        await workspaces.change_settings(connection, world.workspace, changed)
    assert (await world.settle(await world.write(proposal))).effect is _E.APPROVED


async def test_personal_data_may_be_rejected(world: World) -> None:
    proposal = await world.in_review(article("Write to jane.roe@example.com."))
    settled = await world.settle(await world.write(proposal, verdict=Verdict.REJECT))
    assert settled.effect is _E.REJECTED
