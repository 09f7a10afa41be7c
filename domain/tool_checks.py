"""Whether a tool connection would have served the calls that were made: against a record of them.

Nothing is ever called. The rules are here; `activities/checking_tools.py` gathers the calls.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, cast

from pydantic import Field

from domain.base import JsonObject, JsonValue, Line, Model
from domain.knowledge import Access, ToolSpec


class ToolProblemKind(StrEnum):
    """What is wrong with a tool, by the calls on record."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong_type"
    NOT_A_CHOICE = "not_a_choice"
    READ_ONLY = "read_only"
    READING_WOULD_DO = "reading_would_do"
    NOT_TOLD = "not_told"
    TAKEN_AWAY = "taken_away"

    @property
    def is_in_the_way(self) -> bool:
        """Whether a call with this problem would not have been served."""
        return self not in {ToolProblemKind.READING_WOULD_DO, ToolProblemKind.NOT_TOLD}


class ToolProblem(Model):
    """What is wrong with some of a tool's calls, by the argument's name and never its value.

    `calls` is 0 where the tool's own name gives it away and no call is on record.
    """

    kind: ToolProblemKind
    argument: str = Field(default="", max_length=300)
    calls: int = Field(ge=0)


class ToolCheck(Model):
    """One tool of a connection, held against the calls by its name: `served` of `calls`."""

    tool: Line
    access: Access
    calls: int = Field(ge=0)
    served: int = Field(ge=0)
    problems: tuple[ToolProblem, ...] = ()


class RecordedCall(NamedTuple):
    """One call that an agent or a human made, and what the conversation had told by then."""

    name: str
    arguments: JsonObject
    changes: bool
    """Whether it changed something, as far as its name tells."""
    told: str = ""
    """All that was said and found out, in small letters."""


_Found = tuple[ToolProblemKind, str]


def check_tool(tool: ToolSpec, calls: Sequence[RecordedCall], *, changes: bool) -> ToolCheck:
    """Return which of the recorded calls the tool would have served, and what was in the way.

    `changes` says whether the tool's own name tells that it changes something.
    """
    found = [set(_problems(tool, call)) for call in calls]
    counts = Counter(problem for problems in found for problem in problems)
    told = [ToolProblem(kind=kind, argument=name, calls=n) for (kind, name), n in counts.items()]
    if not calls and changes and tool.access is Access.READ:
        told.append(ToolProblem(kind=ToolProblemKind.READ_ONLY, calls=0))
    if calls and tool.access is Access.WRITE and not any(call.changes for call in calls):
        told.append(ToolProblem(kind=ToolProblemKind.READING_WOULD_DO, calls=len(calls)))
    return ToolCheck(
        tool=tool.name,
        access=tool.access,
        calls=len(calls),
        served=sum(not any(kind.is_in_the_way for kind, _ in problems) for problems in found),
        problems=tuple(
            sorted(told, key=lambda p: (not p.kind.is_in_the_way, -p.calls, p.argument))
        ),
    )


def check_taken_away(tool: ToolSpec, calls: Sequence[RecordedCall]) -> ToolCheck:
    """Return which recorded calls a tool that a change takes away serves, and would no longer."""
    served = check_tool(tool, calls, changes=tool.access is Access.WRITE).served
    gone = ToolProblem(kind=ToolProblemKind.TAKEN_AWAY, calls=served)
    return ToolCheck(
        tool=tool.name, access=tool.access, calls=len(calls), served=0, problems=(gone,)
    )


def _problems(tool: ToolSpec, call: RecordedCall) -> Iterator[_Found]:
    if call.changes and tool.access is Access.READ:
        yield ToolProblemKind.READ_ONLY, ""
    yield from _of_object(tool.input_schema, call.arguments, "")
    for name in _names(tool.input_schema.get("required")):
        value = call.arguments.get(name)
        if isinstance(value, str) and _identifies(value) and value.lower() not in call.told:
            yield ToolProblemKind.NOT_TOLD, name


def _identifies(value: str) -> bool:
    """Return whether a value has to be told, as an order's number has, and cannot be worked out."""
    return len(value) < 40 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _of_object(
    schema: Mapping[str, Any], value: Mapping[str, JsonValue], path: str
) -> Iterator[_Found]:
    properties = _schema(schema.get("properties"))
    for name in _names(schema.get("required")):
        if name not in value:
            yield ToolProblemKind.MISSING, f"{path}{name}"
    for name, entry in value.items():
        if name in properties:
            yield from _of_value(_schema(properties[name]), entry, f"{path}{name}")
        elif schema.get("additionalProperties") is False:
            yield ToolProblemKind.UNKNOWN, f"{path}{name}"


def _of_value(schema: Mapping[str, Any], value: JsonValue, path: str) -> Iterator[_Found]:
    kinds = _names(schema.get("type")) or _names([schema.get("type")])
    if kinds and not any(_is(kind, value) for kind in kinds):
        yield ToolProblemKind.WRONG_TYPE, path
        return
    choices = schema.get("enum")
    if isinstance(choices, list) and value not in cast(list[Any], choices):
        yield ToolProblemKind.NOT_A_CHOICE, path
    if isinstance(value, dict):
        yield from _of_object(schema, value, f"{path}.")
    if isinstance(value, list):
        for entry in value:
            yield from _of_value(_schema(schema.get("items")), entry, f"{path}[]")


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def _is(kind: str, value: JsonValue) -> bool:
    """Return whether a value is of a JSON Schema type; a type that is none holds anything."""
    types = _TYPES.get(kind)
    if types is None:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, types)


def _schema(value: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def _names(value: object) -> list[str]:
    entries: Iterable[object] = cast(list[object], value) if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, str)]
