from temporalio import workflow


@workflow.defn
class IdleWorkflow:
    """Ends at once."""

    @workflow.run
    async def run(self) -> None:
        return
