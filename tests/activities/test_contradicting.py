"""What a draft says against items and open proposals is found before people see it."""

import asyncio
from uuid import UUID

import pytest

from activities.contradicting import find_contradictions
from activities.verify_proposal import VerifyInput, VerifyProposal
from domain.contradiction import Clash, Contradiction
from domain.knowledge import Change, ItemKind, Operation
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Verdict
from store import contradictions
from tests.activities.customer import erase, held, of_customer, proposal_of, record
from tests.activities.world import World, run
from tests.api.rows import Rows, adding, revising

FIVE = "Refunds take 5 days."
TEN = "A refund takes 10 days."


@pytest.fixture
def rows(world: World) -> Rows:
    """Writes rows into the world's workspace."""
    return Rows(world.database, world.workspace)


async def verified(world: World, change: Change) -> Proposal:
    proposal = await world.in_review(change)
    await verify(world, proposal)
    return proposal


async def verify(world: World, proposal: Proposal) -> None:
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(VerifyProposal(world.kit).verify_proposal, task)


async def found(world: World, *proposals: UUID) -> list[Contradiction]:
    async with world.database.transaction(world.workspace) as connection:
        return await contradictions.list_contradictions(connection, world.workspace, proposals)


async def test_a_draft_against_an_item_is_found_with_both_sentences(
    world: World, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding(FIVE))
    proposal = await verified(world, adding(TEN))
    [pair] = await found(world, proposal.id)
    assert (pair.statement, pair.other_statement) == (TEN, FIVE)
    assert (pair.other_item_id, pair.other_revision) == (item_id, 1)
    assert (pair.clash, pair.is_current) == (Clash.OTHER_VALUE, True)


async def test_what_the_item_says_too_is_no_contradiction(world: World, rows: Rows) -> None:
    await rows.item(adding(FIVE))
    proposal = await verified(world, adding("Refunds take 5 days. Ask sales for more."))
    assert await found(world, proposal.id) == []


async def test_a_revision_does_not_contradict_what_it_revises(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding(FIVE))
    proposal = await verified(world, revising(item_id, TEN))
    assert await found(world, proposal.id) == []


async def test_what_a_revision_leaves_as_it_is_is_not_its_doing(world: World, rows: Rows) -> None:
    await rows.item(adding(FIVE))
    item_id, _ = await rows.item(adding(TEN))
    proposal = await verified(world, revising(item_id, f"{TEN} Ask sales for more."))
    assert await found(world, proposal.id) == []


async def test_a_retirement_says_nothing(world: World, rows: Rows) -> None:
    await rows.item(adding(FIVE))
    item_id, _ = await rows.item(adding(TEN))
    change = revising(item_id, TEN).model_copy(update={"operation": Operation.RETIRE})
    proposal = await verified(world, change)
    assert await found(world, proposal.id) == []


async def test_a_policy_may_contradict_an_article(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Pets are allowed in the cabin."))
    proposal = await verified(world, adding("Pets are not allowed in the cabin.", ItemKind.POLICY))
    [pair] = await found(world, proposal.id)
    assert (pair.other_item_id, pair.clash) == (item_id, Clash.OPPOSITE)


async def test_two_open_proposals_see_each_other(world: World) -> None:
    one = await verified(world, adding(FIVE, ItemKind.POLICY))
    other = await verified(world, adding(TEN))
    [mine] = await found(world, one.id)
    [theirs] = await found(world, other.id)
    assert (mine.statement, mine.other_statement) == (FIVE, TEN)
    assert (theirs.statement, theirs.other_statement) == (TEN, FIVE)
    assert (mine.other_proposal_id, theirs.other_proposal_id) == (other.id, one.id)
    assert mine.is_current
    assert theirs.is_current


async def test_both_searched_at_once_name_it_once(world: World) -> None:
    one = await world.in_review(adding(FIVE, ItemKind.POLICY))
    other = await world.in_review(adding(TEN))
    both = [find_contradictions(world.kit, world.workspace, p.id) for p in (one, other) * 2]
    await asyncio.gather(*both)
    assert len(await found(world, one.id)) == 1
    assert len(await found(world, other.id)) == 1


async def test_a_closed_proposal_contradicts_nothing(world: World) -> None:
    one = await verified(world, adding(FIVE, ItemKind.POLICY))
    other = await verified(world, adding(TEN))
    await world.settle(await world.write(other, verdict=Verdict.REJECT))
    assert (await world.read(other.id)).status is ProposalStatus.REJECTED
    assert await found(world, one.id) == []


async def test_once_the_other_is_applied_its_item_is_contradicted(world: World) -> None:
    one = await verified(world, adding(FIVE, ItemKind.POLICY))
    other = await verified(world, adding(TEN))
    await world.settle(await world.write(other))
    await world.apply(await world.read(other.id))
    [pair] = await found(world, one.id)
    (item,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    assert (pair.other_item_id, pair.other_revision) == (item["id"], 1)
    assert pair.other_proposal_id is None
    assert (pair.statement, pair.other_statement, pair.is_current) == (FIVE, TEN, True)


async def test_a_revision_does_not_contradict_the_item_that_another_one_of_it_made(
    world: World, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Ask us about refunds."))
    one = await verified(world, revising(item_id, FIVE))
    other = await verified(world, revising(item_id, TEN))
    assert len(await found(world, one.id)) == 1
    await world.settle(await world.write(other))
    await world.apply(await world.read(other.id))
    assert await found(world, one.id) == []


async def test_the_next_draft_is_searched_anew(world: World, rows: Rows) -> None:
    await rows.item(adding(FIVE))
    proposal = await verified(world, adding(TEN))
    edit = adding("Refunds take 12 days.")
    await world.settle(await world.write(proposal, "dana", edit=edit))
    [pair] = await found(world, proposal.id)
    assert (pair.statement, pair.is_current) == (TEN, False)

    await verify(world, proposal)
    [pair] = await found(world, proposal.id)
    assert (pair.statement, pair.is_current) == ("Refunds take 12 days.", True)


async def test_an_item_that_has_moved_on_is_said_to(world: World, rows: Rows) -> None:
    item_id, _ = await rows.item(adding(FIVE))
    proposal = await verified(world, adding(TEN))
    await rows.item(revising(item_id, TEN))
    assert [pair.is_current for pair in await found(world, proposal.id)] == [False]


async def test_other_workspaces_contradict_nothing(world: World) -> None:
    await verified(world, adding(FIVE, ItemKind.POLICY))
    other = World(world.kit, f"{world.workspace}-b")
    await world.execute("INSERT INTO workspaces (id) VALUES (%s)", other.workspace)
    proposal = await verified(other, adding(TEN))
    assert await found(other, proposal.id) == []


async def test_an_erased_customers_words_leave_both_sides(world: World) -> None:
    ask = "The turquoise zither goes to Trondheim"
    await world.in_review(adding("The turquoise zither never goes to Trondheim.", ItemKind.POLICY))
    proposal = await proposal_of(world, of_customer(ask), adding(ask))
    assert len(await found(world, proposal.id)) == 1
    await erase(world)
    assert held(await record(world), [ask.lower()]) == []
