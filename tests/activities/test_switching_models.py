"""Switching the embedding model, prepared or not: at every moment every item is found."""

import dataclasses
from collections.abc import AsyncGenerator, Iterator

import pytest

from activities.kit import Kit
from activities.reembed_passages import ReembedPassages, ReembedPassagesInput, ReembedReach
from agent.knowledge import StoredKnowledge
from gateways.embedding_service import EmbeddingServiceOptions, ServiceEmbedder
from gateways.embeddings import Embedder, load_embedder
from gateways.next_embedder import NextEmbedder
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.embeddings import Embedded, count_everywhere, ensure_model, forget_model, prune
from tests.activities.world import World, run
from tests.api.rows import adding, revising
from tests.fakes.embeddings_api import DIMENSION, EmbeddingsApi
from tests.fresh import fresh_database

MODEL = "acme/embed-3"
WORKSPACE = "w"
ANSWERS = {
    "parcels": "Parcels to Norway go by train.",
    "refunds": "Refunds arrive within five days.",
    "invoices": "Invoices are sent on Mondays.",
    "vouchers": "Vouchers expire after a year.",
}


@pytest.fixture
def offline() -> Embedder:
    """The offline model, whose vectors have 384 numbers."""
    return load_embedder()


@pytest.fixture
def provided() -> Iterator[Embedder]:
    """A provider's model, whose vectors have 8."""
    with (
        EmbeddingsApi() as api,
        ServiceEmbedder(EmbeddingServiceOptions(api.url, MODEL, DIMENSION)) as embedder,
    ):
        yield embedder


@pytest.fixture
async def house(kit: Kit, database_url: str, offline: Embedder) -> AsyncGenerator[World]:
    """An installation that the offline model serves, with four articles."""
    async with fresh_database(database_url) as database:
        await ensure_workspace_and_keys(database.url, WORKSPACE, {})
        await ensure_model(database, offline.name, offline.dimension)
        world = World(dataclasses.replace(kit, database=database, embedder=offline), WORKSPACE)
        for text in ANSWERS.values():
            await world.apply(await world.approved(adding(text)))
        yield world


def served_by(world: World, serving: Embedder, following: Embedder | None = None) -> World:
    """Return the same installation after a restart with other settings."""
    kit = dataclasses.replace(
        world.kit,
        embedder=serving,
        next_embedder=NextEmbedder(following) if following else None,
    )
    return World(kit, world.workspace)


async def not_found(database: Database, embedder: Embedder, *more: str) -> list[str]:
    """Return the words whose article is not among what a search by that model finds."""
    knowledge = StoredKnowledge(database, WORKSPACE, embedder)
    lost: list[str] = []
    for word in (*ANSWERS, *more):
        hits = await knowledge.search(f"What about {word}?")
        if not any(word in hit.item.content.search_text().lower() for hit in hits):
            lost.append(word)
    return lost


async def fill(world: World, model: str, most: int = 1_000) -> bool:
    """Make some vectors of a model; return whether there was anything left to do."""
    task = ReembedPassagesInput(model=model, reach=ReembedReach.EVERYTHING, most=most, at_once=1)
    return (await run(ReembedPassages(world.kit).reembed_passages, task)).place is not None


async def missing(world: World, model: str) -> int:
    return (await count_everywhere(world.database, model, [Embedded.PASSAGES])).missing


async def test_a_prepared_switch_loses_nothing_at_any_moment(
    house: World, offline: Embedder, provided: Embedder
) -> None:
    preparing = served_by(house, offline, provided)
    assert await not_found(house.database, offline) == []
    await fill(preparing, MODEL, most=1)
    assert await not_found(house.database, offline) == []
    await preparing.apply(await preparing.approved(adding("Zeppelins fly on Sundays.")))
    assert await not_found(house.database, offline, "zeppelins") == []
    while await fill(preparing, MODEL, most=1):
        assert await not_found(house.database, offline, "zeppelins") == []
    assert await missing(house, MODEL) == 0
    # Old and new processes serve side by side while the settings are changed.
    assert await not_found(house.database, provided, "zeppelins") == []
    assert await not_found(house.database, offline, "zeppelins") == []


async def test_an_unprepared_switch_finds_by_words_what_has_no_vector_yet(
    house: World, provided: Embedder
) -> None:
    switched = served_by(house, provided)
    assert await missing(house, MODEL) > 0
    assert await not_found(house.database, provided) == []
    await switched.apply(await switched.approved(adding("Zeppelins fly on Sundays.")))
    assert await not_found(house.database, provided, "zeppelins") == []
    while await fill(switched, MODEL, most=1):
        assert await not_found(house.database, provided, "zeppelins") == []
    assert await missing(house, MODEL) == 0
    assert await not_found(house.database, provided, "zeppelins") == []


async def test_one_can_go_back(house: World, offline: Embedder, provided: Embedder) -> None:
    switched = served_by(house, provided, offline)
    await fill(switched, MODEL)
    await switched.apply(await switched.approved(adding("Zeppelins fly on Sundays.")))
    assert await missing(house, offline.name) == 0
    assert await not_found(house.database, offline, "zeppelins") == []


async def test_the_old_model_can_be_deleted_after_the_switch(
    house: World, offline: Embedder, provided: Embedder
) -> None:
    switched = served_by(house, provided)
    await fill(switched, MODEL)
    async with house.database.transaction(WORKSPACE) as connection:
        await prune(connection, WORKSPACE, offline.name, limit=1_000)
    assert await forget_model(house.database, offline.name)
    assert await not_found(house.database, provided) == []


async def test_a_revision_during_the_switch_is_found_and_the_old_text_is_not(
    house: World, offline: Embedder, provided: Embedder
) -> None:
    preparing = served_by(house, offline, provided)
    await fill(preparing, MODEL, most=1)
    knowledge = StoredKnowledge(house.database, WORKSPACE, offline)
    item = (await knowledge.search("What about parcels?", k=1))[0].item
    change = revising(item.id, "Zeppelins carry what we send to Norway.")
    await preparing.apply(await preparing.approved(change))
    await fill(preparing, MODEL)
    for embedder in (offline, provided):
        knowledge = StoredKnowledge(house.database, WORKSPACE, embedder)
        hits = await knowledge.search("What about zeppelins?", k=8)
        assert hits[0].item.id == item.id
        assert "train" not in str([hit.matched for hit in hits])
