"""The shapes that Claude answers in, and their way into the domain.

Flat and closed, every field required: structured outputs allow no open objects and few optional
fields. Items are named by short references (`K1`), which a model cannot misspell as it can a UUID.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.base import JsonObject, JsonValue
from domain.errors import AnalystOutputError
from domain.findings import Gap
from domain.knowledge import (
    Access,
    ArticleContent,
    ItemContent,
    ItemKind,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)

ParameterType = Literal["string", "integer", "number", "boolean", "array", "object"]


class Output(BaseModel):
    """A part of a reply."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class QuoteOutput(Output):
    """Words copied from one turn."""

    turn: int = Field(ge=-1, description="The turn's number; -1 for the resolution")
    text: Annotated[str, Field(min_length=3, max_length=2_000)]


class FindingOutput(Output):
    """One gap with its evidence."""

    gap: Gap
    summary: Annotated[str, Field(min_length=1, max_length=2_000)]
    agent_did: Annotated[str, Field(max_length=2_000)]
    human_did: Annotated[str, Field(max_length=2_000)]
    quotes: Annotated[list[QuoteOutput], Field(min_length=1, max_length=12)]
    item: str = Field(description="The reference of the known item concerned, or empty")
    confidence: float = Field(ge=0, le=1)


class ReadingOutput(Output):
    """The reading of one case."""

    findings: Annotated[list[FindingOutput], Field(min_length=1, max_length=6)]


class ArticleOutput(Output):
    """An article's whole content."""

    title: str
    question: str
    answer: str
    tags: list[str]

    def content(self) -> ArticleContent:
        """Return it as the domain's; raises pydantic's ValidationError."""
        return ArticleContent(
            title=self.title, question=self.question, answer=self.answer, tags=tuple(self.tags)
        )


class PolicyOutput(Output):
    """A policy's whole content."""

    title: str
    rule: str
    applies_when: str
    exceptions: str
    rationale: str

    def content(self) -> PolicyContent:
        """Return it as the domain's; raises pydantic's ValidationError."""
        return PolicyContent.model_validate(self.model_dump())


class ParameterOutput(Output):
    """One input of a tool."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    type: ParameterType
    description: str
    required: bool
    values: list[str] = Field(description="The only values allowed, for a string; else empty")

    def schema_of(self) -> JsonObject:
        """Return the input's JSON Schema."""
        schema: JsonObject = {"type": self.type, "description": self.description}
        if self.values and self.type == "string":
            schema["enum"] = list[JsonValue](self.values)
        return schema


class ToolOutput(Output):
    """One tool that is new or changed."""

    name: str
    description: str
    access: Access
    parameters: list[ParameterOutput]

    def spec(self) -> ToolSpec:
        """Return it as the domain's; raises AnalystOutputError or a ValidationError."""
        names = [parameter.name for parameter in self.parameters]
        if len(set(names)) != len(names):
            raise AnalystOutputError("a tool has two inputs of one name")
        schema: JsonObject = {
            "type": "object",
            "properties": {p.name: p.schema_of() for p in self.parameters},
            "required": [p.name for p in self.parameters if p.required],
            "additionalProperties": False,
        }
        return ToolSpec(
            name=self.name, description=self.description, input_schema=schema, access=self.access
        )


class ToolConnectionOutput(Output):
    """A connection with those of its tools that are new or changed."""

    name: str
    system: str
    purpose: str
    tools: list[ToolOutput]

    def content(self, base: ItemContent | None) -> ToolConnectionContent:
        """Return the connection with all tools of `base` that this output does not replace.

        The server's address is never the model's to say: it stays the base's, or empty for an
        administrator to fill in. Raises pydantic's ValidationError.
        """
        old = base if isinstance(base, ToolConnectionContent) else None
        tools = {tool.name: tool for tool in old.tools} if old else {}
        tools |= {tool.name: tool.spec() for tool in self.tools}
        return ToolConnectionContent(
            name=self.name,
            system=self.system,
            server=old.server if old else "",
            tools=tuple(tools.values()),
            purpose=self.purpose,
        )


class RedraftOutput(Output):
    """A change with exactly one content, that of its kind; a retirement needs none."""

    operation: Operation
    item: str = Field(description="The reference of the known item to change; empty for 'add'")
    title: Annotated[str, Field(max_length=300)]
    rationale: Annotated[str, Field(max_length=4_000)]
    article: ArticleOutput | None
    policy: PolicyOutput | None
    tool_connection: ToolConnectionOutput | None

    def contents(self, base: ItemContent | None) -> Mapping[ItemKind, ItemContent]:
        """Return the contents given, by kind; raises pydantic's ValidationError."""
        given: dict[ItemKind, ItemContent] = {}
        if self.article is not None:
            given[ItemKind.ARTICLE] = self.article.content()
        if self.policy is not None:
            given[ItemKind.POLICY] = self.policy.content()
        if self.tool_connection is not None:
            given[ItemKind.TOOL_CONNECTION] = self.tool_connection.content(base)
        return given


class DraftOutput(RedraftOutput):
    """A change, or with `worth_making` false, the advice to make none."""

    worth_making: bool = Field(
        description="False if no change to the knowledge would help the next customer"
    )
