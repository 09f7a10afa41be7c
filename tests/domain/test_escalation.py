"""The escalation policy as YAML gives it, and the clock that walks it."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.escalation import (
    EscalationPolicies,
    EscalationPolicy,
    ReviewClock,
    Step,
    StepKind,
    Tier,
    next_step,
    restart_clock,
    take_step,
)
from domain.identity import ApiRole
from domain.knowledge import ItemKind
from tests.domain.builders import NOW, clock, policy
from tests.domain.strategies import OTHERS, REVIEWING, policies

delays = st.integers(min_value=0, max_value=60 * 24 * 60).map(lambda n: timedelta(minutes=n))


def tier(text: str) -> Tier:
    return Tier.model_validate(yaml.safe_load(text))


def most_steps(policy: EscalationPolicy) -> int:
    return sum(len(tier.remind) + 1 for tier in policy.tiers)


def walk(policy: EscalationPolicy, late: list[timedelta]) -> list[tuple[ReviewClock, Step]]:
    """Return each clock with the step taken from it, the n-th step late by the n-th delay."""
    review, now, taken = restart_clock(policy, NOW), NOW, list[tuple[ReviewClock, Step]]()
    for delay in late:
        step = next_step(review, now)
        if step is None:
            break
        now = max(now, step.at) + delay
        due = next_step(review, now)
        assert due is not None
        assert due.is_due
        taken.append((review, due))
        review = take_step(review, due.kind, now)
    assert review.parked
    assert next_step(review, now + timedelta(days=3650)) is None
    return taken


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[ReviewClock, Step]]:
    """Draw a policy and a walk through it to its end."""
    chosen = draw(policies())
    bound = most_steps(chosen)
    return walk(chosen, draw(st.lists(delays, min_size=bound, max_size=bound)))


@given(walks())
def test_every_walk_parks_within_the_steps_of_its_policy(
    taken: list[tuple[ReviewClock, Step]],
) -> None:
    assert 0 < len(taken) <= most_steps(taken[0][0].policy)
    assert [step.kind for _, step in taken].count(StepKind.PARK) == 1
    assert taken[-1][1].kind is StepKind.PARK


@given(walks())
def test_every_tier_has_its_turn_and_none_twice(taken: list[tuple[ReviewClock, Step]]) -> None:
    ends = [review.tier for review, step in taken if step.kind is not StepKind.REMIND]
    assert ends == list(range(len(taken[0][0].policy.tiers)))


@given(walks())
def test_time_and_tiers_never_go_back(taken: list[tuple[ReviewClock, Step]]) -> None:
    for (before, one), (after, other) in pairwise(taken):
        assert one.at <= other.at
        assert before.tier <= after.tier
        assert before.tier_started_at <= after.tier_started_at


@given(walks())
def test_reminders_come_before_the_end_of_their_tier(
    taken: list[tuple[ReviewClock, Step]],
) -> None:
    for review, step in taken:
        if step.kind is StepKind.REMIND:
            assert review.tier_started_at < step.at < review.due_at
        else:
            assert step.at == review.due_at


@given(policies())
def test_a_punctual_clock_sends_every_reminder(policy: EscalationPolicy) -> None:
    taken = walk(policy, [timedelta(0)] * most_steps(policy))
    reminders = [step for _, step in taken if step.kind is StepKind.REMIND]
    assert len(reminders) == sum(len(tier.remind) for tier in policy.tiers)


@given(policies(), st.lists(delays, min_size=1, max_size=4))
def test_a_step_is_due_exactly_when_its_time_has_come(
    policy: EscalationPolicy, delays: list[timedelta]
) -> None:
    review = restart_clock(policy, NOW)
    for delay in delays:
        step = next_step(review, NOW + delay)
        assert step is not None
        assert step.is_due is (step.at <= NOW + delay)


@given(policies(), delays)
def test_before_a_step_is_due_its_time_does_not_depend_on_the_clock(
    policy: EscalationPolicy, delay: timedelta
) -> None:
    review = restart_clock(policy, NOW)
    first, later = next_step(review, NOW), next_step(review, NOW + delay)
    assert first is not None
    assert later is not None
    if not first.is_due and NOW + delay < first.at:
        assert later == first


def test_a_clock_that_wakes_after_the_tier_skips_its_reminders() -> None:
    step = next_step(clock(), NOW + timedelta(days=30))
    assert step == Step(kind=StepKind.ESCALATE, at=NOW + timedelta(days=2), is_due=True)


def test_the_next_tier_begins_when_the_escalation_happens_not_when_it_was_due() -> None:
    late = NOW + timedelta(days=30)
    step = next_step(clock(), late)
    assert step is not None
    after = take_step(clock(), step.kind, late)
    assert (after.tier, after.tier_started_at, after.reminders_sent) == (1, late, 0)
    assert after.due_at == late + timedelta(days=2)
    assert after.group is ApiRole.LEAD


def test_a_deadline_is_due_to_the_second() -> None:
    reminded = take_step(clock(), StepKind.REMIND, NOW)
    early = next_step(reminded, NOW + timedelta(days=2, seconds=-1))
    due = next_step(reminded, NOW + timedelta(days=2))
    assert early is not None
    assert due is not None
    assert (early.kind, early.is_due) == (StepKind.ESCALATE, False)
    assert (due.kind, due.is_due) == (StepKind.ESCALATE, True)


@given(policies(), st.integers(min_value=-23, max_value=23), delays)
def test_the_zone_of_the_clock_does_not_matter(
    policy: EscalationPolicy, hours: int, delay: timedelta
) -> None:
    now = NOW + delay
    review = restart_clock(policy, NOW)
    elsewhere = now.astimezone(timezone(timedelta(hours=hours)))
    assert next_step(review, elsewhere) == next_step(review, now)


def test_no_step_approves() -> None:
    assert {kind.value for kind in StepKind} == {"remind", "escalate", "park"}


def test_a_restart_begins_again_in_the_first_tier() -> None:
    again = restart_clock(policy(), NOW + timedelta(days=90))
    assert (again.tier, again.reminders_sent, again.parked) == (0, 0, False)
    assert again.tier_started_at == NOW + timedelta(days=90)


@given(policies())
def test_a_clock_survives_json(policy: EscalationPolicy) -> None:
    review = restart_clock(policy, NOW)
    assert ReviewClock.model_validate_json(review.model_dump_json()) == review


def test_a_clock_needs_a_zone_and_a_tier_that_exists() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        restart_clock(policy(), datetime(2026, 3, 31))  # noqa: DTZ001
    with pytest.raises(ValidationError, match="no tier 2"):
        ReviewClock(policy=policy(), tier=2, tier_started_at=NOW)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("30m", timedelta(minutes=30)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("PT90S", timedelta(seconds=90)),
    ],
)
def test_yaml_names_durations_with_their_unit(text: str, due: timedelta) -> None:
    assert tier(f"{{group: lead, due: {text}}}").due == due


@pytest.mark.parametrize(
    "text",
    [
        *("30", "4.5", "1:30", "'30'", "true", "soon", "''", "h", "-4h", "0h", "4 h", "1y"),
        *("523w", "99999999w", "99999999999999999999w", "null", "[]"),
    ],
)
def test_a_duration_without_unit_or_sense_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tier(f"{{group: lead, due: {text}}}")
    assert refused.value.errors()[0]["loc"] == ("due",)


@pytest.mark.parametrize(
    ("text", "count"), [("null", 0), ("[]", 0), ("1d", 1), ("[1d]", 1), ("[4h, 1d]", 2)]
)
def test_reminders_are_none_one_or_a_list(text: str, count: int) -> None:
    assert len(tier(f"{{group: lead, due: 2d, remind: {text}}}").remind) == count


@pytest.mark.parametrize("text", ["[1d, 4h]", "[1d, 1d]", "2d", "3d", "0h", "30", "[1d, 30]"])
def test_reminders_come_in_order_and_before_the_end(text: str) -> None:
    with pytest.raises(ValidationError):
        tier(f"{{group: lead, due: 2d, remind: {text}}}")


@pytest.mark.parametrize("role", OTHERS)
def test_machines_review_nothing(role: ApiRole) -> None:
    with pytest.raises(ValidationError, match="group"):
        tier(f"{{group: {role}, due: 2d}}")
    with pytest.raises(ValidationError, match="one_from"):
        policy(one_from=role)


def settings(**approvals: int) -> dict[str, Any]:
    tiers = [{"group": "reviewer", "due": "2d"}]
    return {
        kind.value: {"tiers": tiers, "approvals": approvals.get(kind.value, 2)} for kind in ItemKind
    }


@pytest.mark.parametrize("kind", [ItemKind.POLICY, ItemKind.TOOL_CONNECTION])
def test_no_file_lets_one_person_approve_a_policy_or_a_tool(kind: ItemKind) -> None:
    with pytest.raises(ValidationError, match=f"{kind}: approvals must be 2"):
        EscalationPolicies.model_validate(settings(**{kind.value: 1}))


def test_each_kind_has_its_own_policy() -> None:
    read = EscalationPolicies.model_validate(settings(article=1, policy=2, tool_connection=3))
    assert [read.of(kind).approvals for kind in ItemKind] == [1, 2, 3]


@pytest.mark.parametrize(("tiers", "approvals"), [(0, 1), (9, 1), (1, 0), (1, 6)])
def test_a_policy_has_bounds(tiers: int, approvals: int) -> None:
    one = Tier(group=REVIEWING[0], due=timedelta(days=1))
    with pytest.raises(ValidationError):
        EscalationPolicy(tiers=(one,) * tiers, approvals=approvals)
