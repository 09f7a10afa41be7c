"""Puts a notice into words when it is sent: from the record, as it stands then."""

from datetime import UTC, datetime

from activities.kit import Kit
from activities.telling import is_of_stage
from analysis.redaction import contains_personal_data
from domain.notice_words import About, Notice, write_notice
from domain.notifications import NotificationPreferences, Occasion
from domain.proposals import Proposal, ProposalStatus, ReplayEffect
from domain.reviews import DecisionEffect, Review
from store import proposals, reviews
from store.database import Connection
from store.notices import Delivery
from store.workspaces import read_settings

_OF_TIER = frozenset(
    {Occasion.OPENED, Occasion.REMINDER, Occasion.ESCALATED, Occasion.PARKED, Occasion.CAME_BACK}
)


async def compose_notice(
    kit: Kit,
    connection: Connection,
    workspace: str,
    delivery: Delivery,
    preferences: NotificationPreferences,
) -> Notice | None:
    """Return the message of a delivery; None if it has nothing to say any more."""
    if delivery.proposal_id is None:
        return None
    proposal = await proposals.get_proposal(connection, workspace, delivery.proposal_id)
    review = await reviews.find_review(connection, workspace, proposal.id)
    if not _still_holds(delivery, proposal, review):
        return None
    about = await _about(kit, connection, workspace, delivery, proposal, review)
    return write_notice(about, delivery.occasion, datetime.now(UTC), preferences.zone())


def _still_holds(delivery: Delivery, proposal: Proposal, review: Review | None) -> bool:
    if delivery.occasion is Occasion.ASSIGNED:
        return proposal.status is ProposalStatus.IN_REVIEW
    if delivery.occasion not in _OF_TIER:
        return True
    wanted = ProposalStatus.IN_REVIEW
    if delivery.occasion is Occasion.PARKED:
        wanted = ProposalStatus.PARKED
    # A draft that came back may have grown by wordings since: people still look at it anew.
    is_now = review is not None and is_of_stage(delivery.key, proposal.id, review.clock)
    return proposal.status is wanted and is_now


async def _about(
    kit: Kit,
    connection: Connection,
    workspace: str,
    delivery: Delivery,
    proposal: Proposal,
    review: Review | None,
) -> About:
    settings = await read_settings(connection, workspace)
    report = proposal.verification
    is_open = proposal.status in {ProposalStatus.IN_REVIEW, ProposalStatus.PARKED}
    return About(
        workspace=workspace,
        proposal_id=proposal.id,
        title=safe_title(proposal.title, settings.public_texts),
        kind=proposal.change.kind,
        operation=proposal.change.operation,
        support=proposal.support,
        fixes=report.count(ReplayEffect.FIXED) if report else None,
        breaks=report.count(ReplayEffect.BROKEN) if report else None,
        draft=proposal.draft,
        content_hash=proposal.content_hash,
        clock=review.clock if review and is_open else None,
        by=delivery.by,
        approved_by=await _approvers(connection, workspace, proposal, delivery),
        release=proposal.applied_release,
        reason=await _reason(connection, workspace, delivery),
        address=f"{kit.api_url}/proposals/{proposal.id}",
    )


def safe_title(title: str, public: tuple[str, ...]) -> str | None:
    """Return the title unless something in it looks like a person's data."""
    allowed = [text.casefold() for text in public]
    found = [title[m.start : m.end].casefold() for m in contains_personal_data(title)]
    if any(not any(text in plain for plain in allowed) for text in found):
        return None
    return title


async def _approvers(
    connection: Connection, workspace: str, proposal: Proposal, delivery: Delivery
) -> tuple[str, ...]:
    if delivery.occasion is not Occasion.APPLIED:
        return ()
    found = await reviews.list_approvals(connection, workspace, proposal.id, proposal.content_hash)
    return tuple(dict.fromkeys(approval.by for approval in found))


async def _reason(connection: Connection, workspace: str, delivery: Delivery) -> str | None:
    """Return why it was rejected, by name: what was typed may quote a conversation."""
    if delivery.occasion is not Occasion.REJECTED or delivery.proposal_id is None:
        return None
    found = await reviews.list_decisions(connection, workspace, delivery.proposal_id)
    reasons = [d.rejection_reason for d in found if d.effect is DecisionEffect.REJECTED]
    last = reasons[-1] if reasons else None
    return last.value.replace("_", " ") if last else None
