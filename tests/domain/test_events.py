"""What an audit entry is told as, and to whom."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.events import Deed, Event, EventKind, events_of, seen_by
from domain.identity import ApiRole, Permission, Principal

ID = UUID(int=7)
ITEM = UUID(int=8)
NOW = datetime(2026, 3, 31, tzinfo=UTC)


def deed(action: str, subject: str = "proposal", **details: Any) -> Deed:
    return Deed(
        position=3,
        actor="dana",
        action=action,
        subject=f"{subject}/{ID}",
        details=details,
        at=NOW,
    )


@pytest.mark.parametrize(
    ("action", "kind", "status"),
    [
        ("proposal_drafted", EventKind.PROPOSAL_DRAFTED, "drafting"),
        ("review_opened", EventKind.PROPOSAL_OPENED, "in_review"),
        ("review_claim", EventKind.PROPOSAL_ASSIGNED, None),
        ("proposal_commented", EventKind.PROPOSAL_COMMENTED, None),
        ("review_park", EventKind.PROPOSAL_PARKED, "parked"),
        ("something_new", EventKind.PROPOSAL_CHANGED, None),
    ],
)
def test_an_act_on_a_proposal_is_one_event(
    action: str, kind: EventKind, status: str | None
) -> None:
    [event] = events_of(deed(action))

    assert (event.kind, event.proposal_id, event.status) == (kind, ID, status)
    assert (event.position, event.at, event.by) == (3, NOW, "dana")


def test_a_decision_says_what_was_decided_and_what_it_did() -> None:
    [made] = events_of(deed("decision_made", verdict="approve", content_hash="x"))
    [settled] = events_of(deed("decision_approved", verdict="approve"))

    assert (made.verdict, made.effect, made.status) == ("approve", "pending", None)
    assert (settled.verdict, settled.effect, settled.status) == ("approve", "approved", "approved")


@pytest.mark.parametrize(
    "entry",
    [
        deed("decision_approved"),
        deed("decision_approved", verdict="of another release"),
        deed("review_escalate", tier="second"),
        deed("proposal_applied", release="four"),
    ],
)
def test_details_that_are_not_of_their_kind_are_a_change_all_the_same(entry: Deed) -> None:
    [event] = events_of(entry)

    assert (event.kind, event.proposal_id, event.by) == ("proposal_changed", ID, "dana")


def test_an_applied_change_is_a_release_as_well() -> None:
    applied, made = events_of(deed("proposal_applied", release=4, item_id=str(ITEM)))

    assert (applied.kind, applied.proposal_id, applied.release) == ("proposal_applied", ID, 4)
    assert (made.kind, made.proposal_id, made.item_id) == ("release_made", None, ITEM)


@pytest.mark.parametrize("action", ["change_forced", "item_imported"])
def test_an_item_that_was_put_there_is_a_release(action: str) -> None:
    [event] = events_of(deed(action, "item", release=5))

    assert (event.kind, event.item_id, event.release) == (EventKind.RELEASE_MADE, ID, 5)


@pytest.mark.parametrize(
    ("action", "kind", "status"),
    [
        ("intervention_received", EventKind.INTERVENTION_RECEIVED, "received"),
        ("intervention_analyzed", EventKind.INTERVENTION_READ, "analyzing"),
        ("intervention_learned", EventKind.INTERVENTION_CLOSED, "learned"),
    ],
)
def test_an_intervention_is_followed_to_its_end(action: str, kind: EventKind, status: str) -> None:
    [event] = events_of(deed(action, "intervention"))

    assert (event.kind, event.intervention_id, event.status) == (kind, ID, status)


@pytest.mark.parametrize(
    "entry",
    [
        deed("decision_refused", verdict="approve"),
        deed("decision_ignored", verdict="approve"),
        deed("review_claim_asked"),
        deed("review_assign_refused"),
        deed("review_claim", took_effect=False),
        deed("signal_came_late"),
        deed("customer_erased", "erasure"),
        deed("item_looked_at", "item"),
        deed("settings_changed").model_copy(update={"subject": "workspace/acme"}),
    ],
)
def test_what_changes_nothing_that_people_follow_is_not_told(entry: Deed) -> None:
    assert events_of(entry) == ()


@pytest.mark.parametrize("reason", ["edit_breaks", "edit_not_verified"])
def test_an_edit_that_came_back_waits_for_people_again(reason: str) -> None:
    [event] = events_of(deed("decision_ignored", verdict="approve", reason=reason))

    assert (event.kind, event.status) == (EventKind.PROPOSAL_OPENED, "in_review")


@pytest.mark.parametrize("reason", ["stale_content", None, ["edit_breaks"]])
def test_any_other_decision_without_effect_is_not_told(reason: object) -> None:
    assert events_of(deed("decision_ignored", verdict="approve", reason=reason)) == ()


@pytest.mark.parametrize("role", ApiRole)
@pytest.mark.parametrize("kind", EventKind)
def test_a_role_is_told_what_it_may_read(role: ApiRole, kind: EventKind) -> None:
    reader = Principal(workspace="acme", name="dana", role=role)
    event = Event(position=1, kind=kind, at=NOW, by="lee")

    seen = seen_by(event, reader)

    assert (seen is not None) == reader.may(kind.permission)
    if seen is not None:
        assert (seen.by == "lee") == reader.may(Permission.READ_PROPOSALS)
