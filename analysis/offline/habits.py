"""Lessons of how the agent worked, where no rule's conditions say why the human did otherwise.

Here those of what it did too much or otherwise: without looking, too early, for a part only, by
assumption. Those of what it left out are in `omissions.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis.offline.actions import (
    Deviation,
    Difference,
    agent_acts,
    differing,
    is_identifier_key,
    is_read,
    same_act,
    same_tool,
)
from analysis.offline.explain import (
    RESTRICTS,
    about_act,
    shares_part,
    telling_arguments,
    unread_by_agent,
)
from analysis.offline.lessons import Lesson, lesson_of
from analysis.offline.omissions import Habit, policies_of, read_omission
from analysis.offline.said import circumstances
from analysis.offline.similarity import Similarity
from analysis.offline.values import describe_value, list_of
from analysis.offline.wording import akin, plural, spoken_act
from analysis.text import humanise, join_words, sentence_case, sentences, words
from domain.base import canonical_json
from domain.cases import Case, KnownItem
from domain.conversation import Role

_AFTER = re.compile(r"\bafter (?P<steps>\w+ing\b[^,.;()]*)", re.IGNORECASE)
_GERUND = re.compile(r"\b(\w+)ing\b", re.IGNORECASE)
_ALIKE = re.compile(
    r"\b(?:all|every|each|both)\b[^.;]*\bmust\b[^.;]*\bsame\b|\bmust be the same\b|"
    r"\bonly\b[^.;]*\b(?:as a|the) whole\b",
    re.IGNORECASE,
)
_A_PART = re.compile(
    r"\b(?:just|only)\s+(?:(?:for|upgrad\w+|chang\w+|mov\w+|cancel\w+)\s+)?"
    r"(?:(?:one|a single)\s+(?P<of>[a-z]+)|(?P<who>\[NAME(?:_\d+)?\]))",
    re.IGNORECASE,
)
_DEPENDS_ON = re.compile(
    r"\b(?:if|when|where) (?:the|an?) (?P<what>[a-z]+(?: [a-z]+)?) (?:is|are|has|holds)\b",
    re.IGNORECASE,
)


def read_habit(case: Case, group: Sequence[Difference], similarity: Similarity) -> Habit | None:
    """Return the lesson of how the agent worked in these differences, if they show one."""
    if group[0].kind is Deviation.EXTRA:
        return (
            _blind(case, group, similarity)
            or _too_early(case, group)
            or _for_a_part(case, group, similarity)
        )
    if group[0].kind is Deviation.DIFFERENT:
        return (
            _blind(case, group, similarity) or _unread_subject(case, group) or _guessed(case, group)
        )
    return read_omission(case, group, similarity)


def _blind(case: Case, group: Sequence[Difference], similarity: Similarity) -> Habit | None:
    """Return that the agent acted on the customer's word where the human looked first."""
    read = unread_by_agent(case, group)
    if not read:
        return None
    name = group[0].name
    found = about_act(case, group, similarity)
    lesson = replace(
        lesson_of(case, group, ()),
        label=f"look before {humanise(name)}",
        agent_did=f"Called `{name}` without reading what it acted on.",
        human_did=f"Read it with `{read}` and did not call `{name}`.",
        rule=f"Before you {spoken_act(name)}, look it up (`{read}`) and decide by what the record "
        "says; what the customer says of it does not count.",
        specific=True,
    )
    return Habit(lesson, found.known, found.score)


def _too_early(case: Case, group: Sequence[Difference]) -> Habit | None:
    """Return that a policy allows the act only after others, none of which the agent had done."""
    act = group[0].agent
    if act is None:
        return None
    said = " ".join(t.text for t in case.turns if t.role is Role.CUSTOMER)
    found: list[tuple[int, Habit]] = []
    for known in policies_of(case):
        text = known.item.content.search_text()
        match = _AFTER.search(text)
        thing = set(words(act.name)[1:])
        if match is None or not thing <= set(words(text)) or thing & set(words(match["steps"])):
            continue
        needed = tools_of_steps(case, match["steps"])
        if not needed or any(_was_done(case, tool, act.turn) for tool in needed):
            continue
        shared = len(set(words(said)) & set(words(text)))
        found.append((shared, Habit(_early(case, group, match["steps"], text), known, 0.6)))
    return max(found, key=lambda pair: (pair[0], str(pair[1])))[1] if found else None


def _early(case: Case, group: Sequence[Difference], steps: str, text: str) -> Lesson:
    name, steps = group[0].name, steps.strip()
    when = join_words(condition.text for condition in circumstances(case, text))
    do = spoken_act(name)
    return replace(
        lesson_of(case, group, ()),
        label=f"{humanise(name)} only after {steps}",
        agent_did=f"Called `{name}` before {steps}.",
        rule=f"{f'When {when}, {do}' if when else sentence_case(do)} only after {steps}; as long "
        "as that has not been done, decline it.",
        specific=True,
    )


def tools_of_steps(case: Case, steps: str) -> list[str]:
    """Return the agent's writing tools whose verbs stand as gerunds in a policy's words."""
    verbs = [form for verb in _GERUND.findall(steps.lower()) for form in _forms(verb)]
    return sorted(
        tool
        for tool in case.agent_tools
        if not is_read(tool) and any(same_act(words(tool)[0], verb) for verb in verbs)
        if set(words(tool)[1:]) & set(words(steps))
    )


def _forms(verb: str) -> list[str]:
    """Return what a gerund without its ending may be the gerund of."""
    undoubled = verb[:-1] if len(verb) > 3 and verb[-1:] == verb[-2:-1] else verb
    return [verb, f"{verb}e", undoubled]


