"""What is told to pages and integrations as it happens, read off the audit; and to whom.

An event holds ids, kinds and numbers, and names of staff for who may see them: never a customer's
words. It says that something happened; what it is now, its reader asks the API.
"""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator

from domain.base import Model
from domain.edits import CAME_BACK
from domain.identity import Permission, Principal
from domain.proposals import ProposalStatus
from domain.reviews import DecisionEffect, Verdict


class EventKind(StrEnum):
    """What happened."""

    INTERVENTION_RECEIVED = "intervention_received"
    INTERVENTION_READ = "intervention_read"
    INTERVENTION_CLOSED = "intervention_closed"
    PROPOSAL_DRAFTED = "proposal_drafted"
    PROPOSAL_OPENED = "proposal_opened"
    PROPOSAL_ASSIGNED = "proposal_assigned"
    PROPOSAL_COMMENTED = "proposal_commented"
    PROPOSAL_DECIDED = "proposal_decided"
    PROPOSAL_ESCALATED = "proposal_escalated"
    PROPOSAL_PARKED = "proposal_parked"
    PROPOSAL_APPLIED = "proposal_applied"
    PROPOSAL_CHANGED = "proposal_changed"
    RELEASE_MADE = "release_made"

    @property
    def permission(self) -> Permission:
        """What its reader must be allowed to read."""
        if self is EventKind.RELEASE_MADE:
            return Permission.READ_KNOWLEDGE
        if self.value.startswith("intervention_"):
            return Permission.READ_INTERVENTIONS
        return Permission.READ_PROPOSALS


def _as_object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


class Deed(Model):
    """One entry of the audit, at its place in the order of commits."""

    position: int
    actor: str
    action: str
    subject: str
    details: Annotated[dict[str, Any], BeforeValidator(_as_object)]
    """Whatever was written; anything but a JSON object is read as none."""
    at: AwareDatetime


class Event(Model):
    """Something that happened. `position` grows with each; two of one deed have the same."""

    position: int
    kind: EventKind
    at: AwareDatetime
    by: str | None = None
    """Who did it: a person, or what works here by itself. Only for who may read proposals."""
    intervention_id: UUID | None = None
    proposal_id: UUID | None = None
    item_id: UUID | None = None
    status: str | None = None
    """Where the proposal or the intervention stands then, if the event says so."""
    verdict: Verdict | None = None
    effect: DecisionEffect | None = None
    """What a decision did: `pending` while it is only recorded."""
    tier: int | None = None
    """With `proposal_escalated`: which tier of the escalation policy has it now, from 0."""
    release: int | None = None


def seen_by(event: Event, reader: Principal) -> Event | None:
    """Return the event as the reader may see it; None if it is none of theirs."""
    if not reader.may(event.kind.permission):
        return None
    if event.by is not None and not reader.may(Permission.READ_PROPOSALS):
        return event.model_copy(update={"by": None})
    return event


_INTERVENTIONS = {
    "intervention_received": (EventKind.INTERVENTION_RECEIVED, "received"),
    "intervention_tried_again": (EventKind.INTERVENTION_RECEIVED, "received"),
    "intervention_analyzed": (EventKind.INTERVENTION_READ, "analyzing"),
}

_PROPOSALS: dict[str, tuple[EventKind, ProposalStatus | None]] = {
    "proposal_drafted": (EventKind.PROPOSAL_DRAFTED, ProposalStatus.DRAFTING),
    "proposal_redrafted": (EventKind.PROPOSAL_DRAFTED, None),
    "proposal_sent_back": (EventKind.PROPOSAL_DRAFTED, None),
    "wordings_gathered": (EventKind.PROPOSAL_DRAFTED, None),
    "review_opened": (EventKind.PROPOSAL_OPENED, ProposalStatus.IN_REVIEW),
    "review_reopen": (EventKind.PROPOSAL_CHANGED, None),
    "review_claim": (EventKind.PROPOSAL_ASSIGNED, None),
    "review_release": (EventKind.PROPOSAL_ASSIGNED, None),
    "review_assign": (EventKind.PROPOSAL_ASSIGNED, None),
    "proposal_commented": (EventKind.PROPOSAL_COMMENTED, None),
    "review_remind": (EventKind.PROPOSAL_ESCALATED, ProposalStatus.IN_REVIEW),
    "review_escalate": (EventKind.PROPOSAL_ESCALATED, ProposalStatus.IN_REVIEW),
    "review_park": (EventKind.PROPOSAL_PARKED, ProposalStatus.PARKED),
    "proposal_conflicted": (EventKind.PROPOSAL_CHANGED, ProposalStatus.CONFLICTED),
    "proposal_superseded": (EventKind.PROPOSAL_CHANGED, ProposalStatus.SUPERSEDED),
    "proposal_applied": (EventKind.PROPOSAL_APPLIED, ProposalStatus.APPLIED),
    "decision_made": (EventKind.PROPOSAL_DECIDED, None),
    "decision_counted": (EventKind.PROPOSAL_DECIDED, ProposalStatus.IN_REVIEW),
    "decision_approved": (EventKind.PROPOSAL_DECIDED, ProposalStatus.APPROVED),
    "decision_rejected": (EventKind.PROPOSAL_DECIDED, ProposalStatus.REJECTED),
    "decision_changes_requested": (EventKind.PROPOSAL_DECIDED, ProposalStatus.CHANGES_REQUESTED),
}

