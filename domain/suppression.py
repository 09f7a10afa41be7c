"""Gaps that people rejected, and how long a new draft for one is held back."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.base import Line, Model, OptionalText
from domain.findings import Finding, Gap
from domain.knowledge import ItemKind
from domain.reviews import RejectionReason

MAX_LIFTS_AFTER = 1_000

LiftsAfter = Annotated[int, Field(ge=1, le=MAX_LIFTS_AFTER)]


class SuppressionStatus(StrEnum):
    """Whether new drafts for the gap are held back."""

    ACTIVE = "active"
    LAPSED = "lapsed"
    LIFTED = "lifted"


class LiftedBecause(StrEnum):
    """Why a suppression was lifted."""

    BY_HAND = "by_hand"
    ENOUGH_EVIDENCE = "enough_evidence"


class Suppression(Model):
    """A rejection that stands for later drafts of the same gap, until its reason holds no more.

    It lapses when the item that it was about gets a new revision; it is lifted by a person, or by
    the last of `lifts_after` interventions that showed the gap since. `held_back` counts those
    whose finding was not proposed; `successor_id` is the proposal that took them up.
    """

    id: UUID
    proposal_id: UUID
    title: Line
    gap: Gap
    kind: ItemKind
    rejected_by: Line
    reason: OptionalText = ""
    rejection_reason: RejectionReason | None = None
    item_id: UUID | None = None
    lifts_after: LiftsAfter
    held_back: int = Field(ge=0)
    status: SuppressionStatus
    lifted_because: LiftedBecause | None = None
    lifted_by: Line | None = None
    successor_id: UUID | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def is_outweighed_by_hand(self) -> bool:
        """Whether no number of cases that can be expected lifts it: a lead does."""
        return self.lifts_after >= MAX_LIFTS_AFTER


class HeldBack(Model):
    """A finding that was not proposed, because its gap was rejected before."""

    intervention_id: UUID
    finding_index: int = Field(ge=0)
    finding: Finding
    ask: OptionalText = ""
    created_at: AwareDatetime


_OUTWEIGHED_BY_HAND = frozenset({RejectionReason.UNSAFE, RejectionReason.NOT_WANTED})


def lifts_after(reason: RejectionReason | None, usual: int) -> int:
    """Return how many new cases outweigh a rejection; `usual` is the workspace's number.

    That more people ask makes nothing safe, nor wanted: such a rejection a lead lifts by hand.
    """
    return MAX_LIFTS_AFTER if reason in _OUTWEIGHED_BY_HAND else usual


def is_enough(suppression: Suppression, cases: int) -> bool:
    """Return whether so many interventions since the rejection outweigh it."""
    return cases >= suppression.lifts_after
