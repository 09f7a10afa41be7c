import dataclasses
from collections.abc import Sequence
from uuid import uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from activities.comparing import likeness_of
from activities.kit import Kit
from domain.merging import NEAR_TEXT, SAME_TEXT, merge_key
from store.proposals import Mergeable
from tests.domain.builders import change


class CountingEmbedder:
    """Finds all texts alike, and counts how often it is asked."""

    name = "counting"
    dimension = 384

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls += 1
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        vectors[:, 0] = 1
        return vectors


@pytest.mark.parametrize(
    ("similarity", "overlap", "calls"),
    [(NEAR_TEXT - 0.01, 0.0, 0), (NEAR_TEXT, 1.0, 1), (SAME_TEXT, 0.0, 0)],
)
async def test_sentences_are_compared_only_where_they_decide(
    kit: Kit, similarity: float, overlap: float, calls: int
) -> None:
    embedder = CountingEmbedder()
    drafted = change()
    other = Mergeable(
        id=uuid4(),
        intervention_id=uuid4(),
        merge_key=merge_key(drafted),
        change=drafted,
        similarity=similarity,
    )
    found = await likeness_of(dataclasses.replace(kit, embedder=embedder), "w", drafted, other)
    assert (found.similarity, found.overlap) == (similarity, overlap)
    assert embedder.calls == calls


async def test_answers_that_name_other_numbers_are_other_answers(kit: Kit) -> None:
    drafted = change(text="A refund takes 5 days.")
    told = change(text="A refund takes 30 days.")
    other = Mergeable(
        id=uuid4(),
        intervention_id=uuid4(),
        merge_key=merge_key(drafted),
        change=told,
        similarity=0.95,
    )

    found = await likeness_of(kit, "w", drafted, other)

    assert found.at_odds
