"""What an intervention tells of the query that the agent was asked before."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.answering import Judged, Signs
from domain.knowledge import Change
from domain.outcomes import HandledBy
from store.golden import candidate_outcomes
from store.outcomes import Used, list_judged, record_outcome
from tests.activities.world import World
from tests.api.rows import revising
from tests.domain.builders import submission
from tests.workflows.scripted import article


async def served(
    world: World,
    guess: UUID | None,
    *,
    by: HandledBy,
    certainty: float,
    signs: Signs | None = None,
    agent: str = "offline",
) -> UUID:
    """Return the outcome of a query that the agent was asked."""
    async with world.database.transaction(world.workspace) as connection:
        outcome = await record_outcome(
            connection,
            world.workspace,
            text="How long do refunds take?",
            handled_by=by,
            items_used=[Used(guess)] if guess and by is HandledBy.AGENT else [],
            guess=guess,
            certainty=certainty,
            signs=signs,
            agent=agent,
        )
    return outcome.id


async def followed(world: World, outcome_id: UUID, change: Change) -> None:
    """Let a human step in after that query, which leads to this change."""
    world.analyst.change = lambda _: change
    posted = submission(
        external_id=uuid4().hex,
        agent={"outcome_id": str(outcome_id)},
        resolution={"by": "dana", "reply": "The warehouse knows."},
    )
    await world.draft(await world.analyzed(posted))


async def judged_by(
    world: World, agent: str = "offline", settles_after: timedelta = timedelta(0)
) -> list[Judged]:
    """Return what is known of how an agent fared, newest first."""
    async with world.database.transaction(world.workspace) as connection:
        return await list_judged(
            connection, world.workspace, agent=agent, settles_after=settles_after, limit=10
        )


async def judged(world: World, settles_after: timedelta = timedelta(0)) -> list[tuple[float, bool]]:
    """Return what is known of the offline agent's certainty, newest first."""
    found = await judged_by(world, settles_after=settles_after)
    return [(query.certainty, query.right) for query in found]


async def known_article(world: World) -> UUID:
    """Return an article that the agent knows."""
    proposal = await world.approved(article())
    await world.apply(proposal)
    (row,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    return row["id"]


async def test_an_answer_without_objection_was_right(world: World) -> None:
    item_id = await known_article(world)
    await served(world, item_id, by=HandledBy.AGENT, certainty=0.8)

    assert await judged(world) == [(0.8, True)]


async def test_an_answer_is_not_right_before_anybody_could_object(world: World) -> None:
    item_id = await known_article(world)
    await served(world, item_id, by=HandledBy.AGENT, certainty=0.8)

    assert await judged(world, timedelta(hours=72)) == []


async def test_a_hand_off_tells_nothing_until_a_human_has_resolved_it(world: World) -> None:
    item_id = await known_article(world)
    await served(world, item_id, by=HandledBy.HUMAN, certainty=0.3)

    assert await judged(world) == []


async def test_the_guess_was_right_where_the_change_is_about_it(world: World) -> None:
    item_id = await known_article(world)
    outcome_id = await served(world, item_id, by=HandledBy.HUMAN, certainty=0.3)
    await followed(world, outcome_id, revising(item_id, "Ask the post."))

    assert await judged(world) == [(0.3, True)]


async def test_the_guess_was_wrong_where_something_new_was_needed(world: World) -> None:
    item_id = await known_article(world)
    outcome_id = await served(world, item_id, by=HandledBy.AGENT, certainty=0.6)
    await followed(world, outcome_id, article())

    assert await judged(world) == [(0.6, False)]


async def test_an_outcome_of_another_workspace_is_not_judged(world: World) -> None:
    item_id = await known_article(world)
    await followed(world, uuid4(), revising(item_id, "Ask the post."))

    assert await judged(world) == []


async def test_what_spoke_for_the_guess_is_kept(world: World) -> None:
    item_id = await known_article(world)
    signs = Signs(*(place / 8 for place in range(len(Signs._fields))))
    await served(world, item_id, by=HandledBy.AGENT, certainty=0.8, signs=signs)
    await served(world, item_id, by=HandledBy.AGENT, certainty=0.7)

    newest, before = await judged_by(world)
    assert (newest.signs, before.signs) == (None, signs)


async def test_signs_of_another_time_are_left_out(world: World) -> None:
    item_id = await known_article(world)
    signs = Signs(*[0.5] * len(Signs._fields))
    await served(world, item_id, by=HandledBy.AGENT, certainty=0.8, signs=signs)
    await world.execute(
        "UPDATE outcomes SET signs = '{1, 2}' WHERE workspace = %s", world.workspace
    )

    (found,) = await judged_by(world)
    assert found.signs is None


@pytest.mark.parametrize("led_to_another", [True, False])
async def test_an_answer_after_which_another_item_lacked_is_known_as_wrong(
    world: World, led_to_another: bool
) -> None:
    item_id = await known_article(world)
    outcome_id = await served(world, item_id, by=HandledBy.AGENT, certainty=0.8)
    change = article("Refunds take 9 days.") if led_to_another else revising(item_id, "Ask us.")
    await followed(world, outcome_id, change)

    async with world.database.transaction(world.workspace) as connection:
        (query,) = await candidate_outcomes(connection, world.workspace, words=["refund"], limit=9)
    assert query.known_wrong == led_to_another
    assert query.answered_from == (item_id,)


async def test_another_agents_outcomes_tell_nothing_of_this_one(world: World) -> None:
    item_id = await known_article(world)
    await served(world, item_id, by=HandledBy.AGENT, certainty=0.8, agent="claude")

    assert await judged(world) == []
    assert [query.certainty for query in await judged_by(world, "claude")] == [0.8]
