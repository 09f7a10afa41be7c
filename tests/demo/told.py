"""What the demo reads of a story, built without a stack."""

from uuid import UUID

from client.models import (
    Accepted,
    HeldBackGap,
    InterventionDetail,
    ListedProposal,
    ProposalDetail,
)
from demo.highlights import Highlights
from demo.plan import Origin
from demo.story import Learned, Posted
from domain.contradiction import Clash
from domain.conversation import InterventionStatus
from domain.findings import Gap, Quote
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus, ReplayCase, ReplayEffect, Verification
from domain.suppression import SuppressionStatus
from tests.domain.builders import NOW, asked, change, finding

ORIGIN = Origin("zendesk", "1")
NOTHING = Highlights(merged=None, contradiction=None, held_back=None, refused=None, redacted=None)


def proposal(
    status: ProposalStatus = ProposalStatus.IN_REVIEW, *, breaks: int = 0
) -> ListedProposal:
    """Return a proposal of the intervention with id 1, whose replay breaks so many queries."""
    drafted = change()
    case = ReplayCase(query="q", effect=ReplayEffect.BROKEN, before=asked("yes"), after=asked("no"))
    return ListedProposal.model_validate(
        {
            "id": UUID(int=9),
            "intervention_id": UUID(int=1),
            "finding_index": 0,
            "gap": Gap.MISSING_KNOWLEDGE,
            "status": status,
            "title": "Add it",
            "rationale": "Because.",
            "change": drafted,
            "content_hash": drafted.content_hash(),
            "draft": 1,
            "support": 1,
            "analyst": {"name": "offline", "version": "1"},
            "confidence": 0.8,
            "drafted_by": "offline",
            "created_at": NOW,
            "updated_at": NOW,
            "verification": Verification(
                content_hash="h", agent="offline", cases=(case,) * breaks, verified_at=NOW
            ),
        }
    )


def learned(
    *proposals: ListedProposal, key: str | None = "a-gap", origin: Origin = ORIGIN
) -> Learned:
    """Return what one intervention with id 1 led to."""
    line: dict[str, object] = {
        "id": UUID(int=1),
        "source": origin.source,
        "external_id": origin.external_id,
        "status": InterventionStatus.LEARNED,
        "created_at": NOW,
        "proposals": [{"id": p.id, "title": p.title, "status": p.status} for p in proposals],
    }
    detail = InterventionDetail.model_validate(line)
    accepted = Accepted(
        intervention_id=UUID(int=1), workflow_id="w", status=InterventionStatus.RECEIVED
    )
    entry = Posted(origin, accepted, Gap.MISSING_KNOWLEDGE, key)
    return Learned([entry], [detail], proposals, {UUID(int=1): key})


def read_as(said: str, origin: Origin, *proposals: ListedProposal) -> Learned:
    """Return what an intervention led to in which the analyst read `said`."""
    found = learned(*proposals, origin=origin)
    read = {
        "analyst": {"name": "offline", "version": "1"},
        "findings": [finding(Quote(turn=0, text=said)).model_dump()],
    }
    detail = found.details[0].model_dump() | {"analysis": read}
    return Learned(found.posted, [InterventionDetail.model_validate(detail)], found.proposals)


def contradicting(listed: ListedProposal) -> ProposalDetail:
    """Return a proposal that names other days than an item."""
    pair = {
        "id": UUID(int=5),
        "proposal_id": listed.id,
        "other_item_id": UUID(int=6),
        "other_title": "Damage cover",
        "statement": "Within 30 days.",
        "other_statement": "Within 14 days.",
        "clash": Clash.OTHER_VALUE,
        "is_current": True,
        "found_at": NOW,
    }
    return ProposalDetail.model_validate(listed.model_dump() | {"contradictions": [pair]})


def holding_back(cases: int) -> HeldBackGap:
    """Return a rejection that holds so many cases back."""
    return HeldBackGap(
        id=UUID(int=8),
        proposal_id=UUID(int=9),
        title="Add it",
        gap=Gap.MISSING_KNOWLEDGE,
        kind=ItemKind.ARTICLE,
        rejected_by="dana",
        reason="It is over.",
        lifts_after=5,
        held_back=cases,
        status=SuppressionStatus.ACTIVE,
        created_at=NOW,
        updated_at=NOW,
    )
