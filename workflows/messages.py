"""Messages to and from workflows: signals, the status query, and how a workflow is named.

A signal that does not decode is dropped by Temporal with one log line, so signal models have
defaults everywhere; the workflow records what it cannot use.
"""

from uuid import UUID, uuid5

from pydantic import AwareDatetime

from domain.base import Message
from domain.escalation import StepKind
from domain.proposals import Origin, OriginKind, ProposalStatus


class DecideSignal(Message):
    """A decision was written to the record; rule on it."""

    decision_id: UUID | None = None
    proposal_id: UUID | None = None

    @property
    def signal_id(self) -> UUID | None:
        """What is acted on once, however often it is told."""
        return self.decision_id


class CommandSignal(Message):
    """A claim, release, assignment or reopening was written to the record; rule on it."""

    command_id: UUID | None = None
    proposal_id: UUID | None = None

    @property
    def signal_id(self) -> UUID | None:
        """What is acted on once, however often it is told."""
        return self.command_id


class EvidenceSignal(Message):
    """Another intervention supports one of this workflow's proposals, which has `support` now.

    `redrafted` says that the proposal has a new draft with that customer's wording.
    """

    proposal_id: UUID | None = None
    intervention_id: UUID | None = None
    support: int | None = None
    redrafted: bool = False

    @property
    def signal_id(self) -> UUID | None:
        """The proposal and who supports it, as one id: one intervention may support several."""
        if self.proposal_id is None or self.intervention_id is None:
            return None
        return uuid5(self.proposal_id, str(self.intervention_id))


Signal = DecideSignal | CommandSignal | EvidenceSignal


class ReviewStatus(Message):
    """One review as the status query shows it."""

    proposal_id: UUID
    proposal_status: ProposalStatus
    tier: str
    waiting_since: AwareDatetime | None = None
    next_step: StepKind | None = None
    next_step_at: AwareDatetime | None = None
    support: int = 1


class WorkflowStatus(Message):
    """Where the workflow stands, and what it ignored (a signal that named nothing known).

    `status` is that of what the workflow is about, an intervention or a change request.
    """

    status: str
    step: str
    reviews: tuple[ReviewStatus, ...] = ()
    ignored_signals: int = 0


def workflow_id_of(workspace: str, intervention_id: UUID) -> str:
    """Return the id of an intervention's workflow."""
    return f"intervention/{workspace}/{intervention_id}"


def workflow_id_of_origin(workspace: str, origin: Origin) -> str:
    """Return the id of the workflow that looks after the proposals of an origin."""
    match origin.kind:
        case OriginKind.INTERVENTION:
            return workflow_id_of(workspace, origin.id)
        case OriginKind.CHANGE_REQUEST:
            return f"change/{workspace}/{origin.id}"
