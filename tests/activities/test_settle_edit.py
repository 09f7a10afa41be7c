"""An edit is verified before its approval takes effect; what it makes worse comes back."""

import dataclasses

from activities.apply_proposal import ApplyProposal
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Decision, DecisionEffect, IgnoredBecause, Verdict
from store import reviews
from tests.activities.editing import approve_edit, settle_edit, verify, verify_and_settle_edit
from tests.activities.test_sending_back import Picky, redraft
from tests.activities.world import World, failure
from tests.workflows.scripted import article, policy

_S = ProposalStatus
GOOD = article("It says harbour and quay.")


def only(world: World, wants: str) -> None:
    """Let the agent answer only from an article that says this."""
    world.kit = dataclasses.replace(world.kit, answerer=Picky(wants))


async def fixing(world: World) -> Proposal:
    """Return a verified proposal in review that fixes its own case."""
    only(world, "harbour")
    proposal = await verify(world, await world.in_review(GOOD))
    assert proposal.verification
    assert proposal.verification.fixes_original
    return proposal


async def last_decision(world: World, proposal: Proposal) -> Decision:
    async with world.database.transaction(world.workspace) as connection:
        return (await reviews.list_decisions(connection, world.workspace, proposal.id))[-1]


async def test_until_it_is_verified_an_edit_is_not_approved(world: World) -> None:
    proposal = await fixing(world)
    decision = await world.write(proposal, edit=article("At the harbour."))
    settled = await world.settle(decision)
    assert (settled.effect, settled.status) == (DecisionEffect.PENDING, _S.CHANGES_REQUESTED)
    error = await failure_of_applying(world, proposal)
    assert error == "not_approved"


async def failure_of_applying(world: World, proposal: Proposal) -> str | None:
    return (await failure(ApplyProposal(world.kit).apply_proposal, world.applying(proposal))).type


async def test_an_edit_that_does_as_well_is_approved(world: World) -> None:
    proposal = await fixing(world)
    settled = await approve_edit(world, proposal, article("At the harbour."))
    assert (settled.status, settled.came_back) == (_S.APPROVED, False)
    assert (await last_decision(world, proposal)).effect is DecisionEffect.APPROVED
    assert (await world.apply(proposal)).status is _S.APPLIED


async def test_an_edit_that_loses_its_own_case_comes_back(world: World) -> None:
    proposal = await fixing(world)
    settled = await approve_edit(world, proposal, article("At the airport."))
    assert (settled.status, settled.came_back) == (_S.IN_REVIEW, True)
    now = await world.read(proposal.id)
    assert now.verification
    assert now.verification.setback
    assert now.verification.setback.loses_original
    assert (await last_decision(world, proposal)).reason is IgnoredBecause.EDIT_BREAKS


async def test_what_came_back_can_be_approved_as_it_is(world: World) -> None:
    proposal = await fixing(world)
    await approve_edit(world, proposal, article("At the airport."))
    knowingly = await world.settle(await world.write(await world.read(proposal.id)))
    assert (knowingly.effect, knowingly.status) == (DecisionEffect.APPROVED, _S.APPROVED)


async def test_what_the_reviewer_saw_does_not_bring_an_edit_back(world: World) -> None:
    proposal = await fixing(world)
    await approve_edit(world, proposal, article("At the airport."))
    lost = await world.read(proposal.id)
    settled = await approve_edit(world, lost, article("At the airport, gate two."))
    assert settled.status is _S.APPROVED


async def test_an_edit_that_could_not_be_verified_comes_back(world: World) -> None:
    proposal = await fixing(world)
    decision = await world.write(proposal, edit=article("At the harbour."))
    await world.settle(decision)
    settled = await settle_edit(world, decision)
    assert (settled.status, settled.came_back) == (_S.IN_REVIEW, True)
    assert (await last_decision(world, proposal)).reason is IgnoredBecause.EDIT_NOT_VERIFIED


async def test_a_second_run_says_the_same_and_changes_nothing(world: World) -> None:
    proposal = await fixing(world)
    decision = await world.write(proposal, edit=article("At the airport."))
    settled = await world.settle(decision)
    first = await verify_and_settle_edit(world, decision, settled.seen)
    audited = await world.actions()
    assert await settle_edit(world, decision, settled.seen) == first
    assert await world.actions() == audited


