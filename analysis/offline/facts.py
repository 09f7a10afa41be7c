"""Facts of a case as conditions that hold for others too: from tool results and arguments.

A condition never holds an identifier, a name or a free text; it says which field had which value,
in the words that a policy would use.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from analysis.offline.actions import Act, agent_acts, is_identifier_key, read_json
from analysis.text import STOPWORDS, humanise, stem, stems, words
from domain.base import JsonObject, JsonValue
from domain.cases import Case
from domain.conversation import Role

_CATEGORY = re.compile(r"[a-z][a-z_]*(?: [a-z]+){0,2}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")
_DURATION = re.compile(
    r"\b(?:within|under|less than|more than|first|last|over|after|inside|older than|up to)\s+"
    r"(?:the\s+)?(?P<n>\d+)\s+(?P<unit>hour|day|week|month)s?\b(?P<rest>[^.;,]{0,40})",
    re.IGNORECASE,
)
_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730}


@dataclass(frozen=True)
class Condition:
    """One fact: what it is of, what it is, and how near it is to the policy's words."""

    subject: str
    text: str
    weight: float


@dataclass(frozen=True)
class Fact:
    """A scalar, a count or a time found in a tool result, under its last key."""

    key: str
    value: JsonValue
    listed: bool = False


def conditions(case: Case, acts: Sequence[Act], policy_text: str) -> list[Condition]:
    """Return the facts of what was acted upon that bear on the policy, weightiest first."""
    records = relevant_records(case, acts)
    now = time_of(case)
    found: dict[str, Condition] = {}
    for fact in (fact for record in records for fact in facts_of(record)):
        condition = _condition(fact, policy_text, now)
        # The first record is the one acted upon; what others say of the same field is not it.
        if condition is not None and condition.subject not in found:
            found[condition.subject] = condition
    return sorted(found.values(), key=lambda c: (-c.weight, c.subject))


def relevant_records(case: Case, acts: Sequence[Act]) -> list[JsonObject]:
    """Return the tool results about what `acts` name: their own object first, then its owner's."""
    wanted = {value for act in acts for value in _identifiers(act.arguments)}
    # What an act created or changed shows its outcome, not the state that it was decided on.
    changed = {id(act) for act in agent_acts(case) if act.name in {a.name for a in acts}}
    results = [
        cast(JsonObject, act.result)
        for act in agent_acts(case)
        if isinstance(act.result, dict)
        and id(act) not in changed
        and act.name not in {a.name for a in acts}
    ]
    results += [
        cast(JsonObject, value)
        for turn in case.turns
        if turn.role is Role.TOOL
        and turn.tool_name is None
        and isinstance(value := read_json(turn.text), dict)
    ]
    named = [record for record in results if wanted & set(_identifiers(record))]
    owners = {value for record in named for value in _identifiers(record)}
    return _distinct([*named, *(r for r in results if owners & set(_all_texts(r)))])


def _distinct(records: Iterable[JsonObject]) -> list[JsonObject]:
    kept: list[JsonObject] = []
    for record in records:
        if record not in kept:
            kept.append(record)
    return kept


def _identifiers(value: JsonObject) -> list[str]:
    return [str(v) for k, v in value.items() if is_identifier_key(k) and isinstance(v, str | int)]


def _all_texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _all_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all_texts(inner)
    elif isinstance(value, str):
        yield value


def facts_of(record: JsonObject) -> Iterator[Fact]:
    """Yield the facts of a record: its scalars, the lengths of its lists, the dates inside."""
    for key, value in record.items():
        if isinstance(value, list):
            yield Fact(f"number of {humanise(key)}", len(value))
            for element in value:
                if isinstance(element, dict):
                    yield from (
                        Fact(f"{humanise(key)} {humanise(k)}", v, listed=True)
                        for k, v in element.items()
                        if isinstance(v, str) and _TIME.fullmatch(v)
                    )
        elif not isinstance(value, dict):
            yield Fact(humanise(key), value)


