"""Embeddings by a provider that speaks OpenAI's `POST /embeddings`, as most servers of models do.

Only the call and the checking of its answer; retries are Temporal's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import httpx2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, SecretStr, ValidationError

from gateways.embedding_failures import failure_of_answer, failure_of_transport
from gateways.errors import EmbeddingAnswerError, EmbeddingDimensionError, EmbeddingError
from gateways.settings import ENV_PREFIX, DimensionMode, EmbeddingSettings
from gateways.vector_cache import CACHE_ENTRIES, Vector, VectorCache

CONNECT_SECONDS = 5.0
_KEEP_OPEN_SECONDS = 30.0
_FOR_BLANK = "."
"""Sent for a text without words: services refuse an empty one."""


@dataclass(frozen=True)
class EmbeddingServiceOptions:
    """Which service and model to call, and how much at once.

    A text is cut after `text_characters`; a batch ends before it has more than `batch_texts` or
    `batch_characters`.
    """

    url: str
    model: str
    dimension: int
    dimension_mode: DimensionMode = DimensionMode.NATIVE
    api_key: SecretStr | None = None
    timeout_seconds: float = 30.0
    batch_texts: int = 32
    batch_characters: int = 64_000
    text_characters: int = 8_000
    setting_prefix: str = f"{ENV_PREFIX}EMBEDDING_"
    """How the names of the settings begin that errors tell to mend."""

    @classmethod
    def of(cls, settings: EmbeddingSettings) -> Self:
        """Return what the settings say; they hold a URL, and therefore a model and a dimension."""
        return cls(
            url=str(settings.url),
            model=settings.model or "",
            dimension=settings.dimension or 0,
            dimension_mode=settings.dimension_mode,
            api_key=settings.api_key,
            timeout_seconds=settings.timeout_seconds,
            batch_texts=settings.batch_texts,
            batch_characters=settings.batch_characters,
            text_characters=settings.text_characters,
            setting_prefix=settings.prefix,
        )


class _Row(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    """The part of the answer that counts. Source: OpenAI's API reference, 'Create embeddings'."""

    data: list[_Row]


class ServiceEmbedder:
    """A provider's embeddings with an LRU cache of texts. Safe to share between threads.

    Holds a connection pool; close it when done.
    """

    def __init__(
        self, options: EmbeddingServiceOptions, cache_entries: int = CACHE_ENTRIES
    ) -> None:
        """Prepare the client; nothing is called before the first text."""
        self._options = options
        self._cache = VectorCache(options.dimension, cache_entries)
        self._url = _endpoint(options.url)
        key = options.api_key
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            timeout=httpx2.Timeout(
                options.timeout_seconds, connect=min(CONNECT_SECONDS, options.timeout_seconds)
            ),
            limits=httpx2.Limits(keepalive_expiry=_KEEP_OPEN_SECONDS),
        )

    def __repr__(self) -> str:
        """Name the space, never the key."""
        return f"ServiceEmbedder({self.name})"

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def name(self) -> str:
        """The model's name; a shortened vector is of another space, so its length is added."""
        if self._options.dimension_mode is DimensionMode.NATIVE:
            return self._options.model
        return f"{self._options.model}@{self._options.dimension}"

    @property
    def dimension(self) -> int:
        """The length that the settings name; an answer of another length is refused."""
        return self._options.dimension

    def embed(self, texts: Sequence[str]) -> Vector:
        """Return an array of shape (len(texts), dimension) whose rows have length 1.

        Raises an `EmbeddingError`; the vectors of the batches before it are kept.
        """
        return self._cache.embed(texts, self._compute)

    def _compute(self, texts: dict[bytes, str]) -> Iterator[dict[bytes, Vector]]:
        sent = {key: _sendable(text, self._options.text_characters) for key, text in texts.items()}
        for keys in self._batches(sent):
            rows = self._call([sent[key] for key in keys])
            # Copies, so that a cached row does not keep its whole batch alive.
            yield {key: row.copy() for key, row in zip(keys, rows, strict=True)}

    def _batches(self, texts: dict[bytes, str]) -> Iterator[list[bytes]]:
        batch: list[bytes] = []
        characters = 0
        for key, text in texts.items():
            is_full = len(batch) == self._options.batch_texts
            if batch and (is_full or characters + len(text) > self._options.batch_characters):
                yield batch
                batch, characters = [], 0
            batch.append(key)
            characters += len(text)
        if batch:
            yield batch

    def _call(self, texts: list[str]) -> Vector:
        answer = self._post(texts)
        if not answer.is_success:
            raise failure_of_answer(answer, self._options.setting_prefix)
        return _unit_rows(_read(answer.content), len(texts), self._options)

    def _post(self, texts: list[str]) -> httpx2.Response:
        body: dict[str, object] = {
            "model": self._options.model,
            "input": texts,
            "encoding_format": "float",
        }
        if self._options.dimension_mode is DimensionMode.REQUESTED:
            body["dimensions"] = self._options.dimension
        failure: EmbeddingError
        try:
            return self._client.post(self._url, json=body)
        except httpx2.RequestError as error:
            failure = failure_of_transport(error)
        # Raised out here so that not even `__context__` keeps the client's exception, which holds
        # the request with the texts and the key in it.
        raise failure


def _endpoint(base: str) -> str:
    """Return the address to call; a query, as some gateways want one, stays behind the path."""
    path, mark, query = base.partition("?")
    return f"{path.rstrip('/')}/embeddings{mark}{query}"


def _sendable(text: str, characters: int) -> str:
    # A lone surrogate cannot be sent as UTF-8.
    text = text[:characters].encode("utf-8", "replace").decode("utf-8")
    return text if text.strip() else _FOR_BLANK


def _read(content: bytes) -> list[_Row]:
    try:
        return _Answer.model_validate_json(content).data
    except ValidationError:
        pass
    raise EmbeddingAnswerError("what answered is not an embedding service")


def _unit_rows(rows: list[_Row], count: int, options: EmbeddingServiceOptions) -> Vector:
    """Return the vectors in the order of their texts, each scaled to length 1."""
    ordered = sorted(rows, key=lambda row: row.index)
    if [row.index for row in ordered] != list(range(count)):
        raise EmbeddingAnswerError(
            f"the embedding service's answer to {count} texts is not one vector for each"
        )
    lengths = {len(row.embedding) for row in ordered}
    if lengths != {options.dimension}:
        found = ", ".join(str(length) for length in sorted(lengths))
        raise EmbeddingDimensionError(
            f"the model's vectors have length {found}, not {options.dimension}: set "
            f"{options.setting_prefix}DIMENSION to the model's own, or "
            f"{options.setting_prefix}DIMENSION_MODE to '{DimensionMode.REQUESTED}' "
            "where the model can be shortened"
        )
    return _normalised(np.array([row.embedding for row in ordered], dtype=np.float64))


def _normalised(vectors: NDArray[np.float64]) -> Vector:
    if not np.isfinite(vectors).all():
        raise EmbeddingAnswerError("a vector of the embedding service holds no number")
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    if not largest.all():
        raise EmbeddingAnswerError("a vector of the embedding service is zero")
    # Scaled first, so that no square overflows or vanishes.
    scaled = vectors / largest
    return (scaled / np.linalg.norm(scaled, axis=1, keepdims=True)).astype(np.float32)
