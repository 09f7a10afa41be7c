"""Asks for changes as the API does: kept with their proposals, noted, and started."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from api.context import Context
from api.services.change_requests import ask_for
from domain.change_requests import (
    ChangeRequest,
    ChangeRequestKind,
    ChangeRequestMode,
    Target,
)
from domain.identity import ApiRole, Principal
from domain.knowledge import Change, Item, Operation
from domain.proposals import Origin
from gateways.embeddings import load_embedder
from store import change_requests, knowledge, publishing
from tests.workflows.harness import Loop
from tests.workflows.scripted import article
from workflows.change_request import ChangeRequestWorkflow
from workflows.change_request_input import ChangeRequestResult
from workflows.messages import workflow_id_of_origin


async def publish(loop: Loop, *changes: Change) -> UUID:
    """Publish changes of one item without any workflow; return the item's id."""
    item_id: UUID | None = None
    for change in changes:
        if item_id is not None:
            change = change.model_copy(update={"item_id": item_id})
        texts = change.content.passages()
        vectors = load_embedder().embed(list(texts))
        passages = [
            publishing.Passage(text, vector.tolist())
            for text, vector in zip(texts, vectors, strict=True)
        ]
        async with loop.database.transaction(loop.workspace) as connection:
            item_id, _ = await publishing.publish(
                connection,
                loop.workspace,
                change,
                passages=passages,
                model=load_embedder().name,
                provenance=publishing.Provenance(approved_by=("dana",)),
            )
    assert item_id is not None
    return item_id


def revision(answer: str, base: int = 1, operation: Operation = Operation.REVISE) -> Change:
    """Return a later revision of the article that `publish` adds first."""
    fields = {"operation": operation, "item_id": UUID(int=0), "base_revision": base}
    return article(answer).model_copy(update=fields)


async def ask(
    loop: Loop,
    kind: ChangeRequestKind,
    *,
    by: str = "ana",
    forced: bool = False,
    change: Change | None = None,
    **target: Any,
) -> Origin:
    """Ask for a change as a reviewer, or force it as an administrator."""
    # Of the API's context a request needs no more than these.
    context = cast(
        Context,
        SimpleNamespace(database=loop.database, delivery=loop.delivery, settle_seconds=10.0),
    )
    role = ApiRole.ADMIN if forced else ApiRole.REVIEWER
    asked = await ask_for(
        context,
        Principal(workspace=loop.workspace, name=by, role=role),
        kind,
        Target.model_validate(target),
        reason="The warehouse has moved.",
        mode=ChangeRequestMode.FORCED if forced else ChangeRequestMode.REVIEWED,
        change=change,
    )
    return Origin.request(asked.request.id)


async def request_of(loop: Loop, origin: Origin) -> ChangeRequest:
    """Return the request as the record holds it."""
    async with loop.database.transaction(loop.workspace) as connection:
        return await change_requests.get_request(connection, loop.workspace, origin.id)


async def item_of(loop: Loop, item_id: UUID) -> Item:
    """Return an item at its head."""
    async with loop.database.transaction(loop.workspace) as connection:
        return await knowledge.get_item(connection, loop.workspace, item_id)


async def end(loop: Loop, origin: Origin) -> ChangeRequestResult:
    """Return how the workflow ended, and check that the record says the same."""
    handle = loop.environment.client.get_workflow_handle_for(
        ChangeRequestWorkflow.run, workflow_id_of_origin(loop.workspace, origin)
    )
    result = await handle.result()
    assert (await request_of(loop, origin)).status is result.status
    return result
