from uuid import UUID

from domain.identity import ApiRole
from domain.proposals import Proposal, ProposalStatus
from store import mentions, reviews
from tests.api.rows import Rows
from tests.domain import builders


async def comment(rows: Rows, proposal: Proposal, by: str, *names: str) -> UUID:
    """Store a comment that names people."""
    async with rows.database.transaction(rows.workspace) as connection:
        said = await reviews.add_comment(
            connection, rows.workspace, proposal.id, by=by, body="Look."
        )
        await mentions.keep_mentions(connection, rows.workspace, said, names)
    return said.id


async def open_for(rows: Rows, person: str) -> list[UUID]:
    """Return the comments that somebody has yet to answer."""
    async with rows.database.transaction(rows.workspace) as connection:
        found = await mentions.open_mentions(connection, rows.workspace, person)
    return [mention.comment_id for mention in found]


async def test_whom_a_comment_names_is_read_with_it(rows: Rows) -> None:
    proposal = await rows.proposal()
    await comment(rows, proposal, "lee", "Dana", "ana")

    async with rows.database.transaction(rows.workspace) as connection:
        [said] = await reviews.list_comments(connection, rows.workspace, proposal.id)

    assert set(said.mentions) == {"Dana", "ana"}


async def test_a_mention_waits_for_whom_it_names_however_they_are_spelled(rows: Rows) -> None:
    proposal = await rows.proposal()
    named = await comment(rows, proposal, "lee", "Dana")

    assert await open_for(rows, "DANA ") == [named]
    assert await open_for(rows, "lee") == []


async def test_the_newest_mention_on_a_proposal_is_the_one_that_waits(rows: Rows) -> None:
    proposal = await rows.proposal()
    await comment(rows, proposal, "lee", "dana")
    newest = await comment(rows, proposal, "ana", "dana")

    assert await open_for(rows, "dana") == [newest]


async def test_a_comment_answers_a_mention(rows: Rows) -> None:
    proposal = await rows.proposal()
    await comment(rows, proposal, "lee", "dana")
    await comment(rows, proposal, "dana")

    assert await open_for(rows, "dana") == []


async def test_a_decision_answers_a_mention(rows: Rows) -> None:
    proposal = await rows.proposal()
    await comment(rows, proposal, "lee", "dana")
    made = builders.decision("dana", on=proposal.change, role=ApiRole.LEAD)
    async with rows.database.transaction(rows.workspace) as connection:
        made = made.model_copy(update={"proposal_id": proposal.id})
        await reviews.insert_decision(connection, rows.workspace, made)

    assert await open_for(rows, "dana") == []


async def test_nothing_waits_on_a_proposal_that_is_over(rows: Rows) -> None:
    proposal = await rows.proposal()
    await comment(rows, proposal, "lee", "dana")
    await rows.move(proposal.id, ProposalStatus.REJECTED)

    assert await open_for(rows, "dana") == []
