from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.errors import IllegalTransitionError, NotFoundError
from domain.findings import Gap
from domain.knowledge import ItemKind
from domain.priority import priority_of
from domain.proposals import Proposal, ProposalStatus, ReplayEffect
from store import proposals
from store.proposals import Mergeable, ProposalListing
from store.vectors import Embedding
from tests.api.rows import ANALYST, Rows, a_finding, a_verification, adding, revising

_S = ProposalStatus
NEAR = Embedding("words", [1.0, *[0.0] * 383])


async def support(rows: Rows, proposal: Proposal, times: int) -> None:
    """Let that many more interventions support the proposal."""
    for _ in range(times):
        intervention_id = await rows.intervention()
        async with rows.database.transaction(rows.workspace) as connection:
            await proposals.add_evidence(
                connection,
                rows.workspace,
                proposal.id,
                intervention_id=intervention_id,
                finding_index=0,
                finding=a_finding(),
                ask="Where is it?",
            )


async def page(
    rows: Rows, after: ProposalListing | None = None, limit: int = 3
) -> list[ProposalListing]:
    async with rows.database.transaction(rows.workspace) as connection:
        return await proposals.list_proposals(
            connection,
            rows.workspace,
            after=after.position if after else None,
            limit=limit,
        )


async def test_pages_have_each_proposal_once_and_most_support_first(rows: Rows) -> None:
    made = [await rows.proposal() for _ in range(7)]
    for n in (1, 4, 5):
        await support(rows, made[n], times=n)
    seen: list[ProposalListing] = []
    while found := await page(rows, seen[-1] if seen else None):
        seen += found
    assert [entry.support for entry in seen] == [6, 5, 2, 1, 1, 1, 1]
    assert {entry.id for entry in seen} == {proposal.id for proposal in made}


async def test_the_database_ranks_by_the_rule(rows: Rows) -> None:
    """The generated column and `domain/priority.py` say the same."""
    fixing = await rows.proposal(effect=ReplayEffect.FIXED)
    same = await rows.proposal(effect=ReplayEffect.SAME)
    unread = await rows.proposal(effect=None)
    await support(rows, same, times=2)
    found = {entry.id: entry for entry in await page(rows)}
    assert [found[one.id].priority for one in (fixing, same, unread)] == [2, 3, 1]
    for entry in found.values():
        assert entry.priority == priority_of(entry.support, entry.verification)


async def test_among_equals_what_is_due_first_comes_first(rows: Rows) -> None:
    made = [await rows.proposal() for _ in range(5)]
    unopened = await rows.proposal(review=False)
    seen: list[ProposalListing] = []
    while found := await page(rows, seen[-1] if seen else None, limit=2):
        seen += found
    assert [entry.id for entry in seen] == [proposal.id for proposal in (*made, unopened)]


async def test_a_proposal_that_comes_meanwhile_moves_no_page(rows: Rows) -> None:
    made = [await rows.proposal() for _ in range(4)]
    seen = await page(rows, limit=2)
    late = await rows.proposal()
    while found := await page(rows, seen[-1], limit=2):
        seen += found
    # Its id decides whether it still comes up; the others come up once.
    assert sorted(entry.id for entry in seen if entry.id != late.id) == sorted(p.id for p in made)


async def test_the_inbox_is_filtered_by_status_and_kind(rows: Rows) -> None:
    waiting = await rows.proposal()
    rejected = await rows.proposal(adding("Refund all.", ItemKind.POLICY))
    await rows.move(rejected.id, _S.REJECTED)
    async with rows.database.transaction(rows.workspace) as connection:
        by_status = await proposals.list_proposals(connection, rows.workspace, status=_S.IN_REVIEW)
        by_kind = await proposals.list_proposals(connection, rows.workspace, kind=ItemKind.POLICY)
        counts = await proposals.count_proposals(connection, rows.workspace)
    assert [entry.id for entry in by_status] == [waiting.id]
    assert [entry.id for entry in by_kind] == [rejected.id]
    assert counts == [
        {"status": "in_review", "kind": "article", "count": 1},
        {"status": "rejected", "kind": "policy", "count": 1},
    ]


