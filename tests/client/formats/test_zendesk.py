"""Zendesk's export: articles go in, drafts and what is wrong are told."""

import json
from pathlib import Path
from typing import Any

import pytest

from client.errors import ConfigurationError
from client.formats.entry import Effect, FileProblem, ReadEntry
from client.formats.help_centre import Product, item_id
from client.formats.zendesk import read_zendesk
from domain.knowledge import ArticleContent

PAGES = Path(__file__).parent / "zendesk"


def problems_of_pages(folder: Path, **pages: Any) -> list[str]:
    """Return what is told of these pages."""
    for name, page in pages.items():
        (folder / f"{name}.json").write_text(page if isinstance(page, str) else json.dumps(page))
    return [o.in_short() for o in read_zendesk(folder) if isinstance(o, FileProblem)]


def test_an_article_goes_in_as_text() -> None:
    first = next(iter(read_zendesk(PAGES)))

    assert isinstance(first, ReadEntry)
    assert first.file == "articles-1.json"
    assert first.entry.language == "en-us"
    assert first.entry.content == ArticleContent(
        title="How do I return a lamp?",
        question="How do I return a lamp?",
        answer=(
            "Send it back within 30 days:\n\n"
            "1. Print the [label](https://wren.zendesk.com/hc/en-us/articles/360002222).\n"
            "2. Hand in the parcel."
        ),
        tags=("returns", "lamps", "Returns", "Orders"),
    )


def test_importing_again_finds_the_same_items() -> None:
    def ids() -> list[object]:
        return [read.entry.id for read in read_zendesk(PAGES) if isinstance(read, ReadEntry)]

    assert ids() == ids()
    assert ids() == [
        item_id(Product.ZENDESK, "360001111"),
        item_id(Product.ZENDESK, "360001111/de"),
    ]


def test_drafts_and_empty_articles_are_told() -> None:
    problems = [read for read in read_zendesk(PAGES) if isinstance(read, FileProblem)]

    assert [(problem.in_short(), problem.effect) for problem in problems] == [
        (
            "articles-1.json: articles[1].draft is a draft; publish it to take it in"
            " (article 360002222)",
            Effect.SKIPPED,
        ),
        (
            "articles-2.json: articles[0].body must not be empty (article 360003333)",
            Effect.LEFT_OUT,
        ),
    ]


def test_pages_that_are_missing_are_told() -> None:
    outcomes = list(read_zendesk(PAGES / "articles-1.json"))

    assert isinstance(outcomes[-1], FileProblem)
    assert outcomes[-1].in_short() == (
        "articles-1.json: count is 4 but the files hold 2; save the other pages beside this one"
    )


def test_bad_pages_and_articles_are_told_by_name_and_field(tmp_path: Path) -> None:
    long = {"id": 1, "title": "A", "body": f"<p>{'b' * 20_001}</p>"}
    huge = {"id": 2, "title": "A", "body": "b" * 2_000_001}
    told = problems_of_pages(
        tmp_path,
        a="{",
        b="[]",
        c={"tickets": []},
        d={"articles": [3, {"title": "A"}, long, huge]},
        e='{"articles": [{"id": "\\ud800"}]}',
    )

    assert told == [
        "a.json: must be valid JSON in UTF-8",
        "b.json: must be a JSON object, as the product's API sends",
        "c.json: articles is required: save the answer of the articles API as it is",
        "d.json: articles[0] must be a JSON object",
        "d.json: articles[1].id is required",
        "d.json: articles[2].body must have at most 20000 characters; shorten it (article 1)",
        "d.json: articles[3].body must have at most 2000000 characters; split the article"
        " (article 2)",
        "e.json: must be valid JSON in UTF-8",
    ]


def test_an_export_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or folder"):
        read_zendesk(tmp_path / "none.json")
