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
    from workflows.notices_input import NoticesInput, Tried

_LAST_TRY = timedelta(minutes=1)


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
    4. When its history gets long it hands over to the next run, also while a channel is away:
       attempts that are being made end within half a minute, and what was to be tried again is
       tried by the next run for what is left of its six hours.
    """

    @workflow.init
    def __init__(self, task: NoticesInput) -> None:
        """Set up what the signal handler touches, for it may run before `run` does."""
        self._workspace = task.workspace
        self._woken = False
        self._listed_all_it_may = False
        self._sending: dict[UUID, asyncio.Task[None]] = {}
        self._since = {tried.delivery_id: tried.since for tried in task.tried}
        self._is_handing_over = False

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
            if self._is_long(task.most_events) and await self._hand_over():
                tried = tuple(Tried(delivery_id=k, since=v) for k, v in self._since.items())
                workflow.continue_as_new(task.model_copy(update={"tried": tried}))

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

    def _is_long(self, most_events: int) -> bool:
        info = workflow.info()
        return (
            info.is_continue_as_new_suggested() or info.get_current_history_length() > most_events
        )

    async def _hand_over(self) -> bool:
        """End all attempts, and return whether nothing is under way any more.

        One that waits to be made again ends at once; one that is being made is waited for, so that
        the next run does not make it a second time.
        """
        if self._sending and not workflow.patched("notices-hand-over"):
            return False
        self._is_handing_over = True
        for task in self._sending.values():
            task.cancel()
        await workflow.wait_condition(lambda: not self._sending)
        return True

    def _start(self, delivery_id: UUID) -> None:
        task = asyncio.create_task(self._send(delivery_id))
        self._sending[delivery_id] = task
        task.add_done_callback(lambda _: self._ended(delivery_id))

    def _ended(self, delivery_id: UUID) -> None:
        del self._sending[delivery_id]
        # More may be due than was listed at once.
        self._woken = self._woken or self._listed_all_it_may or not self._sending

    async def _send(self, delivery_id: UUID) -> None:
        since = self._since.setdefault(delivery_id, workflow.now())
        try:
            await self._send_or_give_up(delivery_id, since)
        except (ActivityError, asyncio.CancelledError):
            # While handing over: whatever it was, the next run finds out for itself.
            if not self._is_handing_over:
                raise
        else:
            del self._since[delivery_id]

    async def _send_or_give_up(self, delivery_id: UUID, since: datetime) -> None:
        task = SendInput(workspace=self._workspace, delivery_id=delivery_id)
        try:
            await workflow.execute_activity_method(
                SendNotice.send_notice,
                task,
                **self._options(since),
                cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                summary="send one message",
            )
        except ActivityError as error:
            if self._is_handing_over or is_cancelled_exception(error):
                raise
            code = getattr(error.cause, "type", None) or type(error.cause).__name__
            await workflow.execute_activity_method(
                SendNotice.give_up_notice,
                GiveUpInput(**task.model_dump(), error_code=code),
                **steps.DATABASE_WRITE,
                summary="record that it was not sent",
            )

    def _options(self, since: datetime) -> steps.ActivityOptions:
        options = steps.NOTIFICATION.copy()
        left = since + steps.NOTIFY_WITHIN - workflow.now()
        options["schedule_to_close_timeout"] = max(left, _LAST_TRY)
        return options

    async def _wait(self, until: datetime | None) -> None:
        timeout = max(until - workflow.now(), timedelta(0)) if until else None
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._woken, timeout=timeout, timeout_summary="quiet hours end"
            )
