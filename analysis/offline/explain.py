"""Which policy explains how the human's action differs from the agent's, and by which conditions.

A policy explains a difference if its clauses about the case's facts point the human's way: they
restrict what the agent did and the human did not, allow what only the human did, or set what the
two set differently. Likeness of words alone explains nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.offline.actions import (
    Deviation,
    Difference,
    differing,
    human_acts,
    is_hand_over,
    is_read,
    same_act,
)
from analysis.offline.facts import (
    Condition,
    ConditionKind,
    categories_of,
    conditions,
    identifiers,
    mentions,
    relevant_records,
    settled_arguments,
)
from analysis.offline.said import circumstances, customer_conditions
from analysis.offline.similarity import Similarity
from analysis.offline.values import describe_value
from analysis.offline.wording import akin, spoken_value
from analysis.text import humanise, numbers, sentences, words
from domain.base import JsonValue
from domain.cases import Case, KnownItem
from domain.knowledge import ItemKind

RESTRICTS = re.compile(
    r"\b(?:cannot|can't|can not|must not|may not|not allowed|not possible|no longer|only"
    r" (?:if|when)"
    r"|do not|does not|don't|never|not (?:be )?(?:modified|changed|cancel\w*|refund\w*)"
    r"|transfer is|unless|at most|except)\b",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(?:can(?! ?not)|may(?! not)|always|should|must(?! not)|offer|give|free|is allowed"
    r"|are allowed|entitled)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?<=[.;!])\s+|, (?:and|but) (?!\w+ (?:economy|member))")
HAND_OVER = re.compile(r"\b(?:transfer|hand over|hand-over|escalat)", re.IGNORECASE)
_USED = re.compile(
    r"\b(?:used|flown|taken|started|begun|departed|passed|partly|partially)\b", re.IGNORECASE
)
_ONLY_IF = re.compile(r"\bonly (?:if|when)\b", re.IGNORECASE)
_MOST = 4
_SPEAKS = 0.6


@dataclass(frozen=True)
class Explanation:
    """A policy that bears on a difference, the conditions that decide, and how sure that is."""

    known: KnownItem | None
    conditions: tuple[Condition, ...]
    decisive: bool
    score: float


def explain(
    case: Case, group: Sequence[Difference], told: str, similarity: Similarity
) -> Explanation:
    """Return the policy that explains the differences best; without one, `known` is None."""
    found = [
        _weigh(case, group, known, told, similarity)
        for known in case.known_items
        if known.item.kind is ItemKind.POLICY
    ]
    best = max(found, key=lambda e: (e.decisive, e.score, str(e.known)), default=None)
    return best or Explanation(None, (), decisive=False, score=0.0)


def _weigh(
    case: Case, group: Sequence[Difference], known: KnownItem, told: str, similarity: Similarity
) -> Explanation:
    text = known.item.content.search_text()
    acts = [act for d in group for act in (d.human, d.agent) if act is not None]
    facts = conditions(case, acts, text, _unsettled(group[0]))
    categories = categories_of(case)
    reasons = customer_conditions(case, _policy_texts(case)) if is_about(case, group, text) else []
    clauses = sentences(text) if group[0].kind is Deviation.OMITTED else clauses_of(text)
    pointing = [c for c in facts if _points(c, group[0], clauses, categories)]
    decisive = _decides(case, group, facts, pointing, text)
    told_of = circumstances(case, text) if is_about(case, group, text) else []
    beside = [*_settled_beside(case, group[0], text), *told_of]
    besides = {condition.subject for condition in beside}
    known_of = [
        fact
        for fact in facts
        if fact.subject not in besides and (fact.kind is not ConditionKind.PAST or fact in pointing)
    ]
    shown = _chosen([*known_of, *reasons, *beside], [*pointing, *beside])
    likeness = similarity.best(f"{_spoken_of(group)} {told}", [text])
    score = likeness + 0.3 * _topic(group[0], text) + 0.08 * min(len(pointing), 4)
    score += 0.12 * known.used_by_agent + 0.25 * bool(_set_numbers(group) & numbers(text))
    score += 0.15 * bool(told_of)
    score += 0.25 * (_hands_over(case) and bool(HAND_OVER.search(text)))
    return Explanation(known, tuple(shown), decisive=decisive, score=round(score, 4))


def _policy_texts(case: Case) -> list[str]:
    policies = (k.item for k in case.known_items if k.item.kind is ItemKind.POLICY)
    return [item.content.search_text() for item in policies]


def clauses_of(text: str) -> list[str]:
    """Return the clauses of a policy, each of which restricts or allows on its own."""
    return [
        clause for line in text.splitlines() for clause in _CLAUSE.split(line) if clause.strip()
    ]


def _unsettled(difference: Difference) -> list[str]:
    if difference.human is None or difference.agent is None:
        return []
    return differing(difference.human.arguments, difference.agent.arguments)


def _settled_beside(case: Case, difference: Difference, text: str) -> list[Condition]:
    """Return the arguments that both set alike and that share a word with one that decides."""
    acts = [act for act in (difference.human, difference.agent) if act is not None]
    telling = {w for name in telling_arguments(case, difference, text) for w in words(name)}
    return [
        Condition(
            ConditionKind.COUNT, humanise(k), spoken_value(humanise(k), f"{v:g}"), humanise(k)
        )
        for k, v in settled_arguments(acts).items()
        if isinstance(v, int | float) and not isinstance(v, bool) and telling & set(words(k))
    ]


def _points(
    condition: Condition,
    difference: Difference,
    clauses: Iterable[str],
    categories: frozenset[str],
) -> bool:
    """Return whether a clause about this condition points the human's way."""
    if condition.kind is ConditionKind.TIME:
        return condition.holds is not (difference.kind is Deviation.EXTRA)
    if condition.kind is ConditionKind.COUNT:
        return False
    if condition.kind is ConditionKind.PAST:
        return difference.kind is Deviation.EXTRA and any(_USED.search(c) for c in clauses)
    if difference.kind is Deviation.OMITTED and condition.holds is False:
        return False
    about = [clause for clause in clauses if mentions(clause, condition.words, categories)]
    if difference.kind is Deviation.DIFFERENT:
        names = _unsettled(difference)
        return any(shares_part(name, clause) >= _SPEAKS for clause in about for name in names)
    wanted = RESTRICTS if difference.kind is Deviation.EXTRA else _ALLOWS
    return any(wanted.search(clause) for clause in about)


