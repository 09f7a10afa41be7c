"""Who said each sentence that a proposal adds, in words for a reviewer."""

import asyncio
from collections.abc import Iterator
from itertools import count
from operator import itemgetter

from pydantic import BaseModel

from activities.case_file import redact_submission
from analysis.case_sources import REVIEW
from analysis.claims import added_statements, trace_change
from analysis.text import fold
from api.pages.marks import Note, NoteKind
from api.services.proposal_view import ProposalDetail
from domain.cases import Case, KnownItem
from domain.claims import Claim, ClaimSource
from domain.knowledge import Item, ItemStatus
from store.interventions import StoredIntervention


class ShownSource(BaseModel):
    """A sentence, who said it, and the turn in which they did (-1 for the resolution).

    `note` is its number among the page's notes, where there is such a turn.
    """

    text: str
    label: str
    turn: int | None = None
    note: int | None = None
    is_supported: bool


def number_sources(sources: list[ShownSource], first: int) -> list[ShownSource]:
    """Return the sentences, those that lead to a turn numbered from `first`."""
    numbers = count(first)
    return [
        source if source.turn is None else source.model_copy(update={"note": next(numbers)})
        for source in sources
    ]


def sentence_notes(sources: list[ShownSource]) -> list[Note]:
    """Return the sentences that lead to a turn as notes of the page."""
    return [
        Note(number=source.note, kind=NoteKind.SENTENCE, turn=source.turn, text=source.text)
        for source in sources
        if source.note is not None and source.turn is not None
    ]


async def sources_of(
    detail: ProposalDetail, intervention: StoredIntervention | None
) -> list[ShownSource]:
    """Return what the proposal's change adds, sentence by sentence; empty if a person asked for it.

    What the evidence does not know is looked for in the conversation and in the review.
    """
    if intervention is None:
        return []
    added = [fold(text) for text in added_statements(detail.change, detail.base_content)]
    known = {
        fold(claim.text): _shown(claim, claim.turn if is_own else None)
        for is_own, claims in _stored(detail, intervention)
        for claim in claims
    }
    if not known.keys() >= set(added):
        # In a thread: the longest conversations take a while to redact.
        traced = await asyncio.to_thread(_trace, detail, intervention)
        known = {fold(claim.text): _shown(claim, claim.turn) for claim in traced} | known
    return [known[text] for text in added if text in known]


def _stored(
    detail: ProposalDetail, intervention: StoredIntervention
) -> Iterator[tuple[bool, tuple[Claim, ...]]]:
    """Yield the claims of each case that supports the proposal, its own last, to win."""
    of_own = [e.intervention_id == intervention.id for e in detail.evidence]
    for is_own, evidence in sorted(zip(of_own, detail.evidence, strict=True), key=itemgetter(0)):
        yield is_own, evidence.finding.claims


def _trace(detail: ProposalDetail, intervention: StoredIntervention) -> tuple[Claim, ...]:
    case = redact_submission(intervention.id, intervention.submission)
    said = [decision.comment for decision in detail.decisions]
    edits = [d.edited_change.content for d in detail.decisions if d.edited_change is not None]
    remark = "\n".join([*said, *(content.search_text() for content in edits)])
    return trace_change(detail.change, _with_base(case, detail), remark=remark)


def _with_base(case: Case, detail: ProposalDetail) -> Case:
    change = detail.change
    if detail.base_content is None or change.item_id is None or change.base_revision is None:
        return case
    item = Item(
        id=change.item_id,
        kind=change.kind,
        status=ItemStatus.ACTIVE,
        revision=change.base_revision,
        content=detail.base_content,
    )
    return case.model_copy(update={"known_items": (KnownItem(item=item, score=0),)})


def _shown(claim: Claim, turn: int | None) -> ShownSource:
    return ShownSource(
        text=claim.text, label=_label(claim), turn=turn, is_supported=claim.is_supported
    )


def _label(claim: Claim) -> str:
    match claim.source:
        case ClaimSource.HUMAN if claim.where == REVIEW:
            return "asked for in review"
        case ClaimSource.HUMAN if claim.where:
            return f"from what the human did: {claim.where}"
        case ClaimSource.HUMAN:
            return "said by the human"
        case ClaimSource.TOOL_RESULT if claim.where:
            return f"from the tool {claim.where}"
        case ClaimSource.TOOL_RESULT:
            return "from the system"
        case ClaimSource.ITEM:
            return f"from the item '{claim.where}'"
        case ClaimSource.CUSTOMER:
            return "only the customer says it"
        case ClaimSource.AGENT:
            return "only the agent says it"
        case None:
            return "the analyst's own words: nobody in this case says it"
