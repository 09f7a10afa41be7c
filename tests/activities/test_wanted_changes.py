"""What a rollback brings back beside the content: the customers' wordings of then."""

from uuid import UUID, uuid4

import pytest

from activities.force_changes import ForceChanges, ForceInput
from activities.wanted_changes import phrasings_until, wanted_changes
from domain.change_requests import (
    ChangeRequestKind,
    ChangeRequestMode,
    NewChangeRequest,
    Target,
)
from domain.identity import ApiRole
from domain.knowledge import Change, Operation
from store import change_requests, publishing
from store.change_requests import RequestedProposal
from store.search import Hit, search
from tests.activities.world import World, run
from tests.api.rows import adding, revising

EARLY, LATE = "my money never came back", "do you ship to the isle of man"
REVISION, RELEASE = ChangeRequestKind.ROLLBACK_REVISION, ChangeRequestKind.ROLLBACK_RELEASE


async def publish(world: World, change: Change, *phrasings: str) -> UUID:
    texts = [*change.content.passages(), *phrasings]
    vectors = world.kit.embedder.embed(texts).tolist()
    passages = [
        publishing.Passage(text, vector, "phrasing" if text in phrasings else "content")
        for text, vector in zip(texts, vectors, strict=True)
    ]
    async with world.database.transaction(world.workspace) as connection:
        item_id, _ = await publishing.publish(
            connection,
            world.workspace,
            change,
            passages=passages,
            model=world.kit.embedder.name,
            provenance=publishing.Provenance(approved_by=("dana",)),
        )
    return item_id


async def found(world: World, text: str, as_of: int | None = None) -> list[Hit]:
    [vector] = world.kit.embedder.embed([text]).tolist()
    async with world.database.transaction(world.workspace) as connection:
        return await search(
            connection,
            world.workspace,
            text=text,
            embedding=vector,
            model=world.kit.embedder.name,
            k=5,
            as_of=as_of,
        )


@pytest.fixture
async def item_id(world: World) -> UUID:
    """An article of release 1, which release 2 revises with the wording of a customer."""
    known = await publish(world, adding("Britain only."), EARLY)
    await publish(world, revising(known, "Britain and the Isle of Man."), LATE)
    return known


def rollback(item_id: UUID, kind: ChangeRequestKind, mode: ChangeRequestMode) -> NewChangeRequest:
    """Return what brings the item back to release 1, which made its revision 1."""
    forced = mode is ChangeRequestMode.FORCED
    one = Target(item_id=item_id, to_revision=1)
    return NewChangeRequest(
        id=uuid4(),
        kind=kind,
        mode=mode,
        requested_by="ada",
        role=ApiRole.ADMIN if forced else ApiRole.REVIEWER,
        reason="The Isle of Man was a mistake.",
        target=one if kind is REVISION else Target(to_release=1),
    )


async def store(world: World, request: NewChangeRequest) -> Change:
    async with world.database.transaction(world.workspace) as connection:
        [change] = (await wanted_changes(connection, world.workspace, request)).changes
        await change_requests.insert_request(connection, world.workspace, request, [change])
    return change


async def assert_back(world: World) -> None:
    """Check that the late wording finds what it found then, and is no longer trusted now."""
    assert all(hit.matched != LATE and hit.similarity < 0.9 for hit in await found(world, LATE))
    assert [hit.matched for hit in await found(world, LATE, as_of=2)] == [LATE]
    assert LATE not in [hit.matched for hit in await found(world, LATE, as_of=3)]
    assert [hit.matched for hit in await found(world, EARLY)] == [EARLY]


@pytest.mark.parametrize("kind", [REVISION, RELEASE])
async def test_a_forced_rollback_takes_the_wordings_with_it(
    world: World, item_id: UUID, kind: ChangeRequestKind
) -> None:
    assert (await found(world, LATE))[0].similarity == pytest.approx(1.0, abs=1e-5)
    request = rollback(item_id, kind, ChangeRequestMode.FORCED)
    await store(world, request)
    task = ForceInput(workspace=world.workspace, request_id=request.id)
    await run(ForceChanges(world.kit).force_changes, task)
    await assert_back(world)


@pytest.mark.parametrize("kind", [REVISION, RELEASE])
async def test_a_reviewed_rollback_takes_the_wordings_with_it(
    world: World, item_id: UUID, kind: ChangeRequestKind
) -> None:
    request = rollback(item_id, kind, ChangeRequestMode.REVIEWED)
    change = await store(world, request)
    asked = RequestedProposal(
        id=uuid4(),
        request_id=request.id,
        index=0,
        title="Back",
        change=change,
        reason=request.reason,
        requested_by=request.requested_by,
    )
    async with world.database.transaction(world.workspace) as connection:
        await change_requests.insert_proposal(connection, world.workspace, asked)
    proposal = await world.read(asked.id)
    await world.open(proposal)
    proposal = await world.read(asked.id)
    await world.settle(await world.write(proposal, by="lee"))
    await world.apply(proposal)
    await assert_back(world)


async def test_what_is_no_rollback_leaves_the_wordings_alone(world: World, item_id: UUID) -> None:
    to_revision = rollback(item_id, REVISION, ChangeRequestMode.REVIEWED)
    edit = NewChangeRequest(
        id=uuid4(),
        kind=ChangeRequestKind.EDIT,
        requested_by="ana",
        role=ApiRole.REVIEWER,
        reason="Customers ask.",
        target=Target(content_hash="h"),
    )
    revised = revising(item_id, "Three.", base=2)
    retired = revised.model_copy(update={"operation": Operation.RETIRE})
    async with world.database.transaction(world.workspace) as connection:
        until = [
            await phrasings_until(connection, world.workspace, request, change)
            for request, change in ((to_revision, revised), (to_revision, retired), (edit, revised))
        ]
    assert until == [1, None, None]
