"""Interventions as they are posted: the conversation, the agent's context, the resolution."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from domain.base import JsonObject, JsonValue, Line, Model, Moment, OptionalText, sha256_of

MAX_TURNS = 500
MAX_CHARACTERS = 1_000_000


class Role(StrEnum):
    """Who wrote a turn."""

    CUSTOMER = "customer"
    AGENT = "agent"
    HUMAN = "human"
    TOOL = "tool"
    SYSTEM = "system"


class ToolCall(Model):
    """A tool that the agent called; `result` is what came back, if the source recorded it."""

    name: Line
    arguments: JsonObject = Field(default_factory=dict)
    result: JsonValue = None


class Turn(Model):
    """One message of a conversation. A turn without text must hold a tool call."""

    role: Role
    text: OptionalText = ""
    at: Moment | None = None
    author: Line | None = None
    tool_name: Line | None = None
    tool_calls: tuple[ToolCall, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text and not self.tool_calls:
            raise ValueError("a turn needs a text or a tool call")
        if self.tool_calls and self.role is not Role.AGENT:
            raise ValueError("only a turn of role 'agent' has tool_calls")
        return self


class Action(Model):
    """What the human did in another system."""

    system: Line
    name: Line
    arguments: JsonObject = Field(default_factory=dict)
    result: JsonValue = None


class Resolution(Model):
    """What the human did: the reply, the actions, the information used, the decision."""

    by: Line | None = None
    reply: OptionalText = ""
    decision: OptionalText = ""
    information_used: tuple[Line, ...] = ()
    actions: tuple[Action, ...] = ()

    @model_validator(mode="after")
    def _resolves_something(self) -> Self:
        if not self.reply and not self.actions:
            raise ValueError("a resolution needs a reply or at least one action")
        return self


class AgentContext(Model):
    """What the agent was, had and said when it gave up.

    `items_used` are item ids; `tools_available` are tool names, or None where the source does
    not know them. `outcome_id` is the outcome that was recorded when the agent was asked: it lets
    the agent learn how sure it must be.
    """

    name: Line | None = None
    model: Line | None = None
    handoff_reason: OptionalText = ""
    items_used: tuple[Line, ...] = ()
    tools_available: tuple[Line, ...] | None = None
    outcome_id: UUID | None = Field(default=None, exclude_if=lambda value: value is None)


LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Submission(Model):
    """An intervention as an integration posts it (`POST /v1/interventions`).

    `source` and `external_id` together name it: posting the same twice changes nothing.
    """

    source: Line
    external_id: Line
    conversation: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=MAX_TURNS)]
    resolution: Resolution
    occurred_at: Moment | None = None
    channel: Line | None = None
    language: LanguageTag = "en"
    customer_ref: Line | None = None
    query: OptionalText | None = None
    agent: AgentContext = AgentContext()
    metadata: JsonObject = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_a_conversation(self) -> Self:
        if not any(turn.role is Role.CUSTOMER and turn.text for turn in self.conversation):
            raise ValueError("conversation needs at least one turn of role 'customer' with text")
        if sum(len(turn.text) for turn in self.conversation) > MAX_CHARACTERS:
            raise ValueError(f"conversation is over {MAX_CHARACTERS} characters; send a part of it")
        return self

    def body_hash(self) -> str:
        """Return the SHA-256 of the whole submission; a repeat with another body is a conflict."""
        return sha256_of(self.model_dump(mode="json"))

    def author(self) -> str | None:
        """Return whose intervention it was: who resolved it, or else who wrote last as a human."""
        writers = [t.author for t in self.conversation if t.role is Role.HUMAN and t.author]
        return self.resolution.by or next(reversed(writers), None)

    def ask(self) -> str:
        """Return the customer's need in one text: `query`, or else their first turn that asks."""
        if self.query:
            return self.query
        texts = [t.text for t in self.conversation if t.role is Role.CUSTOMER and t.text]
        return next((text for text in texts if len(text.split()) > 3), texts[0])


class InterventionStatus(StrEnum):
    """Where an intervention stands on its way through the loop."""

    RECEIVED = "received"
    ANALYZING = "analyzing"
    IN_REVIEW = "in_review"
    LEARNED = "learned"
    DECLINED = "declined"
    MERGED = "merged"
    NO_GAP = "no_gap"
    PARKED = "parked"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether no workflow of this intervention waits or works any more."""
        return self not in {
            InterventionStatus.RECEIVED,
            InterventionStatus.ANALYZING,
            InterventionStatus.IN_REVIEW,
            InterventionStatus.PARKED,
        }
