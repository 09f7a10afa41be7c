"""What the API answers, as far as this client reads it; fields it does not know are ignored."""

from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from analysis.personal_data import PersonalDataKind
from domain.cases import AskResult
from domain.checkups import Checkup, Found
from domain.contradiction import Contradiction
from domain.conversation import InterventionStatus
from domain.erasure_requests import Erasure
from domain.findings import AnalystInfo, Finding
from domain.identity import ApiRole
from domain.imports import ImportOutcome
from domain.knowledge import Item, ItemKind
from domain.model_calls import UsageLine
from domain.proposals import Evidence, Proposal, ProposalStatus
from domain.reviews import Decision, DecisionEffect, Review
from domain.suppression import Suppression
from domain.workspace_settings import WorkspaceSettings

T = TypeVar("T")


class ReembedState(StrEnum):
    """Whether a re-embedding runs."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Answer(BaseModel):
    """Whatever the API sends."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Page(Answer, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = None


class Accepted(Answer):
    """An intervention that was taken in; `created` is false if it was known before."""

    intervention_id: UUID
    workflow_id: str
    status: InterventionStatus
    created: bool = True


class Usage(Answer):
    """What calls of language models took, and today's budget."""

    daily_tokens: int | None
    used_today: int
    reserved: int
    cost_usd: Decimal | None
    lines: list[UsageLine]


class InterventionLine(Answer):
    """An intervention as a list shows it."""

    id: UUID
    source: str
    external_id: str
    author: str | None = None
    status: InterventionStatus
    error_code: str | None = None
    created_at: AwareDatetime


class Reading(Answer):
    """An intervention's analysis."""

    analyst: AnalystInfo
    findings: tuple[Finding, ...]
    ask: str = ""


class ProposalLine(Answer):
    """A proposal as an intervention names it."""

    id: UUID
    title: str
    status: ProposalStatus


class InterventionDetail(InterventionLine):
    """An intervention with its analysis and the proposals that it led to or supports."""

    workflow_url: str | None = None
    analysis: Reading | None = None
    proposals: list[ProposalLine]


class ListedProposal(Proposal):
    """A proposal as the inbox lists it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    assignee: str | None = None
    due_at: AwareDatetime | None = None
    candidates: ApiRole | None = None


class Segment(Answer):
    """A piece of a difference."""

    edit: Literal["keep", "insert", "delete"]
    text: str


class ChangedField(Answer):
    """The difference of one field, in pieces."""

    field: str
    changed: bool
    segments: list[Segment]


class PersonalText(Answer):
    """What looks like a person's data in one field of a change."""

    field: str
    kind: PersonalDataKind
    text: str


class ProposalDetail(Proposal):
    """One proposal with all that a reviewer needs."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    diff: tuple[ChangedField, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    personal_data: tuple[PersonalText, ...] = ()
    review: Review | None = None
    approvals_needed: int | None = None
    approvals: tuple[Decision, ...] = ()
    decisions: tuple[Decision, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    workflow_url: str | None = None


class HeldBackGap(Suppression):
    """A rejected gap, and how many later cases of it were held back."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class DecisionReceipt(Answer):
    """A decision that was kept."""

    decision_id: UUID
    status: DecisionEffect


class AskAnswer(AskResult):
    """The reference agent's answer or hand-off, and the outcome that was recorded of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    outcome_id: UUID | None = None


class ImportedItem(Answer):
    """An item that is known now."""

    item_id: UUID | None
    kind: ItemKind
    title: str
    release: int | None
    revision: int | None = None
    outcome: ImportOutcome = ImportOutcome.ADDED
    problem: str = ""


class ImportAnswer(Answer):
    """The items in the order in which they were sent."""

    items: list[ImportedItem]


class Settings(WorkspaceSettings):
    """What holds for the workspace."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class CheckupRun(Checkup):
    """One run of the checkup."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class CheckupFinding(Found):
    """An item that drifts; `proposal_id` is what people decide on, if they were asked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    proposal_id: UUID | None = None


class CheckupAnswer(Answer):
    """The newest checkup, and what it has found."""

    checkup: CheckupRun | None
    findings: list[CheckupFinding]


class ImportedGolden(Answer):
    """How many golden queries were kept, and how many of them were not there before."""

    kept: int
    new: int


class AcceptedErasure(Answer):
    """An erasure that was taken in."""

    erasure_id: UUID
    workflow_id: str


class ErasureState(Erasure):
    """How far an erasure is."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Readiness(Answer):
    """Each part that the API needs, by name."""

    checks: dict[str, str] = {}


class Coverage(Answer):
    """How many there are, and how many of them have a vector of the model."""

    total: int
    embedded: int


class EmbeddingIndex(Answer):
    """The index of a model's vectors."""

    name: str
    bytes: int


class Reembedding(Answer):
    """How far a model's re-embedding is; without counts where no worker answers."""

    state: ReembedState
    done: int | None = None
    total: int | None = None
    per_second: float | None = None
    failure: str = ""


class EmbeddingModelLine(Answer):
    """An embedding model and what has a vector of it."""

    model: str
    dimension: int
    use: str
    passages: Coverage
    asks: Coverage
    proposals: Coverage
    index: EmbeddingIndex | None = None
    reembedding: Reembedding | None = None


class EmbeddingModels(Answer):
    """All models, the serving one first."""

    models: list[EmbeddingModelLine]


class StartedReembedding(Answer):
    """What was started, or ran already."""

    model: str


class PrunedEmbeddings(Answer):
    """How many vectors a call has deleted, and whether some are left."""

    deleted: int
    rest: Literal["none", "some"]

    @property
    def is_through(self) -> bool:
        """Whether nothing is left."""
        return self.rest == "none"


class KnownItem(Item):
    """An item as the knowledge lists it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
