"""Tools held against the calls on record: which they would have served, and what was in the way."""

from typing import Any

import pytest

from domain.base import JsonObject
from domain.knowledge import Access, ToolSpec
from domain.tool_checks import RecordedCall, ToolCheck, ToolProblemKind, check_tool

P = ToolProblemKind


def tool(access: Access = Access.WRITE, **schema: Any) -> ToolSpec:
    return ToolSpec(
        name="issue_refund",
        description="Refund an order.",
        input_schema={"type": "object", **schema},
        access=access,
    )


def call(told: str = "", *, changes: bool = True, **arguments: Any) -> RecordedCall:
    return RecordedCall("issue_refund", arguments, changes, told.lower())


def check(spec: ToolSpec, *calls: RecordedCall) -> ToolCheck:
    return check_tool(spec, calls, changes=True)


def problems(found: ToolCheck) -> list[tuple[ToolProblemKind, str, int]]:
    return [(problem.kind, problem.argument, problem.calls) for problem in found.problems]


def test_what_holds_all_that_is_required_is_served() -> None:
    spec = tool(required=["amount"], properties={"amount": {"type": "number"}})
    found = check(spec, call(amount=5), call(amount=2.5, note="more is taken"))
    assert (found.calls, found.served, found.problems) == (2, 2, ())


def test_what_lacks_a_required_argument_is_not_and_is_counted() -> None:
    spec = tool(required=["amount", "reason"])
    found = check(spec, call(amount=5), call(amount=5), call(amount=5, reason="late"))
    assert (found.calls, found.served) == (3, 1)
    assert problems(found) == [(P.MISSING, "reason", 2)]


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("string", "a", True),
        ("string", 5, False),
        ("integer", 5, True),
        ("integer", 5.0, True),
        ("integer", 5.5, False),
        ("integer", True, False),
        ("number", 5, True),
        ("boolean", True, True),
        ("boolean", "true", False),
        ("array", [1], True),
        ("object", {}, True),
        ("null", None, True),
        (["string", "null"], None, True),
        (["string", "null"], 5, False),
        ("unheard_of", 5, True),
    ],
)
def test_types_are_those_of_json_schema(kind: Any, value: Any, fits: bool) -> None:
    found = check(tool(properties={"x": {"type": kind}}), call(x=value))
    assert problems(found) == ([] if fits else [(P.WRONG_TYPE, "x", 1)])


def test_arguments_within_others_are_named_by_their_path() -> None:
    line: JsonObject = {
        "type": "object",
        "required": ["sku"],
        "properties": {"sku": {"type": "string"}, "size": {"enum": ["small", "large"]}},
        "additionalProperties": False,
    }
    spec = tool(properties={"lines": {"type": "array", "items": line}})
    found = check(spec, call(lines=[{"sku": "V-1", "size": "small"}, {"size": "huge", "note": ""}]))
    assert set(problems(found)) == {
        (P.MISSING, "lines[].sku", 1),
        (P.NOT_A_CHOICE, "lines[].size", 1),
        (P.UNKNOWN, "lines[].note", 1),
    }


def test_a_tool_that_only_reads_serves_no_call_that_changed_something() -> None:
    found = check(tool(Access.READ), call(), call(changes=False))
    assert (found.served, problems(found)) == (1, [(P.READ_ONLY, "", 1)])


def test_without_a_call_its_own_name_tells() -> None:
    assert problems(check(tool(Access.READ))) == [(P.READ_ONLY, "", 0)]
    assert problems(check(tool(Access.WRITE))) == []


def test_a_tool_that_may_change_more_than_was_ever_changed_is_told_and_serves() -> None:
    found = check(tool(Access.WRITE), call(changes=False))
    assert (found.served, problems(found)) == (1, [(P.READING_WOULD_DO, "", 1)])


def test_an_identifier_that_nobody_told_is_named_and_the_call_served() -> None:
    spec = tool(required=["order_id", "amount", "reason"])
    told = call("my order is O-48213", order_id="O-48213", amount=5, reason="late")
    untold = call("my parcel is late", order_id="O-48213", amount=5, reason="late")
    found = check(spec, told, untold)
    assert (found.served, problems(found)) == (2, [(P.NOT_TOLD, "order_id", 1)])


def test_no_value_is_ever_told() -> None:
    spec = tool(required=["a"], properties={"b": {"enum": ["x"]}})
    found = check(spec, call(b="jane@example.com"))
    assert "jane" not in found.model_dump_json()
