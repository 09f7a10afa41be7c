"""Whether a new item would only repeat what known items say. By words alone, without a model."""

import re
from collections.abc import Iterable

from analysis.hard_tokens import figures
from analysis.text import sentences, stems
from domain.knowledge import ArticleContent, Change, Item, ItemContent, Operation, PolicyContent

_NEARLY = 0.8
"""The least share of a sentence's words that a known statement must have to say the same."""

_NOT = re.compile(r"\b(?:not?|never|nobody|none|without|cannot|\w+n['\u2019]t)\b", re.IGNORECASE)


def repeats_known(change: Change, known: Iterable[Item]) -> bool:
    """Return whether every sentence of an added article or policy stands in the known items."""
    said = _stated(change.content)
    if change.operation is not Operation.ADD:
        return False
    stated = [statement for item in known for statement in _stated(item.content)]
    return bool(said) and all(any(_says(old, new) for old in stated) for new in said)


def _stated(content: ItemContent) -> list[str]:
    if isinstance(content, ArticleContent):
        return sentences(content.answer)
    if isinstance(content, PolicyContent):
        return [*sentences(content.rule), *sentences(content.exceptions)]
    return []


def _says(old: str, new: str) -> bool:
    wanted = stems(new)
    alike = len(wanted & stems(old)) >= _NEARLY * max(1, len(wanted))
    same_sense = bool(_NOT.search(old)) == bool(_NOT.search(new))
    return alike and same_sense and figures(new) <= figures(old)
