"""The templates: autoescaped, strict about undefined names, with the words that pages share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).resolve().parent.parent / "templates"

_environment = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a template as a response."""
    return HTMLResponse(_environment.get_template(name).render(values), status)


def _words(value: object) -> str:
    return str(value).replace("_", " ")


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC")


_environment.filters["words"] = _words
_environment.filters["moment"] = _moment
