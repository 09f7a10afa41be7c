"""`learning-loop knowledge export` and `import`, with the import's own activity behind the API."""

import json
from pathlib import Path
from typing import Any

import pytest

from activities.import_items import ImportItems, ImportItemsInput
from activities.kit import Kit
from client.formats.folder import write_folder
from client.import_command import SOME_REJECTED
from domain.identity import ApiRole
from domain.imports import KnowledgeEntry
from store import imports
from store.database import Database
from tests.activities.conftest import kit, told
from tests.activities.world import run as run_activity
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, revising
from tests.client.conftest import RunCli

__all__ = ["kit", "told"]

FORMATS = Path(__file__).parent / "formats"
ADMIN = ApiRole.ADMIN


class ImportingDelivery(RecordingDelivery):
    """Carries an import out at once, as its workflow would."""

    def __init__(self, database: Database, kit: Kit) -> None:
        """Import with `kit`."""
        super().__init__(database)
        self._kit = kit
        self.runs = 0

    async def import_items(self, workspace: str, import_id: Any) -> None:
        """Run the activity."""
        self.runs += 1
        task = ImportItemsInput(workspace=workspace, import_id=import_id)
        await run_activity(ImportItems(self._kit).import_items, task)


@pytest.fixture
def delivery(database: Database, kit: Kit) -> ImportingDelivery:
    """What Temporal would have been told; imports happen."""
    return ImportingDelivery(database, kit)


def article(answer: str = "In 5 days.", title: str = "Refunds") -> str:
    """Return a file as a person writes it."""
    return f"---\ntitle: {title}\ntags: [money]  # ours\n---\n\n{answer}\n"


def write(folder: Path, **articles: str) -> Path:
    """Write files into `folder/kb/articles`; return `folder/kb`."""
    (folder / "kb" / "articles").mkdir(parents=True, exist_ok=True)
    for name, text in articles.items():
        (folder / "kb" / "articles" / f"{name}.md").write_text(text, encoding="utf-8")
    return folder / "kb"


def files(folder: Path) -> dict[str, bytes]:
    """Return each file's bytes by its path."""
    found = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


async def entries(database: Database, workspace: str) -> list[KnowledgeEntry]:
    """Return what is stored."""
    async with database.transaction(workspace) as connection:
        return await imports.list_entries(connection, workspace, limit=1000)


async def test_a_written_file_goes_in_and_learns_its_id(
    run: RunCli, home: Path, database: Database, workspace: str
) -> None:
    folder = write(home, refunds=article())

    result = await run("knowledge", "import", str(folder), role=ADMIN)

    assert result.exit_code == 0, result.output
    assert "1 added" in result.output
    (stored,) = await entries(database, workspace)
    assert (folder / "articles" / "refunds.md").read_text() == article().replace(
        "# ours\n", f"# ours\nid: {stored.id}\nrevision: 1\n"
    )


async def test_an_edit_of_a_written_file_is_its_next_revision_and_no_second_item(
    run: RunCli, home: Path, database: Database, workspace: str
) -> None:
    folder = write(home, refunds=article())
    await run("knowledge", "import", str(folder), role=ADMIN)
    file = folder / "articles" / "refunds.md"
    for revision, answer in ((2, "In 6 days."), (3, "In 7 days.")):
        before = file.read_text()
        file.write_text(before.replace("In 5 days.", answer).replace("In 6 days.", answer))

        result = await run("knowledge", "import", str(folder), role=ADMIN)

        assert (result.exit_code, "1 revised" in result.output) == (0, True)
        assert f"\nrevision: {revision}\n" in file.read_text()
    (stored,) = await entries(database, workspace)
    assert stored.revision == 3


async def test_files_are_left_alone_if_wanted(run: RunCli, home: Path) -> None:
    folder = write(home, refunds=article())

    result = await run("knowledge", "import", str(folder), "--no-write-back", role=ADMIN)

    assert (result.exit_code, files(folder)) == (0, {"articles/refunds.md": article().encode()})


async def test_bad_files_are_named_by_field_and_the_rest_goes_in(
    run: RunCli, home: Path, database: Database, workspace: str
) -> None:
    bad = "---\ntitle: Bad\ntag: [a]\n---\n\nText.\n"
    folder = write(home, refunds=article(), bad=bad, worse="---\ntitle: [a\n")

    result = await run("knowledge", "import", str(folder), role=ADMIN)

    assert result.exit_code == SOME_REJECTED
    assert "articles/bad.md, line 3: tag is not known here; did you mean 'tags'?" in result.output
    assert "articles/worse.md, line 1: front matter has no end" in result.output
    assert "1 added; 2 left out" in result.output
    assert len(await entries(database, workspace)) == 1


