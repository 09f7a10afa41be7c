"""Sends off a batch of the interventions that wait for one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from temporalio import activity

from activities.case_file import build_case
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.metering import tokens_left
from domain.base import Message
from domain.batches import BatchAnalyst, BatchReadingStatus
from domain.cases import Case
from domain.model_calls import until_next_day
from gateways.errors import ModelError
from store import batch_readings, interventions
from store.batch_readings import SubmittedReading

MOST_CASES = 500
"""How many interventions go into one batch: their cases are held in memory."""


class SubmitBatchInput(Message):
    """Whose waiting interventions to send off."""

    workspace: str


class SubmitBatchResult(Message):
    """What is under way, and what is left to do."""

    open_batches: tuple[str, ...] = ()
    waiting: int = 0
    """How many wait for a batch still, up to one batch's size."""
    budget_in: timedelta | None = None
    """How long until there is a token budget again, if it is used up."""


class SubmitBatch:
    """Holds the analyst of batches and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def submit_batch(self, task: SubmitBatchInput) -> SubmitBatchResult:
        """Create one batch of what waits, as far as the day's token budget goes.

        What the batch may take is set aside in the budget until it ends. An analyst without
        batches, and one whose service rejects the batch, leave each intervention to its own
        workflow, which then says what is wrong. Side effects: the batch, and rows of
        `batch_readings`, keyed by the intervention. An attempt that is lost between the two is
        paid for twice: its batch is never read. No permanent failure.
        """
        async with told_to_temporal(), heartbeats():
            waiting = await self._waiting(task.workspace)
            left = await self._tokens_left(task.workspace) if waiting else None
            batches = self._kit.batches
            if batches is None:
                await self._leave_alone(task.workspace, waiting)
            elif waiting and (left is None or left > 0):
                await self._submit(task.workspace, batches, waiting, left)
            return await self._result(task.workspace)

    async def _submit(
        self, workspace: str, batches: BatchAnalyst, waiting: Sequence[UUID], left: int | None
    ) -> None:
        cases: dict[UUID, Case] = {}
        reserved: dict[UUID, int] = {}
        for intervention_id in waiting:
            case = await self._case(workspace, intervention_id)
            if case is None:
                await self._leave_alone(workspace, [intervention_id])
                continue
            tokens = batches.estimate(case)
            if left is not None and sum(reserved.values()) + tokens > left and reserved:
                break
            cases[intervention_id], reserved[intervention_id] = case, tokens
        if not cases:
            return
        try:
            batch_id = await batches.submit(list(cases.values()))
        except ModelError as error:
            if error.retryable:
                raise
            await self._leave_alone(workspace, list(cases))
            return
        readings = [
            SubmittedReading(
                case.intervention_id,
                [known.item.id for known in case.known_items],
                reserved[case.intervention_id],
            )
            for case in cases.values()
        ]
        async with self._kit.database.transaction(workspace) as connection:
            await batch_readings.mark_submitted(connection, workspace, batch_id, readings)

    async def _case(self, workspace: str, intervention_id: UUID) -> Case | None:
        """Return the redacted case, or None of an intervention that was erased."""
        async with self._kit.database.transaction(workspace) as connection:
            found = await interventions.get_intervention(connection, workspace, intervention_id)
        return None if found.erased_at else await build_case(self._kit, workspace, found)

    async def _leave_alone(self, workspace: str, waiting: Sequence[UUID]) -> None:
        for intervention_id in waiting:
            async with self._kit.database.transaction(workspace) as connection:
                status = BatchReadingStatus.FELL_BACK
                await batch_readings.finish(connection, workspace, intervention_id, status)

    async def _waiting(self, workspace: str) -> list[UUID]:
        async with self._kit.database.transaction(workspace) as connection:
            return await batch_readings.list_waiting(connection, workspace, limit=MOST_CASES)

    async def _tokens_left(self, workspace: str) -> int | None:
        async with self._kit.database.transaction(workspace) as connection:
            return await tokens_left(connection, workspace, datetime.now(UTC))

    async def _result(self, workspace: str) -> SubmitBatchResult:
        waiting = await self._waiting(workspace)
        left = await self._tokens_left(workspace) if waiting else None
        async with self._kit.database.transaction(workspace) as connection:
            open_batches = await batch_readings.list_open_batches(connection, workspace)
        is_used_up = left is not None and left <= 0
        return SubmitBatchResult(
            open_batches=tuple(open_batches),
            waiting=len(waiting),
            budget_in=until_next_day(datetime.now(UTC)) if is_used_up else None,
        )
