"""What the page of a proposal shows for deciding: the change, an edit of it, what came of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel

from api.context import Context
from api.diffs import FieldDiff
from api.pages.change_card import ChangeCard, DiffView, card_of, changed_fields
from api.pages.edit_form import EditForm
from api.pages.offered import missing_after, progress_of
from api.pages.rejection_words import REASON_WORDS
from api.pages.visitor import Form, Visitor
from api.problems import FieldProblem
from api.services.aftermath import Aftermath, aftermath_of
from api.services.previews import Trial
from api.services.proposal_view import ProposalDetail
from domain.edits import CAME_BACK
from domain.knowledge import Operation, Release
from domain.proposals import ProposalStatus
from domain.reviews import RejectionReason


class Preview(BaseModel):
    """What an edit would do; `card` and `yours` are missing while a field is wrong.

    `yours` is how it differs from the draft. `can_try` says that the agent is asked on a button
    only, since that costs tokens.
    """

    problems: list[FieldProblem]
    card: ChangeCard | None = None
    yours: list[FieldDiff] = []
    trial: Trial | None = None
    can_try: bool = False


class Returned(BaseModel):
    """An edit that came back instead of going live, and the queries that it breaks anew."""

    by: str
    is_verified: bool
    loses_original: bool = False
    broken: list[str] = []


@dataclass(frozen=True)
class Shown:
    """What the page was asked to show beside the proposal itself."""

    view: DiffView = DiffView.INLINE
    editing: EditForm | None = None
    preview: Preview | None = None


@dataclass(frozen=True)
class Deciding:
    """What the templates of the change and of the decision need.

    `since` is what has changed since the draft that a decision was sent for. `approve` says what
    the approving button does, `reasons` what a rejection may name.
    """

    card: ChangeCard
    editing: EditForm | None
    preview: Preview | None
    returned: Returned | None
    since: list[FieldDiff]
    aftermath: Aftermath | None
    approve: str
    reasons: dict[RejectionReason, str] = field(default_factory=lambda: REASON_WORDS)


async def deciding_of(
    context: Context,
    visitor: Visitor,
    detail: ProposalDetail,
    release: Release | None,
    *,
    now: datetime,
    typed: Form,
    shown: Shown,
) -> Deciding:
    """Return what the page shows for deciding; `typed` is a form that had no effect."""
    aftermath = None
    if release is not None:
        workspace = visitor.principal.workspace
        aftermath = await aftermath_of(context, workspace, detail, release, now=now)
    return Deciding(
        card=await card_of(detail, shown.view),
        editing=shown.editing,
        preview=shown.preview,
        returned=_returned(detail),
        since=await asyncio.to_thread(_since, detail, typed.get("content_hash", "")),
        aftermath=aftermath,
        approve=_approve(detail, visitor),
    )


def _returned(detail: ProposalDetail) -> Returned | None:
    """Return why the present draft came back, if it did; what others clicked since is no answer."""
    if detail.status is not ProposalStatus.IN_REVIEW:
        return None
    came_back = (d for d in reversed(detail.decisions) if d.reason in CAME_BACK)
    last = next((d for d in came_back if d.approved_hash == detail.content_hash), None)
    if last is None:
        return None
    setback = detail.verification.setback if detail.verification else None
    if setback is None:
        return Returned(by=last.by, is_verified=detail.verification is not None)
    cases = detail.verification.cases if detail.verification else ()
    return Returned(
        by=last.by,
        is_verified=True,
        loses_original=setback.loses_original,
        broken=[case.query for case in cases if case.key in setback.broken],
    )


def _since(detail: ProposalDetail, seen_hash: str) -> list[FieldDiff]:
    """Return what has changed since the draft with this hash; empty where that is the present."""
    if not seen_hash or seen_hash == detail.content_hash:
        return []
    seen = next((d for d in reversed(detail.drafts) if d.content_hash == seen_hash), None)
    return changed_fields(seen.change, detail.change) if seen else []


def _approve(detail: ProposalDetail, visitor: Visitor) -> str:
    """Return what the approving button does, in its own words."""
    progress = progress_of(detail)
    if progress is None:
        return "Approve"
    if missing_after(detail, visitor.principal):
        return f"Approve ({min(len(progress.given) + 1, progress.needed)} of {progress.needed})"
    if detail.current is not None and detail.current.base_moved:
        return "Approve, and lay it on the newest revision"
    if detail.change.operation is Operation.RETIRE:
        return "Approve and take it away"
    return "Approve and put live"
