"""A folder of Markdown files: written the same each time, and careful with what is not its own."""

import os
from pathlib import Path
from uuid import UUID

import pytest

from client.errors import ConfigurationError
from client.formats import folder as folders
from client.formats.entry import FileProblem, ReadEntry
from client.formats.folder import read_folder, write_folder
from domain.imports import KnowledgeEntry
from domain.knowledge import ArticleContent, ItemKind
from tests.domain.builders import content

FIRST = UUID("0195e000-0000-7000-8000-00000000a1b2")
SECOND = UUID("0195e000-0000-7000-8000-10000000a1b2")
NAME = "articles/returns-0000a1b2.md"


def article(item: UUID | None = FIRST, title: str = "Returns") -> KnowledgeEntry:
    """Return an entry at its first revision."""
    text = ArticleContent(title=title, question="How long?", answer="Within 30 days.")
    return KnowledgeEntry(id=item, kind=ItemKind.ARTICLE, revision=item and 1, content=text)


def files_in(folder: Path) -> dict[str, bytes]:
    """Return all files by name."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def entries_in(folder: Path) -> list[KnowledgeEntry]:
    """Return what reads without a problem."""
    return [read.entry for read in read_folder(folder) if isinstance(read, ReadEntry)]


def test_a_folder_reads_back_as_it_was_written(tmp_path: Path) -> None:
    entries = [
        KnowledgeEntry(id=UUID(int=number), kind=kind, revision=1, content=content(kind))
        for number, kind in enumerate(ItemKind)
    ]
    done = write_folder(entries, tmp_path)

    assert done.written == [
        "articles/returns-00000000.md",
        "policies/returns-00000001.md",
        "tools/orders-00000002.md",
    ]
    assert entries_in(tmp_path) == entries


def test_writing_again_touches_nothing(tmp_path: Path) -> None:
    write_folder([article(), article(None)], tmp_path)
    before = {file: file.stat().st_ino for file in tmp_path.rglob("*.md")}
    done = write_folder([article(None), article()], tmp_path)

    assert {file: file.stat().st_ino for file in tmp_path.rglob("*.md")} == before
    assert (done.written, done.removed, len(done.unchanged)) == ([], [], 2)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Größe & Rückgabe: wie?", "articles/grosse-ruckgabe-wie-0000a1b2.md"),
        ("返品", "articles/article-0000a1b2.md"),
        ("../../etc/passwd", "articles/etc-passwd-0000a1b2.md"),
        ("a" * 300, f"articles/{'a' * 60}-0000a1b2.md"),
    ],
)
def test_a_file_is_named_by_its_title_and_id(tmp_path: Path, title: str, name: str) -> None:
    assert write_folder([article(title=title)], tmp_path).written == [name]


def test_names_that_would_clash_hold_the_whole_id(tmp_path: Path) -> None:
    done = write_folder([article(), article(SECOND)], tmp_path)

    assert done.written == [f"articles/returns-{item.hex}.md" for item in (FIRST, SECOND)]


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"):
        write_folder([article(), article(title="Other")], tmp_path)


def test_only_files_of_items_that_are_gone_are_removed(tmp_path: Path) -> None:
    write_folder([article(), article(SECOND, "Gone")], tmp_path)
    kept = {
        "README.md": b"# About\n",
        "articles/hand.md": b"---\ntitle: By hand\n---\n\nid: 12\n",
        "articles/docs.md": b"---\nid: intro\nkind: article\ntitle: Docs\n---\nText\n",
        f"articles/{FIRST}.txt": b"",
        ".git/x.md": (tmp_path / NAME).read_bytes(),
    }
    (tmp_path / ".git").mkdir()
    for name, raw in kept.items():
        (tmp_path / name).write_bytes(raw)
    done = write_folder([article()], tmp_path)

    assert done.removed == ["articles/gone-0000a1b2.md"]
    assert set(files_in(tmp_path)) == {NAME, *kept}


def test_an_items_file_is_replaced_whole_when_its_title_changes(tmp_path: Path) -> None:
    write_folder([article()], tmp_path)
    done = write_folder([article(title="Sending back")], tmp_path)

    assert (done.written, done.removed) == (["articles/sending-back-0000a1b2.md"], [NAME])


def test_a_file_without_an_id_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.parent.mkdir()
    file.write_bytes(b"Mine.")
    done = write_folder([article()], tmp_path)

    assert file.read_bytes() == b"Mine."
    assert [problem.in_short() for problem in done.problems] == [
        f"{NAME}: is in the way and carries no item's id; move it and write again"
    ]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder([article()], tmp_path)
    before = files_in(tmp_path)

    def fail(_self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "replace", fail)
    changed = article().model_copy(update={"revision": 2})
    with pytest.raises(ConfigurationError, match="No space left"):
        write_folder([changed], tmp_path)
    assert files_in(tmp_path) == before


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    write_folder([article()], outside)
    inside.mkdir()
    (inside / "policies").symlink_to(outside / "articles")
    (inside / "link.md").symlink_to(outside / NAME)

    assert list(read_folder(inside)) == []
    with pytest.raises(ConfigurationError, match="is a link"):
        write_folder([], inside)
    (inside / "policies").unlink()
    (inside / "more").symlink_to(outside)
    assert write_folder([], inside).removed == []
    assert entries_in(outside) == [article()]


def test_a_link_in_the_way_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "target.md"
    target.write_bytes(b"Mine.")
    (tmp_path / "articles").mkdir()
    (tmp_path / NAME).symlink_to(target)

    assert len(write_folder([article()], tmp_path).problems) == 1
    assert target.read_bytes() == b"Mine."
    assert (tmp_path / NAME).is_symlink()


def test_bad_files_are_told_by_name_and_the_rest_goes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MAX_FILE_BYTES", 300)
    write_folder([article()], tmp_path)
    (tmp_path / "articles" / "bad.md").write_text("---\ntitle: Bad\n---\n")
    (tmp_path / "long.md").write_text("# Long\n" * 100)
    (tmp_path / "README.md").write_text("# About this folder\n\nText.\n")
    problems = [o.in_short() for o in read_folder(tmp_path) if isinstance(o, FileProblem)]

    assert problems == [
        "long.md: is longer than 300 bytes; split it",
        "articles/bad.md, line 1: answer is required",
    ]
    assert entries_in(tmp_path) == [article()]


def test_a_file_by_hand_is_of_its_folders_kind(tmp_path: Path) -> None:
    (tmp_path / "policies" / "billing").mkdir(parents=True)
    (tmp_path / "policies" / "billing" / "refunds.md").write_text("# Refunds\n\nAsk first.\n")

    assert [entry.kind for entry in entries_in(tmp_path)] == [ItemKind.POLICY]


def test_a_file_whose_name_is_not_unicode_is_told(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff.md")).touch()

    assert {outcome.file for outcome in read_folder(tmp_path)} == {"?.md"}


def test_a_file_of_windows_lines_is_still_known_as_an_items(tmp_path: Path) -> None:
    write_folder([article()], tmp_path)
    file = tmp_path / NAME
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert entries_in(tmp_path) == [article()]
    assert write_folder([], tmp_path).removed == [NAME]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        read_folder(tmp_path / "none")


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="Choose a folder"):
        write_folder([article()], tmp_path / "file")
