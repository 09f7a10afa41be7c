"""Editing a proposal's change where it stands: approve with these words, or have them verified."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import Context, ContextDep
from api.pages.deciding import Shown
from api.pages.decision_form import decision_of, take_decision
from api.pages.edit_form import edited_change, form_of
from api.pages.offered import Act
from api.pages.proposal import proposal_page
from api.pages.standing import standing_of
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import ProblemError, from_domain_error
from api.services.proposal_view import ProposalDetail, read_proposal
from domain.errors import DomainError
from domain.reviews import Verdict

router = APIRouter(prefix="/proposals/{proposal_id}/edit", include_in_schema=False)


class EditAct(StrEnum):
    """What a person does with an edit."""

    APPROVE = "approve"
    VERIFY = "verify"


_VERDICTS = {EditAct.APPROVE: Verdict.APPROVE, EditAct.VERIFY: Verdict.REQUEST_CHANGES}


@router.get("")
async def show_edit(visitor: SignedIn, context: ContextDep, proposal_id: UUID) -> Response:
    """Show the proposal with its change as a form; just the proposal where it cannot be edited."""
    detail = await _read(context, visitor, proposal_id)
    if not standing_of(detail, visitor.principal, datetime.now(UTC)).may(Act.EDIT):
        return RedirectResponse(f"/proposals/{proposal_id}", 303)
    shown = Shown(editing=form_of(detail.change, detail.content_hash))
    return await proposal_page(context, visitor, proposal_id, shown=shown)


@router.post("/{act}")
async def post_edit(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, act: EditAct, form: PostedForm
) -> Response:
    """Approve the change with the words of the form, or save them as the next draft."""
    detail = await _read(context, visitor, proposal_id)
    try:
        edit = edited_change(detail.change, form)
        request = decision_of(form, _VERDICTS[act], edit)
        await take_decision(context, visitor, proposal_id, form, request)
    except (ProblemError, DomainError) as error:
        problem = from_domain_error(error) if isinstance(error, DomainError) else error
        if problem.status in {404, 503}:
            raise
        return await _shown_again(context, visitor, detail, form, problem)
    return RedirectResponse(f"/proposals/{proposal_id}", 303)


async def _read(context: Context, visitor: Visitor, proposal_id: UUID) -> ProposalDetail:
    return await read_proposal(
        context, visitor.principal.workspace, proposal_id, now=datetime.now(UTC)
    )


async def _shown_again(
    context: Context, visitor: Visitor, detail: ProposalDetail, form: Form, problem: ProblemError
) -> Response:
    """Show the form again with what was typed; on a newer draft it is for that one from now on."""
    editing = None
    if standing_of(detail, visitor.principal, datetime.now(UTC)).may(Act.EDIT):
        editing = form_of(detail.change, detail.content_hash, typed=form, problem=problem)
    return await proposal_page(
        context,
        visitor,
        detail.id,
        problem=problem,
        typed=form,
        shown=Shown(editing=editing),
    )
