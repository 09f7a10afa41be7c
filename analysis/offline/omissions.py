"""Lessons of what the agent left out, where no rule's conditions say why the human did it.

Each reads one habit: asking for what can be looked up, reading a part of a list, stopping half-way,
leaving out a step, handing over what it could do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.offline.actions import (
    Act,
    Difference,
    agent_acts,
    human_acts,
    identity_of,
    is_hand_over,
    is_identifier_key,
    is_read,
    same_tool,
)
from analysis.offline.explain import HAND_OVER
from analysis.offline.lessons import Lesson, lesson_of
from analysis.offline.said import lacks
from analysis.offline.similarity import Similarity
from analysis.offline.wording import akin, object_of, plural, spoken_act
from analysis.text import humanise, join_words, sentences, words
from domain.cases import Case, KnownItem
from domain.conversation import Role
from domain.knowledge import ItemKind

_ABOUT_THE_SAME = 0.6
_HAND_OVER_RULE = (
    "Hand a case over to a person only if the agent cannot do it with its own actions."
)


@dataclass(frozen=True)
class Habit:
    """A lesson and the policy that it belongs to; without one it becomes a policy of its own."""

    lesson: Lesson
    known: KnownItem | None = None
    score: float = 0.0


def read_omission(case: Case, group: Sequence[Difference], similarity: Similarity) -> Habit | None:
    """Return the lesson of what the agent left out in these differences, if they show one."""
    return (
        _never_searched(case, group, similarity)
        or _read_some(case, group)
        or _left_undone(case, group)
        or _left_out_a_step(case, group)
        or _handed_over(case, similarity)
    )


def policies_of(case: Case) -> list[KnownItem]:
    """Return the policies that bear on the case."""
    return [known for known in case.known_items if known.item.kind is ItemKind.POLICY]


def _nearest_policy(case: Case, rule: str, similarity: Similarity) -> Habit | None:
    """Return the policy that speaks of what a rule speaks of, with an empty lesson."""
    scored = [
        (similarity.best(rule, [k.item.content.search_text()]), str(k.item.id), k)
        for k in policies_of(case)
    ]
    if not scored:
        return None
    score, _, known = max(scored, key=lambda entry: entry[:2])
    return Habit(Lesson("", "", "", ""), known, score) if score >= _ABOUT_THE_SAME else None


def _never_searched(
    case: Case, group: Sequence[Difference], similarity: Similarity
) -> Habit | None:
    """Return that the agent kept asking for an identifier instead of looking it up."""
    act = group[0].human
    if act is None or any(isinstance(a.result, dict | list) for a in agent_acts(case)):
        return None
    keys = [k for k in act.arguments if is_identifier_key(k)]
    missing = next((k for k in keys if lacks(case, humanise(k))), None)
    if missing is None:
        return None
    done = human_acts(case.resolution.actions)
    others = {k for a in done for k in a.arguments if is_identifier_key(k)} - {missing}
    nouns = {word for key in (missing, *others) for word in words(key)[:-1]}
    tools = sorted(t for t in case.agent_tools if is_read(t) and _names_one(t, nouns))
    if not tools:
        return None
    key, thing = humanise(missing), " ".join(words(missing)[:-1])
    ask = f" (ask for the {humanise(min(others))})" if others else ""
    rule = (
        f"When a customer does not have the {key}, look the {thing} up from what they can give"
        f"{ask} with {join_words((f'`{tool}`' for tool in tools), 'and')}, instead of asking for "
        "it again or ending the case."
    )
    lesson = Lesson(
        label=f"look the {thing} up when the customer does not have the {key}",
        agent_did=f"Asked the customer for the {key} and looked nothing up.",
        applies_when=f"A customer does not have the {key}.",
        said=_said_of(case, words(key)[-2:]),
        human_did=f"Found the {thing} and called `{act.name}`.",
        rule=rule,
        specific=True,
    )
    near = _nearest_policy(case, rule, similarity)
    return replace(near, lesson=lesson) if near else Habit(lesson)


def _names_one(tool: str, nouns: Iterable[str]) -> bool:
    return bool(set(words(tool)[1:]) & set(nouns))


def _read_some(case: Case, group: Sequence[Difference]) -> Habit | None:
    """Return that the agent read only some of a list that its tools showed, and acted on those."""
    if len(group) < 2:
        return None
    wanted = {identity_of(d.human) for d in group if d.human is not None} - {""}
    acts = [act for act in agent_acts(case) if not act.failed]
    for listed in listed_texts(acts):
        if not wanted & set(listed):
            continue
        reads = [act for act in acts if is_read(act.name) and identity_of(act) in listed]
        seen = {identity_of(act) for act in reads}
        if reads and wanted & (set(listed) - seen):
            counts = (len(seen), len(set(listed)))
            return Habit(_of_all_listed(case, group, reads[0], counts))
    return None


def listed_texts(acts: Iterable[Act]) -> list[list[str]]:
    """Return the lists of texts in what the agent's tools showed."""
    records = [act.result for act in acts if isinstance(act.result, dict)]
    values = [value for record in records for value in record.values() if isinstance(value, list)]
    return [
        [entry for entry in value if isinstance(entry, str)]
        for value in values
        if len(value) > 1 and all(isinstance(entry, str) for entry in value)
    ]


