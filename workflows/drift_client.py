"""Schedules the checkups and starts one at once, for the worker and the API."""

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

from domain.checkups import CheckupStart
from domain.search_attributes import WORKSPACE
from workflows.drift import DriftWorkflow
from workflows.drift_input import DriftInput, schedule_id_of, workflow_id_of_checkup
from workflows.schedules import make_missing

AT_HOUR = 3
"""When checkups begin, in UTC."""

SPREAD = timedelta(hours=2)
"""Over how long they are spread, so that not all workspaces are checked at once."""

_SUMMARY = "look for knowledge that drifts"
_RPC_TIMEOUT = timedelta(seconds=5)
_LONGEST = timedelta(days=2)
_CATCH_UP = timedelta(hours=12)


async def ensure_schedules(
    client: Client, workspaces: Iterable[str], *, task_queue: str
) -> list[str]:
    """Make the daily schedule of each workspace that has none; return which had none.

    One that is there is left alone: an operator may have paused it, or set it to other times.
    Raises RPCError.
    """
    return await make_missing(
        client,
        workspaces,
        id_of=schedule_id_of,
        schedule_of=lambda workspace: _schedule(workspace, task_queue),
    )


def _schedule(workspace: str, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            DriftWorkflow.run,
            DriftInput(workspace=workspace),
            id=schedule_id_of(workspace),
            task_queue=task_queue,
            execution_timeout=_LONGEST,
            static_summary=_SUMMARY,
            typed_search_attributes=_attributes(workspace),
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(AT_HOUR)])], jitter=SPREAD
        ),
        # A day that was missed is not made up for twice.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )


async def start_checkup(client: Client, workspace: str, *, task_queue: str) -> str:
    """Start a checkup now, unless one that was asked for runs; return its id. Raises RPCError."""
    workflow_id = workflow_id_of_checkup(workspace)
    await client.start_workflow(
        DriftWorkflow.run,
        DriftInput(workspace=workspace, started_by=CheckupStart.REQUEST),
        id=workflow_id,
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        execution_timeout=_LONGEST,
        static_summary=_SUMMARY,
        search_attributes=_attributes(workspace),
        rpc_timeout=_RPC_TIMEOUT,
    )
    return workflow_id


def _attributes(workspace: str) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(WORKSPACE), workspace)]
    )
