"""Change requests, their proposals, and what the knowledge was before."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.change_requests import (
    ChangeRequestKind,
    ChangeRequestStatus,
    NewChangeRequest,
    Target,
)
from domain.errors import NotFoundError
from domain.findings import Gap
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.merging import merge_key
from domain.proposals import Origin, ProposalStatus
from store import change_requests, proposals
from store.change_requests import RequestedProposal
from store.database import INSTALLATION
from store.vectors import Embedding
from tests.api.rows import Rows, adding, revising


def asking(item_id: UUID, by: str = "ana") -> NewChangeRequest:
    return NewChangeRequest(
        id=uuid4(),
        kind=ChangeRequestKind.RETIRE,
        requested_by=by,
        role=ApiRole.REVIEWER,
        reason="It is wrong.",
        target=Target(item_id=item_id),
    )


async def store(rows: Rows, new: NewChangeRequest, *changes: Change) -> list[UUID]:
    """Store a request with a proposal for each change; return the proposals' ids."""
    ids = [uuid4() for _ in changes]
    async with rows.database.transaction(rows.workspace) as connection:
        assert await change_requests.insert_request(connection, rows.workspace, new, changes)
        for index, (proposal_id, change) in enumerate(zip(ids, changes, strict=True)):
            proposal = RequestedProposal(
                id=proposal_id,
                request_id=new.id,
                index=index,
                title="Retire it",
                change=change,
                reason=new.reason,
                requested_by=new.requested_by,
            )
            await change_requests.insert_proposal(connection, rows.workspace, proposal)
    return ids


async def test_a_request_and_its_proposals_are_read_as_they_were_stored(rows: Rows) -> None:
    new = asking(uuid4())
    ids = await store(rows, new, adding("One."), adding("Two."))
    async with rows.database.transaction(rows.workspace) as connection:
        request = await change_requests.get_request(connection, rows.workspace, new.id)
        found = await change_requests.list_proposals(connection, rows.workspace, new.id)
        drafts = await proposals.list_drafts(connection, rows.workspace, ids[0])
    assert request.target == new.target
    assert (request.status, request.reason) == (ChangeRequestStatus.RECEIVED, new.reason)
    assert [proposal.id for proposal in found] == ids
    assert all(proposal.origin == Origin.request(new.id) for proposal in found)
    assert [draft.change for draft in drafts] == [adding("One.")]


async def test_a_request_keeps_which_changes_it_came_to(rows: Rows) -> None:
    new = asking(uuid4())
    await store(rows, new, adding("One."), adding("Two."))
    async with rows.database.transaction(rows.workspace) as connection:
        hashes = await change_requests.asked_content_hashes(connection, rows.workspace, new.id)
    assert hashes == {adding(text).content_hash() for text in ("One.", "Two.")}


async def test_the_same_asked_for_twice_is_stored_once_while_it_is_under_way(rows: Rows) -> None:
    item_id = uuid4()
    first = asking(item_id)
    await store(rows, first)
    async with rows.database.transaction(rows.workspace) as connection:
        again = asking(item_id)
        assert not await change_requests.insert_request(connection, rows.workspace, again, [])
        found = await change_requests.find_open(connection, rows.workspace, again)
        assert found is not None
        assert found.id == first.id
        other = asking(item_id, by="bob")
        assert await change_requests.insert_request(connection, rows.workspace, other, [])
        await change_requests.set_request_status(
            connection, rows.workspace, first.id, ChangeRequestStatus.DECLINED
        )
        assert await change_requests.insert_request(connection, rows.workspace, again, [])


async def test_eight_callers_who_ask_at_once_have_asked_once(rows: Rows) -> None:
    item_id = uuid4()

    async def ask() -> bool:
        async with rows.database.transaction(rows.workspace) as connection:
            new = asking(item_id)
            return await change_requests.insert_request(connection, rows.workspace, new, [])

    assert sum(await asyncio.gather(*(ask() for _ in range(8)))) == 1


async def test_another_workspace_sees_no_request(rows: Rows, elsewhere: Rows) -> None:
    new = asking(uuid4())
    await store(rows, new)
    async with elsewhere.database.transaction(elsewhere.workspace) as connection:
        with pytest.raises(NotFoundError):
            await change_requests.get_request(connection, elsewhere.workspace, new.id)
        # Not even by the other's name: row-level security holds where a filter is wrong.
        assert await change_requests.list_requests(connection, rows.workspace) == []


