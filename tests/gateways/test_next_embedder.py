"""Nobody waits long for the next model, and its failures stay its own."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from gateways.embeddings import choose_next_embedder, load_embedder, next_space
from gateways.errors import EmbeddingAuthError, EmbeddingUnavailableError
from gateways.next_embedder import NextEmbedder
from gateways.settings import Settings
from tests.api.fakes import WordEmbedder

LONG = 60.0


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Failing:
    """An embedder that fails, and counts how often it is asked."""

    name = "failing"
    dimension = 3

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls += 1
        raise self.error


class Hanging(WordEmbedder):
    """An embedder that answers when it is let go."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.released.wait(LONG)
        return super().embed(texts)


async def test_vectors_that_come_in_time_are_returned() -> None:
    words = WordEmbedder()
    vectors = await NextEmbedder(words).embed_soon(["a b", "c"], patience_seconds=LONG)
    assert vectors is not None
    assert (vectors == words.embed(["a b", "c"])).all()


@pytest.mark.parametrize("error", [EmbeddingUnavailableError(), EmbeddingAuthError()])
async def test_a_failure_leaves_the_vectors_for_later(error: Exception) -> None:
    assert await NextEmbedder(Failing(error)).embed_soon(["a"], patience_seconds=LONG) is None


async def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await NextEmbedder(Failing(ZeroDivisionError())).embed_soon(["a"], patience_seconds=LONG)


async def test_one_that_hangs_is_not_waited_for() -> None:
    hanging = Hanging()
    assert await NextEmbedder(hanging).embed_soon(["a"], patience_seconds=0.01) is None
    hanging.released.set()


async def test_after_a_failure_it_rests_and_then_is_asked_again() -> None:
    clock, failing = Clock(), Failing(EmbeddingUnavailableError())
    embedder = NextEmbedder(failing, rest_seconds=30, clock=clock)
    calls: list[int] = []
    for passed in (0, 29, 1):
        clock.now += passed
        await embedder.embed_soon(["a"], patience_seconds=LONG)
        calls.append(failing.calls)
    assert calls == [1, 1, 2]


def settings(**given: object) -> Settings:
    return Settings.model_validate({"database_url": "x", **given})


PROVIDER = {
    "next_embedding_url": "http://embeddings.test/v1",
    "next_embedding_model": "acme/embed-3",
    "next_embedding_dimension": 256,
}


def test_the_next_model_is_the_one_that_its_settings_name() -> None:
    chosen = choose_next_embedder(settings(**PROVIDER), load_embedder())
    assert chosen is not None
    assert (chosen.name, chosen.dimension) == ("acme/embed-3", 256)
    assert next_space(settings(**PROVIDER)) == ("acme/embed-3", 256)


def test_a_shortened_next_model_is_of_a_space_of_its_own() -> None:
    given = {**PROVIDER, "next_embedding_dimension_mode": "requested"}
    assert next_space(settings(**given)) == ("acme/embed-3@256", 256)


def test_the_offline_model_is_next_where_only_its_name_is_given() -> None:
    chosen = choose_next_embedder(settings(next_embedding_model="all-MiniLM-L6-v2"), WordEmbedder())
    assert chosen is load_embedder()
    assert next_space(settings(next_embedding_model=load_embedder().name)) == (
        load_embedder().name,
        load_embedder().dimension,
    )


def test_settings_that_stayed_behind_after_the_switch_name_no_next_model() -> None:
    given = settings(next_embedding_model="all-MiniLM-L6-v2")
    assert choose_next_embedder(given, load_embedder()) is None


def test_without_settings_no_model_is_next() -> None:
    assert choose_next_embedder(settings(), load_embedder()) is None
    assert next_space(settings()) is None
