import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from activities.apply_proposal import ApplyProposal
from domain.identity import ApiRole
from domain.knowledge import Operation
from domain.proposals import Proposal, ProposalStatus
from store import knowledge
from tests.activities.editing import approve_edit
from tests.activities.world import World, failure
from tests.api.fakes import WordEmbedder
from tests.api.rows import revising
from tests.workflows.scripted import article, policy

_S = ProposalStatus
TABLES = ("items", "revisions", "releases", "passages")


async def sizes(world: World) -> list[int]:
    return [await world.count(table) for table in TABLES]


async def test_an_approved_change_becomes_knowledge(world: World) -> None:
    proposal = await world.approved()
    applied = await world.apply(proposal)
    assert (applied.status, applied.release) == (_S.APPLIED, 1)
    async with world.database.transaction(world.workspace) as connection:
        (item,) = await knowledge.list_items(connection, world.workspace)
        (revision,) = await knowledge.list_revisions(connection, world.workspace, item.id)
    assert item.content == proposal.change.content
    assert (revision.proposal_id, revision.content_hash) == (proposal.id, proposal.content_hash)
    assert revision.approved_by == ("lee",)


async def test_a_second_run_finds_the_release_of_the_first(world: World) -> None:
    proposal = await world.approved()
    first = await world.apply(proposal)
    before = await sizes(world)
    assert await world.apply(proposal) == first
    assert await sizes(world) == before
    assert (await world.actions()).count("proposal_applied") == 1


async def test_eight_runs_at_once_apply_once(world: World) -> None:
    proposal = await world.approved()
    results = await asyncio.gather(*(world.apply(proposal) for _ in range(8)))
    assert {result.release for result in results} == {1}
    assert await world.count("releases") == 1


async def test_two_approvals_of_one_base_do_not_overwrite_each_other(world: World) -> None:
    await world.apply(await world.approved())
    (row,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    first = await world.approved(revising(row["id"], "First."))
    second = await world.approved(revising(row["id"], "Second, in quite other words."))
    results = await asyncio.gather(world.apply(first), world.apply(second))
    assert sorted(result.status for result in results) == [_S.APPLIED, _S.CONFLICTED]
    assert await world.count("releases") == 2


async def unapproved(world: World) -> Proposal:
    return await world.in_review()


async def half_approved(world: World) -> Proposal:
    proposal = await world.in_review(policy())
    await world.settle(await world.write(proposal))
    return proposal


async def approved_by_its_author_alone(world: World) -> Proposal:
    proposal = await world.in_review(policy())
    for role in (ApiRole.REVIEWER, ApiRole.LEAD):
        await world.settle(await world.write(proposal, "Dana", role))
    return proposal


async def marked_by_hand(world: World) -> Proposal:
    proposal = await world.in_review()
    await world.execute("UPDATE proposals SET status = 'approved' WHERE id = %s", proposal.id)
    return proposal


async def with_another_hash(world: World) -> Proposal:
    proposal = await world.approved()
    await world.execute(
        "UPDATE decisions SET approved_hash = 'another' WHERE proposal_id = %s", proposal.id
    )
    return proposal


async def with_a_changed_change(world: World) -> Proposal:
    proposal = await world.approved()
    await world.execute(
        """UPDATE proposals SET change = jsonb_set(change, '{content,answer}', '"Refund all."')
        WHERE id = %s""",
        proposal.id,
    )
    return proposal


async def with_a_changed_change_and_hash(world: World) -> Proposal:
    proposal = await world.approved()
    change = article("Refund everyone.")
    await world.execute(
        "UPDATE proposals SET change = %s::jsonb, content_hash = %s WHERE id = %s",
        change.model_dump_json(),
        change.content_hash(),
        proposal.id,
    )
    return proposal


async def rejected(world: World) -> Proposal:
    proposal = await world.approved()
    await world.execute("UPDATE proposals SET status = 'rejected' WHERE id = %s", proposal.id)
    return proposal


async def with_approvals_that_were_voided(world: World) -> Proposal:
    proposal = await world.approved()
    await world.execute(
        "UPDATE decisions SET effect = 'ignored' WHERE proposal_id = %s", proposal.id
    )
    return proposal


async def with_personal_data(world: World) -> Proposal:
    proposal = await world.in_review(article("Write to jane.roe@example.com."))
    await world.write(proposal)
    await world.execute(
        "UPDATE decisions SET effect = 'approved' WHERE proposal_id = %s", proposal.id
    )
    await world.execute("UPDATE proposals SET status = 'approved' WHERE id = %s", proposal.id)
    return proposal


async def of_a_policy_whose_review_asks_for_one(world: World) -> Proposal:
    proposal = await world.in_review(policy())
    await world.settle(await world.write(proposal))
    await world.execute(
        """UPDATE reviews SET clock = jsonb_set(clock, '{policy,approvals}', '1')
        WHERE proposal_id = %s""",
        proposal.id,
    )
    await world.execute("UPDATE proposals SET status = 'approved' WHERE id = %s", proposal.id)
    return proposal


@pytest.mark.parametrize(
    "make",
    [
        unapproved,
        half_approved,
        approved_by_its_author_alone,
        marked_by_hand,
        with_another_hash,
        with_a_changed_change,
        with_a_changed_change_and_hash,
        rejected,
        with_approvals_that_were_voided,
        with_personal_data,
        of_a_policy_whose_review_asks_for_one,
    ],
)
async def test_without_enough_approvals_of_exactly_this_nothing_changes(
    world: World, make: Callable[[World], Awaitable[Proposal]]
) -> None:
    proposal = await make(world)
    error = await failure(ApplyProposal(world.kit).apply_proposal, world.applying(proposal))
    assert (error.type, error.non_retryable) == ("not_approved", True)
    assert await sizes(world) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO revisions",
        "INSERT INTO passages",
        "UPDATE proposals",
        "UPDATE reviews",
        "INSERT INTO audit",
    ],
)
async def test_a_crash_in_the_middle_leaves_nothing_half_done(world: World, statement: str) -> None:
    """The statement fails as if the connection had broken there; the retry then does all."""
    proposal = await world.approved()
    verb, _, table = statement.rpartition(" ")
    name = f"break_{world.workspace.replace('-', '_')}"
    await world.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'gone' USING ERRCODE = 'connection_failure'; END $$;
        CREATE TRIGGER {name} BEFORE {verb.partition(" ")[0]} ON {table} FOR EACH ROW
        WHEN (NEW.workspace = '{world.workspace}') EXECUTE FUNCTION {name}()"""
    )
    try:
        error = await failure(ApplyProposal(world.kit).apply_proposal, world.applying(proposal))
    finally:
        await world.execute(f"DROP FUNCTION {name} CASCADE")
    assert not error.non_retryable
    assert await sizes(world) == [0, 0, 0, 0]
    assert await world.read(proposal.id) == proposal
    assert (await world.apply(proposal)).release == 1


class BrokenEmbedder(WordEmbedder):
    """Fails as a library would, with the text in its words."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Fail."""
        raise ValueError(f"cannot embed {texts}")


