"""Makes an approved proposal part of the knowledge: one transaction, once."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.embedding import PassageText, embed_passages
from activities.failures import told_to_temporal
from activities.kit import Kit
from activities.origins import set_waiting_status
from activities.telling import tell_author
from activities.wanted_changes import phrasings_until
from analysis.personal_fields import personal_data_in
from domain.base import Message
from domain.errors import BaseMovedError, NotApprovedError
from domain.knowledge import Operation
from domain.notifications import Occasion
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import are_enough
from store import audit, change_requests, erasures, proposals, publishing, reviews, wordings
from store.database import Connection
from store.workspaces import read_settings


class ApplyInput(Message):
    """Which proposal to apply."""

    workspace: str
    proposal_id: UUID


class ApplyResult(Message):
    """Applied in `release`, or conflicted: the item has moved since the draft."""

    status: ProposalStatus
    release: int | None = None


class _Embedded(NamedTuple):
    """What search will find the item by, and the content that it was made for."""

    content_hash: str
    passages: Sequence[publishing.Passage]


class ApplyProposal:
    """Holds the database and the embedder."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def apply_proposal(self, task: ApplyInput) -> ApplyResult:
        """Consume the approval: write revision, passages, release and audit row, or none of them.

        Of customers' wordings exactly those of the change find the item from then on.

        Idempotent on the proposal and its content hash: a second run finds the release, or the
        conflict, of the first. If the item's head is no longer the base revision, the proposal
        becomes conflicted instead. Permanent failures: `not_found`, `not_approved`.
        """
        async with told_to_temporal():
            embedded = await self._embed(task)
            try:
                async with self._kit.database.transaction(task.workspace) as connection:
                    return await self._apply(connection, task, embedded)
            except BaseMovedError:
                async with self._kit.database.transaction(task.workspace) as connection:
                    return await _record_conflict(connection, task)

    async def _embed(self, task: ApplyInput) -> _Embedded:
        """Return what search will find the item by, embedded before any row is locked."""
        async with self._kit.database.transaction(task.workspace) as connection:
            proposal = await proposals.get_proposal(connection, task.workspace, task.proposal_id)
            phrasings = proposal.change.phrasings
            asked = await wordings.find_askers(connection, task.workspace, proposal, phrasings)
        if proposal.change.operation is Operation.RETIRE:
            return _Embedded(proposal.content_hash, [])
        texts = [PassageText(text) for text in proposal.change.content.passages()]
        # A wording of nobody is that of a customer who was erased since.
        texts += [PassageText(text, "phrasing", asked[text]) for text in phrasings if text in asked]
        return _Embedded(proposal.content_hash, await embed_passages(self._kit, texts))

    async def _apply(
        self, connection: Connection, task: ApplyInput, embedded: _Embedded
    ) -> ApplyResult:
        workspace = task.workspace
        # Release lock first, then the proposal: the same order everywhere, so no deadlock.
        await publishing.lock_releases(connection, workspace)
        proposal = await proposals.lock_proposal(connection, workspace, task.proposal_id)
        earlier = await publishing.find_release_of_approval(
            connection, workspace, proposal_id=proposal.id, content_hash=proposal.content_hash
        )
        if earlier is not None:
            return ApplyResult(status=ProposalStatus.APPLIED, release=earlier.number)
        if proposal.status is ProposalStatus.CONFLICTED:
            return ApplyResult(status=ProposalStatus.CONFLICTED)
        approvers = await _consume_approval(connection, workspace, proposal)
        if proposal.content_hash != embedded.content_hash:
            raise ApplicationError("the draft has changed meanwhile", type="draft_changed")
        item_id, release = await self._publish(
            connection, workspace, proposal, embedded.passages, approvers
        )
        await proposals.mark_applied(connection, workspace, proposal, release)
        await reviews.close_review(connection, workspace, proposal.id)
        await set_waiting_status(connection, workspace, proposal.origin)
        await self._tell(connection, workspace, proposal, release)
        await audit.record(
            connection,
            workspace,
            actor="system",
            action="proposal_applied",
            subject=f"proposal/{proposal.id}",
            details={"release": release, "item_id": str(item_id), "approved_by": approvers},
        )
        return ApplyResult(status=ProposalStatus.APPLIED, release=release)

    async def _tell(
        self, connection: Connection, workspace: str, proposal: Proposal, release: int
    ) -> None:
        """Have whose case it was told that it is live."""
        review = await reviews.get_review(connection, workspace, proposal.id)
        await tell_author(
            self._kit,
            connection,
            workspace,
            proposal.id,
            Occasion.APPLIED,
            author=review.author,
            key=f"{proposal.id}/{release}",
        )

    async def _publish(
        self,
        connection: Connection,
        workspace: str,
        proposal: Proposal,
        passages: Sequence[publishing.Passage],
        approvers: Sequence[str],
    ) -> tuple[UUID, int]:
        """Publish the proposal's change; return the item's id and the release's number."""
        return await publishing.publish(
            connection,
            workspace,
            proposal.change,
            passages=await _unerased(connection, workspace, passages),
            model=self._kit.embedder.name,
            provenance=publishing.Provenance(
                approved_by=tuple(approvers),
                proposal_id=proposal.id,
                intervention_id=proposal.intervention_id,
                request_id=proposal.request_id,
            ),
            phrasings_until=await _phrasings_until(connection, workspace, proposal),
        )


async def _phrasings_until(
    connection: Connection, workspace: str, proposal: Proposal
) -> int | None:
    if proposal.request_id is None:
        return None
    request = await change_requests.get_request(connection, workspace, proposal.request_id)
    return await phrasings_until(connection, workspace, request, proposal.change)


async def _unerased(
    connection: Connection, workspace: str, passages: Sequence[publishing.Passage]
) -> list[publishing.Passage]:
    """Return the passages without the wordings of customers who were erased meanwhile."""
    asked_in = {passage.intervention_id for passage in passages if passage.intervention_id}
    erased = await erasures.erased_among(connection, workspace, asked_in)
    return [passage for passage in passages if passage.intervention_id not in erased]


async def _consume_approval(
    connection: Connection, workspace: str, proposal: Proposal
) -> list[str]:
    """Return who approved exactly this content; raises NotApprovedError if that is not enough."""
    review = await reviews.get_review(connection, workspace, proposal.id)
    approvals = await reviews.list_approvals(
        connection, workspace, proposal.id, proposal.content_hash
    )
    if proposal.change.content_hash() != proposal.content_hash:
        raise NotApprovedError("the stored change is not the one that its hash names")
    if proposal.status is not ProposalStatus.APPROVED or not are_enough(
        approvals, review, proposal.change.kind
    ):
        raise NotApprovedError
    settings = await read_settings(connection, workspace)
    if await asyncio.to_thread(personal_data_in, proposal.change, settings.public_texts):
        raise NotApprovedError("the content holds personal data")
    return [approval.by for approval in approvals]


async def _record_conflict(connection: Connection, task: ApplyInput) -> ApplyResult:
    proposal = await proposals.lock_proposal(connection, task.workspace, task.proposal_id)
    if proposal.status is ProposalStatus.APPROVED:
        await proposals.move_proposal(
            connection, task.workspace, proposal, ProposalStatus.CONFLICTED
        )
        await audit.record(
            connection,
            task.workspace,
            actor="system",
            action="proposal_conflicted",
            subject=f"proposal/{proposal.id}",
            details={"content_hash": proposal.content_hash},
        )
    return ApplyResult(status=ProposalStatus.CONFLICTED)
