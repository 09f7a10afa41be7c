"""Vectors by model: known models, what lacks a vector, filling the gaps, and pruning."""

from collections.abc import AsyncGenerator
from uuid import uuid4

import psycopg
import pytest

from domain.knowledge import Change, Operation
from domain.proposals import ProposalStatus
from store import embeddings as stored
from store import publishing
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.embeddings import Coverage, Embedded, ModelDimensionError, Unembedded
from store.vectors import Embedding
from tests.api.rows import Rows, adding, revising
from tests.fresh import fresh_database

SERVING = "words"
NEXT = "acme/embed-3"
DIMENSION = 3
VECTOR = [1.0, 0.0, 0.0]


@pytest.fixture
async def alone(database_url: str) -> AsyncGenerator[Database]:
    """A database of one's own, since models are the installation's."""
    async with fresh_database(database_url) as database:
        yield database


async def missing(rows: Rows, kind: Embedded, model: str = NEXT) -> list[Unembedded]:
    async with rows.database.transaction(rows.workspace) as connection:
        return await stored.list_unembedded(
            connection, rows.workspace, model, kind, after=None, limit=100
        )


async def fill(rows: Rows, kind: Embedded, found: list[Unembedded], model: str = NEXT) -> int:
    async with rows.database.transaction(rows.workspace) as connection:
        made = [(unembedded, VECTOR) for unembedded in found]
        return await stored.store_vectors(connection, rows.workspace, model, kind, made)


async def count(rows: Rows, kind: Embedded, model: str = NEXT) -> Coverage:
    async with rows.database.transaction(rows.workspace) as connection:
        return await stored.count_embedded(connection, rows.workspace, model, kind)


async def vectors(rows: Rows, model: str = NEXT) -> list[tuple[str, bool, list[str]]]:
    """Return the text of each passage with a vector, whether it is live, and its tags."""
    async with await psycopg.AsyncConnection.connect(rows.database.url) as owner:
        cursor = await owner.execute(
            "SELECT p.body, e.live, e.tags FROM embeddings e JOIN passages p"
            " ON p.workspace = e.workspace AND p.id = e.passage_id"
            " WHERE e.workspace = %s AND e.model = %s ORDER BY p.id",
            (rows.workspace, model),
        )
        return await cursor.fetchall()


async def test_a_passage_without_a_vector_of_the_model_is_missing_until_it_has_one(
    rows: Rows,
) -> None:
    await rows.item()
    found = await missing(rows, Embedded.PASSAGES)
    assert await count(rows, Embedded.PASSAGES) == Coverage(len(found), 0)
    assert await missing(rows, Embedded.PASSAGES, SERVING) == []
    assert await fill(rows, Embedded.PASSAGES, found) == len(found)
    assert await missing(rows, Embedded.PASSAGES) == []
    assert await count(rows, Embedded.PASSAGES) == Coverage(len(found), len(found))


async def test_storing_the_same_vectors_again_stores_none(rows: Rows) -> None:
    await rows.item()
    found = await missing(rows, Embedded.PASSAGES)
    await fill(rows, Embedded.PASSAGES, found)
    assert await fill(rows, Embedded.PASSAGES, found) == 0


async def test_those_of_a_batch_come_by_id_from_behind_the_last_one(rows: Rows) -> None:
    for n in range(3):
        await rows.item(adding(f"Answer {n}."))
    whole = await missing(rows, Embedded.PASSAGES)
    async with rows.database.transaction(rows.workspace) as connection:
        rest = await stored.list_unembedded(
            connection, rows.workspace, NEXT, Embedded.PASSAGES, after=whole[0].id, limit=1
        )
    assert rest == whole[1:2]


