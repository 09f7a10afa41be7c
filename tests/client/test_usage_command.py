"""`learning-loop usage`."""

from decimal import Decimal

from activities.metering import WorkspaceMeter
from domain.findings import ModelUsage
from domain.identity import ApiRole
from domain.model_calls import CallOutcome, CallPurpose, ModelCall, ServiceTier
from store import workspaces
from store.database import Database
from tests.client.conftest import RunCli

CALL = ModelCall(
    model="claude-sonnet-5-5",
    outcome=CallOutcome.OK,
    usage=ModelUsage(input_tokens=1_900, output_tokens=100, cost_usd=Decimal("0.0048")),
    tier=ServiceTier.BATCH,
)


async def test_it_shows_the_budget_and_a_line_for_each_kind_of_call(
    run: RunCli, database: Database, workspace: str
) -> None:
    await WorkspaceMeter(database, workspace, CallPurpose.ANALYZE).record(CALL)
    async with database.transaction(workspace) as connection:
        await workspaces.change_settings(connection, workspace, {"daily_tokens": 5_000})
    shown = await run("usage", role=ApiRole.LEAD)
    assert shown.exit_code == 0
    assert "2,000 of 5,000 tokens; 3,000 are left" in shown.output
    assert "analyze" in shown.output
    assert "claude-sonnet-5-5 (batch)" in shown.output
    assert "In all: 0.0048 US$" in shown.output


async def test_without_a_model_it_says_so(run: RunCli) -> None:
    shown = await run("usage", "--days", "7", role=ApiRole.LEAD)
    assert "no daily bound is set" in shown.output
    assert "No language model was asked in the last 7 days." in shown.output


async def test_a_reviewer_may_not_see_it(run: RunCli) -> None:
    assert (await run("usage", role=ApiRole.REVIEWER)).exit_code != 0
