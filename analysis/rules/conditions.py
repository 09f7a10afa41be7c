"""Whether a rule's condition holds in a case: by what its tools showed, or what was said.

A condition about a record is held against records only: what a customer says of it is no fact.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from analysis.offline.actions import Act, is_read
from analysis.offline.explain import RESTRICTS, clauses_of
from analysis.offline.facts import (
    ConditionKind,
    Fact,
    conditions,
    facts_of,
    relevant_records,
    time_of,
)
from analysis.offline.habits import said_of_a_part
from analysis.offline.said import lacks
from analysis.offline.wording import akin
from analysis.rules.directives import Condition, Negation
from analysis.text import humanise, sentences, stem, stems, words
from domain.base import JsonObject, JsonValue
from domain.cases import Case
from domain.conversation import Role

_THIS_RULE = re.compile(r"\b(?:this|the) (?:rule|policy)\b", re.IGNORECASE)
_ALLOWED = re.compile(r"\bnothing else\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"\breasons? (?:is|are|was)\s+['\"\u2018\u201c](?P<phrase>[^'\"\u2019\u201d]+)"
)
_AGO = re.compile(
    r"^(?P<field>.+?)\s+(?:is\s+|was\s+)?(?P<than>more|less|longer) than (?P<n>\d+) "
    r"(?P<unit>hour|day|week|month)s? ago$",
    re.IGNORECASE,
)
_PASSED = re.compile(r"\b(?P<what>\w+) (?:has|have) (?:already )?passed$", re.IGNORECASE)
_THERE = re.compile(r"^there (?:is|are) (?P<no>no |not an? )?(?P<field>.+)$", re.IGNORECASE)
_IT_IS = re.compile(r"^it is (?P<no>not )?(?P<field>\w+)$", re.IGNORECASE)
_IS = re.compile(
    r"^(?:the |their |its )?(?P<field>[\w ]+?) (?:is|are|was|were) (?P<no>not )?(?P<value>.+)$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"^(?P<how>at least|at most|more than|less than|under|over|up to)?\s*[$€£]?(?P<n>\d+(?:\.\d+)?)"
    r"(?:\s\w+)?$",
    re.IGNORECASE,
)
_LACKS = re.compile(r"\b(?:does not|do not|doesn't) (?:have|know|remember) (?P<thing>.+)$", re.I)
_PART_ONLY = re.compile(r"\bfor some of the (?P<parts>\w+) only\b", re.IGNORECASE)
_SAYS = re.compile(
    r"^(?:the|an?|any) (?:customer|guest|user|client|caller|member)s?\s+(?P<verb>\w+)\s+"
    r"(?:to\s+|for\s+|about\s+|that\s+|of\s+|you to\s+)*(?P<what>.+)$",
    re.IGNORECASE,
)
_WISHES = frozenset({"asks", "ask", "wants", "want", "needs", "wishes", "would", "requests"})
_VAGUE = stems("customer change changes ask asks want wants something request")
_SAID = 2 / 3
_OR = re.compile(r"\s+or\s+(?=(?:the|there|it|an?)\b)", re.IGNORECASE)
_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730}


class Truth(StrEnum):
    """Whether a condition holds; unknown where nothing in the case tells."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Moment:
    """What is known when an agent is about to act: the case so far, and on what it is to act.

    `rest` is what the rule says besides the sentence whose conditions are looked at.
    """

    case: Case
    acts: Sequence[Act]
    rest: str = ""

    def records(self) -> list[JsonObject]:
        """Return what is known of what is acted upon: the call's own words, then its records."""
        called = [act.arguments for act in self.acts if not is_read(act.name)]
        return [*called, *relevant_records(self.case, self.acts)]


def truth_of(condition: Condition, moment: Moment) -> Truth:
    """Return whether a condition holds at a moment."""
    each = [_truth(text.strip(), moment) for text in _OR.split(condition.text)]
    truth = next((t for t in (Truth.HOLDS, Truth.UNKNOWN) if t in each), Truth.FAILS)
    if condition.negation is Negation.PLAIN or truth is Truth.UNKNOWN:
        return truth
    return Truth.FAILS if truth is Truth.HOLDS else Truth.HOLDS


def _truth(text: str, moment: Moment) -> Truth:
    if _THIS_RULE.search(text):
        # What a rule leaves to the rest of itself is looked up only where it may allow the act.
        return _of(not (_ALLOWED.search(text) and _is_allowed(moment)))
    if quoted := _QUOTED.search(text):
        return _known(_spoken(moment.case, quoted["phrase"]))
    if lacking := _LACKS.search(text):
        thing = re.sub(r"^(?:the|an?|their)\s+", "", lacking["thing"])
        return _known(lacks(moment.case, thing))
    if part := _PART_ONLY.search(text):
        return _known(_of_a_part(moment.case, part["parts"]))
    if says := _SAYS.match(text):
        return _known(_said(moment.case, says["verb"], says["what"]))
    return _of_records(text, moment)


def _of(holds: bool) -> Truth:
    return Truth.HOLDS if holds else Truth.FAILS


def _known(seen: bool) -> Truth:
    return Truth.HOLDS if seen else Truth.UNKNOWN


