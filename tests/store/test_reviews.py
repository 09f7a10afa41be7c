from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.errors import NotFoundError
from domain.knowledge import Change
from domain.proposals import Proposal
from domain.reviews import (
    CommandKind,
    CommandRuling,
    Decision,
    DecisionEffect,
    IgnoredBecause,
    Review,
    Ruling,
)
from store import reviews
from tests.api.rows import Rows, a_review, adding
from tests.domain import builders

COUNTED = Ruling(effect=DecisionEffect.COUNTED)
APPROVED = Ruling(effect=DecisionEffect.APPROVED)
IGNORED = Ruling(effect=DecisionEffect.IGNORED, reason=IgnoredBecause.STALE_CONTENT)


def approval(proposal: Proposal, by: str = "ana", edit: Change | None = None) -> Decision:
    made = builders.decision(by, on=proposal.change, edit=edit)
    return made.model_copy(update={"proposal_id": proposal.id})


async def write(rows: Rows, decision: Decision, *rulings: Ruling) -> Decision:
    """Write a decision, settle it by each ruling in turn, and read it again."""
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_decision(connection, rows.workspace, decision)
        for ruling in rulings:
            await reviews.settle_decision(connection, rows.workspace, decision.id, ruling)
        stored = await reviews.find_decision(connection, rows.workspace, decision.id)
    assert stored is not None
    return stored


async def test_a_decision_is_read_back_as_it_was_made(rows: Rows) -> None:
    proposal = await rows.proposal()
    made = approval(proposal, edit=adding("Refunds take 3 days."))
    stored = await write(rows, made)
    assert stored.model_copy(update={"created_at": made.created_at}) == made
    assert stored.approved_hash == made.approved_hash


async def test_a_settled_decision_stays_as_it_is(rows: Rows) -> None:
    proposal = await rows.proposal()
    stored = await write(rows, approval(proposal), COUNTED, IGNORED)
    assert (stored.effect, stored.reason) == (DecisionEffect.COUNTED, None)


async def test_a_refused_decision_is_kept_with_its_reason(rows: Rows) -> None:
    proposal = await rows.proposal()
    made = approval(proposal)
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_refused_decision(connection, rows.workspace, made, IGNORED)
        (stored,) = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert (stored.effect, stored.reason) == (IGNORED.effect, IGNORED.reason)
    assert stored.settled_at is not None


async def approvals(rows: Rows, proposal: Proposal, content_hash: str) -> list[str]:
    async with rows.database.transaction(rows.workspace) as connection:
        found = await reviews.list_approvals(connection, rows.workspace, proposal.id, content_hash)
    return [decision.by for decision in found]


async def test_only_approvals_of_exactly_this_content_that_counted_are_listed(rows: Rows) -> None:
    proposal, other = await rows.proposal(), await rows.proposal()
    edit = adding("Refunds take 3 days.")
    await write(rows, approval(proposal, "ana"), COUNTED)
    await write(rows, approval(proposal, "ben"), APPROVED)
    await write(rows, approval(proposal, "cy"), IGNORED)
    await write(rows, approval(proposal, "di"))
    await write(rows, approval(proposal, "ed", edit), COUNTED)
    await write(rows, approval(other, "flo"), COUNTED)
    assert await approvals(rows, proposal, proposal.content_hash) == ["ana", "ben"]
    assert await approvals(rows, proposal, edit.content_hash()) == ["ed"]


async def test_approvals_of_another_content_are_voided_and_no_others(rows: Rows) -> None:
    proposal = await rows.proposal()
    edit = adding("Refunds take 3 days.")
    await write(rows, approval(proposal, "ana"), COUNTED)
    await write(rows, approval(proposal, "ben", edit), COUNTED)
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.void_other_approvals(
            connection, rows.workspace, proposal.id, edit.content_hash()
        )
        found = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert {d.by: (d.effect, d.reason) for d in found} == {
        "ana": (DecisionEffect.IGNORED, IgnoredBecause.STALE_CONTENT),
        "ben": (DecisionEffect.COUNTED, None),
    }


