"""`/v1/metrics/learning`: what the loop has brought, in counts and rates, as JSON or as CSV."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from api.auth import ProposalReader
from api.context import ContextDep
from api.openapi import problems
from api.problems import invalid_field, not_permitted
from api.services.figure_tables import as_csv, table_of
from api.services.figures import Fresh, may_see_people
from domain.conversation import InterventionStatus
from domain.identity import Permission, Principal
from domain.metrics import (
    Acceptance,
    ApprovalTimes,
    Effect,
    Ends,
    Figure,
    Freshness,
    GapPoint,
    LearningFigures,
    LearningPoint,
    RatePoint,
    ReviewerLoad,
)
from domain.metrics_periods import MetricStep, Period, Wanted
from domain.proposals import ProposalStatus
from domain.reviews import RejectionReason
from store.interventions import count_interventions
from store.proposals import count_proposals

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])


class MetricsFormat(StrEnum):
    """How the figures are written."""

    JSON = "json"
    CSV = "csv"


class EffectRow(BaseModel):
    """What one change brought, with what follows from the cases before it and after it."""

    effect: Effect
    rate_before: float | None
    rate_after: float | None
    prevented: int | None
    prevented_settled: int | None
    conclusion: str


class OutcomeCounts(BaseModel):
    """How many queries were served, by the agent alone, and wrongly by it as far as is known."""

    total: int
    alone: int
    wrong: int


class LearningMetrics(BaseModel):
    """Outcomes of a period, and where interventions and proposals stand now.

    `docs/metrics.md` says how each figure is computed.
    """

    since: AwareDatetime
    outcomes: OutcomeCounts
    autonomy_rate: float | None = Field(
        description="Share of queries that the agent resolved alone and, as far as is known, "
        "correctly. None without any query."
    )
    settled_autonomy_rate: float | None = Field(
        default=None,
        description="The part of it that is settled: called right, or old enough and not "
        "followed by an intervention.",
    )
    wrong_rate: float | None = Field(
        description="Share of queries that the agent answered wrongly; counted apart. An answer "
        "after which a human had to come in is one of them."
    )
    handoff_rate: float | None
    interventions: dict[InterventionStatus, int]
    proposals: dict[ProposalStatus, int]
    rejections: dict[RejectionReason, int] = Field(
        default={}, description="Proposals rejected in the period, by the reason named."
    )
    period: Period
    ends: Ends
    before: Ends = Field(description="The same of the time before, which was as long.")
    rates: tuple[RatePoint, ...]
    learning: tuple[LearningPoint, ...]
    approval_times: ApprovalTimes
    gaps: tuple[GapPoint, ...]
    effect_by_item: tuple[EffectRow, ...]
    effect_by_proposal: tuple[EffectRow, ...]
    acceptance: tuple[Acceptance, ...]
    load: tuple[ReviewerLoad, ...] | None = Field(
        description="Each reviewer's work. None for callers who do not assign reviews."
    )
    freshness: Freshness


@router.get(
    "/learning",
    summary="What the loop has brought",
    response_model=LearningMetrics,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **problems(401, 403, 422, 503),
    },
)
async def learning(
    caller: ProposalReader,
    context: ContextDep,
    days: Annotated[
        int, Query(ge=1, le=366, description="How far to look back, without `from`.")
    ] = 30,
    start: Annotated[
        str, Query(alias="from", max_length=60, description="A date or a time, in UTC.")
    ] = "",
    end: Annotated[
        str, Query(alias="to", max_length=60, description="A date, included, or a time; now.")
    ] = "",
    by: Annotated[MetricStep | None, Query(description="How long each point is.")] = None,
    written: Annotated[MetricsFormat, Query(alias="format")] = MetricsFormat.JSON,
    figure: Annotated[Figure, Query(description="Which figure, as CSV.")] = Figure.RATES,
) -> LearningMetrics | Response:
    """Return the figures of a period: the last `days` days, or from one time to another."""
    since = datetime.now(UTC) - timedelta(days=days)
    wanted = Wanted(start or since.isoformat(), end, by or "")
    try:
        figures = await context.figures.read(context.database, caller, wanted, Fresh.COUNTED_NOW)
    except ValueError as error:
        raise invalid_field("from", str(error)) from None
    if written is MetricsFormat.CSV:
        return csv_of(figure, figures, caller)
    return await _as_metrics(figures, caller, context)


def csv_of(figure: Figure, figures: LearningFigures, caller: Principal) -> Response:
    """Return one figure as a file; raises the 403 problem for people's work."""
    if figure is Figure.LOAD and not may_see_people(caller):
        raise not_permitted(caller.role, Permission.ASSIGN)
    day = f"{figures.period.start:%Y-%m-%d}_{figures.period.end:%Y-%m-%d}"
    return Response(
        as_csv(table_of(figure, figures)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{figure}_{day}.csv"'},
    )


async def _as_metrics(
    figures: LearningFigures, caller: Principal, context: ContextDep
) -> LearningMetrics:
    async with context.database.transaction(caller.workspace) as connection:
        came_in = await count_interventions(connection, caller.workspace)
        proposed = await count_proposals(connection, caller.workspace)
    proposals: dict[ProposalStatus, int] = {}
    for row in proposed:
        status = ProposalStatus(row["status"])
        proposals[status] = proposals.get(status, 0) + row["count"]
    rejections: dict[RejectionReason, int] = {}
    for rejected in figures.rejections:
        reason = rejected.reason or RejectionReason.OTHER
        rejections[reason] = rejections.get(reason, 0) + rejected.count
    ends = figures.ends
    return LearningMetrics(
        since=figures.period.start,
        outcomes=OutcomeCounts(total=ends.total, alone=ends.answered, wrong=ends.wrong),
        autonomy_rate=ends.autonomy,
        settled_autonomy_rate=ends.settled_autonomy,
        wrong_rate=ends.share(ends.wrong),
        handoff_rate=ends.share(ends.handed_off),
        interventions={InterventionStatus(name): count for name, count in came_in.items()},
        proposals=proposals,
        rejections=rejections,
        ends=ends,
        effect_by_item=tuple(map(_effect_row, figures.effect_by_item)),
        effect_by_proposal=tuple(map(_effect_row, figures.effect_by_proposal)),
        **{name: getattr(figures, name) for name in _AS_THEY_ARE},
    )


_AS_THEY_ARE = (
    *("period", "before", "rates", "learning", "approval_times", "gaps", "acceptance"),
    *("load", "freshness"),
)


def _effect_row(effect: Effect) -> EffectRow:
    return EffectRow(
        effect=effect,
        rate_before=effect.rate_before,
        rate_after=effect.rate_after,
        prevented=effect.prevented,
        prevented_settled=effect.prevented_settled,
        conclusion=effect.direction,
    )
