"""What the agent knows: items of three kinds, their revisions, and the changes to them."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self, cast
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from domain.answering import Signs
from domain.base import (
    JsonObject,
    Line,
    Model,
    OptionalText,
    Text,
    sha256_of,
    storable_text,
)
from domain.passages import cut


class ItemKind(StrEnum):
    """What an item is."""

    ARTICLE = "article"
    POLICY = "policy"
    TOOL_CONNECTION = "tool_connection"


class Operation(StrEnum):
    """What a change does to its item."""

    ADD = "add"
    REVISE = "revise"
    RETIRE = "retire"


class Access(StrEnum):
    """Whether a tool only reads or also writes."""

    READ = "read"
    WRITE = "write"


class ArticleContent(Model):
    """A question that customers ask and its answer."""

    title: Line
    question: Text
    answer: Text
    tags: tuple[Line, ...] = ()

    def search_text(self) -> str:
        """Return all that it says, as one text."""
        return f"{self.title}\n{self.question}\n{self.answer}"

    def passages(self) -> tuple[str, ...]:
        """Return the texts that search finds it by."""
        return (self.question, self.title, *_titled(self.title, self.answer))


class PolicyContent(Model):
    """A rule that the agent must follow, when it applies, and its exceptions."""

    title: Line
    rule: Text
    applies_when: OptionalText = ""
    exceptions: OptionalText = ""
    rationale: OptionalText = ""

    def search_text(self) -> str:
        """Return all that it says, as one text."""
        texts = (self.title, self.applies_when, self.rule, self.exceptions)
        return "\n".join(text for text in texts if text)

    def passages(self) -> tuple[str, ...]:
        """Return the texts that search finds it by."""
        exceptions = cut(self.exceptions)
        if len(exceptions) > 1:
            exceptions = _titled(self.title, self.exceptions)
        texts = (self.title, self.applies_when, *_titled(self.title, self.rule), *exceptions)
        return tuple(text for text in texts if text)


def _titled(title: str, text: str) -> tuple[str, ...]:
    """Return the text's passages, each of which says what it is about."""
    return tuple(f"{title}\n{part}" for part in cut(text))


ToolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]


class ToolSpec(Model):
    """One tool of a connection, as MCP lists it; `input_schema` is a JSON Schema object."""

    name: ToolName
    description: Text
    input_schema: JsonObject
    access: Access

    @model_validator(mode="after")
    def _schema_is_an_object(self) -> Self:
        if self.input_schema.get("type") != "object":
            raise ValueError('input_schema must be a JSON Schema with "type": "object"')
        return self


class ToolConnectionContent(Model):
    """A connection of the agent to the tools of one outside system."""

    name: Line
    system: Line
    server: OptionalText = ""
    tools: Annotated[tuple[ToolSpec, ...], Field(min_length=1, max_length=100)]
    purpose: Text

    @property
    def title(self) -> str:
        """The connection's name; every content has a title."""
        return self.name

    def search_text(self) -> str:
        """Return all that it says, as one text."""
        tools = "\n".join(f"{tool.name}: {tool.description}" for tool in self.tools)
        return f"{self.name}\n{self.purpose}\n{tools}"

    def passages(self) -> tuple[str, ...]:
        """Return the texts that search finds it by."""
        tools = (f"{tool.name.replace('_', ' ')}: {tool.description}" for tool in self.tools)
        return (self.purpose, *tools)


ItemContent = ArticleContent | PolicyContent | ToolConnectionContent

CONTENT_OF_KIND: dict[ItemKind, type[ArticleContent | PolicyContent | ToolConnectionContent]] = {
    ItemKind.ARTICLE: ArticleContent,
    ItemKind.POLICY: PolicyContent,
    ItemKind.TOOL_CONNECTION: ToolConnectionContent,
}


def parse_content(kind: ItemKind, data: object) -> ItemContent:
    """Return `data` as the content of `kind`; raises pydantic's ValidationError."""
    return CONTENT_OF_KIND[kind].model_validate(data)


MAX_PHRASINGS = 40
MAX_PHRASING_CHARACTERS = 500

Phrasing = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PHRASING_CHARACTERS),
    AfterValidator(storable_text),
]
"""How a customer asked for what an item answers."""


def _is_empty(phrasings: tuple[str, ...]) -> bool:
    return not phrasings


class Change(Model):
    """What a proposal would do: add, revise or retire one item, against a named base revision.

    A retirement keeps the content that it retires, so that a reviewer sees what would go.
    `phrasings` are customers' wordings that find the item from then on, beside those that do
    already; a revision may bring them alone, with the content that it is based on.
    """

    kind: ItemKind
    operation: Operation
    item_id: UUID | None = None
    base_revision: int | None = Field(default=None, ge=1)
    content: ItemContent
    # Left out while empty, so that the hashes of changes without them stay what they were.
    phrasings: tuple[Phrasing, ...] = Field(
        default=(), max_length=MAX_PHRASINGS, exclude_if=_is_empty
    )

    @model_validator(mode="before")
    @classmethod
    def _read_content_by_kind(cls, data: Any) -> Any:
        return read_content_field(data)

    @field_validator("phrasings", mode="before")
    @classmethod
    def _take_a_list(cls, phrasings: Any) -> Any:
        # By strict rules a list that Python has read from JSON already is no tuple.
        return tuple(cast(list[Any], phrasings)) if isinstance(phrasings, list) else phrasings

    @model_validator(mode="after")
    def _phrasings_find_something(self) -> Self:
        is_found = self.kind is not ItemKind.TOOL_CONNECTION
        if self.phrasings and not (is_found and self.operation is not Operation.RETIRE):
            raise ValueError("phrasings go with articles and policies that are added or revised")
        return self

    @model_validator(mode="after")
    def _names_its_base(self) -> Self:
        if not isinstance(self.content, CONTENT_OF_KIND[self.kind]):
            raise ValueError(f"content is not that of a {self.kind}")
        based = self.item_id is not None and self.base_revision is not None
        if self.operation is Operation.ADD and (self.item_id or self.base_revision):
            raise ValueError("an 'add' has neither item_id nor base_revision")
        if self.operation is not Operation.ADD and not based:
            raise ValueError(f"a '{self.operation}' needs item_id and base_revision")
        return self

    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON of the whole change; what is approved."""
        return sha256_of(self.model_dump(mode="json"))


class ItemStatus(StrEnum):
    """Whether agents see an item."""

    ACTIVE = "active"
    RETIRED = "retired"


class Revision(Model):
    """An immutable version of an item, with where it came from."""

    item_id: UUID
    number: int = Field(ge=1)
    parent: int | None
    kind: ItemKind
    operation: Operation
    content: ItemContent
    content_hash: str
    release: int = Field(ge=1)
    proposal_id: UUID | None
    intervention_id: UUID | None
    request_id: UUID | None = None
    approved_by: tuple[str, ...]
    created_at: AwareDatetime
    erased_at: AwareDatetime | None = None
    """When what a customer had said was taken out; `content_hash` is still of what was approved."""

    @model_validator(mode="before")
    @classmethod
    def _read_content_by_kind(cls, data: Any) -> Any:
        return read_content_field(data)


class Item(Model):
    """One thing the agent knows, at its head revision (or the one asked for)."""

    id: UUID
    kind: ItemKind
    status: ItemStatus
    revision: int = Field(ge=1)
    content: ItemContent
    erased_at: AwareDatetime | None = None
    """When what a customer had said was taken out of this revision, if it was."""

    @model_validator(mode="before")
    @classmethod
    def _read_content_by_kind(cls, data: Any) -> Any:
        return read_content_field(data)


class Release(Model):
    """The workspace's whole knowledge at one moment: a number that grows with each change."""

    number: int = Field(ge=1)
    item_id: UUID
    revision: int
    kind: ItemKind
    operation: Operation
    proposal_id: UUID | None
    created_at: AwareDatetime


class Hit(Model):
    """An item that a search found, by the text that is `matched`.

    `score` is the probability that the item answers the query (see `domain.ranking`),
    `similarity` the cosine of that text and the query; both are from 0 to 1. `certainty`, where an
    agent has looked at all of the item's wordings, orders queries by how sure it may be; `signs`
    is what speaks for the item.
    """

    item: Item
    score: float = Field(ge=0, le=1)
    similarity: float = Field(ge=0, le=1)
    matched: str = ""
    source: Literal["content", "phrasing"] = "content"
    certainty: float | None = Field(default=None, ge=0, le=1, exclude=True)
    signs: Signs | None = Field(default=None, exclude=True)


def read_content_field(data: Any) -> Any:
    """Return model input with its `content` parsed by its `kind`."""
    if not isinstance(data, dict):
        return data
    fields = cast(dict[str, Any], data)
    kind, content = fields.get("kind"), fields.get("content")
    if isinstance(content, dict) and isinstance(kind, str) and kind in set(ItemKind):
        return {**fields, "content": parse_content(ItemKind(kind), cast(object, content))}
    return fields
