"""The page of the newest checkup: which items drift, why, and what people are asked about them."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import Context, ContextDep
from api.pages.visitor import PostedForm, SignedIn, Visitor
from api.problems import ProblemError, not_permitted
from api.services.checkups import start_checkup
from domain.identity import Permission
from store import checkups
from store.workspaces import read_settings

router = APIRouter(prefix="/checkup", include_in_schema=False)


@router.get("")
async def show_checkup(visitor: SignedIn, context: ContextDep) -> Response:
    """Show what the newest checkup has found."""
    return await _page(context, visitor)


async def _page(
    context: Context, visitor: Visitor, *, problem: ProblemError | None = None
) -> Response:
    workspace = visitor.principal.workspace
    async with context.database.snapshot(workspace) as connection:
        settings = await read_settings(connection, workspace)
        policy_of = await checkups.quarantine_switched_on_by(connection, workspace)
        newest = await checkups.find_checkup(connection, workspace)
        findings = await checkups.list_findings(connection, workspace, newest.id) if newest else []
    return visitor.page(
        "checkup.html",
        status_code=problem.status if problem else 200,
        section="knowledge",
        checkup=newest,
        findings=findings,
        settings=settings,
        policy_of=policy_of,
        problem=problem,
    )


@router.post("")
async def post_checkup(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Check the knowledge now."""
    if not visitor.principal.may(Permission.CHECK_UP):
        raise not_permitted(visitor.principal.role, Permission.CHECK_UP)
    try:
        await start_checkup(context, visitor.principal)
    except ProblemError as problem:
        return await _page(context, visitor, problem=problem)
    return RedirectResponse("/checkup", 303)
