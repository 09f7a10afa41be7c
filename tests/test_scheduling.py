"""Tests that share something run in one process, and the longest come first."""

from pathlib import Path

import pytest

from tests.scheduling import BROWSER, LONGEST_FIRST, PORTS, TOGETHER, rank_of, unit_of

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/browser/test_live.py::test_a[1]", BROWSER),
        ("tests/browser/deeper/test_b.py::test_b", BROWSER),
        ("tests/embedded/test_up.py::test_c", PORTS),
        ("tests/chaos/test_kill.py::test_d[a::b/c]", PORTS),
        ("tests/chaos/test_driver.py::test_e", "tests/chaos/test_driver.py"),
        ("tests/browsers/test_f.py::TestF::test_f", "tests/browsers/test_f.py"),
    ],
)
def test_what_is_shared_is_used_by_one_process(nodeid: str, unit: str) -> None:
    assert unit_of(nodeid) == unit


def test_the_longest_come_first_and_the_others_in_their_order() -> None:
    given = ["tests/a.py::test", "tests/workflows/b.py::test", "tests/c.py::test"]
    assert sorted(given, key=rank_of) == [given[1], given[0], given[2]]
    assert rank_of("tests/chaos/test_kill.py::test") < rank_of("tests/test_quality.py::test")


@pytest.mark.parametrize("place", sorted({*TOGETHER, *LONGEST_FIRST}))
def test_what_is_named_exists(place: str) -> None:
    assert (ROOT / place).exists()


def test_whoever_starts_a_stack_on_known_ports_is_in_one_process() -> None:
    starts = ('cli.main()", "up"', "run_stack(", '"--silent", "demo"', "EmbeddedStack(folder")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__) and any(start in path.read_text() for start in starts)
    ]
    assert {unit_of(name) for name in found} == {PORTS}
    assert len(found) >= 4
