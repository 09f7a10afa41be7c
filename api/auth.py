"""Who calls, and whether they may: API keys and sessions as dependencies of the routes."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from api.context import Context, ContextDep
from api.problems import ProblemError, not_permitted, not_signed_in
from api.sessions import COOKIE, Session
from domain.identity import Permission, Principal
from store.database import INSTALLATION
from store.keys import find_holder_by_id

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def authenticate(request: Request, context: ContextDep) -> Principal:
    """Return the caller by API key, or else by session; raises the 401 problem."""
    scheme, _, raw = request.headers.get("authorization", "").partition(" ")
    if scheme:
        holder = await context.keys.find(raw.strip()) if scheme.lower() == "bearer" else None
        if holder is None:
            raise not_signed_in()
        return holder.principal
    session = context.sessions.read(request.cookies.get(COOKIE))
    principal = await principal_of(context, session)
    if principal is None:
        raise not_signed_in()
    if request.method not in _SAFE:
        # A browser sends the cookie by itself, so that a call that writes must prove its intent.
        token = request.headers.get("x-csrf-token")
        if not context.sessions.is_form_token(token, session):
            raise bad_form_token()
    return principal


async def principal_of(context: Context, session: Session | None) -> Principal | None:
    """Return whom a session stands for now; None once its key is revoked."""
    if session is None:
        return None
    async with context.database.transaction(INSTALLATION) as connection:
        holder = await find_holder_by_id(connection, session.key_id)
    return holder.principal if holder else None


def bad_form_token() -> ProblemError:
    """Return the problem of a form (or a call with a cookie) that is not from our own page."""
    return ProblemError(
        403,
        "bad_form_token",
        "This form is too old or is not ours",
        "Open the page again and repeat what you did.",
    )


Caller = Annotated[Principal, Depends(authenticate)]


def requires(permission: Permission) -> Callable[[Principal], Awaitable[Principal]]:
    """Return a dependency that yields the caller if their role holds `permission`."""

    async def check(caller: Caller) -> Principal:
        if not caller.may(permission):
            raise not_permitted(caller.role, permission)
        return caller

    # Read by the test that every route names what it needs.
    check.__dict__["permission"] = permission
    return check


Submitter = Annotated[Principal, Depends(requires(Permission.SUBMIT_INTERVENTIONS))]
InterventionReader = Annotated[Principal, Depends(requires(Permission.READ_INTERVENTIONS))]
KnowledgeReader = Annotated[Principal, Depends(requires(Permission.READ_KNOWLEDGE))]
Asker = Annotated[Principal, Depends(requires(Permission.ASK))]
Reporter = Annotated[Principal, Depends(requires(Permission.REPORT_OUTCOMES))]
ProposalReader = Annotated[Principal, Depends(requires(Permission.READ_PROPOSALS))]
Decider = Annotated[Principal, Depends(requires(Permission.DECIDE))]
Proposer = Annotated[Principal, Depends(requires(Permission.PROPOSE))]
Assigner = Annotated[Principal, Depends(requires(Permission.ASSIGN))]
Reopener = Annotated[Principal, Depends(requires(Permission.REOPEN))]
Suppressor = Annotated[Principal, Depends(requires(Permission.SUPPRESS))]
UsageReader = Annotated[Principal, Depends(requires(Permission.READ_USAGE))]
CheckupStarter = Annotated[Principal, Depends(requires(Permission.CHECK_UP))]
GoldenCurator = Annotated[Principal, Depends(requires(Permission.CURATE_GOLDEN))]
Administrator = Annotated[Principal, Depends(requires(Permission.ADMINISTER))]
