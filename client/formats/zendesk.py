"""Zendesk's help centre: `GET /api/v2/help_center/{locale}/articles.json`, a file or its pages.

https://developer.zendesk.com/api-reference/help_center/help-center-api/articles. Names of
sections and categories become tags where the files hold them too (`sections`, `categories`).
Articles that a user segment restricts are left out unless they are asked for.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from client.formats.entry import FileProblem, Outcome
from client.formats.help_centre import (
    Foreign,
    ForeignArticle,
    Page,
    Product,
    Restricted,
    missing_rows,
    read_pages,
    row_problems,
)

KEYS = frozenset({"articles", "sections", "categories"})
"""One of them stands in each page of an export."""


class _Article(Foreign):
    id: int | str
    title: str | None = None
    name: str | None = None
    body: str | None = None
    label_names: list[str] | None = None
    draft: bool = False
    locale: str | None = None
    source_locale: str | None = None
    section_id: int | str | None = None
    html_url: str | None = None
    user_segment_id: int | str | None = None
    user_segment_ids: list[int | str] | None = None

    @property
    def restriction(self) -> str | None:
        """The field that lets only some people read it; agents only, for one."""
        if self.user_segment_id is not None:
            return "user_segment_id"
        return "user_segment_ids" if self.user_segment_ids else None


class _Group(Foreign):
    """A section, or a category, which has no `category_id`."""

    id: int | str
    name: str
    category_id: int | str | None = None


class _Groups:
    """The names of sections and categories by id, from all pages."""

    def __init__(self, pages: Iterable[Page | FileProblem]) -> None:
        self._sections: dict[str, _Group] = {}
        self._categories: dict[str, _Group] = {}
        for page in pages:
            if isinstance(page, Page):
                self._add(self._sections, page.rows("sections"))
                self._add(self._categories, page.rows("categories"))

    def names(self, section_id: int | str | None) -> list[str]:
        """Return the names of a section and of its category, as far as they are known."""
        section = self._sections.get(str(section_id))
        if section is None:
            return []
        category = self._categories.get(str(section.category_id))
        return [section.name] if category is None else [section.name, category.name]

    def _add(self, groups: dict[str, _Group], rows: list[Any]) -> None:
        for row in rows:
            try:
                group = _Group.model_validate(row)
            except ValidationError:
                # A tag less; the articles themselves are all there.
                continue
            groups[str(group.id)] = group


def read_zendesk(path: Path, restricted: Restricted = Restricted.LEFT_OUT) -> Iterator[Outcome]:
    """Return the entries and problems of an export; raises ConfigurationError if none is there.

    The files are read twice: an article may stand before its section.
    """
    pages = read_pages(path)
    return _outcomes(pages, path, restricted)


def _outcomes(
    pages: Iterator[Page | FileProblem], path: Path, restricted: Restricted
) -> Iterator[Outcome]:
    groups = _Groups(read_pages(path))
    counts: list[object] = []
    read, file = 0, path.name
    for page in pages:
        if isinstance(page, FileProblem):
            yield page
            continue
        if not KEYS & page.data.keys():
            message = "is required: save the answer of the articles API as it is"
            yield FileProblem(file=page.file, field="articles", message=message)
            continue
        file = page.file
        for index, row in enumerate(page.rows("articles")):
            yield from _read_article(row, page.file, f"articles[{index}]", groups, restricted)
            read += 1
        if "articles" in page.data:
            counts.append(page.data.get("count"))
    yield from missing_rows(file, "count", counts, read)


def _read_article(
    row: Any, file: str, place: str, groups: _Groups, restricted: Restricted
) -> Iterator[Outcome]:
    try:
        article = _Article.model_validate(row)
    except ValidationError as error:
        yield from row_problems(error, file, place)
        return
    # A translation has its article's id; each language is an item of its own.
    is_source = article.source_locale in {None, article.locale}
    foreign = ForeignArticle(
        product=Product.ZENDESK,
        key=str(article.id) if is_source else f"{article.id}/{article.locale}",
        file=file,
        place=place,
        name=f"article {article.id}",
        title=article.title or article.name or "",
        html=article.body or "",
        language=article.locale,
        tags=(*(article.label_names or ()), *groups.names(article.section_id)),
        base=article.html_url or "",
    )
    if article.draft:
        yield foreign.draft("draft")
    elif article.restriction and restricted is Restricted.LEFT_OUT:
        yield foreign.restricted(article.restriction)
    else:
        yield from foreign.outcomes()
