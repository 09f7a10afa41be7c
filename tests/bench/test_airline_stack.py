"""Some of the airline's cases through a real stack; skipped where the data is absent."""

import pytest

from bench import airline_stack
from bench.airline_data import data_folder, load_policies, load_submissions
from bench.airline_offline import run_offline
from bench.airline_report import render
from bench.airline_show import show
from domain.findings import Gap

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(
        not (data_folder() / "airline_cases.jsonl").exists(),
        reason="the airline's cases are not here: set LEARNING_LOOP_DATA or put them in "
        "../shared/data",
    ),
]

CASES = ("2-0", "3-3", "9-1", "14-0", "26-3", "37-0", "39-1", "39-3", "41-0", "48-0")
"""Ten that cover each kind of lesson, a pair that repeats one, and one rightly handed over."""


async def test_the_stack_finds_what_the_analyst_finds_and_merges_what_repeats() -> None:
    wanted = {f"airline-{name}" for name in CASES}
    submissions = [s for s in load_submissions() if s.external_id in wanted]
    policies = load_policies()
    told: list[str] = []
    async with airline_stack.own_stack() as target:
        found = await airline_stack.run(target, submissions, policies, tell=told.append)
    report = found.report
    assert report.interventions == len(CASES)
    assert report.findings[Gap.NONE] == 1
    offline = run_offline(submissions, policies)
    assert report.findings[Gap.MISAPPLIED_POLICY] == offline.gaps[Gap.MISAPPLIED_POLICY]
    merged = {frozenset(p.cases) for p in report.proposals}
    assert merged == {frozenset(m.cases) for m in offline.proposals}
    assert frozenset({"airline-39-1", "airline-39-3"}) in merged
    assert "10 of 10 are read" in told
    assert "10  (" in render(report)
    shown = show(found.proposals, found.names)
    assert "verification: " in shown
    assert "The cabin must be the same for all passengers" in shown
