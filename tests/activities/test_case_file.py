"""Nothing personal of a stored intervention reaches the case that an analyst sees."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest

from activities.case_file import agent_tools, build_case, redact_submission
from domain.cases import Case
from domain.conversation import Submission
from domain.knowledge import ItemKind
from store import interventions
from tests.activities.world import World
from tests.api.rows import Rows, adding
from tests.domain.builders import submission

PERSON = {"name": "Zoë Quillfeather", "email": "zoe.q@example.com", "customer_id": "QX-990812"}
SECRETS = ("Quillfeather", "Zoë", "zoe.q@example.com", "QX-990812", "7946 0958", "marlowe-secret")

RESULTS: dict[str, Any] = {
    "object": PERSON,
    "list": [PERSON, {"note": "Zoë Quillfeather called"}],
    "text": json.dumps(PERSON),
    "text in ASCII": json.dumps(PERSON, ensure_ascii=True),
    "indented text": "\n  " + json.dumps(PERSON, indent=2),
    "text in an object": {"body": json.dumps(PERSON)},
    "as MCP returns it": {"content": [{"type": "text", "text": json.dumps(PERSON)}]},
    "as MCP returns it, in text": json.dumps(
        {"content": [{"type": "text", "text": json.dumps(PERSON)}]}
    ),
}


def leaks(posted: Submission) -> list[str]:
    text = redact_submission(uuid4(), posted).model_dump_json()
    plain = re.sub(r"\\+u00eb", "ë", text)
    return [secret for secret in SECRETS if secret in plain]


@pytest.mark.parametrize("shape", RESULTS)
def test_what_a_tool_returned_names_nobody(shape: str) -> None:
    call = {"name": "get_customer", "arguments": {"q": 1}, "result": RESULTS[shape]}
    posted = submission(
        conversation=[
            {"role": "customer", "text": "Where is it?"},
            {"role": "agent", "text": "I looked.", "tool_calls": [call]},
        ]
    )
    assert leaks(posted) == []


@pytest.mark.parametrize("shape", RESULTS)
def test_what_the_humans_action_returned_names_nobody(shape: str) -> None:
    action = {"system": "crm", "name": "look_up", "result": RESULTS[shape]}
    assert leaks(submission(resolution={"reply": "Sent.", "actions": [action]})) == []


@pytest.mark.parametrize("shape", ["text", "text in ASCII", "as MCP returns it, in text"])
def test_a_tools_own_turn_names_nobody(shape: str) -> None:
    posted = submission(
        conversation=[
            {"role": "customer", "text": "Where is it?"},
            {"role": "tool", "text": RESULTS[shape], "tool_name": "get_customer"},
        ]
    )
    assert leaks(posted) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"query": "Zoë Quillfeather (zoe.q@example.com) asks where it is"},
        {"customer_ref": "QX-990812", "query": "My number is QX-990812, where is it?"},
        {"agent": {"handoff_reason": "zoe.q@example.com wants a human"}},
        {"metadata": {"token": "marlowe-secret", **PERSON}},
        {"resolution": {"reply": "Dear Ms Quillfeather, call +44 20 7946 0958."}},
        {"resolution": {"reply": "Sent.", "decision": "Call back +44 20 7946 0958"}},
        {"resolution": {"reply": "Sent.", "information_used": ["mail of zoe.q@example.com"]}},
    ],
)
def test_no_field_names_anybody(fields: dict[str, Any]) -> None:
    posted = submission(
        conversation=[{"role": "customer", "text": "I am Zoë Quillfeather. Where is it?"}], **fields
    )
    assert leaks(posted) == []


def test_a_value_that_one_field_gives_away_is_hidden_in_the_others() -> None:
    call = {"name": "get_customer", "result": PERSON}
    posted = submission(
        conversation=[
            {"role": "customer", "text": "hi, quillfeather here, my id is qx-990812"},
            {"role": "agent", "text": "I looked.", "tool_calls": [call]},
            {"role": "human", "text": "Done for Quillfeather.", "author": "dana"},
        ]
    )
    case = redact_submission(uuid4(), posted)
    assert "quillfeather" not in case.model_dump_json().casefold()
    assert "990812" not in case.model_dump_json()


def test_what_is_not_personal_is_left_as_it_was() -> None:
    result = json.dumps({"status": "shipped", "days": 3, "tags": ["violin", None, 1.5]})
    call = {"name": "get_order", "arguments": {"days": 3}, "result": result}
    posted = submission(
        conversation=[
            {"role": "customer", "text": "Where is it?"},
            {"role": "agent", "text": "I looked.", "tool_calls": [call]},
        ]
    )
    assert redact_submission(uuid4(), posted).turns[1].tool_calls[0].result == result


@pytest.mark.parametrize("result", ["{", "[1, 2", '{"a": ' * 400, "{not json}", "", "[]"])
def test_text_that_only_looks_like_json_is_still_redacted(result: str) -> None:
    call = {"name": "get", "result": f"{result} zoe.q@example.com"}
    posted = submission(
        conversation=[
            {"role": "customer", "text": "Where is it?"},
            {"role": "agent", "text": "I looked.", "tool_calls": [call]},
        ]
    )
    assert leaks(posted) == []


@pytest.mark.parametrize(
    "result",
    ["[" * 900 + "]" * 900, json.dumps("\ud800"), '{"a": "\\ud800 Zo\\u00eb"}', '["\\u0000"]'],
)
def test_odd_json_in_a_text_stops_nothing(result: str) -> None:
    posted = submission(
        conversation=[
            {"role": "customer", "text": "Where is it?"},
            {"role": "agent", "tool_calls": [{"name": "get", "result": result}]},
        ]
    )
    assert redact_submission(uuid4(), posted).turns[1].tool_calls[0].name == "get"


async def case_of(world: World, posted: Submission) -> Case:
    intervention_id = await world.post(posted)
    async with world.database.transaction(world.workspace) as connection:
        stored = await interventions.get_intervention(connection, world.workspace, intervention_id)
    return await build_case(world.kit, world.workspace, stored)


async def test_the_items_that_the_agent_used_come_first_and_once(world: World) -> None:
    rows = Rows(world.database, world.workspace)
    used, _ = await rows.item(adding("Quite another matter."))
    near, _ = await rows.item(adding("Where is my refund? It was sent."))
    case = await case_of(
        world, submission(agent={"items_used": [str(used), "not-an-id", str(uuid4())]})
    )
    assert [(known.item.id, known.used_by_agent) for known in case.known_items] == [
        (used, True),
        (near, False),
    ]


async def test_items_of_another_workspace_are_not_known(world: World) -> None:
    other = Rows(world.database, f"{world.workspace}-b")
    await world.execute("INSERT INTO workspaces (id) VALUES (%s)", other.workspace)
    item_id, _ = await other.item()
    case = await case_of(world, submission(agent={"items_used": [str(item_id)]}))
    assert case.known_items == ()


@pytest.mark.parametrize(
    ("reported", "expected"),
    [(None, {"called", "get_order"}), ([], {"called"}), (["refund"], {"called", "refund"})],
)
async def test_the_agents_tools_are_those_reported_called_or_else_connected(
    world: World, reported: list[str] | None, expected: set[str]
) -> None:
    rows = Rows(world.database, world.workspace)
    await rows.item(adding("Look an order up.", ItemKind.TOOL_CONNECTION))
    posted = submission(
        conversation=[
            {"role": "customer", "text": "Where is it?"},
            {"role": "agent", "text": "I looked.", "tool_calls": [{"name": "called"}]},
        ],
        agent={"tools_available": reported},
    )
    case = await case_of(world, posted)
    assert case.agent_tools == expected
    assert agent_tools(case, []) <= expected
