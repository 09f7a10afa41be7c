"""The place of a proposal in the queue: what is wanted most comes first.

The priority is the support (interventions that showed the gap) plus how many past interventions
the replay predicts that the change would have prevented. Among equals the review that is due first
comes first. The database keeps the sum beside each proposal (`migrations/0015_suppressions.sql`).
"""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.proposals import Verification

NEVER_DUE = datetime(9998, 12, 31, tzinfo=UTC)
"""Where what is not under review stands among equals: after all that is."""


class QueuePosition(NamedTuple):
    """Where a proposal stands in the queue; the id tells apart what is equal otherwise."""

    priority: Annotated[int, Field(ge=0, lt=2**31)]
    due_at: AwareDatetime
    id: UUID


def priority_of(support: int, verification: Verification | None) -> int:
    """Return the priority of a proposal; higher comes first."""
    return support + (verification.predicted_prevented if verification else 0)
