"""Asking the reference agent, for the JSON call that counts and the page that tries it out."""

from activities.metering import WorkspaceMeter
from agent.explaining import Explained, WatchedKnowledge, explain
from agent.knowledge import StoredKnowledge
from analysis.redaction import Redactor
from api.context import Context
from domain.cases import AskResult, Knowledge
from domain.model_calls import CallPurpose
from gateways.claude_meter import metered
from gateways.errors import BudgetUsedUpError


async def answer_query(
    context: Context, workspace: str, asked: str, knowledge: Knowledge
) -> AskResult:
    """Return the agent's answer or hand-off; `asked` must be redacted.

    What a language model takes for it is counted, and a hand-off is returned where the workspace's
    tokens of the day are used up. Nothing is recorded as an outcome.
    """
    meter = WorkspaceMeter(context.database, workspace, CallPurpose.ANSWER)
    try:
        with metered(meter):
            return await context.answerer.answer(asked, knowledge)
    except BudgetUsedUpError:
        reason = "The token budget for today is used up, so the agent could not look into this."
        return AskResult(
            answered=False, handoff_reason=reason, confidence=0, agent=context.answerer.name
        )


async def try_query(
    context: Context, workspace: str, query: str, release: int | None = None
) -> Explained:
    """Return how the agent answers a query now, or would have at a release, and why.

    It is a trial: no outcome is recorded. The agent gets the query without its personal data; where
    an answer repeats a placeholder, what it stood for is returned.
    """
    redactor = Redactor()
    asked = redactor.redact(query)
    knowledge = WatchedKnowledge(
        StoredKnowledge(
            context.database, workspace, context.embedder, context.standards, as_of=release
        )
    )
    result = await answer_query(context, workspace, asked, knowledge)
    shown = result.model_copy(
        update={
            "answer": redactor.restore(result.answer),
            "handoff_reason": redactor.restore(result.handoff_reason),
        }
    )
    return explain(asked, shown, knowledge.hits, await knowledge.standard(result.agent))
