"""`/v1/usage`: what calls of language models took, and what is left of today's budget."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import UsageReader
from api.context import ContextDep
from api.openapi import problems
from domain.model_calls import UsageLine
from store import model_usage, workspaces

router = APIRouter(prefix="/v1/usage", tags=["metrics"])


class Usage(BaseModel):
    """The calls of some days, and where today's budget stands."""

    daily_tokens: int | None = Field(description="Today's budget. None if there is no bound.")
    used_today: int = Field(description="Tokens of today (UTC): read, written, and cached ones.")
    reserved: int = Field(description="Tokens that batches under way may still use.")
    cost_usd: Decimal | None = Field(
        description="Of all calls listed. None if the price of any is unknown."
    )
    lines: list[UsageLine] = Field(description="By day, purpose, model and tier; newest day first.")


@router.get("", summary="What language models took", responses=problems(401, 403, 422, 503))
async def get_usage(
    caller: UsageReader,
    context: ContextDep,
    days: Annotated[int, Query(ge=1, le=366, description="How many UTC days, today too.")] = 30,
) -> Usage:
    """Return every call of the last `days` days, those without a result included."""
    now = datetime.now(UTC)
    since = datetime.combine(now.date() - timedelta(days=days - 1), time(), UTC)
    async with context.database.transaction(caller.workspace) as connection:
        settings = await workspaces.read_settings(connection, caller.workspace)
        count = await model_usage.count_tokens(connection, caller.workspace, now)
        lines = await model_usage.list_usage(connection, caller.workspace, since)
    costs = [line.cost_usd for line in lines]
    known = [cost for cost in costs if cost is not None]
    return Usage(
        daily_tokens=settings.daily_tokens,
        used_today=count.used,
        reserved=count.reserved,
        cost_usd=sum(known, Decimal(0)) if len(known) == len(costs) else None,
        lines=lines,
    )
