"""Intercom's help centre: the documented JSON of `GET /articles`, a file or its pages.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/articles. Each published
translation is an item of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from client.formats.entry import FileProblem, Outcome
from client.formats.help_centre import (
    Foreign,
    ForeignArticle,
    Page,
    Product,
    missing_rows,
    read_pages,
    row_problems,
)

_TYPE_KEY = "type"
"""Stands among the locales of `translated_content`, and is none."""


class _Content(Foreign):
    title: str | None = None
    body: str | None = None
    state: Literal["published", "draft"] = "draft"
    url: str | None = None


class _Article(_Content):
    id: int | str
    default_locale: str | None = None
    translated_content: dict[str, Any] | None = None


def read_intercom(path: Path) -> Iterator[Outcome]:
    """Return the entries and problems of an export; raises ConfigurationError if none is there."""
    return _outcomes(read_pages(path), path.name)


def _outcomes(pages: Iterator[Page | FileProblem], file: str) -> Iterator[Outcome]:
    counts: list[object] = []
    read = 0
    for page in pages:
        if isinstance(page, FileProblem):
            yield page
            continue
        if not isinstance(page.data.get("data"), list):
            message = "is required: save the answer of the articles API as it is"
            yield FileProblem(file=page.file, field="data", message=message)
            continue
        file = page.file
        for index, row in enumerate(page.rows("data")):
            yield from _read_article(row, page.file, f"data[{index}]")
            read += 1
        counts.append(page.data.get("total_count"))
    yield from missing_rows(file, "total_count", counts, read)


def _read_article(row: Any, file: str, place: str) -> Iterator[Outcome]:
    try:
        article = _Article.model_validate(row)
    except ValidationError as error:
        yield from row_problems(error, file, place)
        return
    name = f"article {article.id}"
    yield from _read_content(article, article.default_locale, str(article.id), file, place, name)
    for locale, translation in (article.translated_content or {}).items():
        if locale in {_TYPE_KEY, article.default_locale} or translation is None:
            continue
        where = f"{place}.translated_content.{locale}"
        try:
            content = _Content.model_validate(translation)
        except ValidationError as error:
            yield from row_problems(error, file, where)
            continue
        key = f"{article.id}/{locale}"
        yield from _read_content(content, locale, key, file, where, f"{name} in {locale}")


def _read_content(
    content: _Content, language: str | None, key: str, file: str, place: str, name: str
) -> Iterator[Outcome]:
    foreign = ForeignArticle(
        product=Product.INTERCOM,
        key=key,
        file=file,
        place=place,
        name=name,
        title=content.title or "",
        html=content.body or "",
        language=language,
        base=content.url or "",
    )
    if content.state == "draft":
        yield foreign.draft("state")
    else:
        yield from foreign.outcomes()
