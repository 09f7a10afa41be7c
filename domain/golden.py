"""Golden queries: past queries that a workspace has picked out, with what a right answer needs."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from domain.base import Line, Model, OptionalText
from domain.cases import AskResult

MAX_QUERY_CHARACTERS = 2_000

GoldenText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY_CHARACTERS)
]


class Expectation(StrEnum):
    """What the agent should do with a query."""

    ANSWERED = "answered"
    HANDOFF = "handoff"


class Expected(Model):
    """What a right answer needs: its words, in any case, and the item that it rests on."""

    expects: Expectation
    must_contain: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    item_id: UUID | None = None

    @model_validator(mode="after")
    def _only_answers_hold_words(self) -> Self:
        if self.expects is Expectation.HANDOFF and (self.must_contain or self.item_id):
            raise ValueError("a query that should be handed off has no answer to hold against it")
        return self

    def is_met(self, result: AskResult) -> bool:
        """Return whether the agent did with the query what it should."""
        if self.expects is Expectation.HANDOFF:
            return not result.answered
        said = result.answer.casefold()
        return (
            result.answered
            and all(words.casefold() in said for words in self.must_contain)
            and (self.item_id is None or any(u.item_id == self.item_id for u in result.items_used))
        )


class GoldenQuery(Model):
    """One golden query of a workspace."""

    id: UUID
    query: GoldenText
    expects: Expectation
    must_contain: tuple[Line, ...] = ()
    item_id: UUID | None = None
    note: OptionalText = ""
    created_by: Line
    created_at: AwareDatetime

    @property
    def expected(self) -> Expected:
        """What a right answer to it needs."""
        return Expected(expects=self.expects, must_contain=self.must_contain, item_id=self.item_id)
