"""The provider's embedder against a real socket, in every way that a call can end."""

import logging
import socket
import traceback
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from gateways.embedding_service import EmbeddingServiceOptions, ServiceEmbedder
from gateways.embeddings import choose_embedder, load_embedder
from gateways.errors import (
    EmbeddingAnswerError,
    EmbeddingAuthError,
    EmbeddingDimensionError,
    EmbeddingError,
    EmbeddingNotFoundError,
    EmbeddingRateLimitedError,
    EmbeddingRequestError,
    EmbeddingTimeoutError,
    EmbeddingUnavailableError,
)
from gateways.settings import DimensionMode, Settings
from tests.fakes.embeddings_api import (
    DIMENSION,
    EmbeddingsApi,
    embeddings,
    refusal,
    rows_reply,
    vector_of,
)
from tests.fakes.messages_api import HANG, Reply

KEY = "sk-secret-0123456789"
TEXT = "my card is 4000 1234"
MODEL = "acme/embed-3"

Json = dict[str, Any]


def embedder_of(url: str, **changes: Any) -> ServiceEmbedder:
    options: Json = {"model": MODEL, "dimension": DIMENSION, "api_key": SecretStr(KEY), **changes}
    return ServiceEmbedder(EmbeddingServiceOptions(url, **options))


def unit(text: str, dimension: int = DIMENSION) -> list[float]:
    vector = np.array(vector_of(text, dimension))
    return (vector / np.linalg.norm(vector)).tolist()


def failure(
    *replies: Reply, texts: Sequence[str] = (TEXT,), key: str | None = None, **changes: Any
) -> EmbeddingError:
    with EmbeddingsApi(*replies, key=key) as api, embedder_of(api.url, **changes) as embedder:
        with pytest.raises(EmbeddingError) as caught:
            embedder.embed(texts)
        assert len(api.requests) == 1, "only Temporal retries"
    return caught.value


def test_each_text_gets_its_vector_scaled_to_length_one() -> None:
    with EmbeddingsApi(key=KEY) as api, embedder_of(api.url) as embedder:
        vectors = embedder.embed(["where is my order", "refund"])
    np.testing.assert_allclose(vectors, [unit("where is my order"), unit("refund")], atol=1e-6)
    assert vectors.dtype == np.float32


def test_the_request_is_as_the_protocol_wants_it() -> None:
    with EmbeddingsApi(key=KEY) as api, embedder_of(api.url + "/") as embedder:
        embedder.embed(["a", "b"])
    [request] = api.requests
    assert request.path == "/v1/embeddings"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {"model": MODEL, "input": ["a", "b"], "encoding_format": "float"}


def test_without_a_key_no_credentials_are_sent() -> None:
    with EmbeddingsApi() as api, embedder_of(api.url, api_key=None) as embedder:
        embedder.embed(["a"])
    assert "authorization" not in api.requests[0].headers


def test_a_query_of_the_url_stays_behind_the_path() -> None:
    with EmbeddingsApi() as api, embedder_of(f"{api.url}?api-version=2") as embedder:
        embedder.embed(["a"])
    assert api.requests[0].path == "/v1/embeddings?api-version=2"


def test_no_text_is_no_call() -> None:
    with EmbeddingsApi() as api, embedder_of(api.url) as embedder:
        assert embedder.embed([]).shape == (0, DIMENSION)
    assert api.requests == []


def test_vectors_are_put_in_the_order_of_their_index() -> None:
    rows = [{"index": n, "embedding": vector_of(text)} for n, text in ((1, "b"), (0, "a"))]
    with EmbeddingsApi(rows_reply(rows)) as api, embedder_of(api.url) as embedder:
        vectors = embedder.embed(["a", "b"])
    np.testing.assert_allclose(vectors, [unit("a"), unit("b")], atol=1e-6)


def inputs(api: EmbeddingsApi) -> list[list[str]]:
    return [request.body["input"] for request in api.requests]


def test_a_batch_has_a_bounded_number_of_texts() -> None:
    texts = [f"text {n}" for n in range(5)]
    with EmbeddingsApi() as api, embedder_of(api.url, batch_texts=2) as embedder:
        vectors = embedder.embed(texts)
    assert inputs(api) == [texts[:2], texts[2:4], texts[4:]]
    np.testing.assert_allclose(vectors, [unit(text) for text in texts], atol=1e-6)


def test_a_batch_has_a_bounded_number_of_characters() -> None:
    texts = ["aaaa", "bbbb", "cc", "d" * 30, "e"]
    with EmbeddingsApi() as api, embedder_of(api.url, batch_characters=10) as embedder:
        embedder.embed(texts)
    assert inputs(api) == [["aaaa", "bbbb", "cc"], ["d" * 30], ["e"]]


def test_batches_share_one_connection() -> None:
    with EmbeddingsApi() as api, embedder_of(api.url, batch_texts=1) as embedder:
        embedder.embed(["a", "b", "c"])
        assert api.connections == 1


