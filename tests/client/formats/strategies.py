"""Hypothesis strategies for entries: any content that the domain takes, and any that misleads."""

from typing import Any

from hypothesis import strategies as st

from client.formats.entry import parse_entry
from domain.base import JsonObject
from domain.imports import KnowledgeEntry
from domain.knowledge import Access, ItemKind, ItemStatus
from tests.domain.strategies import json_objects, words

pieces = words | st.sampled_from(
    [
        *(
            "---",
            "--- ",
            "...",
            "# Title",
            "## Rule",
            "##  exceptions \r",
            "## Applies when",
            "```",
        ),
        *("\n", "\n\n", "\r\n", "\r", "\t", "  ", "\x85", "\u2028", "\ufeff", "\xa0", "\x1f"),
        *("- a", "a: b", "no", "null", "~", "1e5", "007", "0x1f", "2026-01-01", "1:30", "<<", "="),
        *("*a", "&a", "!!python/x", "%", "@", "`", "'", '"', "#", " #", "| ", "> ", "{", "[", ","),
        *("id: 1", "question: q", "\U0010ffff", "\U0001f600", "\ufffe", "é", "e\u0301"),
    ]
)
texts = st.lists(pieces, min_size=1, max_size=8).map("".join) | st.lists(
    pieces, min_size=1, max_size=6
).map("\n".join)
lines = texts.map(lambda text: text[:300])


def _schema(rest: JsonObject, properties: JsonObject) -> JsonObject:
    return {**rest, "type": "object", "properties": properties}


tools: st.SearchStrategy[JsonObject] = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True),
        "description": texts,
        "input_schema": st.builds(
            _schema,
            json_objects,
            st.dictionaries(texts, json_objects, max_size=2),
        ),
        "access": st.sampled_from([str(access) for access in Access]),
    }
)

contents: dict[ItemKind, st.SearchStrategy[dict[str, Any]]] = {
    ItemKind.ARTICLE: st.fixed_dictionaries(
        {
            "title": lines,
            "question": texts,
            "answer": texts,
            "tags": st.lists(lines, max_size=3),
        }
    ),
    ItemKind.POLICY: st.fixed_dictionaries(
        {
            "title": lines,
            "rule": texts,
            "applies_when": texts | st.just(""),
            "exceptions": texts | st.just(""),
            "rationale": texts | st.just(""),
        }
    ),
    ItemKind.TOOL_CONNECTION: st.fixed_dictionaries(
        {
            "name": lines,
            "system": lines,
            "server": texts | st.just(""),
            "tools": st.lists(tools, min_size=1, max_size=2),
            "purpose": texts,
        }
    ),
}


def _heads(kind: ItemKind) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "id": st.none() | st.uuids(),
            "kind": st.just(kind),
            "status": st.sampled_from(ItemStatus),
            "revision": st.none() | st.integers(1, 10**6),
            "phrasings": st.lists(texts, max_size=3),
            "language": st.sampled_from([None, "en", "no", "pt-BR", "zh-Hant-TW"]),
        }
    )


def _is_valid(parsed: object) -> bool:
    return isinstance(parsed, KnowledgeEntry)


def entries_of(kind: ItemKind) -> st.SearchStrategy[KnowledgeEntry]:
    """Return valid entries of one kind."""
    return st.builds(parse_entry, _heads(kind), contents[kind]).filter(_is_valid)  # pyright: ignore[reportReturnType]


entries: st.SearchStrategy[KnowledgeEntry] = st.sampled_from(ItemKind).flatmap(entries_of)
