"""The templates: autoescaped, strict about undefined names, with the words that pages share."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.text import sentences, shorten
from api.nonce import current_nonce
from api.pages.effects import effect_of
from api.pages.words import (
    KIND_NAMES,
    distance,
    gist_of,
    trouble_of,
    what_follows,
    what_passes,
)
from domain.knowledge import ItemKind
from domain.mentions import CommentPiece, split_mentions
from store.reviews import Comment

_FOLDER = Path(__file__).resolve().parent.parent / "templates"

_SENTENCE = 300
"""The longest that one sentence of two may be."""

_environment = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """Return a template as a response."""
    return HTMLResponse(_environment.get_template(name).render(values), status_code)


def _words(value: object) -> str:
    return str(value).replace("_", " ")


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC")


def _clock(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%H:%M UTC")


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _code_spans(text: str) -> Markup:
    """Return a text with its `backticked` words as code; everything in it is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def _first_sentence(text: str) -> str:
    """Return the first sentence of a text, shortened where it is long."""
    return shorten(next(iter(sentences(text)), text), _SENTENCE)


def _mention_pieces(comment: Comment) -> list[CommentPiece]:
    return split_mentions(comment.body, comment.mentions)


def _kind_name(kind: ItemKind) -> str:
    return KIND_NAMES[kind]


_environment.filters.update(
    words=_words,
    moment=_moment,
    clock=_clock,
    gist=gist_of,
    percent=_percent,
    as_json=_as_json,
    distance=distance,
    trouble=trouble_of,
    effect=effect_of,
    kind_name=_kind_name,
    code_spans=_code_spans,
    first_sentence=_first_sentence,
)
# Jinja types its own few globals only.
cast(dict[str, object], _environment.globals).update(
    what_follows=what_follows,
    what_passes=what_passes,
    nonce=current_nonce,
    mention_pieces=_mention_pieces,
)
