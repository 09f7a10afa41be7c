"""What people do with a proposal: forms that work without scripts."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import Context, ContextDep
from api.pages.decision_form import decision_of, take_decision
from api.pages.proposal import proposal_page
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import FieldProblem, ProblemError, from_domain_error, invalid
from api.services.commands import run_command
from api.services.comments import add_comment
from domain.errors import DomainError
from domain.mentions import mentioned
from domain.reviews import CommandKind

router = APIRouter(prefix="/proposals/{proposal_id}", include_in_schema=False)

Act = Callable[[], Awaitable[None]]


async def _done_or_shown_again(
    context: Context, visitor: Visitor, proposal_id: UUID, form: Form, act: Act
) -> Response:
    """Do what a form asks and lead back to the proposal; say on its page why it could not be."""
    try:
        await act()
    except (ProblemError, DomainError) as error:
        problem = from_domain_error(error) if isinstance(error, DomainError) else error
        if problem.status in {404, 503}:
            raise
        return await proposal_page(context, visitor, proposal_id, problem=problem, typed=form)
    return RedirectResponse(f"/proposals/{proposal_id}", 303)


@router.post("/decide")
async def post_decision(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Approve, reject or ask for changes."""

    async def act() -> None:
        await take_decision(context, visitor, proposal_id, form, decision_of(form))

    return await _done_or_shown_again(context, visitor, proposal_id, form, act)


@router.post("/{kind}")
async def post_command(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, kind: CommandKind, form: PostedForm
) -> Response:
    """Claim, release, assign or reopen."""

    async def act() -> None:
        assignee = form.get("assignee", "").strip() if kind is CommandKind.ASSIGN else None
        if assignee == "":
            raise invalid([FieldProblem(field="assignee", message="choose somebody")])
        await run_command(context, visitor.principal, proposal_id, kind, assignee=assignee)

    return await _done_or_shown_again(context, visitor, proposal_id, form, act)


@router.post("/comments/add")
async def post_comment(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Remark on the proposal; who is chosen beside the text is named at its end."""

    async def act() -> None:
        body, name = form.get("body", ""), form.get("mention", "")
        if body.strip() and name and not mentioned(body, [name]):
            body = f"{body.rstrip()} @{name}"
        await add_comment(context, visitor.principal, proposal_id, body)

    return await _done_or_shown_again(context, visitor, proposal_id, form, act)
