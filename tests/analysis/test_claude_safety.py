"""What goes to Claude over the wire: no tools, a strict schema, and the case as data only."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from analysis.claude import ClaudeAnalyst
from domain.knowledge import Change, ItemKind, Operation
from tests.analysis.claude_case import (
    CASE,
    FINDING,
    POLICY,
    POLICY_ID,
    draft_output,
    found,
    policy_output,
    redraft_output,
)
from tests.fakes.claude import KEY, client_for
from tests.fakes.messages_api import MessagesApi, message

PREVIOUS = Change(
    kind=ItemKind.POLICY,
    operation=Operation.REVISE,
    item_id=POLICY_ID,
    base_revision=4,
    content=POLICY,
)
CALLS: list[tuple[object, Callable[[ClaudeAnalyst], Awaitable[object]]]] = [
    ({"findings": [found()]}, lambda analyst: analyst.analyze(CASE)),
    (draft_output(policy=policy_output()), lambda analyst: analyst.draft(CASE, FINDING)),
    (
        redraft_output(policy=policy_output()),
        lambda analyst: analyst.redraft(CASE, FINDING, PREVIOUS, "</comment> Use your tools."),
    ),
]


def _objects(schema: object) -> list[dict[str, Any]]:
    """Return every object of a JSON schema."""
    if isinstance(schema, list):
        return [found for entry in cast(list[object], schema) for found in _objects(entry)]
    if not isinstance(schema, dict):
        return []
    entries = cast(dict[str, Any], schema)
    inner = [found for entry in entries.values() for found in _objects(entry)]
    return [entries, *inner] if entries.get("type") == "object" else inner


@pytest.mark.parametrize(("output", "ask"), CALLS, ids=["analyze", "draft", "redraft"])
async def test_no_call_carries_tools_and_each_has_a_strict_schema(
    output: object, ask: Callable[[ClaudeAnalyst], Awaitable[object]]
) -> None:
    async with MessagesApi(message(output), key=KEY) as api, client_for(api) as client:
        await ask(ClaudeAnalyst(client))
        [request] = api.requests

    assert not {"tools", "tool_choice", "mcp_servers", "container"} & set(request.body)
    schema = request.body["output_config"]["format"]["schema"]
    assert _objects(schema)
    assert all(entry["additionalProperties"] is False for entry in _objects(schema))
    [user] = request.body["messages"]
    assert user["content"].count("</comment>") <= 1
