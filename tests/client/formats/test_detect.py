"""Which format a path is of, and reading it so."""

from pathlib import Path

import pytest

from client.errors import ConfigurationError
from client.formats.choices import Format
from client.formats.detect import UnknownFormatError, detect, read_entries
from client.formats.entry import FileProblem, ReadEntry
from client.formats.folder import write_folder
from domain.imports import KnowledgeEntry
from domain.knowledge import ItemKind
from tests.domain.builders import content

EXPORTS = Path(__file__).parent
ITEM = "0195e000-0000-7000-8000-00000000a1b2"


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("kb.md", "", Format.MARKDOWN),
        ("kb.jsonl", "", Format.JSONL),
        ("kb.ndjson", "", Format.JSONL),
        ("kb.json", '{"articles": []}', Format.ZENDESK),
        ("kb.JSON", '{"type": "list", "data": [{"type": "article"}]}', Format.INTERCOM),
        ("kb/articles/a.md", "", Format.MARKDOWN),
    ],
)
def test_a_format_is_told_by_name_and_shape(
    tmp_path: Path, name: str, text: str, found: Format
) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)

    assert detect(tmp_path / Path(name).parts[0]) is found


@pytest.mark.parametrize("product", ["zendesk", "intercom"])
def test_a_folder_of_pages_is_its_products(product: str) -> None:
    assert detect(EXPORTS / product) is Format(product)


@pytest.mark.parametrize(
    ("name", "text"),
    [("kb.txt", ""), ("kb.json", "{"), ("kb.json", '{"data": [1]}'), ("kb/x.txt", "")],
)
def test_what_cannot_be_told_apart_names_the_option(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)

    with pytest.raises(UnknownFormatError, match=r"--format \(markdown, jsonl, zendesk, intercom"):
        detect(tmp_path / Path(name).parts[0])


@pytest.mark.parametrize("given", [None, *Format])
def test_a_path_that_is_not_there_is_refused(tmp_path: Path, given: Format | None) -> None:
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        read_entries(tmp_path / "none", given)


def test_the_format_given_is_believed(tmp_path: Path) -> None:
    entry = KnowledgeEntry(kind=ItemKind.ARTICLE, content=content())
    file = tmp_path / "kb.txt"
    file.write_text(entry.model_dump_json())

    assert list(read_entries(file, Format.JSONL)) == [ReadEntry(file="kb.txt", line=1, entry=entry)]


def test_an_id_that_came_before_is_told(tmp_path: Path) -> None:
    entry = KnowledgeEntry.model_validate(
        {"id": ITEM, "kind": "article", "content": content().model_dump()}
    )
    write_folder([entry], tmp_path)
    written = next(tmp_path.rglob("*.md"))
    (tmp_path / "articles" / "z-copy.md").write_bytes(written.read_bytes())
    first, second = read_entries(tmp_path)

    assert isinstance(first, ReadEntry)
    assert isinstance(second, FileProblem)
    assert second.in_short() == (
        "articles/z-copy.md, line 1: id is that of articles/returns-0000a1b2.md, line 1 too;"
        " remove the id of what is a new item"
    )