async def test_another_workspace_sees_none(rows: Rows, elsewhere: Rows) -> None:
    proposal = await rows.proposal()
    assert await page(elsewhere) == []
    with pytest.raises(NotFoundError):
        await elsewhere.read(proposal.id)


async def mergeable(
    rows: Rows,
    *,
    gap: Gap = Gap.MISSING_KNOWLEDGE,
    kind: ItemKind = ItemKind.ARTICLE,
    merge_key: str = "article/new",
    limit: int = 5,
) -> list[Mergeable]:
    async with rows.database.transaction(rows.workspace) as connection:
        return await proposals.list_mergeable(
            connection,
            rows.workspace,
            gap=gap,
            kind=kind,
            merge_key=merge_key,
            embedding=NEAR,
            limit=limit,
        )


async def store_proposal(
    rows: Rows,
    similarity: float,
    merge_key: str = "article/new",
    model: str = "words",
    rest: int = 382,
) -> UUID:
    """Store a drafted proposal whose embedding is that near to NEAR."""
    intervention_id = await rows.intervention()
    new = proposals.NewProposal(
        id=uuid4(),
        intervention_id=intervention_id,
        finding_index=0,
        finding=a_finding(),
        ask="Where is it?",
        title="Lost parcels",
        rationale="They asked.",
        change=adding(),
        analyst=ANALYST,
        merge_key=merge_key,
    )
    embedding = Embedding(model, [similarity, (1 - similarity**2) ** 0.5, *[0.0] * rest])
    async with rows.database.transaction(rows.workspace) as connection:
        await proposals.insert_proposal(connection, rows.workspace, new, embedding)
    return new.id


async def test_proposals_with_another_models_vector_are_not_compared(rows: Rows) -> None:
    await store_proposal(rows, 1.0, model="short", rest=2)
    near = await store_proposal(rows, 0.9)
    assert [entry.id for entry in await mergeable(rows)] == [near]


async def test_open_proposals_of_the_same_key_come_nearest_first(rows: Rows) -> None:
    far = await store_proposal(rows, 0.5)
    nearest = await store_proposal(rows, 0.9)
    found = await mergeable(rows)
    assert [entry.id for entry in found] == [nearest, far]
    assert found[0].similarity == pytest.approx(0.9, abs=1e-4)
    assert found[0].change == adding()
    assert [entry.id for entry in await mergeable(rows, limit=1)] == [nearest]


@pytest.mark.parametrize(
    "other",
    [
        {"gap": Gap.MISSING_TOOL},
        {"kind": ItemKind.POLICY},
        {"merge_key": "article/another"},
    ],
)
async def test_one_of_another_sort_takes_no_evidence(rows: Rows, other: dict[str, Any]) -> None:
    await store_proposal(rows, 1.0)
    assert await mergeable(rows, **other) == []


@pytest.mark.parametrize(
    ("way", "joins"),
    [
        ([], True),
        ([_S.IN_REVIEW], True),
        ([_S.IN_REVIEW, _S.CHANGES_REQUESTED], True),
        ([_S.IN_REVIEW, _S.PARKED], True),
        ([_S.IN_REVIEW, _S.APPROVED], False),
        ([_S.IN_REVIEW, _S.APPROVED, _S.CONFLICTED], False),
        ([_S.IN_REVIEW, _S.REJECTED], False),
        ([_S.SUPERSEDED], False),
    ],
)
async def test_only_one_that_is_still_open_takes_evidence(
    rows: Rows, way: list[ProposalStatus], joins: bool
) -> None:
    proposal_id = await store_proposal(rows, 1.0)
    await rows.move(proposal_id, *way)
    assert bool(await mergeable(rows)) is joins


