"""Intercom's export: each published language goes in, drafts and what is wrong are told."""

from pathlib import Path

from client.formats.entry import Effect, FileProblem, ReadEntry
from client.formats.help_centre import Product, item_id
from client.formats.intercom import read_intercom

FILE = Path(__file__).parent / "intercom" / "articles.json"


def test_each_published_language_is_an_item() -> None:
    entries = [read.entry for read in read_intercom(FILE) if isinstance(read, ReadEntry)]

    assert [(entry.id, entry.language, entry.content.title) for entry in entries] == [
        (item_id(Product.INTERCOM, "6871119"), "en", "How long does delivery take?"),
        (item_id(Product.INTERCOM, "6871119/de"), "de", "Wie lange dauert die Lieferung?"),
    ]
    assert entries[0].content.model_dump()["answer"] == (
        "## By country\n\n| Country | Days |\n| --- | --- |\n| Austria | 2 |"
    )


def test_drafts_and_bad_articles_are_told() -> None:
    problems = [read for read in read_intercom(FILE) if isinstance(read, FileProblem)]

    assert [(problem.in_short(), problem.effect) for problem in problems] == [
        (
            "articles.json: data[0].translated_content.fr.state is a draft; publish it to take it"
            " in (article 6871119 in fr)",
            Effect.SKIPPED,
        ),
        (
            "articles.json: data[0].translated_content.es.title must not be empty"
            " (article 6871119 in es)",
            Effect.LEFT_OUT,
        ),
        (
            "articles.json: data[1].state is a draft; publish it to take it in (article 6871120)",
            Effect.SKIPPED,
        ),
        ("articles.json: data[2].state must be one of 'published' or 'draft'", Effect.LEFT_OUT),
        ("articles.json: data[2].id is required", Effect.LEFT_OUT),
    ]


def test_a_page_of_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"type": "list"}')
    (problem,) = read_intercom(tmp_path)

    assert isinstance(problem, FileProblem)
    assert problem.in_short() == (
        "a.json: data is required: save the answer of the articles API as it is"
    )
