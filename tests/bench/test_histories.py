from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import (
    ActivityTaskStartedEventAttributes,
    HistoryEvent,
    MarkerRecordedEventAttributes,
)
from temporalio.client import WorkflowHistory

from bench.floor_workflows import StepKind
from bench.histories import ActionKind, count_history, shape_of

_STORED = Path(__file__).parent / "applied.json"


def stored() -> list[HistoryEvent]:
    """The history of one applied intervention, fetched from the dev server."""
    return list(WorkflowHistory.from_json("applied", _STORED.read_text()).events)


def event(kind: str) -> HistoryEvent:
    return HistoryEvent(event_type=EventType.Value(f"EVENT_TYPE_{kind}"))


def local_activity(task: int, name: str = "core_local_activity") -> HistoryEvent:
    marker = MarkerRecordedEventAttributes(marker_name=name, workflow_task_completed_event_id=task)
    return HistoryEvent(
        event_type=EventType.EVENT_TYPE_MARKER_RECORDED, marker_recorded_event_attributes=marker
    )


def test_counts_of_a_stored_history_are_those_counted_by_hand() -> None:
    counted = count_history(stored())
    assert counted.events == 46
    assert counted.workflow_tasks == 7
    assert counted.actions_by_kind == {
        ActionKind.START: 1,
        ActionKind.ACTIVITY: 5,
        ActionKind.LOCAL: 3,
        ActionKind.TIMER: 1,
        ActionKind.SIGNAL: 1,
        ActionKind.UPSERT: 2,
    }
    assert counted.actions == 13


def test_the_shape_of_a_stored_history_has_its_steps_in_order() -> None:
    regular, local = StepKind.REGULAR, StepKind.LOCAL
    shape = shape_of(stored())
    assert list(shape.before) == [regular, regular, regular, local, regular]
    assert list(shape.after) == [local, regular, local]


def test_a_shape_is_described_for_people() -> None:
    assert shape_of(stored()).described() == (
        "5 no-op activities, 3 no-op local activities, 1 timer, 1 signal"
    )


def test_local_activities_of_one_workflow_task_are_one_action() -> None:
    counted = count_history([local_activity(4), local_activity(4), local_activity(9)])
    assert counted.actions_by_kind == {ActionKind.LOCAL: 2}


def test_other_markers_are_not_billed() -> None:
    assert count_history([local_activity(4, name="core_patch")]).actions == 0


def test_each_attempt_of_an_activity_is_an_action() -> None:
    started = HistoryEvent(
        event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED,
        activity_task_started_event_attributes=ActivityTaskStartedEventAttributes(attempt=3),
    )
    assert count_history([started]).actions_by_kind == {ActionKind.ACTIVITY: 3}


def test_scheduled_steps_and_ended_timers_are_events_but_no_actions() -> None:
    kinds = ("ACTIVITY_TASK_SCHEDULED", "ACTIVITY_TASK_COMPLETED", "TIMER_FIRED", "TIMER_CANCELED")
    counted = count_history([event(kind) for kind in kinds])
    assert (counted.events, counted.actions) == (4, 0)


def test_only_completed_workflow_tasks_are_counted() -> None:
    kinds = ("WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED")
    assert count_history([event(kind) for kind in kinds]).workflow_tasks == 1
