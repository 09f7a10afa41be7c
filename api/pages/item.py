"""The pages of one item: what it says, every revision and where it came from, and comparing two."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.context import Context, ContextDep
from api.diffs import ContentDiff, Patience, compare
from api.openapi import EmptyIsNone
from api.pages.diff_view import shortened
from api.pages.moments import Moment, read_moment
from api.pages.visitor import Form, SignedIn, Visitor
from api.problems import ProblemError
from domain.knowledge import Operation
from domain.metrics import MOST_CASES
from domain.provenance import TracedRevision
from store import provenance, releases
from store.checkups import read_health
from store.database import Connection
from store.item_effect import InForce, measure_item
from store.knowledge import get_item

router = APIRouter(prefix="/knowledge/{item_id}", include_in_schema=False)

_SHOWN = 20
"""How many revisions a page shows, each with how it differs from the one before."""

_SECONDS = 3.0
"""How long the texts of one page are compared for at most."""


class Step(StrEnum):
    """What a revision did to its item."""

    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"
    RESTORED = "restored"


class ShownRevision(BaseModel):
    """A revision, what it did, and how it differs from the one before."""

    revision: TracedRevision
    step: Step
    diff: ContentDiff
    answers: int


@router.get("")
async def show_item(
    visitor: SignedIn,
    context: ContextDep,
    item_id: UUID,
    as_of: Annotated[str, Query(max_length=60)] = "",
    before: Annotated[int | None, EmptyIsNone, Query(ge=1, lt=2**31)] = None,
) -> Response:
    """Show one item as it stands, or stood, and its revisions."""
    return await item_page(context, visitor, item_id, as_of=as_of, before=before)


async def item_page(
    context: Context,
    visitor: Visitor,
    item_id: UUID,
    *,
    as_of: str = "",
    before: int | None = None,
    problem: ProblemError | None = None,
    typed: Form | None = None,
) -> Response:
    """Return the page; `problem` says why a form had no effect, `typed` is what it held."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        moment = await read_moment(connection, workspace, as_of)
        item = await releases.get_item_at(connection, workspace, item_id, moment.release)
        found = await provenance.list_newest_revisions(
            connection, workspace, item_id, release=moment.release, before=before, limit=_SHOWN + 1
        )
        answers = await provenance.count_answers(connection, workspace, item_id)
        shown_now = [] if moment.asked or before else _in_force(found)
        fares = await _fares(connection, workspace, item_id, moment, shown_now)
    # In a thread: a hostile text may take as long as the differ's time limit.
    shown = await asyncio.to_thread(_with_changes, found, answers)
    return visitor.page(
        "item.html",
        status_code=problem.status if problem else 422 if moment.problem else 200,
        section="knowledge",
        item=item,
        moment=moment,
        revisions=shown,
        newest=shown[0].revision if shown and before is None else None,
        before=before,
        more=shown[-1].revision.number if len(found) > _SHOWN else None,
        answers=sum(count for number, count in answers.items() if number <= item.revision),
        **fares,
        most_cases=MOST_CASES,
        problem=problem,
        typed=typed or {},
    )


async def _fares(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    moment: Moment,
    in_force: Sequence[InForce],
) -> dict[str, Any]:
    """Return how the item fares now: its health, and what the revisions in force have brought."""
    now = datetime.now(UTC)
    health = None if moment.asked else await read_health(connection, workspace, item_id, now=now)
    effect = await measure_item(connection, workspace, item_id, in_force, now=now)
    return {"health": health, "effect": effect if in_force else None}


def _in_force(newest_first: Sequence[TracedRevision]) -> list[InForce]:
    """Return when each of the revisions that the page shows was what agents saw."""
    untils = [None, *(revision.created_at for revision in newest_first)]
    return [
        InForce(revision=revision.number, since=revision.created_at, until=until)
        for revision, until in zip(newest_first[:_SHOWN], untils, strict=False)
        if revision.operation is not Operation.RETIRE
    ]


def _with_changes(found: Sequence[TracedRevision], answers: dict[int, int]) -> list[ShownRevision]:
    """Return the revisions, newest first; one more than is shown is only compared with."""
    patience = Patience(_SECONDS)
    return [
        ShownRevision(
            revision=revision,
            step=_step(revision, older),
            diff=_changes(older, revision, patience),
            answers=answers.get(revision.number, 0),
        )
        for revision, older in zip(found, [*found[1:], None], strict=True)
    ][:_SHOWN]


def _step(revision: TracedRevision, older: TracedRevision | None) -> Step:
    if revision.operation is not Operation.REVISE:
        return Step.ADDED if revision.operation is Operation.ADD else Step.RETIRED
    was_retired = older is not None and older.operation is Operation.RETIRE
    return Step.RESTORED if was_retired else Step.CHANGED


def _changes(
    older: TracedRevision | None, revision: TracedRevision, patience: Patience
) -> ContentDiff:
    if older is None:
        return ContentDiff(fields=[])
    diff = compare(older.content, revision.content, patience).only_changes()
    return diff.model_copy(update={"fields": shortened(diff.fields)})


@router.get("/compare")
async def show_comparison(
    visitor: SignedIn,
    context: ContextDep,
    item_id: UUID,
    start: Annotated[int, Query(alias="from", ge=1, lt=2**31)],
    end: Annotated[int, Query(alias="to", ge=1, lt=2**31)],
) -> Response:
    """Show how any two revisions differ, in either direction."""
    return await comparison_page(context, visitor, item_id, start, end)


async def comparison_page(
    context: Context,
    visitor: Visitor,
    item_id: UUID,
    start: int,
    end: int,
    *,
    problem: ProblemError | None = None,
    typed: Form | None = None,
) -> Response:
    """Return the page; `problem` says why a form had no effect, `typed` is what it held."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        item = await get_item(connection, workspace, item_id)
        older = await provenance.get_revision(connection, workspace, item_id, start)
        newer = await provenance.get_revision(connection, workspace, item_id, end)
        answers = await provenance.count_answers(connection, workspace, item_id)
    diff = await asyncio.to_thread(compare, older.content, newer.content, Patience(_SECONDS))
    target = _bring_back(item.revision, start, end)
    return visitor.page(
        "compare.html",
        status_code=problem.status if problem else 200,
        section="knowledge",
        item=item,
        older=older,
        newer=newer,
        diff=diff,
        changes=diff.only_changes(),
        target=target,
        taken_back=sum(count for number, count in answers.items() if target and number > target),
        problem=problem,
        typed=typed or {},
    )


def _bring_back(head: int, start: int, end: int) -> int | None:
    """Return the revision that this page may be asked to bring back, if it shows what that does.

    It does when the other of the two is the one that agents see now.
    """
    if head not in {start, end} or start == end:
        return None
    return start if end == head else end
