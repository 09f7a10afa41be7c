"""Counts a workspace's model calls and holds them to its daily budget. Not an activity.

The budget is checked before a call and counted after it, so that it is overshot by at most the
calls that are under way when it is used up: those of all workers and API processes at once.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from domain.model_calls import BUDGET_USED_UP, CallPurpose, ModelCall, until_next_day
from gateways.claude_meter import metered
from gateways.errors import BudgetUsedUpError
from store import model_usage, workspaces
from store.database import Connection, Database


class WorkspaceMeter:
    """Counts the calls of one purpose in one workspace."""

    def __init__(
        self,
        database: Database,
        workspace: str,
        purpose: CallPurpose,
        intervention_id: UUID | None = None,
    ) -> None:
        """Count for `intervention_id` if the calls are about one."""
        self._database = database
        self._workspace = workspace
        self._purpose = purpose
        self._intervention_id = intervention_id
        self.was_asked = False

    async def admit(self) -> None:
        """Return if today's budget has something left; raises BudgetUsedUpError."""
        self.was_asked = True
        now = datetime.now(UTC)
        async with self._database.transaction(self._workspace) as connection:
            left = await tokens_left(connection, self._workspace, now)
        if left is not None and left <= 0:
            raise BudgetUsedUpError(retry_after=until_next_day(now))

    async def record(self, call: ModelCall) -> None:
        """Keep a call in a transaction of its own: it is paid for, whatever becomes of the rest."""
        async with self._database.transaction(self._workspace) as connection:
            await model_usage.record_call(
                connection,
                self._workspace,
                self._purpose,
                call,
                intervention_id=self._intervention_id,
            )


async def tokens_left(connection: Connection, workspace: str, now: datetime) -> int | None:
    """Return how many tokens today's budget has left, less than none if overshot; None: no end."""
    settings = await workspaces.read_settings(connection, workspace)
    if settings.daily_tokens is None:
        return None
    return (
        settings.daily_tokens - (await model_usage.count_tokens(connection, workspace, now)).taken
    )


@asynccontextmanager
async def within_budget(
    database: Database, workspace: str, purpose: CallPurpose, intervention_id: UUID
) -> AsyncGenerator[None]:
    """Count the block's calls; note on the intervention when it must wait for tomorrow's budget.

    Raises BudgetUsedUpError, which activities tell Temporal as a wait until then.
    """
    meter = WorkspaceMeter(database, workspace, purpose, intervention_id)
    reason: str | None = None
    try:
        with metered(meter):
            yield
    except BudgetUsedUpError:
        reason = BUDGET_USED_UP
        raise
    finally:
        # Analysts that ask no model cost no transaction.
        if meter.was_asked:
            async with database.transaction(workspace) as connection:
                await model_usage.mark_budget_wait(connection, workspace, intervention_id, reason)
