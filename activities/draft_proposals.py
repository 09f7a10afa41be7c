"""Drafts one proposal a finding, or lets the finding support one that is open already."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from temporalio import activity

from activities import suppressing
from activities.case_file import build_case
from activities.comparing import embed_change
from activities.failures import heartbeats, told_to_temporal
from activities.gathering import gather_wordings, with_ask, with_left_wordings
from activities.human_check import add_earlier, draft_of_habit
from activities.kit import Kit
from activities.metering import within_budget
from analysis.claims import trace_change
from domain.base import Message
from domain.cases import Case
from domain.errors import NotFoundError
from domain.findings import Finding, Gap
from domain.knowledge import ItemKind
from domain.merging import Likeness, is_phrasing_key, is_same_gap
from domain.model_calls import CallPurpose
from domain.proposals import ProposalStatus
from store import (
    audit,
    erasures,
    interventions,
    outbox,
    outcomes,
    proposals,
    suppressions,
    wordings,
)
from store.database import Connection
from store.suppressions import RejectedDraft
from store.vectors import Embedding

_PROPOSALS = UUID("5f0f3d5e-5a0a-4d63-9a0e-1f0e2a7c9b11")

_Draft = tuple[UUID, str]
"""A proposal and the content hash of its draft."""


class DraftInput(Message):
    """Whose findings to turn into proposals."""

    workspace: str
    intervention_id: UUID


class DraftedProposal(Message):
    """A proposal that this intervention's workflow looks after, and where it stands."""

    proposal_id: UUID
    status: ProposalStatus
    gap: Gap | None
    kind: ItemKind


class DraftResult(Message):
    """The intervention's own proposals, and how many findings joined others."""

    own: tuple[DraftedProposal, ...] = ()
    merged: int = 0
    held_back: int = 0
    """Findings that were not proposed, because people had rejected the same before."""


class DraftProposals:
    """Holds the analyst, the embedder and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def draft_proposals(self, task: DraftInput) -> DraftResult:
        """Store a proposal, or evidence for an open one, for each finding that wants a change.

        Side effects: rows of `proposals`, `evidence` and `outbox`, keyed by intervention and
        finding; what is there already stands. Of an erased intervention nothing is drafted any
        more. Waits for the next day's token budget as the analysis does. Permanent failures:
        `not_found`, and those of the model that say so.
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                analysis = await interventions.find_analysis(
                    connection, task.workspace, task.intervention_id
                )
            if analysis is None:
                raise NotFoundError(f"intervention {task.intervention_id} has no analysis")
            case = await self._case(task)
            if case is not None:
                for index, finding in enumerate(analysis.findings):
                    if finding.gap is not Gap.NONE:
                        await self._draft_one(task, case, index, finding)
            return await self._result(task)

    async def _case(self, task: DraftInput) -> Case | None:
        """Return the case as this worker has just read it, or read it again; None once erased."""
        case = self._kit.cases.take(task.workspace, task.intervention_id)
        if case is not None:
            return case
        async with self._kit.database.transaction(task.workspace) as connection:
            intervention = await interventions.get_intervention(
                connection, task.workspace, task.intervention_id
            )
        if intervention.erased_at is not None:
            return None
        return await build_case(self._kit, task.workspace, intervention)

    async def _draft_one(self, task: DraftInput, case: Case, index: int, finding: Finding) -> None:
        async with self._kit.database.transaction(task.workspace) as connection:
            done = await proposals.find_proposal_of_finding(
                connection, task.workspace, task.intervention_id, index
            ) or await suppressions.find_held_back(
                connection, task.workspace, task.intervention_id, index
            )
        if done is not None:
            return
        async with within_budget(
            self._kit.database, task.workspace, CallPurpose.DRAFT, task.intervention_id
        ):
            draft = await draft_of_habit(
                self._kit, task.workspace, case, finding
            ) or await self._kit.analyst.draft(case, finding)
        if draft is None:
            return
        async with self._kit.database.transaction(task.workspace) as connection:
            drafted = await with_ask(connection, task.workspace, draft.change, case.ask)
        if drafted is None:
            return
        change = drafted.change
        new = proposals.NewProposal(
            id=uuid5(_PROPOSALS, f"{task.workspace}/{task.intervention_id}/{index}"),
            intervention_id=task.intervention_id,
            finding_index=index,
            finding=finding.model_copy(update={"claims": trace_change(draft.change, case)}),
            ask=case.ask,
            title=draft.title,
            rationale=draft.rationale,
            change=change,
            analyst=self._kit.analyst.info,
            merge_key=drafted.merge_key,
        )
        embedding = await embed_change(self._kit, task.workspace, change)
        compared: dict[_Draft, Likeness] = {}
        while True:
            async with self._kit.database.transaction(task.workspace) as connection:
                if not await erasures.lock_unerased(
                    connection, task.workspace, task.intervention_id
                ):
                    return
                strangers = await _place(connection, task.workspace, new, embedding, compared)
                if not strangers:
                    await add_earlier(connection, task.workspace, case, index, finding)
                    await interventions.add_usage(
                        connection, task.workspace, task.intervention_id, draft.usage
                    )
                    return
            # Outside of the transaction: others wait for its lock to draft.
            for other in strangers:
                compared[_draft_of(other)] = await suppressing.compare(
                    self._kit, task.workspace, change, embedding, other
                )

    async def _result(self, task: DraftInput) -> DraftResult:
        async with self._kit.database.transaction(task.workspace) as connection:
            supported = await proposals.list_proposals_of_intervention(
                connection, task.workspace, task.intervention_id
            )
            await outcomes.record_verdict(connection, task.workspace, task.intervention_id)
            held_back = await suppressions.list_suppressions_of(
                connection, task.workspace, task.intervention_id
            )
        own = [p for p in supported if p.intervention_id == task.intervention_id]
        return DraftResult(
            own=tuple(
                DraftedProposal(
                    proposal_id=proposal.id,
                    status=proposal.status,
                    gap=proposal.gap,
                    kind=proposal.change.kind,
                )
                for proposal in own
            ),
            merged=len(supported) - len(own),
            held_back=len(held_back),
        )


