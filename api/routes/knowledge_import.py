"""`/v1/knowledge/import` and `/export`: what a company has already, brought in and taken out."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from api.auth import Administrator, ProposalReader
from api.body import strict_body
from api.content_field import read_posted_content
from api.context import Context, ContextDep
from api.delivery import ImportFailedError
from api.openapi import problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from domain.imports import ImportOutcome, KnowledgeEntry
from domain.knowledge import ItemKind
from store import imports

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"])

_CURSOR = TypeAdapter(UUID)


class PostedEntry(KnowledgeEntry):
    """One item that the company has already."""

    @model_validator(mode="before")
    @classmethod
    def _read_posted_content(cls, data: Any) -> Any:
        read = read_posted_content(data)
        if not isinstance(read, dict):
            return read
        fields = cast(dict[str, Any], read)
        phrasings = fields.get("phrasings")
        if not isinstance(phrasings, list):
            return fields
        # Strict rules take JSON's list for a tuple, but not one that has passed through here.
        return {**fields, "phrasings": tuple(cast(list[Any], phrasings))}


class ImportRequest(BaseModel):
    """Items to bring in as they are, without a proposal."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "kind": "article",
                            "content": {
                                "title": "Returns",
                                "question": "How long do I have to return something?",
                                "answer": "30 days from delivery.",
                                "tags": ["returns"],
                            },
                            "phrasings": ["can i send this back"],
                        }
                    ]
                }
            ]
        },
    )

    items: Annotated[tuple[PostedEntry, ...], Field(min_length=1, max_length=500)]


class ImportedLine(BaseModel):
    """What became of one entry: the item that it is now, and the release that it came with.

    `revision` is the item's of that release: the base of the entry's next edit. Both are null for
    a conflict; `problem` then says why, first naming the field, and what to do.
    """

    item_id: UUID | None
    kind: ItemKind
    title: str
    release: int | None
    revision: int | None
    outcome: ImportOutcome
    problem: str = ""


class ImportAnswer(BaseModel):
    """The entries in the order in which they were sent."""

    items: list[ImportedLine]


@router.post(
    "/import",
    summary="Bring in what a company has already",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def import_items(
    caller: Administrator,
    context: ContextDep,
    request: Annotated[ImportRequest, Depends(strict_body(ImportRequest))],
) -> ImportAnswer:
    """Add or revise items without a review: an administrator's act, recorded as theirs.

    An entry without an id whose exact content was imported before is not added again. One with the
    id of an item becomes its next revision if it names the head as its `revision`, or if the item
    came by an import; else it is a conflict, which changes nothing and is told in its line. An
    entry with an id that is new here keeps it.
    """
    lines = await _take_in(context, caller.workspace, caller.name, request.items)
    return ImportAnswer(
        items=[
            ImportedLine(
                item_id=line.item_id,
                kind=entry.kind,
                title=entry.content.title,
                release=line.release,
                revision=line.revision,
                outcome=cast(ImportOutcome, line.outcome),
                problem=line.problem,
            )
            for entry, line in zip(request.items, lines, strict=True)
        ]
    )


async def _take_in(
    context: Context, workspace: str, by: str, entries: tuple[PostedEntry, ...]
) -> list[imports.ImportLine]:
    """Keep the entries, let the workflow take them in, and return what became of each."""
    async with context.database.transaction(workspace) as connection:
        import_id = await imports.stage_import(connection, workspace, by=by, entries=entries)
    try:
        await context.delivery.import_items(workspace, import_id)
    except ImportFailedError:
        async with context.database.transaction(workspace) as connection:
            await imports.finish_import(connection, workspace, import_id)
        raise
    async with context.database.transaction(workspace) as connection:
        return await imports.list_import(connection, workspace, import_id)


@router.get(
    "/export",
    summary="Take the knowledge out",
    responses=problems(401, 403, 422, 503),
)
async def export_items(
    caller: ProposalReader, context: ContextDep, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[KnowledgeEntry]:
    """Return all items, retired ones too, as an import takes them, oldest first."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await imports.list_entries(
            connection, caller.workspace, after=decode_cursor(_CURSOR, cursor), limit=limit + 1
        )
    last = found[limit - 1].id if len(found) > limit else None
    more = encode_cursor(_CURSOR, last) if last else None
    return Page(items=found[:limit], next_cursor=more)
