"""Tells Temporal what the record holds: at once if it can, later if it must, and never twice.

A fact and its outbox row are written in one transaction; only then is Temporal told. What could
not be told is tried again by `run`, which also signals again what no workflow has taken up.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import PoolTimeout
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.import_items import ImportItemsInput
from api.beginnings import beginning_of
from api.problems import unavailable
from api.signals import origin_of, settle_as_closed, signal_of, signal_to_repeat
from domain.errors import DomainError
from domain.proposals import Origin
from domain.reviews import CommandKind
from domain.search_attributes import STATUS, WORKSPACE
from gateways.settings import TASK_QUEUE
from store import (
    batch_readings,
    change_requests,
    erasures,
    imports,
    interventions,
    outbox,
    proposals,
    reviews,
    sessions,
)
from store.database import INSTALLATION, Database
from workflows.batch_client import start_batches
from workflows.drift_client import start_checkup
from workflows.erasure_client import start_erasure
from workflows.import_items import ImportItemsWorkflow
from workflows.messages import (
    CommandSignal,
    DecideSignal,
    Signal,
    workflow_id_of_origin,
)
from workflows.notices_client import wake_notices

Connect = Callable[[], Awaitable[Client]]

_RPC_TIMEOUT = timedelta(seconds=3)
_RESTORE_EVERY = timedelta(minutes=2)
_UNFINISHED_AFTER = timedelta(minutes=5)
_ABANDONED_AFTER = timedelta(minutes=30)
_SWEEP_EVERY = timedelta(seconds=10)
_UNSETTLED_AFTER = timedelta(seconds=20)
_IDLE_SECONDS = 0.5
_AWAY_SECONDS = 1.0


class ImportFailedError(DomainError):
    """The items could not be imported now; nothing was stored, try again later."""

    code = "import_failed"


class Delivery:
    """Starts and signals workflows. Share one in a process; `run` is its background loop."""

    def __init__(
        self, database: Database, connect: Connect, *, task_queue: str = TASK_QUEUE
    ) -> None:
        """Use `connect` for the first call and after that its client."""
        self._database = database
        self._connect = connect
        self._task_queue = task_queue
        self._client: Client | None = None
        self._log = structlog.get_logger("delivery")

    async def start(self, workspace: str, origin: Origin) -> None:
        """Start an origin's workflow now, or leave it to the loop if Temporal is away."""
        if await self._try(self._start(workspace, origin)):
            await self._mark(workspace, outbox.Topic.START, str(origin.id))

    async def decide(
        self, workspace: str, origin: Origin, proposal_id: UUID, decision_id: UUID
    ) -> None:
        """Signal a decision now, or leave it to the loop."""
        signal = DecideSignal(decision_id=decision_id, proposal_id=proposal_id)
        if await self._try(self._signal(workspace, origin, "decide", signal)):
            await self._mark(workspace, outbox.Topic.SIGNAL, str(decision_id))

    async def command(
        self,
        workspace: str,
        origin: Origin,
        proposal_id: UUID,
        command_id: UUID,
        kind: CommandKind,
    ) -> None:
        """Signal a claim, release, assignment or reopening now, or leave it to the loop."""
        signal = CommandSignal(command_id=command_id, proposal_id=proposal_id)
        if await self._try(self._signal(workspace, origin, kind.value, signal)):
            await self._mark(workspace, outbox.Topic.SIGNAL, str(command_id))

    async def erase(self, workspace: str, erasure_id: UUID) -> None:
        """Start an erasure's workflow now, or leave it to the loop."""
        if await self._try(self._erase(workspace, erasure_id)):
            await self._mark(workspace, outbox.Topic.ERASE, str(erasure_id))

    async def read_in_batches(self, workspace: str) -> None:
        """Start what looks after a workspace's batches now, or leave it to the loop."""
        await self._try(self._look_after_batches(workspace))

    async def _look_after_batches(self, workspace: str) -> None:
        client = await self._get_client()
        await start_batches(client, workspace, task_queue=self._task_queue)

    async def _wake_notices(self, workspace: str) -> None:
        client = await self._get_client()
        await wake_notices(client, workspace, task_queue=self._task_queue)

    async def _erase(self, workspace: str, erasure_id: UUID) -> None:
        client = await self._get_client()
        await start_erasure(client, workspace, erasure_id, task_queue=self._task_queue)

    async def check_up(self, workspace: str) -> str:
        """Start a checkup unless one that was asked for runs; return its workflow's id.

        Raises the 503 problem.
        """
        try:
            client = await self._get_client()
            return await start_checkup(client, workspace, task_queue=self._task_queue)
        except (RPCError, RuntimeError) as error:
            await self._log.awarning("checkup_not_started", error=type(error).__name__)
            raise unavailable("Temporal server") from None

    async def import_items(self, workspace: str, import_id: UUID) -> None:
        """Run the workflow that takes a staged import in; raises ImportFailedError."""
        try:
            client = await self._get_client()
            await client.execute_workflow(
                ImportItemsWorkflow.run,
                ImportItemsInput(workspace=workspace, import_id=import_id),
                id=f"import/{workspace}/{import_id}",
                task_queue=self._task_queue,
                # Less than `_ABANDONED_AFTER`.
                execution_timeout=timedelta(minutes=15),
                static_summary="import of knowledge",
            )
        except (RPCError, RuntimeError, WorkflowFailureError) as error:
            raise ImportFailedError from error

    async def ping(self) -> bool:
        """Return whether Temporal answers."""
        try:
            client = await self._get_client()
            return await client.service_client.check_health(timeout=_RPC_TIMEOUT)
        except (RPCError, RuntimeError):
            return False

    async def run(self) -> None:
        """Deliver what is due and sweep what was not taken up, until cancelled."""
        next_sweep = next_restore = time.monotonic()
        while True:
            try:
                delivered = await self.drain()
                if time.monotonic() >= next_sweep:
                    await self.sweep()
                    next_sweep = time.monotonic() + _SWEEP_EVERY.total_seconds()
                if time.monotonic() >= next_restore:
                    await self.restore()
                    next_restore = time.monotonic() + _RESTORE_EVERY.total_seconds()
                wait = 0.0 if delivered else _IDLE_SECONDS
            except Exception as error:
                # Whatever it was: without this loop nothing that waits would ever be told.
                await self._log.awarning("outbox_unreadable", error=type(error).__name__)
                wait = _AWAY_SECONDS
            # Replicas that started together should not all look at the same moment.
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311

    async def _get_client(self) -> Client:
        if self._client is None:
            self._client = await self._connect()
        return self._client

    async def _try(self, call: Awaitable[None]) -> bool:
        """Return whether the call got through; one that did not is only logged by its kind."""
        try:
            await call
        except RPCError as error:
            await self._log.awarning("temporal_unavailable", status=error.status.name)
            return False
        except Exception as error:
            # One entry that cannot be delivered must not keep the others from it.
            await self._log.awarning("delivery_postponed", error=type(error).__name__)
            return False
        return True

    async def _mark(self, workspace: str, topic: outbox.Topic, key: str) -> None:
        """Note a delivery; if that fails the loop delivers again, which changes nothing."""
        try:
            async with self._database.transaction(workspace) as connection:
                await outbox.mark_delivered_by_key(connection, workspace, topic, key)
        except (psycopg.OperationalError, PoolTimeout) as error:
            await self._log.awarning("delivery_unmarked", error=type(error).__name__)

    async def _start(
        self,
        workspace: str,
        origin: Origin,
        *,
        after: WorkflowIDReusePolicy = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        signal: tuple[str, Any] | None = None,
    ) -> None:
        """Start the workflow; one that runs is left alone, and one that ended as `after` says."""
        client = await self._get_client()
        begun = beginning_of(workspace, origin)
        try:
            await client.start_workflow(
                begun.workflow,
                begun.task,
                id=workflow_id_of_origin(workspace, origin),
                task_queue=self._task_queue,
                id_reuse_policy=after,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=begun.summary,
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(SearchAttributeKey.for_keyword(WORKSPACE), workspace),
                        SearchAttributePair(SearchAttributeKey.for_keyword(STATUS), begun.status),
                    ]
                ),
                start_signal=signal[0] if signal else None,
                start_signal_args=[signal[1]] if signal else [],
                rpc_timeout=_RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _signal(self, workspace: str, origin: Origin, name: str, signal: Signal) -> None:
        """Signal the workflow; if there is none any more, settle the matter or start it again."""
        client = await self._get_client()
        request = SignalWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(
                workflow_id=workflow_id_of_origin(workspace, origin)
            ),
            signal_name=name,
            identity=client.identity,
            # The server drops a repeat: while no worker takes a signal up, telling it again and
            # again must not fill the history.
            request_id=f"{name}/{signal.signal_id}",
        )
        request.input.payloads.extend(await client.data_converter.encode([signal]))
        try:
            await client.workflow_service.signal_workflow_execution(
                request, retry=True, timeout=_RPC_TIMEOUT
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await self._without_workflow(workspace, origin, name, signal)

    async def _without_workflow(
        self, workspace: str, origin: Origin, name: str, signal: Any
    ) -> None:
        """The workflow has ended: so has the review, or the workflow was lost before its end."""
        async with self._database.transaction(workspace) as connection:
            proposal = await proposals.lock_proposal(connection, workspace, signal.proposal_id)
            if proposal.status.is_final:
                await settle_as_closed(connection, workspace, signal)
                return
        await self._log.awarning("workflow_lost", origin=origin.kind, id=str(origin.id))
        await self._start(
            workspace,
            origin,
            after=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            signal=(name, signal),
        )

    async def drain(self) -> int:
        """Deliver what is due; return how many entries were taken."""
        async with self._database.transaction(INSTALLATION) as connection:
            entries = await outbox.claim(connection)
        for entry in entries:
            if await self._try(self._deliver(entry)):
                async with self._database.transaction(INSTALLATION) as connection:
                    await outbox.mark_delivered(connection, [entry.id])
            else:
                async with self._database.transaction(INSTALLATION) as connection:
                    await outbox.mark_failed(connection, entry.id, "temporal_unavailable")
        return len(entries)

    async def _deliver(self, entry: outbox.OutboxEntry) -> None:
        payload = entry.payload
        if entry.topic is outbox.Topic.ERASE:
            await self._erase(entry.workspace, UUID(str(payload["erasure_id"])))
            return
        if entry.topic is outbox.Topic.NOTIFY:
            await self._wake_notices(entry.workspace)
            return
        origin = origin_of(payload)
        if entry.topic is outbox.Topic.START:
            await self._start(entry.workspace, origin)
            return
        name = str(payload["signal"])
        await self._signal(entry.workspace, origin, name, signal_of(name, payload))

    async def sweep(self) -> None:
        """Signal again the decisions and commands that no workflow has settled for a while."""
        async with self._database.transaction(INSTALLATION) as connection:
            waiting = await reviews.unsettled(connection, _UNSETTLED_AFTER)
        for entry in waiting:
            await self._try(self._revive(entry))
            if entry.kind is None:
                await self.decide(entry.workspace, entry.origin, entry.proposal_id, entry.id)
            else:
                await self.command(
                    entry.workspace, entry.origin, entry.proposal_id, entry.id, entry.kind
                )

    async def _revive(self, entry: reviews.Unsettled) -> None:
        """Start a workflow again that has heard of a click and was lost before it settled it.

        The server takes a repeat of a signal for granted, even where the workflow has ended.
        """
        client = await self._get_client()
        handle = client.get_workflow_handle(workflow_id_of_origin(entry.workspace, entry.origin))
        try:
            found = await handle.describe(rpc_timeout=_RPC_TIMEOUT)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return
            raise
        if found.status is not WorkflowExecutionStatus.RUNNING:
            name, signal = signal_to_repeat(entry)
            await self._without_workflow(entry.workspace, entry.origin, name, signal)

    async def restore(self) -> None:
        """Start the workflows that unfinished matters lack, as after a lost Temporal.

        One that runs, or that somebody ended on purpose, is left alone. Imports that nobody waits
        for any more are ended, so that their texts do not stay.
        """
        async with self._database.transaction(INSTALLATION) as connection:
            unfinished = await interventions.list_unfinished(
                connection, older_than=_UNFINISHED_AFTER
            )
            asked = await change_requests.list_unfinished(connection, older_than=_UNFINISHED_AFTER)
            erasing = await erasures.list_unfinished(connection, older_than=_UNFINISHED_AFTER)
            abandoned = await imports.list_abandoned(connection, older_than=_ABANDONED_AFTER)
            in_batches = await batch_readings.list_workspaces(connection)
        await sessions.forget_old(self._database)
        origins = [
            *((workspace, Origin.intervention(found)) for workspace, found in unfinished),
            *((workspace, Origin.request(found)) for workspace, found in asked),
        ]
        for workspace, origin in origins:
            never_ran = WorkflowIDReusePolicy.REJECT_DUPLICATE
            await self._try(self._start(workspace, origin, after=never_ran))
        for workspace, erasure_id in erasing:
            await self._try(self._erase(workspace, erasure_id))
        for workspace in in_batches:
            await self._try(self._look_after_batches(workspace))
        for workspace, import_id in abandoned:
            async with self._database.transaction(workspace) as connection:
                await imports.finish_import(connection, workspace, import_id)
