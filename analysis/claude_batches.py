"""The analyst that asks Claude in batches: the same questions and checks, at half the price."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from analysis.claude import ClaudeAnalyst
from domain.batches import BatchReply
from domain.cases import Case, Reading
from domain.model_calls import ServiceTier
from gateways.claude_batches import BatchAnswer, ClaudeBatches
from gateways.claude_client import as_message
from gateways.errors import ModelUnavailableError

_CHARACTERS_A_TOKEN = 3
_OUTPUT_TOKENS = 2_000
"""A cautious guess of both: what a batch may take is set aside before it is sent."""


class ClaudeBatchAnalyst:
    """Reads cases as `ClaudeAnalyst` does, many at once. Drafts are not its business."""

    def __init__(self, analyst: ClaudeAnalyst, batches: ClaudeBatches) -> None:
        """Ask the analyst's questions in batches."""
        self._analyst = analyst
        self._batches = batches
        self.info = analyst.info

    def estimate(self, case: Case) -> int:
        """Return about how many tokens the case will take, rather too many."""
        question = self._analyst.question_about(case)
        characters = len(question.system) + len(question.user)
        return characters // _CHARACTERS_A_TOKEN + _OUTPUT_TOKENS

    async def submit(self, cases: Sequence[Case]) -> str:
        """Send cases off, each under its intervention's id; return the batch's id."""
        return await self._batches.create(
            {str(case.intervention_id): self._analyst.question_about(case) for case in cases}
        )

    async def has_ended(self, batch_id: str) -> bool:
        """Return whether the batch's replies are there."""
        return await self._batches.has_ended(batch_id)

    async def replies(self, batch_id: str) -> AsyncGenerator[BatchReply]:
        """Yield the replies of a batch that has ended, in any order."""
        async for answer in self._batches.answers(batch_id):
            yield self._reply(answer)

    async def discard(self, batch_id: str) -> None:
        """Delete the batch at Anthropic, where it would be kept for weeks."""
        await self._batches.delete(batch_id)

    def _reply(self, answer: BatchAnswer) -> BatchReply:
        def read(case: Case) -> Reading:
            if answer.message is None:
                raise ModelUnavailableError(f"the request in the batch {answer.fate}")
            message = as_message(answer.message)
            client = self._batches.client
            usage = client.usage_of(message.usage, ServiceTier.BATCH)
            return client.read(self._analyst.question_about(case), message, usage)

        return BatchReply(UUID(answer.key), read)
