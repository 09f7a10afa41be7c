"""A draft worded as the customer asked, since by its own words it is not found for their query.

What the draft states stays as it is: a customer's words are how one asks, and never a fact.
"""

import re
from collections.abc import Sequence

from analysis.claims import BARE_ANSWER
from analysis.offline.redraft import Edit
from analysis.offline.reusable import generalise
from analysis.text import sentences, shorten, stems, words
from domain.cases import Case
from domain.knowledge import (
    ArticleContent,
    Change,
    ItemContent,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)

_MOST_CHARACTERS = 400
_DIGIT = re.compile(r"\d")
_REQUEST = re.compile(
    r"^.*?\b(?:I'd|I would|I'd really) (?:like|love)|^.*?\bI (?:want|need|wish)", re.IGNORECASE
)
_AS_IT_WAS = "The customer's words give no other way to put it, so the draft is as it was."


def word_as_asked(previous: Change, case: Case) -> Edit:
    """Return the change with the customer's wording where it says what is asked or when it holds.

    Sentences with personal data are left out. A draft that this cannot change stays as it is, and
    the edit says so.
    """
    content = _worded(previous.content, case)
    if content is None or content == previous.content:
        return Edit(previous, _AS_IT_WAS)
    done = "In answer to the replay: put as the customer asked. What it states is as it was."
    return Edit(previous.model_copy(update={"content": content}), done)


def _worded(content: ItemContent, case: Case) -> ItemContent | None:
    match content:
        case ArticleContent():
            return _article(content, case)
        case PolicyContent():
            return _policy(content, case)
        case ToolConnectionContent():
            return _connection(content, case)


def _article(content: ArticleContent, case: Case) -> ItemContent | None:
    asked = _telling(_asked(case), f"{content.title} {content.answer}")
    # With a bare yes the question itself becomes what is told.
    if not asked or BARE_ANSWER.match(content.answer):
        return None
    return content.model_copy(update={"question": " ".join(asked)})


def _policy(content: PolicyContent, case: Case) -> ItemContent | None:
    questions = [question for said in _asked(case) if (question := _as_question(said))]
    asked = _telling(questions, content.search_text())
    if not asked:
        return None
    example = " ".join(asked)
    if example in content.applies_when:
        return None
    applies = f"{content.applies_when} For example: {example}".strip()
    return content.model_copy(update={"applies_when": applies})


def _connection(content: ToolConnectionContent, case: Case) -> ItemContent | None:
    used = {action.name for action in case.resolution.actions}
    asked = " ".join(_telling(_asked(case), content.search_text()))
    if not asked:
        return None
    tools = tuple(_tool(tool, asked) if tool.name in used else tool for tool in content.tools)
    return content.model_copy(update={"tools": tools})


def _tool(tool: ToolSpec, asked: str) -> ToolSpec:
    if asked in tool.description:
        return tool
    description = f"{tool.description} Customers ask, for example: {asked}"
    return tool.model_copy(update={"description": description})


def _asked(case: Case) -> list[str]:
    """Return the sentences of the ask that anybody could say; those with numbers only alone."""
    general = [text for sentence in sentences(case.ask) if (text := generalise(sentence))]
    asked = [text for text in general if len(stems(text)) > 1 and len(words(text)) > 3]
    return [text for text in asked if not _DIGIT.search(text)] or asked


def _telling(asked: Sequence[str], about: str) -> list[str]:
    """Return the sentences that fit into a question, questions and near ones before others."""
    near = stems(about)
    order = sorted(
        range(len(asked)),
        key=lambda place: (not asked[place].endswith("?"), -len(stems(asked[place]) & near)),
    )
    kept: set[int] = set()
    left = _MOST_CHARACTERS
    for place in order:
        left -= len(asked[place]) + 1
        if left < 0 and kept:
            break
        kept.add(place)
    return [shorten(asked[place], _MOST_CHARACTERS) for place in sorted(kept)]


def _as_question(sentence: str) -> str:
    """Return a question as it is, a wish as a question, and nothing for what is told."""
    if sentence.endswith("?"):
        return sentence
    wish = _REQUEST.sub("", sentence, count=1).strip(" .!")
    if len(wish) == len(sentence.strip(" .!")) or not wish:
        return ""
    return f"May I {wish[3:]}?" if wish.startswith("to ") else f"May I have {wish}?"
