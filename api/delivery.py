"""Tells Temporal what the record holds: at once if it can, later if it must, and never twice.

A fact and its outbox row are written in one transaction; only then is Temporal told. What could
not be told is tried again by `run`, which also signals again what no workflow has taken up.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import structlog
from psycopg_pool import PoolTimeout
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.import_items import ImportedItem, ImportItemsInput
from domain.errors import DomainError
from domain.knowledge import Change
from domain.reviews import (
    CommandKind,
    CommandRuling,
    DecisionEffect,
    IgnoredBecause,
    Ruling,
)
from domain.search_attributes import STATUS, WORKSPACE
from gateways.settings import TASK_QUEUE
from store import audit, interventions, outbox, proposals, reviews
from store.database import INSTALLATION, Connection, Database
from workflows.import_items import ImportItemsWorkflow
from workflows.intervention import InterventionWorkflow
from workflows.intervention_input import InterventionInput
from workflows.messages import (
    CommandSignal,
    DecideSignal,
    EvidenceSignal,
    Signal,
    workflow_id_of,
)

Connect = Callable[[], Awaitable[Client]]

_RPC_TIMEOUT = timedelta(seconds=3)
_RESTORE_EVERY = timedelta(minutes=2)
_UNFINISHED_AFTER = timedelta(minutes=5)
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

    async def start(self, workspace: str, intervention_id: UUID) -> None:
        """Start an intervention's workflow now, or leave it to the loop if Temporal is away."""
        if await self._try(self._start(workspace, intervention_id)):
            await self._mark(workspace, outbox.Topic.START, str(intervention_id))

    async def decide(
        self, workspace: str, intervention_id: UUID, proposal_id: UUID, decision_id: UUID
    ) -> None:
        """Signal a decision now, or leave it to the loop."""
        signal = DecideSignal(decision_id=decision_id, proposal_id=proposal_id)
        if await self._try(self._signal(workspace, intervention_id, "decide", signal)):
            await self._mark(workspace, outbox.Topic.SIGNAL, str(decision_id))

    async def command(
        self,
        workspace: str,
        intervention_id: UUID,
        proposal_id: UUID,
        command_id: UUID,
        kind: CommandKind,
    ) -> None:
        """Signal a claim, release, assignment or reopening now, or leave it to the loop."""
        signal = CommandSignal(command_id=command_id, proposal_id=proposal_id)
        if await self._try(self._signal(workspace, intervention_id, kind.value, signal)):
            await self._mark(workspace, outbox.Topic.SIGNAL, str(command_id))

    async def import_items(
        self, workspace: str, *, by: str, changes: Sequence[Change]
    ) -> tuple[ImportedItem, ...]:
        """Run the import workflow and return its items; raises ImportFailedError."""
        task = ImportItemsInput(workspace=workspace, by=by, changes=tuple(changes))
        try:
            client = await self._get_client()
            result = await client.execute_workflow(
                ImportItemsWorkflow.run,
                task,
                id=f"import/{workspace}/{uuid4()}",
                task_queue=self._task_queue,
                execution_timeout=timedelta(minutes=15),
                static_summary=f"import of {len(changes)} items",
            )
        except (RPCError, RuntimeError, WorkflowFailureError) as error:
            raise ImportFailedError from error
        return result.items

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
        intervention_id: UUID,
        *,
        after: WorkflowIDReusePolicy = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        signal: tuple[str, Any] | None = None,
    ) -> None:
        """Start the workflow; one that runs is left alone, and one that ended as `after` says."""
        client = await self._get_client()
        try:
            await client.start_workflow(
                InterventionWorkflow.run,
                InterventionInput(workspace=workspace, intervention_id=intervention_id),
                id=workflow_id_of(workspace, intervention_id),
                task_queue=self._task_queue,
                id_reuse_policy=after,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary="learn from one intervention",
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(SearchAttributeKey.for_keyword(WORKSPACE), workspace),
                        SearchAttributePair(SearchAttributeKey.for_keyword(STATUS), "analyzing"),
                    ]
                ),
                start_signal=signal[0] if signal else None,
                start_signal_args=[signal[1]] if signal else [],
                rpc_timeout=_RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _signal(
        self, workspace: str, intervention_id: UUID, name: str, signal: Signal
    ) -> None:
        """Signal the workflow; if there is none any more, settle the matter or start it again."""
        client = await self._get_client()
        request = SignalWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(
                workflow_id=workflow_id_of(workspace, intervention_id)
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
            await self._without_workflow(workspace, intervention_id, name, signal)

    async def _without_workflow(
        self, workspace: str, intervention_id: UUID, name: str, signal: Any
    ) -> None:
        """The workflow has ended: so has the review, or the workflow was lost before its end."""
        async with self._database.transaction(workspace) as connection:
            proposal = await proposals.lock_proposal(connection, workspace, signal.proposal_id)
            if proposal.status.is_final:
                await _settle_as_closed(connection, workspace, signal)
                return
        await self._log.awarning("workflow_lost", intervention=str(intervention_id))
        await self._start(
            workspace,
            intervention_id,
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
        intervention_id = UUID(str(payload["intervention_id"]))
        if entry.topic is outbox.Topic.START:
            await self._start(entry.workspace, intervention_id)
            return
        name = str(payload["signal"])
        signal = _signal_of(name, payload)
        await self._signal(entry.workspace, intervention_id, name, signal)

    async def sweep(self) -> None:
        """Signal again the decisions and commands that no workflow has settled for a while."""
        async with self._database.transaction(INSTALLATION) as connection:
            waiting = await reviews.unsettled(connection, _UNSETTLED_AFTER)
        for entry in waiting:
            if entry.kind is None:
                await self.decide(
                    entry.workspace, entry.intervention_id, entry.proposal_id, entry.id
                )
            else:
                await self.command(
                    entry.workspace,
                    entry.intervention_id,
                    entry.proposal_id,
                    entry.id,
                    entry.kind,
                )

    async def restore(self) -> None:
        """Start the workflows that unfinished interventions lack, as after a lost Temporal.

        One that runs, or that somebody ended on purpose, is left alone.
        """
        async with self._database.transaction(INSTALLATION) as connection:
            unfinished = await interventions.list_unfinished(
                connection, older_than=_UNFINISHED_AFTER
            )
        for workspace, intervention_id in unfinished:
            never_ran = WorkflowIDReusePolicy.REJECT_DUPLICATE
            await self._try(self._start(workspace, intervention_id, after=never_ran))


def _signal_of(name: str, payload: Any) -> Signal:
    proposal_id = UUID(str(payload["proposal_id"]))
    if name == "add_evidence":
        supporting = UUID(str(payload["supporting_intervention_id"]))
        return EvidenceSignal(
            proposal_id=proposal_id, intervention_id=supporting, support=payload.get("support")
        )
    signal_id = UUID(str(payload["id"]))
    if name == "decide":
        return DecideSignal(decision_id=signal_id, proposal_id=proposal_id)
    return CommandSignal(command_id=signal_id, proposal_id=proposal_id)


async def _settle_as_closed(connection: Connection, workspace: str, signal: Any) -> None:
    """Record that a decision or command came after the review had closed."""
    if isinstance(signal, DecideSignal) and signal.decision_id:
        ruling = Ruling(effect=DecisionEffect.IGNORED, reason=IgnoredBecause.REVIEW_CLOSED)
        await reviews.settle_decision(connection, workspace, signal.decision_id, ruling)
    if isinstance(signal, CommandSignal) and signal.command_id:
        refusal = CommandRuling(takes_effect=False, reason="the review is closed")
        await reviews.settle_command(connection, workspace, signal.command_id, refusal)
    await audit.record(
        connection,
        workspace,
        actor="system",
        action="signal_came_late",
        subject=f"proposal/{signal.proposal_id}",
        details=signal.model_dump(mode="json"),
    )
