"""What the agent and the human did in other systems, and how the two differ."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from analysis.text import PLACEHOLDER, humanise, stem, word_set, words
from domain.base import JsonObject, JsonValue, canonical_json
from domain.cases import Case
from domain.conversation import Action, Role, ToolCall, Turn

_READS = word_set(
    "get list search find read lookup look check fetch calculate compute think view track"
    " trace show query describe verify validate count retrieve inspect see estimate preview"
    " download export"
)
_READ_NOUNS = word_set("status details info information history balance")
_REPLACES = word_set("update set change modify edit move switch adjust rename replace put")
_SAME_ACT = tuple(
    word_set(group)
    for group in (
        "cancel end terminate stop close abort",
        "update change modify set edit adjust switch",
        "refund reimburse repay",
        "credit compensate",
        "book schedule reserve arrange",
        "create add make open new register",
        "issue send give grant award offer",
        "delete remove",
        "get fetch read lookup retrieve view show find check",
        "list search query",
    )
)
_PEOPLE = word_set("human humans agent agents person people specialist supervisor team staff")


@dataclass(frozen=True)
class Act:
    """One call of the agent or one action of the human; `turn` is -1 for the human's."""

    name: str
    arguments: JsonObject
    system: str = ""
    turn: int = -1
    result: JsonValue = None
    failed: bool = False


class Deviation(StrEnum):
    """How the human's doing differs from the agent's."""

    DIFFERENT = "different"
    OMITTED = "omitted"
    EXTRA = "extra"


@dataclass(frozen=True)
class Difference:
    """One act that only one of both did, or that they did with other arguments."""

    kind: Deviation
    human: Act | None
    agent: Act | None
    attempted: tuple[Act, ...] = ()

    @property
    def name(self) -> str:
        """The action's name, as the one who did it calls it."""
        act = self.human or self.agent
        return act.name if act else ""


def agent_acts(case: Case) -> list[Act]:
    """Return the agent's calls in order, each with its result where the conversation holds it."""
    found: list[Act] = []
    for index, turn in enumerate(case.turns):
        results = _results_after(case.turns, index)
        for call in turn.tool_calls:
            result = call.result if call.result is not None else _take(results, call)
            found.append(
                Act(
                    name=call.name,
                    arguments=call.arguments,
                    turn=index,
                    result=result,
                    failed=_is_failure(result),
                )
            )
    return found


def _results_after(turns: Sequence[Turn], index: int) -> list[Turn]:
    following: list[Turn] = []
    for turn in turns[index + 1 :]:
        if turn.role is not Role.TOOL:
            break
        following.append(turn)
    return following


def _take(results: list[Turn], call: ToolCall) -> JsonValue:
    for position, turn in enumerate(results):
        if turn.tool_name in (None, call.name):
            return read_json(results.pop(position).text)
    return None


def read_json(text: str) -> JsonValue:
    """Return a tool's text as JSON, or as it is where it is none."""
    try:
        return cast(JsonValue, json.loads(text))
    except ValueError:
        return text


def _is_failure(result: JsonValue) -> bool:
    if isinstance(result, str):
        return bool(
            re.match(r"\W*(?:error|failed|failure|exception|denied|invalid)\b", result, re.I)
        )
    if isinstance(result, dict):
        return bool(result.get("error") or result.get("errors")) or result.get("success") is False
    return False


def human_acts(actions: Iterable[Action]) -> list[Act]:
    """Return the human's actions, in order."""
    return [
        Act(name=a.name, arguments=a.arguments, system=a.system, result=a.result) for a in actions
    ]


def is_read(name: str) -> bool:
    """Return whether a tool's name says that it only reads."""
    parts = words(name)
    return bool(parts) and (parts[0] in _READS or parts[-1] in _READ_NOUNS)


def is_hand_over(name: str) -> bool:
    """Return whether an action passes the case on to a person instead of resolving it."""
    parts = set(words(name))
    if parts & {"escalate", "escalation", "handoff", "handover"} or {"hand", "off"} <= parts:
        return True
    return bool(parts & {"transfer", "assign", "route", "forward"} and parts & _PEOPLE)


def same_tool(left: str, right: str) -> bool:
    """Return whether two tool names mean the same act on the same object."""
    one, other = words(left), words(right)
    if one == other:
        return True
    if not one or not other:
        return False
    objects = {stem(w) for w in one[1:]}, {stem(w) for w in other[1:]}
    if not objects[0] or objects[0] != objects[1]:
        return {stem(w) for w in one} == {stem(w) for w in other}
    return same_act(one[0], other[0])


