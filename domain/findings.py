"""The reading of an intervention: findings, each naming one gap with quoted evidence."""

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from domain.base import Line, Model, OptionalText, Text, storable_text
from domain.claims import Claim
from domain.conversation import Turn
from domain.errors import QuoteNotFoundError


class Gap(StrEnum):
    """Why the agent could not resolve the query; `none` is rightly a human's case."""

    MISSING_KNOWLEDGE = "missing_knowledge"
    MISAPPLIED_POLICY = "misapplied_policy"
    MISSING_TOOL = "missing_tool"
    NONE = "none"


class Quote(Model):
    """Words of one turn; `turn` counts from 0. -1 is the resolution's own reply or decision."""

    turn: int = Field(ge=-1)
    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000),
        AfterValidator(storable_text),
    ]


class Finding(Model):
    """One gap: what the agent got wrong, what the human did differently, and the quotes."""

    gap: Gap
    summary: Text
    agent_did: OptionalText = ""
    human_did: OptionalText = ""
    quotes: Annotated[tuple[Quote, ...], Field(min_length=1, max_length=12)]
    item_id: UUID | None = None
    confidence: float = Field(ge=0, le=1)
    claims: tuple[Claim, ...] = ()
    """What the draft made of it says, sentence by sentence, each with its source."""

    @model_validator(mode="after")
    def _a_gap_names_both_sides(self) -> Self:
        if self.gap is not Gap.NONE and not self.human_did:
            raise ValueError("a finding with a gap says what the human did (human_did)")
        return self


class ModelUsage(Model):
    """Tokens of all model calls of one analysis, and their price in US dollars."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cache_read_tokens: int = Field(default=0, ge=0)
    cache_write_tokens: int = Field(default=0, ge=0)
    cost_usd: Decimal | None = None

    def plus(self, other: "ModelUsage") -> "ModelUsage":
        """Return the sum; the cost is unknown if either is."""
        known = self.cost_usd is not None and other.cost_usd is not None
        return ModelUsage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            cost_usd=(self.cost_usd or Decimal(0)) + (other.cost_usd or Decimal(0))
            if known
            else None,
        )


class AnalystInfo(Model):
    """Who wrote an analysis: `offline` or `claude`, with model and prompt version."""

    name: Line
    version: Line
    model: Line | None = None


class Analysis(Model):
    """The stored reading of one intervention."""

    id: UUID
    intervention_id: UUID
    analyst: AnalystInfo
    findings: tuple[Finding, ...]
    usage: ModelUsage | None = None
    created_at: AwareDatetime


_SPACES = re.compile(r"\s+")


def _folded(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()


def check_quotes(finding: Finding, turns: Sequence[Turn], resolution_texts: Sequence[str]) -> None:
    """Raise QuoteNotFoundError unless each quote stands in the turn that it names.

    White space and case are folded; nothing else is. `resolution_texts` are the reply and the
    decision, which quotes with turn -1 come from.
    """
    for quote in finding.quotes:
        if quote.turn >= len(turns):
            raise QuoteNotFoundError(quote.turn)
        sources = resolution_texts if quote.turn == -1 else (turns[quote.turn].text,)
        if not any(_folded(quote.text) in _folded(source) for source in sources):
            raise QuoteNotFoundError(quote.turn)
