"""`learning-loop import`: what goes in, what is kept apart, and that it can be repeated."""

import json
from pathlib import Path
from typing import Any

import pytest

from client.import_command import SOME_REJECTED
from domain.identity import ApiRole
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.client.conftest import RunCli
from tests.domain.builders import posted


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    """Write a file of interventions; texts stand as they are."""
    file = folder / "past.jsonl"
    written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(written) + "\n", encoding="utf-8")
    return file


def rejected(file: Path) -> list[dict[str, Any]]:
    """Return the rejected lines."""
    path = file.with_name(f"{file.name}.rejected.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def numbered(number: int, **changes: Any) -> dict[str, Any]:
    """Return an intervention of its own name."""
    return posted(external_id=f"case-{number}", **changes)


async def test_every_good_line_goes_in(
    run: RunCli, home: Path, delivery: RecordingDelivery
) -> None:
    file = write(home, *[numbered(n) for n in range(30)])

    result = await run("import", str(file), role=ApiRole.INTEGRATION)

    assert result.exit_code == 0
    assert "30 interventions: 30 taken in." in result.output
    assert len(delivery.started) == 30
    assert not file.with_name("past.jsonl.rejected.jsonl").exists()


async def test_a_repeated_import_adds_only_what_is_missing(
    run: RunCli, home: Path, delivery: RecordingDelivery
) -> None:
    await run("import", str(write(home, numbered(1))), role=ApiRole.INTEGRATION)

    result = await run(
        "import", str(write(home, numbered(1), numbered(2))), role=ApiRole.INTEGRATION
    )

    assert result.exit_code == 0
    assert "2 interventions: 1 taken in, 1 known." in result.output
    assert len(delivery.started) == 2


async def test_bad_lines_are_named_and_kept_apart_and_the_rest_goes_in(
    run: RunCli, home: Path, delivery: RecordingDelivery
) -> None:
    bad = numbered(2)
    del bad["resolution"]
    file = write(home, numbered(1), bad, "", "{not json", numbered(5))

    result = await run("import", str(file), role=ApiRole.INTEGRATION)

    assert result.exit_code == SOME_REJECTED
    assert "line 2: resolution is required" in result.output
    assert "line 4: " in result.output
    assert len(delivery.started) == 2
    kept = {entry["line"]: entry for entry in rejected(file)}
    assert kept.keys() == {2, 4}
    assert kept[2]["intervention"] == bad
    assert kept[2]["errors"] == [{"field": "resolution", "message": "is required"}]
    assert kept[4]["text"] == "{not json"


async def test_a_conflict_is_kept_apart(run: RunCli, home: Path) -> None:
    file = write(home, numbered(1), numbered(1, language="de"))

    result = await run("import", str(file), role=ApiRole.INTEGRATION)

    assert result.exit_code == SOME_REJECTED
    assert [entry["code"] for entry in rejected(file)] == ["intervention_conflict"]


async def test_the_rejected_file_is_for_its_owner_only(run: RunCli, home: Path) -> None:
    file = write(home, "{}")
    await run("import", str(file), role=ApiRole.INTEGRATION)

    path = file.with_name("past.jsonl.rejected.jsonl")
    assert path.stat().st_mode & 0o077 == 0


async def test_a_clean_run_drops_an_earlier_runs_rejected_file(run: RunCli, home: Path) -> None:
    file = write(home, "{}")
    await run("import", str(file), role=ApiRole.INTEGRATION)
    write(home, numbered(1))

    await run("import", str(file), role=ApiRole.INTEGRATION)

    assert not file.with_name("past.jsonl.rejected.jsonl").exists()


async def test_a_key_that_may_not_submit_ends_it_at_once(
    run: RunCli, home: Path, delivery: RecordingDelivery
) -> None:
    file = write(home, *[numbered(n) for n in range(50)])

    result = await run("import", str(file), role=ApiRole.REVIEWER)

    assert result.exit_code == 1
    assert "This key may not do that" in result.output
    assert "Traceback" not in result.output
    assert delivery.started == []


async def test_a_dry_run_sends_nothing_and_names_the_same_fields(
    run: RunCli, home: Path, delivery: RecordingDelivery
) -> None:
    bad = numbered(2)
    del bad["resolution"]
    file = write(home, numbered(1), bad, numbered(1), numbered(1, language="de"))

    result = await run("import", str(file), "--dry-run", role=ApiRole.REVIEWER)

    assert result.exit_code == SOME_REJECTED
    assert "line 2: resolution is required" in result.output
    assert "4 interventions: 1 valid, 1 repeated, 2 rejected" in result.output
    assert delivery.started == []


async def test_an_api_that_stays_away_is_given_up_after_the_patience(
    run: RunCli, home: Path, keys: Keys
) -> None:
    file = write(home, numbered(1))

    result = await run(
        "import", str(file), "--patience", "0", "--url", "http://127.0.0.1:9", "--key", "x"
    )

    assert result.exit_code == 4
    assert "the same command goes on where this one stopped" in result.output


async def test_a_file_that_is_not_there_is_told(run: RunCli, home: Path) -> None:
    result = await run("import", "nothing.jsonl")

    assert result.exit_code == 2
    assert "nothing.jsonl: No such file or directory." in result.output


@pytest.mark.parametrize("mark", ["\ufeff", "  "])
async def test_what_editors_put_before_a_line_does_not_matter(
    run: RunCli, home: Path, mark: str
) -> None:
    file = write(home, mark + json.dumps(numbered(1)))

    result = await run("import", str(file), role=ApiRole.INTEGRATION)

    assert "1 taken in" in result.output