def _condition(fact: Fact, policy_text: str, now: datetime | None) -> Condition | None:
    if isinstance(fact.value, str) and _TIME.fullmatch(fact.value):
        return _time_condition(fact, policy_text, now)
    key = _meaning(fact.key)
    policy = stems(policy_text)
    named = len(key & policy) / max(1, len(key))
    if isinstance(fact.value, bool) or fact.value in ("yes", "no"):
        shown = {True: "yes", False: "no"}.get(cast(bool, fact.value), str(fact.value))
        return Condition(fact.key, f"{fact.key} is {shown}", 2 * named) if named else None
    if isinstance(fact.value, str) and _CATEGORY.fullmatch(fact.value):
        shown = humanise(fact.value)
        says = _mentions(policy_text, shown)
        weight = 2.0 * says + named
        return Condition(fact.key, f"{fact.key} is {shown}", weight) if weight >= 0.5 else None
    if isinstance(fact.value, int) and named >= 0.5 and not is_identifier_key(fact.key):
        return Condition(fact.key, f"{fact.key} is {fact.value}", 0.6 * named)
    return None


def _meaning(key: str) -> frozenset[str]:
    return frozenset(stem(w) for w in words(key) if w not in STOPWORDS and w != "number")


def _mentions(policy_text: str, value: str) -> bool:
    """Return whether a policy speaks of a value, as words in a row."""
    said = [stem(word) for word in words(policy_text)]
    wanted = [stem(word) for word in words(value)]
    return any(said[i : i + len(wanted)] == wanted for i in range(len(said) - len(wanted) + 1))


def time_of(case: Case) -> datetime | None:
    """Return when the conversation took place, if the source says so."""
    times = [turn.at for turn in case.turns if turn.at is not None]
    return times[0].replace(tzinfo=None) if times else None


def _time_condition(fact: Fact, policy_text: str, now: datetime | None) -> Condition | None:
    match = _TIME.fullmatch(str(fact.value))
    if now is None or match is None:
        return None
    then = datetime.fromisoformat(str(fact.value).replace(" ", "T"))
    past = then.date() < now.date() if match[2] is None else then < now
    if fact.listed:
        # One part of the whole lying in the past changes what may still be done with the whole.
        text = f"at least one of its {fact.key.split()[0]} has a date that has passed"
        return Condition(f"{fact.key} past", text, 2.5) if past else None
    durations = list(_DURATION.finditer(policy_text))
    for duration in durations:
        hours = int(duration["n"]) * _HOURS[duration["unit"].lower()]
        limit = f"{duration['n']} {duration['unit'].lower()}{'s' if duration['n'] != '1' else ''}"
        side = "more" if now - then > timedelta(hours=hours) else "less"
        if past and hours <= 24 * 366:
            return Condition(fact.key, f"{fact.key} is {side} than {limit} ago", 1.8)
    return None


def customer_conditions(case: Case, policy_text: str) -> list[Condition]:
    """Return the policy's own phrases that the customer's words meet, such as a reason it names.

    The phrase is always the policy's: what a customer writes can choose among a policy's words,
    never add to them.
    """
    said = [stem(w) for t in case.turns if t.role is Role.CUSTOMER for w in words(t.text)]
    text = " ".join(said)
    found: list[Condition] = []
    for group in re.findall(r"\(([^()]{5,120})\)", policy_text):
        for phrase in re.split(r",| or | and ", group):
            wanted = " ".join(stem(w) for w in words(phrase))
            if len(wanted.split()) >= 2 and f" {wanted} " in f" {text} ":
                label = phrase.strip()
                found.append(Condition(label, f"the customer's reason is {label}", 2.2))
    return found


def describe_value(case: Case, value: JsonValue) -> str:
    """Return a value in words that hold for others: an identifier by the kind of what it names."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, str):
        return _describe_text(case, value)
    if isinstance(value, list):
        if all(isinstance(v, str | int | float) for v in value):
            return ", ".join(describe_value(case, v) for v in value) or "none"
        return f"{len(value)} entries"
    return "another value" if value else "none"


def _describe_text(case: Case, text: str) -> str:
    if _CATEGORY.fullmatch(text):
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
    return kind and isinstance(value, str) and bool(_CATEGORY.fullmatch(value))


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


def _path_to(record: JsonObject, value: str) -> list[str]:
    for key, inner in record.items():
        if inner == value:
            return [key]
        elements = inner if isinstance(inner, list) else [inner]
        for element in elements:
            if isinstance(element, dict) and (path := _path_to(element, value)):
                return [key, *path]
    return []