async def test_a_failing_embedder_leaves_nothing_half_done_and_is_not_quoted(world: World) -> None:
    proposal = await world.approved()
    kit = dataclasses.replace(world.kit, embedder=BrokenEmbedder())
    error = await failure(ApplyProposal(kit).apply_proposal, world.applying(proposal))
    assert (error.message, error.non_retryable) == ("unexpected ValueError", False)
    assert await sizes(world) == [0, 0, 0, 0]


class SlowEmbedder(WordEmbedder):
    """Runs `meanwhile` once, between what it reads and what it returns."""

    def __init__(self, loop: asyncio.AbstractEventLoop, meanwhile: Callable[[], Any]) -> None:
        """Run it on `loop`."""
        self._loop = loop
        self._meanwhile = meanwhile
        self._ran = False

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors after `meanwhile`."""
        if not self._ran:
            self._ran = True
            asyncio.run_coroutine_threadsafe(self._meanwhile(), self._loop).result(30)
        return super().embed(texts)


async def test_a_draft_that_changes_meanwhile_is_not_found_by_the_old_drafts_words(
    world: World,
) -> None:
    """A late attempt, embedding the draft that it read, meets one that was approved since."""
    proposal = await world.in_review(article("Zeppelins are refunded."))

    async def edit_and_approve() -> None:
        edit = article("Trains are refunded.")
        await approve_edit(world, proposal, edit)

    embedder = SlowEmbedder(asyncio.get_running_loop(), edit_and_approve)
    kit = dataclasses.replace(world.kit, embedder=embedder)
    await failure(ApplyProposal(kit).apply_proposal, world.applying(proposal))
    assert (await world.apply(proposal)).release == 1
    rows = await world.execute(
        "SELECT body FROM passages WHERE workspace = %s AND source = 'content'", world.workspace
    )
    assert not [row for row in rows if "Zeppelins" in row["body"]]


async def test_a_base_that_moved_is_a_conflict_and_changes_nothing(world: World) -> None:
    await world.apply(await world.approved())
    (row,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    late = await world.approved(revising(row["id"], "Late."))
    await world.apply(await world.approved(revising(row["id"], "Early, in quite other words.")))
    before = await sizes(world)
    for _ in range(2):
        assert (await world.apply(late)).status is _S.CONFLICTED
    assert await sizes(world) == before
    assert (await world.actions()).count("proposal_conflicted") == 1


async def test_a_retirement_takes_the_item_away(world: World) -> None:
    await world.apply(await world.approved())
    (row,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    retirement = revising(row["id"], "Gone.").model_copy(update={"operation": Operation.RETIRE})
    await world.apply(await world.approved(retirement))
    async with world.database.transaction(world.workspace) as connection:
        assert await knowledge.list_items(connection, world.workspace) == []


async def test_a_proposal_of_another_workspace_is_not_found(world: World) -> None:
    proposal = await world.approved()
    task = world.applying(proposal).model_copy(update={"workspace": "another"})
    error = await failure(ApplyProposal(world.kit).apply_proposal, task)
    assert (error.type, error.non_retryable) == ("not_found", True)
