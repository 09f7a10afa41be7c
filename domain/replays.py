"""What the replay of a past query shows: the rules. The report is in `domain/proposals.py`."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.cases import AskResult
from domain.golden import Expected
from domain.proposals import ActionReplay, ReplayCase, ReplayEffect


class Judged(NamedTuple):
    """What a change did to one query: the effect, the runs that were right, and two to show."""

    effect: ReplayEffect
    passed_before: int
    passed: int
    before: AskResult
    after: AskResult


def judge_runs(
    before: Sequence[AskResult],
    after: Sequence[AskResult],
    *,
    changed_item: UUID,
    intervened: bool,
    expected: Expected | None = None,
    known_wrong: bool = False,
    wanted_otherwise: bool = False,
) -> Judged:
    """Return what a change did to one query, from its answers without and with the change.

    A run passes if the query is answered, or if `expected` is met where people have said what a
    right answer needs. Fixed is what passes in all runs and did not; broken what passed in all
    runs and does not; the same what is handed off in all runs, whatever the hand-offs say, or
    answered alike. All else has changed, unless a human had to intervene in it (`intervened`: its
    old answer was not good enough) and it now rests on `changed_item`: then it counts as fixed.

    Where nothing is `expected`, an answer is no proof of itself: to lose one that is `known_wrong`
    breaks nothing, and what people `wanted_otherwise` is not fixed by being answered.
    """
    if expected is not None:
        intervened = known_wrong = wanted_otherwise = False
    was = [_passes(run, expected) for run in before]
    now = [_passes(run, expected) for run in after]
    if all(now) and not all(was):
        shown = before[was.index(False)]
        effect = ReplayEffect.CHANGED if wanted_otherwise else ReplayEffect.FIXED
        return Judged(effect, sum(was), len(now), shown, after[0])
    if all(was) and not all(now):
        shown = after[now.index(False)]
        effect = ReplayEffect.CHANGED if known_wrong else ReplayEffect.BROKEN
        return Judged(effect, len(was), sum(now), before[0], shown)
    effect = _of_even(
        before,
        after,
        changed_item=changed_item,
        intervened=intervened and not wanted_otherwise,
    )
    return Judged(effect, sum(was), sum(now), before[0], after[0])


_WEIGHT = (ReplayEffect.BROKEN, ReplayEffect.FIXED, ReplayEffect.CHANGED, ReplayEffect.SAME)


def with_actions(case: ReplayCase, actions: ActionReplay) -> ReplayCase:
    """Return a case with what was done in systems beside its answers.

    What either breaks is broken. What the human did in systems is not fixed by an answer: where the
    change leaves it undone, an answer that is fixed has only changed.
    """
    by_answer = case.effect
    left_undone = actions.effect is ReplayEffect.SAME and not actions.is_whole
    if by_answer is ReplayEffect.FIXED and (left_undone or actions.effect is ReplayEffect.CHANGED):
        by_answer = ReplayEffect.CHANGED
    effect = min(by_answer, actions.effect, key=_WEIGHT.index)
    joined = {"effect": effect, "answer_effect": case.effect, "in_systems": actions}
    return case.model_copy(update=joined)


def _passes(run: AskResult, expected: Expected | None) -> bool:
    return run.answered if expected is None else expected.is_met(run)


def _of_even(
    before: Sequence[AskResult],
    after: Sequence[AskResult],
    *,
    changed_item: UUID,
    intervened: bool,
) -> ReplayEffect:
    """Return the effect on a query that passes neither more nor less surely than before."""
    if not any(run.answered for run in (*before, *after)):
        return ReplayEffect.SAME
    if _are_alike(before, after, changed_item):
        return ReplayEffect.SAME
    rests_on_change = all(
        run.answered and any(used.item_id == changed_item for used in run.items_used)
        for run in after
    )
    return ReplayEffect.FIXED if intervened and rests_on_change else ReplayEffect.CHANGED


def _are_alike(before: Sequence[AskResult], after: Sequence[AskResult], changed_item: UUID) -> bool:
    """Return whether the answers are the same, in a model's words: rest on the same items."""
    if {run.answer for run in before} == {run.answer for run in after}:
        return True
    if len(before) == 1:
        return False
    was, now = _rests_on(before), _rests_on(after)
    return was == now and not any(changed_item in items for items in now)


def _rests_on(runs: Sequence[AskResult]) -> set[frozenset[UUID]]:
    return {frozenset(used.item_id for used in run.items_used) for run in runs if run.answered}
