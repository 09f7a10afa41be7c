"""The workflow of one checkup: what agents know and should not, put before people."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.close_change_request import CloseChangeRequest, CloseRequestInput
    from activities.find_drift import FindDrift, FindDriftInput, Quarantined
    from activities.force_changes import ForceChanges, ForceInput
    from activities.propose_return import ProposeReturn, ProposeReturnInput
    from domain.change_requests import ChangeRequestStatus
    from workflows import steps
    from workflows.drift_input import DriftInput, DriftResult

_ASKS_WHEN_FORCED = "a quarantine is asked about when it is forced"


@workflow.defn
class DriftWorkflow:
    """Checks one workspace once; a schedule starts it each day, and a lead can at any time.

    1. `find_drift` looks at every item: whose answers keep being followed by an intervention, what
       contradicts a newer item or says what another says, and what nothing has rested on for long.
       The worst become change requests, each with a workflow and reviews of its own; nothing is
       changed by this one.
    2. Only where an administrator has switched the quarantine policy on: `force_changes` takes
       each article out that the policy names, and asks people in the same transaction whether it
       comes back. One that cannot be taken out any more stays as it is.

    The history holds ids and counts. A run that is lost is made up for by the next one.
    """

    @workflow.run
    async def run(self, task: DriftInput) -> DriftResult:
        """Return when everything that was found is in somebody's hands."""
        found = await workflow.execute_activity_method(
            FindDrift.find_drift,
            FindDriftInput(
                workspace=task.workspace,
                checkup_id=workflow.uuid4(),
                started_by=task.started_by,
            ),
            **steps.BULK_WRITE,
            summary="look for what drifts",
        )
        taken_out = 0
        for quarantined in found.quarantined:
            if await self._take_out(task.workspace, quarantined):
                taken_out += 1
        return DriftResult(found=found.found, proposed=found.proposed, quarantined=taken_out)

    async def _take_out(self, workspace: str, quarantined: Quarantined) -> bool:
        """Return whether the article was taken out; people are asked about it then."""
        try:
            await workflow.execute_activity_method(
                ForceChanges.force_changes,
                ForceInput(workspace=workspace, request_id=quarantined.request_id),
                **steps.BULK_WRITE,
                summary="take a failing article out",
            )
        except ActivityError as error:
            code = getattr(error.cause, "type", None) or type(error.cause).__name__
            await self._give_up(workspace, quarantined, code)
            return False
        if not workflow.patched(_ASKS_WHEN_FORCED):
            await workflow.execute_activity_method(
                ProposeReturn.propose_return,
                ProposeReturnInput(
                    workspace=workspace,
                    request_id=quarantined.request_id,
                    item_id=quarantined.item_id,
                ),
                **steps.DATABASE_WRITE,
                summary="ask whether it comes back",
            )
        return True

    async def _give_up(self, workspace: str, quarantined: Quarantined, code: str) -> None:
        await workflow.execute_local_activity_method(
            CloseChangeRequest.close_change_request,
            CloseRequestInput(
                workspace=workspace,
                request_id=quarantined.request_id,
                status=ChangeRequestStatus.FAILED,
                error_code=code,
            ),
            **steps.SHORT_WRITE,
        )