async def test_the_editor_of_a_policy_still_needs_a_second_person(world: World) -> None:
    proposal = await verify(world, await world.in_review(policy()))
    content = proposal.change.content.model_copy(update={"title": "Lost parcels, in Norway"})
    edit = proposal.change.model_copy(update={"content": content})
    settled = await approve_edit(world, proposal, edit)
    assert (settled.status, settled.came_back) == (_S.IN_REVIEW, False)
    assert (await last_decision(world, proposal)).effect is DecisionEffect.COUNTED
    edited = await world.read(proposal.id)
    again = await world.settle(await world.write(edited))
    assert again.reason is IgnoredBecause.ALREADY_APPROVED_BY_THIS_PERSON
    second = await world.settle(await world.write(edited, "rae", ApiRole.REVIEWER))
    assert second.status is _S.APPROVED


async def test_an_edit_of_another_draft_meanwhile_does_not_count(world: World) -> None:
    """An erasure, say, has changed the draft: nobody has approved what is left of it."""
    proposal = await fixing(world)
    decision = await world.write(proposal, edit=article("At the harbour."))
    settled = await world.settle(decision)
    await world.execute("UPDATE proposals SET content_hash = 'other' WHERE id = %s", proposal.id)
    ruled = await settle_edit(world, decision, settled.seen)
    # The workflow opens it anew, and tells people.
    assert (ruled.status, ruled.came_back) == (_S.CHANGES_REQUESTED, False)
    assert (await last_decision(world, proposal)).reason is IgnoredBecause.STALE_CONTENT


async def test_a_stored_edit_is_a_new_draft_in_the_audit(world: World) -> None:
    proposal = await fixing(world)
    await world.settle(await world.write(proposal, edit=article("At the harbour.")))
    assert (await world.actions())[-1] == "proposal_redrafted"


async def test_an_edit_that_a_lost_workflow_has_put_before_people_is_still_ruled_on(
    world: World,
) -> None:
    proposal = await fixing(world)
    decision = await world.write(proposal, edit=article("At the harbour."))
    await world.settle(decision)
    edited = await verify(world, proposal)
    await world.open(edited)
    settled = await world.settle(decision)
    assert (settled.effect, settled.edited) == (DecisionEffect.PENDING, True)
    assert (await settle_edit(world, decision)).status is _S.APPROVED


async def test_one_that_breaks_is_kept_from_going_live_then_too(world: World) -> None:
    proposal = await fixing(world)
    decision = await world.write(proposal, edit=article("At the airport."))
    await world.settle(decision)
    await world.open(await verify(world, proposal))
    await world.settle(decision)
    settled = await settle_edit(world, decision)
    assert (settled.status, settled.came_back) == (_S.IN_REVIEW, True)


async def test_the_same_words_by_somebody_else_are_another_edit(world: World) -> None:
    proposal = await fixing(world)
    late = await world.write(proposal, "rae", ApiRole.REVIEWER, edit=article("At the airport."))
    await approve_edit(world, proposal, article("At the airport."))
    assert (await world.settle(late)).reason is IgnoredBecause.STALE_CONTENT


async def test_words_that_are_the_draft_already_are_no_edit(world: World) -> None:
    draft = await saved(world, await fixing(world), article("At the harbour."))
    await world.open(draft)
    settled = await world.settle(await world.write(draft, edit=draft.change))
    assert (settled.effect, settled.edited) == (DecisionEffect.APPROVED, False)


async def saved(world: World, proposal: Proposal, edit: Change) -> Proposal:
    decision = await world.write(
        proposal, verdict=Verdict.REQUEST_CHANGES, comment="Shorter.", edit=edit
    )
    assert not (await world.settle(decision)).edited
    return await world.read(proposal.id)


async def test_a_saved_edit_is_the_next_draft_and_nobodys_approval(world: World) -> None:
    proposal = await fixing(world)
    draft = await saved(world, proposal, article("At the harbour."))
    assert (draft.status, draft.draft, draft.drafted_by) == (_S.CHANGES_REQUESTED, 2, "lee")
    assert draft.change == article("At the harbour.")
    async with world.database.transaction(world.workspace) as connection:
        approvals = await reviews.list_approvals(
            connection, world.workspace, proposal.id, draft.content_hash
        )
    assert approvals == []


async def test_a_saved_edit_is_not_drafted_anew_by_the_analyst(world: World) -> None:
    draft = await saved(world, await fixing(world), article("At the harbour."))
    await redraft(world, draft)
    assert (await world.read(draft.id)).change == article("At the harbour.")
    assert world.analyst.redrafts == 0
