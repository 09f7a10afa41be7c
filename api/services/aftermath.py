"""What became of an approved proposal: its release, its query asked again, and how to undo it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from agent.knowledge import StoredKnowledge
from api.asked_again import AskedAt
from api.context import Context
from api.services.asking import answer_query
from api.services.previews import OriginalQuery, query_of
from api.services.proposal_view import ProposalDetail
from domain.cases import AskResult
from domain.item_health import ItemHealth
from domain.knowledge import Operation, Release
from store.checkups import read_health
from store.erasures import count_finished
from store.knowledge import current_release, list_revisions


class Undo(StrEnum):
    """How an applied change is taken back: by a request that people review, too."""

    ROLLBACK = "rollback"
    RETIRE = "retire"
    RESTORE = "restore"


class Aftermath(BaseModel):
    """What an applied proposal has led to.

    `undo` is None where the item has a newer revision: then its page says what can be done.
    `to_revision` goes with a rollback. `before` is the answer from before; `now` is missing where
    asking costs tokens, until somebody asks.
    """

    release: Release
    approved_by: list[str]
    query: OriginalQuery | None
    before: AskResult | None = None
    now: AskResult | None = None
    asked_in: int | None = None
    can_ask: bool = False
    health: ItemHealth | None = None
    head: int
    undo: Undo | None = None
    to_revision: int | None = None

    @property
    def uses_it(self) -> bool:
        """Whether the answer rests on the item."""
        used = self.now.items_used if self.now else ()
        return any(item.item_id == self.release.item_id for item in used)


async def aftermath_of(
    context: Context, workspace: str, detail: ProposalDetail, release: Release, *, now: datetime
) -> Aftermath:
    """Return what an applied proposal has led to; it asks the agent only where that is free."""
    async with context.database.transaction(workspace) as connection:
        revisions = await list_revisions(connection, workspace, release.item_id)
        health = await read_health(connection, workspace, release.item_id, now=now)
    head = max(revision.number for revision in revisions)
    is_newest = head == release.revision
    original = detail.verification.original if detail.verification else None
    found = Aftermath(
        release=release,
        approved_by=[decision.by for decision in detail.approvals],
        query=query_of(detail),
        before=original.before if original else None,
        can_ask=not context.answerer.is_deterministic,
        health=health if is_newest else None,
        head=head,
    )
    if is_newest:
        before = next((r for r in revisions if r.number == release.revision - 1), None)
        undo = _undo(release, before is not None and before.operation is not Operation.RETIRE)
        to_revision = before.number if before and undo is Undo.ROLLBACK else None
        found = found.model_copy(update={"undo": undo, "to_revision": to_revision})
    if found.query is None:
        return found
    moment = await _moment(context, workspace, detail)
    answer = context.asked_again.get(moment)
    if answer is None and context.answerer.is_deterministic:
        answer = await ask_again(context, workspace, detail)
    return found.model_copy(update={"now": answer, "asked_in": moment.release})


async def _moment(context: Context, workspace: str, detail: ProposalDetail) -> AskedAt:
    async with context.database.transaction(workspace) as connection:
        return AskedAt(
            workspace,
            detail.id,
            await current_release(connection, workspace),
            await count_finished(connection, workspace),
        )


def _undo(release: Release, had_content: bool) -> Undo:
    if release.operation is Operation.RETIRE:
        return Undo.RESTORE
    return Undo.ROLLBACK if had_content else Undo.RETIRE


async def ask_again(context: Context, workspace: str, detail: ProposalDetail) -> AskResult | None:
    """Ask the agent a proposal's query as things stand; keep the answer while they stand so.

    None for a proposal without such a query.
    """
    query = query_of(detail)
    if query is None:
        return None
    moment = await _moment(context, workspace, detail)
    knowledge = StoredKnowledge(context.database, workspace, context.embedder, context.standards)
    answer = await answer_query(context, workspace, query.text, knowledge)
    context.asked_again.put(moment, answer)
    return answer
