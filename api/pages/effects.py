"""What a change would do, in one sentence."""

from itertools import takewhile

from analysis.text import join_words
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
_PLACES = ("server", "system", "name", "purpose")
"""What a connection says beside its tools, the most telling first."""


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
    title = content.title if base is None else base.title
    item = f"the {KIND_NAMES[change.kind]} “{title}” (revision {change.base_revision})"
    if base is None:
        return f"Changes {item}."
    old, new = base.model_dump(mode="json"), content.model_dump(mode="json")
    changed = [field for field in _FIELDS if old.get(field) != new.get(field)]
    if not changed:
        return _effect_of_wordings(change, item)
    field, *others = changed
    gone, added = _apart(old.get(field), new.get(field))
    also = [_FIELDS[name] for name in others] + (["wordings"] if change.phrasings else [])
    besides = f" Also changes the {join_words(also)}." if also else ""
    return f"{_said(_FIELDS[field], gone, added)} of {item}{_quoted(added or gone)}{besides}"


def _effect_of_wordings(change: Change, item: str) -> str:
    more = len(change.phrasings)
    if not more:
        return f"Changes {item}."
    wordings = "another question" if more == 1 else f"{more} more questions"
    return f"Lets {wordings} lead to {item}{_quoted(change.phrasings[0])}"


def _said(field: str, gone: str, added: str) -> str:
    if added and not gone:
        return f"Adds to the {field}"
    return f"Takes something out of the {field}" if gone and not added else f"Changes the {field}"


def _quoted(text: str) -> str:
    return f": “{excerpt(text)}”" if text else "."


def _apart(before: JsonValue, after: JsonValue) -> tuple[str, str]:
    """Return what only the one says, and what only the other says.

    A few words in the midst of others are returned with those around them, as a replacement: alone
    they could mean anything.
    """
    if isinstance(before, list) and isinstance(after, list):
        gone, added = ([*map(str, one)] for one in (before, after))
        return ", ".join(t for t in gone if t not in added), ", ".join(
            t for t in added if t not in gone
        )
    old, new = str(before or "").split(), str(after or "").split()
    begun = _alike(old, new)
    ended = _alike(old[begun:][::-1], new[begun:][::-1])
    gone, added = old[begun : len(old) - ended], new[begun : len(new) - ended]
    if added and len(added) < _FEW_WORDS and (gone or ended):
        begun, ended = max(0, begun - _FEW_WORDS), max(0, ended - _FEW_WORDS)
        gone, added = old[begun : len(old) - ended], new[begun : len(new) - ended]
    return " ".join(gone), " ".join(added)


def _alike(old: list[str], new: list[str]) -> int:
    pairs = zip(old, new, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _effect_on_tools(
    change: Change, content: ToolConnectionContent, base: ItemContent | None
) -> str:
    names = ", ".join(tool.name for tool in content.tools)
    writing = [tool.name for tool in content.tools if tool.access is Access.WRITE]
    effect = f"can change data: {', '.join(writing)}" if writing else "all of them only read"
    if change.operation is Operation.ADD:
        return f"Connects the agent to {content.system} with {names} ({effect})."
    if not isinstance(base, ToolConnectionContent):
        return f"Changes what the agent can do in {content.system}: {names} ({effect})."
    moved = [name for name in _PLACES if getattr(base, name) != getattr(content, name)]
    said = _tools_apart(base, content)
    first = f"Changes the {join_words(moved)} of the connection “{base.name}”." if moved else ""
    then = f"In {content.system}, the agent {'; '.join(said)}." if said else ""
    return f"{first} {then}".strip() or f"Changes the connection “{base.name}”."


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