def _decides(
    case: Case,
    group: Sequence[Difference],
    facts: Sequence[Condition],
    pointing: Sequence[Condition],
    text: str,
) -> bool:
    """Return whether the conditions that point the human's way are enough to state a rule."""
    first = group[0]
    values = [c for c in pointing if c.kind in {ConditionKind.VALUE, ConditionKind.PAST}]
    if first.kind is Deviation.EXTRA:
        return bool(values) and not _permits(case, facts, text) and is_about(case, group, text)
    if first.kind is Deviation.OMITTED:
        given = _set_numbers(group) & numbers(text)
        return len(pointing) >= 2 and bool(given) and is_about(case, group, text)
    return len(values) >= 2 and bool(telling_arguments(case, first, text))


def _permits(case: Case, facts: Iterable[Condition], text: str) -> bool:
    """Return whether a fact meets what the policy allows the act for.

    A flag that is set meets an "only if"; the reason that the customer gave must then decide.
    """
    facts = list(facts)
    if any(fact.kind is ConditionKind.TIME and fact.holds for fact in facts):
        return True
    clauses = [clause for clause in clauses_of(text) if _ONLY_IF.search(clause)]
    met = any(
        fact.kind is ConditionKind.FLAG
        and fact.holds
        and any(mentions(clause, fact.words) for clause in clauses)
        for fact in facts
    )
    return met and not customer_conditions(case, _policy_texts(case))


