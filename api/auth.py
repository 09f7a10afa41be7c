"""Who calls, and whether they may: API keys and sessions as dependencies of the routes."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request

from api.context import Context, ContextDep
from api.problems import ProblemError, not_permitted, not_signed_in
from api.sessions import Session, cookie_name
from domain.identity import Permission, Principal
from store.sessions import IDLE_STEP, LiveSession, find_session, touch_session

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def authenticate(request: Request, context: ContextDep) -> Principal:
    """Return the caller by API key, or else by session; raises the 401 problem."""
    scheme, _, raw = request.headers.get("authorization", "").partition(" ")
    if scheme:
        holder = await context.keys.find(raw.strip()) if scheme.lower() == "bearer" else None
        if holder is None:
            raise not_signed_in()
        return holder.principal
    session = session_of(request, context)
    principal = await principal_of(context, session)
    if principal is None:
        raise not_signed_in()
    if request.method not in _SAFE:
        # A browser sends the cookie by itself, so that a call that writes must prove its intent.
        token = request.headers.get("x-csrf-token")
        if not context.sessions.is_form_token(token, session):
            raise bad_form_token()
    return principal


def session_of(request: Request, context: Context) -> Session | None:
    """Return the session that a request's cookie names, whether it goes on or not."""
    name = cookie_name(request, context.settings)
    return context.sessions.read(request.cookies.get(name))


async def live_session(context: Context, session: Session | None) -> LiveSession | None:
    """Return a session as it is now, and note its use; None once it has ended.

    It ends by signing out, by age, by disuse, and with its key or its person's role.
    """
    if session is None:
        return None
    async with context.database.reading(session.workspace) as connection:
        live = await find_session(connection, session.workspace, session.id, idle_limit(context))
        if live is not None and datetime.now(UTC) - live.seen_at > IDLE_STEP:
            await touch_session(connection, live)
    return live


def idle_limit(context: Context) -> timedelta:
    """Return how long a session lasts that nobody uses."""
    return timedelta(hours=context.settings.session_idle_hours)


async def principal_of(context: Context, session: Session | None) -> Principal | None:
    """Return whom a session stands for now; None once it has ended."""
    live = await live_session(context, session)
    return live.principal if live else None


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
