"""Which tool the offline agent would call for a query, and with which inputs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from agent.offline_words import acts_asked, content_words, word_set
from domain.knowledge import Access, Item, ToolConnectionContent, ToolSpec

_FITS = 0.5
_WORD = re.compile(r"[A-Za-z0-9]+")

_STATUS = re.compile(
    r"\b(?:where(?:'s| is| are)|status|has (?:it|my)|arrived yet|any news|still waiting)\b", re.I
)

_SAME_ACT = (
    word_set("cancel end terminate stop close"),
    word_set("change update modify adjust edit move switch set"),
    word_set("refund reimburse compensate credit repay"),
    word_set("book schedule reserve arrange order"),
    word_set("send resend ship dispatch post mail issue"),
    word_set("swap exchange replace"),
    word_set("extend prolong renew"),
    word_set("pause hold freeze suspend"),
    word_set("get check find look read trace track show list search status"),
)


@dataclass(frozen=True)
class ToolMatch:
    """A tool that does what the query asks; `fit` is from 0 to 1."""

    item: Item
    connection: ToolConnectionContent
    tool: ToolSpec
    fit: float


def match_tool(query: str, items: Sequence[Item], *, wants_action: bool) -> ToolMatch | None:
    """Return the tool that does what the query asks, or None if none surely does."""
    best: ToolMatch | None = None
    acts = acts_asked(query)
    for item in items:
        content = item.content
        if not isinstance(content, ToolConnectionContent):
            continue
        for tool in content.tools:
            if tool.access is Access.WRITE and not wants_action:
                continue
            fit = _fit(query, tool, acts)
            if fit >= _FITS and (best is None or fit > best.fit):
                best = ToolMatch(item, content, tool, fit)
    return best


def _fit(query: str, tool: ToolSpec, acts: frozenset[str]) -> float:
    """Return how well a tool's act and its object meet the query's."""
    asked = _raw_words(query)
    name = [w.lower() for w in _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", tool.name))]
    if not name:
        return 0.0
    verb, objects = name[0], set(name[1:])
    asked_stems = content_words(query)
    # `book_swap` is met by "swap": the act is named by the tool's noun.
    noun_act = any(content_words(word) & content_words(act) for word in objects for act in acts)
    verb_met = noun_act or any(_same_act(word, verb) for word in asked)
    verb_met = verb_met or (tool.access is Access.READ and bool(_STATUS.search(query)))
    object_met = bool(content_words(" ".join(objects)) & asked_stems) if objects else verb_met
    described = content_words(tool.description)
    share = len(described & asked_stems) / max(1, min(len(asked_stems), 6))
    if not verb_met or not (object_met or share >= 0.5):
        return 0.0
    return min(1.0, 0.3 * verb_met + 0.3 * object_met + 0.4 * min(1.0, share * 1.5))


def _raw_words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _same_act(word: str, verb: str) -> bool:
    if content_words(word) & content_words(verb):
        return True
    return any(word in group and verb in group for group in _SAME_ACT)


def describe_call(query: str, match: ToolMatch) -> str:
    """Return which tool the agent would call, with the inputs that it has and those it asks for."""
    schema = cast(dict[str, Any], match.tool.input_schema)
    properties = cast(dict[str, dict[str, Any]], schema.get("properties", {}))
    required = cast(list[str], schema.get("required", list(properties)))
    known = {name: value for name in required if (value := _find(query, properties.get(name, {})))}
    missing = [name.replace("_", " ") for name in required if name not in known]
    given = ", ".join(f"{name} = {value}" for name, value in known.items())
    text = f"I would call {match.tool.name} in {match.connection.system}"
    text += f" with {given}" if given else ""
    if missing:
        text += f"{', once I have' if given else ' once I have'}: {', '.join(missing)}"
    return f"{text}. ({match.tool.description.rstrip('.')}.)"


def _find(query: str, schema: dict[str, Any]) -> str | None:
    """Return the one value in the query that a property's schema surely means."""
    choices = cast(list[Any], schema.get("enum", []))
    words = query.lower()
    named = [
        str(c) for c in choices if re.search(rf"(?<!\w){re.escape(str(c).lower())}(?!\w)", words)
    ]
    if named:
        return named[-1]
    example = re.search(r"such as ([A-Z]+-?)\d{3,}", str(schema.get("description", "")))
    if example:
        found = re.search(rf"\b{re.escape(example[1])}\d{{3,}}\b", query)
        return found[0] if found else None
    return None
