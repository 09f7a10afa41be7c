"""What lets the API keep our instructions: marked, long enough, and the same to the byte."""

import json

import pytest

from agent.claude import ClaudeAnswerer
from analysis.claude import ClaudeAnalyst
from tests.agent.test_claude import KNOWLEDGE
from tests.analysis.claude_case import CASE, FINDING
from tests.fakes.claude import KEY, client_for
from tests.fakes.messages_api import MessagesApi, Recorded, message

LEAST_TOKENS = 1_024
"""What Sonnet 5 and later keep at least; shorter instructions are read anew, at the full price."""

CHARACTERS_A_TOKEN = 4.6
"""More than English prose with lists has: so this never overstates the tokens."""


async def two_calls(what: str) -> list[Recorded]:
    """Return the requests of two calls about different things."""
    other = CASE.model_copy(update={"ask": "Something else entirely?"})
    async with MessagesApi(key=KEY) as api:
        # Two clients, as two workers have them.
        for case in (CASE, other):
            async with client_for(api) as client:
                analyst = ClaudeAnalyst(client)
                match what:
                    case "analyze":
                        await analyst.analyze(case)
                    case "draft":
                        await analyst.draft(case, FINDING)
                    case _:
                        await ClaudeAnswerer(client).answer(case.ask, KNOWLEDGE)
        return api.requests


@pytest.mark.parametrize("what", ["analyze", "draft", "answer"])
async def test_instructions_are_marked_long_enough_and_never_differ(what: str) -> None:
    first, second = await two_calls(what)
    assert first.body["messages"] != second.body["messages"]
    for part in ("system", "output_config", "model"):
        assert json.dumps(first.body[part]) == json.dumps(second.body[part])
    [block] = first.body["system"]
    assert block["cache_control"] == {"type": "ephemeral"}
    assert len(block["text"]) / CHARACTERS_A_TOKEN >= LEAST_TOKENS


async def test_what_came_from_the_cache_is_counted_and_cheap() -> None:
    reading = {"findings": [{"gap": "none", "summary": "-", "agent_did": "", "human_did": "",
                             "quotes": [{"turn": 0, "text": CASE.turns[0].text[:40]}],
                             "item": "", "confidence": 0.9}]}  # fmt: skip
    cached = {"input_tokens": 400, "cache_read_input_tokens": 1_600, "output_tokens": 100}
    written = {"input_tokens": 400, "cache_creation_input_tokens": 1_600, "output_tokens": 100}
    async with (
        MessagesApi(message(reading, usage=written), message(reading, usage=cached)) as api,
        client_for(api) as client,
    ):
        first, second = [(await ClaudeAnalyst(client).analyze(CASE)).usage for _ in range(2)]
    assert first is not None
    assert second is not None
    assert (first.cache_write_tokens, second.cache_read_tokens) == (1_600, 1_600)
    assert first.cost_usd is not None
    assert second.cost_usd is not None
    assert second.cost_usd < first.cost_usd / 2
