"""Replaying past queries with a change, and bringing in what a company knows already."""

import asyncio

import pytest

from activities.import_items import ImportItems, ImportItemsInput, ImportItemsResult
from activities.verify_proposal import VerifyInput, VerifyProposal, VerifyResult
from domain.knowledge import Change, ItemKind, Operation
from domain.proposals import Proposal, ReplayEffect
from store import knowledge
from tests.activities.world import World, failure, run
from tests.api.rows import Rows, adding, revising
from tests.domain.builders import submission
from tests.workflows.scripted import article


async def verify(world: World, proposal: Proposal) -> VerifyResult:
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    return await run(VerifyProposal(world.kit).verify_proposal, task)


async def test_a_query_that_was_handed_off_and_is_answered_now_is_fixed(world: World) -> None:
    proposal = await world.drafted()
    result = await verify(world, proposal)
    assert (result.fixed, result.broken, result.fixes_original) == (1, 0, True)
    verification = (await world.read(proposal.id)).verification
    assert verification is not None
    assert verification.content_hash == proposal.content_hash
    assert [case.effect for case in verification.cases] == [ReplayEffect.FIXED]


async def test_a_draft_is_verified_once(world: World) -> None:
    proposal = await world.drafted()
    first = await verify(world, proposal)
    before = (await world.read(proposal.id)).verification
    await Rows(world.database, world.workspace).item()
    assert await verify(world, proposal) == first
    assert (await world.read(proposal.id)).verification == before


async def test_verifying_publishes_nothing(world: World) -> None:
    await verify(world, await world.drafted())
    assert await world.count("items") == 0
    assert await world.count("passages") == 0


async def test_past_queries_are_replayed_with_the_original_first_and_each_once(
    world: World,
) -> None:
    asks = ["Where is my refund?", "Where is my refund now?", "Where is my refund?"]
    for number, ask in enumerate(asks):
        conversation = [{"role": "customer", "text": ask}]
        await world.analyzed(submission(external_id=str(number), conversation=conversation))
    proposal = await world.drafted(article())
    await verify(world, proposal)
    verification = (await world.read(proposal.id)).verification
    assert verification is not None
    assert verification.cases[0].is_original
    assert sorted(case.query for case in verification.cases) == sorted(set(asks))


async def test_an_answer_that_a_retirement_takes_away_is_broken(world: World) -> None:
    item_id, _ = await Rows(world.database, world.workspace).item()
    change = revising(item_id, "Refunds take 5 days.").model_copy(
        update={"operation": Operation.RETIRE}
    )
    result = await verify(world, await world.drafted(change))
    assert (result.broken, result.fixes_original) == (1, False)


async def bring_in(world: World, *changes: Change) -> ImportItemsResult:
    task = ImportItemsInput(workspace=world.workspace, by="ada", changes=changes)
    return await run(ImportItems(world.kit).import_items, task)


async def test_an_import_is_found_by_search_in_the_order_given(world: World) -> None:
    kinds = list(ItemKind)
    result = await bring_in(world, *(adding("Refunds take 5 days.", kind) for kind in kinds))
    async with world.database.transaction(world.workspace) as connection:
        items = [
            await knowledge.get_item(connection, world.workspace, item.item_id)
            for item in result.items
        ]
    assert [item.kind for item in items] == kinds
    assert [item.release for item in result.items] == [1, 2, 3]


async def test_the_same_import_again_adds_nothing(world: World) -> None:
    changes = (adding("One."), adding("Two."), adding("One."))
    first = await bring_in(world, *changes)
    assert await bring_in(world, *changes) == first
    assert first.items[0] == first.items[2]
    assert await world.count("items") == 2
    assert (await world.actions()).count("item_imported") == 2


async def test_the_same_import_at_once_adds_each_item_once(world: World) -> None:
    changes = tuple(adding(f"Answer {n}.") for n in range(5))
    results = await asyncio.gather(*(bring_in(world, *changes) for _ in range(4)))
    assert all(result == results[0] for result in results)
    assert await world.count("releases") == 5


async def test_an_import_is_all_or_nothing(world: World) -> None:
    (item,) = (await bring_in(world, adding("One."))).items
    task = ImportItemsInput(
        workspace=world.workspace,
        by="ada",
        changes=(adding("Two."), revising(item.item_id, "Three.")),
    )
    error = await failure(ImportItems(world.kit).import_items, task)
    assert (error.type, error.non_retryable) == ("import_only_adds", True)
    assert await world.count("items") == 1


@pytest.mark.parametrize("by", ["ada", "Zoë"])
async def test_an_import_is_its_administrators_act(world: World, by: str) -> None:
    task = ImportItemsInput(workspace=world.workspace, by=by, changes=(adding(),))
    (item,) = (await run(ImportItems(world.kit).import_items, task)).items
    async with world.database.transaction(world.workspace) as connection:
        (revision,) = await knowledge.list_revisions(connection, world.workspace, item.item_id)
    assert (revision.approved_by, revision.proposal_id) == ((by,), None)
