"""What notices say: what, why now, how long is left."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.escalation import EscalationPolicy, ReviewClock, Tier
from domain.identity import ApiRole
from domain.knowledge import ItemKind, Operation
from domain.notice_words import About, Notice, may_approve_from_chat, write_notice
from domain.notifications import Occasion

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)
POLICY = EscalationPolicy(
    approvals=1,
    tiers=(
        Tier(group=ApiRole.REVIEWER, remind=(timedelta(hours=4),), due=timedelta(hours=7)),
        Tier(group=ApiRole.LEAD, due=timedelta(days=2)),
    ),
)


def clock(**changes: Any) -> ReviewClock:
    fields = {"policy": POLICY, "tier": 0, "tier_started_at": NOW - timedelta(hours=4)}
    return ReviewClock.model_validate({**fields, **changes})


def notice(occasion: Occasion, zone: str = "UTC", **changes: Any) -> Notice:
    fields: dict[str, Any] = {
        "workspace": "default",
        "proposal_id": UUID(int=1),
        "title": "Refunds",
        "kind": ItemKind.ARTICLE,
        "operation": Operation.ADD,
        "support": 3,
        "fixes": 2,
        "breaks": 0,
        "draft": 1,
        "content_hash": "ab" * 32,
        "clock": clock(),
        "address": "http://loop.test/proposals/1",
    }
    return write_notice(About.model_validate({**fields, **changes}), occasion, NOW, ZoneInfo(zone))


def test_a_notice_says_what_it_is_about() -> None:
    said = notice(Occasion.OPENED)
    assert said.title == "Refunds"
    assert said.effect == "It would give the agent a new article."
    assert said.proof == (
        "3 cases show the need. In the replay it breaks no past queries and fixes 2."
    )


def test_a_reminder_says_how_long_it_has_waited_and_what_comes_next() -> None:
    said = notice(Occasion.REMINDER, clock=clock(reminders_sent=1))
    assert said.why_now == "It has waited for 4 hours and nobody has decided (reminder 1 of 1)."
    assert (
        said.time_left == "Due in 3 hours, at 14:00 UTC on 22 November; then it goes to the leads."
    )


def test_an_escalation_says_who_has_not_decided() -> None:
    said = notice(Occasion.ESCALATED, clock=clock(tier=1, tier_started_at=NOW))
    assert said.why_now == (
        "Nobody decided in the first tier (reviewers, 7 hours), so it is with the leads now."
    )
    assert said.time_left == (
        "Due in 2 days, at 11:00 UTC on 24 November; then it is parked, not approved."
    )


def test_times_are_said_in_the_readers_zone_too() -> None:
    said = notice(Occasion.OPENED, zone="Europe/Berlin")
    assert said.time_left is not None
    assert "14:00 UTC on 22 November (15:00 Europe/Berlin)" in said.time_left


def test_what_is_parked_has_no_deadline_and_waits_for_nobody() -> None:
    said = notice(Occasion.PARKED, clock=clock(tier=1, parked=True))
    assert said.why_now == "Nobody decided in the last tier. It was not approved."
    assert said.time_left == "No deadline any more; a lead can reopen it."
    assert not said.can_decide


@pytest.mark.parametrize(
    ("occasion", "changes", "why"),
    [
        (Occasion.OPENED, {}, "It has just been put before people."),
        (
            Occasion.CAME_BACK,
            {"draft": 2},
            "Draft 2 replaces the one that was looked at before.",
        ),
        (Occasion.MENTIONED, {"by": "ada"}, "ada has named you in a comment."),
        (Occasion.ASSIGNED, {"by": "ada"}, "ada has given it to you."),
        (
            Occasion.APPLIED,
            {"approved_by": ("dana", "lee"), "release": 42, "clock": None},
            "Approved by dana and lee; live in release 42.",
        ),
        (
            Occasion.REJECTED,
            {"by": "dana", "reason": "not general", "clock": None},
            "dana rejected it (not general). The page says why.",
        ),
    ],
)
def test_every_occasion_says_why_now(occasion: Occasion, changes: Any, why: str) -> None:
    assert notice(occasion, **changes).why_now == why


def test_a_title_that_may_name_a_person_is_kept_back_and_cannot_be_approved_here() -> None:
    said = notice(Occasion.OPENED, title=None)
    assert (said.title, said.can_approve_here) == ("A proposal on an article", False)


@pytest.mark.parametrize(
    ("kind", "fixes", "breaks", "may"),
    [
        (ItemKind.ARTICLE, 1, 0, True),
        (ItemKind.ARTICLE, 1, 1, False),
        (ItemKind.ARTICLE, None, None, False),
        (ItemKind.POLICY, 1, 0, False),
        (ItemKind.TOOL_CONNECTION, 1, 0, False),
    ],
)
def test_what_needs_a_look_at_the_proof_is_not_approved_in_a_chat(
    kind: ItemKind, fixes: int | None, breaks: int | None, may: bool
) -> None:
    assert may_approve_from_chat(kind, fixes, breaks) is may
