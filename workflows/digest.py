"""The workflow of one hour's digests."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.send_digest import DigestInput, DigestResult, SendDigest
    from workflows import steps
    from workflows.notices_input import DigestsInput


@workflow.defn
class DigestWorkflow:
    """Has those told of their day whose hour it is; a schedule runs it at every full hour.

    `send_digest` writes the digests down; `NoticesWorkflow` sends them. Its deadline is the next
    hour, when the schedule looks again.
    """

    @workflow.run
    async def run(self, task: DigestsInput) -> DigestResult:
        """Return how many digests were written down."""
        return await workflow.execute_activity_method(
            SendDigest.send_digest,
            DigestInput(workspace=task.workspace, now=workflow.now()),
            **steps.DATABASE_WRITE,
            summary="write down whose hour it is",
        )
