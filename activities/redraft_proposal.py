"""Writes a proposal's next draft: for a reviewer or a replay, or onto an item that has moved."""

from enum import Enum, auto
from functools import partial
from typing import Literal
from uuid import UUID

from temporalio import activity

from activities.case_file import build_case, redact_remark
from activities.comparing import embed_change
from activities.failures import at_once, heartbeats, told_to_temporal
from activities.kit import Kit
from activities.metering import WorkspaceMeter
from activities.next_draft import NextDraft
from activities.origins import set_waiting_status
from activities.overtaking import refuse_if_overtaken
from activities.sending_back import send_back
from analysis.rebase import rebase_change
from domain.base import Message
from domain.erased_forms import erased_finding
from domain.knowledge import Change, Item, ItemStatus
from domain.model_calls import CallPurpose
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import DecisionEffect
from domain.rollback import changes_nothing
from domain.wordings import can_have_phrasings
from gateways.claude_meter import metered
from store import audit, erasures, interventions, knowledge, proposals, reviews
from store.database import Connection
from store.vectors import Embedding


class RedraftInput(Message):
    """Which proposal to draft again; its status says why."""

    workspace: str
    proposal_id: UUID


class RedraftResult(Message):
    """Where the proposal stands: as before with a new draft, or superseded."""

    status: ProposalStatus


class _Done(Enum):
    """An earlier attempt, whose result was lost, has stored the draft."""

    ALREADY = auto()


def _with_wordings_of(previous: Change, change: Change) -> Change:
    """Return the new draft with the wordings of the one before: analysts draft none anew."""
    kept = previous.phrasings if can_have_phrasings(change) else ()
    return change.model_copy(update={"phrasings": kept})


