"""A knowledge base goes out of one workspace and into another: API, Temporal, worker, model."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import cli
from api.delivery import Delivery
from client.formats.jsonl import write_lines
from demo.content import content_of, kind_of, load_company
from domain.identity import ApiRole
from domain.imports import KnowledgeEntry
from tests.api.conftest import app, make_keys
from tests.client.conftest import home, url
from tests.workflows.harness import Loop

__all__ = ["app", "home", "url"]

RunIn = Callable[..., Awaitable[Result]]


@pytest.fixture
async def delivery(loop: Loop) -> Delivery:
    """The real one, whose worker runs."""
    await loop.set_others_aside()
    return loop.delivery


@pytest.fixture
def run_in(
    home: Path, url: str, database_url: str, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> RunIn:
    """Run `learning-loop knowledge …` in a workspace of this test, as its administrator."""
    monkeypatch.setenv("LEARNING_LOOP_API_URL", url)

    async def run(name: str, *arguments: str) -> Result:
        keys = await make_keys(database_url, f"{workspace}-{name}")
        runner = CliRunner(env={"LEARNING_LOOP_API_KEY": keys.of[ApiRole.ADMIN]})
        return await asyncio.to_thread(runner.invoke, cli.app, ["knowledge", *arguments])

    return run


def company(file: Path) -> int:
    """Write the demo's company, with phrasings, a German article and retired items."""
    items: list[dict[str, Any]] = [
        {"kind": kind_of(item), "content": content_of(item), "phrasings": [f"{item.title} pls?"]}
        for item in load_company().items()
    ]
    items[0] |= {"language": "de", "phrasings": ["wo ist es", "wann kommt es", "und jetzt"]}
    items[1]["status"] = items[-1]["status"] = "retired"
    with file.open("wb") as out:
        return write_lines([KnowledgeEntry.model_validate(item) for item in items], out)


def files(folder: Path) -> dict[str, bytes]:
    """Return each file's bytes by its path."""
    found = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


async def test_what_goes_out_of_one_workspace_comes_out_of_another_the_same(
    run_in: RunIn, home: Path
) -> None:
    count = company(home / "company.jsonl")
    first = await run_in("a", "import", "company.jsonl")
    assert (first.exit_code, f"{count} added" in first.output) == (0, True), first.output
    await run_in("a", "export", "a")
    await run_in("a", "export", "a.jsonl")
    taken_out = files(home / "a")

    for name, source in (("b", "a"), ("c", "a.jsonl")):
        result = await run_in(name, "import", source)
        assert (result.exit_code, f"{count} added" in result.output) == (0, True), result.output
        await run_in(name, "export", name)
        await run_in(name, "export", f"{name}.jsonl")

        assert files(home / name) == taken_out
        assert (home / f"{name}.jsonl").read_bytes() == (home / "a.jsonl").read_bytes()

    assert len(taken_out) == count
    assert files(home / "a") == taken_out


async def test_an_edited_file_is_the_next_revision_and_all_else_stays(
    run_in: RunIn, home: Path
) -> None:
    count = company(home / "company.jsonl")
    await run_in("a", "import", "company.jsonl")
    await run_in("a", "export", "out")
    before = files(home / "out")
    edited = next(
        name
        for name, raw in before.items()
        if name.startswith("articles/") and b"\nrevision: 1\n" in raw
    )
    (home / "out" / edited).write_bytes(before[edited] + b"\nUnless it is Sunday.\n")

    result = await run_in("a", "import", "out")

    assert (result.exit_code, f"1 revised, {count - 1} unchanged" in result.output) == (0, True)
    after = files(home / "out")
    assert {name for name in before if before[name] != after[name]} == {edited}
    assert b"\nrevision: 2\n" in after[edited]
    await run_in("a", "export", "again")
    assert files(home / "again") == after
