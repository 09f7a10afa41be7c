"""Postgres' `ts_rank` for many queries and many passages at once: its words, our arithmetic.

The words are cut by Postgres itself; `tests/bench/test_search_quality.py` holds the arithmetic to
what `ts_rank` returns.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection

Floats = NDArray[np.float32]

_FULL_TERM = 1.64493406685
"""What Postgres divides a term by: the sum of 1 / n² over all n."""

_WORDS = """
SELECT t.number, array_agg(w.lexeme) AS words,
       array_agg(least(cardinality(w.positions), 30)) AS counts
FROM unnest(%s::text[]) WITH ORDINALITY AS t (body, number),
     unnest(to_tsvector('english', t.body)) AS w
GROUP BY t.number
"""


class Words:
    """The words of a list of texts, to rank any of them by the words of any other."""

    def __init__(self, texts: int, rows: Sequence[tuple[int, list[str], list[int]]]) -> None:
        place: dict[str, int] = {}
        for _, words, _ in rows:
            for word in words:
                place.setdefault(word, len(place))
        self._terms = np.zeros((texts, len(place)), np.float32)
        for number, words, counts in rows:
            columns = [place[word] for word in words]
            self._terms[number - 1, columns] = [_term(count) for count in counts]

    def rank(self, queries: NDArray[np.int64], passages: NDArray[np.int64]) -> Floats:
        """Return `ts_rank('{1,1,1,1}', passage, words of the query joined by OR)`, a query a row.

        0 where no word matches; 1 at most.
        """
        asked = (self._terms[queries] > 0).astype(np.float32)
        words = np.maximum(asked.sum(axis=1, keepdims=True), 1)
        return np.asarray(asked @ self._terms[passages].T / words, np.float32)


def _term(count: int) -> float:
    return sum(1 / n**2 for n in range(1, count + 1)) / _FULL_TERM


async def read_words(url: str, texts: Sequence[str]) -> Words:
    """Return the words of the texts as the Postgres at `url` cuts and stems English."""
    async with await AsyncConnection.connect(url) as connection:
        cursor = await connection.execute(_WORDS, [list(texts)])
        return Words(len(texts), await cursor.fetchall())
