"""Filling in the vectors of a model: batches, failures in the middle, and what comes meanwhile."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from activities.count_unembedded import CountUnembedded, CountUnembeddedInput
from activities.embedding import PassageText, embed_passages
from activities.kit import Kit
from activities.reembed_passages import (
    ReembedPassages,
    ReembedPassagesInput,
    ReembedPassagesResult,
    ReembedReach,
)
from gateways.embedding_service import EmbeddingServiceOptions, ServiceEmbedder
from gateways.embeddings import Embedder
from gateways.next_embedder import NextEmbedder
from store.bootstrap import ensure_workspace_and_keys
from tests.activities.world import Heartbeats, World, failure, run
from tests.api.fakes import WordEmbedder
from tests.api.rows import Rows, adding
from tests.fakes.embeddings_api import DIMENSION, EmbeddingsApi, embeddings, refusal, vector_of
from tests.fresh import fresh_database

MODEL = "acme/embed-3"
AT_ONCE = 2


@pytest.fixture
def provider() -> Iterator[EmbeddingsApi]:
    """The provider of the next model."""
    with EmbeddingsApi() as api:
        yield api


@pytest.fixture
async def installation(
    kit: Kit, database_url: str, provider: EmbeddingsApi
) -> AsyncGenerator[World]:
    """A workspace in a database of its own, and a worker with a provider's model as the next."""
    options = EmbeddingServiceOptions(provider.url, MODEL, DIMENSION)
    with ServiceEmbedder(options, cache_entries=1) as embedder:
        async with fresh_database(database_url) as database:
            await ensure_workspace_and_keys(database.url, "w", {})
            following = NextEmbedder(embedder)
            yield World(dataclasses.replace(kit, database=database, next_embedder=following), "w")


async def articles(world: World, number: int) -> None:
    """Publish articles with the serving model's vectors only."""
    rows = Rows(world.database, world.workspace)
    for _ in range(number):
        await rows.item(adding(f"Answer {uuid4().hex}."))


async def missing(
    world: World, model: str = MODEL, reach: ReembedReach = ReembedReach.PASSAGES
) -> int:
    task = CountUnembeddedInput(model=model, reach=reach)
    return (await run(CountUnembedded(world.kit).count_unembedded, task)).missing


def filling(**changes: Any) -> ReembedPassagesInput:
    given = {"model": MODEL, "reach": ReembedReach.PASSAGES, "at_once": AT_ONCE, **changes}
    return ReembedPassagesInput.model_validate(given)


async def fill(world: World, **changes: Any) -> ReembedPassagesResult:
    return await run(ReembedPassages(world.kit).reembed_passages, filling(**changes))


async def test_every_passage_gets_its_vector_and_a_second_run_changes_nothing(
    installation: World,
) -> None:
    await articles(installation, 3)
    wanted = await missing(installation)
    assert await fill(installation) == ReembedPassagesResult(stored=wanted, place=None)
    assert await missing(installation) == 0
    rows = await installation.execute("SELECT * FROM embeddings ORDER BY passage_id, model")
    assert await fill(installation) == ReembedPassagesResult(stored=0, place=None)
    again = await installation.execute("SELECT * FROM embeddings ORDER BY passage_id, model")
    assert rows == again


async def test_an_attempt_does_some_and_says_where_to_go_on(installation: World) -> None:
    await articles(installation, 3)
    wanted = await missing(installation)
    first = await fill(installation, most=AT_ONCE)
    assert first.stored == AT_ONCE
    assert first.place is not None
    rest = await fill(installation, place=first.place)
    assert (rest.stored, rest.place) == (wanted - AT_ONCE, None)


async def test_all_workspaces_are_filled(installation: World) -> None:
    for name in ("B", "z"):
        await ensure_workspace_and_keys(installation.database.url, name, {})
        await articles(World(installation.kit, name), 2)
    await articles(installation, 2)
    place = None
    while (result := await fill(installation, place=place, most=1)).place is not None:
        place = result.place
    assert await missing(installation) == 0


async def test_a_provider_that_fails_in_the_middle_loses_nothing(
    installation: World, provider: EmbeddingsApi
) -> None:
    await articles(installation, 3)
    wanted = await missing(installation)
    provider.script(embeddings([vector_of("a"), vector_of("b")]), refusal(503))
    heard: Heartbeats = []
    error = await failure(
        ReembedPassages(installation.kit).reembed_passages, filling(), heard=heard
    )
    assert (error.type, error.non_retryable) == ("EmbeddingUnavailableError", False)
    assert await missing(installation) == wanted - AT_ONCE
    asked = len(provider.requests)
    next_attempt = await run(
        ReembedPassages(installation.kit).reembed_passages, filling(), heartbeat_details=heard[-1:]
    )
    assert next_attempt == ReembedPassagesResult(stored=wanted, place=None)
    texts = [text for call in provider.requests[asked:] for text in call.body["input"]]
    assert len(texts) == wanted - AT_ONCE
    assert await missing(installation) == 0


