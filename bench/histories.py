"""Counts events and billable actions of a history, and reads the shape of its steps.

Actions as Temporal Cloud counts them, https://docs.temporal.io/cloud/actions (read in 2026): one
for each start (continue-as-new is a start), activity attempt, timer, signal and upsert of search
attributes (any number of them in one command; those given at the start are free), and one for all
local activities of one workflow task. A query and a heartbeat that reach the server are one each as
well, but leave nothing in the history: they come on top.
"""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from bench.floor_workflows import FloorShape, StepKind

_LOCAL_ACTIVITY = "core_local_activity"


class ActionKind(StrEnum):
    """What is billed."""

    START = "start"
    ACTIVITY = "activity attempt"
    LOCAL = "local activities of a task"
    TIMER = "timer"
    SIGNAL = "signal"
    UPSERT = "search attributes"


_BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: ActionKind.START,
    EventType.EVENT_TYPE_TIMER_STARTED: ActionKind.TIMER,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: ActionKind.SIGNAL,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: ActionKind.UPSERT,
}


class HistoryCount(BaseModel):
    """What one history holds."""

    events: int
    workflow_tasks: int
    actions: int
    actions_by_kind: dict[ActionKind, int]


def count_history(events: Iterable[HistoryEvent]) -> HistoryCount:
    """Return the events, the completed workflow tasks and the billable actions of a history."""
    actions: Counter[ActionKind] = Counter()
    tasks_with_local: set[int] = set()
    total = tasks = 0
    for event in events:
        total += 1
        if event.event_type in _BILLED:
            actions[_BILLED[event.event_type]] += 1
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            # Attempts that failed leave no event; the last one tells its number.
            attempts = event.activity_task_started_event_attributes.attempt
            actions[ActionKind.ACTIVITY] += max(1, attempts)
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            tasks += 1
        elif _is_local_activity(event):
            task = event.marker_recorded_event_attributes.workflow_task_completed_event_id
            tasks_with_local.add(task)
    actions[ActionKind.LOCAL] = len(tasks_with_local)
    return HistoryCount(
        events=total,
        workflow_tasks=tasks,
        actions=actions.total(),
        actions_by_kind={kind: actions[kind] for kind in ActionKind if actions[kind]},
    )


def shape_of(events: Iterable[HistoryEvent]) -> FloorShape:
    """Return the regular and local activities before and after the first signal, in order."""
    before: list[StepKind] = []
    after: list[StepKind] = []
    steps = before
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            steps = after
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            steps.append(StepKind.REGULAR)
        elif _is_local_activity(event):
            steps.append(StepKind.LOCAL)
    return FloorShape(before=before, after=after)


def _is_local_activity(event: HistoryEvent) -> bool:
    return (
        event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED
        and event.marker_recorded_event_attributes.marker_name == _LOCAL_ACTIVITY
    )
