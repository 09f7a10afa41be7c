"""Where a revision comes from: whose decisions, which analysis, and what asked for it."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.findings import AnalystInfo
from domain.identity import ApiRole
from domain.knowledge import Revision


class SourceKind(StrEnum):
    """What a revision comes from; an import is an administrator's act without a proposal."""

    INTERVENTION = "intervention"
    CHANGE_REQUEST = "change_request"
    IMPORT = "import"


class Approval(Model):
    """One person's word for exactly this content; `role` is unknown for what had no review."""

    by: str
    role: ApiRole | None = None
    at: AwareDatetime
    comment: str = ""


class ReadBy(Model):
    """The analysis that led to the proposal, and who wrote it."""

    analysis_id: UUID | None
    analyst: AnalystInfo


class AskedFor(Model):
    """The change request: what was asked for, by whom, and why."""

    kind: str
    mode: str
    by: str
    reason: str


class SourceProposal(Model):
    """The proposal that was applied. `support` counts the interventions that show the need."""

    title: str
    drafted_by: str
    draft: int
    support: int


class RevisionProvenance(Model):
    """Where one revision comes from."""

    source: SourceKind
    approvals: tuple[Approval, ...]
    proposal: SourceProposal | None = None
    analysis: ReadBy | None = None
    request: AskedFor | None = None


class TracedRevision(Revision):
    """A revision with all that is known of its origin."""

    provenance: RevisionProvenance