async def test_a_field_that_only_the_api_refuses_is_named_and_the_rest_goes_in(
    run: RunCli, home: Path, database: Database, workspace: str
) -> None:
    # Characters that nobody can see are taken out of what is posted, which leaves nothing here.
    folder = write(home, a=article(title="A"), b=article("\u200b\u2060"), c=article(title="C"))

    result = await run("knowledge", "import", str(folder), role=ADMIN)

    assert result.exit_code == SOME_REJECTED
    assert "articles/b.md, line 1: content.answer must not be empty" in result.output
    assert len(await entries(database, workspace)) == 2


async def test_a_dry_run_needs_no_key_and_sends_and_writes_nothing(
    run: RunCli, home: Path, delivery: ImportingDelivery
) -> None:
    folder = write(home, refunds=article(), bad="---\nkind: no\n---\n")
    before = files(folder)

    result = await run(
        "knowledge", "import", str(folder), "--dry-run", "--url", "http://127.0.0.1:9"
    )

    assert result.exit_code == SOME_REJECTED
    assert "1 would be sent: 1 of kind article; 1 left out" in result.output
    assert (delivery.runs, files(folder)) == (0, before)


async def test_an_export_comes_back_unchanged(run: RunCli, home: Path, rows: Rows) -> None:
    await rows.item()
    await run("knowledge", "export", "out")
    before = files(home / "out")

    result = await run("knowledge", "import", "out", role=ADMIN)

    assert (result.exit_code, "1 unchanged" in result.output) == (0, True)
    assert files(home / "out") == before


async def test_a_stale_export_is_a_conflict_by_file_and_field_and_the_rest_goes_in(
    run: RunCli, home: Path, rows: Rows, database: Database, workspace: str
) -> None:
    item_id, _ = await rows.item()
    await run("knowledge", "export", "out")
    await rows.item(revising(item_id, "Approved meanwhile."))
    (name,) = files(home / "out")
    file = home / "out" / name
    file.write_text(file.read_text() + "\nMore.\n")
    edited = files(home / "out")
    (home / "out" / "articles" / "new.md").write_text(article(title="New"))

    result = await run("knowledge", "import", "out", role=ADMIN)

    assert result.exit_code == SOME_REJECTED
    assert (
        f"{name}, line 1: revision is 1, but the item is at 2 here; "
        "export it again and repeat the edit"
    ) in result.output
    assert "1 added, 1 in conflict" in result.output
    assert file.read_bytes() == edited[name]
    kept = {entry.id: entry for entry in await entries(database, workspace)}
    assert (kept[item_id].revision, len(kept)) == (2, 2)


async def test_what_was_stopped_before_it_was_written_back_is_written_back_by_the_next_run(
    run: RunCli, home: Path
) -> None:
    folder = write(home, refunds=article())
    await run("knowledge", "import", str(folder), role=ADMIN)
    file = folder / "articles" / "refunds.md"
    file.write_text(file.read_text().replace("In 5", "In 6"))
    stopped = file.read_text()
    await run("knowledge", "import", str(folder), role=ADMIN)
    noted = file.read_text()
    file.write_text(stopped)

    result = await run("knowledge", "import", str(folder), role=ADMIN)

    assert (result.exit_code, "1 unchanged" in result.output) == (0, True)
    assert file.read_text() == noted


async def test_of_two_files_that_say_the_same_only_one_becomes_the_item(
    run: RunCli, home: Path
) -> None:
    folder = write(home, a=article(), b=article())

    result = await run("knowledge", "import", str(folder), role=ADMIN)

    assert result.exit_code == 0
    assert "articles/b.md: says the same as articles/a.md" in result.output
    assert files(folder)["articles/b.md"] == article().encode()


@pytest.mark.parametrize(
    ("source", "added", "problems"),
    [("zendesk", 2, "1 left out, 1 skipped"), ("intercom", 2, "left out")],
)
async def test_an_export_of_a_help_centre_goes_in_once(
    run: RunCli, home: Path, source: str, added: int, problems: str
) -> None:
    folder = FORMATS / source
    first = await run("knowledge", "import", str(folder), role=ADMIN)
    again = await run("knowledge", "import", str(folder), role=ADMIN)

    assert (first.exit_code, again.exit_code) == (SOME_REJECTED, SOME_REJECTED)
    assert f"{added} added; " in first.output
    assert problems in first.output
    assert f"\n{added} unchanged; " in again.output