def _of_all_listed(
    case: Case, group: Sequence[Difference], read: Act, counts: tuple[int, int]
) -> Lesson:
    name = group[0].name
    key = next((k for k in read.arguments if is_identifier_key(k)), "")
    thing = " ".join(words(key)[:-1]) or "one"
    lesson = lesson_of(case, group, ())
    return replace(
        lesson,
        label=f"{humanise(name)}: read every {thing} that the record lists first",
        agent_did=f"Read {counts[0]} of the {counts[1]} {plural(thing)} that the record lists. "
        f"{lesson.agent_did}",
        rule=f"When a customer asks to {spoken_act(name)} for all of their {plural(thing)}, first "
        f"read every {thing} that their record lists (`{read.name}`), then do it for each that "
        "qualifies, and compare the number done with the number found before you close.",
        specific=True,
        applies_when=f"A customer asks for the same change to several {plural(thing)}.",
    )


def _left_undone(case: Case, group: Sequence[Difference]) -> Habit | None:
    """Return that the agent did one part of a request of several equal ones and left the rest."""
    name = group[0].name
    done = any(same_tool(act.name, name) and not act.failed for act in agent_acts(case))
    if not done or len(group) < 2:
        return None
    lesson = replace(
        lesson_of(case, group, ()),
        label=f"{humanise(name)}: nothing left over",
        rule=f"When a customer asks to {spoken_act(name)} several times over, do it for each, and "
        "compare what was asked with what was done before you close.",
        specific=True,
        applies_when="A customer asks for the same change several times over.",
    )
    return Habit(lesson)


def _left_out_a_step(case: Case, group: Sequence[Difference]) -> Habit | None:
    """Return that the agent did one change, spoke of the other too, and never made it."""
    act = group[0].human
    if act is None or group[0].attempted:
        return None
    acts = [a for a in agent_acts(case) if not a.failed and not is_read(a.name)]
    if any(same_tool(a.name, act.name) for a in acts):
        return None
    for other in human_acts(case.resolution.actions):
        own = set(words(act.name)[1:]) - set(words(other.name)[1:])
        done = any(
            same_tool(a.name, other.name) and identity_of(a) == identity_of(other) for a in acts
        )
        if is_read(other.name) or identity_of(other) != identity_of(act) or not own or not done:
            continue
        if said := _said_of(case, own):
            return Habit(_step(case, group, other.name, said))
    return None


def _said_of(case: Case, nouns: Iterable[str]) -> str:
    """Return the agent's last sentence that speaks of one of these, as if it were done or due."""
    found = ""
    for turn in case.turns:
        for sentence in sentences(turn.text) if turn.role is Role.AGENT else ():
            said = [word for word in words(sentence) if len(word) > 2]
            if any(akin(noun, word) for noun in nouns for word in said):
                found = sentence
    return found


def _step(case: Case, group: Sequence[Difference], other: str, said: str) -> Lesson:
    name = group[0].name
    return replace(
        lesson_of(case, group, ()),
        label=f"{humanise(name)} is a step of its own",
        agent_did=f"Called `{other}` and never `{name}`, of which it had spoken: {said}",
        human_did=f"Called both `{other}` and `{name}`.",
        said=said,
        rule=f"When a customer asks for changes to {object_of(other)} and to {object_of(name)}, "
        f"`{other}` makes only the first: {spoken_act(name)} as well, and tell the customer that "
        "it is done only after both.",
        specific=True,
        applies_when=f"A customer asks for changes to {object_of(other)} and {object_of(name)}.",
    )


def _handed_over(case: Case, similarity: Similarity) -> Habit | None:
    """Return that the agent handed over what it had the tools for, and tried nothing."""
    calls = agent_acts(case)
    handed = any(is_hand_over(act.name) for act in calls)
    tried = any(not is_read(act.name) and not is_hand_over(act.name) for act in calls)
    human = human_acts(case.resolution.actions)
    if not handed or tried or any(is_hand_over(act.name) for act in human):
        return None
    names = list(dict.fromkeys(act.name for act in human if not is_read(act.name)))
    could = join_words(spoken_act(name) for name in names)
    lesson = Lesson(
        label="do not hand over what the agent can do itself",
        agent_did="Handed the case over without calling "
        f"{join_words((f'`{name}`' for name in names), 'or')}, which it had.",
        human_did=f"Called {join_words(f'`{name}`' for name in names)}.",
        rule=f"Do not hand a case over for what you can do yourself: when a customer wants you to "
        f"{could}, ask for what is missing, check it against the rules, then do it or decline.",
        specific=True,
    )
    rules = [k for k in policies_of(case) if HAND_OVER.search(k.item.content.search_text())]
    scored = [
        (similarity.best(_HAND_OVER_RULE, [k.item.content.search_text()]), str(k.item.id), k)
        for k in rules
    ]
    score, _, known = max(scored, key=lambda entry: entry[:2], default=(0.0, "", None))
    return Habit(lesson, known, score) if score >= _ABOUT_THE_SAME else Habit(lesson)
