"""What a change to a rule does to a recorded case, by what was done in systems.

Without the change: what the agent did. With it: what an agent that finds the rule and follows it
would have done. Both are held against what the human did; the words hold names of tools, no values.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.offline.actions import (
    Act,
    Deviation,
    Difference,
    agent_acts,
    compare_acts,
    differing,
    human_acts,
    is_hand_over,
    same_tool,
)
from analysis.rules.conditions import Truth
from analysis.rules.directives import HAND_OVER, Directive, directives_of
from analysis.rules.following import Followed, follow
from analysis.text import join_words
from domain.cases import Case
from domain.knowledge import Change, Operation, PolicyContent
from domain.proposals import ActionReplay, ReplayEffect

NOT_FOUND = "The agent would not find the rule in this case: no search for it brings it up."


@dataclass(frozen=True)
class Atom:
    """One way in which an agent's doing differs from the human's, without its values."""

    kind: Deviation
    tool: str
    argument: str = ""


def speaks_of_actions(change: Change, tools: Iterable[str], base: PolicyContent | None) -> bool:
    """Return whether what a change adds to a policy tells an agent what to call or not to call."""
    return bool(_directives(change, tools, base))


def _directives(
    change: Change, tools: Iterable[str], base: PolicyContent | None
) -> list[Directive]:
    content = change.content
    if not isinstance(content, PolicyContent) or change.operation is Operation.RETIRE:
        return []
    return directives_of(content, tools, base)


def replay_actions(
    change: Change, case: Case, *, base: PolicyContent | None, found: bool = True
) -> ActionReplay | None:
    """Return what the change does to the case's actions; None where it cannot be told by them.

    That is so where neither agent nor human called anything in a system, or where nothing that the
    change adds to `base` (the item as it was) names an action. `found` says whether the agent
    would come upon the rule (`is_found`).

    Fixed: a call differed from the human's, the rule speaks of it, and it no longer does. Broken:
    a call that the human made too would be stopped or made otherwise, or one that the human did
    not make would be made. Changed: the agent would do otherwise, and the case does not show how
    that ends. Same: all else.
    """
    directives = _directives(change, case.agent_tools, base)
    human = human_acts(case.resolution.actions)
    acts = agent_acts(case)
    if not directives or not (acts or human):
        return None
    hands_over = any(is_hand_over(d.tool) for d in directives)
    before = _atoms(acts, human, case, hands_over=hands_over)
    told = _told(before)
    if not found:
        return ActionReplay(
            effect=ReplayEffect.SAME, before=told, after=NOT_FOUND, is_whole=not before
        )
    followed = follow(case, directives, change.content.search_text())
    after = _atoms(followed.acts, human, case, hands_over=hands_over)
    effect = _effect(before, after, followed)
    return ActionReplay(
        effect=effect,
        before=told,
        after=_told_with(followed, after, effect),
        is_whole=not after and not followed.unproved,
    )


def _atoms(
    acts: Sequence[Act], human: Sequence[Act], case: Case, *, hands_over: bool
) -> Counter[Atom]:
    found = Counter(a for d in compare_acts(acts, human, case) for a in _of(d))
    if hands_over:
        did = any(is_hand_over(act.name) for act in acts)
        theirs = any(is_hand_over(act.name) for act in human)
        if did is not theirs:
            found[Atom(Deviation.EXTRA if did else Deviation.OMITTED, HAND_OVER)] += 1
    return found


def _of(difference: Difference) -> list[Atom]:
    human, agent = difference.human, difference.agent
    if human is None or agent is None:
        return [Atom(difference.kind, difference.name)]
    names = differing(human.arguments, agent.arguments)
    return [Atom(difference.kind, difference.name, name) for name in names]


def _effect(before: Counter[Atom], after: Counter[Atom], followed: Followed) -> ReplayEffect:
    if after - before or followed.needless:
        return ReplayEffect.BROKEN
    gone = before - after
    if any(is_hand_over(act.name) for act in followed.forbidden) and _is_left_undone(after):
        # Not to hand over is not yet to do what the human did.
        return ReplayEffect.CHANGED
    if gone and not any(_spoken_of(atom, followed) for atom in after):
        return ReplayEffect.FIXED
    return ReplayEffect.CHANGED if gone or followed.is_otherwise else ReplayEffect.SAME


def _is_left_undone(after: Iterable[Atom]) -> bool:
    return any(atom.kind is Deviation.OMITTED for atom in after)


def _spoken_of(atom: Atom, followed: Followed) -> bool:
    """Return whether the rule spoke of what still differs."""
    if atom.kind is Deviation.DIFFERENT:
        return atom.argument in followed.settings
    stopped = [act.name for act in followed.forbidden]
    names = stopped if atom.kind is Deviation.EXTRA else followed.required
    names = [*names, *followed.unproved]
    return any(same_tool(atom.tool, name) for name in names)


_DEVIATED = {
    Deviation.EXTRA: "called {tool}, which the person did not",
    Deviation.OMITTED: "did not call {tool}, as the person did",
    Deviation.DIFFERENT: "called {tool} with another value of `{argument}`",
}


def _told(atoms: Counter[Atom]) -> str:
    """Return how the agent's doing differs from the human's, as a sentence."""
    if not atoms:
        return "The agent did what the person did."
    parts = [
        _DEVIATED[atom.kind].format(tool=_tool(atom.tool), argument=atom.argument)
        + (f", {count} times" if count > 1 else "")
        for atom, count in atoms.items()
    ]
    return f"The agent {join_words(parts)}."


def _tool(name: str) -> str:
    return "a hand-over" if name == HAND_OVER else f"`{name}`"


def _told_with(followed: Followed, after: Counter[Atom], effect: ReplayEffect) -> str:
    """Return what the agent would do with the rule, and how that compares with the human."""
    if not followed.is_otherwise:
        return _why_same(followed)
    parts = [
        ("not call {}", [act.name for act in followed.forbidden]),
        ("first read with {}", followed.looked_up),
        ("call {} with other values", [act.name for act in followed.changed]),
        ("call {}", followed.required),
    ]
    said = [
        f"would {words.format(join_words(dict.fromkeys(map(_tool, names))))}"
        for words, names in parts
        if names
    ]
    would = f"The agent {join_words(said)}."
    if followed.unproved:
        names = join_words(dict.fromkeys(map(_tool, followed.unproved)))
        return f"{would} How {names} would then go, the case does not show."
    if effect is ReplayEffect.BROKEN:
        return f"{would} That is not what the person did."
    end = f"What still differs: {_told(after)}" if after else "That is what the person did."
    return f"{would}{_values_of(followed)} {end}"


def _values_of(followed: Followed) -> str:
    """Return what is proved of the values of calls that the rule asks for by their name alone."""
    made = [_tool(name) for name in followed.required if not is_hand_over(name)]
    if not made:
        return ""
    names = join_words(dict.fromkeys(made))
    return f" All values of {names} stood in the rule, in the conversation or in what was read."


def _why_same(followed: Followed) -> str:
    if not followed.unmet:
        return "The rule asks for nothing that the agent did otherwise."
    text, truth = followed.unmet[0]
    if truth is Truth.FAILS:
        return f"The rule does not apply here; this does not hold: {text}."
    return f"The rule is not shown to apply here; nothing tells whether this holds: {text}."
