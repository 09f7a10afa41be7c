"""Notices: stored once for each person, occasion and key, and told of through the outbox."""

from uuid import uuid4

from domain.notifications import Occasion
from store import notices
from store.database import Database
from store.notices import NewNotice
from tests.api.rows import Rows


def reminder(person: str | None, key: str = "tier-0") -> NewNotice:
    return NewNotice(person=person, occasion=Occasion.REMINDER, key=key)


async def test_a_person_is_told_once_of_one_occasion(database: Database, workspace: str) -> None:
    async with database.transaction(workspace) as connection:
        first = await notices.add(connection, workspace, [reminder("dana"), reminder(None)])
        again = await notices.add(connection, workspace, [reminder("Dana "), reminder(None)])
        next_tier = await notices.add(connection, workspace, [reminder("dana", "tier-1")])
    assert (len(first), again, len(next_tier)) == (2, [], 1)


async def test_a_mention_is_told_once_for_each_comment(database: Database, rows: Rows) -> None:
    proposal = await rows.proposal()
    comment = uuid4()
    async with database.transaction(rows.workspace) as connection:
        for _ in range(2):
            await notices.mention(connection, rows.workspace, proposal.id, comment, "ada", "dana")
        cursor = await connection.execute(
            "SELECT occasion, person, by FROM notices WHERE workspace = %s", [rows.workspace]
        )
        assert await cursor.fetchall() == [{"occasion": "mentioned", "person": "dana", "by": "ada"}]
