"""What people ask for: begun, reviewed without its author alone, forced by administrators only."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities import force_changes
from activities.apply_proposal import ApplyProposal
from activities.begin_change_request import BeginChangeRequest, BeginInput
from activities.close_change_request import CloseChangeRequest, CloseRequestInput
from activities.embedding import PassageText, embed_passages
from activities.force_changes import ForceChanges, ForceInput
from activities.kit import Kit
from activities.redraft_proposal import RedraftInput, RedraftProposal
from activities.verify_proposal import VerifyInput, VerifyProposal
from activities.wanted_changes import wanted_changes
from domain.cases import Case
from domain.change_requests import (
    ChangeRequest,
    ChangeRequestKind,
    ChangeRequestMode,
    ChangeRequestStatus,
    NewChangeRequest,
    Target,
)
from domain.errors import DomainError
from domain.identity import ApiRole
from domain.knowledge import Change, ItemKind, ItemStatus, Operation, Revision
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import DecisionEffect, Verdict
from store import audit, change_requests, knowledge, publishing
from store.change_requests import RequestedProposal
from tests.activities.world import World, failure, run
from tests.api.rows import Rows, adding, revising
from tests.domain.builders import submission

TO_REVISION = ChangeRequestKind.ROLLBACK_REVISION
TO_RELEASE = ChangeRequestKind.ROLLBACK_RELEASE


@pytest.fixture
def rows(world: World) -> Rows:
    """Publishes items as an import would."""
    return Rows(world.database, world.workspace)


def retiring(item_id: UUID, base: int = 1, text: str = "One.") -> Change:
    fields = {"operation": Operation.RETIRE, "item_id": item_id, "base_revision": base}
    return adding(text).model_copy(update=fields)


async def asked(
    world: World,
    *changes: Change,
    kind: ChangeRequestKind = ChangeRequestKind.EDIT,
    forced: bool = False,
    **target: Any,
) -> NewChangeRequest:
    """Store what ana asks for, or ada forces, as the API does."""
    new = NewChangeRequest(
        id=uuid4(),
        kind=kind,
        mode=ChangeRequestMode.FORCED if forced else ChangeRequestMode.REVIEWED,
        requested_by="ada" if forced else "ana",
        role=ApiRole.ADMIN if forced else ApiRole.REVIEWER,
        reason="The warehouse has moved.",
        target=Target.model_validate(target or {"content_hash": uuid4().hex}),
    )
    async with world.database.transaction(world.workspace) as connection:
        seen = changes
        with suppress(DomainError):
            if forced:
                seen = tuple((await wanted_changes(connection, world.workspace, new)).changes)
        assert await change_requests.insert_request(connection, world.workspace, new, seen)
        for index, change in enumerate(changes):
            proposal = RequestedProposal(
                id=uuid4(),
                request_id=new.id,
                index=index,
                title=change.content.title,
                change=change,
                reason=new.reason,
                requested_by=new.requested_by,
            )
            await change_requests.insert_proposal(connection, world.workspace, proposal)
    return new


async def proposal_of(world: World, request: NewChangeRequest) -> Proposal:
    async with world.database.transaction(world.workspace) as connection:
        found = await change_requests.list_proposals(connection, world.workspace, request.id)
    return found[0]


async def in_review(world: World, change: Change) -> Proposal:
    """Return the proposal of what ana asks for, once people may decide on it."""
    proposal = await proposal_of(world, await asked(world, change))
    await world.open(proposal)
    return await world.read(proposal.id)


async def read(world: World, request: NewChangeRequest) -> ChangeRequest:
    async with world.database.transaction(world.workspace) as connection:
        return await change_requests.get_request(connection, world.workspace, request.id)


async def revisions(world: World, item_id: UUID) -> list[Revision]:
    async with world.database.transaction(world.workspace) as connection:
        return await knowledge.list_revisions(connection, world.workspace, item_id)


async def force(world: World, request: NewChangeRequest) -> int:
    task = ForceInput(workspace=world.workspace, request_id=request.id)
    return (await run(ForceChanges(world.kit).force_changes, task)).applied


async def refusal(world: World, request: NewChangeRequest) -> str | None:
    task = ForceInput(workspace=world.workspace, request_id=request.id)
    failed = await failure(ForceChanges(world.kit).force_changes, task)
    assert failed.non_retryable
    return failed.type


async def redraft(world: World, proposal: Proposal) -> Proposal:
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(RedraftProposal(world.kit).redraft_proposal, task)
    return await world.read(proposal.id)


async def test_a_request_begins_with_the_proposals_that_were_stored_with_it(world: World) -> None:
    request = await asked(world, adding("One."), adding("Two.", ItemKind.POLICY))
    task = BeginInput(workspace=world.workspace, request_id=request.id)
    begun = await run(BeginChangeRequest(world.kit).begin_change_request, task)
    assert begun.mode is ChangeRequestMode.REVIEWED
    assert [(own.status, own.gap, own.kind) for own in begun.own] == [
        (ProposalStatus.DRAFTING, None, ItemKind.ARTICLE),
        (ProposalStatus.DRAFTING, None, ItemKind.POLICY),
    ]


async def test_who_asked_is_never_the_only_approver(world: World) -> None:
    proposal = await in_review(world, adding())
    own = await world.settle(await world.write(proposal, by="Ana "))
    assert (own.effect, own.status) == (DecisionEffect.COUNTED, ProposalStatus.IN_REVIEW)
    refused = await failure(ApplyProposal(world.kit).apply_proposal, world.applying(proposal))
    assert refused.type == "not_approved"
    other = await world.settle(await world.write(proposal, by="lee"))
    assert other.effect is DecisionEffect.APPROVED


async def test_an_approved_request_says_where_its_revision_comes_from(
    world: World, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("One."))
    proposal = await in_review(world, retiring(item_id))
    await world.settle(await world.write(proposal, by="lee"))
    for _ in range(2):
        applied = await world.apply(proposal)
        assert (applied.status, applied.release) == (ProposalStatus.APPLIED, 2)
    head = (await revisions(world, item_id))[-1]
    assert (head.number, head.operation) == (2, Operation.RETIRE)
    assert (head.request_id, head.intervention_id) == (proposal.request_id, None)
    assert head.approved_by == ("lee",)


async def test_requested_changes_bring_a_request_back_as_it_was(world: World) -> None:
    proposal = await in_review(world, adding())
    await world.settle(await world.write(proposal, verdict=Verdict.REQUEST_CHANGES))
    again = await redraft(world, proposal)
    assert again.status is ProposalStatus.CHANGES_REQUESTED
    assert (again.draft, again.content_hash) == (1, proposal.content_hash)
    await world.open(again)
    assert (await world.read(proposal.id)).status is ProposalStatus.IN_REVIEW
    assert world.analyst.redrafts == 0


async def conflicted(world: World, proposal: Proposal) -> Proposal:
    await world.settle(await world.write(proposal, by="lee"))
    assert (await world.apply(proposal)).status is ProposalStatus.CONFLICTED
    return await redraft(world, proposal)


async def test_a_request_whose_base_moved_is_rebased_and_asked_again(
    world: World, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("One."))
    proposal = await in_review(world, revising(item_id, "Mine."))
    moved = adding("One.").content.model_copy(update={"title": "Moved"})
    await rows.item(revising(item_id, "One.").model_copy(update={"content": moved}))
    rebased = await conflicted(world, proposal)
    assert (rebased.status, rebased.draft) == (ProposalStatus.CONFLICTED, 2)
    assert rebased.change.base_revision == 2
    mine = revising(item_id, "Mine.").content.model_copy(update={"title": "Moved"})
    assert rebased.change.content == mine


async def test_a_request_that_came_true_meanwhile_is_superseded(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    proposal = await in_review(world, revising(item_id, "Mine."))
    await rows.item(revising(item_id, "Mine."))
    assert (await conflicted(world, proposal)).status is ProposalStatus.SUPERSEDED


async def test_a_restored_item_is_active_again(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    await rows.item(retiring(item_id))
    proposal = await in_review(world, revising(item_id, "One.", base=2))
    await world.settle(await world.write(proposal, by="lee"))
    assert (await world.apply(proposal)).status is ProposalStatus.APPLIED
    async with world.database.transaction(world.workspace) as connection:
        item = await knowledge.get_item(connection, world.workspace, item_id)
    assert (item.status, item.revision) == (ItemStatus.ACTIVE, 3)


async def test_a_request_is_verified_with_past_asks_alone(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    past = await world.analyzed()
    proposal = await proposal_of(world, await asked(world, retiring(item_id)))
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(VerifyProposal(world.kit).verify_proposal, task)
    verification = (await world.read(proposal.id)).verification
    assert verification is not None
    assert [case.intervention_id for case in verification.cases] == [past]
    assert not any(case.is_original for case in verification.cases)


async def test_the_end_of_a_request_is_recorded_once(world: World) -> None:
    request = await asked(world, adding())
    task = CloseRequestInput(
        workspace=world.workspace, request_id=request.id, status=ChangeRequestStatus.DECLINED
    )
    for _ in range(2):
        await run(CloseChangeRequest(world.kit).close_change_request, task)
    assert (await read(world, request)).status is ChangeRequestStatus.DECLINED
    assert (await world.actions()).count("change_request_declined") == 1


async def test_what_was_made_before_its_workflow_was_cancelled_stays_applied(
    world: World, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    request = await asked(world, kind=TO_REVISION, forced=True, item_id=item_id, to_revision=1)
    await force(world, request)
    task = CloseRequestInput(
        workspace=world.workspace,
        request_id=request.id,
        status=ChangeRequestStatus.FAILED,
        error_code="CancelledError",
    )
    await run(CloseChangeRequest(world.kit).close_change_request, task)
    found = await read(world, request)
    assert (found.status, found.error_code) == (ChangeRequestStatus.APPLIED, None)
    assert "change_request_failed" not in await world.actions()


async def test_a_forced_rollback_of_a_release_makes_all_changes_once(
    world: World, rows: Rows
) -> None:
    kept, _ = await rows.item(adding("Kept."))
    changed, release = await rows.item(adding("One."))
    await rows.item(revising(changed, "Two."))
    added, newest = await rows.item(adding("New."))
    request = await asked(world, kind=TO_RELEASE, forced=True, to_release=release)

    applied = await asyncio.gather(*(force(world, request) for _ in range(3)))
    assert applied == [2, 2, 2]
    assert (await read(world, request)).status is ChangeRequestStatus.APPLIED
    assert [r.number for r in await revisions(world, kept)] == [1]
    back, gone = (await revisions(world, changed))[-1], (await revisions(world, added))[-1]
    assert (back.number, back.content) == (3, adding("One.").content)
    assert (gone.number, gone.operation) == (2, Operation.RETIRE)
    assert {back.release, gone.release} == {newest + 1, newest + 2}
    assert (back.approved_by, back.request_id) == (("ada",), request.id)


async def test_what_is_forced_is_audited_with_who_and_why(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    request = await asked(world, kind=TO_REVISION, forced=True, item_id=item_id, to_revision=1)
    await force(world, request)
    async with world.database.transaction(world.workspace) as connection:
        [entry] = await audit.list_audit(connection, world.workspace, subject=f"item/{item_id}")
    assert (entry.actor, entry.action) == ("ada", "change_forced")
    assert (entry.details["request_id"], entry.details["release"]) == (str(request.id), 3)
    assert entry.details.keys() == {"release", "request_id", "kind", "content_hash"}
    assert (await read(world, request)).reason == "The warehouse has moved."


async def test_what_is_only_asked_for_cannot_be_forced(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    request = await asked(world, kind=TO_REVISION, item_id=item_id, to_revision=1)
    assert await refusal(world, request) == "not_approved"
    assert len(await revisions(world, item_id)) == 2


async def test_forcing_what_has_come_about_changes_nothing(world: World, rows: Rows) -> None:
    item_id, release = await rows.item(adding("One."))
    request = await asked(world, kind=TO_RELEASE, forced=True, to_release=release)
    assert await refusal(world, request) == "nothing_to_change"
    assert len(await revisions(world, item_id)) == 1


async def test_what_has_moved_since_it_was_forced_is_not_overwritten_unseen(
    world: World, rows: Rows
) -> None:
    """The worker was away, and an approval was applied before what was forced."""
    item_id, release = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    one = await asked(world, kind=TO_REVISION, forced=True, item_id=item_id, to_revision=1)
    every = await asked(world, kind=TO_RELEASE, forced=True, to_release=release)
    await rows.item(revising(item_id, "Approved by two.", base=2))
    for request in (one, every):
        assert await refusal(world, request) == "knowledge_moved"
        assert (await read(world, request)).status is ChangeRequestStatus.RECEIVED
    assert (await revisions(world, item_id))[-1].content == adding("Approved by two.").content
    assert "change_forced" not in await world.actions()


async def test_what_moves_while_it_is_embedded_is_not_overwritten_either(
    world: World, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id, _ = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    request = await asked(world, kind=TO_REVISION, forced=True, item_id=item_id, to_revision=1)

    async def overtaken(kit: Kit, texts: Sequence[PassageText]) -> list[publishing.Passage]:
        await rows.item(revising(item_id, "Three.", base=2))
        return await embed_passages(kit, texts)

    monkeypatch.setattr(force_changes, "embed_passages", overtaken)
    assert await refusal(world, request) == "knowledge_moved"
    assert len(await revisions(world, item_id)) == 3


async def test_what_moved_elsewhere_does_not_keep_an_item_from_being_forced(
    world: World, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    request = await asked(world, kind=TO_REVISION, forced=True, item_id=item_id, to_revision=1)
    await rows.item(adding("Another."))
    assert [await force(world, request) for _ in range(2)] == [1, 1]
    assert [r.number for r in await revisions(world, item_id)] == [1, 2, 3]


async def test_what_has_failed_is_not_forced_later(world: World, rows: Rows) -> None:
    """The administrator was told so; Temporal may be told of the start once more."""
    item_id, release = await rows.item(adding("One."))
    request = await asked(world, kind=TO_RELEASE, forced=True, to_release=release)
    task = CloseRequestInput(
        workspace=world.workspace, request_id=request.id, status=ChangeRequestStatus.FAILED
    )
    await run(CloseChangeRequest(world.kit).close_change_request, task)
    await rows.item(revising(item_id, "Two."))
    assert await refusal(world, request) == "not_approved"
    assert len(await revisions(world, item_id)) == 2


async def test_a_rollback_to_a_release_to_come_is_refused(world: World, rows: Rows) -> None:
    await rows.item(adding("One."))
    request = await asked(world, kind=TO_RELEASE, forced=True, to_release=9)
    assert await refusal(world, request) == "not_found"


async def test_no_draft_rests_on_an_item_that_is_retired(world: World, rows: Rows) -> None:
    """Applied, it would bring back what nobody has asked for."""
    item_id, _ = await rows.item(adding("One."))
    await rows.item(retiring(item_id))
    known: list[UUID] = []

    def drafting(case: Case) -> Change:
        known.extend(entry.item.id for entry in case.known_items)
        return adding("Another.")

    world.analyst.change = drafting
    agent = {"items_used": [str(item_id)]}
    await world.draft(await world.analyzed(submission(external_id=uuid4().hex, agent=agent)))
    assert known == []
