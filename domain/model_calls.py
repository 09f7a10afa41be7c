"""What each call of a language model was for, how it ended and what it took. Never its text."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.base import Line, Model
from domain.findings import ModelUsage

BUDGET_USED_UP = "budget_used_up"
"""Why an intervention waits, as `error_code` of it and type of the failure say."""


class CallPurpose(StrEnum):
    """What a model was asked for."""

    ANALYZE = "analyze"
    DRAFT = "draft"
    REDRAFT = "redraft"
    ANSWER = "answer"
    """A query at `/v1/ask`."""
    VERIFY = "verify"
    """A replayed query."""
    EVAL = "eval"


class CallOutcome(StrEnum):
    """How a call ended; all but `failed` are paid for."""

    OK = "ok"
    INVALID = "invalid"
    """Something came, but it was cut off, or breaks its schema or a rule."""
    REFUSED = "refused"
    FAILED = "failed"
    """Nothing came."""


class ServiceTier(StrEnum):
    """How a call was made: by itself, or in a batch at half the price."""

    STANDARD = "standard"
    BATCH = "batch"


class ModelCall(Model):
    """One call of a model."""

    model: Line
    outcome: CallOutcome
    usage: ModelUsage = ModelUsage(cost_usd=Decimal(0))
    tier: ServiceTier = ServiceTier.STANDARD


class UsageLine(Model):
    """All calls of one UTC day for one purpose with one model, by how they were made."""

    day: date
    purpose: CallPurpose
    model: Line
    tier: ServiceTier
    calls: int
    invalid: int
    refused: int
    failed: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal | None
    """None if the price of any of them is unknown."""


def until_next_day(now: datetime) -> timedelta:
    """Return how long it is until the next UTC day begins, when a budget is full again."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), UTC) - now
