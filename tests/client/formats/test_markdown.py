"""One item as a Markdown file: what is written reads back, and what people write is taken in."""

from uuid import UUID

import pytest
from hypothesis import given

from client.formats.entry import Effect, FileProblem, ReadEntry
from client.formats.markdown import read_document, write_document
from domain.base import JsonObject
from domain.imports import KnowledgeEntry
from domain.knowledge import (
    Access,
    ArticleContent,
    ItemContent,
    ItemKind,
    ItemStatus,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)
from tests.client.formats.strategies import entries
from tests.domain.builders import content

ITEM = UUID("0195e000-0000-7000-8000-00000000a1b2")


def read_one(text: str, kind: ItemKind | None = None) -> KnowledgeEntry:
    """Return the only outcome, an entry."""
    (outcome,) = read_document(text.encode(), "x.md", kind)
    assert isinstance(outcome, ReadEntry), outcome
    return outcome.entry


def problems_in(text: str, kind: ItemKind | None = None) -> list[str]:
    """Return the problems of a file that holds nothing else."""
    outcomes = read_document(text.encode(), "x.md", kind)
    return [problem.in_short() for problem in outcomes if isinstance(problem, FileProblem)]


@given(entries)
def test_what_is_written_reads_back_as_it_was(entry: KnowledgeEntry) -> None:
    (outcome,) = read_document(write_document(entry), "x.md", None)

    assert outcome == ReadEntry(file="x.md", line=1, entry=entry)


@pytest.mark.parametrize(
    "text",
    [
        "a\n\x85b",
        "a\x85b",
        "a\u2028b\nc",
        "a\r\nb\rc",
        "a \n  b\t\n\n\nc",
        "---\na\n---\nb",
        "# A\n## Rule\nb\n## exceptions\r\nc",
        "```yaml\n---\ntitle: a\n---\n```",
        "no",
        "2026-01-01",
        "1e5",
        "007",
        "~",
        "- a: *b # c",
        "\ufeffa\ufeff",
        "\x1f",
        "\u202e\U0001f468\u200d\U0001f469 e\u0301",
    ],
)
@pytest.mark.parametrize("kind", ItemKind)
def test_texts_that_mislead_read_back_as_they_were(kind: ItemKind, text: str) -> None:
    schema: JsonObject = {"type": "object", text: [text, {text: 1e-7}]}
    tool = ToolSpec(name="a", description=text, input_schema=schema, access=Access.READ)
    hard: dict[ItemKind, ItemContent] = {
        ItemKind.ARTICLE: ArticleContent(title=text, question=text, answer=text, tags=(text, text)),
        ItemKind.POLICY: PolicyContent(title=text, rule=text, applies_when=text, exceptions=text),
        ItemKind.TOOL_CONNECTION: ToolConnectionContent(
            name=text, system=text, server=text, purpose=text, tools=(tool,)
        ),
    }
    entry = KnowledgeEntry(kind=kind, content=hard[kind], phrasings=(text,))

    assert read_one(write_document(entry).decode()) == entry


def test_an_article_reads_as_a_person_would_write_it() -> None:
    article = ArticleContent(
        title="Returns: how long?",
        question="How long can I return a lamp?",
        answer="Within 30 days.\n\n## Lamps\n\n- unused",
        tags=("returns", "lamps"),
    )
    entry = KnowledgeEntry(
        id=ITEM,
        kind=ItemKind.ARTICLE,
        status=ItemStatus.RETIRED,
        revision=3,
        language="en",
        content=article,
        phrasings=("can i send it back", "return\nplease"),
    )

    assert (
        write_document(entry).decode()
        == """\
---
title: 'Returns: how long?'
id: 0195e000-0000-7000-8000-00000000a1b2
kind: article
revision: 3
status: retired
language: en
question: How long can I return a lamp?
tags: [returns, lamps]
phrasings:
  - can i send it back
  - |-
    return
    please
---

Within 30 days.

## Lamps

- unused
"""
    )


def test_a_policy_reads_as_sections() -> None:
    policy = PolicyContent(title="Refunds", rule="Ask first.", exceptions="Under 10 euros.")
    entry = KnowledgeEntry(kind=ItemKind.POLICY, content=policy)

    assert (
        write_document(entry).decode()
        == """\
---
title: Refunds
kind: policy
---

## Rule

Ask first.

## Exceptions

Under 10 euros.
"""
    )


def test_a_text_that_looks_like_a_section_stands_in_the_front_matter() -> None:
    rule = "Ask first.\n\n## Exceptions\n\nNone."
    policy = PolicyContent(title="Refunds", rule=rule, rationale="Fraud.")
    written = write_document(KnowledgeEntry(kind=ItemKind.POLICY, content=policy)).decode()

    assert "rule: |-\n  Ask first.\n\n  ## Exceptions\n" in written
    assert read_one(written).content == policy


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Returns\n---\nWithin 30 days.\n",
        "\ufeff---\r\ntitle: Returns\r\n---\r\nWithin 30 days.\r\n",
        "# Returns\n\nWithin 30 days.\n",
        "---\ntags: []\n---\n\n# Returns\n\nWithin 30 days.",
    ],
)
def test_a_title_and_a_body_make_an_article(text: str) -> None:
    article = ArticleContent(title="Returns", question="Returns", answer="Within 30 days.")

    assert read_one(text) == KnowledgeEntry(kind=ItemKind.ARTICLE, content=article)


