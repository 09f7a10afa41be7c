"""Remembers the vectors of recent texts, for whichever embedder computes them."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

CACHE_ENTRIES = 4096

Vector = NDArray[np.float32]
ComputeVectors = Callable[[dict[bytes, str]], Iterator[dict[bytes, Vector]]]
"""Takes texts by key and yields their vectors by the same keys, batch by batch."""


class VectorCache:
    """The most recently used vectors, by text digest. Safe to share between threads."""

    def __init__(self, dimension: int, entries: int = CACHE_ENTRIES) -> None:
        """Keep at most `entries` vectors of length `dimension`."""
        self._dimension = dimension
        self._entries = entries
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str], compute: ComputeVectors) -> Vector:
        """Return the texts' vectors as new rows; `compute` is asked for those not remembered.

        A batch is remembered as soon as it is there, so that what a later one's failure leaves
        undone is all that is computed again.
        """
        keys = [_key_of(text) for text in texts]
        vectors = self._get_many(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            for computed in compute(missing):
                self._put_many(computed)
                vectors |= computed
        result = np.empty((len(keys), self._dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            result[row] = vectors[key]
        return result

    def _get_many(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        found: dict[bytes, Vector] = {}
        with self._lock:
            for key in keys:
                vector = self._vectors.get(key)
                if vector is not None:
                    self._vectors.move_to_end(key)
                    found[key] = vector
        return found

    def _put_many(self, vectors: dict[bytes, Vector]) -> None:
        with self._lock:
            self._vectors.update(vectors)
            while len(self._vectors) > self._entries:
                self._vectors.popitem(last=False)


def _key_of(text: str) -> bytes:
    # A digest, so that the cache holds neither long texts nor what customers wrote.
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
