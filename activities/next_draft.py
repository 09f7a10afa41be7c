"""What a proposal shall be from now on, before it is stored."""

from typing import NamedTuple
from uuid import UUID

from domain.findings import ModelUsage
from domain.knowledge import Change


class NextDraft(NamedTuple):
    """A proposal's next draft."""

    change: Change
    title: str
    rationale: str
    drafted_by: str
    usage: ModelUsage | None = None
    read: UUID | None = None
    """The intervention whose text it was drafted from."""
