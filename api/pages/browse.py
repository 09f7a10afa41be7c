"""Pages to read: interventions, and what agents know."""

import asyncio
from itertools import pairwise
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from api.context import ContextDep
from api.diffs import FieldDiff, diff_contents
from api.links import workflow_url
from api.openapi import EmptyIsNone
from api.pages.transcript import show_transcript
from api.pages.visitor import SignedIn
from api.paging import DEFAULT_LIMIT, Cursor, decode_cursor, encode_cursor
from domain.conversation import InterventionStatus
from domain.knowledge import ItemKind, ItemStatus, Revision
from store import interventions as stored
from store import knowledge as stored_knowledge
from store.proposals import list_proposals_of_intervention

router = APIRouter(include_in_schema=False)

_CURSOR = TypeAdapter(UUID)
_COMPARED = 20
"""How many of an item's newest revisions are compared with the one before."""


class ShownRevision(BaseModel):
    """A revision and how it differs from the one before."""

    revision: Revision
    changes: list[FieldDiff]


@router.get("/interventions")
async def show_interventions(
    visitor: SignedIn,
    context: ContextDep,
    status: Annotated[InterventionStatus | None, EmptyIsNone, Query()] = None,
    cursor: Cursor = None,
) -> Response:
    """Show what came in, newest first."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        found = await stored.list_interventions(
            connection,
            workspace,
            status=status,
            before=decode_cursor(_CURSOR, cursor),
            limit=DEFAULT_LIMIT + 1,
        )
        counts = await stored.count_interventions(connection, workspace)
    more = None
    if len(found) > DEFAULT_LIMIT:
        more = encode_cursor(_CURSOR, found[DEFAULT_LIMIT - 1].id)
    return visitor.page(
        "interventions.html",
        section="interventions",
        interventions=found[:DEFAULT_LIMIT],
        status=status,
        counts=counts,
        statuses=[name for name in InterventionStatus if counts.get(name)],
        more=more,
    )


@router.get("/interventions/{intervention_id}")
async def show_intervention(
    visitor: SignedIn, context: ContextDep, intervention_id: UUID
) -> Response:
    """Show one intervention: its conversation, its findings, its proposals."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        found = await stored.get_intervention(connection, workspace, intervention_id)
        analysis = await stored.find_analysis(connection, workspace, intervention_id)
        proposals = await list_proposals_of_intervention(connection, workspace, intervention_id)
    return visitor.page(
        "intervention.html",
        section="interventions",
        intervention=found,
        analysis=analysis,
        proposals=proposals,
        transcript=await show_transcript(found, analysis.findings if analysis else ()),
        workflow_url=workflow_url(context.settings, workspace, intervention_id),
    )


@router.get("/knowledge")
async def show_knowledge(
    visitor: SignedIn,
    context: ContextDep,
    kind: Annotated[ItemKind | None, EmptyIsNone, Query()] = None,
    status: Annotated[str, Query(max_length=40)] = ItemStatus.ACTIVE,
    cursor: Cursor = None,
) -> Response:
    """Show the items that agents know."""
    workspace = visitor.principal.workspace
    wanted = ItemStatus(status) if status in set(ItemStatus) else None
    async with context.database.transaction(workspace) as connection:
        found = await stored_knowledge.list_items(
            connection,
            workspace,
            kind=kind,
            status=wanted,
            after=decode_cursor(_CURSOR, cursor),
            limit=DEFAULT_LIMIT + 1,
        )
        release = await stored_knowledge.current_release(connection, workspace)
    more = None
    if len(found) > DEFAULT_LIMIT:
        more = encode_cursor(_CURSOR, found[DEFAULT_LIMIT - 1].id)
    return visitor.page(
        "knowledge.html",
        section="knowledge",
        items=found[:DEFAULT_LIMIT],
        kind=kind,
        kinds=list(ItemKind),
        status=wanted,
        release=release,
        more=more,
    )


@router.get("/knowledge/{item_id}")
async def show_item(visitor: SignedIn, context: ContextDep, item_id: UUID) -> Response:
    """Show one item and every revision with where it came from."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        item = await stored_knowledge.get_item(connection, workspace, item_id)
        revisions = await stored_knowledge.list_revisions(connection, workspace, item_id)
    # In a thread: a hostile text may take as long as the differ's time limit.
    shown = await asyncio.to_thread(_with_changes, revisions)
    return visitor.page("item.html", section="knowledge", item=item, revisions=shown)


def _with_changes(revisions: list[Revision]) -> list[ShownRevision]:
    """Return the revisions, newest first; the newest ones with how they differ from before."""
    shown = [ShownRevision(revision=revision, changes=[]) for revision in reversed(revisions)]
    for newer, older in list(pairwise(shown))[:_COMPARED]:
        diff = diff_contents(older.revision.content, newer.revision.content)
        newer.changes = [field for field in diff if field.changed]
    return shown
