"""The whole loop on real servers: Postgres, and a Temporal dev server that skips time."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from activities.kit import Kit
from api.delivery import Delivery
from domain.batches import BatchAnalyst
from domain.cases import Analyst, Answerer
from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded.temporal import binary
from gateways.embeddings import load_embedder
from gateways.escalation import load_escalation_policies
from gateways.notifications import Channels, Notification
from gateways.temporal import data_converter
from store.database import Database
from tests.workflows.harness import Loop
from tests.workflows.scripted import ScriptedAnalyst, SureAnswerer
from worker import make_worker

TASK_QUEUE = "workflow-tests"


class NotificationRecorder:
    """Keeps what people were told."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.sent: list[Notification] = []

    async def notify(self, notification: Notification) -> None:
        """Keep it."""
        self.sent.append(notification)


def _keys() -> list[SearchAttributeKey[Any]]:
    makers: dict[str, Callable[[str], SearchAttributeKey[Any]]] = {
        "Keyword": SearchAttributeKey.for_keyword,
        "Datetime": SearchAttributeKey.for_datetime,
    }
    return [makers[kind](name) for name, kind in SEARCH_ATTRIBUTES.items()]


@pytest.fixture(scope="session")
async def environment() -> AsyncGenerator[WorkflowEnvironment]:
    """A Temporal server on which each workflow's clock can be moved on by itself."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        # Only `pass_time` moves a clock: by itself a waiting review would race to its end.
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(binary()),
        data_converter=data_converter(),
        search_attributes=_keys(),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
        ],
    ) as environment:
        yield environment


@asynccontextmanager
async def running_loop(
    environment: WorkflowEnvironment,
    database: Database,
    workspace: str,
    *,
    scripted: ScriptedAnalyst,
    analyst: Analyst | None = None,
    answerer: Answerer | None = None,
    batches: BatchAnalyst | None = None,
    channels: Channels | None = None,
) -> AsyncGenerator[Loop]:
    """Run a worker without a cache, so that every workflow task replays."""
    client: Client = environment.client
    notifier = NotificationRecorder()
    kit = Kit(
        database=database,
        embedder=load_embedder(),
        analyst=analyst or scripted,
        answerer=answerer or SureAnswerer(),
        policies=load_escalation_policies(),
        notifier=notifier,
        api_url="http://loop.test",
        batches=batches,
        channels=channels or Channels(),
    )

    async def connect() -> Client:
        return client

    task_queue = f"{TASK_QUEUE}-{workspace}"
    delivery = Delivery(database, connect, task_queue=task_queue)
    async with make_worker(client, kit, task_queue=task_queue, max_cached_workflows=0):
        yield Loop(
            environment=environment,
            database=database,
            delivery=delivery,
            workspace=workspace,
            analyst=scripted,
            told=notifier.sent,
        )


@pytest.fixture
async def loop(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> AsyncGenerator[Loop]:
    """The loop with an analyst that says what the test wants, in a workspace of one's own."""
    async with running_loop(
        environment, database, workspace, scripted=ScriptedAnalyst()
    ) as running:
        yield running
