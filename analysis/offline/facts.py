"""Facts of a case as conditions that hold for others too: from tool results and arguments.

A condition never holds an identifier, a name or a free text; it says which field had which value,
in the words that a policy would use.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from analysis.offline.actions import Act, agent_acts, is_identifier_key, is_read, read_json
from analysis.offline.wording import spoken_flag, spoken_value
from analysis.text import STOPWORDS, humanise, stem, stems, words
from domain.base import JsonObject, JsonValue
from domain.cases import Case
from domain.conversation import Role

CATEGORY = re.compile(r"[a-z][a-z_]*(?: [a-z]+){0,2}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")
_DURATION = re.compile(
    r"\b(?:within|under|less than|more than|first|last|over|after|inside|older than|up to)\s+"
    r"(?:the\s+)?(?P<n>\d+)\s+(?P<unit>hour|day|week|month)s?\b(?P<rest>[^.;,]{0,40})",
    re.IGNORECASE,
)
_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730}


class ConditionKind(StrEnum):
    """How a fact meets a policy's words."""

    CIRCUMSTANCE = "circumstance"
    VALUE = "value"
    FLAG = "flag"
    TIME = "time"
    PAST = "past"
    COUNT = "count"
    REASON = "reason"


@dataclass(frozen=True)
class Condition:
    """One fact that bears on a policy: of what it is, and how it reads in a rule.

    `words` are the fact's own, by which the policy's clause about it is found; `holds` says whether
    a flag is set, and for a time whether it lies inside the policy's limit.
    """

    kind: ConditionKind
    subject: str
    text: str
    words: str
    holds: bool | None = None


@dataclass(frozen=True)
class Fact:
    """A scalar, a count or a time found in a tool result, under its last key."""

    key: str
    value: JsonValue
    listed: bool = False


def conditions(
    case: Case, acts: Sequence[Act], policy_text: str, unsettled: Iterable[str] = ()
) -> list[Condition]:
    """Return the facts of what was acted upon that bear on the policy, in the records' order.

    The acts' own arguments come first, but for the `unsettled` ones, on which the two differ.
    """
    left_out = {humanise(name) for name in unsettled}
    now = time_of(case)
    categories = categories_of(case)
    found: dict[str, Condition] = {}
    for fact in (f for record in relevant_records(case, acts) for f in facts_of(record)):
        condition = _condition(fact, policy_text, now, categories)
        # The first record is the one acted upon; what others say of the same field is not it.
        if condition is not None and fact.key not in found and fact.key not in left_out:
            found[fact.key] = condition
    return list(found.values())


def settled_arguments(acts: Sequence[Act]) -> JsonObject:
    """Return the arguments on which both sides agree, where both acted."""
    if len({act.turn == -1 for act in acts}) < 2:
        return {}
    shared = acts[0].arguments
    return {k: v for k, v in shared.items() if all(act.arguments.get(k) == v for act in acts)}


def relevant_records(case: Case, acts: Sequence[Act]) -> list[JsonObject]:
    """Return what is known of what `acts` name: their own object first, then its owner's."""
    wanted = {value for act in acts for value in identifiers(act.arguments)}
    # What an act changed shows its outcome, not the state that it was decided on.
    reads = [a for a in agent_acts(case) if is_read(a.name) and isinstance(a.result, dict)]
    results = [(set(identifiers(a.arguments)), cast(JsonObject, a.result)) for a in reads]
    for turn in case.turns:
        value = read_json(turn.text) if turn.role is Role.TOOL and not turn.tool_name else None
        if isinstance(value, dict):
            results.append((set(), cast(JsonObject, value)))
    named = [record for asked, record in results if wanted & (asked | set(identifiers(record)))]
    owners = {value for record in named for value in identifiers(record)}
    owned = [record for asked, record in results if owners & asked]
    return _distinct([settled_arguments(acts), *named, *owned])


def _distinct(records: Iterable[JsonObject]) -> list[JsonObject]:
    kept: list[JsonObject] = []
    for record in records:
        if record not in kept:
            kept.append(record)
    return kept


def identifiers(value: JsonObject) -> list[str]:
    """Return the values of the fields whose names say that they identify something."""
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


def _condition(
    fact: Fact, policy_text: str, now: datetime | None, categories: frozenset[str]
) -> Condition | None:
    key, value = fact.key, fact.value
    if isinstance(value, str) and _TIME.fullmatch(value):
        return _time_condition(fact, policy_text, now)
    if isinstance(value, bool) or value in ("yes", "no"):
        if not _meaning(key) or not _meaning(key) <= stems(policy_text):
            return None
        holds = value in (True, "yes")
        return Condition(ConditionKind.FLAG, key, spoken_flag(key, holds=holds), key, holds)
    if isinstance(value, str) and CATEGORY.fullmatch(value):
        shown = humanise(value)
        if not mentions(policy_text, shown, categories):
            return None
        return Condition(ConditionKind.VALUE, key, spoken_value(key, shown), shown)
    if isinstance(value, int) and _counts(policy_text, key):
        return Condition(ConditionKind.COUNT, key, spoken_value(key, str(value)), key)
    return None


def _meaning(key: str) -> frozenset[str]:
    return frozenset(stem(w) for w in words(key) if w not in STOPWORDS and w != "number")


def _counts(policy_text: str, key: str) -> bool:
    """Return whether a policy counts what a field counts."""
    if not _meaning(key) <= stems(policy_text):
        return False
    noun = re.escape(words(key)[-1].removesuffix("s"))
    pattern = rf"\b(?:number of|each|every|per|at most)\b(?: \w+){{0,2}} {noun}"
    return not is_identifier_key(key) and bool(re.search(pattern, policy_text, re.IGNORECASE))


def categories_of(case: Case) -> frozenset[str]:
    """Return every category that the case's records know, as words."""
    texts = {t for act in agent_acts(case) for t in _all_texts(act.result)}
    return frozenset(humanise(text) for text in texts if CATEGORY.fullmatch(text))


def mentions(text: str, value: str, categories: Iterable[str] = ()) -> bool:
    """Return whether a text speaks of a value, and not of a longer one that contains it.

    A policy on basic economy does not speak of economy where the records know both.
    """
    said = f" {' '.join(stem(word) for word in words(text))} "
    wanted = f" {' '.join(stem(word) for word in words(value))} "
    for other in categories:
        longer = f" {' '.join(stem(word) for word in words(other))} "
        if longer != wanted and wanted in longer:
            said = said.replace(longer, " | ")
    return wanted in said


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
    if not past:
        return None
    if fact.listed:
        # One part of the whole lying in the past changes what may still be done with the whole.
        whole = fact.key.split()[0]
        text = f"the date of at least one of the {whole} has passed"
        return Condition(ConditionKind.PAST, f"{fact.key} passed", text, whole)
    duration = _DURATION.search(policy_text)
    if duration is None:
        return None
    unit = duration["unit"].lower()
    limit = timedelta(hours=int(duration["n"]) * _HOURS[unit])
    span = f"{duration['n']} {unit}{'s' if duration['n'] != '1' else ''}"
    within = now - then <= limit
    text = f"{_moment(fact.key)} {'less' if within else 'more'} than {span} ago"
    return Condition(ConditionKind.TIME, fact.key, text, duration[0], within)


def _moment(key: str) -> str:
    """Return `created at` as `it was created`, and any other field as it is called."""
    parts = key.split()
    if len(parts) == 2 and parts[1] in {"at", "on"} and parts[0].endswith("ed"):
        return f"it was {parts[0]}"
    return f"{key} is"
