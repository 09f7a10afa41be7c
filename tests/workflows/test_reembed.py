"""Re-embedding as a workflow: killed, failing, continued as new, and started by the worker."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncGenerator, Iterator
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.kit import Kit
from activities.reembed_passages import ReembedReach
from gateways.embedding_service import EmbeddingServiceOptions, ServiceEmbedder
from gateways.escalation import load_escalation_policies
from gateways.next_embedder import NextEmbedder
from store.bootstrap import ensure_workspace_and_keys
from store.embeddings import Embedded, count_everywhere
from tests.api.fakes import WordEmbedder
from tests.api.rows import Rows, adding
from tests.fakes.embeddings_api import DIMENSION, EmbeddingsApi, refusal
from tests.fakes.messages_api import HANG
from tests.fresh import fresh_database
from tests.workflows.conftest import NotificationRecorder
from tests.workflows.payloads import decoded_payloads
from tests.workflows.scripted import ScriptedAnalyst, SureAnswerer
from worker import fill_gaps, make_worker
from workflows.reembed import ReembedWorkflow
from workflows.reembed_client import ReembedState, report_reembed, start_reembed
from workflows.reembed_input import ReembedInput, ReembedResult

Handle = WorkflowHandle[ReembedWorkflow, ReembedResult]


@pytest.fixture
def provider() -> Iterator[EmbeddingsApi]:
    """The provider of the next model."""
    with EmbeddingsApi() as api:
        yield api


@dataclasses.dataclass
class Installation:
    """A database of its own, and a worker for which a provider's model is next."""

    environment: WorkflowEnvironment
    kit: Kit
    model: str

    @property
    def rows(self) -> Rows:
        """Writes into its workspace, with the serving model's vectors."""
        return Rows(self.kit.database, "w")

    async def articles(self, number: int) -> int:
        """Publish articles; return how many passages lack a vector of the next model."""
        for n in range(number):
            await self.rows.item(adding(f"Answer {n} {uuid4().hex}."))
        return await self.missing()

    async def missing(self, model: str = "") -> int:
        kinds = (Embedded.PASSAGES,)
        return (await count_everywhere(self.kit.database, model or self.model, kinds)).missing

    async def start(self, reach: ReembedReach = ReembedReach.PASSAGES) -> Handle:
        task = ReembedInput(model=self.model, reach=reach)
        workflow_id = await start_reembed(self.client, task, task_queue=self.model)
        return self.client.get_workflow_handle_for(ReembedWorkflow.run, workflow_id)

    @property
    def client(self) -> Client:
        """The client of its Temporal server."""
        return self.environment.client

    def working(self, kit: Kit | None = None) -> Worker:
        """Return a worker without a cache, so that every workflow task replays."""
        return make_worker(
            self.client, kit or self.kit, task_queue=self.model, max_cached_workflows=0
        )


@pytest.fixture
async def installation(
    environment: WorkflowEnvironment, database_url: str, provider: EmbeddingsApi
) -> AsyncGenerator[Installation]:
    """An installation with one workspace."""
    model = f"acme/{uuid4().hex}"
    options = EmbeddingServiceOptions(
        provider.url, model, DIMENSION, batch_texts=2, timeout_seconds=60
    )
    with ServiceEmbedder(options, cache_entries=1) as embedder:
        async with fresh_database(database_url) as database:
            await ensure_workspace_and_keys(database.url, "w", {})
            kit = Kit(
                database=database,
                embedder=WordEmbedder(),
                analyst=ScriptedAnalyst(),
                answerer=SureAnswerer(),
                policies=load_escalation_policies(),
                notifier=NotificationRecorder(),
                api_url="http://loop.test",
                next_embedder=NextEmbedder(embedder),
            )
            yield Installation(environment, kit, model)


async def test_it_ends_when_nothing_is_missing_and_tells_how_far_it_is(
    installation: Installation,
) -> None:
    wanted = await installation.articles(3)
    async with installation.working():
        handle = await installation.start()
        assert (await handle.result()).stored == wanted
        report = await report_reembed(installation.client, installation.model)
    assert report is not None
    assert report.state is ReembedState.COMPLETED
    assert report.status is not None
    assert (report.status.done, report.status.total) == (wanted, wanted)
    assert (report.status.stored, report.status.per_second > 0) == (wanted, True)
    assert await installation.missing() == 0