def same_act(one: str, other: str) -> bool:
    """Return whether two verbs mean the same act."""
    return stem(one) == stem(other) or any(one in group and other in group for group in _SAME_ACT)


def has_tool(case: Case, name: str) -> bool:
    """Return whether the agent had this tool, or one that does the same."""
    return any(same_tool(name, tool) for tool in case.agent_tools)


def acts_text(case: Case) -> str:
    """Return what agent and human did or tried, as words: for finding the items that bear on it."""
    calls = [act for act in agent_acts(case) if not is_read(act.name)]
    done = [act for act in human_acts(case.resolution.actions) if not is_read(act.name)]
    return "; ".join(dict.fromkeys(humanise(act.name) for act in (*calls, *done)))


def differences(case: Case) -> list[Difference]:
    """Return how the human's writing actions differ from the agent's, in the human's order.

    Reads, hand-overs, and tools that the agent lacked are left out.
    """
    return compare_acts(agent_acts(case), human_acts(case.resolution.actions), case)


def compare_acts(agent: Iterable[Act], human: Iterable[Act], case: Case) -> list[Difference]:
    """Return how these acts of the human differ from these of the agent, as `differences` does."""
    calls = [a for a in agent if not is_read(a.name) and not is_hand_over(a.name)]
    theirs = _settled([call for call in calls if not call.failed])
    found: list[Difference] = []
    for act in human:
        if is_read(act.name) or is_hand_over(act.name) or not has_tool(case, act.name):
            continue
        match = _best_match(act, theirs)
        if match is None:
            tried = tuple(c for c in calls if c.failed and _may_match(act, c))
            found.append(Difference(Deviation.OMITTED, act, None, tried))
            continue
        theirs.remove(match)
        if differing(act.arguments, match.arguments):
            found.append(Difference(Deviation.DIFFERENT, act, match))
    found += [Difference(Deviation.EXTRA, None, act) for act in theirs]
    return found


def _settled(calls: list[Act]) -> list[Act]:
    """Return the calls that count: no repeats, and of updates of one thing the last."""
    kept: dict[str, Act] = {}
    for call in calls:
        identity = identity_of(call)
        last_wins = words(call.name)[:1] and words(call.name)[0] in _REPLACES and identity
        key = identity if last_wins else canonical_json(call.arguments)
        kept.pop(f"{call.name} {key}", None)
        kept[f"{call.name} {key}"] = call
    return list(kept.values())


def identity_of(act: Act) -> str:
    """Return the value of the argument that names what is acted upon, or nothing.

    That is the identifier of what the tool's name speaks of. Where the name tells none it is the
    first by name: the order of arguments is lost where they are stored.
    """
    values = {k: v for k, v in act.arguments.items() if is_identifier_key(k)}
    named = [k for k in values if set(words(k)[:-1]) & set(words(act.name))]
    for key in sorted(named) or sorted(values):
        if isinstance(value := values[key], str | int):
            return str(value)
    return ""


def is_identifier_key(name: str) -> bool:
    """Return whether an argument's name says that it identifies something."""
    parts = words(name)
    return bool(parts) and parts[-1] in {"id", "ids", "number", "ref", "reference", "code", "key"}


def _may_match(human: Act, agent: Act) -> bool:
    if not same_tool(human.name, agent.name):
        return False
    mine, theirs = identity_of(human), identity_of(agent)
    # Redaction masks equal values equally, but may have missed the one of two spellings.
    one_masked = bool(PLACEHOLDER.search(mine)) != bool(PLACEHOLDER.search(theirs))
    return not mine or not theirs or mine == theirs or one_masked


def _best_match(act: Act, theirs: Sequence[Act]) -> Act | None:
    candidates = [their for their in theirs if _may_match(act, their)]
    return min(
        candidates,
        key=lambda their: len(differing(act.arguments, their.arguments)),
        default=None,
    )


def differing(human: JsonObject, agent: JsonObject) -> list[str]:
    """Return the names of the arguments whose values differ, free text left out."""
    names = sorted({*human, *agent})
    return [name for name in names if not _equal(human.get(name), agent.get(name))]


def _equal(left: JsonValue, right: JsonValue) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        prose = len(left.split()) > 3 and len(right.split()) > 3
        return prose or left.strip().casefold() == right.strip().casefold()
    if isinstance(left, list) and isinstance(right, list):
        return sorted(map(canonical_json, left)) == sorted(map(canonical_json, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) < 1e-9
    return left == right
