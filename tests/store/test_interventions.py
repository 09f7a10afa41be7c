import asyncio
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from domain.conversation import InterventionStatus
from domain.errors import InterventionConflictError, NotFoundError
from domain.findings import Gap, ModelUsage
from domain.proposals import ProposalStatus
from store import interventions
from store.database import Database
from store.interventions import Receipt, SimilarAsk
from store.vectors import Embedding
from tests.api.fakes import WordEmbedder
from tests.api.rows import ANALYST, Rows, a_finding
from tests.domain.builders import submission


async def post(database: Database, workspace: str, **fields: object) -> Receipt:
    async with database.transaction(workspace) as connection:
        return await interventions.take_in(connection, workspace, submission(**fields))


async def test_a_repeat_finds_the_first_one(database: Database, workspace: str) -> None:
    first = await post(database, workspace)
    again = await post(database, workspace)
    assert first.created
    assert again == Receipt(
        intervention_id=first.intervention_id, status=InterventionStatus.RECEIVED, created=False
    )


async def test_another_body_under_the_same_name_is_a_conflict(
    database: Database, workspace: str
) -> None:
    await post(database, workspace)
    with pytest.raises(InterventionConflictError):
        await post(database, workspace, resolution={"reply": "Something else."})


async def test_the_same_name_in_another_workspace_is_another_intervention(
    database: Database, rows: Rows, elsewhere: Rows
) -> None:
    first = await post(database, rows.workspace)
    second = await post(database, elsewhere.workspace)
    assert second.created
    assert second.intervention_id != first.intervention_id


async def test_twenty_posts_at_once_are_one_intervention(
    database: Database, workspace: str
) -> None:
    receipts = await asyncio.gather(*(post(database, workspace) for _ in range(20)))
    assert sum(receipt.created for receipt in receipts) == 1
    assert len({receipt.intervention_id for receipt in receipts}) == 1
    async with database.transaction(workspace) as connection:
        assert len(await interventions.list_interventions(connection, workspace)) == 1


async def test_of_two_bodies_at_once_one_is_taken(database: Database, workspace: str) -> None:
    posts = [post(database, workspace, resolution={"reply": f"Reply {n % 2}."}) for n in range(10)]
    results = await asyncio.gather(*posts, return_exceptions=True)
    kept = [result for result in results if isinstance(result, Receipt)]
    assert len({receipt.intervention_id for receipt in kept}) == 1
    conflicts = [result for result in results if isinstance(result, InterventionConflictError)]
    assert (len(kept), len(conflicts)) == (5, 5)


async def test_what_was_posted_is_read_back_as_it_was(database: Database, workspace: str) -> None:
    fields = {"metadata": {"n": 10**30, "f": 1.0, "text": "Zoë 🙂 \u2028"}}
    receipt = await post(database, workspace, **fields)
    async with database.transaction(workspace) as connection:
        stored = await interventions.get_intervention(
            connection, workspace, receipt.intervention_id
        )
    assert stored.submission.body_hash() == submission(**fields).body_hash()


async def test_another_workspace_does_not_find_it(
    database: Database, rows: Rows, elsewhere: Rows, workspace: str
) -> None:
    intervention_id = await rows.intervention()
    async with database.transaction(workspace) as connection:
        with pytest.raises(NotFoundError):
            await interventions.get_intervention(connection, elsewhere.workspace, intervention_id)
        assert await interventions.list_interventions(connection, elsewhere.workspace) == []


async def test_pages_are_newest_first_and_have_each_once(
    database: Database, rows: Rows, workspace: str
) -> None:
    made = [await rows.intervention() for _ in range(5)]
    seen: list[UUID] = []
    before = None
    async with database.transaction(workspace) as connection:
        while page := await interventions.list_interventions(
            connection, rows.workspace, before=before, limit=2
        ):
            seen += [row.id for row in page]
            before = page[-1].id
    assert seen == made[::-1]


async def test_statuses_are_counted_and_filtered(
    database: Database, rows: Rows, workspace: str
) -> None:
    first, _ = await rows.intervention(), await rows.intervention()
    async with database.transaction(workspace) as connection:
        await interventions.set_intervention_status(
            connection, rows.workspace, first, InterventionStatus.FAILED, error_code="not_found"
        )
        assert await interventions.count_interventions(connection, rows.workspace) == {
            "failed": 1,
            "in_review": 1,
        }
        failed = await interventions.list_interventions(
            connection, rows.workspace, status=InterventionStatus.FAILED
        )
    assert [(row.id, row.error_code) for row in failed] == [(first, "not_found")]


