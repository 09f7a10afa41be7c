"""Gathers customers' wordings into the drafts of proposals. Not an activity.

What finds an item later is what somebody has approved: so each wording stands in a draft first.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from analysis.text import PLACEHOLDER
from analysis.wordings import fit_wordings
from domain.knowledge import MAX_PHRASINGS, Change
from domain.merging import is_phrasing_key, merge_key
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import DecisionEffect
from domain.wordings import (
    RATIONALE,
    Wording,
    can_have_phrasings,
    gathered,
    is_without_effect,
    is_worth_a_draft,
    title_of_phrasing_revision,
    without,
)
from store import audit, erasures, knowledge, proposals, reviews, wordings, workspaces
from store.database import Connection

_MAY_GROW = frozenset({ProposalStatus.DRAFTING, ProposalStatus.IN_REVIEW, ProposalStatus.PARKED})
"""Where changes were requested, a draft that answers them is on its way."""

_MOST_SERVED = 25
"""How many of them go with one draft, so that room is left for what humans had to answer."""


class Drafted(NamedTuple):
    """A change with its first wordings, and how drafts like it are found."""

    change: Change
    merge_key: str


async def with_ask(
    connection: Connection, workspace: str, change: Change, ask: str
) -> Drafted | None:
    """Return the analyst's change with the ask that led to it among its wordings, if it is fit.

    None for a revision that then changes nothing: neither what the item says nor what finds it.
    """
    base = None
    if change.item_id is not None and change.base_revision is not None:
        base = await knowledge.find_content(
            connection, workspace, change.item_id, change.base_revision
        )
    asked = await _fit([*change.phrasings, ask]) if can_have_phrasings(change) else []
    change = change.model_copy(update={"phrasings": gathered((), asked)})
    if is_without_effect(change, base):
        return None
    return Drafted(change, merge_key(change, base))


async def with_left_wordings(
    connection: Connection, workspace: str, new: proposals.NewProposal
) -> proposals.NewProposal | None:
    """Return a new phrasing revision with what earlier proposals of its item have left behind.

    Wordings that find the item already are left out; None if there is no other.
    """
    item_id = new.change.item_id
    if item_id is None:
        return new
    known = await wordings.list_phrasings(connection, workspace, item_id)
    phrasings = gathered((), without(new.change.phrasings, known))
    left = await wordings.list_left_wordings(
        connection, workspace, item_id, limit=_looked_at(phrasings)
    )
    texts = without(await _unerased(connection, workspace, left), known)
    phrasings = gathered(phrasings, await _fit(texts))
    if not phrasings:
        return None
    phrasings = await _with_served(connection, workspace, item_id, phrasings)
    change = new.change.model_copy(update={"phrasings": phrasings})
    return new.model_copy(
        update={
            "change": change,
            "title": title_of_phrasing_revision(change),
            "rationale": RATIONALE,
        }
    )


async def gather_wordings(
    connection: Connection, workspace: str, proposal_id: UUID, *, by: str
) -> bool:
    """Give a proposal a draft with the wordings of its cases, if that is worth one.

    Return whether it has one: then it is to be verified again. One that somebody reads, or has
    approved, stays as it is.
    """
    proposal = await proposals.lock_proposal(connection, workspace, proposal_id)
    if not can_have_phrasings(proposal.change) or not await _may_grow(
        connection, workspace, proposal
    ):
        return False
    phrasings = await _grown(connection, workspace, proposal)
    if phrasings is None:
        return False
    if proposal.change.item_id is not None:
        phrasings = await _with_served(connection, workspace, proposal.change.item_id, phrasings)
    change = proposal.change.model_copy(update={"phrasings": phrasings})
    key = await wordings.merge_key_of(connection, workspace, change)
    title = title_of_phrasing_revision(change) if is_phrasing_key(key) else proposal.title
    await wordings.replace_wordings(
        connection, workspace, proposal, change=change, title=title, drafted_by=by
    )
    await audit.record(
        connection,
        workspace,
        actor=by,
        action="wordings_gathered",
        subject=f"proposal/{proposal.id}",
        details={"draft": proposal.draft + 1, "content_hash": change.content_hash()},
    )
    return True


async def _grown(
    connection: Connection, workspace: str, proposal: Proposal
) -> tuple[str, ...] | None:
    """Return the proposal's wordings with those of its cases; None if that is worth no draft."""
    shown = proposal.change.phrasings
    limit = _looked_at(shown)
    new = await wordings.list_new_wordings(connection, workspace, proposal.id, limit=limit)
    if not new:
        return None
    evidence = await proposals.list_evidence(connection, workspace, proposal.id)
    of_cases = len({entry.ask for entry in evidence}.intersection(shown))

    def is_worth_it(phrasings: Sequence[str]) -> bool:
        return is_worth_a_draft(of_cases, of_cases + len(phrasings) - len(shown))

    # To look for personal data takes long: not before it could make a difference.
    if not is_worth_it(gathered(shown, (wording.text for wording in new))):
        return None
    phrasings = gathered(shown, await _fit(await _unerased(connection, workspace, new)))
    return phrasings if is_worth_it(phrasings) else None


def _looked_at(shown: Sequence[str]) -> int:
    """Return how many asks to look at: some are not fit to be shown, so more than have room."""
    return 2 * (MAX_PHRASINGS - len(shown))


async def _fit(texts: Iterable[str]) -> list[str]:
    """Return the texts that may be wordings; in a thread, since each takes some milliseconds."""
    return await asyncio.to_thread(fit_wordings, list(texts))


async def _with_served(
    connection: Connection, workspace: str, item_id: UUID, phrasings: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the wordings with what the item has answered, as far as there is room for it."""
    if len(phrasings) >= MAX_PHRASINGS:
        return phrasings
    return gathered(phrasings, await _served(connection, workspace, item_id))


async def _served(connection: Connection, workspace: str, item_id: UUID) -> list[str]:
    """Return wordings that the item has answered without objection, so that it answers surer."""
    settings = await workspaces.read_settings(connection, workspace)
    texts = await wordings.list_served_wordings(
        connection,
        workspace,
        item_id,
        settles_after=timedelta(hours=settings.settles_after_hours),
        limit=_MOST_SERVED,
    )
    return [text for text in await _fit(texts) if not PLACEHOLDER.search(text)]


async def _may_grow(connection: Connection, workspace: str, proposal: Proposal) -> bool:
    """Return whether nobody has taken the proposal on, or decided on its present draft."""
    if proposal.status not in _MAY_GROW:
        return False
    review = await reviews.find_review(connection, workspace, proposal.id)
    if review is not None and review.assignee is not None:
        return False
    decisions = await reviews.list_decisions(connection, workspace, proposal.id)
    # Also one that has yet to be ruled on: it would come too late for another draft.
    return not any(
        decision.effect is DecisionEffect.PENDING
        or (
            decision.effect is DecisionEffect.COUNTED
            and decision.approved_hash == proposal.content_hash
        )
        for decision in decisions
    )


async def _unerased(connection: Connection, workspace: str, asked: Sequence[Wording]) -> list[str]:
    erased = await erasures.erased_among(
        connection, workspace, {wording.intervention_id for wording in asked}
    )
    return [wording.text for wording in asked if wording.intervention_id not in erased]