async def test_with_nothing_missing_it_ends_at_once(installation: Installation) -> None:
    async with installation.working():
        assert (await (await installation.start()).result()).stored == 0


async def test_a_provider_that_is_away_is_asked_again(
    installation: Installation, provider: EmbeddingsApi
) -> None:
    await installation.articles(3)
    provider.script(refusal(503), refusal(429, retry_after="0"), refusal(500))
    async with installation.working():
        await (await installation.start()).result()
    assert await installation.missing() == 0
    assert len(provider.requests) > 3


async def test_a_provider_that_refuses_fails_it_by_name_and_it_can_be_started_again(
    installation: Installation, provider: EmbeddingsApi
) -> None:
    await installation.articles(1)
    provider.script(refusal(401))
    async with installation.working():
        with pytest.raises(WorkflowFailureError):
            await (await installation.start()).result()
        report = await report_reembed(installation.client, installation.model)
        assert report is not None
        assert report.state is ReembedState.FAILED
        assert "API_KEY" in report.failure
        await (await installation.start()).result()
    assert await installation.missing() == 0


async def test_a_worker_that_dies_in_the_middle_is_followed_by_another(
    installation: Installation, provider: EmbeddingsApi
) -> None:
    await installation.articles(3)
    provider.script(HANG)
    async with installation.working():
        handle = await installation.start()
        async with asyncio.timeout(60):
            while not provider.requests:
                async for _ in handle.fetch_history_events(wait_new_event=True):
                    break
        # Leaving the block cancels what its activities do.
    assert await installation.missing() > 0
    async with installation.working():
        await handle.result()
    assert await installation.missing() == 0


async def test_starting_one_that_runs_leaves_it_alone(installation: Installation) -> None:
    await installation.articles(1)
    first = await installation.start()
    second = await installation.start()
    assert (await first.describe()).run_id == (await second.describe()).run_id
    async with installation.working():
        await second.result()


async def test_it_is_continued_as_new_with_what_it_knows(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.reembed._STEPS_A_RUN", 1)
    wanted = await installation.articles(2)
    async with installation.working():
        handle = await installation.start()
        first_run = handle.first_execution_run_id
        result = await handle.result()
        described = await handle.describe()
        report = await report_reembed(installation.client, installation.model)
    assert result.stored == wanted
    assert described.status is WorkflowExecutionStatus.COMPLETED
    assert described.run_id != first_run
    assert report is not None
    assert report.status is not None
    assert report.status.done == wanted


async def test_the_history_holds_counts_and_no_text(installation: Installation) -> None:
    await installation.rows.item(adding("Zebediah lives in Quince Street."))
    async with installation.working():
        handle = await installation.start()
        await handle.result()
    history = (await handle.fetch_history()).to_json()
    readable = history + decoded_payloads(json.loads(history))
    assert installation.model in readable
    assert "Zebediah" not in readable
    assert "Quince" not in readable


async def test_a_worker_whose_serving_model_lacks_vectors_makes_them_by_itself(
    installation: Installation,
) -> None:
    await installation.rows.proposal()
    await installation.articles(2)
    following = installation.kit.next_embedder
    assert following is not None
    switched = dataclasses.replace(
        installation.kit, embedder=following.embedder, next_embedder=None
    )
    async with installation.working(switched):
        missing = await fill_gaps(switched, installation.client, task_queue=installation.model)
        assert missing == await installation.missing() + 2
        handle = installation.client.get_workflow_handle_for(
            ReembedWorkflow.run, f"reembed/{installation.model}"
        )
        assert (await handle.result()).stored == missing
        assert await fill_gaps(switched, installation.client, task_queue=installation.model) == 0


async def test_a_model_without_a_workflow_has_no_report(installation: Installation) -> None:
    assert await report_reembed(installation.client, "nobody's") is None
