"""The search bench's table and its JSON."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import report, search
from bench.search_measure import HttpTimes, Recall, StoreTimes, Times
from bench.search_report import Memory, SearchReport, SizeFigures, Sizes, render, write


def times(p50: float) -> Times:
    return Times(count=200, p50=p50, p99=2 * p50)


def figures(items: int) -> SizeFigures:
    return SizeFigures(
        items=items,
        passages=3 * items,
        load_seconds=1,
        nearest_index_seconds=2,
        words_index_seconds=3,
        disk=Sizes(passages=1, embeddings=2, nearest_index=3, words_index=4),
        memory=Memory(shared_buffers=512, backend=20, api=200),
        store=StoreTimes(store=times(3), raw=times(2)),
        recall=Recall(queries=40, search=0.991, by_index=0.985),
        http=HttpTimes(sequential=times(20), concurrent=times(50), clients=8, per_second=99),
        applies_per_second=70,
    )


def a_report() -> SearchReport:
    return SearchReport(
        at=datetime(2026, 11, 22, tzinfo=UTC),
        machine=report.machine(),
        closeness=0.9,
        embedding=times(8),
        sizes=[figures(1_000), figures(100_000)],
        beside=times(4),
    )


def line(shown: str, start: str) -> list[str]:
    return next(row for row in shown.splitlines() if row.startswith(start)).split()[-2:]


@pytest.mark.parametrize(
    ("start", "cells"),
    [
        ("figure", ["100,000", "items"]),
        ("store over raw scan", ["1.50", "1.50"]),
        ("the same with the embedding", ["1.10", "1.10"]),
        ("recall@10 of search", ["0.991", "0.991"]),
        ("applies a second", ["70", "70"]),
    ],
)
def test_the_table_shows(start: str, cells: list[str]) -> None:
    assert line(render(a_report()), start) == cells


def test_a_percentile_is_of_milliseconds() -> None:
    assert Times.of([0.001, 0.002, 0.003]) == Times(count=3, p50=2, p99=3)


def test_what_is_kept_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "results" / "search.json"
    write(a_report(), path)
    assert SearchReport.model_validate_json(path.read_text()) == a_report()


def test_absent_data_ends_the_run_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEARNING_LOOP_DATA", str(tmp_path))
    assert search.main(["--sizes", "1000"]) == 1
    assert "missing banking77_train.csv and clinc150_train.csv" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["0", "99", "many"])
def test_a_senseless_size_is_refused(size: str) -> None:
    with pytest.raises(SystemExit):
        search.main(["--sizes", size])
