"""What differs between the agent's and the human's actions, as a rule for the next such case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.offline.actions import (
    Act,
    Deviation,
    Difference,
    agent_acts,
    differing,
    human_acts,
    is_hand_over,
    is_identifier_key,
    is_read,
)
from analysis.offline.facts import Condition, ConditionKind
from analysis.offline.values import describe_value, found_at
from analysis.offline.wording import spoken_act, spoken_setting, with_unit
from analysis.text import humanise, join_words, sentence_case, shorten
from domain.base import JsonObject
from domain.cases import Case


@dataclass(frozen=True)
class Lesson:
    """A rule derived from one difference.

    `label` names the kind of deviation without this case's values, so that cases of one kind
    share it; `specific` says whether a reviewer can tell from the rule when it applies;
    `applies_when` is for a policy of its own, `said` the agent's sentence that shows it best.
    """

    label: str
    agent_did: str
    human_did: str
    rule: str
    specific: bool = False
    applies_when: str = ""
    said: str = ""


def lesson_of(
    case: Case,
    group: Sequence[Difference],
    when: Sequence[Condition],
    telling: Sequence[str] = (),
    text: str = "",
) -> Lesson:
    """Return the lesson of differences of one kind on one action, under the conditions `when`.

    `telling` are the arguments to name where the two set some differently, by default all; `text`
    is the policy's, which gives numbers their units.
    """
    kind = group[0].kind
    if kind is Deviation.EXTRA:
        lesson = _of_extra(case, group, when)
    elif kind is Deviation.OMITTED:
        lesson = _of_omitted(case, group, when, text)
    else:
        lesson = _of_different(case, group, when, telling)
    return replace(lesson, label=lesson.label + _kind_of_case(when), specific=bool(when))


def _kind_of_case(when: Sequence[Condition]) -> str:
    """Return the conditions that tell one kind of case from another, for a label."""
    kinds = {
        ConditionKind.CIRCUMSTANCE,
        ConditionKind.VALUE,
        ConditionKind.FLAG,
        ConditionKind.PAST,
        ConditionKind.REASON,
    }
    told = [condition.text for condition in when if condition.kind in kinds]
    return f" when {join_words(told[:3])}" if told else ""


def _spoken(found: Sequence[Condition]) -> str:
    return join_words(condition.text for condition in found)


def _of_extra(case: Case, group: Sequence[Difference], when: Sequence[Condition]) -> Lesson:
    acts = [d.agent for d in group if d.agent is not None]
    name = acts[0].name
    hand_over = next((a for a in human_acts(case.resolution.actions) if is_hand_over(a.name)), None)
    instead = f"hand the case over (`{hand_over.name}`)" if hand_over else "decline"
    others = [
        act
        for act in human_acts(case.resolution.actions)
        if not is_hand_over(act.name) and not is_read(act.name) and act.name != name
    ]
    human = f"Did not call `{name}` on this, and {_instead(others, hand_over)}."
    # A case shows some of a rule's conditions, never all: what it does not show keeps its say.
    condition = (
        f"When {_spoken(when)}, and nothing else in this rule allows it, do" if when else "Do"
    )
    return Lesson(
        label=f"do not {humanise(name)}",
        agent_did=f"Called `{name}`{_with(case, acts[0])}{_state(when)}.",
        human_did=human,
        rule=f"{condition} not {spoken_act(name)}; {instead} instead.",
    )


def _instead(others: Sequence[Act], hand_over: Act | None) -> str:
    if hand_over is not None:
        return f"handed the case over with `{hand_over.name}`"
    return f"called {_names(others)}" if others else "changed nothing else"


def _state(when: Sequence[Condition]) -> str:
    return f" although {_spoken(when)}" if when else ""


def _names(acts: Sequence[Act]) -> str:
    return join_words(dict.fromkeys(f"`{act.name}`" for act in acts))


def _with(case: Case, act: Act, text: str = "") -> str:
    """Return the arguments of an act that a reader learns from, with the units of a policy."""
    shown = [
        spoken_setting(name, with_unit(told, text))
        for name, value in act.arguments.items()
        if not is_identifier_key(name) and (told := describe_value(case, value)) and len(told) < 60
    ]
    return f" with {join_words(shown[:5])}" if shown else ""


def _of_omitted(
    case: Case, group: Sequence[Difference], when: Sequence[Condition], text: str
) -> Lesson:
    acts = [d.human for d in group if d.human is not None]
    name = acts[0].name
    tried = [act for d in group for act in d.attempted]
    handed = any(is_hand_over(act.name) for act in agent_acts(case))
    done = sum(not a.failed and a.name == name for a in agent_acts(case))
    if tried:
        agent = f"Called `{name}` in vain {len(tried)} times and gave up."
    elif done:
        agent = f"Called `{name}` {done} times, the human {done + len(acts)} times."
    elif handed:
        agent = f"Handed the case over without calling `{name}`, which it had."
    else:
        agent = f"Did not call `{name}`, which it had."
    do = spoken_act(name)
    condition = f"When {_spoken(when)}, and the rest of this rule is met, {do}" if when else ""
    rest = (
        "for everything that the customer asked for"
        if done
        else ("rather than hand the case over" if handed else "rather than leave the request unmet")
    )
    return Lesson(
        label=f"when to {humanise(name)}",
        agent_did=agent,
        human_did=f"Called `{name}`{_with(case, acts[0])}" + _times(len(acts)) + ".",
        rule=f"{condition or sentence_case(do)}{_with(case, acts[0], text)}, {rest}.",
    )


def _times(count: int) -> str:
    return f", {count} times in all" if count > 1 else ""


def _of_different(
    case: Case, group: Sequence[Difference], when: Sequence[Condition], telling: Sequence[str]
) -> Lesson:
    human, agent = group[0].human, group[0].agent
    if human is None or agent is None:
        raise ValueError("a different action has both sides")
    names = list(telling) or differing(human.arguments, agent.arguments)
    told = [
        text for name in names if (text := _setting(case, name, human.arguments, agent.arguments))
    ]
    do = spoken_act(human.name)
    condition = f"When {_spoken(when)}, {do}" if when else sentence_case(do)
    what = join_words(told) or f"other {join_words(map(humanise, names))}"
    return Lesson(
        label=f"{join_words(map(humanise, names[:2]))} of {humanise(human.name)}",
        agent_did=f"Called `{agent.name}` with {_values(case, names, agent.arguments)}.",
        human_did=f"Called `{human.name}` with {_values(case, names, human.arguments)}.",
        rule=f"{condition} with {what}.",
    )


def _setting(case: Case, name: str, human: JsonObject, agent: JsonObject) -> str:
    right, wrong = describe_value(case, human.get(name)), describe_value(case, agent.get(name))
    if right and right != wrong:
        return spoken_setting(name, right) + (f" (not {wrong})" if wrong else "")
    place = found_at(case, human.get(name))
    return f"the {humanise(name)} that stands under {place}" if place else ""


def _values(case: Case, names: Sequence[str], arguments: JsonObject) -> str:
    shown = [
        f"{humanise(name)} {describe_value(case, arguments.get(name)) or 'of another kind'}"
        for name in names
    ]
    return shorten(join_words(shown), 400)
