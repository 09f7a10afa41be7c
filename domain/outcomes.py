"""Outcomes: how served queries ended."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.base import Model, OptionalText, Text


class Span(NamedTuple):
    """Some revisions of one item, the first and the last included."""

    item_id: UUID
    from_revision: int
    to_revision: int


class HandledBy(StrEnum):
    """Who resolved a query."""

    AGENT = "agent"
    HUMAN = "human"


class Outcome(Model):
    """One served query: who handled it, with which items, and whether it was right if known."""

    id: UUID
    query: Text
    handled_by: HandledBy
    items_used: tuple[UUID, ...] = ()
    confidence: float | None = Field(default=None, ge=0, le=1)
    correct: bool | None = None
    handoff_reason: OptionalText = ""
    created_at: AwareDatetime
