"""Writing an item's id and revision into a file, and nothing else."""

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings

from client.formats.entry import Effect, ReadEntry
from client.formats.folder import read_folder
from client.formats.markdown import read_document, write_document
from client.formats.write_back import Stored, noted, write_back
from domain.imports import KnowledgeEntry
from domain.knowledge import ItemKind
from tests.client.formats.strategies import entries

ID = UUID("0195e2a8-2f2c-7c55-b0a2-0d8b1f0a7f11")
STORED = Stored(ID, 7)


def entry_of(raw: bytes, kind: ItemKind = ItemKind.ARTICLE) -> KnowledgeEntry:
    (read,) = read_document(raw, "a.md", kind)
    assert isinstance(read, ReadEntry)
    return read.entry


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\ntitle: A\n---\nB\n", f"---\ntitle: A\nid: {ID}\nrevision: 7\n---\nB\n"),
        ("# A\n\nB", f"---\nid: {ID}\nrevision: 7\n---\n\n# A\n\nB"),
        (
            "---\r\ntitle: A\r\n---\r\nB",
            f"---\r\ntitle: A\r\nid: {ID}\r\nrevision: 7\r\n---\r\nB",
        ),
        (
            f"---\nrevision: 3 # old\nid: '{ID}'\ntitle: A\n---\nB",
            f"---\nrevision: 7 # old\nid: {ID}\ntitle: A\n---\nB",
        ),
        (
            "---\nid:\nrevision: ~\ntitle: A\nquestion: |\n  B\n---\nB",
            f"---\nid: {ID}\nrevision: 7\ntitle: A\nquestion: |\n  B\n---\nB",
        ),
        ("\ufeff---\ntitle: A\n---\nB", f"\ufeff---\ntitle: A\nid: {ID}\nrevision: 7\n---\nB"),
    ],
)
def test_nothing_else_of_a_file_changes(before: str, after: str) -> None:
    raw = before.encode()
    assert noted(raw, entry_of(raw), STORED) == after.encode()


def test_a_file_that_would_read_otherwise_is_left_alone() -> None:
    raw = b"---\n{title: A, question: Q}\n---\nB\n"
    assert noted(raw, entry_of(raw), STORED) is None


def test_a_file_that_names_another_revision_by_now_is_left_alone() -> None:
    raw = b"---\ntitle: A\nrevision: 2\n---\nB\n"
    sent = entry_of(raw).model_copy(update={"revision": 1})
    assert noted(raw, sent, STORED) is None


@settings(max_examples=200)
@given(entries)
def test_any_entry_keeps_all_else(entry: KnowledgeEntry) -> None:
    raw = write_document(entry)
    after = noted(raw, entry, STORED)
    assert after is not None
    assert entry_of(after, entry.kind) == entry.model_copy(update=STORED._asdict())


def test_a_file_keeps_its_permissions_and_its_place_behind_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "a.md", tmp_path / "link.md"
    file.write_text("# A\n\nB\n")
    file.chmod(0o640)
    link.symlink_to(file)
    (read,) = read_folder(link)
    assert isinstance(read, ReadEntry)

    assert write_back(link, read, STORED) is None

    assert (link.is_symlink(), file.stat().st_mode & 0o777) == (True, 0o640)
    assert str(ID) in file.read_text()
    assert sorted(tmp_path.iterdir()) == [file, link]


def test_a_file_that_is_gone_is_told_with_what_to_write(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# A\n\nB\n")
    (read,) = read_folder(file)
    assert isinstance(read, ReadEntry)
    file.unlink()

    problem = write_back(file, read, STORED)

    assert problem is not None
    assert problem.effect is Effect.NOT_NOTED
    assert f"'id: {ID}'" in problem.in_short()
