"""Rules on a decision that a person has made, and records what it did."""

import asyncio
from uuid import UUID

from temporalio import activity

from activities import suppressing
from activities.comparing import embed_change
from activities.failures import told_to_temporal
from activities.kit import Kit
from activities.origins import set_waiting_status
from activities.telling import tell_author
from analysis.personal_fields import PersonalPart, personal_data_in
from domain.base import Message
from domain.edits import SeenProof, proof_seen
from domain.notifications import Occasion
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import (
    Decision,
    DecisionEffect,
    IgnoredBecause,
    Ruling,
    Verdict,
    rule_on,
)
from store import audit, proposals, reviews
from store.database import Connection
from store.vectors import Embedding
from store.workspaces import read_settings


class SettleDecisionInput(Message):
    """Which decision to rule on, for which of the workflow's proposals."""

    workspace: str
    proposal_id: UUID
    decision_id: UUID


class SettleDecisionResult(Message):
    """What the decision did.

    `edited` if an approval brought a new draft with it: that is verified, and `settle_edit` rules
    on the approval then. `seen` is what the proof of the draft before showed.
    """

    effect: DecisionEffect
    reason: IgnoredBecause | None = None
    status: ProposalStatus
    edited: bool = False
    seen: SeenProof | None = None


_STATUS_AFTER = {
    DecisionEffect.APPROVED: ProposalStatus.APPROVED,
    DecisionEffect.REJECTED: ProposalStatus.REJECTED,
    DecisionEffect.CHANGES_REQUESTED: ProposalStatus.CHANGES_REQUESTED,
}

AWAITS_PROOF = frozenset({ProposalStatus.CHANGES_REQUESTED, ProposalStatus.IN_REVIEW})
"""Where a proposal may stand while the approval of an edit waits for its proof."""


class SettleDecision:
    """Holds the database and the embedder."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def settle_decision(self, task: SettleDecisionInput) -> SettleDecisionResult:
        """Apply the rules to one pending decision, in one transaction.

        An approval with an edit stays pending: its edit becomes the next draft, which nobody can
        decide on until it is verified.

        Side effects: the decision's effect, the proposal's status, a reviewer's edit as the next
        draft, the suppression of a rejected gap, a notice of it. Keyed by the decision: a settled
        one is only read again. A decision that is not in the record is ignored, and that is
        audited. Permanent failure: `not_found`.
        """
        async with told_to_temporal():
            embedding = await self._embed_edit(task)
            async with self._kit.database.transaction(task.workspace) as connection:
                await suppressing.await_drafting(connection, task.workspace, task.decision_id)
                proposal = await proposals.lock_proposal(
                    connection, task.workspace, task.proposal_id
                )
                decision = await reviews.find_decision(connection, task.workspace, task.decision_id)
                if decision is None or decision.proposal_id != proposal.id:
                    return await _ignore_unknown(connection, task, proposal)
                if decision.effect is not DecisionEffect.PENDING:
                    return _settled_before(decision, proposal)
                if _waits_for_its_proof(decision, proposal):
                    return SettleDecisionResult(
                        effect=decision.effect, status=proposal.status, edited=True
                    )
                ruling = await _rule(connection, task.workspace, proposal, decision)
                settled = await _carry_out(
                    connection, task.workspace, proposal, decision, ruling, embedding
                )
                if settled.effect is DecisionEffect.REJECTED:
                    await self._tell(connection, task.workspace, proposal, decision)
                return settled

    async def _tell(
        self, connection: Connection, workspace: str, proposal: Proposal, decision: Decision
    ) -> None:
        """Have whose case it was told that it was rejected."""
        review = await reviews.get_review(connection, workspace, proposal.id)
        await tell_author(
            self._kit,
            connection,
            workspace,
            proposal.id,
            Occasion.REJECTED,
            author=review.author,
            key=str(decision.id),
            by=decision.by,
        )

    async def _embed_edit(self, task: SettleDecisionInput) -> Embedding | None:
        """Return the embedding of the reviewer's edit, made before any row is locked."""
        async with self._kit.database.transaction(task.workspace) as connection:
            decision = await reviews.find_decision(connection, task.workspace, task.decision_id)
        if decision is None or decision.edited_change is None:
            return None
        return await embed_change(self._kit, task.workspace, decision.edited_change)


def _settled_before(decision: Decision, proposal: Proposal) -> SettleDecisionResult:
    """Return what the decision did, as the attempt whose result was lost would have said."""
    took_effect = decision.effect is not DecisionEffect.IGNORED
    is_now_the_draft = decision.approved_hash == proposal.content_hash
    return SettleDecisionResult(
        effect=decision.effect,
        reason=decision.reason,
        status=proposal.status,
        edited=_approves_an_edit(decision) and took_effect and is_now_the_draft,
    )


def _approves_an_edit(decision: Decision) -> bool:
    return decision.verdict is Verdict.APPROVE and decision.edited_change is not None


