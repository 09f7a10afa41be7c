"""Takes in what a batch brought, once it has ended."""

from collections.abc import Mapping
from uuid import UUID

from temporalio import activity

from activities.case_file import redact_submission
from activities.embedding import embed_text
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.storing_reading import store_reading
from domain.base import Message
from domain.batches import BatchAnalyst, BatchReadingStatus, BatchReply
from domain.cases import Case, KnownItem, Reading
from domain.errors import QuoteNotFoundError
from domain.findings import check_quotes
from domain.model_calls import CallOutcome, CallPurpose, ModelCall, ServiceTier
from gateways.claude_meter import failed_call
from gateways.errors import ModelError, ModelOutputInvalidError, ModelRequestError
from store import batch_readings, interventions, knowledge, model_usage
from store.batch_readings import SubmittedReading


class CollectBatchInput(Message):
    """Which batch to look after."""

    workspace: str
    batch_id: str


class CollectBatchResult(Message):
    """Whether the batch has ended; then everything that it brought is stored."""

    ended: bool


class CollectBatch:
    """Holds the analyst of batches, the embedder and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def collect_batch(self, task: CollectBatchInput) -> CollectBatchResult:
        """Store the readings of a batch that has ended, and let their workflows begin.

        A reply that is missing or cannot be used leaves its intervention to a call of its own.
        Side effects, in one transaction each: a row of `analyses` keyed by the intervention, its
        usage at a batch's price, the end of its wait, and the start of its workflow; at the end
        the batch is deleted at the service. What an earlier attempt has stored stands. Permanent
        failures: those of the model that say so, but an unknown batch is one without replies.
        """
        batches = self._kit.batches
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                listed = await batch_readings.list_submitted(
                    connection, task.workspace, task.batch_id
                )
            wanted = {reading.intervention_id: reading for reading in listed}
            if batches is not None:
                try:
                    if wanted and not await batches.has_ended(task.batch_id):
                        return CollectBatchResult(ended=False)
                    if wanted:
                        await self._take_in(task, batches, wanted)
                    # Also if an earlier attempt has stored everything, and could not delete it.
                    await batches.discard(task.batch_id)
                except ModelRequestError:
                    # The service does not know it any more.
                    pass
            await self._leave_alone(task, wanted)
            return CollectBatchResult(ended=True)

    async def _take_in(
        self,
        task: CollectBatchInput,
        batches: BatchAnalyst,
        wanted: Mapping[UUID, SubmittedReading],
    ) -> None:
        async for reply in batches.replies(task.batch_id):
            submitted = wanted.get(reply.intervention_id)
            if submitted is not None:
                await self._store(task.workspace, batches, submitted, reply)

    async def _store(
        self,
        workspace: str,
        batches: BatchAnalyst,
        submitted: SubmittedReading,
        reply: BatchReply,
    ) -> None:
        case = await self._case(workspace, submitted)
        model = batches.info.model or batches.info.name
        reading: Reading | None = None
        try:
            reading = _checked(reply, case)
            usage = reading.usage
            call = ModelCall(model=model, outcome=CallOutcome.OK, tier=ServiceTier.BATCH)
            call = call.model_copy(update={"usage": usage or call.usage})
        except ModelError as error:
            call = failed_call(model, error, ServiceTier.BATCH)
        embedding = await embed_text(self._kit, case.ask) if reading else None
        async with self._kit.database.transaction(workspace) as connection:
            status = BatchReadingStatus.READ if reading else BatchReadingStatus.FELL_BACK
            if not await batch_readings.finish(connection, workspace, case.intervention_id, status):
                return
            await model_usage.record_call(
                connection,
                workspace,
                CallPurpose.ANALYZE,
                call,
                intervention_id=case.intervention_id,
            )
            if reading and embedding:
                await store_reading(
                    connection,
                    workspace,
                    case,
                    reading,
                    analyst=batches.info,
                    embedding=embedding,
                )

    async def _case(self, workspace: str, submitted: SubmittedReading) -> Case:
        """Return the case that was sent, with the items in the order of their references.

        Of one that was erased meanwhile only what is left: then no quote is found in it. If an
        item is gone there are none: a reply that refers to any is then invalid.
        """
        async with self._kit.database.transaction(workspace) as connection:
            intervention = await interventions.get_intervention(
                connection, workspace, submitted.intervention_id
            )
            items = await knowledge.get_items(connection, workspace, submitted.known_items)
        by_id = {item.id: item for item in items}
        shown = [by_id.get(item_id) for item_id in submitted.known_items]
        known = tuple(KnownItem(item=item, score=0.0) for item in shown if item is not None)
        if len(known) < len(shown):
            known = ()
        case = redact_submission(intervention.id, intervention.submission)
        return case.model_copy(update={"known_items": known})

    async def _leave_alone(
        self, task: CollectBatchInput, wanted: Mapping[UUID, SubmittedReading]
    ) -> None:
        """Let those begin that the batch has brought nothing for; the others have begun."""
        for intervention_id in wanted:
            async with self._kit.database.transaction(task.workspace) as connection:
                status = BatchReadingStatus.FELL_BACK
                await batch_readings.finish(connection, task.workspace, intervention_id, status)


def _checked(reply: BatchReply, case: Case) -> Reading:
    """Return the reading if every quote in it is found; raises a ModelError."""
    reading = reply.read(case)
    try:
        for finding in reading.findings:
            check_quotes(finding, case.turns, case.resolution_texts())
    except QuoteNotFoundError as error:
        problem = str(error)
    else:
        return reading
    raise ModelOutputInvalidError(problem, usage=reading.usage)
