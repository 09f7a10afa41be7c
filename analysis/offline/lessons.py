"""What differs between the agent's and the human's actions, as a rule for the next such case."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.offline.actions import (
    Act,
    Deviation,
    Difference,
    agent_acts,
    differing,
    human_acts,
    is_hand_over,
)
from analysis.offline.facts import (
    Condition,
    conditions,
    customer_conditions,
    describe_value,
    found_at,
)
from analysis.text import humanise, join_words, shorten
from domain.base import JsonObject
from domain.cases import Case
from domain.knowledge import ItemContent

_MOST_CONDITIONS = 4


@dataclass(frozen=True)
class Lesson:
    """A rule derived from one difference.

    `label` names the kind of deviation without this case's values, so that cases of one kind
    share it; `specific` says whether a reviewer can tell from the rule when it applies.
    """

    label: str
    agent_did: str
    human_did: str
    rule: str
    specific: bool


def lesson_of(case: Case, group: Sequence[Difference], item: ItemContent | None) -> Lesson:
    """Return the lesson of differences of one kind on one action."""
    kind = group[0].kind
    if kind is Deviation.EXTRA:
        return _of_extra(case, group, item)
    if kind is Deviation.OMITTED:
        return _of_omitted(case, group, item)
    return _of_different(case, group, item)


def _when(case: Case, acts: Sequence[Act], item: ItemContent | None) -> list[Condition]:
    text = item.search_text() if item else " ".join(humanise(act.name) for act in acts)
    own = conditions(case, acts, text)
    asked = customer_conditions(case, text)
    return sorted([*own, *asked], key=lambda c: (-c.weight, c.subject))[:_MOST_CONDITIONS]


def _spoken(found: Sequence[Condition]) -> str:
    return join_words(condition.text for condition in found)


def _of_extra(case: Case, group: Sequence[Difference], item: ItemContent | None) -> Lesson:
    acts = [d.agent for d in group if d.agent is not None]
    name = acts[0].name
    when = _when(case, acts, item)
    hand_over = next((a for a in human_acts(case.resolution.actions) if is_hand_over(a.name)), None)
    instead = f"hand the case over (`{hand_over.name}`)" if hand_over else "decline"
    others = [a for a in human_acts(case.resolution.actions) if not is_hand_over(a.name)]
    human = (
        f"Handed the case over with `{hand_over.name}`."
        if hand_over
        else (
            f"Did not call `{name}`"
            + (f"; called {_names(others)} instead." if others else ", and changed nothing.")
        )
    )
    condition = f"When {_spoken(when)}, do" if when else "Do"
    return Lesson(
        label=f"when not to {humanise(name)}",
        agent_did=f"Called `{name}`{_with(case, acts[0])}{_state(when)}.",
        human_did=human,
        rule=f"{condition} not call `{name}`; {instead} instead.",
        specific=len(when) >= 2,
    )


def _state(when: Sequence[Condition]) -> str:
    return f" although {_spoken(when)}" if when else ""


def _names(acts: Sequence[Act]) -> str:
    return join_words(dict.fromkeys(f"`{act.name}`" for act in acts))


def _with(case: Case, act: Act) -> str:
    """Return the arguments of an act that a reader learns from, in words."""
    shown = [
        f"{humanise(name)} {text}"
        for name, value in act.arguments.items()
        if (text := describe_value(case, value)) and len(text) < 60
    ]
    return f" with {join_words(shown[:5])}" if shown else ""


def _of_omitted(case: Case, group: Sequence[Difference], item: ItemContent | None) -> Lesson:
    acts = [d.human for d in group if d.human is not None]
    name = acts[0].name
    when = _when(case, acts, item)
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
    condition = f"When {_spoken(when)}, call" if when else "Call"
    rest = (
        "for everything that the customer asked for"
        if done
        else ("rather than hand the case over" if handed else "rather than leave the request unmet")
    )
    return Lesson(
        label=f"when to {humanise(name)}",
        agent_did=agent,
        human_did=f"Called `{name}`{_with(case, acts[0])}" + _times(len(acts)) + ".",
        rule=f"{condition} `{name}`{_with(case, acts[0])}, {rest}.",
        specific=len(when) >= 2,
    )


def _times(count: int) -> str:
    return f", {count} times in all" if count > 1 else ""


def _of_different(case: Case, group: Sequence[Difference], item: ItemContent | None) -> Lesson:
    human, agent = group[0].human, group[0].agent
    if human is None or agent is None:
        raise ValueError("a different action has both sides")
    names = differing(human.arguments, agent.arguments)
    when = _when(case, [human, agent], item)
    told = [
        text for name in names if (text := _setting(case, name, human.arguments, agent.arguments))
    ]
    condition = f"When {_spoken(when)}, call" if when else "Call"
    what = join_words(told) or f"other {join_words(map(humanise, names))}"
    return Lesson(
        label=f"{join_words(map(humanise, names[:2]))} of {humanise(human.name)}",
        agent_did=f"Called `{agent.name}` with {_values(case, names, agent.arguments)}.",
        human_did=f"Called `{human.name}` with {_values(case, names, human.arguments)}.",
        rule=f"{condition} `{human.name}` with {what}.",
        specific=bool(told) and bool(when),
    )


def _setting(case: Case, name: str, human: JsonObject, agent: JsonObject) -> str:
    right, wrong = describe_value(case, human.get(name)), describe_value(case, agent.get(name))
    if right and right != wrong:
        return f"{humanise(name)} {right}" + (f" (not {wrong})" if wrong else "")
    place = found_at(case, human.get(name))
    return f"the {humanise(name)} that stands under {place}" if place else ""


def _values(case: Case, names: Sequence[str], arguments: JsonObject) -> str:
    shown = [
        f"{humanise(name)} {describe_value(case, arguments.get(name)) or 'of another kind'}"
        for name in names
    ]
    return shorten(join_words(shown), 400)
