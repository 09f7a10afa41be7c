"""Remarks on proposals, which decide nothing."""

from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from api.context import Context
from api.problems import invalid_field
from domain.base import Text
from domain.errors import NotAllowedError
from domain.identity import Permission, Principal, same_person
from domain.mentions import mentioned
from store import audit, mentions, notices
from store import proposals as stored
from store import reviews as stored_reviews
from store.people import list_people
from store.reviews import Comment

_BODY: TypeAdapter[str] = TypeAdapter(Text)


async def add_comment(context: Context, caller: Principal, proposal_id: UUID, body: str) -> Comment:
    """Store a remark, and have those told whom it names; raises NotFoundError.

    Who names themselves is not told.
    """
    if not caller.may(Permission.DECIDE):
        raise NotAllowedError("This role may not comment on proposals.")
    try:
        body = _BODY.validate_python(body)
    except ValidationError:
        raise invalid_field("body", "must be a text of 1 to 20,000 characters") from None
    async with context.database.transaction(caller.workspace) as connection:
        await stored.get_proposal(connection, caller.workspace, proposal_id)
        comment = await stored_reviews.add_comment(
            connection, caller.workspace, proposal_id, by=caller.name, body=body
        )
        people = await list_people(connection, caller.workspace)
        names = mentioned(body, [p.name for p in people if not same_person(p.name, caller.name)])
        comment = await mentions.keep_mentions(connection, caller.workspace, comment, names)
        for name in names:
            await notices.mention(
                connection, caller.workspace, proposal_id, comment.id, caller.name, name
            )
        await audit.record(
            connection,
            caller.workspace,
            actor=caller.name,
            action="proposal_commented",
            subject=f"proposal/{proposal_id}",
            details={"comment_id": str(comment.id), "mentions": len(names)},
        )
    return comment
