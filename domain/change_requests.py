"""Changes that somebody asks for: no intervention shows a gap, a person or a checkup says why."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from domain.base import JsonObject, Line, Model, Text
from domain.identity import ApiRole
from domain.knowledge import Change

MAX_PROPOSALS = 100
"""How many items one request may change by review: people read each of them."""


class ChangeRequestKind(StrEnum):
    """What is asked for. A checkup and a quarantine are the system's own, and no person's."""

    ROLLBACK_REVISION = "rollback_revision"
    ROLLBACK_RELEASE = "rollback_release"
    RETIRE = "retire"
    RESTORE = "restore"
    EDIT = "edit"
    CHECKUP = "checkup"
    QUARANTINE = "quarantine"


FORCEABLE = frozenset(
    {
        ChangeRequestKind.ROLLBACK_REVISION,
        ChangeRequestKind.ROLLBACK_RELEASE,
        ChangeRequestKind.QUARANTINE,
    }
)


class ChangeRequestMode(StrEnum):
    """How what was asked for comes about."""

    REVIEWED = "reviewed"
    FORCED = "forced"


class ChangeRequestStatus(StrEnum):
    """Where a change request stands."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    PARKED = "parked"
    APPLIED = "applied"
    DECLINED = "declined"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether no workflow of this request waits or works any more."""
        return self in {
            ChangeRequestStatus.APPLIED,
            ChangeRequestStatus.DECLINED,
            ChangeRequestStatus.FAILED,
        }


class Target(Model):
    """What the request is about; each kind of request names its own of these."""

    item_id: UUID | None = None
    to_revision: int | None = Field(default=None, ge=1)
    to_release: int | None = Field(default=None, ge=1)
    content_hash: str | None = None


_NAMES: dict[ChangeRequestKind, frozenset[str]] = {
    ChangeRequestKind.ROLLBACK_REVISION: frozenset({"item_id", "to_revision"}),
    ChangeRequestKind.ROLLBACK_RELEASE: frozenset({"to_release"}),
    ChangeRequestKind.RETIRE: frozenset({"item_id"}),
    ChangeRequestKind.RESTORE: frozenset({"item_id"}),
    ChangeRequestKind.EDIT: frozenset({"content_hash"}),
    ChangeRequestKind.CHECKUP: frozenset({"item_id"}),
    ChangeRequestKind.QUARANTINE: frozenset({"item_id"}),
}


class NewChangeRequest(Model):
    """What a person asks for, and why. `role` is the one that they asked in."""

    id: UUID
    kind: ChangeRequestKind
    mode: ChangeRequestMode = ChangeRequestMode.REVIEWED
    requested_by: Line
    role: ApiRole
    reason: Text
    target: Target

    @model_validator(mode="after")
    def _names_its_target(self) -> Self:
        named = self.target.model_dump(exclude_none=True).keys()
        if named != _NAMES[self.kind]:
            raise ValueError(f"a {self.kind} names {sorted(_NAMES[self.kind])}")
        if self.mode is ChangeRequestMode.FORCED:
            if self.role is not ApiRole.ADMIN:
                raise ValueError("only an administrator may force a change")
            if self.kind not in FORCEABLE:
                raise ValueError(f"a {self.kind} cannot be forced")
        return self

    def audited(self, changes: Sequence[Change]) -> JsonObject:
        """Return what the audit keeps of the request and of the changes that it asks for.

        Of the reason nothing: an erasure may have to take words from it, and even the hash of a
        short sentence confirms who guesses it. It stands with the request.
        """
        return {
            "kind": self.kind.value,
            "mode": self.mode.value,
            "role": self.role.value,
            "target": self.target.model_dump(mode="json", exclude_none=True),
            "content_hashes": [change.content_hash() for change in changes],
        }


class ChangeRequest(NewChangeRequest):
    """A request as the record holds it; `error_code` names why it failed."""

    status: ChangeRequestStatus
    error_code: str | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime
