"""Opaque cursors for lists, and the shape of a page."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.problems import invalid_field

T = TypeVar("T")
C = TypeVar("C")

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Entries a page.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the page before.")
]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page.")


def encode_cursor(adapter: TypeAdapter[C], position: C) -> str:
    """Return a position in a list as an opaque text."""
    return base64.urlsafe_b64encode(adapter.dump_json(position)).rstrip(b"=").decode()


def decode_cursor(adapter: TypeAdapter[C], cursor: str | None) -> C | None:
    """Return the position that a cursor holds; raises a 422 problem for one we did not make."""
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return adapter.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValidationError, binascii.Error, ValueError):
        raise invalid_field("cursor", "must be the next_cursor of an earlier answer") from None
