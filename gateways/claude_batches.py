"""Asks Claude many questions at once by the Message Batches API: half the price, within a day."""

from collections.abc import AsyncGenerator, Awaitable, Mapping
from typing import Any, NamedTuple, TypeVar

from anthropic import AsyncAnthropic
from anthropic.types import Message
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from gateways.claude_client import ClaudeClient, Question
from gateways.claude_failures import failure_of
from gateways.errors import ModelError, ModelUnavailableError

GivenT = TypeVar("GivenT")

MAX_REQUESTS = 100_000
MAX_BYTES = 256_000_000
"""What the API takes in one batch."""


class BatchAnswer(NamedTuple):
    """What became of one question; the message is None unless Claude answered."""

    key: str
    message: Message | None
    fate: str
    """`succeeded`, `errored`, `canceled` or `expired`."""


class ClaudeBatches:
    """The batches of one client, whose provider must be Anthropic itself."""

    def __init__(self, client: ClaudeClient) -> None:
        """Use the client's connections and settings."""
        self.client = client

    async def create(self, questions: Mapping[str, Question[Any, Any]]) -> str:
        """Send questions by their keys (letters, digits, `-`, `_`); return the batch's id."""
        created = await _named(
            self._sdk.messages.batches.create(
                requests=[
                    {"custom_id": key, "params": self.client.params_of(question)}
                    for key, question in questions.items()
                ]
            )
        )
        return _as_batch(created).id

    async def has_ended(self, batch_id: str) -> bool:
        """Return whether the answers are there; raises ModelRequestError for an unknown batch."""
        batch = _as_batch(await _named(self._sdk.messages.batches.retrieve(batch_id)))
        return batch.processing_status == "ended"

    async def answers(self, batch_id: str) -> AsyncGenerator[BatchAnswer]:
        """Yield the answers of a batch that has ended, streamed, in any order."""
        decoder = await _named(self._sdk.messages.batches.results(batch_id))
        lines = aiter(decoder)
        while (line := await _named(anext(lines, None))) is not None:
            yield _answer_of(line)

    async def delete(self, batch_id: str) -> None:
        """Delete a batch that has ended, with all that it holds."""
        await _named(self._sdk.messages.batches.delete(batch_id))

    @property
    def _sdk(self) -> AsyncAnthropic:
        sdk = self.client.sdk
        if not isinstance(sdk, AsyncAnthropic):
            raise TypeError("only Anthropic's own API has batches of this kind")
        return sdk


async def _named(call: Awaitable[GivenT]) -> GivenT:
    """Return what the call returns, or raise its failure's named error without the original."""
    failure: ModelError | None = None
    try:
        return await call
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
    raise failure


def _as_batch(given: object) -> MessageBatch:
    if not isinstance(given, MessageBatch):
        raise ModelUnavailableError("what answered is not the Message Batches API")
    return given


def _answer_of(line: object) -> BatchAnswer:
    if not isinstance(line, MessageBatchIndividualResponse):
        raise ModelUnavailableError("what answered is not the Message Batches API")
    result = line.result
    message = result.message if result.type == "succeeded" else None
    return BatchAnswer(line.custom_id, message, result.type)
