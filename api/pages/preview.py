"""The live preview of an edit: what would differ, what is wrong, and how it would be answered."""

import asyncio
import math
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.context import Context, ContextDep
from api.diffs import FieldDiff, Patience
from api.pages.change_card import ChangeCard, DiffView, changed_fields, laid_out
from api.pages.deciding import Preview, Shown
from api.pages.edit_form import edited_change, form_of
from api.pages.proposal import proposal_page
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import ProblemError, not_permitted
from api.services.previews import AskingNow, problems_of, query_of, try_edit
from api.services.proposal_view import ProposalDetail, read_proposal
from domain.identity import Permission
from domain.knowledge import Change

router = APIRouter(prefix="/proposals/{proposal_id}", include_in_schema=False)

_SECONDS = 1.0
"""How long the texts of one preview are compared for at most."""


@router.post("/preview")
async def post_preview(
    visitor: SignedIn,
    context: ContextDep,
    proposal_id: UUID,
    form: PostedForm,
    hx_request: Annotated[str, Header()] = "",
) -> Response:
    """Show what an edit would do; without scripts, on the page with the form."""
    if not visitor.may(Permission.DECIDE):
        raise not_permitted(visitor.principal.role, Permission.DECIDE)
    principal = visitor.principal
    wait = context.previews.seconds_to_wait(f"{principal.workspace}/{principal.name}")
    if wait:
        raise ProblemError(
            429,
            "too_many_previews",
            "The preview pauses for a moment",
            headers={"Retry-After": str(math.ceil(wait))},
        )
    workspace = principal.workspace
    detail = await read_proposal(context, workspace, proposal_id, now=datetime.now(UTC))
    preview = await _preview(context, visitor, detail, form)
    if hx_request == "true":
        return visitor.page("proposal/preview.html", preview=preview, p=detail)
    shown_hash = form.get("content_hash", detail.content_hash)
    editing = form_of(detail.change, shown_hash, typed=form)
    shown = Shown(editing=editing, preview=preview)
    return await proposal_page(context, visitor, proposal_id, shown=shown)


async def _preview(
    context: Context, visitor: Visitor, detail: ProposalDetail, form: Form
) -> Preview:
    workspace = visitor.principal.workspace
    try:
        edit = edited_change(detail.change, form)
    except ProblemError as problem:
        return Preview(problems=problem.errors)
    not_personal = [text for name, text in form.items() if name.startswith("public_")]
    problems = await problems_of(context, workspace, edit, not_personal)
    asking = AskingNow.WANTED if form.get("try") == "yes" else AskingNow.FREE
    # What may not be saved is not sent to anybody either.
    trial = await try_edit(context, workspace, detail, edit, asking, may_leave=not problems)
    card, yours = await asyncio.to_thread(_compared, detail, edit)
    return Preview(
        problems=problems,
        card=card,
        yours=yours,
        trial=trial,
        can_try=not context.answerer.is_deterministic and query_of(detail) is not None,
    )


def _compared(detail: ProposalDetail, edit: Change) -> tuple[ChangeCard, list[FieldDiff]]:
    patience = Patience(_SECONDS)
    card = laid_out(edit, detail.base_content, DiffView.INLINE, patience)
    return card, changed_fields(detail.change, edit, patience)
