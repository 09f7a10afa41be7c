"""The workflow that gives what is known its vectors of another embedding model."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.count_unembedded import CountUnembedded, CountUnembeddedInput
    from activities.reembed_passages import (
        ReembedPassages,
        ReembedPassagesInput,
        ReembedPassagesResult,
        ReembedPlace,
    )
    from workflows import steps
    from workflows.reembed_input import (
        ReembedCarried,
        ReembedInput,
        ReembedResult,
        ReembedStatus,
    )

_STEPS_A_RUN = 200
_AFTER_A_VAIN_PASS = timedelta(seconds=30)


@workflow.defn
class ReembedWorkflow:
    """Makes the vectors of one model until none is missing; one for the installation and a model.

    1. `count_unembedded`: if nothing lacks a vector, it ends.
    2. `reembed_passages` again and again, each some hundred texts, through all workspaces. What
       is done is in the table: whatever is killed or fails goes on from there. A provider may be
       away for three days; one that refuses fails the workflow, which can be started again.
    3. Back to 1, for what was published meanwhile without a vector of the model.

    The history holds counts and places. Nothing else waits for it: searches use the model that the
    settings name, and find by their words the passages that lack its vector.
    """

    @workflow.init
    def __init__(self, task: ReembedInput) -> None:
        """Take up what an earlier run has handed over."""
        carried = task.carried
        self._task = task
        self._started_at = carried.started_at if carried else workflow.now()
        self._total = carried.total if carried else 0
        self._done = carried.done if carried else 0
        self._stored = carried.stored if carried else 0
        self._stored_in_pass = carried.stored_in_pass if carried else 0
        self._place: ReembedPlace | None = carried.place if carried else None

    @workflow.run
    async def run(self, task: ReembedInput) -> ReembedResult:
        """Return once every text has a vector of the model."""
        steps_left = _STEPS_A_RUN
        while self._place is not None or await self._is_missing_some():
            result = await self._fill()
            self._place = result.place
            self._stored += result.stored
            self._stored_in_pass += result.stored
            self._done = min(self._total, self._done + result.stored)
            if self._place is None:
                await self._end_pass()
            steps_left -= 1
            if steps_left == 0 or workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._task.model_copy(update={"carried": self._carried()}))
        return ReembedResult(stored=self._stored)

    async def _is_missing_some(self) -> bool:
        found = await workflow.execute_activity_method(
            CountUnembedded.count_unembedded,
            CountUnembeddedInput(model=self._task.model, reach=self._task.reach),
            **steps.BULK_WRITE,
            summary="count what has no vector",
        )
        self._total = found.total
        self._done = found.total - found.missing
        return found.missing > 0

    async def _fill(self) -> ReembedPassagesResult:
        return await workflow.execute_activity_method(
            ReembedPassages.reembed_passages,
            ReembedPassagesInput(model=self._task.model, reach=self._task.reach, place=self._place),
            **steps.BULK_WRITE,
            summary=f"{self._done} of {self._total} have their vector",
        )

    async def _end_pass(self) -> None:
        """Wait a while if a whole pass found nothing to do, though something was missing."""
        if self._stored_in_pass == 0:
            await workflow.sleep(_AFTER_A_VAIN_PASS)
        self._stored_in_pass = 0

    def _carried(self) -> ReembedCarried:
        return ReembedCarried(
            started_at=self._started_at,
            total=self._total,
            done=self._done,
            stored=self._stored,
            stored_in_pass=self._stored_in_pass,
            place=self._place,
        )

    @workflow.query
    def status(self) -> ReembedStatus:
        """Return how far it is."""
        seconds = (workflow.now() - self._started_at).total_seconds()
        return ReembedStatus(
            model=self._task.model,
            reach=self._task.reach,
            done=self._done,
            total=self._total,
            stored=self._stored,
            started_at=self._started_at,
            per_second=self._stored / seconds if seconds > 0 else 0.0,
        )