def _waits_for_its_proof(decision: Decision, proposal: Proposal) -> bool:
    """Return whether an earlier attempt, whose result was lost, has stored the edit.

    A workflow that was lost meanwhile has put it before people, since nothing told it otherwise.
    """
    return (
        _approves_an_edit(decision)
        and proposal.status in AWAITS_PROOF
        and proposal.drafted_by == decision.by
        and decision.content_hash != proposal.content_hash
        and decision.approved_hash == proposal.content_hash
    )


async def _ignore_unknown(
    connection: Connection, task: SettleDecisionInput, proposal: Proposal
) -> SettleDecisionResult:
    await audit.record(
        connection,
        task.workspace,
        actor="system",
        action="decision_ignored",
        subject=f"proposal/{proposal.id}",
        details={
            "decision_id": str(task.decision_id),
            "reason": IgnoredBecause.UNKNOWN_DECISION.value,
        },
    )
    return SettleDecisionResult(
        effect=DecisionEffect.IGNORED,
        reason=IgnoredBecause.UNKNOWN_DECISION,
        status=proposal.status,
    )


async def _rule(
    connection: Connection, workspace: str, proposal: Proposal, decision: Decision
) -> Ruling:
    review = await reviews.get_review(connection, workspace, proposal.id)
    approvals = await reviews.list_approvals(
        connection, workspace, proposal.id, proposal.content_hash
    )
    personal = await _personal_data(connection, workspace, proposal, decision)
    return rule_on(
        decision,
        status=proposal.status,
        content_hash=proposal.content_hash,
        review=review,
        approvals=approvals,
        change=proposal.change,
        personal_data=personal,
    )


async def _personal_data(
    connection: Connection, workspace: str, proposal: Proposal, decision: Decision
) -> list[PersonalPart]:
    """Return the personal data that the decision would publish, or store as the next draft."""
    if decision.verdict is not Verdict.APPROVE and decision.edited_change is None:
        return []
    settings = await read_settings(connection, workspace)
    change = decision.edited_change or proposal.change
    return await asyncio.to_thread(personal_data_in, change, settings.public_texts)


async def _carry_out(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    decision: Decision,
    ruling: Ruling,
    embedding: Embedding | None,
) -> SettleDecisionResult:
    is_edited = (
        ruling.effect is not DecisionEffect.IGNORED
        and decision.edited_change is not None
        and decision.approved_hash != proposal.content_hash
    )
    if is_edited:
        await _store_edit(connection, workspace, proposal, decision, embedding)
        if decision.verdict is Verdict.APPROVE:
            return await _await_proof(connection, workspace, proposal, decision)
    await reviews.settle_decision(connection, workspace, decision.id, ruling)
    status = _STATUS_AFTER.get(ruling.effect, proposal.status)
    if status is not proposal.status:
        await proposals.move_proposal(connection, workspace, proposal, status)
    if status.is_final:
        await reviews.close_review(connection, workspace, proposal.id)
        await set_waiting_status(connection, workspace, proposal.origin)
    if ruling.effect is DecisionEffect.REJECTED:
        await suppressing.suppress(connection, workspace, proposal, decision)
    await record_ruling(connection, workspace, decision, ruling)
    return SettleDecisionResult(effect=ruling.effect, reason=ruling.reason, status=status)


async def _await_proof(
    connection: Connection, workspace: str, proposal: Proposal, decision: Decision
) -> SettleDecisionResult:
    """Let nobody decide on the edit until it is verified; its approval waits for that, too."""
    status = ProposalStatus.CHANGES_REQUESTED
    await proposals.move_proposal(connection, workspace, proposal, status)
    return SettleDecisionResult(
        effect=decision.effect, status=status, edited=True, seen=proof_seen(proposal.verification)
    )


async def record_ruling(
    connection: Connection, workspace: str, decision: Decision, ruling: Ruling
) -> None:
    """Write down in the audit what a decision did."""
    await audit.record(
        connection,
        workspace,
        actor=decision.by,
        action=f"decision_{ruling.effect}",
        subject=f"proposal/{decision.proposal_id}",
        details={
            "decision_id": str(decision.id),
            "verdict": decision.verdict.value,
            "content_hash": decision.approved_hash,
            "reason": ruling.reason.value if ruling.reason else None,
        },
    )


async def _store_edit(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    decision: Decision,
    embedding: Embedding | None,
) -> None:
    """Make the reviewer's edit the next draft; approvals of the one before it count no more."""
    if decision.edited_change is None or embedding is None:
        return
    await proposals.replace_draft(
        connection,
        workspace,
        proposal,
        change=decision.edited_change,
        title=decision.edited_change.content.title,
        rationale=proposal.rationale,
        drafted_by=decision.by,
        embedding=embedding,
    )
    await reviews.void_other_approvals(connection, workspace, proposal.id, decision.approved_hash)
    await audit.record(
        connection,
        workspace,
        actor=decision.by,
        action="proposal_redrafted",
        subject=f"proposal/{proposal.id}",
        details={"draft": proposal.draft + 1},
    )
