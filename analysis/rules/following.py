"""What an agent that follows a rule would have called in a recorded case.

Each recorded call is held against the rule as the agent was about to make it, and the case as it
was about to be closed. The customer's words and all other calls are taken as they were recorded.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from analysis.offline.actions import (
    Act,
    Deviation,
    agent_acts,
    compare_acts,
    human_acts,
    identity_of,
    is_hand_over,
    is_identifier_key,
    is_read,
    same_tool,
)
from analysis.offline.habits import tools_of_steps
from analysis.offline.omissions import listed_texts
from analysis.rules.conditions import Moment, Truth, truth_of
from analysis.rules.directives import Demand, Directive, Setting, is_about
from analysis.text import humanise, stem, words
from domain.base import JsonValue
from domain.cases import Case
from domain.conversation import Role


@dataclass
class Followed:
    """The acts with the rule, and where it made a difference.

    `forbidden` were called and would not be, by the sentences `stopped_by`; `changed` would be
    called with other values of `settings`; `required` were not called and would be, `needless`
    among them those that the human did not call either; `looked_up` are tools that would be read
    first. Of `unproved` the case does not show how they would have gone; by `unmet` conditions the
    rule does not speak here.
    """

    acts: list[Act]
    forbidden: list[Act] = field(default_factory=list[Act])
    changed: list[Act] = field(default_factory=list[Act])
    required: list[str] = field(default_factory=list[str])
    needless: list[str] = field(default_factory=list[str])
    looked_up: list[str] = field(default_factory=list[str])
    unproved: list[str] = field(default_factory=list[str])
    unmet: list[tuple[str, Truth]] = field(default_factory=list[tuple[str, Truth]])
    settings: set[str] = field(default_factory=set[str])
    stopped_by: set[str] = field(default_factory=set[str])

    @property
    def is_otherwise(self) -> bool:
        """Whether the agent would have done anything otherwise."""
        return bool(self.forbidden or self.changed or self.required or self.looked_up)


def follow(case: Case, directives: Sequence[Directive], text: str) -> Followed:
    """Return what an agent with these directives would have called; `text` is the whole rule's."""
    followed = Followed(acts=[])
    acts = agent_acts(case)
    for act in acts:
        kept = _follow_at(case, act, directives, text, followed)
        if kept is not None:
            followed.acts.append(kept)
    for directive in directives:
        if directive.demand is Demand.READ_EVERY:
            _read_every(case, directive, text, followed)
        elif directive.demand is Demand.REQUIRE or directive.sentence in followed.stopped_by:
            _require(case, directive, text, followed)
    return followed


def _follow_at(
    case: Case, act: Act, directives: Sequence[Directive], text: str, followed: Followed
) -> Act | None:
    """Return the act as it would be made, or None where the rule stops it."""
    until = case.model_copy(update={"turns": case.turns[: act.turn]})
    for directive in directives:
        if not is_about(directive, act.name) or is_read(act.name):
            continue
        if not _speaks(directive, Moment(until, [act], _rest(text, directive)), followed):
            continue
        if directive.demand is Demand.LOOK_FIRST:
            _look_first(until, act, directive, followed)
        elif directive.demand is Demand.FORBID or _is_too_early(until, act, directive):
            followed.forbidden.append(act)
            followed.stopped_by.add(directive.sentence)
            return None
        elif directive.demand is Demand.REQUIRE and directive.settings:
            act = _with_settings(act, directive.settings, followed)
    return act


def _rest(text: str, directive: Directive) -> str:
    return text.replace(directive.sentence, "")


def _speaks(directive: Directive, moment: Moment, followed: Followed) -> bool:
    """Return whether all conditions hold; keep those that do not, for the words."""
    for condition in directive.when:
        truth = truth_of(condition, moment)
        if truth is not Truth.HOLDS:
            if (condition.text, truth) not in followed.unmet:
                followed.unmet.append((condition.text, truth))
            return False
    return True


def _look_first(until: Case, act: Act, directive: Directive, followed: Followed) -> None:
    read = {before.name for before in agent_acts(until) if not before.failed}
    missing = [tool for tool in directive.reads if tool not in read]
    followed.looked_up += [tool for tool in missing if tool not in followed.looked_up]
    if missing and act.name not in followed.unproved:
        followed.unproved.append(act.name)


def _is_too_early(until: Case, act: Act, directive: Directive) -> bool:
    if directive.demand is not Demand.ONLY_AFTER:
        return False
    needed = tools_of_steps(until, directive.steps)
    done = [before for before in agent_acts(until) if not before.failed]
    return bool(needed) and not any(same_tool(d.name, tool) for d in done for tool in needed)


def _with_settings(act: Act, settings: Sequence[Setting], followed: Followed) -> Act:
    arguments = dict(act.arguments)
    for setting in settings:
        name = _argument(setting.name, arguments)
        value = _value(setting.value, arguments.get(name))
        followed.settings.add(name)
        if arguments.get(name) != value:
            arguments[name] = value
    if arguments == act.arguments:
        return act
    followed.changed.append(act)
    return replace(act, arguments=arguments)


