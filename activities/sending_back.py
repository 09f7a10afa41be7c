"""Has a draft written once more that does not fix its own case, and keeps the better one.

Not an activity.
"""

from collections.abc import Awaitable, Callable

from activities.comparing import embed_change
from activities.kit import Kit
from activities.next_draft import NextDraft
from activities.overtaking import refuse_if_overtaken
from activities.replaying import replay, save_replay
from domain.errors import AnalystOutputError
from domain.knowledge import ItemContent
from domain.proposals import KeptDraft, Proposal, SentBack, Verification
from domain.sending_back import is_better, reason_to_send_back
from store import audit, erasures, interventions, knowledge, proposals
from store.database import Connection
from store.vectors import Embedding


async def reason_of(kit: Kit, workspace: str, proposal: Proposal) -> str:
    """Return why a verified draft should be written once more; empty if it should not."""
    verification = proposal.verification
    if verification is None or verification.content_hash != proposal.content_hash:
        return ""
    return reason_to_send_back(proposal, verification, await _base_of(kit, workspace, proposal))


async def _base_of(kit: Kit, workspace: str, proposal: Proposal) -> ItemContent | None:
    change = proposal.change
    if change.item_id is None or change.base_revision is None:
        return None
    async with kit.database.transaction(workspace) as connection:
        return await knowledge.find_content(
            connection, workspace, change.item_id, change.base_revision
        )


async def send_back(
    kit: Kit,
    workspace: str,
    proposal: Proposal,
    redraft: Callable[[str], Awaitable[NextDraft]],
    *,
    finished_erasures: int,
) -> None:
    """Let `redraft` answer the reason, replay what it drafts, and store the better draft.

    Whichever is kept, its report says that it was sent back, and why; so that happens once.
    """
    reason = await reason_of(kit, workspace, proposal)
    first = proposal.verification
    if not reason or first is None:
        return
    draft = await _answered(redraft, reason, proposal)
    change = draft.change
    second = None
    if change.content_hash() != proposal.content_hash:
        redrafted = proposal.model_copy(
            update={"change": change, "content_hash": change.content_hash()}
        )
        second = await replay(kit, workspace, redrafted)
    is_kept = second is not None and is_better(second, first)
    embedding = await embed_change(kit, workspace, change) if is_kept else None
    async with kit.database.transaction(workspace) as connection:
        await refuse_if_overtaken(connection, workspace, finished_erasures)
        if not await _is_still_so(connection, workspace, proposal, draft):
            return
        if second is not None and embedding is not None:
            await _replace(connection, workspace, proposal, draft, embedding)
        kept, report = (
            (KeptDraft.SECOND, second) if second and embedding else (KeptDraft.FIRST, first)
        )
        report = report.model_copy(update={"sent_back": SentBack(reason=reason, kept=kept)})
        await _finish(connection, workspace, proposal, draft, report)


async def _answered(
    redraft: Callable[[str], Awaitable[NextDraft]], reason: str, proposal: Proposal
) -> NextDraft:
    """Return the next draft; the same one if what came breaks a rule, for people wait for it."""
    try:
        return await redraft(reason)
    except AnalystOutputError:
        return NextDraft(proposal.change, proposal.title, proposal.rationale, proposal.drafted_by)


async def _is_still_so(
    connection: Connection, workspace: str, proposal: Proposal, draft: NextDraft
) -> bool:
    """Lock the proposal; return whether it is as it was read and its case was not erased."""
    if proposal.intervention_id is not None:
        await interventions.add_usage(connection, workspace, proposal.intervention_id, draft.usage)
    current = await proposals.lock_proposal(connection, workspace, proposal.id)
    if (current.draft, current.status) != (proposal.draft, proposal.status):
        return False
    # Proposals are locked before interventions everywhere, so no deadlock.
    read = draft.read
    return read is None or await erasures.lock_unerased(connection, workspace, read)


async def _replace(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    draft: NextDraft,
    embedding: Embedding,
) -> None:
    await proposals.replace_draft(
        connection,
        workspace,
        proposal,
        change=draft.change,
        title=draft.title,
        rationale=draft.rationale,
        drafted_by=draft.drafted_by,
        embedding=embedding,
    )


async def _finish(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    draft: NextDraft,
    report: Verification,
) -> None:
    await save_replay(connection, workspace, proposal.id, report)
    sent_back = report.sent_back
    await audit.record(
        connection,
        workspace,
        actor=draft.drafted_by,
        action="proposal_sent_back",
        subject=f"proposal/{proposal.id}",
        details={"kept": sent_back.kept.value if sent_back else "", "from_draft": proposal.draft},
    )