def test_a_long_text_is_cut() -> None:
    with EmbeddingsApi() as api, embedder_of(api.url, text_characters=4) as embedder:
        embedder.embed(["refunded"])
    assert inputs(api) == [["refu"]]


@pytest.mark.parametrize("text", ["", "  \n\t", "\ud800 a lone surrogate", "\x00", "東京 👩‍👧"])
def test_any_text_can_be_sent(text: str) -> None:
    with EmbeddingsApi() as api, embedder_of(api.url) as embedder:
        (vector,) = embedder.embed([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_a_repeated_text_is_sent_once() -> None:
    with EmbeddingsApi() as api, embedder_of(api.url) as embedder:
        first = embedder.embed(["a", "b", "a"])
        np.testing.assert_array_equal(embedder.embed(["b", "a"]), first[1:])
    assert inputs(api) == [["a", "b"]]


def test_after_a_failure_only_what_is_missing_is_sent_again() -> None:
    replies = [embeddings([vector_of("a")]), refusal(500)]
    with EmbeddingsApi(*replies) as api, embedder_of(api.url, batch_texts=1) as embedder:
        with pytest.raises(EmbeddingUnavailableError):
            embedder.embed(["a", "b"])
        embedder.embed(["a", "b"])
    assert inputs(api) == [["a"], ["b"], ["b"]]


def test_a_shortened_vector_is_asked_for_and_is_of_a_space_of_its_own() -> None:
    changes: Json = {"dimension": 4, "dimension_mode": DimensionMode.REQUESTED}
    with EmbeddingsApi() as api, embedder_of(api.url, **changes) as embedder:
        vectors = embedder.embed(["a"])
    assert api.requests[0].body["dimensions"] == 4
    assert vectors.shape == (1, embedder.dimension) == (1, 4)
    assert embedder.name == f"{MODEL}@4"


def test_the_native_space_has_the_model_s_name() -> None:
    with embedder_of("http://127.0.0.1:9/v1") as embedder:
        assert (embedder.name, embedder.dimension) == (MODEL, DIMENSION)


@pytest.mark.parametrize(
    ("reply", "kind", "retry_after"),
    [
        (refusal(429, retry_after="7"), EmbeddingRateLimitedError, timedelta(seconds=7)),
        (refusal(429), EmbeddingRateLimitedError, None),
        (refusal(500), EmbeddingUnavailableError, None),
        (refusal(503, retry_after="1.5"), EmbeddingUnavailableError, timedelta(seconds=1.5)),
        (Reply(502, b"<html>", {}, "text/html"), EmbeddingUnavailableError, None),
        (refusal(504), EmbeddingTimeoutError, None),
        (refusal(408), EmbeddingTimeoutError, None),
    ],
)
def test_a_service_that_is_away_or_busy_may_be_asked_again(
    reply: Reply, kind: type[EmbeddingError], retry_after: timedelta | None
) -> None:
    caught = failure(reply)
    assert (type(caught), caught.retryable, caught.retry_after) == (kind, True, retry_after)
    assert f"HTTP {reply.status}" in str(caught)


@pytest.mark.parametrize(
    ("reply", "kind", "setting"),
    [
        (refusal(401), EmbeddingAuthError, "LEARNING_LOOP_EMBEDDING_API_KEY"),
        (refusal(403, retry_after="7"), EmbeddingAuthError, "LEARNING_LOOP_EMBEDDING_API_KEY"),
        (refusal(404), EmbeddingNotFoundError, "LEARNING_LOOP_EMBEDDING_URL"),
        (refusal(404), EmbeddingNotFoundError, "LEARNING_LOOP_EMBEDDING_MODEL"),
        (refusal(307, location="/x"), EmbeddingNotFoundError, "LEARNING_LOOP_EMBEDDING_URL"),
        (refusal(400), EmbeddingRequestError, "LEARNING_LOOP_EMBEDDING_TEXT_CHARACTERS"),
        (refusal(413), EmbeddingRequestError, "LEARNING_LOOP_EMBEDDING_BATCH_TEXTS"),
        (refusal(422), EmbeddingRequestError, "LEARNING_LOOP_EMBEDDING_DIMENSION_MODE"),
        (
            embeddings([[1.0] * (DIMENSION + 1)]),
            EmbeddingDimensionError,
            "LEARNING_LOOP_EMBEDDING_DIMENSION",
        ),
    ],
)
def test_what_only_a_setting_mends_is_permanent_and_names_it(
    reply: Reply, kind: type[EmbeddingError], setting: str
) -> None:
    caught = failure(reply)
    assert (type(caught), caught.retryable, caught.retry_after) == (kind, False, None)
    assert setting in str(caught)


def test_a_wrong_key_is_refused_by_the_service() -> None:
    assert type(failure(key="another")) is EmbeddingAuthError


def test_the_dimension_error_says_both_lengths() -> None:
    assert "length 9, not 8" in str(failure(embeddings([[1.0] * 9])))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>Log in</html>", {}, "text/html"),
        Reply(200, b'{"data": [{"index": 0, "embe'),
        Reply(200, b""),
        Reply(200, b"\xff\xfe"),
        Reply(200, b'{"error": "overloaded"}'),
        Reply(200, b"x", {"Content-Encoding": "gzip"}),
        embeddings([]),
        embeddings([vector_of("a"), vector_of("b")]),
        embeddings([vector_of("a")], data=[{"index": 0, "embedding": "AACAPw=="}]),
        rows_reply([{"index": 1, "embedding": vector_of("a")}]),
        rows_reply([{"embedding": vector_of("a")}]),
        embeddings([[float("nan")] * DIMENSION]),
        embeddings([[float("inf")] * DIMENSION]),
        embeddings([[0.0] * DIMENSION]),
    ],
)
def test_an_answer_that_cannot_be_used_has_a_name(reply: Reply) -> None:
    caught = failure(reply)
    assert (type(caught), caught.retryable) == (EmbeddingAnswerError, True)


