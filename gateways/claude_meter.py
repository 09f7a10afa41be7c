"""Who pays for a model's calls: set around the work, asked before each call, told after it.

It goes with the context and not by argument: analysts and agents know of no workspace.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from domain.model_calls import CallOutcome, ModelCall, ServiceTier
from gateways.errors import ModelError, ModelRefusedError


class Meter(Protocol):
    """Counts the calls of one purpose against one budget."""

    async def admit(self) -> None:
        """Return if a call may be made now; raises BudgetUsedUpError."""
        ...

    async def record(self, call: ModelCall) -> None:
        """Keep what a call took, however it ended."""
        ...


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(meter: Meter) -> Generator[None]:
    """Let `meter` count the calls of the block."""
    token = _METER.set(meter)
    try:
        yield
    finally:
        _METER.reset(token)


def current_meter() -> Meter | None:
    """Return the meter of the work that runs, if there is one."""
    return _METER.get()


def failed_call(
    model: str, error: ModelError, tier: ServiceTier = ServiceTier.STANDARD
) -> ModelCall:
    """Return the record of a call without a result."""
    if error.usage is None:
        return ModelCall(model=model, outcome=CallOutcome.FAILED, tier=tier)
    is_refusal = isinstance(error, ModelRefusedError)
    outcome = CallOutcome.REFUSED if is_refusal else CallOutcome.INVALID
    return ModelCall(model=model, outcome=outcome, usage=error.usage, tier=tier)