async def test_one_of_another_workspace_takes_none(rows: Rows, elsewhere: Rows) -> None:
    await store_proposal(rows, 1.0)
    assert await mergeable(elsewhere) == []


async def test_support_counts_interventions_not_findings(rows: Rows) -> None:
    proposal = await rows.proposal()
    intervention_id = await rows.intervention()
    for index in (0, 1, 1):
        async with rows.database.transaction(rows.workspace) as connection:
            await proposals.add_evidence(
                connection,
                rows.workspace,
                proposal.id,
                intervention_id=intervention_id,
                finding_index=index,
                finding=a_finding(),
                ask="Where is it?",
            )
    assert (await rows.read(proposal.id)).support == 2
    async with rows.database.transaction(rows.workspace) as connection:
        assert len(await proposals.list_evidence(connection, rows.workspace, proposal.id)) == 3
        of_other = await proposals.list_proposals_of_intervention(
            connection, rows.workspace, intervention_id
        )
    assert [entry.id for entry in of_other] == [proposal.id]


async def test_a_new_draft_takes_the_verification_away_and_keeps_the_old_draft(rows: Rows) -> None:
    proposal = await rows.proposal()
    change = adding("Refunds take 3 days.")
    async with rows.database.transaction(rows.workspace) as connection:
        await proposals.replace_draft(
            connection,
            rows.workspace,
            proposal,
            change=change,
            title="Shorter",
            rationale="They asked.",
            drafted_by="dana",
            embedding=NEAR,
        )
        drafts = await proposals.list_drafts(connection, rows.workspace, proposal.id)
    now = await rows.read(proposal.id)
    assert (now.draft, now.content_hash, now.verification) == (2, change.content_hash(), None)
    assert [draft.content_hash for draft in drafts] == [proposal.content_hash, now.content_hash]


async def test_a_redraft_of_another_kind_is_listed_as_that_kind(rows: Rows) -> None:
    proposal = await rows.proposal()
    async with rows.database.transaction(rows.workspace) as connection:
        await proposals.replace_draft(
            connection,
            rows.workspace,
            proposal,
            change=adding("Refund in 3 days.", ItemKind.POLICY),
            title="As a rule",
            rationale="They asked.",
            drafted_by="dana",
            embedding=NEAR,
        )
        found = await proposals.list_proposals(connection, rows.workspace, kind=ItemKind.POLICY)
    assert [entry.id for entry in found] == [proposal.id]


async def test_a_verification_of_an_older_draft_is_not_kept(rows: Rows) -> None:
    proposal = await rows.proposal(review=False)
    async with rows.database.transaction(rows.workspace) as connection:
        await proposals.save_verification(
            connection, rows.workspace, proposal.id, a_verification(adding("Another answer."))
        )
    assert await rows.read(proposal.id) == proposal


@pytest.mark.parametrize("status", [_S.DRAFTING, _S.APPLIED, _S.CONFLICTED])
async def test_an_illegal_move_is_refused(rows: Rows, status: ProposalStatus) -> None:
    proposal = await rows.proposal()
    with pytest.raises(IllegalTransitionError):
        await rows.move(proposal.id, status)
    assert (await rows.read(proposal.id)).status is _S.IN_REVIEW


async def test_only_an_approved_proposal_becomes_applied(rows: Rows) -> None:
    proposal = await rows.proposal()
    async with rows.database.transaction(rows.workspace) as connection:
        with pytest.raises(IllegalTransitionError):
            await proposals.mark_applied(connection, rows.workspace, proposal, 1)


async def test_a_change_is_read_back_with_the_same_hash(rows: Rows) -> None:
    for change in (*(adding("Zoë 🙂", kind) for kind in ItemKind), revising(uuid4(), "x")):
        stored = (await rows.proposal(change)).change
        assert stored.content_hash() == change.content_hash()
