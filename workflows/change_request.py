"""The workflow of what a person asks for: reviewed change by change, or forced."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.begin_change_request import BeginChangeRequest, BeginInput, BeginResult
    from activities.close_change_request import CloseChangeRequest, CloseRequestInput
    from activities.force_changes import ForceChanges, ForceInput
    from domain.change_requests import ChangeRequestMode, ChangeRequestStatus
    from domain.proposals import ProposalStatus
    from workflows import steps
    from workflows.carried import Carried
    from workflows.change_request_input import ChangeRequestInput, ChangeRequestResult
    from workflows.review_loop import ReviewLoop, Standing
    from workflows.review_state import ReviewState, change_request_status
    from workflows.reviewed import Reviewed


@workflow.defn
class ChangeRequestWorkflow(Reviewed):
    """Looks after the proposals that a person's request became until people have decided.

    1. `begin_change_request` reads the proposals, which were stored with the request.
    2. Each is verified, put before people, and applied once they have approved it: see
       `ReviewLoop`. Who asked is the author, and never the only approver. Time approves nothing.
    3. When every proposal is closed, `close_change_request` records the end.

    What an administrator has forced has no proposals: `force_changes` makes all changes in one
    transaction, and its record is the end. A permanent failure of an activity is recorded and
    fails the workflow; a lost one can simply be started again.
    """

    @workflow.init
    def __init__(self, task: ChangeRequestInput) -> None:
        """Set up what signal handlers touch, for they may run before `run` does."""
        self._task = task
        standing = Standing(working=ChangeRequestStatus.RECEIVED, of=change_request_status)
        self._loop = ReviewLoop(task.workspace, standing, task.carried)

    @workflow.run
    async def run(self, task: ChangeRequestInput) -> ChangeRequestResult:
        """Return when nothing of this request is open any more."""
        try:
            if task.carried is None:
                begun = await self._begin()
                if begun.mode is ChangeRequestMode.FORCED:
                    return await self._force()
                self._loop.adopt(ReviewState(**own.model_dump()) for own in begun.own)
            await self._loop.run(self._continued)
            return await self._close()
        except ActivityError as error:
            code = getattr(error.cause, "type", None) or type(error.cause).__name__
            await self._record_end(ChangeRequestStatus.FAILED, error_code=code)
            raise

    async def _begin(self) -> BeginResult:
        return await workflow.execute_local_activity_method(
            BeginChangeRequest.begin_change_request,
            BeginInput(workspace=self._task.workspace, request_id=self._task.request_id),
            **steps.SHORT_WRITE,
        )

    async def _force(self) -> ChangeRequestResult:
        self._loop.set_step("Carrying out what was forced", ChangeRequestStatus.RECEIVED)
        forced = await workflow.execute_activity_method(
            ForceChanges.force_changes,
            ForceInput(workspace=self._task.workspace, request_id=self._task.request_id),
            **steps.BULK_WRITE,
            summary="make the forced changes",
        )
        self._loop.set_step("Done", ChangeRequestStatus.APPLIED)
        return ChangeRequestResult(status=ChangeRequestStatus.APPLIED, applied=forced.applied)

    def _continued(self, carried: Carried) -> ChangeRequestInput:
        return self._task.model_copy(update={"carried": carried})

    async def _close(self) -> ChangeRequestResult:
        status = ChangeRequestStatus(self._loop.standing())
        await self._record_end(status, error_code=None)
        return ChangeRequestResult(status=status, applied=self._loop.count(ProposalStatus.APPLIED))

    async def _record_end(self, status: ChangeRequestStatus, *, error_code: str | None) -> None:
        await workflow.execute_local_activity_method(
            CloseChangeRequest.close_change_request,
            CloseRequestInput(
                workspace=self._task.workspace,
                request_id=self._task.request_id,
                status=status,
                error_code=error_code,
            ),
            **steps.SHORT_WRITE,
        )
        self._loop.set_step("Done" if error_code is None else f"Failed: {error_code}", status)
