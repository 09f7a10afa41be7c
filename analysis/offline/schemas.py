"""JSON Schema inferred from the calls that were observed."""

import re
from collections.abc import Sequence
from typing import cast

from analysis.text import PLACEHOLDER, humanise
from domain.base import JsonObject, JsonValue, canonical_json

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URI = re.compile(r"https?://\S+")
_CHOICE = re.compile(r"[a-z][a-z_/-]{1,30}")

_ENUM_CALLS = 3
"""Fewer observed values than this never make an enumeration: the next call may hold another."""


def infer_arguments(calls: Sequence[JsonObject]) -> JsonObject:
    """Return an object schema that accepts every observed call.

    An argument is required if every call has it. The schema stays open to further arguments,
    because a few calls do not show all that a tool takes.
    """
    return _infer_object(calls, path="")


def _infer_object(values: Sequence[JsonObject], path: str) -> JsonObject:
    names = list(dict.fromkeys(name for value in values for name in value))
    properties: JsonObject = {}
    for name in names:
        observed = [value[name] for value in values if name in value]
        properties[name] = _infer(observed, f"{path}{name}")
    required = [name for name in names if all(name in value for value in values)]
    schema: JsonObject = {"type": "object", "properties": properties}
    if required:
        schema["required"] = cast(list[JsonValue], required)
    return schema


def _infer(values: Sequence[JsonValue], path: str) -> JsonObject:
    kinds = sorted({_type_of(value) for value in values})
    if kinds == ["integer", "number"]:
        kinds = ["number"]
    if len(kinds) > 1:
        return {"type": cast(list[JsonValue], kinds), "description": _describe(path)}
    kind = kinds[0]
    if kind == "object":
        return _infer_object([cast(JsonObject, value) for value in values], f"{path}.")
    if kind == "array":
        elements = [e for value in values for e in cast(list[JsonValue], value)]
        schema: JsonObject = {"type": "array", "description": _describe(path)}
        return {**schema, "items": _infer(elements, path)} if elements else schema
    return {"type": kind, **_restrict(kind, values), "description": _describe(path, values)}


def _type_of(value: JsonValue) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _restrict(kind: str, values: Sequence[JsonValue]) -> JsonObject:
    if kind != "string":
        return {}
    texts = [cast(str, value) for value in values]
    for pattern, name in ((_DATE, "date"), (_EMAIL, "email"), (_URI, "uri")):
        if all(pattern.fullmatch(text) for text in texts):
            return {"format": name}
    if all(_DATE_TIME.fullmatch(text) for text in texts):
        return {"format": "date-time"}
    choices = sorted(set(texts))
    repeats = len(texts) >= _ENUM_CALLS and len(choices) < len(texts)
    if repeats and len(choices) <= 6 and all(_CHOICE.fullmatch(c) for c in choices):
        return {"enum": cast(list[JsonValue], choices)}
    return {}


def _describe(path: str, values: Sequence[JsonValue] = ()) -> str:
    """Return the argument's name as words, with an example that names nobody."""
    label = humanise(path.rsplit(".", 1)[-1])
    examples = [value for value in values if _may_be_shown(value)]
    if not examples:
        return f"The {label}."
    shown = examples[0] if isinstance(examples[0], str) else canonical_json(examples[0])
    return f"The {label}, for example {shown}."


def _may_be_shown(value: JsonValue) -> bool:
    if isinstance(value, bool | int | float):
        return True
    if not isinstance(value, str) or PLACEHOLDER.search(value):
        return False
    return bool(
        _CHOICE.fullmatch(value) or _DATE.fullmatch(value) or re.fullmatch(r"[\d/.]+", value)
    )
