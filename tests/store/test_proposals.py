from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.errors import IllegalTransitionError, NotFoundError
from domain.findings import Gap
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from store import proposals
from store.proposals import Mergeable
from store.vectors import Embedding
from tests.api.rows import ANALYST, Rows, a_finding, a_verification, adding, revising

_S = ProposalStatus
NEAR = Embedding("words", [1.0, *[0.0] * 383])


async def test_another_workspace_sees_none(rows: Rows, elsewhere: Rows) -> None:
    proposal = await rows.proposal()
    async with elsewhere.database.transaction(elsewhere.workspace) as connection:
        assert await proposals.count_proposals(connection, elsewhere.workspace) == []
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
        counted = await proposals.count_proposals(connection, rows.workspace)
    assert counted == [{"status": "in_review", "kind": "policy", "count": 1}]


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
