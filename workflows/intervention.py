"""The workflow of one intervention: read, propose, and see its proposals through."""

from collections.abc import Collection

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.analyze_intervention import AnalyzeInput, AnalyzeIntervention
    from activities.close_intervention import CloseInput, CloseIntervention
    from activities.draft_proposals import DraftInput, DraftProposals
    from domain.conversation import InterventionStatus
    from domain.findings import Gap
    from domain.proposals import ProposalStatus
    from workflows import steps
    from workflows.carried import Carried
    from workflows.intervention_input import InterventionInput, InterventionResult
    from workflows.review_loop import ReviewLoop, Standing
    from workflows.review_state import ReviewState, intervention_status
    from workflows.reviewed import Reviewed


@workflow.defn
class InterventionWorkflow(Reviewed):
    """Turns one intervention into proposals and looks after them until people have decided.

    1. `analyze_intervention`, then `draft_proposals`: findings become proposals, or evidence for
       proposals of other interventions. Without a proposal of its own the workflow ends here.
    2. Each proposal is verified, put before people, and applied once they have approved it: see
       `ReviewLoop`, which also walks the escalation policy's clock. Time approves nothing.
    3. When every proposal is closed, `close_intervention` records the end.

    Everything it knows can be read again from the record: the activities find their own earlier
    results, so a workflow that was lost can simply be started again. A permanent failure of an
    activity is recorded and fails the workflow.
    """

    @workflow.init
    def __init__(self, task: InterventionInput) -> None:
        """Set up what signal handlers touch, for they may run before `run` does."""
        self._task = task
        self._merged = task.merged
        self._held_back = 0
        standing = Standing(working=InterventionStatus.ANALYZING, of=self._standing)
        self._loop = ReviewLoop(task.workspace, standing, task.carried)

    @workflow.run
    async def run(self, task: InterventionInput) -> InterventionResult:
        """Return when nothing of this intervention is open any more."""
        try:
            if task.carried is None:
                await self._read_and_draft()
            await self._loop.run(self._continued)
            return await self._close()
        except ActivityError as error:
            code = getattr(error.cause, "type", None) or type(error.cause).__name__
            await self._record_end(InterventionStatus.FAILED, error_code=code)
            raise

    async def _read_and_draft(self) -> None:
        self._loop.set_step("Reading the intervention", InterventionStatus.ANALYZING)
        of_intervention = self._task.model_dump(include={"workspace", "intervention_id"})
        read = await workflow.execute_activity_method(
            AnalyzeIntervention.analyze_intervention,
            AnalyzeInput.model_validate(of_intervention),
            **steps.MODEL_CALL,
            summary="read the intervention",
        )
        if all(gap is Gap.NONE for gap in read.gaps):
            return
        self._loop.set_step("Drafting proposals", InterventionStatus.ANALYZING)
        drafted = await workflow.execute_activity_method(
            DraftProposals.draft_proposals,
            DraftInput.model_validate(of_intervention),
            **steps.MODEL_CALL,
            summary="draft proposals",
        )
        self._merged = drafted.merged
        self._held_back = drafted.held_back
        self._loop.adopt(ReviewState(**own.model_dump()) for own in drafted.own)

    def _standing(self, reviews: Collection[ReviewState]) -> InterventionStatus:
        return intervention_status(reviews, merged=self._merged, held_back=self._held_back)

    def _continued(self, carried: Carried) -> InterventionInput:
        return self._task.model_copy(update={"merged": self._merged, "carried": carried})

    async def _close(self) -> InterventionResult:
        status = InterventionStatus(self._loop.standing())
        await self._record_end(status, error_code=None)
        return InterventionResult(status=status, applied=self._loop.count(ProposalStatus.APPLIED))

    async def _record_end(self, status: InterventionStatus, *, error_code: str | None) -> None:
        await workflow.execute_local_activity_method(
            CloseIntervention.close_intervention,
            CloseInput(
                workspace=self._task.workspace,
                intervention_id=self._task.intervention_id,
                status=status,
                error_code=error_code,
            ),
            **steps.SHORT_WRITE,
        )
        self._loop.set_step("Done" if error_code is None else f"Failed: {error_code}", status)