def _of_records(text: str, moment: Moment) -> Truth:
    facts = [fact for record in moment.records() for fact in facts_of(record)]
    if ago := _AGO.match(text):
        return _was_ago(ago, facts, time_of(moment.case))
    if passed := _PASSED.search(text):
        return _has_passed(passed["what"], facts, time_of(moment.case))
    if flag := _THERE.match(text) or _IT_IS.match(text):
        return _flag(flag["field"], facts, wanted=not flag["no"])
    if match := _IS.match(text):
        fact = _fact(match["field"], facts)
        if fact is None:
            return Truth.UNKNOWN
        values = re.split(r"\s+or\s+|,\s*", match["value"])
        return _of(any(_meets(fact.value, v) for v in values) is not bool(match["no"]))
    return Truth.UNKNOWN


def _fact(field: str, facts: Iterable[Fact]) -> Fact | None:
    """Return the first fact under a field's name, or else under a name that holds all its words."""
    listed = [fact for fact in facts if not fact.listed]
    wanted = [stem(word) for word in words(field)]
    for fact in listed:
        if [stem(word) for word in words(fact.key)] == wanted:
            return fact
    near = (f for f in listed if wanted and set(wanted) <= {stem(w) for w in words(f.key)})
    return next(near, None)


def _flag(field: str, facts: Sequence[Fact], *, wanted: bool) -> Truth:
    fact = _fact(field, facts) or _fact(f"number of {field}", facts)
    if fact is None:
        return Truth.UNKNOWN
    value = fact.value
    is_set = value not in (None, False, 0, "", "no", "none", "false")
    return _of(is_set is wanted)


def _meets(value: JsonValue, wanted: str) -> bool:
    wanted = wanted.strip(" .'\"")
    compared = _COMPARED.match(wanted)
    if compared and isinstance(value, int | float):
        number = float(compared["n"])
        return {
            "at least": value >= number,
            "at most": value <= number,
            "up to": value <= number,
            "more than": value > number,
            "over": value > number,
            "less than": value < number,
            "under": value < number,
        }.get((compared["how"] or "").lower(), abs(value - number) < 1e-9)
    return isinstance(value, str) and humanise(value) == humanise(wanted.removeprefix("a "))


def _was_ago(match: re.Match[str], facts: Iterable[Fact], now: datetime | None) -> Truth:
    wanted = stems(match["field"]) - {"it"}
    for fact in facts:
        then = _time(fact.value)
        if then and now and wanted <= stems(fact.key):
            limit = timedelta(hours=int(match["n"]) * _HOURS[match["unit"].lower()])
            older = now - then > limit
            return _of(older is (match["than"].lower() != "less"))
    return Truth.UNKNOWN


def _has_passed(what: str, facts: Iterable[Fact], now: datetime | None) -> Truth:
    times = [
        then
        for fact in facts
        if stem(what) in {stem(word) for word in words(fact.key)} and (then := _time(fact.value))
    ]
    if not times or now is None:
        return Truth.UNKNOWN
    return _of(any(then.date() < now.date() for then in times))


def _time(value: JsonValue) -> datetime | None:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d", value):
        return None
    try:
        return datetime.fromisoformat(value.replace(" ", "T")).replace(tzinfo=None)
    except ValueError:
        return None


def _is_allowed(moment: Moment) -> bool:
    """Return whether another clause of the rule allows the act by what the records say."""
    for clause in clauses_of(moment.rest):
        if RESTRICTS.search(clause) or _THIS_RULE.search(clause):
            continue
        for fact in conditions(moment.case, moment.acts, clause):
            within = fact.kind is ConditionKind.TIME and fact.holds
            if within or fact.kind is ConditionKind.VALUE:
                return True
    return False


def _customer_sentences(case: Case) -> list[str]:
    texts = [turn.text for turn in case.turns if turn.role is Role.CUSTOMER]
    return [case.ask, *(sentence for text in texts for sentence in sentences(text))]


def _spoken(case: Case, phrase: str) -> bool:
    said = " ".join(stem(w) for text in _customer_sentences(case) for w in words(text))
    return f" {' '.join(stem(word) for word in words(phrase))} " in f" {said} "


def _of_a_part(case: Case, parts: str) -> bool:
    found = said_of_a_part(case, len(case.turns))
    return found is not None and akin(found[1], stem(parts))


def _said(case: Case, verb: str, what: str) -> bool:
    """Return whether the customer's words cover what they are to say; a wish may take several.

    Of things told together each must be spoken of; a word that all of them share tells nothing.
    """
    wanted = [stems(thing) - _VAGUE for thing in re.split(r"\s+and\s+", what)]
    shared = wanted[0].intersection(*wanted[1:]) if len(wanted) > 1 else frozenset[str]()
    said = [stems(sentence) for sentence in _customer_sentences(case)]
    texts = [frozenset[str]().union(*said)] if verb.lower() in _WISHES else said
    return any(all(_covers(text, thing - shared) for thing in wanted) for text in texts)


def _covers(text: frozenset[str], wanted: frozenset[str]) -> bool:
    met = sum(any(akin(word, other) for other in text if len(other) > 2) for word in wanted)
    return bool(wanted) and met / len(wanted) >= _SAID
