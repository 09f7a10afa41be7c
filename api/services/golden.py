"""Keeps golden queries, and takes them out of the set: for the JSON calls and the page alike."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from analysis.redaction import PersonalDataKind, contains_personal_data
from api.context import Context
from api.problems import FieldProblem, invalid
from domain.base import Line, OptionalText
from domain.errors import NotFoundError
from domain.golden import Expectation, Expected, GoldenQuery, GoldenText
from domain.identity import Principal
from store import audit
from store import golden as stored
from store.database import Connection
from store.knowledge import get_items

MAX_IMPORTED = 1_000
_MOST_TOLD = 50

_EXAMPLE: dict[str, Any] = {
    "query": "How long do refunds take?",
    "expects": "answered",
    "must_contain": ["5 days"],
    "note": "From the returns team.",
}

_NAMES = {
    PersonalDataKind.NAME: "a name",
    PersonalDataKind.EMAIL: "an e-mail address",
    PersonalDataKind.PHONE: "a phone number",
    PersonalDataKind.CARD: "a card number",
    PersonalDataKind.ADDRESS: "an address",
}


class NewGolden(BaseModel):
    """A golden query as somebody writes it, and what a right answer needs."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    query: GoldenText = Field(description="As customers ask, without anybody's personal data.")
    expects: Expectation = Expectation.ANSWERED
    must_contain: Annotated[tuple[Line, ...], Field(max_length=20)] = Field(
        default=(), description="Words that a right answer holds, in any case."
    )
    item_id: UUID | None = Field(default=None, description="The item that it must rest on.")
    note: OptionalText = Field(default="", description="For the people who review.")

    @model_validator(mode="after")
    def _expects_something_that_can_be(self) -> "NewGolden":
        self.expected()
        return self

    def expected(self) -> Expected:
        """Return what a right answer needs."""
        return Expected(expects=self.expects, must_contain=self.must_contain, item_id=self.item_id)


class Kept(NamedTuple):
    """The golden queries as they are stored, and how many of them are new."""

    queries: list[GoldenQuery]
    new: int


async def keep(
    context: Context, caller: Principal, queries: Sequence[NewGolden], *, path: str = ""
) -> Kept:
    """Store all of the queries or none; one that is there already gets the new expectation.

    `path` is where they stand in the request, with `{}` for the place of each. Raises a 422
    problem for personal data, and for an item that there is not; it names the fields.
    """
    # In a thread: to look through a long list takes seconds.
    problems = await asyncio.to_thread(_personal_data_in_all, queries, path)
    if problems:
        raise invalid(problems)
    async with context.database.transaction(caller.workspace) as connection:
        await _check_items(connection, caller.workspace, queries, path)
        put = [await _put(connection, caller, query) for query in queries]
        await audit.record(
            connection,
            caller.workspace,
            actor=caller.name,
            action="golden_queries_kept",
            subject=f"golden/{put[0].golden.id}" if len(put) == 1 else "golden",
            details={"queries": len(put), "new": sum(each.is_new for each in put)},
        )
    return Kept([each.golden for each in put], sum(each.is_new for each in put))


async def _put(connection: Connection, caller: Principal, query: NewGolden) -> stored.Put:
    return await stored.put_golden_query(
        connection,
        caller.workspace,
        text=query.query,
        expected=query.expected(),
        note=query.note,
        created_by=caller.name,
    )


def _personal_data_in_all(queries: Sequence[NewGolden], path: str) -> list[FieldProblem]:
    """Return the first problems; the rest of a long list is not looked through for more."""
    problems = (
        problem
        for place, query in enumerate(queries)
        for problem in _personal_data_in(query, path.format(place))
    )
    return list(islice(problems, _MOST_TOLD))


def _personal_data_in(query: NewGolden, path: str) -> list[FieldProblem]:
    texts = {
        "query": query.query,
        "note": query.note,
        **{f"must_contain[{place}]": words for place, words in enumerate(query.must_contain)},
    }
    found = {field: contains_personal_data(text) for field, text in texts.items()}
    return [
        FieldProblem(
            field=f"{path}{field}",
            message=f"holds {_NAMES.get(matches[0].kind, 'personal data')}; word it without",
        )
        for field, matches in found.items()
        if matches
    ]


async def _check_items(
    connection: Connection, workspace: str, queries: Sequence[NewGolden], path: str
) -> None:
    wanted = {query.item_id for query in queries if query.item_id}
    known = {item.id for item in await get_items(connection, workspace, list(wanted))}
    problems = [
        FieldProblem(field=f"{path.format(place)}item_id", message="is no item here")
        for place, query in enumerate(queries)
        if query.item_id and query.item_id not in known
    ]
    if problems:
        raise invalid(problems[:_MOST_TOLD])


async def take_out(context: Context, caller: Principal, golden_id: UUID) -> None:
    """Take a golden query out of the set; raises NotFoundError if it is not in it."""
    async with context.database.transaction(caller.workspace) as connection:
        if not await stored.retire_golden_query(connection, caller.workspace, golden_id):
            raise NotFoundError(f"no golden query {golden_id} in this workspace")
        await audit.record(
            connection,
            caller.workspace,
            actor=caller.name,
            action="golden_query_removed",
            subject=f"golden/{golden_id}",
        )