_NO_NEWS = frozenset({"decision_refused", "decision_ignored", "signal_came_late"})


def events_of(deed: Deed) -> tuple[Event, ...]:
    """Return what an audit entry is told as: nothing, one event, or two for an applied change.

    An act on a proposal that is not known here, or whose details are not those of its kind, is told
    as `proposal_changed`.
    """
    kind, _, name = deed.subject.partition("/")
    subject = _uuid(name)
    if subject is None:
        return ()
    if kind == "intervention":
        return (_of_intervention(deed, subject),)
    release = deed.details.get("release")
    events: list[Event] = []
    if kind == "proposal" and _is_news(deed):
        try:
            events.append(_of_proposal(deed, subject))
        except (KeyError, ValueError):
            # Another release wrote it: something is new about the proposal all the same.
            changed = _event(deed, EventKind.PROPOSAL_CHANGED)
            events.append(changed.model_copy(update={"proposal_id": subject}))
    if isinstance(release, int) and kind in {"proposal", "item"}:
        item = subject if kind == "item" else _uuid(deed.details.get("item_id"))
        made = _event(deed, EventKind.RELEASE_MADE)
        events.append(made.model_copy(update={"release": release, "item_id": item}))
    return tuple(events)


def _is_news(deed: Deed) -> bool:
    # What was asked for is told once it is done; what had no effect has changed nothing.
    if _came_back(deed):
        return True
    if deed.action in _NO_NEWS or deed.details.get("took_effect") is False:
        return False
    return not (deed.action.startswith("review_") and deed.action.endswith(("_asked", "_refused")))


def _came_back(deed: Deed) -> bool:
    """Return whether an edit is before people once more, instead of being approved."""
    reason = deed.details.get("reason")
    return deed.action == "decision_ignored" and isinstance(reason, str) and reason in CAME_BACK


def _event(deed: Deed, kind: EventKind) -> Event:
    return Event(position=deed.position, kind=kind, at=deed.at, by=deed.actor)


def _of_intervention(deed: Deed, intervention_id: UUID) -> Event:
    closed = (EventKind.INTERVENTION_CLOSED, deed.action.removeprefix("intervention_"))
    kind, status = _INTERVENTIONS.get(deed.action, closed)
    return _event(deed, kind).model_copy(
        update={"intervention_id": intervention_id, "status": status}
    )


def _of_proposal(deed: Deed, proposal_id: UUID) -> Event:
    action = "review_opened" if _came_back(deed) else deed.action
    kind, status = _PROPOSALS.get(action, (EventKind.PROPOSAL_CHANGED, None))
    update: dict[str, Any] = {"proposal_id": proposal_id, "status": status}
    if kind is EventKind.PROPOSAL_DECIDED:
        effect = deed.action.removeprefix("decision_")
        update["effect"] = DecisionEffect("pending" if effect == "made" else effect)
        update["verdict"] = Verdict(deed.details["verdict"])
    if kind is EventKind.PROPOSAL_ESCALATED:
        update["tier"] = deed.details.get("tier")
    if kind is EventKind.PROPOSAL_APPLIED:
        update["release"] = deed.details.get("release")
        update["item_id"] = _uuid(deed.details.get("item_id"))
    return Event(position=deed.position, kind=kind, at=deed.at, by=deed.actor, **update)


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
