"""Whether a tool connection would have served the calls that were made: against a record of them.

Nothing is ever called. The rules are here; `activities/tool_calls.py` gathers the calls.
"""

from enum import StrEnum

from pydantic import Field

from domain.base import Line, Model
from domain.knowledge import Access


class ToolProblemKind(StrEnum):
    """Why a tool would not have served a recorded call."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong_type"
    NOT_A_CHOICE = "not_a_choice"
    READ_ONLY = "read_only"


class ToolProblem(Model):
    """What is wrong with some of a tool's calls, by the argument's name and never its value."""

    kind: ToolProblemKind
    argument: str = Field(default="", max_length=300)
    calls: int = Field(ge=1)


class ToolCheck(Model):
    """One tool of a connection, held against the calls by its name: `served` of `calls`."""

    tool: Line
    access: Access
    calls: int = Field(ge=0)
    served: int = Field(ge=0)
    problems: tuple[ToolProblem, ...] = ()
