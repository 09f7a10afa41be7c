"""Reading many interventions at once, later and at half the price: the words and the border."""

from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.cases import Case, Reading
from domain.findings import AnalystInfo


class AnalysisMode(StrEnum):
    """When a posted intervention is read."""

    NOW = "now"
    BATCH = "batch"
    """Together with others, within a day; of no effect where the analyst knows no batches."""


class BatchReadingStatus(StrEnum):
    """Where an intervention stands that is read in a batch."""

    WAITING = "waiting"
    SUBMITTED = "submitted"
    READ = "read"
    """Its analysis is stored."""
    FELL_BACK = "fell_back"
    """It is read by itself, since the batch brought nothing usable."""


class BatchReply(NamedTuple):
    """What a batch brought for one intervention."""

    intervention_id: UUID
    read: Callable[[Case], Reading]
    """Returns the reading of the case that was sent; raises a ModelError."""


class BatchAnalyst(Protocol):
    """Reads cases in batches that take up to a day. Every method may raise a ModelError."""

    info: AnalystInfo

    def estimate(self, case: Case) -> int:
        """Return about how many tokens the case will take."""
        ...

    async def submit(self, cases: Sequence[Case]) -> str:
        """Send cases off; return the batch's id."""
        ...

    async def has_ended(self, batch_id: str) -> bool:
        """Return whether the batch's replies are there."""
        ...

    def replies(self, batch_id: str) -> AsyncIterator[BatchReply]:
        """Yield the replies of a batch that has ended, in any order."""
        ...

    async def discard(self, batch_id: str) -> None:
        """Delete the batch with its cases and replies where they are kept."""
        ...
