"""Acts on several proposals of the inbox at once. Each row answers for itself."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.fields import field_problems
from api.pages.inbox_flow import filters_of
from api.pages.inbox_page import Done, Said, Untouched, inbox_page
from api.pages.inbox_snooze import until_of
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import ProblemError, invalid, invalid_field
from api.services.bulk import ActOnOne, BulkAct, act_on_all, refuse_changed
from api.services.commands import run_command
from api.services.decisions import DecisionRequest, decide, wait_until_done
from api.services.snoozing import snooze_proposal, wake_proposal
from domain.inbox import InboxFilters
from domain.reviews import CommandKind, Verdict
from store.inbox import InboxRow, Look, list_rows

router = APIRouter(include_in_schema=False)

PICK = "pick_"
"""A picked row's field: this and the proposal's id; its value is the content hash as shown."""

_DONE_WORDS = {
    BulkAct.REJECT: "rejected",
    BulkAct.ASSIGN: "given to {assignee}",
    BulkAct.CLAIM: "taken by you",
    BulkAct.SNOOZE: "snoozed",
    BulkAct.WAKE: "brought back",
}


@router.post("/inbox/bulk")
async def post_bulk(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Do to each picked proposal what the pressed button says; show how each fared."""
    filters = filters_of(form)
    try:
        kind = _kind_of(form)
        picked = _picked(form)
        shown = await _read_rows(context, visitor, picked)
        act = _act_of(kind, context, visitor, form, shown)
    except ProblemError as problem:
        return await inbox_page(context, visitor, filters, said=Said(problem=problem, typed=form))
    results = await act_on_all(picked, act)
    done = _told(kind, form, results, shown)
    return await inbox_page(context, visitor, filters, said=Said(done=done))


def _kind_of(form: Form) -> BulkAct:
    try:
        return BulkAct(form.get("act", ""))
    except ValueError:
        raise invalid_field("act", "choose what to do with them") from None


def _picked(form: Form) -> dict[UUID, str]:
    """Return the picked proposals with their content hashes; raises the 422 problem if none is."""
    picked: dict[UUID, str] = {}
    for name, content_hash in form.items():
        if name.startswith(PICK):
            try:
                picked[UUID(name.removeprefix(PICK))] = content_hash
            except ValueError:
                continue
    if not picked:
        raise invalid_field("proposals", "choose at least one")
    return picked


async def _read_rows(
    context: Context, visitor: Visitor, picked: Mapping[UUID, str]
) -> dict[UUID, InboxRow]:
    person = visitor.principal
    look = Look(person.workspace, person.name, InboxFilters(status=None), datetime.now(UTC))
    async with context.database.transaction(person.workspace) as connection:
        return {row.id: row for row in await list_rows(connection, look, list(picked))}


def _act_of(
    kind: BulkAct, context: Context, visitor: Visitor, form: Form, shown: Mapping[UUID, InboxRow]
) -> ActOnOne:
    """Return what is done to one; raises the 422 problem of what all of them lack."""
    person = visitor.principal
    if kind is BulkAct.REJECT:
        return _rejecting(context, visitor, form)
    if kind is BulkAct.WAKE:

        async def wake(proposal_id: UUID, content_hash: str) -> None:
            await wake_proposal(context, person, proposal_id)

        return wake
    if kind is BulkAct.SNOOZE:
        until = until_of(form)

        async def snooze(proposal_id: UUID, content_hash: str) -> None:
            _refuse_changed(shown, proposal_id, content_hash)
            await snooze_proposal(context, person, proposal_id, until)

        return snooze
    assignee = form.get("assignee", "").strip() if kind is BulkAct.ASSIGN else None
    if assignee == "":
        raise invalid_field("assignee", "choose somebody")
    command = CommandKind.ASSIGN if kind is BulkAct.ASSIGN else CommandKind.CLAIM

    async def command_one(proposal_id: UUID, content_hash: str) -> None:
        _refuse_changed(shown, proposal_id, content_hash)
        await run_command(context, person, proposal_id, command, assignee=assignee)

    return command_one


def _rejecting(context: Context, visitor: Visitor, form: Form) -> ActOnOne:
    fields: dict[str, Any] = {
        "verdict": Verdict.REJECT,
        "comment": form.get("comment", ""),
        "rejection_reason": form.get("rejection_reason", ""),
    }
    if not fields["comment"].strip():
        raise invalid_field("comment", "say why, once for all of them")
    if not fields["rejection_reason"]:
        raise invalid_field("rejection_reason", "choose one reason for all of them")
    try:
        DecisionRequest.model_validate({**fields, "content_hash": "any"})
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None

    async def reject(proposal_id: UUID, content_hash: str) -> None:
        request = DecisionRequest.model_validate({**fields, "content_hash": content_hash})
        # The same form sent twice is the same decisions.
        click = form.get("click", "")
        decision = await decide(context, visitor.principal, proposal_id, request, key=click or None)
        await wait_until_done(context, visitor.principal.workspace, decision)

    return reject


def _refuse_changed(shown: Mapping[UUID, InboxRow], proposal_id: UUID, content_hash: str) -> None:
    row = shown.get(proposal_id)
    # What is not there at all is for the act itself to say.
    if row is not None:
        refuse_changed(row.content_hash, content_hash)


def _told(
    kind: BulkAct,
    form: Form,
    results: Mapping[UUID, ProblemError | None],
    shown: Mapping[UUID, InboxRow],
) -> Done:
    untouched = [
        Untouched(
            id=proposal_id,
            title=shown[proposal_id].title if proposal_id in shown else "A proposal",
            why=f"{problem.title}. {problem.detail or ''}".strip(),
        )
        for proposal_id, problem in results.items()
        if problem is not None
    ]
    count = len(results) - len(untouched)
    words = _DONE_WORDS[kind].format(assignee=form.get("assignee", ""))
    headline = f"{count} of {len(results)} {words}" if untouched else f"{count} {words}"
    return Done(headline=f"{headline}.", is_whole=not untouched, untouched=untouched)
