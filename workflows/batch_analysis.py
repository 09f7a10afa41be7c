"""The workflow that reads past interventions of a workspace in batches."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.collect_batch import CollectBatch, CollectBatchInput
    from activities.submit_batch import SubmitBatch, SubmitBatchInput, SubmitBatchResult
    from workflows import steps
    from workflows.batch_analysis_input import BatchAnalysisInput

GATHER = timedelta(minutes=2)
"""How long the first batch waits for company: an import sends its interventions one by one."""

_POLL = timedelta(minutes=1)
_POLL_LATER = timedelta(minutes=5)
_PATIENT_AFTER = 15
"""Most batches end within the hour, some take a day: after so many looks, looks are rarer."""


@workflow.defn
class BatchAnalysisWorkflow:
    """Looks after all batches of one workspace until nothing waits and none is under way.

    1. It gathers for two minutes; then `submit_batch` sends off what waits, in as many batches as
       it takes. Where there is no token budget left it comes back when there is.
    2. Each minute, later each five, `collect_batch` asks whether a batch has ended, and stores
       what it brought. That starts the interventions' own workflows, which find their analysis
       there and go on to draft.

    The record holds who waits and who is in which batch, so that a workflow that was lost can
    simply be started again. An intervention of which a batch brings nothing is read by itself.
    """

    @workflow.run
    async def run(self, task: BatchAnalysisInput) -> None:
        """Return when there is nothing left to look after."""
        polls = task.polls
        if polls == 0:
            await workflow.sleep(GATHER, summary="wait for more of the import")
        while True:
            under_way = await self._submit_all(task.workspace)
            if not under_way.open_batches and under_way.budget_in is None:
                return
            polls += 1
            await workflow.sleep(_pause(under_way, polls), summary="wait for batches")
            for batch_id in under_way.open_batches:
                await workflow.execute_activity_method(
                    CollectBatch.collect_batch,
                    CollectBatchInput(workspace=task.workspace, batch_id=batch_id),
                    **steps.BATCH,
                    summary="look after a batch",
                )
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(task.model_copy(update={"polls": polls}))

    async def _submit_all(self, workspace: str) -> SubmitBatchResult:
        """Send off what waits, batch by batch, as far as the budget goes."""
        while True:
            under_way = await workflow.execute_activity_method(
                SubmitBatch.submit_batch,
                SubmitBatchInput(workspace=workspace),
                **steps.BATCH,
                summary="send off a batch",
            )
            if under_way.waiting == 0 or under_way.budget_in is not None:
                return under_way


def _pause(under_way: SubmitBatchResult, polls: int) -> timedelta:
    if not under_way.open_batches and under_way.budget_in is not None:
        return under_way.budget_in
    return _POLL if polls < _PATIENT_AFTER else _POLL_LATER
