from collections.abc import Sequence
from uuid import UUID

import psycopg
import pytest

from domain.knowledge import Change, Hit, ItemKind, Operation
from store import publishing
from store import search as searching
from store.database import Connection
from tests.api.fakes import WordEmbedder
from tests.api.rows import Rows, adding, revising
from tests.domain.builders import content

EMBEDDER = WordEmbedder()


def embed(text: str) -> list[float]:
    return [float(value) for value in EMBEDDER.embed([text])[0]]


async def search(
    connection: Connection,
    workspace: str,
    text: str,
    *,
    k: int = 8,
    kinds: Sequence[ItemKind] = (),
    model: str = EMBEDDER.name,
    as_of: int | None = None,
) -> list[Hit]:
    return await searching.search(
        connection,
        workspace,
        text=text,
        embedding=embed(text),
        model=model,
        k=k,
        kinds=kinds,
        as_of=as_of,
    )


async def find(rows: Rows, text: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()) -> list[UUID]:
    """Return the ids of what is found, best first."""
    async with rows.database.transaction(rows.workspace) as connection:
        hits = await search(connection, rows.workspace, text, k=k, kinds=kinds)
    return [hit.item.id for hit in hits]


async def publish(
    connection: Connection,
    workspace: str,
    change: Change,
    *phrasings: str,
    until: int | None = None,
) -> UUID:
    passages = [publishing.Passage(text, embed(text)) for text in change.content.passages()]
    passages += [publishing.Passage(text, embed(text), "phrasing") for text in phrasings]
    item_id, _ = await publishing.publish(
        connection,
        workspace,
        change,
        passages=passages,
        model=EMBEDDER.name,
        provenance=publishing.Provenance(approved_by=("dana",)),
        phrasings_until=until,
    )
    return item_id


