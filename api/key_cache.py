"""Looks up whom an API key stands for, and remembers it for a moment."""

import time
from collections import OrderedDict
from collections.abc import Callable

from store.database import INSTALLATION, Database
from store.keys import KeyHolder, find_holder, hash_key

CACHE_SECONDS = 3.0
"""How long a revoked key may still work."""

_MAX_ENTRIES = 1_000
_MAX_KEY_LENGTH = 512


class KeyCache:
    """Valid keys by their hash. Unknown ones are not kept: a new key works at once."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Look keys up in `database`."""
        self._database = database
        self._clock = clock
        self._holders: OrderedDict[bytes, tuple[float, KeyHolder]] = OrderedDict()

    async def find(self, raw: str) -> KeyHolder | None:
        """Return whom a key stands for; None for an unknown or revoked one."""
        if not raw or len(raw) > _MAX_KEY_LENGTH:
            return None
        key_hash, now = hash_key(raw), self._clock()
        known = self._holders.get(key_hash)
        if known is not None and now < known[0]:
            return known[1]
        async with self._database.transaction(INSTALLATION) as connection:
            holder = await find_holder(connection, raw)
        if holder is None:
            self._holders.pop(key_hash, None)
            return None
        self._holders[key_hash] = (now + CACHE_SECONDS, holder)
        self._holders.move_to_end(key_hash)
        while len(self._holders) > _MAX_ENTRIES:
            self._holders.popitem(last=False)
        return holder
