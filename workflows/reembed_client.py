"""Starting the re-embedding workflow and asking how far it is, for the worker and the API."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, FailureError
from temporalio.service import RPCError, RPCStatusCode

from workflows.reembed import ReembedWorkflow
from workflows.reembed_input import ReembedInput, ReembedStatus, workflow_id_of_model

_RPC_TIMEOUT = timedelta(seconds=5)


class ReembedState(StrEnum):
    """Whether the workflow of a model runs."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ReembedReport(NamedTuple):
    """How a model's workflow stands; no status where no worker answers."""

    workflow_id: str
    state: ReembedState
    status: ReembedStatus | None = None
    failure: str = ""
    """Why it failed: a message of ours, which quotes nobody."""


async def start_reembed(client: Client, task: ReembedInput, *, task_queue: str) -> str:
    """Start a model's workflow unless it runs; return its id. Raises RPCError."""
    workflow_id = workflow_id_of_model(task.model)
    await client.start_workflow(
        ReembedWorkflow.run,
        task,
        id=workflow_id,
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"make the vectors of {task.model}",
        rpc_timeout=_RPC_TIMEOUT,
    )
    return workflow_id


async def report_reembed(client: Client, model: str) -> ReembedReport | None:
    """Return how a model's newest workflow stands, or None if there is none. Raises RPCError."""
    workflow_id = workflow_id_of_model(model)
    handle = client.get_workflow_handle_for(ReembedWorkflow.run, workflow_id)
    try:
        described = await handle.describe(rpc_timeout=_RPC_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    match described.status:
        case WorkflowExecutionStatus.RUNNING | WorkflowExecutionStatus.CONTINUED_AS_NEW:
            state, failure = ReembedState.RUNNING, ""
        case WorkflowExecutionStatus.COMPLETED:
            state, failure = ReembedState.COMPLETED, ""
        case _:
            state, failure = ReembedState.FAILED, await _failure(client, workflow_id)
    try:
        status = await handle.query(ReembedWorkflow.status, rpc_timeout=_RPC_TIMEOUT)
    except RPCError:
        # No worker answers, or not in time: the counts of the record say how far it is.
        status = None
    return ReembedReport(workflow_id, state, status, failure)


async def _failure(client: Client, workflow_id: str) -> str:
    handle = client.get_workflow_handle_for(ReembedWorkflow.run, workflow_id)
    try:
        await handle.result(rpc_timeout=_RPC_TIMEOUT)
    except WorkflowFailureError as error:
        cause = error.cause
        if isinstance(cause, ActivityError):
            cause = cause.cause or cause
        return cause.message if isinstance(cause, FailureError) else type(cause).__name__
    except RPCError:
        pass
    return ""
