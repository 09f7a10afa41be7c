"""What the loop gathered, set against each other, held back, refused and redacted in the story.

It is read over HTTP once the story is told; `demo.report` shows it.
"""

from dataclasses import dataclass

from analysis.text import PLACEHOLDER
from client.api import LearningLoop
from client.models import HeldBackGap, InterventionDetail, ListedProposal, ProposalDetail
from demo.plan import CONTRADICTING_GAP, PERSONAL_DATA, PLANTED_RULE, REPEAT, Origin
from demo.story import Learned


@dataclass(frozen=True)
class Highlights:
    """One example of each; None for what the story did not show."""

    merged: ListedProposal | None
    contradiction: ProposalDetail | None
    held_back: HeldBackGap | None
    refused: InterventionDetail | None
    redacted: InterventionDetail | None


async def find_highlights(reviewer: LearningLoop, learned: Learned) -> Highlights:
    """Return what there is to show, as a reviewer can read it."""
    merged = max(learned.proposals, key=lambda p: p.support, default=None)
    planted, personal = (_detail_of(learned, o) for o in (PLANTED_RULE, PERSONAL_DATA))
    return Highlights(
        merged=merged if merged and merged.support > 1 else None,
        contradiction=await _contradiction(reviewer, learned),
        held_back=await _held_back(reviewer, learned),
        refused=planted if planted and planted.analysis and not planted.proposals else None,
        redacted=personal if personal and _shows_placeholders(personal) else None,
    )


async def _contradiction(reviewer: LearningLoop, learned: Learned) -> ProposalDetail | None:
    """Return an open proposal that contradicts an item: that of the plan, or else the first."""
    planned_first = sorted(learned.proposals, key=lambda p: learned.key_of(p) != CONTRADICTING_GAP)
    for proposal in planned_first:
        if proposal.status.is_open:
            detail = await reviewer.proposal(proposal.id)
            if any(pair.other_item_id is not None for pair in detail.contradictions):
                return detail
    return None


async def _held_back(reviewer: LearningLoop, learned: Learned) -> HeldBackGap | None:
    """Return the rejection that holds the repeat back, unless that was proposed after all."""
    repeat = _detail_of(learned, REPEAT)
    if repeat is None or repeat.proposals:
        return None
    found = [gap async for gap in reviewer.suppressions() if gap.held_back]
    return found[0] if found else None


def _detail_of(learned: Learned, origin: Origin) -> InterventionDetail | None:
    pairs = zip(learned.posted, learned.details, strict=True)
    return next((detail for posted, detail in pairs if posted.origin == origin), None)


def _shows_placeholders(detail: InterventionDetail) -> bool:
    read = detail.analysis
    return read is not None and bool(PLACEHOLDER.search(read.model_dump_json()))
