"""Places a new draft: it joins an open proposal, becomes one, or is held back. Not an activity.

All of it happens in one transaction that holds erasures off: what is read of other cases may be
written down in it.
"""

from collections.abc import Mapping
from uuid import UUID

from activities import suppressing
from activities.gathering import gather_wordings, with_left_wordings
from domain.merging import Likeness, is_phrasing_key, is_same_gap
from store import audit, outbox, proposals, suppressions, wordings
from store.database import Connection
from store.proposals import Mergeable, NewProposal
from store.suppressions import RejectedDraft
from store.vectors import Embedding

DraftId = tuple[UUID, str]
"""A proposal and the content hash of its draft."""


def draft_of(proposal: Mergeable) -> DraftId:
    """Return which draft of which proposal a new one is compared with."""
    return proposal.id, proposal.change.content_hash()


async def is_placed(
    connection: Connection, workspace: str, intervention_id: UUID, finding_index: int
) -> bool:
    """Return whether the finding has come to a proposal, or was held back."""
    found = await proposals.find_proposal_of_finding(
        connection, workspace, intervention_id, finding_index
    ) or await suppressions.find_held_back(connection, workspace, intervention_id, finding_index)
    return found is not None


async def place(
    connection: Connection,
    workspace: str,
    new: NewProposal,
    embedding: Embedding,
    compared: Mapping[DraftId, Likeness],
) -> list[Mergeable]:
    """Join an open proposal of the same gap, or open a new one unless it is held back.

    Return the near ones that have to be compared first; nothing was done if there are any.
    """
    await proposals.lock_drafting(connection, workspace, new.change.kind)
    if await is_placed(connection, workspace, new.intervention_id, new.finding_index):
        # Another attempt at this finding was faster.
        return []
    if is_phrasing_key(new.merge_key):
        await _place_wordings(connection, workspace, new, embedding)
        return []
    near = await proposals.list_mergeable(
        connection,
        workspace,
        gap=new.finding.gap,
        kind=new.change.kind,
        merge_key=new.merge_key,
        embedding=embedding,
    )
    rejected = await suppressing.rejected_drafts(connection, workspace, new, embedding)
    strangers = [other for other in (*near, *rejected) if draft_of(other) not in compared]
    if strangers:
        return strangers
    for other in near:
        if is_same_gap(new.change, other_key=other.merge_key, likeness=compared[draft_of(other)]):
            await _join(connection, workspace, new, other)
            return []
    same = suppressing.find_rejected(new, rejected, compared)
    await _open(connection, workspace, new, embedding, same)
    return []


async def _place_wordings(
    connection: Connection, workspace: str, new: NewProposal, embedding: Embedding
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
    new: NewProposal,
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
    new: NewProposal,
    other: Mergeable,
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
