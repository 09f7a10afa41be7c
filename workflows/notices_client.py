"""Wakes what sends a workspace's notices, and schedules its digests, for the worker and the API."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from domain.search_attributes import WORKSPACE
from workflows.digest import DigestWorkflow
from workflows.notices import NoticesWorkflow
from workflows.notices_input import (
    DigestsInput,
    NoticesInput,
    schedule_id_of_digest,
    workflow_id_of_notices,
)
from workflows.schedules import make_missing

_RPC_TIMEOUT = timedelta(seconds=5)
_AN_HOUR = timedelta(hours=1)


async def wake_notices(client: Client, workspace: str, *, task_queue: str) -> None:
    """Have new notices sent: wake the workflow, or start it where none runs. Raises RPCError."""
    await client.start_workflow(
        NoticesWorkflow.run,
        NoticesInput(workspace=workspace),
        id=workflow_id_of_notices(workspace),
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="tell people",
        search_attributes=_attributes(workspace),
        start_signal="wake",
        rpc_timeout=_RPC_TIMEOUT,
    )


async def ensure_digests(
    client: Client, workspaces: Iterable[str], *, task_queue: str
) -> list[str]:
    """Make the hourly schedule of each workspace that has none; return which had none.

    One that is there is left alone: an operator may have paused it. Raises RPCError.
    """
    return await make_missing(
        client,
        workspaces,
        id_of=schedule_id_of_digest,
        schedule_of=lambda workspace: _schedule(workspace, task_queue),
    )


def _schedule(workspace: str, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            DigestWorkflow.run,
            DigestsInput(workspace=workspace),
            id=schedule_id_of_digest(workspace),
            task_queue=task_queue,
            execution_timeout=_AN_HOUR,
            static_summary="tell people of their day",
            typed_search_attributes=_attributes(workspace),
        ),
        # At every full hour: it is somebody's hour in some time zone.
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(0, 23)])]),
        # What was missed belongs to an hour that is over.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_AN_HOUR),
    )


def _attributes(workspace: str) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(WORKSPACE), workspace)]
    )