async def test_a_worker_that_is_killed_between_batches_loses_nothing(installation: World) -> None:
    await articles(installation, 4)
    wanted = await missing(installation)
    stopping = Stopping(installation.kit.next_embedder, after=2)
    kit = dataclasses.replace(installation.kit, next_embedder=NextEmbedder(stopping))
    attempt = asyncio.create_task(run(ReembedPassages(kit).reembed_passages, filling()))
    await stopping.reached.wait()
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    stopping.go_on()
    assert await missing(installation) == wanted - 2 * AT_ONCE
    assert (await fill(installation)).stored == wanted - 2 * AT_ONCE
    assert await missing(installation) == 0


class Stopping:
    """Embeds some batches, and then hangs as long as it is let."""

    def __init__(self, embedder: NextEmbedder | None, after: int) -> None:
        assert embedder is not None
        self._embedder = embedder.embedder
        self.name, self.dimension = self._embedder.name, self._embedder.dimension
        self._left = after
        self._loop = asyncio.get_running_loop()
        self.reached = asyncio.Event()
        self._released = asyncio.Event()

    def go_on(self) -> None:
        self._released.set()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._left == 0:
            self._loop.call_soon_threadsafe(self.reached.set)
            asyncio.run_coroutine_threadsafe(self._released.wait(), self._loop).result()
        self._left -= 1
        return self._embedder.embed(texts)


async def test_what_is_published_meanwhile_is_counted_in_the_end(installation: World) -> None:
    await articles(installation, 2)
    first = await fill(installation, most=1)
    await articles(installation, 1)
    assert (await fill(installation, place=first.place)).place is None
    assert await missing(installation) == 0


async def test_asks_and_proposals_wait_until_their_model_serves(installation: World) -> None:
    rows = Rows(installation.database, installation.workspace)
    await rows.proposal()
    await fill(installation)
    assert await missing(installation, reach=ReembedReach.EVERYTHING) == 2
    following = installation.kit.next_embedder
    assert following is not None
    kit = dataclasses.replace(installation.kit, embedder=following.embedder, next_embedder=None)
    switched = World(kit, installation.workspace)
    assert (await fill(switched, reach=ReembedReach.EVERYTHING)).stored == 2
    assert await missing(switched, reach=ReembedReach.EVERYTHING) == 0


async def test_a_proposal_of_another_model_is_compared_again_after_its_turn(
    installation: World,
) -> None:
    await installation.drafted()
    kit = dataclasses.replace(installation.kit, embedder=renamed("new words"), next_embedder=None)
    switched = World(kit, installation.workspace)
    assert (await switched.draft(await switched.analyzed())).merged == 0
    await fill(switched, model="new words", reach=ReembedReach.EVERYTHING)
    assert (await switched.draft(await switched.analyzed())).merged == 1


def renamed(name: str) -> Embedder:
    """Return a model that has other vectors by its name only."""
    embedder = WordEmbedder()
    embedder.name = name
    return embedder


async def test_a_model_that_no_worker_has_is_given_up_by_name(installation: World) -> None:
    error = await failure(
        ReembedPassages(installation.kit).reembed_passages, filling(model="elsewhere")
    )
    assert error.type == "embedding_model_unknown"
    assert not error.non_retryable
    assert "elsewhere" in str(error)


async def test_a_model_whose_length_is_another_is_a_permanent_failure(
    installation: World,
) -> None:
    await installation.execute(
        "INSERT INTO embedding_models (model, dimension) VALUES (%s, 5)", MODEL
    )
    error = await failure(ReembedPassages(installation.kit).reembed_passages, filling())
    assert (error.type, error.non_retryable) == ("model_dimension", True)


async def test_heartbeats_name_places_and_no_text(installation: World) -> None:
    await articles(installation, 2)
    heard: Heartbeats = []
    await run(ReembedPassages(installation.kit).reembed_passages, filling(), heard=heard)
    assert heard
    assert "Answer" not in str(heard)


async def test_what_is_published_gets_the_vectors_of_both_models(installation: World) -> None:
    assert (await installation.apply(await installation.approved())).release == 1
    assert await missing(installation) == 0
    assert await missing(installation, "words") == 0


async def test_an_approval_is_applied_while_the_next_models_provider_is_away(
    installation: World, provider: EmbeddingsApi
) -> None:
    provider.script(refusal(503))
    assert (await installation.apply(await installation.approved())).release == 1
    assert await missing(installation, "words") == 0
    assert await missing(installation) > 0
    await fill(installation)
    assert await missing(installation) == 0


async def test_texts_keep_their_order_source_and_language(installation: World) -> None:
    asked_in = uuid4()
    texts = [
        PassageText("how it is", language="de"),
        PassageText("how they ask", "phrasing", asked_in),
    ]
    found = await embed_passages(installation.kit, texts)
    assert [(p.body, p.source, p.intervention_id, p.language) for p in found] == [
        ("how it is", "content", None, "de"),
        ("how they ask", "phrasing", asked_in, None),
    ]
    assert [[further.model for further in p.further] for p in found] == [[MODEL], [MODEL]]
    assert {len(p.further[0].values) for p in found} == {DIMENSION}


async def test_nothing_is_sent_for_no_texts(installation: World, provider: EmbeddingsApi) -> None:
    assert await embed_passages(installation.kit, []) == []
    assert provider.requests == []
