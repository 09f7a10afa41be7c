"""Starts erasures."""

from datetime import timedelta
from uuid import UUID

from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.erase_customer import EraseInput
from domain.search_attributes import WORKSPACE
from workflows.erase_customer import EraseCustomerWorkflow

_RPC_TIMEOUT = timedelta(seconds=3)


def erasure_workflow_id(workspace: str, erasure_id: UUID) -> str:
    """Return the id of an erasure's workflow."""
    return f"erase/{workspace}/{erasure_id}"


async def start_erasure(
    client: Client, workspace: str, erasure_id: UUID, *, task_queue: str
) -> None:
    """Start an erasure's workflow; one that runs or has done its work is left alone."""
    try:
        await client.start_workflow(
            EraseCustomerWorkflow.run,
            EraseInput(workspace=workspace, erasure_id=erasure_id),
            id=erasure_workflow_id(workspace, erasure_id),
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="erase a customer",
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(SearchAttributeKey.for_keyword(WORKSPACE), workspace)]
            ),
            rpc_timeout=_RPC_TIMEOUT,
        )
    except WorkflowAlreadyStartedError:
        return
