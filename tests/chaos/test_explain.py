"""A failure under chaos says what was going on; a success says nothing."""

from pathlib import Path

import pytest

from tests.chaos.explain import LAST_LINES, explained


def house(folder: Path) -> Path:
    (folder / "logs").mkdir()
    lines = [f"line {number}\n" for number in range(LAST_LINES + 1)]
    (folder / "logs" / "postgres.log").write_text("".join(lines))
    return folder


def test_a_failure_shows_the_reports_and_the_ends_of_the_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(TimeoutError),
        explained(house(tmp_path), ["3.0 s: postgres ended by signal 9; starting it again"]),
    ):
        raise TimeoutError
    told = capsys.readouterr().out
    assert "3.0 s: postgres ended by signal 9" in told
    assert "the last lines of postgres.log:\nline 1\n" in told
    assert told.endswith(f"line {LAST_LINES}\n")


def test_a_success_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with explained(house(tmp_path)):
        pass
    assert capsys.readouterr().out == ""
