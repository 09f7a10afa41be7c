"""Saved views: filters of the inbox under a name, one's own or everybody's."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.pages.inbox_flow import filters_of, inbox_path
from api.pages.inbox_page import Said, inbox_page
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import ProblemError, invalid_field
from domain.base import Line
from domain.identity import Permission, Principal
from store import saved_views
from store.database import Connection
from store.saved_views import NameTakenError, SavedView, TooManyViewsError

router = APIRouter(prefix="/inbox/views", include_in_schema=False)

SHARING = Permission.ASSIGN
"""Who gives work to others may also give everybody a view."""

_NAME: TypeAdapter[str] = TypeAdapter(Line)
_LONGEST_NAME = 60

Act = Callable[[Connection, Principal], Awaitable[str]]
"""Changes views; returns the view to show then."""


@router.post("")
async def post_view(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Save the filters of the page under a name."""

    async def act(connection: Connection, person: Principal) -> str:
        filters = filters_of(form)
        is_shared = form.get("whose") == "everybody"
        if is_shared:
            _check_may_share(person)
        try:
            view_id = await saved_views.save_view(
                connection,
                person.workspace,
                name=_name_of(form),
                filters=filters,
                person=None if is_shared else person.name,
                created_by=person.name,
            )
        except TooManyViewsError:
            limit = saved_views.MOST_VIEWS
            raise invalid_field("name", f"there are {limit} saved views: delete one") from None
        if form.get("default") and not is_shared:
            await saved_views.set_default(connection, person.workspace, person.name, view_id)
        return filters.as_query()

    return await _done(context, visitor, form, act)


@router.post("/{view_id}/rename")
async def post_rename(
    visitor: SignedIn, context: ContextDep, view_id: UUID, form: PostedForm
) -> Response:
    """Give a view another name."""

    async def act(connection: Connection, person: Principal) -> str:
        view = await _own_or_shared(connection, person, view_id)
        try:
            await saved_views.rename_view(connection, person.workspace, view.id, _name_of(form))
        except NameTakenError:
            raise invalid_field("name", "another view has this name") from None
        return view.query

    return await _done(context, visitor, form, act)


@router.post("/{view_id}/default")
async def post_default(
    visitor: SignedIn, context: ContextDep, view_id: UUID, form: PostedForm
) -> Response:
    """Let the inbox open with a view of one's own, or not any more."""

    async def act(connection: Connection, person: Principal) -> str:
        view = await saved_views.get_view(connection, person.workspace, person.name, view_id)
        wanted = None if view.is_default else view.id
        await saved_views.set_default(connection, person.workspace, person.name, wanted)
        return view.query

    return await _done(context, visitor, form, act)


@router.post("/{view_id}/delete")
async def post_delete(
    visitor: SignedIn, context: ContextDep, view_id: UUID, form: PostedForm
) -> Response:
    """Forget a view; the page goes on showing what it showed."""

    async def act(connection: Connection, person: Principal) -> str:
        view = await _own_or_shared(connection, person, view_id)
        await saved_views.delete_view(connection, person.workspace, view.id)
        return view.query

    return await _done(context, visitor, form, act)


async def _done(context: Context, visitor: Visitor, form: Form, act: Act) -> Response:
    person = visitor.principal
    try:
        async with context.database.transaction(person.workspace) as connection:
            view = await act(connection, person)
    except ProblemError as problem:
        filters = filters_of(form)
        return await inbox_page(context, visitor, filters, said=Said(problem=problem, typed=form))
    return RedirectResponse(inbox_path(view), 303)


def _name_of(form: Form) -> str:
    try:
        name = _NAME.validate_python(form.get("name", ""))
    except ValidationError:
        raise invalid_field("name", "give the view a name") from None
    if len(name) > _LONGEST_NAME:
        raise invalid_field("name", f"must be at most {_LONGEST_NAME} characters long")
    return name


async def _own_or_shared(connection: Connection, person: Principal, view_id: UUID) -> SavedView:
    """Return a view that the person may change; raises the 403 problem."""
    view = await saved_views.get_view(connection, person.workspace, person.name, view_id)
    if view.person is None:
        _check_may_share(person)
    return view


def _check_may_share(person: Principal) -> None:
    if not person.may(SHARING):
        raise ProblemError(
            403, "not_allowed", "This needs a lead", "Only leads change everybody's views."
        )
