"""A reviewer's comment carried out word for word, as far as words can be carried out."""

import re
from dataclasses import dataclass

from pydantic import ValidationError

from analysis.text import join_words, sentence_case, sentences
from domain.base import JsonValue
from domain.knowledge import Change, ItemKind, parse_content

_QUOTE = r"[\"“'\u2018](?P<{}>[^\"”]+?)[\"”'\u2019]"
_REPLACE = (
    re.compile(
        rf"\binstead of\s+{_QUOTE.format('old')}[^\"“'\u2018]{{0,30}}{_QUOTE.format('new')}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:replace|change)\s+{_QUOTE.format('old')}\s+(?:with|by|to|into)\s+"
        rf"{_QUOTE.format('new')}",
        re.IGNORECASE,
    ),
)
_REPLACE_REVERSED = re.compile(
    rf"{_QUOTE.format('new')}\s+(?:instead of|not|rather than)\s+{_QUOTE.format('old')}",
    re.IGNORECASE,
)
_REMOVE = re.compile(
    rf"\b(?:remove|delete|drop|strike|leave out|cut)\b[^\"“'\u2018]{{0,30}}{_QUOTE.format('old')}",
    re.IGNORECASE,
)
_TITLE = re.compile(
    rf"\b(?:title|call it|rename)\b[^\"“]{{0,30}}{_QUOTE.format('new')}", re.IGNORECASE
)
_ADD = re.compile(
    rf"\b(?:add|say|mention|include|write|state)\b[^\"“'\u2018]{{0,40}}{_QUOTE.format('new')}",
    re.IGNORECASE,
)
_ADD_PLAIN = re.compile(
    r"\b(?:add|mention|include|say|state)(?: also)?(?: that|:)\s+(?P<new>[^\"“”]{8,500})",
    re.IGNORECASE,
)

_BODY = {
    ItemKind.ARTICLE: "answer",
    ItemKind.POLICY: "rule",
    ItemKind.TOOL_CONNECTION: "purpose",
}
_UNTOUCHED = frozenset({"system", "server", "tags"})


@dataclass(frozen=True)
class Edit:
    """A change with the comment carried out, and what was done, in words."""

    change: Change
    done: str


def carry_out(previous: Change, comment: str) -> Edit:
    """Return the change with what the comment says to set, replace, remove, name or add.

    A comment that says none of these changes nothing, and the edit says so.
    """
    content = previous.content.model_dump(mode="json")
    fields, comment = _fields_named(content, comment)
    done = [
        *_set(content, fields),
        *_replaced(content, comment),
        *_removed(content, comment),
        *_titled(content, comment, previous.kind),
    ]
    if not done:
        done = _added(content, comment, previous.kind)
    if not done:
        return Edit(
            previous,
            "The comment names no words to set, replace, remove or add, so the offline "
            "analyst left the draft as it was; edit it by hand.",
        )
    try:
        edited = parse_content(previous.kind, content)
    except ValidationError as error:
        names = dict.fromkeys(str(part["loc"][0]).replace("_", " ") for part in error.errors())
        return Edit(
            previous,
            f"The {join_words(names)} cannot be what the comment says: too long, or empty. The "
            "offline analyst left the draft as it was; edit it by hand.",
        )
    return Edit(
        previous.model_copy(update={"content": edited}),
        f"In answer to the comment: {'; '.join(done)}. Nothing else was changed.",
    )


def _fields_named(content: dict[str, JsonValue], comment: str) -> tuple[dict[str, str], str]:
    """Return what lines such as `Title: …` say of each field, and the comment without them.

    What a field says goes on to an empty line or to the next field.
    """
    fields: dict[str, list[str]] = {}
    others: list[str] = []
    into = others
    for line in comment.splitlines():
        name, colon, value = line.partition(":")
        field = _field_called(name, content) if colon else None
        if field is not None:
            into = fields[field] = [value]
        else:
            into = into if line.strip() else others
            into.append(line)
    said = {name: "\n".join(map(str.strip, lines)).strip() for name, lines in fields.items()}
    return {name: text for name, text in said.items() if text}, "\n".join(others)


def _field_called(name: str, content: dict[str, JsonValue]) -> str | None:
    called = "_".join(name.casefold().split())
    called = "name" if called == "title" and "title" not in content else called
    if called == "tags" and "tags" in content:
        return called
    is_text = isinstance(content.get(called), str)
    return called if is_text and called not in _UNTOUCHED else None


def _set(content: dict[str, JsonValue], fields: dict[str, str]) -> list[str]:
    """Set the fields that the comment names, where that changes anything."""
    done: list[str] = []
    for name, said in fields.items():
        is_list = isinstance(content[name], list)
        new = _listed(said) if is_list else _unquoted(said)
        if new and new != content[name]:
            content[name] = new
            done.append(f"set the {name.replace('_', ' ')} to '{said}'")
    return done


def _listed(text: str) -> list[JsonValue]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _unquoted(text: str) -> str:
    quoted = re.fullmatch(_QUOTE.format("text"), text)
    return quoted["text"].strip() if quoted else text


def _replaced(content: dict[str, JsonValue], comment: str) -> list[str]:
    for pattern in (*_REPLACE, _REPLACE_REVERSED):
        match = pattern.search(comment)
        if match and _substitute(content, match["old"], match["new"]):
            return [f"replaced '{match['old']}' with '{match['new']}'"]
    return []


def _removed(content: dict[str, JsonValue], comment: str) -> list[str]:
    match = _REMOVE.search(comment)
    if match and _substitute(content, match["old"], ""):
        return [f"removed '{match['old']}'"]
    return []


def _substitute(content: dict[str, JsonValue], old: str, new: str) -> bool:
    """Replace words in the content's own texts; a text that would be left empty stays."""
    pattern = re.compile(re.escape(old.strip().rstrip(".")), re.IGNORECASE)
    changed = False
    for name, value in content.items():
        if name in _UNTOUCHED or not isinstance(value, str) or not pattern.search(value):
            continue
        text = pattern.sub(lambda _: new.strip().rstrip("."), value)
        text = re.sub(r"\s+([.,;])", r"\1", re.sub(r"[ \t]{2,}", " ", text)).strip(" .,;")
        if text:
            ended = value.rstrip().endswith(".")
            content[name] = f"{text}." if ended and not text.endswith((".", "?", "!")) else text
            changed = True
    return changed


def _titled(content: dict[str, JsonValue], comment: str, kind: ItemKind) -> list[str]:
    match = _TITLE.search(comment)
    if not match:
        return []
    content["name" if kind is ItemKind.TOOL_CONNECTION else "title"] = match["new"]
    return [f"set the title to '{match['new']}'"]


def _added(content: dict[str, JsonValue], comment: str, kind: ItemKind) -> list[str]:
    match = _ADD.search(comment) or _ADD_PLAIN.search(comment)
    if not match:
        return []
    sentence = sentence_case(next(iter(sentences(match["new"])), match["new"]).strip())
    if not sentence.endswith((".", "!", "?")):
        sentence += "."
    field = _field_named(comment, content) or _BODY[kind]
    content[field] = f"{str(content.get(field) or '').rstrip()} {sentence}".strip()
    return [f"added '{sentence}' to the {field.replace('_', ' ')}"]


def _field_named(comment: str, content: dict[str, JsonValue]) -> str | None:
    """Return the field of the content that the comment names, if it is a text."""
    said = comment.casefold().replace(" ", "_")
    named = {"exception": "exceptions", "applies_when": "applies_when", "rationale": "rationale"}
    return next((f for word, f in named.items() if word in said and f in content), None)
