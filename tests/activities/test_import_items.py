"""Bringing in what a company knows already."""

import asyncio
from uuid import UUID, uuid4

import pytest

from activities.force_changes import ForceChanges, ForceInput
from activities.import_items import ImportItems, ImportItemsInput
from activities.wanted_changes import wanted_changes
from domain.change_requests import (
    ChangeRequestKind,
    ChangeRequestMode,
    NewChangeRequest,
    Target,
)
from domain.identity import ApiRole
from domain.imports import ImportOutcome, KnowledgeEntry
from domain.knowledge import ItemContent, ItemKind, ItemStatus
from store import change_requests, imports, knowledge
from tests.activities.world import World, failure, run
from tests.api.rows import Rows, adding, revising

Outcomes = list[ImportOutcome | None]


def entry(text: str = "Refunds take 5 days.", **fields: object) -> KnowledgeEntry:
    kind = ItemKind(str(fields.pop("kind", "article")))
    content: ItemContent = adding(text, kind).content
    return KnowledgeEntry.model_validate({"kind": kind, "content": content, **fields})


async def staged(world: World, *entries: KnowledgeEntry, by: str = "ada") -> ImportItemsInput:
    async with world.database.transaction(world.workspace) as connection:
        import_id = await imports.stage_import(connection, world.workspace, by=by, entries=entries)
    return ImportItemsInput(workspace=world.workspace, import_id=import_id)


async def bring_in(
    world: World, *entries: KnowledgeEntry, by: str = "ada"
) -> list[imports.ImportLine]:
    task = await staged(world, *entries, by=by)
    await run(ImportItems(world.kit).import_items, task)
    async with world.database.transaction(world.workspace) as connection:
        return await imports.list_import(connection, world.workspace, task.import_id)


def outcomes(lines: list[imports.ImportLine]) -> Outcomes:
    return [line.outcome for line in lines]


async def read(world: World, item_id: UUID | None) -> knowledge.Item:
    assert item_id is not None
    async with world.database.transaction(world.workspace) as connection:
        return await knowledge.get_item(connection, world.workspace, item_id)


async def test_items_come_in_in_the_order_given(world: World) -> None:
    lines = await bring_in(world, *(entry(kind=kind) for kind in ItemKind))
    kinds = [(await read(world, line.item_id)).kind for line in lines]
    assert kinds == list(ItemKind)
    assert [line.release for line in lines] == [1, 2, 3]


async def test_the_same_import_again_adds_nothing(world: World) -> None:
    entries = (entry("One."), entry("Two."), entry("One."))
    first = await bring_in(world, *entries)
    again = await bring_in(world, *entries)
    assert outcomes(again) == [ImportOutcome.UNCHANGED] * 3
    assert [line.item_id for line in again] == [line.item_id for line in first]
    assert first[0].item_id == first[2].item_id
    assert await world.count("items") == 2
    assert (await world.actions()).count("item_imported") == 2


async def test_a_repeated_attempt_changes_nothing(world: World) -> None:
    task = await staged(world, entry(), entry("Two.", id=uuid4()))
    first = await run(ImportItems(world.kit).import_items, task)
    assert await run(ImportItems(world.kit).import_items, task) == first
    assert first.outcomes == {ImportOutcome.ADDED: 2}
    assert await world.count("releases") == 2


async def test_the_same_import_at_once_adds_each_item_once(world: World) -> None:
    entries = tuple(entry(f"Answer {n}.") for n in range(5))
    results = await asyncio.gather(*(bring_in(world, *entries) for _ in range(4)))
    assert len({tuple(line.item_id for line in lines) for lines in results}) == 1
    assert await world.count("releases") == 5


async def test_a_conflict_keeps_nothing_else_out(world: World) -> None:
    item_id, _ = await Rows(world.database, world.workspace).item(adding("Approved."))
    await Rows(world.database, world.workspace).item(revising(item_id, "Approved again."))
    stale = entry("Mine.", id=item_id, revision=1)
    lines = await bring_in(world, entry("One."), stale, entry("Two."))
    added = ImportOutcome.ADDED
    assert outcomes(lines) == [added, ImportOutcome.CONFLICT, added]
    assert "export it again" in lines[1].problem
    assert (await read(world, item_id)).content == adding("Approved again.").content


async def test_an_entry_with_a_new_id_keeps_it_and_is_revised_by_it(world: World) -> None:
    item_id = uuid4()
    (added,) = await bring_in(world, entry("One.", id=item_id))
    (revised,) = await bring_in(world, entry("Two.", id=item_id))
    assert (added.item_id, added.outcome) == (item_id, ImportOutcome.ADDED)
    assert (revised.item_id, revised.outcome) == (item_id, ImportOutcome.REVISED)
    item = await read(world, item_id)
    assert (item.revision, item.content) == (2, adding("Two.").content)


