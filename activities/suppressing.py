"""Holds back what people have rejected, until enough new cases ask for it. Not an activity.

A rejected proposal's draft is compared with a new one exactly as open proposals are. All of it
happens under the lock of drafting, so that no two findings count past each other.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np

from activities.comparing import embed_change, likeness_of
from activities.gathering import gather_wordings
from activities.kit import Kit
from domain.erased_forms import erased_finding
from domain.knowledge import Change
from domain.merging import Likeness, is_phrasing_key, is_same_gap
from domain.proposals import Proposal
from domain.reviews import Decision, Verdict
from domain.suppression import HeldBack, Suppression, SuppressionStatus, is_enough, lifts_after
from store import audit, erasures, proposals, reviews, suppressions, workspaces
from store.database import Connection
from store.proposals import Mergeable, NewProposal
from store.suppressions import RejectedDraft
from store.vectors import Embedding


class TakenUp(NamedTuple):
    """A suppression that a new proposal ends, and what it held back until then."""

    suppression: Suppression
    held_back: Sequence[HeldBack]


async def await_drafting(connection: Connection, workspace: str, decision_id: UUID) -> None:
    """Let nothing be drafted while a proposal is rejected; to be called before it is locked.

    A finding that comes at that moment is then evidence for the proposal, or is held back.
    """
    decision = await reviews.find_decision(connection, workspace, decision_id)
    if decision is not None and decision.verdict is Verdict.REJECT:
        rejected = await proposals.get_proposal(connection, workspace, decision.proposal_id)
        await proposals.lock_drafting(connection, workspace, rejected.change.kind)


async def suppress(
    connection: Connection, workspace: str, proposal: Proposal, decision: Decision
) -> None:
    """Suppress the gap of a proposal that a settled decision has rejected, once.

    What a person asked for shows no gap, and may be asked for again.
    """
    if proposal.intervention_id is None:
        return
    settings = await workspaces.read_settings(connection, workspace)
    cases = lifts_after(decision.rejection_reason, settings.suppression_lifts_after)
    suppression_id = await suppressions.insert_suppression(
        connection, workspace, decision.id, cases
    )
    if suppression_id is not None:
        await _record(
            connection,
            workspace,
            decision.by,
            "gap_suppressed",
            suppression_id,
            proposal_id=str(proposal.id),
            lifts_after=cases,
        )


async def compare(
    kit: Kit, workspace: str, change: Change, embedding: Embedding, other: Mergeable
) -> Likeness:
    """Return how alike a draft and an open or a rejected one are; no transaction is open meanwhile.

    A rejection outlives the model that embedded its draft: what it says is then embedded anew.
    """
    if isinstance(other, RejectedDraft) and other.model != embedding.model:
        anew = await embed_change(kit, workspace, other.change)
        similarity = float(np.dot(anew.values, embedding.values))
        other = other.model_copy(update={"similarity": similarity})
    return await likeness_of(kit, workspace, change, other)


async def rejected_drafts(
    connection: Connection, workspace: str, new: NewProposal, embedding: Embedding
) -> list[RejectedDraft]:
    """Return the rejected drafts that may be the same as a new one, nearest first."""
    return await suppressions.list_rejected_drafts(
        connection,
        workspace,
        gap=new.finding.gap,
        kind=new.change.kind,
        merge_key=new.merge_key,
        embedding=embedding,
    )


def find_rejected(
    new: NewProposal,
    rejected: Sequence[RejectedDraft],
    compared: Mapping[tuple[UUID, str], Likeness],
) -> RejectedDraft | None:
    """Return the nearest of the rejected drafts that shows the same gap; all are compared.

    New wordings for one item are one gap at once, whatever they are.
    """
    if is_phrasing_key(new.merge_key):
        return rejected[0] if rejected else None
    for draft in rejected:
        likeness = compared[draft.id, draft.change.content_hash()]
        if is_same_gap(new.change, other_key=draft.merge_key, likeness=likeness):
            return draft
    return None


async def hold_back_or_take_up(
    connection: Connection, workspace: str, new: NewProposal, rejected: RejectedDraft
) -> TakenUp | None:
    """Hold a new draft's finding back, or say what it brings with it when it is proposed.

    Return None if it is held back: that is recorded, and nothing is to be proposed.
    """
    found = await suppressions.lock_suppression(connection, workspace, rejected.suppression_id)
    held = await suppressions.list_held_back(connection, workspace, found.id)
    cases = {entry.intervention_id for entry in held} | {new.intervention_id}
    if found.status is not SuppressionStatus.ACTIVE or is_enough(found, len(cases)):
        return TakenUp(found, held)
    await suppressions.hold_back(connection, workspace, found.id, new)
    await _record(
        connection,
        workspace,
        new.analyst.name,
        "proposal_suppressed",
        found.id,
        intervention_id=str(new.intervention_id),
        finding_index=new.finding_index,
        held_back=len(cases),
    )
    return None


async def take_up(connection: Connection, workspace: str, new: NewProposal, taken: TakenUp) -> None:
    """Let what was held back support the new proposal; the suppression is over."""
    for intervention_id in sorted({entry.intervention_id for entry in taken.held_back}):
        is_unerased = await erasures.lock_unerased(connection, workspace, intervention_id)
        # Read again: what an erasure has left is all that may be written down elsewhere.
        for entry in await suppressions.list_held_back(connection, workspace, taken.suppression.id):
            if entry.intervention_id == intervention_id:
                await proposals.add_evidence(
                    connection,
                    workspace,
                    new.id,
                    intervention_id=intervention_id,
                    finding_index=entry.finding_index,
                    finding=entry.finding if is_unerased else erased_finding(entry.finding),
                    ask=entry.ask if is_unerased else "",
                )
    await gather_wordings(connection, workspace, new.id, by=new.analyst.name)
    await suppressions.end_suppression(
        connection,
        workspace,
        taken.suppression.id,
        successor_id=new.id,
        status=taken.suppression.status,
    )
    await _record(
        connection,
        workspace,
        new.analyst.name,
        "suppression_ended",
        taken.suppression.id,
        proposal_id=str(new.id),
        held_back=taken.suppression.held_back,
        status=taken.suppression.status.value,
    )


async def _record(
    connection: Connection,
    workspace: str,
    actor: str,
    action: str,
    suppression_id: UUID,
    **details: str | int,
) -> None:
    await audit.record(
        connection,
        workspace,
        actor=actor,
        action=action,
        subject=f"suppression/{suppression_id}",
        details=details,
    )
