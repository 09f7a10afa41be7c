"""Wren & Hollow, the demo's invented company: its knowledge, 27 interventions, and queries.

Reads and checks the files beside this module; sending them to a running stack is not done here.
"""

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError, model_validator
from pydantic_core import to_json

from domain.base import JsonObject, Line, Model, Slug, Text
from domain.conversation import Submission
from domain.knowledge import ArticleContent, ItemKind, PolicyContent, ToolConnectionContent

FOLDER = Path(__file__).parent

EXPECTED_GAP = "demo_expected_gap"
GAP_KEY = "demo_gap_key"
"""Keys in an intervention's metadata: the answers, for tests and tables; no analyst reads them."""

M = TypeVar("M", bound=BaseModel)


class ContentError(ValueError):
    """A file of the demo breaks a rule; the message names the file and the entry."""

    def __init__(self, file: Path, entry: str, problem: str) -> None:
        super().__init__(f"{file.parent.name}/{file.name}, {entry}: {problem}")


class CompanyArticle(ArticleContent):
    """An article with the slug by which the interventions name it."""

    slug: Slug


class CompanyPolicy(PolicyContent):
    """A policy with the slug by which the interventions name it."""

    slug: Slug


class CompanyTools(ToolConnectionContent):
    """A tool connection with the slug by which the interventions name it."""

    slug: Slug


CompanyItem = CompanyArticle | CompanyPolicy | CompanyTools


class DemoAgent(Model):
    """The agent whose interventions are read."""

    name: Line
    model: Line


class About(Model):
    """Who the company is."""

    name: Line
    about: Text
    agent: DemoAgent


class Company(About):
    """The company and all that its agent knows before the first intervention."""

    articles: tuple[CompanyArticle, ...]
    policies: tuple[CompanyPolicy, ...]
    tool_connections: tuple[CompanyTools, ...]

    def items(self) -> tuple[CompanyItem, ...]:
        """Return every item: articles, then policies, then tool connections."""
        return (*self.articles, *self.policies, *self.tool_connections)

    def slugs(self) -> frozenset[str]:
        """Return the slugs of all items."""
        return frozenset(item.slug for item in self.items())

    def tool_names(self) -> frozenset[str]:
        """Return the names of all tools that the agent has."""
        return frozenset(tool.name for tools in self.tool_connections for tool in tools.tools)


def kind_of(item: CompanyItem) -> ItemKind:
    """Return what kind of item the API knows `item` as."""
    match item:
        case CompanyArticle():
            return ItemKind.ARTICLE
        case CompanyPolicy():
            return ItemKind.POLICY
        case CompanyTools():
            return ItemKind.TOOL_CONNECTION


def content_of(item: CompanyItem) -> JsonObject:
    """Return the item's content as the API takes it, without the demo's slug."""
    return item.model_dump(mode="json", exclude={"slug"})


class Expectation(StrEnum):
    """How a query should end once its gap is closed."""

    ANSWERED = "answered"
    HANDOFF = "handoff"


class DemoQuery(Model):
    """A query for the before → after table.

    `gap_key` names the gap that has to be closed first; without one, the query ends the same way
    before and after. A right answer holds every text of `answer_mentions`, in any case;
    `needs_tool` is the tool without which the query cannot be resolved.
    """

    query: Text
    expects: Expectation
    gap_key: Slug | None = None
    answer_mentions: tuple[Line, ...] = ()
    needs_tool: Line | None = None

    @model_validator(mode="after")
    def _only_an_answer_is_described(self) -> Self:
        if self.expects is Expectation.HANDOFF and (
            self.gap_key or self.answer_mentions or self.needs_tool
        ):
            raise ValueError("a query that is handed off has no gap_key, answer or tool")
        return self

    def is_right(self, answer: str) -> bool:
        """Return whether `answer` holds all that a right answer has to say."""
        return all(text.lower() in answer.lower() for text in self.answer_mentions)


