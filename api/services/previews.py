"""What an edit would do, before anybody saves it: nothing is stored and nothing is changed."""

from enum import StrEnum

from pydantic import BaseModel

from agent.knowledge import ChangedKnowledge, RememberedKnowledge, StoredKnowledge
from api.context import Context
from api.problems import FieldProblem, ProblemError
from api.services.asking import answer_query
from api.services.edits import PersonalDataProblem, refuse_placeholders, unconfirmed_personal_data
from api.services.proposal_view import ProposalDetail
from domain.cases import AskResult
from domain.knowledge import ArticleContent, Change
from gateways.embedding_service import ServiceEmbedder
from store.workspaces import read_settings


class AskedBecause(StrEnum):
    """Which query a preview asks."""

    ORIGINAL = "original"
    EVIDENCE = "evidence"
    OWN_QUESTION = "own_question"


class OriginalQuery(BaseModel):
    """The query that shows what a proposal does, and why that one."""

    text: str
    because: AskedBecause


class Trial(BaseModel):
    """How a query is answered now, and would be with the edit."""

    query: OriginalQuery
    before: AskResult | None
    after: AskResult


class AskingNow(StrEnum):
    """Whether the agent is asked: at once, or only where a person wants that."""

    FREE = "free"
    """As long as it costs nothing."""
    WANTED = "wanted"
    """Even if it costs tokens: somebody has pressed the button."""


def query_of(detail: ProposalDetail) -> OriginalQuery | None:
    """Return the query that led to a proposal, or else one that the change is about."""
    original = detail.verification.original if detail.verification else None
    if original is not None:
        return OriginalQuery(text=original.query, because=AskedBecause.ORIGINAL)
    for evidence in detail.evidence:
        if evidence.ask:
            own = evidence.intervention_id == detail.intervention_id
            because = AskedBecause.ORIGINAL if own else AskedBecause.EVIDENCE
            return OriginalQuery(text=evidence.ask, because=because)
    if isinstance(detail.change.content, ArticleContent):
        return OriginalQuery(text=detail.change.content.question, because=AskedBecause.OWN_QUESTION)
    return None


async def try_edit(
    context: Context,
    workspace: str,
    detail: ProposalDetail,
    edit: Change,
    asking: AskingNow,
    *,
    may_leave: bool,
) -> Trial | None:
    """Return how the original query would be answered with the edit, as its verification asks.

    None where there is no such query, or where asking would cost tokens and nobody wanted it.
    Unless the edit `may_leave` the house, no model and no embedding service gets it either.
    """
    query = query_of(detail)
    if query is None:
        return None
    is_free = context.answerer.is_deterministic
    if not is_free and asking is not AskingNow.WANTED:
        return None
    if not may_leave and (not is_free or isinstance(context.embedder, ServiceEmbedder)):
        return None
    now = RememberedKnowledge(
        StoredKnowledge(context.database, workspace, context.embedder, context.standards)
    )
    then = ChangedKnowledge(now, edit, item_id=edit.item_id or detail.id, embedder=context.embedder)
    original = detail.verification.original if detail.verification else None
    before = original.before if original else None
    if is_free:
        before = await answer_query(context, workspace, query.text, now)
    after = await answer_query(context, workspace, query.text, then)
    return Trial(query=query, before=before, after=after)


async def problems_of(
    context: Context, workspace: str, edit: Change, not_personal: list[str]
) -> list[FieldProblem]:
    """Return why an edit would be refused, by field."""
    found: list[FieldProblem] = []
    try:
        refuse_placeholders(edit)
    except ProblemError as problem:
        found += problem.errors
    async with context.database.transaction(workspace) as connection:
        settings = await read_settings(connection, workspace)
    personal = await unconfirmed_personal_data(settings, edit, not_personal)
    if personal:
        found += PersonalDataProblem(personal).errors
    return found
