"""`/v1/usage`, and what `/v1/ask` does without a budget."""

from collections.abc import AsyncGenerator
from decimal import Decimal

import pytest
from httpx2 import AsyncClient

from activities.metering import WorkspaceMeter
from agent.claude import ClaudeAnswerer
from domain.findings import ModelUsage
from domain.identity import ApiRole
from domain.model_calls import CallOutcome, CallPurpose, ModelCall
from store import workspaces
from store.database import Database
from tests.api.conftest import Keys, client_of, started
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding
from tests.fakes.claude import KEY, client_for
from tests.fakes.messages_api import MessagesApi

CALL = ModelCall(
    model="claude-sonnet-5-5",
    outcome=CallOutcome.OK,
    usage=ModelUsage(input_tokens=900, output_tokens=100, cost_usd=Decimal("0.0028")),
)


async def test_usage_is_told_by_day_purpose_and_model(
    client: AsyncClient, keys: Keys, database: Database, workspace: str
) -> None:
    for purpose in (CallPurpose.ANALYZE, CallPurpose.ANALYZE, CallPurpose.VERIFY):
        await WorkspaceMeter(database, workspace, purpose).record(CALL)
    async with database.transaction(workspace) as connection:
        await workspaces.change_settings(connection, workspace, {"daily_tokens": 5_000})
    answer = await client.get("/v1/usage?days=2", headers=keys.header(ApiRole.LEAD))
    body = answer.json()
    assert (body["daily_tokens"], body["used_today"], body["reserved"]) == (5_000, 3_000, 0)
    assert Decimal(body["cost_usd"]) == Decimal("0.0084")
    assert [(line["purpose"], line["calls"]) for line in body["lines"]] == [
        ("analyze", 2),
        ("verify", 1),
    ]


@pytest.fixture
async def api() -> AsyncGenerator[MessagesApi]:
    async with MessagesApi(key=KEY) as server:
        yield server


async def test_a_used_up_budget_is_a_hand_off_in_plain_words(
    database_url: str,
    database: Database,
    delivery: RecordingDelivery,
    keys: Keys,
    rows: Rows,
    api: MessagesApi,
) -> None:
    await rows.item(adding("The warehouse keeps lost parcels for a month."))
    async with database.transaction(keys.workspace) as connection:
        await workspaces.change_settings(connection, keys.workspace, {"daily_tokens": 0})
    async with (
        client_for(api) as claude,
        started(database_url, database, delivery, answerer=ClaudeAnswerer(claude)) as app,
        client_of(app) as client,
    ):
        asked = {"query": "Where are lost parcels kept?"}
        answer = await client.post("/v1/ask", json=asked, headers=keys.header())
    assert answer.status_code == 200
    assert answer.json()["answered"] is False
    assert "token budget for today is used up" in answer.json()["handoff_reason"]
    assert api.requests == []
