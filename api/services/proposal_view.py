"""Gathers all that a reviewer needs of one proposal, for the JSON call and the page alike."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from analysis.personal_fields import PersonalPart, personal_data_in
from api.context import Context
from api.diffs import FieldDiff, diff_contents, diff_lines
from api.links import workflow_url_of
from domain.change_requests import ChangeRequest
from domain.contradiction import Contradiction
from domain.errors import NotFoundError
from domain.escalation import Step, next_step
from domain.knowledge import ItemContent, ItemStatus, Operation
from domain.proposals import Evidence, Proposal, ProposalStatus
from domain.reviews import Decision, Review
from domain.suppression import Suppression
from store import knowledge
from store import proposals as stored
from store import reviews as stored_reviews
from store.change_requests import get_request
from store.contradictions import list_contradictions
from store.database import Connection
from store.proposals import DraftRecord
from store.reviews import Comment
from store.suppressions import list_suppressions
from store.workspaces import read_settings


class CurrentItem(BaseModel):
    """The item that the change is about, as agents see it now."""

    id: UUID
    status: ItemStatus
    revision: int
    content: ItemContent
    base_moved: bool = Field(
        description="Whether the item has a newer revision than the change is based on."
    )


class ProposalDetail(Proposal):
    """One proposal with its change, diff, evidence, verification, review and decisions."""

    current: CurrentItem | None = Field(description="None for an addition.")
    base_content: ItemContent | None = Field(
        description="The content that a revision or retirement is based on."
    )
    diff: list[FieldDiff] = Field(
        default=[],
        description="From the content it is based on to the proposed; `phrasings` are the wordings "
        "that it brings beside those that find the item already.",
    )
    evidence: list[Evidence]
    request: ChangeRequest | None = Field(
        default=None, description="Who asked for it and why, where no intervention led to it."
    )
    review: Review | None
    approvals_needed: int | None
    approvals: list[Decision] = Field(description="Counted approvals of the present content.")
    next_step: Step | None = Field(description="What happens if nobody decides, and when.")
    decisions: list[Decision]
    comments: list[Comment]
    drafts: list[DraftRecord]
    contradictions: list[Contradiction] = Field(
        default=[], description="What it says against items and other open proposals."
    )
    suppression: Suppression | None = Field(
        default=None, description="What its rejection holds back, if it was rejected."
    )
    rejected_before: list[Suppression] = Field(
        default=[], description="Rejections of the same that enough new cases have outweighed."
    )
    personal_data: list[PersonalPart] = Field(
        default=[],
        description="What still looks like personal data. While there is any, an approval must "
        "edit it out, or confirm in `not_personal` that it is nobody's.",
    )
    workflow_url: str | None = Field(description="Its workflow in Temporal's UI.")


async def read_proposal(
    context: Context, workspace: str, proposal_id: UUID, *, now: AwareDatetime
) -> ProposalDetail:
    """Return everything about a proposal; raises NotFoundError."""
    # Between two moments a decision could be there that the status does not show yet.
    async with context.database.snapshot(workspace) as connection:
        proposal = await stored.get_proposal(connection, workspace, proposal_id)
        current, base = await _item_of(connection, workspace, proposal)
        review = await stored_reviews.find_review(connection, workspace, proposal_id)
        found = ProposalDetail(
            **dict(proposal),
            current=current,
            base_content=base,
            evidence=await stored.list_evidence(connection, workspace, proposal_id),
            request=await _request_of(connection, workspace, proposal),
            review=review,
            approvals_needed=review.clock.policy.approvals if review else None,
            approvals=await stored_reviews.list_approvals(
                connection, workspace, proposal_id, proposal.content_hash
            ),
            next_step=_next_step(proposal, review, now),
            decisions=await stored_reviews.list_decisions(connection, workspace, proposal_id),
            comments=await stored_reviews.list_comments(connection, workspace, proposal_id),
            drafts=await stored.list_drafts(connection, workspace, proposal_id),
            contradictions=await list_contradictions(connection, workspace, [proposal_id]),
            suppression=await _suppression_of(connection, workspace, proposal_id),
            rejected_before=await list_suppressions(
                connection, workspace, successor_id=proposal_id
            ),
            workflow_url=workflow_url_of(context.settings, workspace, proposal.origin),
        )
        public = (await read_settings(connection, workspace)).public_texts
    return await _looked_through(found, public)


async def _looked_through(detail: ProposalDetail, public: Iterable[str]) -> ProposalDetail:
    """Return it with the personal data in its texts while it is open, and with what it changes."""
    change = detail.change
    if detail.status.is_open:
        personal = await asyncio.to_thread(personal_data_in, change, public)
        detail = detail.model_copy(update={"personal_data": personal})
    if change.operation is not Operation.RETIRE:
        # In a thread: hostile texts may take as long as the differ's time limit, field by field.
        diff = await asyncio.to_thread(diff_contents, detail.base_content, change.content)
        if change.phrasings:
            diff.append(diff_lines("phrasings", (), change.phrasings))
        return detail.model_copy(update={"diff": diff})
    return detail


async def _request_of(
    connection: Connection, workspace: str, proposal: Proposal
) -> ChangeRequest | None:
    if proposal.request_id is None:
        return None
    return await get_request(connection, workspace, proposal.request_id)


async def _suppression_of(
    connection: Connection, workspace: str, proposal_id: UUID
) -> Suppression | None:
    found = await list_suppressions(connection, workspace, proposal_id=proposal_id)
    return found[0] if found else None


def _next_step(proposal: Proposal, review: Review | None, now: AwareDatetime) -> Step | None:
    waits = review is not None and review.closed_at is None and proposal.status.is_open
    return next_step(review.clock, now) if waits and review is not None else None


async def _item_of(
    connection: Connection, workspace: str, proposal: Proposal
) -> tuple[CurrentItem | None, ItemContent | None]:
    """Return the item at its head, and the content that the change is based on."""
    change = proposal.change
    if change.item_id is None:
        return None, None
    try:
        item = await knowledge.get_item(connection, workspace, change.item_id)
    except NotFoundError:
        return None, None
    base = None
    if change.base_revision is not None:
        base = await knowledge.find_content(
            connection, workspace, change.item_id, change.base_revision
        )
    base = base or item.content
    moved = item.revision != change.base_revision and proposal.status is not ProposalStatus.APPLIED
    current = CurrentItem(
        id=item.id,
        status=item.status,
        revision=item.revision,
        content=item.content,
        base_moved=moved,
    )
    return current, base