def test_words_and_numbers_in_front_matter_stay_text() -> None:
    text = "---\ntitle: 2026-01-01\nlanguage: no\ntags: [12, yes]\nrevision: 2\n---\nOpen."
    entry = read_one(text)

    assert (entry.content.title, entry.language, entry.revision) == ("2026-01-01", "no", 2)
    assert isinstance(entry.content, ArticleContent)
    assert entry.content.tags == ("12", "yes")


def test_tags_may_stand_on_one_line_with_commas() -> None:
    article = read_one("---\ntitle: Returns\ntags: returns, lamps\n---\nYes.").content

    assert isinstance(article, ArticleContent)
    assert article.tags == ("returns", "lamps")


def test_the_folder_says_the_kind_of_a_file_that_does_not() -> None:
    text = "---\ntitle: Refunds\n---\n# Refunds\nAsk first.\n\n## applies when\n\nOver 10 euros.\n"
    policy = PolicyContent(title="Refunds", rule="Ask first.", applies_when="Over 10 euros.")

    assert read_one(text, ItemKind.POLICY).content == policy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "---\ntitle: A\ntgas: [b]\n---\nC",
            "x.md, line 3: tgas is not known here; did you mean 'tags'?",
        ),
        ("---\ntitle: A\n---\n", "x.md, line 1: answer is required"),
        ("No title.", "x.md, line 1: title is required"),
        ("---\ntitle: A\n", "x.md, line 1: front matter has no end; close it with a line of '---'"),
        (
            "---\ntitle: A\nkind: artcle\n---\nC",
            "x.md, line 3: kind must be one of: article, policy, tool_connection",
        ),
        ("---\ntitle: A\nid: 12\n---\nC", "x.md, line 3: id must be a UUID"),
        ("---\ntitle: A\ntitle: B\n---\nC", "x.md, line 3: title stands there twice; keep one"),
        (
            "---\ntitle: A: b\n---\nC",
            "x.md, line 2: is not YAML here: put the text behind the key in quotes, it holds ': '",
        ),
        (
            "---\ntitle: &a A\nquestion: *a\n---\nC",
            "x.md, line 3: aliases (*) are not read; write the value out",
        ),
        (
            "---\ntitle: !!python/name:os A\n---\nC",
            "x.md, line 2: title YAML tags (!) are not read",
        ),
        ("---\n- title\n---\nC", "x.md, line 2: front matter must be lines of 'key: value'"),
        ("---\ntitle: [A]\n---\nC", "x.md, line 2: title must be a text"),
        ("---\ntitle: A\ntags: ['']\n---\nC", "x.md, line 3: tags[0] must not be empty"),
        ("---\ntitle: \x01\n---\nC", "x.md, line 2: holds a character that YAML does not allow"),
        (f"---\ntitle: {'[' * 5000}\n---\nC", "x.md, line 2: is nested deeper than 72 levels"),
        (f"---\ntitle: A\n---\n{'c' * 20_001}", "x.md, line 4: answer must have at most 20000"),
        (
            "---\nkind: policy\ntitle: A\nrule: B\n---\n## Rule\nC",
            "x.md, line 4: rule stands there twice; keep one",
        ),
        ("---\nkind: policy\ntitle: A\n---\n## Exceptions\nB", "x.md, line 1: rule is required"),
        (
            "---\nkind: tool_connection\nname: A\nsystem: B\ntools:\n  - {}\n---\nC",
            "x.md, line 5: tools[0].name is required",
        ),
    ],
)
def test_a_bad_file_is_told_by_line_and_field(text: str, problem: str) -> None:
    assert not any(isinstance(o, ReadEntry) for o in read_document(text.encode(), "x.md", None))
    assert any(told.startswith(problem) for told in problems_in(text)), problems_in(text)


def test_a_file_that_is_not_utf_8_is_told() -> None:
    (problem,) = read_document(b"---\ntitle: A\n---\n\xff", "x.md", None)

    assert isinstance(problem, FileProblem)
    assert problem.in_short() == "x.md, line 4: is not UTF-8; save it as UTF-8"


def test_a_key_of_another_tool_is_told_and_ignored() -> None:
    entry, problem = read_document(b"---\ntitle: A\nlayout: page\n---\nB", "x.md", None)

    assert isinstance(entry, ReadEntry)
    assert isinstance(problem, FileProblem)
    assert (problem.field, problem.line, problem.effect) == ("layout", 3, Effect.KEY_IGNORED)


@pytest.mark.parametrize("kind", ItemKind)
def test_every_kind_says_no_more_than_it_must(kind: ItemKind) -> None:
    written = write_document(KnowledgeEntry(kind=kind, content=content(kind))).decode()

    assert "null" not in written
    assert "[]" not in written
    assert read_one(written).content == content(kind)
