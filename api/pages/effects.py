"""What a change would do, in one sentence."""

from itertools import takewhile

from api.pages.words import KIND_NAMES, excerpt
from domain.base import JsonValue
from domain.knowledge import (
    Access,
    Change,
    ItemContent,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)

_FIELDS = {
    "answer": "answer",
    "rule": "rule",
    "exceptions": "exceptions",
    "applies_when": "“applies when”",
    "question": "question",
    "title": "title",
    "rationale": "rationale",
    "tags": "tags",
}
"""The fields of articles and policies as people name them, the weightiest first."""

_FEW_WORDS = 4


def effect_of(change: Change, base: ItemContent | None = None) -> str:
    """Return in one sentence what applying a change would do; `base` is what a revision changes."""
    name, title = KIND_NAMES[change.kind], change.content.title
    if change.operation is Operation.RETIRE:
        return f"Takes the {name} “{title}” away from the agent."
    if isinstance(change.content, ToolConnectionContent):
        return _effect_on_tools(change, change.content, base)
    if change.operation is Operation.REVISE:
        return _effect_of_revision(change, base)
    if isinstance(change.content, PolicyContent):
        return f"Gives the agent a new policy to follow: “{excerpt(change.content.rule)}”"
    return f"Lets the agent answer: “{excerpt(change.content.answer)}”"


def _effect_of_revision(change: Change, base: ItemContent | None) -> str:
    content = change.content
    item = f"the {KIND_NAMES[change.kind]} “{content.title}” (revision {change.base_revision})"
    if base is None:
        return f"Changes {item}."
    if base == content and change.phrasings:
        more = len(change.phrasings)
        wordings = "another question" if more == 1 else f"{more} more questions"
        return f"Lets {wordings} lead to {item}: “{excerpt(change.phrasings[0])}”"
    old, new = base.model_dump(mode="json"), content.model_dump(mode="json")
    for field, called in _FIELDS.items():
        if old.get(field) != new.get(field):
            gone, added = _apart(_as_text(old.get(field)), _as_text(new.get(field)))
            return f"{_said(called, gone, added)} of {item}{_what(gone, added)}"
    return f"Changes {item}."


def _said(field: str, gone: str, added: str) -> str:
    if not gone:
        return f"Adds to the {field}"
    return f"Changes the {field}" if added else f"Takes something out of the {field}"


def _what(gone: str, added: str) -> str:
    return f": “{excerpt(added or gone)}”"


def _apart(before: str, after: str) -> tuple[str, str]:
    """Return what stands between the words with which both begin and those with which both end.

    A few words that take the place of others are returned with those around them.
    """
    old, new = before.split(), after.split()
    begun = _alike(old, new)
    ended = _alike(old[begun:][::-1], new[begun:][::-1])
    gone, added = old[begun : len(old) - ended], new[begun : len(new) - ended]
    if gone and len(added) < _FEW_WORDS:
        begun, ended = max(0, begun - _FEW_WORDS), max(0, ended - _FEW_WORDS)
        added = new[begun : len(new) - ended] if added else []
    return " ".join(gone), " ".join(added)


def _alike(old: list[str], new: list[str]) -> int:
    pairs = zip(old, new, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _as_text(value: JsonValue) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _effect_on_tools(
    change: Change, content: ToolConnectionContent, base: ItemContent | None
) -> str:
    names = ", ".join(tool.name for tool in content.tools)
    writing = [tool.name for tool in content.tools if tool.access is Access.WRITE]
    effect = f"can change data: {', '.join(writing)}" if writing else "all of them only read"
    if change.operation is Operation.ADD:
        return f"Connects the agent to {content.system} with {names} ({effect})."
    if isinstance(base, ToolConnectionContent) and (said := _tools_apart(base, content)):
        return f"In {content.system}, the agent {'; '.join(said)}."
    return f"Changes what the agent can do in {content.system}: {names} ({effect})."


def _tools_apart(base: ToolConnectionContent, content: ToolConnectionContent) -> list[str]:
    had = {tool.name: tool for tool in base.tools}
    has = {tool.name: tool for tool in content.tools}
    new = [_with_access(tool) for name, tool in has.items() if name not in had]
    gone = [name for name in had if name not in has]
    other = [_with_access(has[name]) for name in had if name in has and had[name] != has[name]]
    said = (("can call", new), ("can no longer call", gone), ("calls in another way", other))
    return [f"{what} {', '.join(names)}" for what, names in said if names]


def _with_access(tool: ToolSpec) -> str:
    does = "changes data" if tool.access is Access.WRITE else "only reads"
    return f"{tool.name} ({does})"