async def test_voiding_stays_with_its_proposal_and_workspace(rows: Rows, elsewhere: Rows) -> None:
    theirs = await elsewhere.proposal()
    await write(elsewhere, approval(theirs), COUNTED)
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.void_other_approvals(connection, rows.workspace, theirs.id, "other")
        await reviews.void_other_approvals(connection, elsewhere.workspace, uuid4(), "other")
    assert await approvals(elsewhere, theirs, theirs.content_hash) == ["ana"]


async def test_decisions_are_listed_in_the_order_of_their_clicks(rows: Rows) -> None:
    proposal = await rows.proposal()
    people = ["zoe", "ana", "mia"]
    for person in people:
        await write(rows, approval(proposal, person))
    async with rows.database.transaction(rows.workspace) as connection:
        found = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert [decision.by for decision in found] == people


async def unsettled(rows: Rows, older_than: timedelta) -> list[tuple[UUID, CommandKind | None]]:
    async with rows.database.transaction(rows.workspace) as connection:
        found = await reviews.unsettled(connection, older_than)
    return [(entry.id, entry.kind) for entry in found if entry.workspace == rows.workspace]


@pytest.fixture
async def only_ours(rows: Rows) -> None:
    """Other tests' clicks do not fill the list."""
    async with rows.database.transaction(rows.workspace) as connection:
        await connection.execute("UPDATE decisions SET effect = 'ignored' WHERE effect = 'pending'")


@pytest.mark.usefixtures("only_ours")
async def test_what_no_workflow_took_up_is_found_after_a_while(rows: Rows) -> None:
    proposal = await rows.proposal()
    pending = await write(rows, approval(proposal))
    await write(rows, approval(proposal, "ben"), COUNTED)
    command = builders.command(CommandKind.CLAIM).model_copy(update={"proposal_id": proposal.id})
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_command(connection, rows.workspace, command)
    assert await unsettled(rows, timedelta(0)) == [
        (pending.id, None),
        (command.id, CommandKind.CLAIM),
    ]
    assert await unsettled(rows, timedelta(minutes=1)) == []


async def test_a_settled_command_stays_as_it_is(rows: Rows) -> None:
    proposal = await rows.proposal()
    command = builders.command(CommandKind.CLAIM).model_copy(update={"proposal_id": proposal.id})
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_command(connection, rows.workspace, command)
        for takes_effect in (True, False):
            await reviews.settle_command(
                connection, rows.workspace, command.id, CommandRuling(takes_effect=takes_effect)
            )
        stored = await reviews.find_command(connection, rows.workspace, command.id)
    assert stored is not None
    assert stored.took_effect is True


async def test_a_review_is_opened_once(rows: Rows) -> None:
    proposal = await rows.proposal(author="dana")
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_review(
            connection, rows.workspace, a_review(proposal.id, author="somebody else")
        )
        review = await reviews.get_review(connection, rows.workspace, proposal.id)
    assert review.author == "dana"


async def test_a_review_that_was_never_opened_is_not_found(rows: Rows) -> None:
    proposal = await rows.proposal(review=False)
    async with rows.database.transaction(rows.workspace) as connection:
        assert await reviews.find_review(connection, rows.workspace, proposal.id) is None
        with pytest.raises(NotFoundError):
            await reviews.get_review(connection, rows.workspace, proposal.id)


async def close(rows: Rows, proposal: Proposal) -> Review:
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.close_review(connection, rows.workspace, proposal.id)
        return await reviews.get_review(connection, rows.workspace, proposal.id)


async def test_a_closed_review_keeps_its_moment_until_its_clock_starts_again(rows: Rows) -> None:
    proposal = await rows.proposal()
    first, review = await close(rows, proposal), await close(rows, proposal)
    assert first.closed_at is not None
    assert review.closed_at == first.closed_at
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.set_clock(connection, rows.workspace, proposal.id, review.clock)
        again = await reviews.get_review(connection, rows.workspace, proposal.id)
    assert again.closed_at is None


async def test_remarks_come_oldest_first(rows: Rows) -> None:
    proposal = await rows.proposal()
    for body in ("first", "second"):
        async with rows.database.transaction(rows.workspace) as connection:
            await reviews.add_comment(connection, rows.workspace, proposal.id, by="ana", body=body)
    async with rows.database.transaction(rows.workspace) as connection:
        found = await reviews.list_comments(connection, rows.workspace, proposal.id)
    assert [comment.body for comment in found] == ["first", "second"]
