"""The workflow that erases a customer's text on an administrator's request."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.erase_customer import EraseCustomer, EraseInput, EraseResult


@workflow.defn
class EraseCustomerWorkflow:
    """One activity, tried again for up to thirty days: an erasure that was promised is not dropped.

    Its input and result carry ids and numbers only. The record says where the erasure stands.
    """

    @workflow.run
    async def run(self, task: EraseInput) -> EraseResult:
        """Return when nothing of the customer's text is left in the record."""
        return await workflow.execute_activity_method(
            EraseCustomer.erase_customer,
            task,
            start_to_close_timeout=timedelta(hours=1),
            schedule_to_close_timeout=timedelta(days=30),
            heartbeat_timeout=timedelta(seconds=60),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5)
            ),
            summary="erase a customer",
        )
