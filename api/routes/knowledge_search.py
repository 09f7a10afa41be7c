"""`/v1/knowledge/search`: what answers a query, now or as of an earlier release."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.as_of import OptionalAsOf
from api.auth import KnowledgeReader
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from api.services.knowledge_search import Wanted, search_knowledge
from domain.base import Line, Text
from domain.knowledge import Hit, ItemKind

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"])

Language = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$", max_length=35)
]


class SearchRequest(BaseModel):
    """What to look for."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"query": "How long do I have to return shoes?", "k": 3},
                {
                    "query": "How long do I have to return shoes?",
                    "kinds": ["article"],
                    "tags": ["returns"],
                    "language": "en",
                    "as_of": "2026-03-31T14:03:00Z",
                },
            ]
        },
    )

    query: Text
    k: int = Field(default=8, ge=1, le=50, description="How many items at most.")
    kinds: tuple[ItemKind, ...] = Field(default=(), description="Only these; empty means all.")
    tags: Annotated[tuple[Line, ...], Field(max_length=50)] = Field(
        default=(), description="Only items with one of these; empty means all."
    )
    language: Language | None = Field(
        default=None, description="Of the query, as in `de` or `pt-BR`; else the workspace's own."
    )
    as_of: OptionalAsOf = Field(
        default=None,
        description="A release number, or a time: what would have been found then.",
    )


class SearchAnswer(BaseModel):
    """The items found, best first, and the release that they are of."""

    items: list[Hit]
    release: int


@router.post(
    "/search",
    summary="Find items by meaning",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def search(
    caller: KnowledgeReader,
    context: ContextDep,
    request: Annotated[SearchRequest, Depends(strict_body(SearchRequest))],
) -> SearchAnswer:
    """Return the active items that answer the query best, each with score and revision.

    With `as_of` the answer is what the search would have found when that release was the newest:
    items as they stood then, also those that are retired by now.
    """
    found = await search_knowledge(
        context,
        caller.workspace,
        Wanted(
            query=request.query,
            k=request.k,
            kinds=request.kinds,
            tags=request.tags,
            language=request.language,
            as_of=request.as_of,
        ),
    )
    return SearchAnswer(items=list(found.hits), release=found.release)