def load_company(folder: Path = FOLDER) -> Company:
    """Return the company of `folder`/company; raises ContentError, which names file and entry."""
    company = folder / "company"
    about = _parse(About, _yaml(company / "about.yaml"), company / "about.yaml", "the whole file")
    loaded = Company(
        name=about.name,
        about=about.about,
        agent=about.agent,
        articles=_entries(CompanyArticle, company / "articles.yaml"),
        policies=_entries(CompanyPolicy, company / "policies.yaml"),
        tool_connections=_entries(CompanyTools, company / "tools.yaml"),
    )
    _refuse_repeats((item.slug for item in loaded.items()), company / "*.yaml", "slug")
    names = [tool.name for tools in loaded.tool_connections for tool in tools.tools]
    _refuse_repeats(names, company / "tools.yaml", "tool")
    return loaded


def load_interventions(folder: Path = FOLDER) -> list[JsonObject]:
    """Return the interventions as posted, oldest first, but for `agent.items_used`.

    There the items stand by their slug; whoever posts them puts the item ids in their place.
    Raises ContentError, which names file and entry.
    """
    return [row for row, _ in _interventions(folder)]


def load_submissions(folder: Path = FOLDER) -> list[Submission]:
    """Return the same interventions as the domain's model."""
    return [submission for _, submission in _interventions(folder)]


def load_queries(folder: Path = FOLDER) -> list[DemoQuery]:
    """Return the queries in the file's order; raises ContentError, which names file and entry."""
    file = folder / "queries.yaml"
    queries = _entries(DemoQuery, file)
    known = {str(submission.metadata.get(GAP_KEY)) for submission in load_submissions(folder)}
    for number, query in enumerate(queries, start=1):
        if query.gap_key is not None and query.gap_key not in known:
            raise ContentError(
                file, f"entry {number}", f"no intervention has the gap_key {query.gap_key!r}"
            )
    _refuse_repeats((query.query for query in queries), file, "query")
    return list(queries)


def _interventions(folder: Path) -> list[tuple[JsonObject, Submission]]:
    file = folder / "interventions.jsonl"
    company = load_company(folder)
    loaded: list[tuple[JsonObject, Submission]] = []
    for number, line in enumerate(_read(file).splitlines(), start=1):
        try:
            row = TypeAdapter(JsonObject).validate_python(json.loads(line))
        except ValueError as error:
            raise ContentError(file, f"line {number}", f"not a JSON object ({error})") from error
        entry = f"line {number} ({row.get('source')} {row.get('external_id')})"
        submission = _parse(Submission, row, file, entry)
        unknown = [s for s in submission.agent.items_used if s not in company.slugs()]
        if unknown:
            raise ContentError(file, entry, f"items_used names no item: {', '.join(unknown)}")
        loaded.append((row, submission))
    _refuse_repeats((f"{s.source} {s.external_id}" for _, s in loaded), file, "intervention")
    return loaded


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(file, "the whole file", f"cannot be read ({error.strerror})") from error


def _yaml(file: Path) -> Any:
    try:
        return yaml.safe_load(_read(file))
    except yaml.YAMLError as error:
        raise ContentError(file, "the whole file", f"not YAML ({error})") from error


def _entries(model: type[M], file: Path) -> tuple[M, ...]:
    rows = _yaml(file)
    if not isinstance(rows, list):
        raise ContentError(file, "the whole file", "is not a list of entries")
    return tuple(
        _parse(model, row, file, _name_of(number, row))
        for number, row in enumerate(cast(list[Any], rows), start=1)
    )


def _name_of(number: int, row: object) -> str:
    slug = cast(dict[object, object], row).get("slug") if isinstance(row, dict) else None
    return f"entry {number} ({slug})" if slug else f"entry {number}"


def _parse(model: type[M], row: Any, file: Path, entry: str) -> M:
    # Through JSON, because only there does strict parsing still take lists for tuples and texts
    # for enums and times, while it refuses a number where a text is meant.
    try:
        return model.model_validate_json(to_json(row), strict=True)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or 'entry'}: {e['msg']}"
            for e in error.errors(include_url=False)
        )
        raise ContentError(file, entry, problems) from error


def _refuse_repeats(values: Iterable[str], file: Path, what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ContentError(file, f"{what} {value!r}", "stands there twice")
        seen.add(value)
