"""`/v1/ask` and `/v1/outcomes`: the reference agent, and how queries ended."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from agent.knowledge import StoredKnowledge
from analysis.redaction import Redactor
from api.auth import Asker, Reporter
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from api.services.asking import answer_query
from domain.base import OptionalText, Text
from domain.cases import AskResult
from domain.outcomes import HandledBy, Outcome
from store.outcomes import Used, record_outcome

router = APIRouter(prefix="/v1", tags=["answers"])


class AskRequest(BaseModel):
    """A customer's query."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"query": "Can I change the name on my ticket?"}]},
    )

    query: Text


class AskAnswer(AskResult):
    """The reference agent's answer or hand-off, and the outcome that was recorded of it."""

    outcome_id: UUID


class OutcomeReport(BaseModel):
    """How a query ended that another agent served."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "query": "Where is my parcel?",
                    "handled_by": "agent",
                    "items_used": ["0195e2a8-2f2c-7c55-b0a2-0d8b1f0a7f11"],
                    "confidence": 0.82,
                    "correct": True,
                }
            ]
        },
    )

    query: Text
    handled_by: HandledBy
    items_used: tuple[UUID, ...] = Field(default=(), max_length=100)
    confidence: float | None = Field(default=None, ge=0, le=1)
    correct: bool | None = Field(default=None, description="If it is known.")
    handoff_reason: OptionalText = ""


@router.post(
    "/ask",
    summary="Ask the reference agent",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def ask(
    caller: Asker,
    context: ContextDep,
    request: Annotated[AskRequest, Depends(strict_body(AskRequest))],
) -> AskAnswer:
    """Return an answer with the items that it rests on, or a hand-off with its reason.

    The agent gets the query without its personal data, and so does the outcome that is recorded;
    where an answer repeats a placeholder, the caller gets what it stood for.
    """
    redactor = Redactor()
    asked = redactor.redact(request.query)
    knowledge = StoredKnowledge(
        context.database, caller.workspace, context.embedder, context.standards
    )
    result = await answer_query(context, caller.workspace, asked, knowledge)
    async with context.database.transaction(caller.workspace) as connection:
        outcome = await record_outcome(
            connection,
            caller.workspace,
            text=asked,
            handled_by=HandledBy.AGENT if result.answered else HandledBy.HUMAN,
            items_used=[Used(used.item_id, used.revision) for used in result.items_used],
            confidence=result.confidence,
            handoff_reason=redactor.redact(result.handoff_reason),
            guess=result.guess,
            certainty=result.certainty,
            signs=result.signs,
            agent=result.agent,
        )
    shown = result.model_copy(
        update={
            "answer": redactor.restore(result.answer),
            "handoff_reason": redactor.restore(result.handoff_reason),
        }
    )
    return AskAnswer(**dict(shown), outcome_id=outcome.id)


@router.post(
    "/outcomes",
    status_code=201,
    summary="Report how a query ended",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def post_outcome(
    caller: Reporter,
    context: ContextDep,
    report: Annotated[OutcomeReport, Depends(strict_body(OutcomeReport))],
) -> Outcome:
    """Keep how a query ended, with the personal data of its texts removed."""
    redactor = Redactor()
    async with context.database.transaction(caller.workspace) as connection:
        return await record_outcome(
            connection,
            caller.workspace,
            text=redactor.redact(report.query),
            handled_by=report.handled_by,
            items_used=[Used(item_id) for item_id in report.items_used],
            confidence=report.confidence,
            correct=report.correct,
            handoff_reason=redactor.redact(report.handoff_reason),
        )