@pytest.mark.parametrize("restriction", [{"user_segment_id": 77}, {"user_segment_ids": [77]}])
@pytest.mark.parametrize(
    ("options", "outcome"), [([], "1 skipped"), (["--include-restricted"], "1 added")]
)
async def test_articles_for_some_people_only_go_in_if_asked_for(
    run: RunCli, home: Path, restriction: dict[str, Any], options: list[str], outcome: str
) -> None:
    row = {"id": 1, "title": "Agents only", "body": "<p>x</p>", **restriction}
    (home / "zendesk.json").write_text(json.dumps({"articles": [row]}))

    result = await run("knowledge", "import", "zendesk.json", *options, role=ADMIN)

    assert (result.exit_code, outcome in result.output) == (0, True)


async def test_json_lines_come_back_unchanged(run: RunCli, home: Path, rows: Rows) -> None:
    await rows.item()
    await run("knowledge", "export", "all.jsonl")
    printed = await run("knowledge", "export", "-")

    result = await run("knowledge", "import", "all.jsonl", role=ADMIN)

    assert (result.exit_code, "1 unchanged" in result.output) == (0, True)
    # The server of this test logs to the same output.
    entries = [line for line in printed.stdout_bytes.splitlines(True) if line.startswith(b"{")]
    assert b"".join(entries) == (home / "all.jsonl").read_bytes()


async def test_an_export_says_what_it_wrote_and_removed(
    run: RunCli, home: Path, rows: Rows
) -> None:
    (gone,) = write_folder_of(home / "out", title="Not here")
    (home / "out" / "README.md").write_text("Ours.\n")
    await rows.item()

    first = await run("knowledge", "export", "out")
    again = await run("knowledge", "export", "out")

    assert f"removed {gone}" in first.output
    assert "1 items: 1 written, 0 unchanged, 1 removed in out." in first.output
    assert "1 items: 0 written, 1 unchanged in out." in again.output
    assert (home / "out" / "README.md").exists()


def write_folder_of(folder: Path, title: str) -> list[str]:
    """Write an export of one item."""
    content = {"title": title, "question": "?", "answer": "!"}
    given = {"id": "00000000-0000-7000-8000-000000000001", "kind": "article", "content": content}
    return write_folder([KnowledgeEntry.model_validate(given)], folder).written


async def test_an_export_that_fails_changes_nothing(run: RunCli, home: Path, keys: Keys) -> None:
    write_folder_of(home / "out", title="Here")
    (home / "all.jsonl").write_text("kept\n")
    before = files(home)

    for target in ("out", "all.jsonl"):
        result = await run("knowledge", "export", target, "--url", "http://127.0.0.1:9")
        assert result.exit_code == 4

    assert files(home) == before


async def test_an_export_where_nothing_can_be_written_is_told(run: RunCli, home: Path) -> None:
    (home / "file").write_text("")
    for target in ("file", "none/all.jsonl"):
        result = await run("knowledge", "export", target)
        assert (result.exit_code, "Traceback" in result.output) == (2, False)


async def test_a_key_that_may_not_import_ends_it_at_once(
    run: RunCli, home: Path, delivery: ImportingDelivery
) -> None:
    folder = write(home, refunds=article())

    result = await run("knowledge", "import", str(folder), role=ApiRole.LEAD)

    assert (result.exit_code, delivery.runs) == (1, 0)
    assert "This key may not do that" in result.output


async def test_an_api_that_stays_away_is_given_up_after_the_patience(
    run: RunCli, home: Path
) -> None:
    folder = write(home, refunds=article())

    result = await run(
        *("knowledge", "import", str(folder), "--patience", "0", "--url", "http://127.0.0.1:9")
    )

    assert result.exit_code == 4
    assert "the same command goes on where this one stopped" in result.output


async def test_a_file_that_cannot_be_opened_is_told(run: RunCli, home: Path) -> None:
    (home / "all.jsonl").mkdir()

    result = await run("knowledge", "import", "all.jsonl", "--format", "jsonl", role=ADMIN)

    assert (result.exit_code, "all.jsonl: Is a directory." in result.output) == (2, True)
