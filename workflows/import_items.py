"""Brings a company's existing knowledge into the store, as an administrator's recorded act."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.import_items import ImportItems, ImportItemsInput, ImportItemsResult


@workflow.defn
class ImportItemsWorkflow:
    """One activity, retried for up to ten minutes while the database is away; then it fails."""

    @workflow.run
    async def run(self, task: ImportItemsInput) -> ImportItemsResult:
        """Return the imported items in the order given."""
        return await workflow.execute_activity_method(
            ImportItems.import_items,
            task,
            start_to_close_timeout=timedelta(minutes=5),
            schedule_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=20)),
            summary="import items",
        )
