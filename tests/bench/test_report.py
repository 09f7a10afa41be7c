import getpass
import platform
import re
from pathlib import Path

import pytest

from bench.costs import LEAST, Costs
from bench.histories import ActionKind, HistoryCount
from bench.latency import Latencies
from bench.open_reviews import WorkerMemory
from bench.report import (
    OpenReviewFigures,
    Report,
    cost_figures,
    latency_figures,
    machine,
    now,
    throughput_figures,
    write,
)
from bench.rounds import Round
from bench.table import render
from bench.throughput import Throughput


def a_round(seconds: float) -> Round:
    return Round(count=10, seconds=seconds, cpu_ms={"worker": 80.0, "idle": 0.0}, transactions=20)


@pytest.fixture
def report() -> Report:
    product = HistoryCount(
        events=46, workflow_tasks=7, actions=13, actions_by_kind={ActionKind.START: 1}
    )
    least = HistoryCount(events=18, workflow_tasks=3, actions=5, actions_by_kind={})
    measured = Throughput(
        product=[a_round(2), a_round(5), a_round(4)], floor=[a_round(1), a_round(2), a_round(10)]
    )
    return Report(
        at=now(),
        machine=machine(),
        throughput=throughput_figures(measured, concurrency=20, has="1 step"),
        latency=latency_figures(Latencies(product=[0.2, 0.4], floor=[0.1, 0.1])),
        costs=cost_figures(Costs(product, LEAST, least)),
    )


def test_throughput_is_the_ratio_of_the_medians(report: Report) -> None:
    rates = report.throughput
    assert (rates.median_product, rates.median_floor, rates.ratio) == (2.5, 5.0, 0.5)


def test_latency_has_both_percentiles_and_their_ratios(report: Report) -> None:
    found = report.latency
    assert (found.product_p50, found.product_p99) == (200.0, 400.0)
    assert (found.ratio_p50, found.ratio_p99) == (2.0, 4.0)


def test_the_table_shows_figure_floor_and_ratio(report: Report) -> None:
    rows = [re.sub(" +", " ", line) for line in render(report).splitlines()]
    assert "history events an intervention 46 18 2.56" in rows
    assert "billable actions an intervention 13 5 2.60" in rows


def test_the_table_says_whether_the_goal_is_met(report: Report) -> None:
    assert "0.50 (goal met: 0.5)" in render(report)


def test_parts_that_used_nothing_are_left_out_of_the_table(report: Report) -> None:
    assert "worker 80" in render(report)
    assert "idle" not in render(report)


def test_open_reviews_are_shown_where_they_were_measured(report: Report) -> None:
    many = OpenReviewFigures(
        none=WorkerMemory(open_reviews=0, megabytes=200),
        many=WorkerMemory(open_reviews=1_000, megabytes=300),
        latency=report.latency,
    )
    shown = render(report.model_copy(update={"open_reviews": many}))
    assert "1000 reviews open" in shown
    assert "1.50" in shown


def test_what_is_written_can_be_read_again_and_names_no_place(
    report: Report, tmp_path: Path
) -> None:
    path = tmp_path / "results" / "latest.json"
    write(report, path)
    text = path.read_text()
    assert Report.model_validate_json(text) == report
    for private in (platform.node(), str(Path.home()), str(Path.cwd())):
        assert private not in text
    assert f'"{getpass.getuser()}"' not in text
