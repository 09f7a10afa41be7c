"""The workflow that sends a workspace's notices: one at a time there is, and only while needed."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.plan_notices import PlanInput, PlanNotices, PlanResult
    from activities.send_notice import GiveUpInput, SendInput, SendNotice
    from workflows import steps
    from workflows.notices_input import NoticesInput

_MAX_EVENTS = 4_000


@workflow.defn
class NoticesWorkflow:
    """Sends what was written down for people, each message apart from the others.

    1. `plan_notices` gives new notices their deliveries, by people's preferences and quiet hours.
    2. Each that is due is one `send_notice`, tried again for up to six hours; a channel that limits
       our rate says when. What fails for good, or for that long, is recorded by
       `give_up_notice`: the preferences page shows since when a channel is away. No review waits
       for any of it.
    3. It waits until quiet hours end, or to be woken; with nothing left to send it ends, and the
       next notice starts it again.
    """

    @workflow.init
    def __init__(self, task: NoticesInput) -> None:
        """Set up what the signal handler touches, for it may run before `run` does."""
        self._workspace = task.workspace
        self._woken = False
        self._listed_all_it_may = False
        self._sending: dict[UUID, asyncio.Task[None]] = {}

    @workflow.run
    async def run(self, task: NoticesInput) -> None:
        """Return when nothing waits to be sent any more."""
        while True:
            self._woken = False
            planned = await self._plan()
            self._listed_all_it_may = planned.is_full
            for delivery_id in planned.due:
                self._start(delivery_id)
            if self._is_done(planned):
                return
            await self._wait(planned.next_at)
            if self._is_long() and not self._sending:
                workflow.continue_as_new(task)

    @workflow.signal
    def wake(self) -> None:
        """There is something new to send."""
        self._woken = True

    async def _plan(self) -> PlanResult:
        return await workflow.execute_activity_method(
            PlanNotices.plan_notices,
            PlanInput(
                workspace=self._workspace, now=workflow.now(), under_way=tuple(self._sending)
            ),
            **steps.DATABASE_WRITE,
            summary="see what goes out, and when",
        )

    def _is_done(self, planned: PlanResult) -> bool:
        return not (self._sending or self._woken or planned.due or planned.next_at)

    def _is_long(self) -> bool:
        info = workflow.info()
        return (
            info.is_continue_as_new_suggested() or info.get_current_history_length() > _MAX_EVENTS
        )

    def _start(self, delivery_id: UUID) -> None:
        task = asyncio.create_task(self._send(delivery_id))
        self._sending[delivery_id] = task
        task.add_done_callback(lambda _: self._ended(delivery_id))

    def _ended(self, delivery_id: UUID) -> None:
        del self._sending[delivery_id]
        # More may be due than was listed at once.
        self._woken = self._woken or self._listed_all_it_may or not self._sending

    async def _send(self, delivery_id: UUID) -> None:
        task = SendInput(workspace=self._workspace, delivery_id=delivery_id)
        try:
            await workflow.execute_activity_method(
                SendNotice.send_notice, task, **steps.NOTIFICATION, summary="send one message"
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            code = getattr(error.cause, "type", None) or type(error.cause).__name__
            await workflow.execute_activity_method(
                SendNotice.give_up_notice,
                GiveUpInput(**task.model_dump(), error_code=code),
                **steps.DATABASE_WRITE,
                summary="record that it was not sent",
            )

    async def _wait(self, until: datetime | None) -> None:
        timeout = max(until - workflow.now(), timedelta(0)) if until else None
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._woken, timeout=timeout, timeout_summary="quiet hours end"
            )
