"""The body of `POST /v1/interventions`: what is required, refused, and named in the error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.base import MAX_JSON_DEPTH
from domain.conversation import MAX_TURNS, InterventionStatus, Role, Submission
from tests.domain.builders import posted, submission
from tests.domain.strategies import json_objects, words

REQUIRED = {"source", "external_id", "conversation", "resolution"}
CUSTOMER = {"role": "customer", "text": "Where is my refund?"}
AGENT = {"role": "agent", "text": "One moment.", "tool_calls": [{"name": "get_order"}]}

FULL: dict[str, Any] = {
    "occurred_at": "2026-03-31T09:12:00Z",
    "channel": "email",
    "language": "en-GB",
    "customer_ref": "c-7719",
    "query": "Where is the refund?",
    "conversation": [
        {**CUSTOMER, "at": "2026-03-31T09:12:00+02:00"},
        {
            "role": "agent",
            "text": "",
            "tool_calls": [{"name": "get_order", "arguments": {"id": 7}, "result": "paid"}],
        },
        {"role": "tool", "tool_name": "get_order", "text": "paid"},
        {"role": "human", "text": "It was sent today.", "author": "dana"},
    ],
    "agent": {
        "name": "bot",
        "model": "m",
        "handoff_reason": "unsure",
        "items_used": [],
        "tools_available": ["get_order"],
    },
    "resolution": {
        "by": "dana",
        "reply": "It was sent today.",
        "decision": "refund",
        "information_used": ["ledger"],
        "actions": [
            {"system": "billing", "name": "issue_refund", "arguments": {"a": 1}, "result": "ok"}
        ],
    },
    "metadata": {"team": "east"},
}


def put(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return the body with the value at a path such as `conversation.0.text`."""
    changed: Any = json.loads(json.dumps(body))
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    node = changed
    for part in parents:
        node = node[part]
    node[last] = value
    return changed


def complaints(body: object) -> dict[str, str]:
    """Return the messages of the refusal by the path of the field."""
    with pytest.raises(ValidationError) as refused:
        Submission.model_validate(body)
    return {".".join(map(str, e["loc"])): e["msg"] for e in refused.value.errors()}


def test_four_fields_are_enough() -> None:
    assert set(posted()) == REQUIRED
    assert submission().language == "en"


@pytest.mark.parametrize("field", sorted(REQUIRED))
def test_each_of_the_four_is_required(field: str) -> None:
    body = posted()
    del body[field]
    assert complaints(body) == {field: "Field required"}


def test_the_whole_contract_is_taken() -> None:
    body = submission(**FULL)
    assert [turn.role for turn in body.conversation] == [
        Role(t["role"]) for t in FULL["conversation"]
    ]
    assert body.resolution.actions[0].arguments == {"a": 1}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("source", ""),
        ("source", "a\0"),
        ("external_id", 7),
        ("external_id", "x" * 301),
        ("conversation", []),
        ("conversation.0.role", "boss"),
        ("conversation.0.text", "a\0b"),
        ("conversation.0.text", "\ud800"),
        ("conversation.0.text", "x" * 20_001),
        ("conversation.0.at", "2026-03-31T09:12:00"),
        ("conversation.0.at", "0001-01-01T00:00:00Z"),
        ("conversation.1.tool_calls.0.name", ""),
        ("conversation.1.tool_calls.0.arguments", {"a": float("nan")}),
        ("conversation.1.tool_calls.0.arguments", {"a": {"b\0": 1}}),
        ("conversation.1.tool_calls.0.arguments", []),
        ("conversation.1.tool_calls.0.result", float("inf")),
        ("conversation.1.tool_calls.0.result", ["\0"]),
        ("resolution.by", "  "),
        ("resolution.reply", "a\0b"),
        ("resolution.actions.0.system", ""),
        ("resolution.actions.0.arguments", {"a": 10**400}),
        ("resolution.actions.0.result", "\udc00"),
        ("resolution.information_used.0", ""),
        ("occurred_at", "2026-03-31T09:12:00"),
        ("occurred_at", "9999-12-31T23:59:59-14:00"),
        ("language", "english!"),
        ("query", "\0"),
        ("agent.tools_available.0", "\0"),
        ("metadata", {"a": "\0"}),
        ("metadata", {"a": float("nan")}),
        ("customer_ref", ""),
    ],
)
def test_the_error_names_the_field(path: str, value: object) -> None:
    assert list(complaints(put(posted(**FULL), path, value))) == [path]


@pytest.mark.parametrize(
    "path",
    ["extra", "conversation.0.extra", "resolution.extra", "agent.extra", "resolution.actions.0.x"],
)
def test_an_unknown_field_is_named(path: str) -> None:
    assert list(complaints(put(posted(**FULL), path, 1))) == [path]


def test_absurdly_deep_json_is_named_shortly() -> None:
    value: object = 1
    for _ in range(MAX_JSON_DEPTH + 1):
        value = {"a": value}
    refused = complaints(posted(metadata=value))
    assert list(refused) == ["metadata"]
    assert len(refused["metadata"]) < 100