def telling_arguments(case: Case, difference: Difference, text: str) -> list[str]:
    """Return the arguments that differ in a way that can be said, and that a text speaks of."""
    if difference.human is None or difference.agent is None:
        return []
    human, agent = difference.human.arguments, difference.agent.arguments
    told: list[str] = []
    for name in _unsettled(difference):
        right, wrong = describe_value(case, human.get(name)), describe_value(case, agent.get(name))
        if right and right != wrong and shares_part(name, text) >= _SPEAKS:
            told.append(name)
    return told


def is_about(case: Case, group: Sequence[Difference], text: str) -> bool:
    """Return whether a policy speaks of the act, or of the hand-over that the human chose.

    A noun made of the verb, as in "within a day of booking", is not the act.
    """
    verb = next(iter(words(group[0].name)), "")
    if any(same_act(verb, word) for word in words(text) if not word.endswith("ing")):
        return True
    return _hands_over(case) and bool(HAND_OVER.search(text))


def _hands_over(case: Case) -> bool:
    return any(is_hand_over(action.name) for action in human_acts(case.resolution.actions))


def shares_part(name: str, text: str) -> float:
    """Return the share of a name's words that a text has in some form: `nonfree` has `free`."""
    said = {word for word in words(text) if len(word) > 2}
    parts = [word for word in words(name) if len(word) > 2]
    met = sum(any(akin(part, word) for word in said) for part in parts)
    return met / max(1, len(parts))


def _topic(difference: Difference, text: str) -> float:
    """Return how much a policy speaks of the arguments that differ, or else of the action."""
    if names := _unsettled(difference):
        return max((shares_part(name, text) for name in names), default=0.0)
    return shares_part(difference.name, text)


def _spoken_of(group: Sequence[Difference]) -> str:
    return " ".join([humanise(group[0].name), *map(humanise, _unsettled(group[0]))])


def _set_numbers(group: Sequence[Difference]) -> frozenset[str]:
    """Return the numbers that the human's arguments set, small counts left out."""
    values: list[JsonValue] = [
        value for d in group if d.human is not None for value in d.human.arguments.values()
    ]
    return frozenset(f"{v:g}" for v in values if isinstance(v, int | float) and abs(v) >= 5)


def _chosen(found: Sequence[Condition], pointing: Sequence[Condition]) -> list[Condition]:
    """Return the conditions to state: those that point the human's way, then what else is known."""
    order = list(ConditionKind)
    ranked = sorted(found, key=lambda c: (c not in pointing, order.index(c.kind), c.subject))
    kept = ranked[:_MOST]
    return sorted(kept, key=lambda c: (order.index(c.kind), c.subject))


def unread_by_agent(case: Case, group: Sequence[Difference]) -> str:
    """Return the read that the human made of what the agent acted on blindly, or nothing.

    Blindly means: no tool had shown the agent the thing, so it took the customer's word for it.
    """
    acts = [d.agent for d in group if d.agent is not None]
    if not acts or any(relevant_records(case, [act]) != [{}] for act in acts):
        return ""
    named = {value for act in acts for value in identifiers(act.arguments)}
    for action in case.resolution.actions:
        if is_read(action.name) and named & set(identifiers(action.arguments)):
            return action.name
    return ""


def about_act(case: Case, group: Sequence[Difference], similarity: Similarity) -> Explanation:
    """Return the policy nearest to the act among those that speak of it; None where none does."""
    told = _spoken_of(group)
    about = [
        (similarity.best(told, [text]) + 0.25 * bool(RESTRICTS.search(text)), known)
        for known in case.known_items
        if known.item.kind is ItemKind.POLICY
        and is_about(case, group, text := known.item.content.search_text())
    ]
    if not about:
        return Explanation(None, (), decisive=False, score=0.0)
    score, known = max(about, key=lambda pair: (pair[0], str(pair[1].item.id)))
    return Explanation(known, (), decisive=False, score=round(score, 4))
