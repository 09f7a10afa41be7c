"""Starting the workflow that looks after a workspace's batches."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from workflows.batch_analysis import BatchAnalysisWorkflow
from workflows.batch_analysis_input import BatchAnalysisInput, workflow_id_of_batches

_RPC_TIMEOUT = timedelta(seconds=5)


async def start_batches(client: Client, workspace: str, *, task_queue: str) -> None:
    """Start the workflow unless it runs. Raises RPCError."""
    await client.start_workflow(
        BatchAnalysisWorkflow.run,
        BatchAnalysisInput(workspace=workspace),
        id=workflow_id_of_batches(workspace),
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="read past interventions in batches",
        rpc_timeout=_RPC_TIMEOUT,
    )