async def test_pages_of_requests_hold_each_once(rows: Rows) -> None:
    stored = [asking(uuid4()) for _ in range(5)]
    for new in stored:
        await store(rows, new)
    seen: list[UUID] = []
    before = None
    async with rows.database.transaction(rows.workspace) as connection:
        while page := await change_requests.list_requests(
            connection, rows.workspace, before=before, limit=2
        ):
            seen += [request.id for request in page]
            before = (page[-1].created_at, page[-1].id)
    assert seen == [new.id for new in reversed(stored)]


async def test_a_request_is_parked_when_only_parked_proposals_are_left(rows: Rows) -> None:
    new = asking(uuid4())
    one, other = await store(rows, new, adding("One."), adding("Two."))

    async def status() -> ChangeRequestStatus:
        async with rows.database.transaction(rows.workspace) as connection:
            await change_requests.set_waiting_status(connection, rows.workspace, new.id)
            found = await change_requests.get_request(connection, rows.workspace, new.id)
        return found.status

    await rows.move(one, ProposalStatus.IN_REVIEW, ProposalStatus.PARKED)
    assert await status() is ChangeRequestStatus.IN_REVIEW
    await rows.move(other, ProposalStatus.IN_REVIEW, ProposalStatus.REJECTED)
    assert await status() is ChangeRequestStatus.PARKED


async def test_a_request_that_has_ended_stays_as_it_ended(rows: Rows) -> None:
    """The same may be under way anew, and two of one kind would stand in each other's way."""
    first = asking(uuid4())
    [proposal_id] = await store(rows, first, adding())
    await rows.move(proposal_id, ProposalStatus.IN_REVIEW)

    async def status_after(status: ChangeRequestStatus) -> ChangeRequestStatus:
        async with rows.database.transaction(rows.workspace) as connection:
            await change_requests.set_request_status(connection, rows.workspace, first.id, status)
            await change_requests.set_waiting_status(connection, rows.workspace, first.id)
            found = await change_requests.get_request(connection, rows.workspace, first.id)
        return found.status

    failed, applied = ChangeRequestStatus.FAILED, ChangeRequestStatus.APPLIED
    assert await status_after(failed) is failed
    assert await status_after(ChangeRequestStatus.IN_REVIEW) is failed
    assert await status_after(applied) is failed


async def test_what_is_under_way_is_found_for_a_lost_temporal(rows: Rows) -> None:
    waiting, over = asking(uuid4()), asking(uuid4())
    for new in (waiting, over):
        await store(rows, new)
    async with rows.database.transaction(rows.workspace) as connection:
        await change_requests.set_request_status(
            connection, rows.workspace, over.id, ChangeRequestStatus.APPLIED
        )
    async with rows.database.transaction(INSTALLATION) as connection:
        found = await change_requests.list_unfinished(
            connection, older_than=timedelta(seconds=-1), limit=10_000
        )
    ours = [request_id for workspace, request_id in found if workspace == rows.workspace]
    assert ours == [waiting.id]


async def test_what_a_person_asks_for_is_merged_with_no_finding(rows: Rows) -> None:
    change = adding("One.")
    await store(rows, asking(uuid4()), change)
    async with rows.database.transaction(rows.workspace) as connection:
        near = await proposals.list_mergeable(
            connection,
            rows.workspace,
            gap=Gap.MISSING_KNOWLEDGE,
            kind=change.kind,
            merge_key=merge_key(change),
            embedding=Embedding("words", [0.1] * 384),
        )
    assert near == []


@pytest.mark.parametrize("columns", ["request_id = NULL", "intervention_id = request_id"])
async def test_a_proposal_comes_from_one_thing(rows: Rows, columns: str) -> None:
    [proposal_id] = await store(rows, asking(uuid4()), adding())
    with pytest.raises(psycopg.errors.IntegrityError):
        async with rows.database.transaction(rows.workspace) as connection:
            await connection.execute(
                f"UPDATE proposals SET {columns} WHERE id = %s".encode(), (proposal_id,)
            )


async def test_the_items_that_a_release_would_bring_back_are_those_that_moved(rows: Rows) -> None:
    still, _ = await rows.item(adding("Still."))
    moved, release = await rows.item(adding("One."))
    await rows.item(revising(moved, "Two."))
    added, _ = await rows.item(adding("New."))
    async with rows.database.transaction(rows.workspace) as connection:
        found = await change_requests.items_moved_since(connection, rows.workspace, release)
        histories = await change_requests.histories(connection, rows.workspace, found)
    assert set(found) == {moved, added}
    assert still not in found
    assert sorted([r.number for r in history] for history in histories) == [[1], [1, 2]]
