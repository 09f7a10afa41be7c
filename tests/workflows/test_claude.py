"""The loop with Claude as analyst and agent, over a socket to a local Messages API."""

import json
from datetime import datetime, timedelta
from typing import Any

from temporalio.testing import WorkflowEnvironment

from agent.claude import ClaudeAnswerer
from analysis.claude import ClaudeAnalyst
from domain.conversation import InterventionStatus
from store import interventions
from store.database import Database
from tests.fakes.claude import KEY, client_for
from tests.fakes.messages_api import MessagesApi, error
from tests.workflows.conftest import running_loop
from tests.workflows.scripted import ScriptedAnalyst


async def test_claude_reads_and_drafts_after_the_wait_it_was_asked_for(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    limited = error(429, "rate_limit_error", **{"retry-after": "1"})
    async with (
        MessagesApi(limited, key=KEY) as api,
        client_for(api) as client,
        running_loop(
            environment,
            database,
            workspace,
            scripted=ScriptedAnalyst(),
            analyst=ClaudeAnalyst(client),
            answerer=ClaudeAnswerer(client),
        ) as loop,
    ):
        intervention_id, proposal = await loop.reviewable()
        await loop.decide(intervention_id, loop.decision(proposal))
        assert await loop.end(intervention_id) is InterventionStatus.LEARNED
        history = (await loop.handle(intervention_id).fetch_history()).to_json()
    async with database.transaction(workspace) as connection:
        analysis = await interventions.find_analysis(connection, workspace, intervention_id)
    assert analysis is not None
    assert analysis.analyst.name == proposal.drafted_by == "claude"
    assert analysis.usage is not None
    assert analysis.usage.cost_usd
    attempt, waited = _first_activity(history)
    assert attempt == 2
    assert waited >= timedelta(seconds=1)


def _first_activity(history: str) -> tuple[int, timedelta]:
    """Return the first activity's last attempt, and how long after scheduling that began."""
    events: list[dict[str, Any]] = json.loads(history)["events"]
    scheduled = next(e for e in events if "activityTaskScheduledEventAttributes" in e)
    started = next(e for e in events if "activityTaskStartedEventAttributes" in e)
    times = [datetime.fromisoformat(event["eventTime"]) for event in (scheduled, started)]
    attempt = started["activityTaskStartedEventAttributes"]["attempt"]
    return int(attempt), times[1] - times[0]