async def test_what_is_published_is_found_in_the_same_transaction(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        item_id = await publish(connection, rows.workspace, adding("Refunds take 5 days."))
        hits = await search(connection, rows.workspace, "refunds take 5 days")
    assert [hit.item.id for hit in hits] == [item_id]


async def test_an_item_is_found_by_how_customers_asked(rows: Rows) -> None:
    asked = "my money never came back"
    async with rows.database.transaction(rows.workspace) as connection:
        await publish(connection, rows.workspace, adding("Lost parcels are replaced."))
        item_id = await publish(connection, rows.workspace, adding("Refunds take 5 days."), asked)
        best, *_ = await search(connection, rows.workspace, asked)
    assert (best.item.id, best.source, best.matched) == (item_id, "phrasing", asked)
    assert best.similarity == pytest.approx(1.0, abs=1e-5)


async def test_phrasings_stay_when_the_content_is_revised(rows: Rows) -> None:
    asked = "my money never came back"
    async with rows.database.transaction(rows.workspace) as connection:
        item_id = await publish(connection, rows.workspace, adding("Refunds take 5 days."), asked)
        await publish(connection, rows.workspace, revising(item_id, "Refunds take 3 days."))
        by_phrasing, *_ = await search(connection, rows.workspace, asked)
    assert by_phrasing.source == "phrasing"
    assert by_phrasing.item.revision == 2


async def test_what_was_revised_away_is_not_matched_any_more(rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Zeppelins are refunded."))
    await rows.item(revising(item_id, "Trains are refunded."))
    async with rows.database.transaction(rows.workspace) as connection:
        best, *_ = await search(connection, rows.workspace, "zeppelins")
    assert "Zeppelins" not in best.matched
    assert best.item.content == content(ItemKind.ARTICLE, "Trains are refunded.")


async def test_an_item_that_goes_back_loses_the_phrasings_that_came_since(rows: Rows) -> None:
    """They would find it, as near as can be, for a question that it no longer answers."""
    early, late = "my money never came back", "do you ship to the isle of man"
    workspace = rows.workspace
    async with rows.database.transaction(workspace) as connection:
        item_id = await publish(connection, workspace, adding("Britain only."), early)
        manx = revising(item_id, "Britain and the Isle of Man.")
        await publish(connection, workspace, manx, late)
        back = revising(item_id, "Britain only.", base=2)
        await publish(connection, workspace, back, until=1)
        now, then = [await search(connection, workspace, late, as_of=n) for n in (None, 2)]
        kept, *_ = await search(connection, workspace, early)
        assert await search(connection, workspace, late, as_of=3) == now
    assert "phrasing" not in {hit.source for hit in now if hit.matched == late}
    assert all(hit.similarity < 0.9 for hit in now)
    assert [(hit.matched, hit.item.revision) for hit in then] == [(late, 2)]
    assert (kept.matched, kept.item.revision) == (early, 3)


async def test_phrasings_of_then_outlive_a_retirement_in_between(rows: Rows) -> None:
    early, late = "my money never came back", "do you ship to the isle of man"
    workspace = rows.workspace
    async with rows.database.transaction(workspace) as connection:
        item_id = await publish(connection, workspace, adding(), early)
        await publish(connection, workspace, revising(item_id, "Both."), late)
        gone = revising(item_id, "Both.", base=2)
        retirement = gone.model_copy(update={"operation": Operation.RETIRE})
        await publish(connection, workspace, retirement)
        await publish(connection, workspace, revising(item_id, "Both.", base=3))
        # Once to the first revision, and once, by way of that, to the second.
        await publish(connection, workspace, revising(item_id, "One.", base=4), until=1)
        first = {
            hit.matched
            for text in (early, late)
            for hit in await search(connection, workspace, text)
        }
        await publish(connection, workspace, revising(item_id, "Both.", base=5), until=2)
        second = {
            hit.matched
            for text in (early, late)
            for hit in await search(connection, workspace, text)
        }
    assert early in first
    assert late not in first
    assert second == {early, late}


async def test_a_retired_item_vanishes_with_its_phrasings(rows: Rows) -> None:
    asked = "my money never came back"
    async with rows.database.transaction(rows.workspace) as connection:
        item_id = await publish(connection, rows.workspace, adding(), asked)
        retirement = revising(item_id, "Refunds take 5 days.")
        await publish(
            connection,
            rows.workspace,
            retirement.model_copy(update={"operation": Operation.RETIRE}),
        )
        assert await search(connection, rows.workspace, asked) == []


@pytest.mark.parametrize("kinds", [(kind,) for kind in ItemKind])
async def test_search_can_be_held_to_kinds(rows: Rows, kinds: tuple[ItemKind]) -> None:
    ids = {kind: (await rows.item(adding("Refunds take 5 days.", kind)))[0] for kind in ItemKind}
    assert await find(rows, "refunds", kinds=kinds) == [ids[kinds[0]]]
    assert set(await find(rows, "refunds")) == set(ids.values())


async def test_another_workspace_finds_nothing(rows: Rows, elsewhere: Rows) -> None:
    await rows.item()
    assert await find(elsewhere, "refunds take 5 days") == []


async def test_another_models_passages_are_not_compared(rows: Rows) -> None:
    await rows.item()
    async with rows.database.transaction(rows.workspace) as connection:
        assert await search(connection, rows.workspace, "zeppelins", model="other") == []


async def test_what_has_no_vector_of_the_model_is_found_by_its_words_and_not_trusted(
    rows: Rows,
) -> None:
    few, _ = await rows.item(adding("Parcels take a week."))
    all_of_them, _ = await rows.item(adding("Refunds take a week."))
    async with rows.database.transaction(rows.workspace) as connection:
        hits = await search(connection, rows.workspace, "refunds take weeks", model="other")
    assert [hit.item.id for hit in hits] == [all_of_them, few]
    assert [hit.similarity for hit in hits] == [0, 0]


async def test_what_has_no_vector_yet_comes_before_what_only_has_a_farther_one(rows: Rows) -> None:
    await rows.item(adding("Parcels take a week to Norway."))
    item_id, _ = await rows.item(adding("Vouchers expire after a year."))
    async with await psycopg.AsyncConnection.connect(rows.database.url) as owner:
        await owner.execute(
            "DELETE FROM embeddings WHERE workspace = %s AND item_id = %s",
            (rows.workspace, item_id),
        )
    assert (await find(rows, "when do vouchers expire"))[0] == item_id


async def test_the_best_comes_first_and_each_item_once(rows: Rows) -> None:
    near, _ = await rows.item(adding("Refunds take five working days."))
    far, _ = await rows.item(adding("Parcels take a week to Norway."))
    async with rows.database.transaction(rows.workspace) as connection:
        hits = await search(connection, rows.workspace, "refunds take five working days")
    assert [hit.item.id for hit in hits] == [near, far]
    assert hits[0].similarity > hits[1].similarity


async def test_scores_tell_what_answers_the_query_from_what_does_not(rows: Rows) -> None:
    await rows.item(adding("Refunds take five working days."))
    async with rows.database.transaction(rows.workspace) as connection:
        (known,) = await search(connection, rows.workspace, "refunds take five working days")
        (unknown,) = await search(connection, rows.workspace, "who won the chess match")
    assert known.score > 0.8
    assert unknown.score < 0.2


async def test_a_score_does_not_depend_on_how_many_hits_are_wanted(rows: Rows) -> None:
    await rows.item(adding("Refunds take five working days."))
    await rows.item(adding("Refunds take six working days."))
    async with rows.database.transaction(rows.workspace) as connection:
        best, _ = await search(connection, rows.workspace, "how long do refunds take", k=2)
        assert await search(connection, rows.workspace, "how long do refunds take", k=1) == [best]


async def test_no_more_than_k_are_returned(rows: Rows) -> None:
    for n in range(4):
        await rows.item(adding(f"Answer {n}."))
    assert len(await find(rows, "answer", k=2)) == 2


@pytest.mark.parametrize("text", ["", '"', "'; DROP TABLE items --", "a OR -b (", "\\", "🙂" * 50])
async def test_any_text_can_be_searched_for(rows: Rows, text: str) -> None:
    await rows.item()
    assert len(await find(rows, text)) == 1


async def test_nearer_passages_of_other_workspaces_hide_nothing(
    rows: Rows, elsewhere: Rows
) -> None:
    """The index holds all workspaces; a scan of it must go on until it has found enough of ours."""
    item_id, _ = await rows.item(adding("Parcels go by train."))
    near = [f"where is my refund {n}" for n in range(150)]
    async with elsewhere.database.transaction(elsewhere.workspace) as connection:
        await publish(connection, elsewhere.workspace, adding("Refunds."), *near)
    async with rows.database.transaction(rows.workspace) as connection:
        for way in ("seqscan", "bitmapscan", "sort"):
            await connection.execute(f"SET LOCAL enable_{way} = off".encode())
        hits = await search(connection, rows.workspace, "where is my refund")
    assert [hit.item.id for hit in hits] == [item_id]
