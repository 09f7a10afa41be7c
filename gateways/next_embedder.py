"""The embedder of the model that shall serve next: nobody waits long for its vectors."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import structlog
from numpy.typing import NDArray

from gateways.embeddings import Embedder
from gateways.errors import EmbeddingError

_THREADS = 2
_log = structlog.get_logger("embeddings")


class NextEmbedder:
    """Embeds what it can in time; the re-embedding workflow fills the gaps.

    After a failure it rests, so that a service that is away is not waited for each time. It works
    in threads of its own: one that hangs must not hold those that the serving model needs.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        rest_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap `embedder`; nothing is called yet."""
        self.embedder = embedder
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._rests_until = clock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="next-embedder")

    @property
    def name(self) -> str:
        """The model's name, as it is stored beside its vectors."""
        return self.embedder.name

    async def embed_soon(
        self, texts: Sequence[str], *, patience_seconds: float
    ) -> NDArray[np.float32] | None:
        """Return one row a text, or None where the embedder fails, is too slow, or rests."""
        if self._clock() < self._rests_until:
            return None
        call = asyncio.get_running_loop().run_in_executor(self._threads, self.embedder.embed, texts)
        try:
            return await asyncio.wait_for(call, patience_seconds)
        except (EmbeddingError, TimeoutError) as error:
            self._rests_until = self._clock() + self._rest_seconds
            await _log.awarning(
                "the next model's vectors are left for later",
                model=self.name,
                error=type(error).__name__,
            )
            return None
