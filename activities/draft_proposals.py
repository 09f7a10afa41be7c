"""Drafts one proposal a finding, or lets the finding support one that is open already."""

from uuid import UUID, uuid5

from temporalio import activity

from activities import suppressing
from activities.case_file import build_case
from activities.comparing import embed_change
from activities.failures import heartbeats, told_to_temporal
from activities.gathering import with_ask
from activities.human_check import add_earlier, draft_of_habit
from activities.kit import Kit
from activities.metering import within_budget
from activities.overtaking import refuse_if_overtaken
from activities.placing import DraftId, draft_of, is_placed, place
from analysis.claims import trace_change
from domain.base import Message
from domain.cases import Case
from domain.errors import NotFoundError
from domain.findings import Finding, Gap
from domain.knowledge import ItemKind
from domain.merging import Likeness
from domain.model_calls import CallPurpose, ModelUsage
from domain.proposals import ProposalStatus
from store import erasures, interventions, outcomes, proposals, suppressions

_PROPOSALS = UUID("5f0f3d5e-5a0a-4d63-9a0e-1f0e2a7c9b11")


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
        more. Waits for the next day's token budget as the analysis does. Tried again after an
        erasure meanwhile: items and other cases were read. Permanent failures: `not_found`, and
        those of the model that say so.
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                finished = await erasures.count_finished(connection, task.workspace)
                analysis = await interventions.find_analysis(
                    connection, task.workspace, task.intervention_id
                )
            if analysis is None:
                raise NotFoundError(f"intervention {task.intervention_id} has no analysis")
            case = await self._case(task, finished)
            if case is not None:
                for index, finding in enumerate(analysis.findings):
                    if finding.gap is not Gap.NONE:
                        await self._draft_one(task, case, index, finding, finished)
            return await self._result(task)

    async def _case(self, task: DraftInput, finished: int) -> Case | None:
        """Return the case as this worker has just read it, or read it again; None once erased."""
        case = self._kit.cases.take(task.workspace, task.intervention_id, finished)
        if case is not None:
            return case
        async with self._kit.database.transaction(task.workspace) as connection:
            intervention = await interventions.get_intervention(
                connection, task.workspace, task.intervention_id
            )
        if intervention.erased_at is not None:
            return None
        return await build_case(self._kit, task.workspace, intervention)

    async def _draft_one(
        self, task: DraftInput, case: Case, index: int, finding: Finding, finished: int
    ) -> None:
        async with self._kit.database.transaction(task.workspace) as connection:
            if await is_placed(connection, task.workspace, task.intervention_id, index):
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
        new = proposals.NewProposal(
            id=uuid5(_PROPOSALS, f"{task.workspace}/{task.intervention_id}/{index}"),
            intervention_id=task.intervention_id,
            finding_index=index,
            finding=finding.model_copy(update={"claims": trace_change(draft.change, case)}),
            ask=case.ask,
            title=draft.title,
            rationale=draft.rationale,
            change=drafted.change,
            analyst=self._kit.analyst.info,
            merge_key=drafted.merge_key,
        )
        await self._place(task.workspace, new, draft.usage, finished)

    async def _place(
        self, workspace: str, new: proposals.NewProposal, usage: ModelUsage | None, finished: int
    ) -> None:
        """Place the draft, once it has been compared with all that it may be the same as."""
        embedding = await embed_change(self._kit, workspace, new.change)
        compared: dict[DraftId, Likeness] = {}
        while True:
            async with self._kit.database.transaction(workspace) as connection:
                await refuse_if_overtaken(connection, workspace, finished)
                if not await erasures.lock_unerased(connection, workspace, new.intervention_id):
                    return
                strangers = await place(connection, workspace, new, embedding, compared)
                if not strangers:
                    await add_earlier(connection, workspace, new)
                    await interventions.add_usage(connection, workspace, new.intervention_id, usage)
                    return
            # Outside of the transaction: others wait for its lock to draft.
            for other in strangers:
                compared[draft_of(other)] = await suppressing.compare(
                    self._kit, workspace, new.change, embedding, other
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
