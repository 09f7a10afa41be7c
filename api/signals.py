"""What is said to a workflow, and what becomes of it when the workflow has ended."""

from typing import Any
from uuid import UUID

from domain.proposals import Origin
from domain.reviews import (
    CommandRuling,
    DecisionEffect,
    IgnoredBecause,
    Ruling,
)
from store import audit, reviews
from store.database import Connection
from workflows.messages import CommandSignal, DecideSignal, EvidenceSignal, Signal


def origin_of(payload: Any) -> Origin:
    """Return whose workflow an outbox entry is for."""
    request_id = payload.get("request_id")
    if request_id is not None:
        return Origin.request(UUID(str(request_id)))
    return Origin.intervention(UUID(str(payload["intervention_id"])))


def signal_of(name: str, payload: Any) -> Signal:
    """Return the signal that an outbox entry stands for."""
    proposal_id = UUID(str(payload["proposal_id"]))
    if name == "add_evidence":
        supporting = UUID(str(payload["supporting_intervention_id"]))
        return EvidenceSignal(
            proposal_id=proposal_id,
            intervention_id=supporting,
            support=payload.get("support"),
            redrafted=bool(payload.get("redrafted")),
        )
    signal_id = UUID(str(payload["id"]))
    if name == "decide":
        return DecideSignal(decision_id=signal_id, proposal_id=proposal_id)
    return CommandSignal(command_id=signal_id, proposal_id=proposal_id)


def signal_to_repeat(entry: reviews.Unsettled) -> tuple[str, Signal]:
    """Return the signal of a click that nothing has settled, and its name."""
    if entry.kind is None:
        return "decide", DecideSignal(decision_id=entry.id, proposal_id=entry.proposal_id)
    return entry.kind.value, CommandSignal(command_id=entry.id, proposal_id=entry.proposal_id)


async def settle_as_closed(connection: Connection, workspace: str, signal: Any) -> None:
    """Record that a decision or command came after the review had closed."""
    if isinstance(signal, DecideSignal) and signal.decision_id:
        ruling = Ruling(effect=DecisionEffect.IGNORED, reason=IgnoredBecause.REVIEW_CLOSED)
        await reviews.settle_decision(connection, workspace, signal.decision_id, ruling)
    if isinstance(signal, CommandSignal) and signal.command_id:
        refusal = CommandRuling(takes_effect=False, reason="the review is closed")
        await reviews.settle_command(connection, workspace, signal.command_id, refusal)
    await audit.record(
        connection,
        workspace,
        actor="system",
        action="signal_came_late",
        subject=f"proposal/{signal.proposal_id}",
        details=signal.model_dump(mode="json"),
    )
