"""The meter: asked before each call, told after it, however it ends."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel

from domain.findings import ModelUsage
from domain.model_calls import CallOutcome, ModelCall, ServiceTier
from gateways.claude_client import ClaudeClient, Question
from gateways.claude_meter import current_meter, metered
from gateways.claude_prices import load_prices
from gateways.errors import BudgetUsedUpError, ModelError, ModelOutputInvalidError
from tests.fakes.claude import client_for
from tests.fakes.messages_api import MessagesApi, Reply, error, message


class Word(BaseModel):
    """What the tests ask for."""

    word: str


Read = Callable[[Word, ModelUsage], str]


class Notebook:
    """Keeps what it is told; admits calls unless it is told not to."""

    def __init__(self, *, admits: bool = True) -> None:
        self.admits = admits
        self.calls: list[ModelCall] = []

    async def admit(self) -> None:
        if not self.admits:
            raise BudgetUsedUpError

    async def record(self, call: ModelCall) -> None:
        self.calls.append(call)


def accepting(output: Word, usage: ModelUsage) -> str:
    return output.word


def refusing(output: Word, usage: ModelUsage) -> str:
    raise ModelOutputInvalidError("against a rule", usage=usage)


async def ask(client: ClaudeClient, read: Read = accepting) -> str:
    return await client.ask(Question("be brief", "a word", Word, read))


@pytest.mark.parametrize(
    ("reply", "read", "outcome", "output_tokens"),
    [
        (message({"word": "yes"}), accepting, CallOutcome.OK, 200),
        (message({"word": "yes"}), refusing, CallOutcome.INVALID, 200),
        (message({"no": "word"}), accepting, CallOutcome.INVALID, 200),
        (message("", stop_reason="max_tokens"), accepting, CallOutcome.INVALID, 200),
        (message("", stop_reason="refusal"), accepting, CallOutcome.REFUSED, 200),
        (error(529, "overloaded_error"), accepting, CallOutcome.FAILED, 0),
    ],
    ids=["ok", "rule", "schema", "cut off", "refused", "failed"],
)
async def test_every_call_is_recorded_however_it_ends(
    reply: Reply, read: Read, outcome: CallOutcome, output_tokens: int
) -> None:
    meter = Notebook()
    async with MessagesApi(reply) as api, client_for(api) as client:
        with metered(meter):
            if outcome is CallOutcome.OK:
                assert await ask(client, read) == "yes"
            else:
                with pytest.raises(ModelError):
                    await ask(client, read)
    [call] = meter.calls
    assert (call.outcome, call.usage.output_tokens) == (outcome, output_tokens)
    assert call.model == "claude-sonnet-5-5"
    assert (call.usage.cost_usd or 0) > 0 or outcome is CallOutcome.FAILED


async def test_a_call_that_is_not_admitted_is_not_made() -> None:
    meter = Notebook(admits=False)
    async with MessagesApi() as api, client_for(api) as client:
        with metered(meter), pytest.raises(BudgetUsedUpError):
            await ask(client)
        assert api.requests == []
    assert meter.calls == []


def test_the_meter_ends_with_its_block() -> None:
    with metered(Notebook()):
        assert current_meter() is not None
    assert current_meter() is None


def test_a_batch_costs_half() -> None:
    usage = ModelUsage(input_tokens=1_000, output_tokens=100, cache_read_tokens=50)
    alone = load_prices().cost_of_call("claude-sonnet-5-5", usage)
    batched = load_prices().cost_of_call("claude-sonnet-5-5", usage, ServiceTier.BATCH)
    assert alone is not None
    assert batched == alone / 2
