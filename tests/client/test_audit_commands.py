"""`learning-loop audit`: straight in the database."""

import json
from pathlib import Path

import pytest

from client.audit_commands import describe
from domain.audit_chain import ChainFlaw, FlawFound, KeptHead
from store import audit
from tests.api.rows import Rows
from tests.client.conftest import RunCli
from tests.store.tampering import tamper, write_entries


@pytest.fixture(autouse=True)
def own_database(home: object, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the tests' database."""
    monkeypatch.setenv("DATABASE_URL", database_url)


async def test_an_audit_that_holds_is_told_with_its_head(run: RunCli, rows: Rows) -> None:
    await write_entries(rows, 3)
    head = KeptHead.model_validate_json(
        (await run("audit", "head", "--workspace", rows.workspace)).stdout
    )
    result = await run("audit", "verify", "--workspace", rows.workspace)
    assert result.exit_code == 0
    assert f"{rows.workspace}: 3 entries hold, head {head.hash}" in result.output
    assert (head.workspace, head.position) == (rows.workspace, 3)


async def test_tampering_is_told_with_its_place_and_what_to_do(
    run: RunCli, rows: Rows, database_url: str
) -> None:
    await write_entries(rows, 3)
    await tamper(
        database_url,
        rows.workspace,
        "UPDATE audit SET actor = 'eve' WHERE workspace = %(workspace)s AND action = 'action 1'",
    )
    result = await run("audit", "verify", "--workspace", rows.workspace)
    assert result.exit_code == 1
    assert "does NOT hold" in result.output
    assert f"workspace {rows.workspace}, position 2, entry " in result.output
    assert "Restore a backup" in result.output


async def test_a_cut_that_was_mended_is_found_with_the_kept_head(
    run: RunCli, rows: Rows, database_url: str, tmp_path: Path
) -> None:
    await write_entries(rows, 2)
    there = ("--workspace", rows.workspace)
    kept = tmp_path / "heads.jsonl"
    kept.write_text((await run("audit", "head", *there)).stdout)
    await tamper(
        database_url,
        rows.workspace,
        "DELETE FROM audit WHERE workspace = %(workspace)s",
        "DELETE FROM audit_chain WHERE workspace = %(workspace)s",
        "DELETE FROM audit_heads WHERE workspace = %(workspace)s",
    )
    assert (await run("audit", "verify", *there)).exit_code == 0
    result = await run("audit", "verify", *there, "--head", str(kept))
    assert result.exit_code == 1
    assert "position 2: the kept head says otherwise" in result.output


async def test_a_workspace_that_only_a_kept_head_knows_is_verified_too(
    run: RunCli, tmp_path: Path
) -> None:
    head = KeptHead.model_validate(
        {"workspace": "gone", "position": 4, "hash": "0" * 64, "at": "2026-01-01T00:00:00Z"}
    )
    kept = tmp_path / "heads.jsonl"
    kept.write_text(head.model_dump_json() + "\n")
    result = await run("audit", "verify", "--all", "--head", str(kept))
    assert result.exit_code == 1
    assert "Workspace gone: the audit does NOT hold" in result.output


@pytest.mark.parametrize("text", ["", "{}\n", "no json\n", "\n\n"])
async def test_a_file_without_a_head_is_wrong_use(run: RunCli, tmp_path: Path, text: str) -> None:
    kept = tmp_path / "heads.jsonl"
    kept.write_text(text)
    result = await run("audit", "verify", "--all", "--head", str(kept))
    assert result.exit_code == 2
    assert "head" in result.output


async def test_an_unknown_workspace_is_wrong_use_and_no_verdict(run: RunCli) -> None:
    result = await run("audit", "verify", "--workspace", "nowhere")
    assert result.exit_code == 2


async def test_a_database_that_is_away_is_no_verdict_either(
    run: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database._CONNECTION_SECONDS", 0.1)
    url = "postgresql://nobody:secret@127.0.0.1:9/none"
    result = await run("audit", "verify", "--all", "--database-url", url)
    assert result.exit_code == 4
    assert "secret" not in result.output


async def test_a_head_that_was_tampered_with_is_not_exported(
    run: RunCli, rows: Rows, database_url: str
) -> None:
    await write_entries(rows, 1)
    await tamper(
        database_url,
        rows.workspace,
        "UPDATE audit_heads SET hash = '' WHERE workspace = %(workspace)s",
    )
    result = await run("audit", "head", "--workspace", rows.workspace)
    assert result.exit_code == 1
    assert f"No head of {rows.workspace} can be kept" in result.output


async def test_all_heads_are_a_line_each(run: RunCli, rows: Rows) -> None:
    await write_entries(rows, 1)
    result = await run("audit", "head", "--all")
    heads = {head["workspace"]: head for head in map(json.loads, result.stdout.splitlines())}
    assert heads[rows.workspace]["position"] == 1


async def test_the_log_is_in_order_and_can_be_of_one_subject(run: RunCli, rows: Rows) -> None:
    await write_entries(rows, 3)
    there = ("--workspace", rows.workspace)
    everything = (await run("audit", "log", *there)).stdout.splitlines()
    assert [line.split()[0] for line in everything] == ["1", "2", "3"]
    one = (await run("audit", "log", *there, "--subject", "proposal/1")).stdout.splitlines()
    assert one == [everything[1]]
    assert one[0].endswith('ana action 1 proposal/1 {"n":1}')


async def test_the_log_lets_no_name_command_the_terminal(run: RunCli, rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        await audit.record(
            connection, rows.workspace, actor="\x1b[31meve\n2 ana", action="a", subject="x"
        )
    lines = (await run("audit", "log", "--workspace", rows.workspace)).stdout.splitlines()
    assert len(lines) == 1
    assert "\x1b" not in lines[0]


@pytest.mark.parametrize("flaw", ChainFlaw)
def test_every_flaw_has_words(flaw: ChainFlaw) -> None:
    found = FlawFound(flaw=flaw, workspace="w", position=2, until=3, seq=9)
    assert describe(found).startswith("workspace w, positions 2 to 3, entry 9: ")
