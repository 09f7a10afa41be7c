"""The made items and queries of the search bench."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.errors import BenchError
from bench.search_corpus import FILES, QUERIES, Rows, make_items, queries, read_texts

TEXT = re.compile(r"text \d+")


@pytest.fixture
def rows() -> Rows:
    """Rows with random vectors, twenty of them for items."""
    count = QUERIES + 20
    vectors = np.random.default_rng(1).normal(size=(count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = tuple(f"text {n}" for n in range(count))
    return Rows(texts, tuple(f"label {n}" for n in range(count)), vectors)


def write(folder: Path, names: Sequence[str] = FILES) -> None:
    for name, column in zip(FILES, ("category", "intent"), strict=True):
        if name in names:
            (folder / name).write_text(f"text,{column}\nof {name},some\n", encoding="utf-8")


@pytest.mark.parametrize("absent", FILES)
def test_absent_data_is_named(tmp_path: Path, absent: str) -> None:
    write(tmp_path, [name for name in FILES if name != absent])
    with pytest.raises(BenchError, match=f"missing {absent} in .*LEARNING_LOOP_DATA"):
        read_texts(tmp_path)


def test_rows_of_both_files_are_read(tmp_path: Path) -> None:
    write(tmp_path)
    assert sorted(read_texts(tmp_path)) == [(f"of {name}", "some") for name in sorted(FILES)]


def test_items_are_the_same_each_time(rows: Rows) -> None:
    first, second = (list(make_items(rows, 20)) for _ in range(2))
    assert [item.content for item in first] == [item.content for item in second]
    for one, other in zip(first, second, strict=True):
        for a, b in zip(one.passages, other.passages, strict=True):
            np.testing.assert_array_equal(a.vector, b.vector)


def test_a_passage_says_what_its_item_says_and_has_length_one(rows: Rows) -> None:
    for item in make_items(rows, 20):
        content = [passage.body for passage in item.passages if passage.source == "content"]
        assert content == list(item.content.passages())
        for passage in item.passages:
            assert np.linalg.norm(passage.vector) == pytest.approx(1, abs=1e-5)


def test_one_item_in_ten_has_phrasings(rows: Rows) -> None:
    with_phrasings = [
        any(passage.source == "phrasing" for passage in item.passages)
        for item in make_items(rows, 20)
    ]
    assert sum(with_phrasings) == 2


def test_no_item_is_made_of_a_query(rows: Rows) -> None:
    asked = {text for text, _ in queries(rows, QUERIES)}
    said = {text for item in make_items(rows, 200) for text in TEXT.findall(item.content.question)}
    assert len(asked) == QUERIES
    assert said & asked == set()
    assert said
