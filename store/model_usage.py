"""What calls of language models took, and what is left of a day's budget."""

from datetime import UTC, datetime, time
from typing import NamedTuple
from uuid import UUID

from domain.model_calls import CallPurpose, ModelCall, UsageLine
from store.database import Connection, execute, fetch_all, fetch_one
from store.queries import query


class TokenCount(NamedTuple):
    """Tokens of a day: used, and set aside for batches that are under way."""

    used: int
    reserved: int

    @property
    def taken(self) -> int:
        """Both."""
        return self.used + self.reserved


async def record_call(
    connection: Connection,
    workspace: str,
    purpose: CallPurpose,
    call: ModelCall,
    *,
    intervention_id: UUID | None = None,
) -> None:
    """Keep one call."""
    await execute(
        connection,
        query("insert_model_usage"),
        {
            "workspace": workspace,
            "purpose": purpose,
            "intervention_id": intervention_id,
            **call.model_dump(include={"model", "tier", "outcome"}),
            **call.usage.model_dump(),
        },
    )


async def count_tokens(connection: Connection, workspace: str, now: datetime) -> TokenCount:
    """Return the tokens that the workspace has taken on the UTC day of `now`, cached ones too."""
    since = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    row = await fetch_one(
        connection, query("count_tokens"), {"workspace": workspace, "since": since}
    )
    return TokenCount(row["used"], row["reserved"]) if row else TokenCount(0, 0)


async def list_usage(connection: Connection, workspace: str, since: datetime) -> list[UsageLine]:
    """Return the calls since a moment by day, purpose, model and tier; the newest day first."""
    rows = await fetch_all(
        connection, query("list_model_usage"), {"workspace": workspace, "since": since}
    )
    return [UsageLine.model_validate(row) for row in rows]


async def mark_budget_wait(
    connection: Connection, workspace: str, intervention_id: UUID, reason: str | None
) -> None:
    """Note why an intervention that is being read waits; None once it goes on."""
    await execute(
        connection,
        query("mark_budget_wait"),
        {"workspace": workspace, "id": intervention_id, "reason": reason},
    )
