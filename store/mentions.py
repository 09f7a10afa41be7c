"""Whom comments name, and what of that somebody has yet to answer."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.identity import person_key
from store.database import Connection, execute, fetch_all
from store.queries import query
from store.reviews import Comment


class OpenMention(Model):
    """The newest comment on a proposal that names a person who has said nothing since."""

    proposal_id: UUID
    comment_id: UUID
    by: str
    created_at: AwareDatetime


async def keep_mentions(
    connection: Connection, workspace: str, comment: Comment, names: Sequence[str]
) -> Comment:
    """Store whom a new comment names, and return it with them."""
    for name in names:
        await execute(
            connection,
            query("insert_mention"),
            {
                "workspace": workspace,
                "comment_id": comment.id,
                "proposal_id": comment.proposal_id,
                "person": person_key(name),
                "name": name,
            },
        )
    return comment.model_copy(update={"mentions": tuple(names)})


async def open_mentions(connection: Connection, workspace: str, person: str) -> list[OpenMention]:
    """Return what names a person on proposals that are not over, one a proposal.

    It is answered by a comment or a decision of theirs on the same proposal.
    """
    rows = await fetch_all(
        connection,
        query("open_mentions"),
        {"workspace": workspace, "person": person_key(person), "name": person},
    )
    return [OpenMention.model_validate(row) for row in rows]