async def test_each_line_names_the_revision_that_the_next_edit_is_based_on(world: World) -> None:
    item_id = uuid4()
    told = [
        await bring_in(world, entry("One.", id=item_id)),
        await bring_in(world, entry("Two.", id=item_id, revision=1)),
        await bring_in(world, entry("Two.", id=item_id, revision=1)),
        await bring_in(world, entry("Three.", id=item_id, revision=1)),
    ]
    assert [(line.outcome, line.revision) for (line,) in told] == [
        (ImportOutcome.ADDED, 1),
        (ImportOutcome.REVISED, 2),
        (ImportOutcome.UNCHANGED, 2),
        (ImportOutcome.CONFLICT, None),
    ]


async def test_a_known_entry_without_an_id_is_based_on_its_own_revision(world: World) -> None:
    (added,) = await bring_in(world, entry("One."))
    await bring_in(world, entry("Two.", id=added.item_id, revision=1))
    (known,) = await bring_in(world, entry("One."))
    assert (known.outcome, known.revision) == (ImportOutcome.UNCHANGED, 1)


async def test_what_an_administrator_forced_is_not_overwritten_unseen(world: World) -> None:
    item_id = uuid4()
    await bring_in(world, entry("One.", id=item_id))
    await bring_in(world, entry("Two.", id=item_id, revision=1))
    request = NewChangeRequest(
        id=uuid4(),
        kind=ChangeRequestKind.ROLLBACK_REVISION,
        mode=ChangeRequestMode.FORCED,
        requested_by="ada",
        role=ApiRole.ADMIN,
        reason="The second was wrong.",
        target=Target(item_id=item_id, to_revision=1),
    )
    async with world.database.transaction(world.workspace) as connection:
        changes = (await wanted_changes(connection, world.workspace, request)).changes
        await change_requests.insert_request(connection, world.workspace, request, changes)
    await run(
        ForceChanges(world.kit).force_changes,
        ForceInput(workspace=world.workspace, request_id=request.id),
    )
    (line,) = await bring_in(world, entry("Three.", id=item_id))
    assert line.outcome is ImportOutcome.CONFLICT
    assert line.problem.startswith("revision is missing")


async def test_a_retired_entry_is_added_and_retired(world: World) -> None:
    (line,) = await bring_in(world, entry(id=uuid4(), status=ItemStatus.RETIRED))
    item = await read(world, line.item_id)
    assert (item.status, item.revision, line.release) == (ItemStatus.RETIRED, 2, 2)


async def test_phrasings_come_along_and_come_out_again(world: World) -> None:
    brought = entry(id=uuid4(), phrasings=("wheres my cash", "money back when"), language="de")
    await bring_in(world, brought)
    async with world.database.transaction(world.workspace) as connection:
        (taken_out,) = await imports.list_entries(connection, world.workspace)
    assert taken_out == brought.model_copy(update={"revision": 1})
    assert outcomes(await bring_in(world, taken_out)) == [ImportOutcome.UNCHANGED]


async def test_the_text_goes_when_the_import_has_ended(world: World) -> None:
    lines = await bring_in(world, entry())
    assert [line.entry for line in lines] == [None]


async def test_an_import_that_was_given_up_stores_nothing_later(world: World) -> None:
    task = await staged(world, entry())
    async with world.database.transaction(world.workspace) as connection:
        await imports.finish_import(connection, world.workspace, task.import_id)
    error = await failure(ImportItems(world.kit).import_items, task)
    assert (error.type, error.non_retryable) == ("import_ended", True)
    assert await world.count("items") == 0


async def test_an_unknown_import_is_permanent(world: World) -> None:
    task = ImportItemsInput(workspace=world.workspace, import_id=uuid4())
    error = await failure(ImportItems(world.kit).import_items, task)
    assert (error.type, error.non_retryable) == ("not_found", True)


@pytest.mark.parametrize("by", ["ada", "Zoë"])
async def test_an_import_is_its_administrators_act(world: World, by: str) -> None:
    (line,) = await bring_in(world, entry(), by=by)
    assert line.item_id is not None
    async with world.database.transaction(world.workspace) as connection:
        (revision,) = await knowledge.list_revisions(connection, world.workspace, line.item_id)
    assert (revision.approved_by, revision.proposal_id) == ((by,), None)