async def test_passages_of_earlier_releases_get_vectors_that_only_those_see(rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await rows.item(revising(item_id, "Refunds take 3 days."))
    await fill(rows, Embedded.PASSAGES, await missing(rows, Embedded.PASSAGES))
    live = {body: is_live for body, is_live, _ in await vectors(rows)}
    assert not any(is_live for body, is_live in live.items() if "5 days" in body)
    assert all(is_live for body, is_live in live.items() if "3 days" in body)


async def test_a_passage_that_closes_while_it_is_embedded_is_not_found_by_its_vector(
    rows: Rows,
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    found = await missing(rows, Embedded.PASSAGES)
    change = revising(item_id, "Refunds take 5 days.")
    await rows.item(change.model_copy(update={"operation": Operation.RETIRE}))
    await fill(rows, Embedded.PASSAGES, found)
    assert [is_live for _, is_live, _ in await vectors(rows)] == [False] * len(found)


async def test_what_was_erased_while_it_was_embedded_gets_no_vector(rows: Rows) -> None:
    await rows.item()
    found = await missing(rows, Embedded.PASSAGES)
    async with await psycopg.AsyncConnection.connect(rows.database.url) as owner:
        await owner.execute(
            "UPDATE passages SET body = '[erased]' WHERE workspace = %s", (rows.workspace,)
        )
    assert await fill(rows, Embedded.PASSAGES, found) == 0


async def test_vectors_have_the_tags_of_the_item_as_those_of_the_serving_model(rows: Rows) -> None:
    item_id, _ = await rows.item(tagged(adding(), "returns"))
    await rows.item(tagged(revising(item_id, "Refunds take 3 days."), "refunds", "money"))
    await fill(rows, Embedded.PASSAGES, await missing(rows, Embedded.PASSAGES))
    assert await vectors(rows) == await vectors(rows, SERVING)
    assert {tuple(tags) for *_, tags in await vectors(rows)} == {
        ("returns",),
        ("refunds", "money"),
    }


def tagged(change: Change, *tags: str) -> Change:
    """Return the change with tags on its article."""
    content = change.content.model_copy(update={"tags": tags})
    return change.model_copy(update={"content": content})


async def test_an_ask_has_one_vector_which_is_made_anew(rows: Rows) -> None:
    await rows.proposal()
    (ask,) = await missing(rows, Embedded.ASKS)
    assert ask.said == "Where is my refund?"
    assert await fill(rows, Embedded.ASKS, [ask]) == 1
    assert await count(rows, Embedded.ASKS) == Coverage(1, 1)
    assert await count(rows, Embedded.ASKS, SERVING) == Coverage(1, 0)


async def test_an_open_proposal_is_made_anew_and_a_closed_one_is_not(rows: Rows) -> None:
    proposal = await rows.proposal(adding("Refunds take 9 days."))
    closed = await rows.proposal()
    await rows.move(closed.id, ProposalStatus.REJECTED)
    (found,) = await missing(rows, Embedded.PROPOSALS)
    assert (found.id, found.change) == (proposal.id, proposal.change)
    assert await fill(rows, Embedded.PROPOSALS, [found]) == 1
    assert await count(rows, Embedded.PROPOSALS) == Coverage(1, 1)


async def test_a_proposal_that_was_redrafted_meanwhile_keeps_its_vector(rows: Rows) -> None:
    await rows.proposal()
    (found,) = await missing(rows, Embedded.PROPOSALS)
    assert await fill(rows, Embedded.PROPOSALS, [found._replace(said="an older hash")]) == 0


async def test_another_workspaces_texts_are_not_missing_here(rows: Rows, elsewhere: Rows) -> None:
    await elsewhere.item()
    assert await missing(rows, Embedded.PASSAGES) == []
    assert await fill(rows, Embedded.PASSAGES, await missing(elsewhere, Embedded.PASSAGES)) == 0


async def test_everywhere_is_every_workspace(alone: Database) -> None:
    for name in ("b", "a", "Z"):
        await ensure_workspace_and_keys(alone.url, name, {})
    assert await stored.list_workspaces(alone) == ["Z", "a", "b"]
    await Rows(alone, "a").item()
    await Rows(alone, "b").proposal()
    passages = await count(Rows(alone, "a"), Embedded.PASSAGES)
    assert await stored.count_everywhere(alone, NEXT) == Coverage(passages.total + 2, 0)


async def index_of(database: Database, model: str) -> tuple[int, str | None] | None:
    async with database.transaction("any") as connection:
        found = await stored.list_models(connection)
    return next(((m.dimension, m.index_name) for m in found if m.model == model), None)


async def test_a_model_gets_an_index_once(alone: Database) -> None:
    for _ in range(2):
        await stored.ensure_model(alone, NEXT, DIMENSION)
    known = await index_of(alone, NEXT)
    assert known is not None
    assert known[0] == DIMENSION
    assert known[1] is not None
    assert known[1].startswith("embeddings_near_")


async def test_a_model_with_vectors_of_another_length_is_refused(alone: Database) -> None:
    await stored.ensure_model(alone, NEXT, DIMENSION)
    with pytest.raises(ModelDimensionError, match=f"{NEXT} have 3 numbers, not 4"):
        await stored.ensure_model(alone, NEXT, 4)


async def test_pruning_takes_one_models_vectors_in_batches_and_leaves_the_others(
    rows: Rows,
) -> None:
    model = f"old-{uuid4().hex}"
    for n in range(3):
        await rows.item(adding(f"Answer {n}."))
    found = await missing(rows, Embedded.PASSAGES, model)
    await fill(rows, Embedded.PASSAGES, found, model)
    counts: list[int] = []
    while not counts or counts[-1]:
        async with rows.database.transaction(rows.workspace) as connection:
            counts.append(await stored.prune(connection, rows.workspace, model, limit=2))
    assert sum(counts) == len(found)
    assert max(counts) == 2
    assert await missing(rows, Embedded.PASSAGES, SERVING) == []


async def test_a_model_is_forgotten_only_without_vectors_in_any_workspace(alone: Database) -> None:
    await ensure_workspace_and_keys(alone.url, "a", {})
    rows = Rows(alone, "a")
    await rows.item()
    await stored.ensure_model(alone, NEXT, DIMENSION)
    await fill(rows, Embedded.PASSAGES, await missing(rows, Embedded.PASSAGES))
    assert await stored.forget_model(alone, NEXT) is False
    assert await index_of(alone, NEXT) is not None
    async with alone.transaction("a") as connection:
        await stored.prune(connection, "a", NEXT, limit=100)
    assert await stored.forget_model(alone, NEXT) is True
    assert await index_of(alone, NEXT) is None


async def test_a_vector_has_the_name_of_its_model(rows: Rows) -> None:
    async with await psycopg.AsyncConnection.connect(rows.database.url) as owner:
        with pytest.raises(psycopg.errors.NotNullViolation):
            await owner.execute(
                "INSERT INTO analyses (workspace, intervention_id, analyst, ask, ask_embedding,"
                " findings) VALUES (%s, %s, '{}', 'a', '[1]', '[]')",
                (rows.workspace, await rows.intervention()),
            )


async def test_a_publication_writes_the_vectors_of_both_models(rows: Rows) -> None:
    change = adding("Refunds take 5 days.")
    passages = [
        publishing.Passage(text, [1.0, 0.0], further=[Embedding(NEXT, VECTOR)])
        for text in change.content.passages()
    ]
    async with rows.database.transaction(rows.workspace) as connection:
        await publishing.publish(
            connection,
            rows.workspace,
            change,
            passages=passages,
            model="serving",
            provenance=publishing.Provenance(approved_by=("dana",)),
        )
    assert await vectors(rows) == await vectors(rows, "serving") != []
