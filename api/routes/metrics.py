"""`/v1/metrics/learning`: what the loop has brought, in plain counts and rates."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.auth import ProposalReader
from api.context import ContextDep
from api.openapi import problems
from domain.conversation import InterventionStatus
from domain.proposals import ProposalStatus
from domain.reviews import RejectionReason
from store.interventions import count_interventions
from store.outcomes import OutcomeCounts, count_outcomes
from store.proposals import count_proposals
from store.reviews import count_rejections

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])


class LearningMetrics(BaseModel):
    """Outcomes of the last days, and where interventions and proposals stand now."""

    since: AwareDatetime
    outcomes: OutcomeCounts
    autonomy_rate: float | None = Field(
        description="Share of queries that the agent resolved alone and, as far as is known, "
        "correctly. None without any query."
    )
    wrong_rate: float | None = Field(
        description="Share of queries that the agent answered wrongly; counted apart."
    )
    handoff_rate: float | None
    interventions: dict[InterventionStatus, int]
    proposals: dict[ProposalStatus, int]
    rejections: dict[RejectionReason, int] = Field(
        default={}, description="Proposals rejected since then, by the reason named."
    )


@router.get(
    "/learning", summary="What the loop has brought", responses=problems(401, 403, 422, 503)
)
async def learning(
    caller: ProposalReader,
    context: ContextDep,
    days: Annotated[int, Query(ge=1, le=366, description="How far to look back.")] = 30,
) -> LearningMetrics:
    """Return the rates of the last `days` days, and how much stands where."""
    since = datetime.now(UTC) - timedelta(days=days)
    async with context.database.transaction(caller.workspace) as connection:
        outcomes = await count_outcomes(connection, caller.workspace, since)
        came_in = await count_interventions(connection, caller.workspace)
        proposed = await count_proposals(connection, caller.workspace)
        rejections = await count_rejections(connection, caller.workspace, since)
    proposals: dict[ProposalStatus, int] = {}
    for row in proposed:
        status = ProposalStatus(row["status"])
        proposals[status] = proposals.get(status, 0) + row["count"]
    return LearningMetrics(
        since=since,
        outcomes=outcomes,
        autonomy_rate=_rate(outcomes.alone - outcomes.wrong, outcomes.total),
        wrong_rate=_rate(outcomes.wrong, outcomes.total),
        handoff_rate=_rate(outcomes.total - outcomes.alone, outcomes.total),
        interventions={InterventionStatus(name): count for name, count in came_in.items()},
        proposals=proposals,
        rejections=rejections,
    )


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