def _draft_of(proposal: proposals.Mergeable) -> _Draft:
    return proposal.id, proposal.change.content_hash()


async def _place(
    connection: Connection,
    workspace: str,
    new: proposals.NewProposal,
    embedding: Embedding,
    compared: Mapping[_Draft, Likeness],
) -> list[proposals.Mergeable]:
    """Join an open proposal of the same gap, or open a new one unless it is held back.

    Return the near ones that have to be compared first; nothing was done if there are any.
    """
    change = new.change
    await proposals.lock_drafting(connection, workspace, change.kind)
    if await proposals.find_proposal_of_finding(
        connection, workspace, new.intervention_id, new.finding_index
    ) or await suppressions.find_held_back(
        connection, workspace, new.intervention_id, new.finding_index
    ):
        # Another attempt at this finding was faster.
        return []
    if is_phrasing_key(new.merge_key):
        await _place_wordings(connection, workspace, new, embedding)
        return []
    near = await proposals.list_mergeable(
        connection,
        workspace,
        gap=new.finding.gap,
        kind=change.kind,
        merge_key=new.merge_key,
        embedding=embedding,
    )
    rejected = await suppressing.rejected_drafts(connection, workspace, new, embedding)
    strangers = [other for other in (*near, *rejected) if _draft_of(other) not in compared]
    if strangers:
        return strangers
    for other in near:
        if is_same_gap(change, other_key=other.merge_key, likeness=compared[_draft_of(other)]):
            await _join(connection, workspace, new, other)
            return []
    same = suppressing.find_rejected(new, rejected, compared)
    await _open(connection, workspace, new, embedding, same)
    return []


async def _place_wordings(
    connection: Connection, workspace: str, new: proposals.NewProposal, embedding: Embedding
) -> None:
    """Join the open phrasing revision of the item, or open one with all that was left behind.

    Nothing is done for wordings that all find the item already.
    """
    other = await wordings.find_open_with_key(connection, workspace, new.change.kind, new.merge_key)
    if other is not None:
        await _join(connection, workspace, new, other)
        return
    whole = await with_left_wordings(connection, workspace, new)
    if whole is not None:
        rejected = await suppressing.rejected_drafts(connection, workspace, whole, embedding)
        same = suppressing.find_rejected(whole, rejected, {})
        await _open(connection, workspace, whole, embedding, same)


async def _open(
    connection: Connection,
    workspace: str,
    new: proposals.NewProposal,
    embedding: Embedding,
    rejected: RejectedDraft | None,
) -> None:
    """Open a proposal, or hold it back if people rejected the same and still have reason to."""
    taken = None
    if rejected is not None:
        taken = await suppressing.hold_back_or_take_up(connection, workspace, new, rejected)
        if taken is None:
            return
    await proposals.insert_proposal(connection, workspace, new, embedding)
    if taken is not None:
        await suppressing.take_up(connection, workspace, new, taken)
    await audit.record(
        connection,
        workspace,
        actor=new.analyst.name,
        action="proposal_drafted",
        subject=f"proposal/{new.id}",
        details={"content_hash": new.change.content_hash(), "gap": new.finding.gap.value},
    )


async def _join(
    connection: Connection,
    workspace: str,
    new: proposals.NewProposal,
    other: proposals.Mergeable,
) -> None:
    """Let the finding support the other proposal, and note that its workflow must hear of it."""
    support = await proposals.add_evidence(
        connection,
        workspace,
        other.id,
        intervention_id=new.intervention_id,
        finding_index=new.finding_index,
        finding=new.finding,
        ask=new.ask,
    )
    redrafted = await gather_wordings(connection, workspace, other.id, by=new.analyst.name)
    if other.intervention_id != new.intervention_id:
        await outbox.enqueue(
            connection,
            workspace,
            outbox.Topic.SIGNAL,
            dedupe_key=f"evidence/{new.intervention_id}/{new.finding_index}",
            payload={
                "signal": "add_evidence",
                "intervention_id": str(other.intervention_id),
                "proposal_id": str(other.id),
                "supporting_intervention_id": str(new.intervention_id),
                "support": support,
                "redrafted": redrafted,
            },
        )
    await audit.record(
        connection,
        workspace,
        actor=new.analyst.name,
        action="evidence_added",
        subject=f"proposal/{other.id}",
        details={"intervention_id": str(new.intervention_id)},
    )