async def analyse(
    rows: Rows,
    ask: str,
    near: float,
    usage: ModelUsage | None = None,
    model: str = "words",
    rest: int = 382,
) -> UUID:
    """Store an analysis whose ask points `near` (0 to 1) the first axis."""
    intervention_id = await rows.intervention()
    async with rows.database.transaction(rows.workspace) as connection:
        await interventions.save_analysis(
            connection,
            rows.workspace,
            intervention_id,
            analyst=ANALYST,
            ask=ask,
            ask_embedding=Embedding(model, [near, (1 - near**2) ** 0.5, *[0.0] * rest]),
            findings=[a_finding()],
            usage=usage,
        )
    return intervention_id


async def test_the_first_analysis_stands(database: Database, rows: Rows, workspace: str) -> None:
    intervention_id = await rows.intervention()
    for ask in ("first", "second"):
        async with database.transaction(workspace) as connection:
            await interventions.save_analysis(
                connection,
                rows.workspace,
                intervention_id,
                analyst=ANALYST,
                ask=ask,
                ask_embedding=Embedding("words", [1.0] * 384),
                findings=[a_finding()],
                usage=None,
            )
    async with database.transaction(workspace) as connection:
        analysis = await interventions.find_analysis(connection, rows.workspace, intervention_id)
    assert analysis is not None
    assert analysis.ask == "first"


async def test_similar_asks_come_nearest_first_and_from_this_workspace_only(
    rows: Rows, elsewhere: Rows
) -> None:
    await analyse(rows, "far", 0.1)
    own = await analyse(rows, "own", 1.0)
    await analyse(rows, "near", 0.9)
    await analyse(elsewhere, "theirs", 0.95)
    async with rows.database.transaction(rows.workspace) as connection:
        found = await interventions.similar_asks(
            connection,
            rows.workspace,
            embedding=Embedding("words", [1.0, *[0.0] * 383]),
            except_id=own,
            limit=5,
        )
    assert [ask.ask for ask in found] == ["near", "far"]


async def asks_near(rows: Rows, item_id: UUID) -> list[SimilarAsk]:
    """Return what is near the ask of `rows`, seen from an item."""
    embedder = WordEmbedder()
    vector = embedder.embed(["Where is my refund?"])[0].tolist()
    async with rows.database.transaction(rows.workspace) as connection:
        return await interventions.similar_asks(
            connection,
            rows.workspace,
            embedding=Embedding(embedder.name, vector),
            except_id=None,
            limit=5,
            item_id=item_id,
        )


async def test_an_ask_led_elsewhere_if_its_proposals_are_about_other_items(rows: Rows) -> None:
    proposal = await rows.proposal()
    assert [ask.led_elsewhere for ask in await asks_near(rows, proposal.id)] == [False]
    assert [ask.led_elsewhere for ask in await asks_near(rows, uuid4())] == [True]
    await rows.move(proposal.id, ProposalStatus.REJECTED)
    assert [ask.led_elsewhere for ask in await asks_near(rows, uuid4())] == [False]


async def test_an_ask_in_which_nothing_lacked_led_to_no_item(rows: Rows) -> None:
    nothing = a_finding().model_copy(update={"gap": Gap.NONE})
    reply = submission(external_id="1", resolution={"by": "dana", "reply": "In 5 days."})
    await rows.analysis(await rows.intervention(reply), nothing)
    assert [(ask.led_elsewhere, ask.reply) for ask in await asks_near(rows, uuid4())] == [
        (True, "In 5 days.")
    ]


async def test_an_ask_without_a_proposal_yet_led_nowhere(rows: Rows) -> None:
    await rows.analysis(await rows.intervention(), a_finding())
    assert [ask.led_elsewhere for ask in await asks_near(rows, uuid4())] == [False]


async def test_asks_with_another_models_vector_are_not_compared(rows: Rows) -> None:
    await analyse(rows, "old", 1.0, model="short", rest=2)
    near = await analyse(rows, "near", 0.9)
    async with rows.database.transaction(rows.workspace) as connection:
        found = await interventions.similar_asks(
            connection,
            rows.workspace,
            embedding=Embedding("words", [1.0, *[0.0] * 383]),
            except_id=None,
            limit=5,
        )
    assert [ask.intervention_id for ask in found] == [near]


async def test_costs_of_drafts_are_added_to_those_of_the_analysis(rows: Rows) -> None:
    usage = ModelUsage(input_tokens=10, output_tokens=1, cost_usd=Decimal("0.01"))
    intervention_id = await analyse(rows, "ask", 1.0, usage)
    for _ in range(2):
        async with rows.database.transaction(rows.workspace) as connection:
            await interventions.add_usage(connection, rows.workspace, intervention_id, usage)
    async with rows.database.transaction(rows.workspace) as connection:
        analysis = await interventions.find_analysis(connection, rows.workspace, intervention_id)
    assert analysis is not None
    assert analysis.usage == ModelUsage(input_tokens=30, output_tokens=3, cost_usd=Decimal("0.03"))


async def test_costs_need_an_analysis(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        with pytest.raises(NotFoundError):
            await interventions.add_usage(connection, rows.workspace, uuid4(), ModelUsage())