def _was_done(case: Case, tool: str, before: int) -> bool:
    return any(
        same_tool(act.name, tool) and not act.failed and act.turn < before
        for act in agent_acts(case)
    )


def _for_a_part(case: Case, group: Sequence[Difference], similarity: Similarity) -> Habit | None:
    """Return that the agent changed one part of what a policy wants alike in all parts."""
    act = group[0].agent
    part = said_of_a_part(case, act.turn) if act else None
    if act is None or part is None:
        return None
    sentence, of = part
    fields = [humanise(k) for k, v in act.arguments.items() if isinstance(v, str)]
    found: list[tuple[bool, float, str, KnownItem]] = []
    for known in policies_of(case):
        for clause in sentences(known.item.content.search_text()):
            field = next((f for f in fields if set(words(f)) <= set(words(clause))), "")
            if field and _ALIKE.search(clause):
                named = any(akin(of, word) for word in words(clause))
                found.append((named, similarity.best(sentence, [clause]), field, known))
    if not found:
        return None
    *_, field, known = max(found, key=lambda entry: (entry[:2], str(entry[3].item.id)))
    name, parts = group[0].name, plural(of)
    lesson = replace(
        lesson_of(case, group, ()),
        label=f"the same {field} for all {parts}",
        agent_did=f"Called `{name}` for some of the {parts} only: {sentence}",
        said=sentence,
        rule=f"The {field} must be the same for all {parts}: when a customer wants another {field} "
        f"for some of the {parts} only, do not {spoken_act(name)}; decline instead.",
        specific=True,
    )
    return Habit(lesson, known, 0.6)


def said_of_a_part(case: Case, turn: int) -> tuple[str, str] | None:
    """Return the agent's last sentence before a turn that speaks of one part, and of what."""
    found: list[tuple[str, str]] = []
    for spoken in case.turns[: turn + 1]:
        if spoken.role is not Role.AGENT:
            continue
        for sentence in sentences(spoken.text):
            refuses = RESTRICTS.search(sentence)
            match = None if refuses else _A_PART.search(sentence)
            of = (match["of"] or list_of(case, match["who"])) if match else ""
            if of:
                found.append((sentence, of.lower()))
    return found[-1] if found else None


def _unread_subject(case: Case, group: Sequence[Difference]) -> Habit | None:
    """Return that the policy on what differs depends on something that the agent did not read."""
    difference = group[0]
    if difference.human is None or difference.agent is None:
        return None
    read = {act.name for act in agent_acts(case) if not act.failed}
    for known in policies_of(case):
        text = known.item.content.search_text()
        telling = [
            name
            for name in telling_arguments(case, difference, text)
            if isinstance(difference.human.arguments.get(name), int | float)
        ]
        for match in _DEPENDS_ON.finditer(text) if telling else ():
            subject = match["what"].lower()
            tools = sorted(
                tool
                for tool in case.agent_tools - read
                if is_read(tool) and set(words(tool)[1:]) & set(words(subject))
            )
            if tools:
                lesson = _depends(case, difference, telling[0], subject, tools)
                return Habit(lesson, known, shares_part(telling[0], text))
    return None


def _depends(
    case: Case, difference: Difference, argument: str, subject: str, tools: Sequence[str]
) -> Lesson:
    field, name = humanise(argument), difference.name
    look = join_words(f"`{tool}`" for tool in tools)
    sides = [
        describe_value(case, act.arguments.get(argument))
        for act in (difference.agent, difference.human)
        if act is not None
    ]
    return Lesson(
        label=f"look up the {subject} before setting the {field}",
        agent_did=f"Called `{name}` with {field} {sides[0]} without looking up the {subject}.",
        human_did=f"Called `{name}` with {field} {sides[1]}.",
        rule=f"Before you set the {field} in `{name}`, look up the {subject} ({look}) and count by "
        "this rule; do not assume what the record would tell.",
        specific=True,
    )


def _guessed(case: Case, group: Sequence[Difference]) -> Habit | None:
    """Return that the agent took an identifier at hand where the right one was yet to be read."""
    human, agent = group[0].human, group[0].agent
    if human is None or agent is None:
        return None
    acts = agent_acts(case)
    seen = " ".join(canonical_json(act.result) for act in acts)
    read = {act.name for act in acts if not act.failed}
    for name in differing(human.arguments, agent.arguments):
        right, taken = human.arguments.get(name), agent.arguments.get(name)
        if not is_identifier_key(name) or str(right) in seen or str(taken) not in seen:
            continue
        thing = " ".join(words(name)[:-1])
        for known in policies_of(case):
            said = words(known.item.content.search_text())
            about = thing and any(akin(thing, word) for word in said if len(word) > 3)
            tools = [t for t in sorted(case.agent_tools - read) if _reads_one(t, said)]
            if about and tools:
                return Habit(_look_up(agent.name, thing, tools), known, 0.6)
    return None


def _reads_one(tool: str, said: Sequence[str]) -> bool:
    """Return whether a tool reads one thing, by its identifier, that a policy speaks of."""
    verb, *rest = words(tool)
    return is_read(tool) and verb not in {"search", "list"} and bool(set(rest) & set(said))


def _look_up(name: str, thing: str, tools: Sequence[str]) -> Lesson:
    look = join_words((f"`{tool}`" for tool in tools), "or")
    return Lesson(
        label=f"look up the {thing} before {humanise(name)}",
        agent_did=f"Called `{name}` with a {thing} that stood in another record, without {look}.",
        human_did=f"Called `{name}` with another {thing}, which no record that the agent had read "
        "shows.",
        rule=f"Before you {spoken_act(name)}, look up the {thing} that the customer names "
        f"({look}); do not take another one that happens to stand in a record.",
        specific=True,
    )
