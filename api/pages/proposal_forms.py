"""What people do with a proposal: forms that work without scripts."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.diffs import field_text
from api.fields import field_problems
from api.pages.proposal import proposal_page
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import FieldProblem, ProblemError, from_domain_error, invalid
from api.services.commands import run_command
from api.services.comments import add_comment
from api.services.decisions import DecisionRequest, decide, wait_until_done
from api.services.edits import PersonalDataProblem
from domain.errors import DomainError
from domain.knowledge import Change, ItemContent
from domain.mentions import mentioned
from domain.reviews import CommandKind
from store import proposals as stored

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


def _decision_of(form: Form, edited: Change | None = None) -> DecisionRequest:
    fields: dict[str, Any] = {
        "verdict": form.get("verdict", ""),
        "content_hash": form.get("content_hash", ""),
        "comment": form.get("comment", ""),
        "edited_change": edited,
        "not_personal": [text for name, text in form.items() if name.startswith("public_")],
    }
    try:
        return DecisionRequest.model_validate(fields)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None


@router.post("/decide")
async def post_decision(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Approve, reject or ask for changes."""

    async def act() -> None:
        await _decide(context, visitor, proposal_id, form, _decision_of(form))

    return await _done_or_shown_again(context, visitor, proposal_id, form, act)


async def _decide(
    context: Context, visitor: Visitor, proposal_id: UUID, form: Form, request: DecisionRequest
) -> None:
    decision = await decide(
        context, visitor.principal, proposal_id, request, key=form.get("click") or None
    )
    await wait_until_done(context, visitor.principal.workspace, decision)


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


@router.get("/edit")
async def show_edit(visitor: SignedIn, context: ContextDep, proposal_id: UUID) -> Response:
    """Show the change as a form."""
    async with context.database.transaction(visitor.principal.workspace) as connection:
        found = await stored.get_proposal(connection, visitor.principal.workspace, proposal_id)
    return _edit_page(visitor, proposal_id, found.title, found.content_hash, found.change)


@router.post("/edit/approve")
async def post_edit(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Approve the change with the content as it was edited."""
    async with context.database.transaction(visitor.principal.workspace) as connection:
        found = await stored.get_proposal(connection, visitor.principal.workspace, proposal_id)
    try:
        edited = _edited(found.change, form)
        request = _decision_of({**form, "verdict": "approve"}, edited)
        await _decide(context, visitor, proposal_id, form, request)
    except ProblemError as problem:
        if problem.status != 422:
            return await proposal_page(context, visitor, proposal_id, problem=problem)
        shown_hash = form.get("content_hash", found.content_hash)
        return _edit_page(
            visitor, proposal_id, found.title, shown_hash, found.change, problem=problem, typed=form
        )
    return RedirectResponse(f"/proposals/{proposal_id}", 303)


def _edit_page(
    visitor: Visitor,
    proposal_id: UUID,
    title: str,
    content_hash: str,
    change: Change,
    *,
    problem: ProblemError | None = None,
    typed: Form | None = None,
) -> Response:
    content = change.content.model_dump(mode="json")
    texts = {name: field_text(value) for name, value in content.items()}
    for name, text in (typed or {}).items():
        field = name.removeprefix("field_")
        if field in texts and field != name:
            texts[field] = text
    return visitor.page(
        "edit.html",
        status_code=problem.status if problem else 200,
        section="inbox",
        proposal_id=proposal_id,
        title=title,
        content_hash=content_hash,
        change=change,
        texts=texts,
        long_fields=set(texts) - _SHORT_FIELDS,
        kept=_kept(change, typed),
        comment=(typed or {}).get("comment", ""),
        problem=problem,
        errors={
            error.field.removeprefix("edited_change.content."): error.message
            for error in (problem.errors if problem else ())
        },
        found=problem.parts if isinstance(problem, PersonalDataProblem) else [],
    )


def _kept(change: Change, typed: Form | None) -> frozenset[int]:
    """Return the places of the wordings that are ticked: all until the form is sent."""
    places = range(len(change.phrasings))
    return frozenset(n for n in places if typed is None or f"wording_{n}" in typed)


_SHORT_FIELDS = frozenset({"title", "name", "system", "server", "tags"})


def _edited(change: Change, form: Form) -> Change:
    """Return the change with the content that the form holds; raises the 422 problem."""
    values: dict[str, Any] = {}
    for name in type(change.content).model_fields:
        text = form.get(f"field_{name}", "")
        if name == "tags":
            values[name] = tuple(tag.strip() for tag in text.split(",") if tag.strip())
        elif name == "tools":
            values[name] = _json_list(text)
        else:
            values[name] = text
    kept = _kept(change, form)
    return change.model_copy(
        update={
            "content": _valid(type(change.content), values),
            "phrasings": tuple(text for n, text in enumerate(change.phrasings) if n in kept),
        }
    )


def _json_list(text: str) -> list[Any]:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise invalid([FieldProblem(field="tools", message="must be a JSON array of tools")])
    return cast(list[Any], value)


def _valid(model: type[ItemContent], values: dict[str, Any]) -> ItemContent:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None
