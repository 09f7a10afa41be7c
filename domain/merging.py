"""When two drafts close the same gap, and become one proposal with more support."""

import re

from domain.base import JsonValue, Model
from domain.knowledge import (
    ArticleContent,
    Change,
    ItemContent,
    ItemKind,
    Operation,
    ToolConnectionContent,
)
from domain.wordings import is_phrasing_revision

SAME_TEXT = 0.72
"""Cosine similarity of all that two drafts would add from which they say the same."""

NEAR_TEXT = 0.52
SAME_SENTENCES = 0.58
"""Of drafts that are only near: the least overlap of their sentences that makes them the same.

Both were set on the demo's pairs: of six that show one gap in other words all six pass, of the
other pairs of one kind the nearest has 0.33 and 0.53.
"""

_PHRASING = "phrasing/"
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_TOOL = re.compile(r"`(\w+)`")
_WORD = re.compile(r"[^\W\d_]+")
_DENIED = re.compile(
    r"\b(?:no|not|never|without|cannot|\w+n['\u2019]t)\s+(?:an?\s+|the\s+|any\s+)?([^\W\d_]+)",
    re.IGNORECASE,
)
_MAX_CHARACTERS = 2_000
_MAX_SENTENCES = 12
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class Likeness(Model):
    """How alike two drafts are: the cosine similarity of their texts, the overlap of sentences.

    The overlap is the mean, over the draft with fewer sentences, of each one's similarity to the
    nearest sentence of the other. `at_odds` says that one affirms what the other denies, or that
    they name other numbers or tools: such texts are near, and say different things.
    """

    similarity: float
    overlap: float = 0.0
    at_odds: bool = False


def merge_key(change: Change, base: ItemContent | None = None) -> str:
    """Return what two changes must share to be compared at all, or to be one at once for tools.

    Revisions that bring wordings alone, `base` being the content that they are based on, are one
    at once by their item.
    """
    if is_phrasing_revision(change, base):
        return f"{_PHRASING}{change.kind}/{change.item_id}"
    target = "new" if change.operation is Operation.ADD else str(change.item_id)
    if not isinstance(change.content, ToolConnectionContent):
        return f"{change.operation}/{change.kind}/{target}"
    if change.operation is Operation.ADD:
        target = change.content.system.casefold()
    names = ",".join(sorted(tool.name.casefold() for tool in change.content.tools))
    return f"{change.operation}/{change.kind}/{target}/{names}"


def is_phrasing_key(key: str) -> bool:
    """Return whether a merge key is of revisions that bring wordings alone."""
    return key.startswith(_PHRASING)


def is_same_gap(change: Change, *, other_key: str, likeness: Likeness) -> bool:
    """Return whether a draft repeats an open proposal with this key and this likeness.

    Tool connections are the same by system and tools, everything else by what it would add.
    Rules on one action share most of their words, so of them the sentences decide.
    """
    if merge_key(change) != other_key or likeness.at_odds:
        return False
    if change.kind is ItemKind.TOOL_CONNECTION:
        return True
    if change.kind is not ItemKind.POLICY and likeness.similarity >= SAME_TEXT:
        return True
    return likeness.similarity >= NEAR_TEXT and likeness.overlap >= SAME_SENTENCES


def name_other_numbers(one: str, other: str) -> bool:
    """Return whether each of two texts names a number that the other does not."""
    mine, theirs = set(_NUMBER.findall(one)), set(_NUMBER.findall(other))
    return bool(mine - theirs and theirs - mine)


def are_at_odds(one: str, other: str) -> bool:
    """Return whether rules name other numbers or tools, or one denies what the other affirms.

    Rules that call tools are exact, so any other number tells them apart; in a person's words one
    that names some numbers more may just say more.
    """
    mine, theirs = set(_NUMBER.findall(one)), set(_NUMBER.findall(other))
    called, calls = set(_TOOL.findall(one)), set(_TOOL.findall(other))
    if called and calls and (called != calls or mine != theirs):
        return True
    if name_other_numbers(one, other):
        return True
    return bool(_denied(one) & _affirmed(other) or _denied(other) & _affirmed(one))


def _denied(text: str) -> set[str]:
    return {word.casefold() for word in _DENIED.findall(text)}


def _affirmed(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(_DENIED.sub(" ", text))} - _denied(text)


def text_to_compare(change: Change, base: ItemContent | None) -> str:
    """Return the text by whose meaning two drafts are compared.

    For a new item it is all that it says; for a revision only the sentences that `base` lacks,
    since all revisions of one item share the rest.
    """
    whole = change.content.search_text()[:_MAX_CHARACTERS]
    if change.operation is not Operation.REVISE or base is None:
        return whole
    return " ".join(_new_sentences(change, base))[:_MAX_CHARACTERS] or whole


def sentences_to_compare(change: Change, base: ItemContent | None) -> list[str]:
    """Return the statements that a draft would add, each by itself; never none.

    Of an article these are its answer's: how one customer happened to ask says little of the gap.
    """
    return _new_sentences(change, base)[:_MAX_SENTENCES] or [text_to_compare(change, base)]


def _new_sentences(change: Change, base: ItemContent | None) -> list[str]:
    known = set(_sentences(base.model_dump(mode="json"))) if base else set[str]()
    content = change.content
    says = (
        content.answer if isinstance(content, ArticleContent) else content.model_dump(mode="json")
    )
    return [sentence for sentence in _sentences(says) if sentence not in known]


def _sentences(value: JsonValue) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in _SENTENCE_END.split(value) if part.strip()]
    if isinstance(value, dict):
        return [sentence for entry in value.values() for sentence in _sentences(entry)]
    if isinstance(value, list):
        return [sentence for entry in value for sentence in _sentences(entry)]
    return []
