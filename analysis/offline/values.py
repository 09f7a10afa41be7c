"""Values of arguments in words that hold for others: never an identifier, a name or a free text."""

import re
from collections.abc import Iterator

from analysis.offline.actions import agent_acts
from analysis.offline.facts import CATEGORY
from analysis.text import humanise, join_words, words
from domain.base import JsonObject, JsonValue
from domain.cases import Case


def describe_value(case: Case, value: JsonValue) -> str:
    """Return a value in words that hold for others: an identifier by the kind of what it names."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, str):
        return _describe_text(case, value)
    if isinstance(value, list):
        return _describe_list(case, value)
    return "another value" if value else "none"


def _describe_list(case: Case, values: list[JsonValue]) -> str:
    """Return a list by the kinds of what its entries identify, or nothing if they show none."""
    if not values:
        return "none"
    kinds: list[str] = []
    for value in values:
        fields = list(value.values()) if isinstance(value, dict) else [value]
        texts = [describe_value(case, v) for v in fields if isinstance(v, str)]
        kinds += [text for text in texts if text][:1]
    return join_words(sorted(kinds)) if len(kinds) == len(values) else ""


def _describe_text(case: Case, text: str) -> str:
    if CATEGORY.fullmatch(text):
        return humanise(text)
    for record in _objects(case):
        own = record.get("id")
        if own == text:
            kinds = [humanise(str(v)) for k, v in record.items() if _is_kind(k, v)]
            if kinds:
                return f"a {kinds[0]}"
    label = re.match(r"([a-z]+(?:_[a-z]+)*)_\w*\d", text)
    return f"a {humanise(label[1])}" if label else ""


def _is_kind(key: str, value: JsonValue) -> bool:
    kind = words(key)[-1:] in (["source"], ["type"], ["kind"], ["category"])
    return kind and isinstance(value, str) and bool(CATEGORY.fullmatch(value))


def _objects(case: Case) -> Iterator[JsonObject]:
    pending: list[JsonValue] = [act.result for act in agent_acts(case)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            pending += list(value.values())
        elif isinstance(value, list):
            pending += value


def found_at(case: Case, value: JsonValue) -> str:
    """Return the field of a tool result in which an identifier stands, as words, or nothing."""
    if not isinstance(value, str):
        return ""
    for act in agent_acts(case):
        if isinstance(act.result, dict):
            path = _path_to(act.result, value)
            if len(path) >= 2:
                return f"{humanise(path[0])} of `{act.name}`"
    return ""


def list_of(case: Case, value: str) -> str:
    """Return the list of a tool result that holds a value, such as `passengers`, or nothing."""
    for act in agent_acts(case):
        if isinstance(act.result, dict):
            path = _path_to(act.result, value)
            if len(path) >= 2 and isinstance(act.result[path[0]], list):
                return humanise(path[0])
    return ""


def _path_to(record: JsonObject, value: str) -> list[str]:
    for key, inner in record.items():
        if inner == value:
            return [key]
        elements = inner if isinstance(inner, list) else [inner]
        for element in elements:
            if isinstance(element, dict) and (path := _path_to(element, value)):
                return [key, *path]
    return []