class RedraftProposal:
    """Holds the analyst, the embedder and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def redraft_proposal(self, task: RedraftInput) -> RedraftResult:
        """Store the next draft of a proposal for which changes were requested or whose base moved.

        One that nobody has seen yet is sent back once if it does not fix its own case: the better
        draft is kept, and its verification says so.

        Side effects: the proposal's draft, content hash and status. Idempotent on the draft
        number, and on what asks for the draft: what is drafted already is not drafted again. A
        proposal whose item was retired meanwhile is superseded, as is a person's own that the
        item says by now. What a person asked for no analyst can word anew: people see it again
        with the comment, and edit it. Tried again after an erasure meanwhile. Permanent failures:
        `not_found`, a token budget that is used up, and those of the model that say so.
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                finished = await erasures.count_finished(connection, task.workspace)
                proposal = await proposals.get_proposal(
                    connection, task.workspace, task.proposal_id
                )
            if proposal.status is ProposalStatus.CHANGES_REQUESTED:
                draft = await self._answer_reviewer(task.workspace, proposal)
            elif proposal.status is ProposalStatus.CONFLICTED:
                draft = await self._rebase(task.workspace, proposal)
            elif proposal.status is ProposalStatus.DRAFTING:
                await self._answer_replay(task.workspace, proposal, finished)
                draft = _Done.ALREADY
            else:
                draft = _Done.ALREADY
            if draft is _Done.ALREADY:
                return RedraftResult(status=proposal.status)
            return await self._store(task.workspace, proposal, draft, finished)

    async def _answer_reviewer(
        self, workspace: str, proposal: Proposal
    ) -> NextDraft | Literal[_Done.ALREADY]:
        if proposal.intervention_id is None:
            return _Done.ALREADY
        async with self._kit.database.transaction(workspace) as connection:
            decisions = await reviews.list_decisions(connection, workspace, proposal.id)
            asking = [d for d in decisions if d.effect is DecisionEffect.CHANGES_REQUESTED]
        # A reviewer's edit is a draft that answers already, and nobody has asked for another.
        if not asking or asking[-1].content_hash != proposal.content_hash:
            return _Done.ALREADY
        comment = asking[-1].comment
        return await self._ask_analyst(workspace, proposal, proposal.intervention_id, comment)

    async def _answer_replay(self, workspace: str, proposal: Proposal, finished: int) -> None:
        """Have the draft written once more if it does not fix the case that led to it."""
        if proposal.intervention_id is not None:
            ask = partial(self._ask_analyst, workspace, proposal, proposal.intervention_id)
            await send_back(self._kit, workspace, proposal, ask, finished_erasures=finished)

    async def _ask_analyst(
        self, workspace: str, proposal: Proposal, intervention_id: UUID, comment: str
    ) -> NextDraft:
        async with self._kit.database.transaction(workspace) as connection:
            evidence = await proposals.list_evidence(connection, workspace, proposal.id)
            finding = next(e.finding for e in evidence if e.intervention_id == intervention_id)
            intervention = await interventions.get_intervention(
                connection, workspace, intervention_id
            )
        if intervention.erased_at is not None:
            finding = erased_finding(finding)
        case = await build_case(self._kit, workspace, intervention)
        comment = redact_remark(intervention.submission, comment)
        meter = WorkspaceMeter(self._kit.database, workspace, CallPurpose.REDRAFT, intervention_id)
        with metered(meter), at_once():
            draft = await self._kit.analyst.redraft(case, finding, proposal.change, comment)
        return NextDraft(
            _with_wordings_of(proposal.change, draft.change),
            draft.title,
            draft.rationale,
            self._kit.analyst.info.name,
            draft.usage,
            read=None if intervention.erased_at else intervention.id,
        )

    async def _rebase(
        self, workspace: str, proposal: Proposal
    ) -> NextDraft | Literal[_Done.ALREADY] | None:
        """Return the change on the item's head; None if it became pointless meanwhile."""
        change = proposal.change
        if change.item_id is None:
            # An addition that an erasure has changed: people see what is left of it.
            return _Done.ALREADY
        async with self._kit.database.transaction(workspace) as connection:
            head: Item = await knowledge.get_item(connection, workspace, change.item_id)
            revisions = await knowledge.list_revisions(connection, workspace, change.item_id)
        if head.revision == change.base_revision:
            return _Done.ALREADY
        if head.status is ItemStatus.RETIRED:
            return None
        base = next(r.content for r in revisions if r.number == change.base_revision)
        rebased = rebase_change(change, base=base, head=head)
        if proposal.request_id is not None and changes_nothing(rebased, head):
            return None
        return NextDraft(rebased, proposal.title, proposal.rationale, proposal.drafted_by)

    async def _store(
        self,
        workspace: str,
        proposal: Proposal,
        draft: NextDraft | None,
        finished_erasures: int,
    ) -> RedraftResult:
        embedding = draft and await embed_change(self._kit, workspace, draft.change)
        async with self._kit.database.transaction(workspace) as connection:
            await refuse_if_overtaken(connection, workspace, finished_erasures)
            if draft is not None and proposal.intervention_id is not None:
                await interventions.add_usage(
                    connection, workspace, proposal.intervention_id, draft.usage
                )
            current = await proposals.lock_proposal(connection, workspace, proposal.id)
            if current.draft != proposal.draft or current.status is not proposal.status:
                return RedraftResult(status=current.status)
            # Proposals are locked before interventions everywhere, so no deadlock.
            read = draft.read if draft else None
            if read and not await erasures.lock_unerased(connection, workspace, read):
                return RedraftResult(status=proposal.status)
            if draft is None or embedding is None:
                await _supersede(connection, workspace, current)
                return RedraftResult(status=ProposalStatus.SUPERSEDED)
            await _replace(connection, workspace, current, draft, embedding)
            return RedraftResult(status=current.status)


async def _supersede(connection: Connection, workspace: str, proposal: Proposal) -> None:
    await proposals.move_proposal(connection, workspace, proposal, ProposalStatus.SUPERSEDED)
    await reviews.close_review(connection, workspace, proposal.id)
    await set_waiting_status(connection, workspace, proposal.origin)
    await _record(connection, workspace, proposal, "proposal_superseded", by="system")


async def _replace(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    draft: NextDraft,
    embedding: Embedding,
) -> None:
    content_hash = await proposals.replace_draft(
        connection,
        workspace,
        proposal,
        change=draft.change,
        title=draft.title,
        rationale=draft.rationale,
        drafted_by=draft.drafted_by,
        embedding=embedding,
    )
    await reviews.void_other_approvals(connection, workspace, proposal.id, content_hash)
    await _record(connection, workspace, proposal, "proposal_redrafted", by=draft.drafted_by)


async def _record(
    connection: Connection, workspace: str, proposal: Proposal, action: str, *, by: str
) -> None:
    await audit.record(
        connection,
        workspace,
        actor=by,
        action=action,
        subject=f"proposal/{proposal.id}",
        details={"draft": proposal.draft + 1},
    )
