"""`learning-loop golden import`, against the real API."""

import json
from pathlib import Path
from typing import Any

import pytest

from client import golden_import
from domain.identity import ApiRole
from store import golden
from store.database import Database
from tests.client.conftest import RunCli


def written(home: Path, *lines: Any) -> str:
    file = home / "golden.jsonl"
    rows = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(file)


async def kept(database: Database, workspace: str) -> set[str]:
    async with database.transaction(workspace) as connection:
        return {query.query for query in await golden.list_golden_queries(connection, workspace)}


async def test_a_file_is_kept_and_the_same_words_again_are_not_new(
    run: RunCli, home: Path, database: Database, workspace: str
) -> None:
    late = {"query": "Is my parcel late?", "expects": "handoff"}
    file = written(home, {"query": "How long?", "must_contain": ["5 days"]}, "", late)
    result = await run("golden", "import", file, role=ApiRole.LEAD)
    assert result.exit_code == 0, result.output
    assert "2 golden queries are kept, 2 of them new." in result.output
    assert await kept(database, workspace) == {"How long?", "Is my parcel late?"}
    again = await run("golden", "import", file, role=ApiRole.LEAD)
    assert "2 golden queries are kept, 0 of them new." in again.output


async def test_lines_that_cannot_be_kept_are_named_and_none_is(
    run: RunCli, home: Path, database: Database, workspace: str
) -> None:
    file = written(home, {"query": "How long?"}, "", {"query": "Why?", "expects": "magic"}, [])
    result = await run("golden", "import", file, role=ApiRole.LEAD)
    assert result.exit_code == 1
    assert "line 3: expects must be one of" in result.output
    assert "line 4: must be a JSON object" in " ".join(result.output.split())
    assert await kept(database, workspace) == set()


async def test_many_lines_go_in_parts(
    run: RunCli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golden_import, "MOST_AT_ONCE", 2)
    lines = [{"query": f"What of {word}?"} for word in ("one", "two", "three")]
    result = await run("golden", "import", written(home, *lines, {}), role=ApiRole.LEAD)
    assert result.exit_code == 1
    assert "line 4: query is required. The 2 before them are kept." in result.output


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [("{", 1, "line 1 is not valid JSON"), ("", 2, "holds no golden query")],
)
async def test_a_file_that_is_none_is_told(
    run: RunCli, home: Path, text: str, code: int, said: str
) -> None:
    result = await run("golden", "import", written(home, text), role=ApiRole.LEAD)
    assert result.exit_code == code
    assert said in result.output


async def test_a_file_that_is_not_there_is_told(run: RunCli, home: Path) -> None:
    result = await run("golden", "import", "nowhere.jsonl", role=ApiRole.LEAD)
    assert result.exit_code == 2
    assert "nowhere.jsonl cannot be read" in result.output


async def test_a_reviewer_may_not(run: RunCli, home: Path) -> None:
    result = await run("golden", "import", written(home, {"query": "How long?"}))
    assert result.exit_code == 1
    assert "Use a key of a role that may" in result.output
