import pytest

from gateways import ordinary_words as module
from gateways.embeddings import EmbeddingModelError
from gateways.ordinary_words import ordinary_words


def test_everyday_words_are_among_them_and_seldom_ones_are_not() -> None:
    words = ordinary_words()

    assert {"where", "parcel", "refund", "suitcase"} <= words
    assert words.isdisjoint({"qx7canary", "klarna", "zither", "the", "##ing"})
    assert len(words) > 15_000


def test_without_the_model_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise EmbeddingModelError("not installed")

    monkeypatch.setattr(module, "find_model_folder", absent)

    assert ordinary_words.__wrapped__() == frozenset()