def test_two_vectors_for_one_text_are_refused() -> None:
    rows = [{"index": 0, "embedding": vector_of(text)} for text in ("a", "b")]
    assert type(failure(rows_reply(rows), texts=["a", "b"])) is EmbeddingAnswerError


def test_a_service_that_hangs_is_given_up() -> None:
    caught = failure(HANG, timeout_seconds=0.2)
    assert (type(caught), caught.retryable) == (EmbeddingTimeoutError, True)


def test_nobody_listening_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        embedder_of(f"http://127.0.0.1:{port}/v1") as embedder,
        pytest.raises(EmbeddingUnavailableError) as caught,
    ):
        embedder.embed([TEXT])
    assert caught.value.retryable


@pytest.mark.parametrize(
    "reply",
    [
        refusal(400, TEXT),
        refusal(401, KEY),
        refusal(429, TEXT, retry_after=TEXT),
        refusal(500, KEY),
        Reply(200, TEXT.encode()),
        rows_reply([{"index": 0, "embedding": [TEXT]}]),
        rows_reply([{"index": 0, "embedding": [1.0], TEXT: KEY}]),
        embeddings([[0.0] * DIMENSION]),
        HANG,
    ],
)
def test_nothing_secret_is_in_an_exception_or_what_it_hangs_on(reply: Reply) -> None:
    caught = failure(reply, timeout_seconds=0.5)
    assert caught.__cause__ is None
    assert caught.__context__ is None
    shown = "".join(traceback.format_exception(caught)) + repr(caught) + repr(vars(caught))
    assert TEXT not in shown
    assert KEY not in shown


def test_nothing_secret_is_logged_even_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        EmbeddingsApi(embeddings([vector_of("a")]), refusal(400, TEXT)) as api,
        embedder_of(api.url) as embedder,
    ):
        embedder.embed([TEXT])
        with pytest.raises(EmbeddingError):
            embedder.embed([TEXT + "5"])
    assert caplog.text
    assert TEXT not in caplog.text
    assert KEY not in caplog.text


def test_the_key_is_in_no_representation() -> None:
    options = EmbeddingServiceOptions("http://x.test/v1", MODEL, 8, api_key=SecretStr(KEY))
    with ServiceEmbedder(options) as embedder:
        assert KEY not in repr(embedder) + str(embedder) + repr(options)


_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def test_any_numbers_but_zeros_become_a_vector_of_length_one() -> None:
    with EmbeddingsApi() as api, embedder_of(api.url) as embedder:

        @given(vector=st.lists(_NUMBERS, min_size=DIMENSION, max_size=DIMENSION).filter(any))
        def check(vector: list[float]) -> None:
            api.script(embeddings([vector]))
            (scaled,) = embedder.embed([str(vector)])
            assert np.linalg.norm(scaled) == pytest.approx(1, abs=1e-6)

        check()


def test_without_a_url_the_offline_model_is_chosen() -> None:
    assert choose_embedder(Settings.model_validate({"database_url": "x"})) is load_embedder()


def test_with_a_url_the_provider_is_chosen_as_the_settings_say() -> None:
    with EmbeddingsApi(key=KEY) as api:
        settings = Settings.model_validate(
            {
                "database_url": "x",
                "embedding_url": api.url,
                "embedding_model": MODEL,
                "embedding_dimension": 4,
                "embedding_dimension_mode": "requested",
                "embedding_api_key": KEY,
                "embedding_batch_texts": 1,
                "embedding_text_characters": 3,
            }
        )
        embedder = choose_embedder(settings)
        assert isinstance(embedder, ServiceEmbedder)
        with embedder:
            assert embedder.embed(["abcd", "e"]).shape == (2, 4)
    assert embedder.name == f"{MODEL}@4"
    assert inputs(api) == [["abc"], ["e"]]
