"""The place of a proposal in the queue: what saves most human work per minute of review first.

What it saves is its priority: the support (interventions that showed the gap) plus how many past
interventions the replay predicts that the change would have prevented. What it costs is the time
of everybody who still has to approve it. Among equals the review that is due first comes first.
The database keeps priority and minutes beside each proposal (`migrations/0015_suppressions.sql`,
`migrations/0022_inbox.sql`) and reckons the worth when it lists (`store/sql/inbox.sql`).
"""

import json
from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.knowledge import Change
from domain.proposals import Verification

NEVER_DUE = datetime(9998, 12, 31, tzinfo=UTC)
"""Where what is not under review stands among equals: after all that is."""

_MINUTES_TO_JUDGE = 2
_CHARACTERS_A_MINUTE = 1000
"""Two hundred words, read with care."""
_LONGEST = 30


class QueuePosition(NamedTuple):
    """Where a proposal stands in the queue; the id tells apart what is equal otherwise."""

    worth: Annotated[int, Field(ge=0, lt=2**63)]
    due_at: AwareDatetime
    id: UUID


def priority_of(support: int, verification: Verification | None) -> int:
    """Return how many interventions a proposal stands for: shown and predicted to be prevented."""
    return support + (verification.predicted_prevented if verification else 0)


def review_minutes(change: Change) -> int:
    """Return how long one person needs to review a change: 2 to read, judge and click, 30 at most.

    Each 1,000 characters of its content as JSON add a minute.
    """
    stored = json.dumps(change.content.model_dump(mode="json"), ensure_ascii=False)
    return min(_LONGEST, _MINUTES_TO_JUDGE + -(-len(stored) // _CHARACTERS_A_MINUTE))


def worth_of(priority: int, minutes: int, approvals_left: int) -> int:
    """Return the interventions that 1,000 minutes of review save; higher comes first.

    `minutes` is one person's time, spent by each whose approval is still needed: at least one.
    """
    return 1000 * priority // (minutes * max(1, approvals_left))
