"""What search finds items by, as an erasure looks through it and changes it."""

from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from store.database import Connection, as_vector, execute, fetch_one
from store.erasing import stream
from store.queries import query


class KeptPhrasing(NamedTuple):
    """A customer's wording that finds an item, or did in an earlier release."""

    passage_id: UUID
    body: str


def each_phrasing(connection: Connection, workspace: str) -> AsyncGenerator[KeptPhrasing]:
    """Yield every wording, closed ones and imported ones too."""
    return stream(connection, query("list_phrasings_to_erase"), workspace, _kept_phrasing)


def _kept_phrasing(row: dict[str, Any]) -> KeptPhrasing:
    return KeptPhrasing(row["id"], row["body"])


async def erase_phrasings(
    connection: Connection,
    erasure_id: UUID,
    *,
    interventions: Sequence[UUID],
    passages: Collection[UUID],
) -> int:
    """Delete the wordings of these interventions, and these passages if they are wordings.

    Their vectors go, too. Returns how many wordings there were.
    """
    row = await fetch_one(
        connection,
        query("erase_phrasings"),
        {
            "erasure": erasure_id,
            "interventions": list(interventions),
            "passages": list(passages),
        },
    )
    return int(row["count"]) if row else 0


async def replace_passage(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    body: str,
    to: str,
    *,
    model: str,
    embedding: Sequence[float],
) -> None:
    """Let search find an item, in all releases that it did by `body`, by another text."""
    await execute(
        connection,
        query("replace_passage"),
        {
            "workspace": workspace,
            "item_id": item_id,
            "body": body,
            "to": to,
            "model": model,
            "embedding": as_vector(embedding),
        },
    )


async def drop_tags(
    connection: Connection, workspace: str, item_id: UUID, tags: Sequence[str]
) -> None:
    """Let no search find an item by these tags."""
    await execute(
        connection,
        query("drop_tags"),
        {"workspace": workspace, "item_id": item_id, "tags": list(tags)},
    )
