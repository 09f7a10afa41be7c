"""Who said what a draft would have the agent say: each added sentence with its source."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from domain.base import Model, OptionalText, storable_text


class ClaimSource(StrEnum):
    """Where a sentence of a draft comes from."""

    CUSTOMER = "customer"
    AGENT = "agent"
    TOOL_RESULT = "tool_result"
    HUMAN = "human"
    ITEM = "item"


SUPPORTING = frozenset({ClaimSource.HUMAN, ClaimSource.TOOL_RESULT, ClaimSource.ITEM})
"""What can carry knowledge or a policy: people of the company and its systems. What a customer or
the agent says never is a fact."""


class Claim(Model):
    """One sentence that a change adds, and the source that it was traced to.

    `source` is None where nothing in the case says it. `turn` counts from 0, and is -1 for the
    resolution; `where` names the tool, the system or the item, if the source is one.
    """

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000),
        AfterValidator(storable_text),
    ]
    source: ClaimSource | None = None
    turn: int | None = Field(default=None, ge=-1)
    where: OptionalText = ""

    @property
    def is_supported(self) -> bool:
        """Whether a source says it that can support knowledge or policy."""
        return self.source in SUPPORTING