def _argument(name: str, arguments: Iterable[str]) -> str:
    """Return the argument that words name, or a new one named by them."""
    wanted = [stem(word) for word in words(name)]
    for argument in arguments:
        if [stem(word) for word in words(argument)] == wanted:
            return argument
    return "_".join(words(name))


def _value(told: str, was: JsonValue) -> JsonValue:
    """Return a value in words as an argument takes it."""
    number = re.match(r"[$€£]?(\d+(?:\.\d+)?)\b", told)
    if number and not isinstance(was, str):
        value = float(number[1])
        return int(value) if value.is_integer() else value
    if isinstance(was, str) and humanise(was) == humanise(told):
        return was
    return "_".join(words(told)) if told.lower() not in {"yes", "no"} else told.lower()


def _require(case: Case, directive: Directive, text: str, followed: Followed) -> None:
    """Add the call that the rule asks for and that was never made, where its conditions hold."""
    if directive.demand not in {Demand.REQUIRE, Demand.INSTEAD}:
        return
    if any(is_about(directive, act.name) and not act.failed for act in followed.acts):
        return
    if directive.demand is Demand.REQUIRE and not _speaks_at_close(case, directive, text, followed):
        return
    if is_read(directive.tool):
        followed.looked_up.append(directive.tool)
    else:
        _add_required(case, directive, followed)


def _speaks_at_close(case: Case, directive: Directive, text: str, followed: Followed) -> bool:
    """Return whether the conditions hold of any one thing that the agent had read."""
    rest = _rest(text, directive)
    subjects = [[act] for act in _subjects(case)] or [list[Act]()]
    return any(_speaks(directive, Moment(case, acts, rest), followed) for acts in subjects)


def _read_every(case: Case, directive: Directive, text: str, followed: Followed) -> None:
    """Note that the agent read one of a list and not the others, where the rule asks for all."""
    reads = [act for act in agent_acts(case) if same_tool(act.name, directive.tool)]
    seen = {identity_of(act) for act in reads if not act.failed} - {""}
    lists = [set(listed) for listed in listed_texts(agent_acts(case))]
    unread = any(listed & seen and listed - seen for listed in lists)
    if unread and _speaks_at_close(case, directive, text, followed):
        followed.looked_up.append(directive.tool)


def _subjects(case: Case) -> Iterator[Act]:
    """Yield the reads of one thing each: what a call that was never made might have been about."""
    for act in agent_acts(case):
        named = any(is_identifier_key(key) for key in act.arguments)
        if is_read(act.name) and named and isinstance(act.result, dict):
            yield act


def _add_required(case: Case, directive: Directive, followed: Followed) -> None:
    """Add the human's own calls of the tool, as far as the rule and the case tell their values."""
    if is_hand_over(directive.tool):
        did = [a for a in human_acts(case.resolution.actions) if is_hand_over(a.name)]
        followed.acts.append(Act(name=directive.tool, arguments={}))
        (followed.required if did else followed.needless).append(directive.tool)
        if not did:
            followed.required.append(directive.tool)
        return
    missing = compare_acts(followed.acts, human_acts(case.resolution.actions), case)
    wanted = [
        d.human
        for d in missing
        if d.kind is Deviation.OMITTED and d.human and same_tool(directive.tool, d.name)
    ]
    followed.required.append(directive.tool)
    if not wanted:
        followed.needless.append(directive.tool)
    for act in wanted:
        made = _with_settings(act, directive.settings, Followed(acts=[]))
        if _is_told(case, made, directive.settings):
            followed.acts.append(replace(made, turn=len(case.turns)))
        elif directive.tool not in followed.unproved:
            followed.unproved.append(directive.tool)


def _is_told(case: Case, act: Act, settings: Sequence[Setting]) -> bool:
    """Return whether each value of a call stands in the rule or in what the agent had seen."""
    shown = [leaf for seen in agent_acts(case) for leaf in _leaves([seen.arguments, seen.result])]
    before = [turn.text for turn in case.turns if turn.role is not Role.HUMAN]
    told = " ".join([case.ask, *before])
    numbers = {float(n) for n in re.findall(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])", told)}
    names = {_argument(setting.name, act.arguments) for setting in settings}
    for name, value in act.arguments.items():
        if name in names:
            continue
        for leaf in _leaves(value):
            if isinstance(leaf, bool) or leaf in (None, "", "yes", "no") or _is_prose(leaf):
                continue
            by_record = any(leaf == other for other in shown)
            by_number = isinstance(leaf, int | float) and float(leaf) in numbers
            by_word = isinstance(leaf, str) and humanise(leaf) in humanise(told)
            if not (by_record or by_number or by_word):
                return False
    return True


def _is_prose(value: JsonValue) -> bool:
    return isinstance(value, str) and len(value.split()) > 3


def _leaves(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
