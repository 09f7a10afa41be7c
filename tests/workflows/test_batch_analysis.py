"""Interventions read in a batch, through the loop: the worker is lost between two looks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from analysis.claude import ClaudeAnalyst
from analysis.claude_batches import ClaudeBatchAnalyst
from domain.proposals import ProposalStatus
from gateways.claude_batches import ClaudeBatches
from gateways.claude_client import ClaudeClient
from store import batch_readings, interventions
from store.database import Database
from tests.fakes.batches_api import BATCHES
from tests.fakes.claude import client_for
from tests.fakes.messages_api import MessagesApi
from tests.workflows.conftest import running_loop
from tests.workflows.harness import Loop, submission
from tests.workflows.scripted import ScriptedAnalyst
from workflows.batch_analysis import GATHER, BatchAnalysisWorkflow
from workflows.batch_analysis_input import workflow_id_of_batches

Handle = WorkflowHandle[BatchAnalysisWorkflow, None]
POLL = timedelta(minutes=1)


@pytest.fixture
async def api() -> AsyncGenerator[MessagesApi]:
    async with MessagesApi() as server:
        yield server


@pytest.fixture
async def claude(api: MessagesApi) -> AsyncGenerator[ClaudeClient]:
    async with client_for(api) as client:
        yield client


class Batching:
    """A workspace whose worker, which comes and goes, reads in batches."""

    def __init__(
        self,
        environment: WorkflowEnvironment,
        database: Database,
        workspace: str,
        client: ClaudeClient,
    ) -> None:
        self.environment = environment
        self._database = database
        self._workspace = workspace
        self._analyst = ClaudeAnalyst(client)
        self._batches = ClaudeBatchAnalyst(self._analyst, ClaudeBatches(client))

    def worker(self) -> AbstractAsyncContextManager[Loop]:
        """Return a worker without a cache, so that every workflow task replays."""
        return running_loop(
            self.environment,
            self._database,
            self._workspace,
            scripted=ScriptedAnalyst(),
            analyst=self._analyst,
            batches=self._batches,
        )

    def handle(self) -> Handle:
        """Return the workflow that looks after the batches."""
        return self.environment.client.get_workflow_handle_for(
            BatchAnalysisWorkflow.run, workflow_id_of_batches(self._workspace)
        )

    async def post(self, loop: Loop) -> UUID:
        """Take an intervention in that waits for a batch, as the API does."""
        async with self._database.transaction(self._workspace) as connection:
            receipt = await interventions.take_in(connection, self._workspace, submission())
            await batch_readings.await_batch(connection, self._workspace, receipt.intervention_id)
        await loop.delivery.read_in_batches(self._workspace)
        return receipt.intervention_id

    async def until(self, kind: "EventType.ValueType", count: int) -> None:
        """Wait until so many events of a kind are in the workflow's history."""
        async with asyncio.timeout(60):
            while True:
                seen = 0
                async for event in self.handle().fetch_history_events(wait_new_event=True):
                    seen += event.event_type == kind
                    if seen == count:
                        return

    async def pass_time(self, duration: timedelta, *, timers: int) -> None:
        """Move the clock on once the workflow has set so many timers."""
        await self.until(EventType.EVENT_TYPE_TIMER_STARTED, timers)
        await self.environment.fast_forward(self.handle(), duration)


async def test_a_batch_outlives_its_worker_and_its_interventions_go_on(
    environment: WorkflowEnvironment,
    database: Database,
    workspace: str,
    api: MessagesApi,
    claude: ClaudeClient,
) -> None:
    batching = Batching(environment, database, workspace, claude)
    async with batching.worker() as loop:
        intervention_id = await batching.post(loop)
        await batching.pass_time(GATHER, timers=1)
        await batching.pass_time(POLL, timers=2)
        # Submitted, and looked after once.
        await batching.until(EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, 2)
        await batching.until(EventType.EVENT_TYPE_TIMER_STARTED, 3)
    assert len(api.batches.requests) == 1
    api.batches.end()
    async with batching.worker() as loop:
        await batching.pass_time(POLL, timers=3)
        await batching.handle().result()
        await loop.set_others_aside()
        await loop.delivery.drain()
        proposal = await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)
    assert proposal.drafted_by == "claude"
    created = [r for r in api.requests if r.method == "POST" and r.path == BATCHES]
    calls = [r for r in api.requests if r.method == "POST" and r.path == "/v1/messages"]
    assert len(created) == 1
    # The draft was asked for by a call of its own, the reading was not.
    assert len(calls) == 1
    assert "worth_making" in calls[0].body["output_config"]["format"]["schema"]["properties"]


async def test_without_batches_each_begins_by_itself(
    environment: WorkflowEnvironment, loop: Loop, claude: ClaudeClient
) -> None:
    batching = Batching(environment, loop.database, loop.workspace, claude)
    intervention_id = await batching.post(loop)
    await batching.pass_time(GATHER, timers=1)
    await batching.handle().result()
    await loop.set_others_aside()
    await loop.delivery.drain()
    await loop.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)


async def test_what_lost_its_workflow_is_looked_after_again(
    environment: WorkflowEnvironment, loop: Loop, claude: ClaudeClient
) -> None:
    batching = Batching(environment, loop.database, loop.workspace, claude)
    async with loop.database.transaction(loop.workspace) as connection:
        receipt = await interventions.take_in(connection, loop.workspace, submission())
        await batch_readings.await_batch(connection, loop.workspace, receipt.intervention_id)
    await loop.set_others_aside()
    await loop.delivery.restore()
    assert (await batching.handle().describe()).status is not None