@pytest.mark.parametrize(
    ("conversation", "words"),
    [
        ([AGENT], "customer"),
        ([{"role": "system", "text": "hello"}], "customer"),
        ([CUSTOMER] + [{**CUSTOMER, "text": "x" * 20_000}] * 51, "characters"),
    ],
)
def test_a_conversation_has_a_customer_and_an_end(conversation: list[Any], words: str) -> None:
    [message] = complaints(posted(conversation=conversation)).values()
    assert "conversation" in message
    assert words in message


def test_a_conversation_has_a_limit_of_turns() -> None:
    assert list(complaints(posted(conversation=[CUSTOMER] * (MAX_TURNS + 1)))) == ["conversation"]
    assert len(submission(conversation=[CUSTOMER] * MAX_TURNS).conversation) == MAX_TURNS


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ({"role": "human", "text": " "}, "needs a text"),
        ({"role": "human", "text": "a", "tool_calls": [{"name": "x"}]}, "only a turn of role"),
    ],
)
def test_a_turn_says_something_and_only_the_agent_calls_tools(
    turn: dict[str, Any], words: str
) -> None:
    assert words in complaints(posted(conversation=[CUSTOMER, turn]))["conversation.1"]


@pytest.mark.parametrize("resolution", [{}, {"reply": " "}, {"decision": "no", "by": "dana"}])
def test_a_resolution_has_a_reply_or_an_action(resolution: dict[str, Any]) -> None:
    assert "reply or at least one action" in complaints(posted(resolution=resolution))["resolution"]


def test_an_action_alone_resolves() -> None:
    action = {"system": "billing", "name": "issue_refund"}
    assert submission(resolution={"actions": [action]}).resolution.reply == ""


@given(json_objects, words)
def test_any_json_and_text_that_can_be_stored_is_kept(metadata: dict[str, Any], text: str) -> None:
    body = submission(metadata=metadata, query=text)
    assert body.metadata == metadata
    assert Submission.model_validate_json(body.model_dump_json()).body_hash() == body.body_hash()


@given(json_objects, st.randoms())
def test_the_same_body_in_another_order_is_the_same(metadata: dict[str, Any], random: Any) -> None:
    body = posted(**{**FULL, "metadata": metadata})
    fields = list(body.items())
    random.shuffle(fields)
    again = Submission.model_validate(dict(fields))
    assert again.body_hash() == Submission.model_validate(body).body_hash()


def test_saying_a_default_changes_nothing() -> None:
    said = submission(language="en", metadata={}, agent={}, query=None)
    assert said.body_hash() == submission().body_hash()


def test_one_instant_in_two_zones_is_one_body() -> None:
    one, other = "2026-03-31T09:12:00Z", "2026-03-31T11:12:00+02:00"
    assert submission(occurred_at=one).body_hash() == submission(occurred_at=other).body_hash()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("external_id", "48214"),
        ("conversation.0.text", "Where is my money?"),
        ("conversation.1.tool_calls.0.arguments", {"id": 8}),
        ("resolution.reply", "It was sent yesterday."),
        ("resolution.actions.0.result", None),
        ("occurred_at", "2026-03-31T09:12:01Z"),
        ("metadata", {"team": "west"}),
    ],
)
def test_another_body_has_another_hash(path: str, value: object) -> None:
    changed = Submission.model_validate(put(posted(**FULL), path, value))
    assert changed.body_hash() != submission(**FULL).body_hash()


@pytest.mark.parametrize(
    ("texts", "query", "ask"),
    [
        (["Hi", "Where is my refund then?"], None, "Where is my refund then?"),
        (["Hi", "Hello?"], None, "Hi"),
        (["Hi there, where is it?", "Hello once more to you"], None, "Hi there, where is it?"),
        (["Where is my refund then?"], "refund", "refund"),
        (["Where is my refund then?"], "  ", "Where is my refund then?"),
    ],
)
def test_the_ask_is_the_query_or_the_first_turn_that_asks(
    texts: list[str], query: str | None, ask: str
) -> None:
    turns = [{"role": "customer", "text": text} for text in texts]
    assert submission(conversation=turns, query=query).ask() == ask


def test_an_intervention_is_over_once_nothing_waits_or_works() -> None:
    assert {status for status in InterventionStatus if not status.is_final} == {
        InterventionStatus.RECEIVED,
        InterventionStatus.ANALYZING,
        InterventionStatus.IN_REVIEW,
        InterventionStatus.PARKED,
    }


@pytest.mark.parametrize(
    ("by", "writers", "author"),
    [
        ("dana", ["eve"], "dana"),
        (None, ["eve", "dana"], "dana"),
        (None, ["dana", None], "dana"),
        (None, [None], None),
        (None, [], None),
    ],
)
def test_the_author_is_who_resolved_it_or_wrote_last(
    by: str | None, writers: list[str | None], author: str | None
) -> None:
    turns = [{"role": "human", "text": "It was sent.", "author": writer} for writer in writers]
    found = submission(
        conversation=[CUSTOMER, {**CUSTOMER, "author": "carl"}, *turns],
        resolution={"by": by, "reply": "It was sent."},
    )
    assert found.author() == author
