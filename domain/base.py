"""What every model of the domain shares: strictness, immutability, and canonical hashing."""

import hashlib
import json
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, StringConstraints

JsonObject = dict[str, JsonValue]

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
"""A short, non-empty text such as a title or a name."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""A non-empty text of any length that fits into one message."""

OptionalText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""A lower-case name that is safe in ids, addresses and search attributes."""


class Model(BaseModel):
    """A value of the domain: immutable, and closed to fields that it does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(BaseModel):
    """What a workflow or activity receives or returns.

    Ignores fields it does not know, so that an older worker can read a newer sender's message;
    every field that is added later needs a default.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)


def canonical_json(value: JsonValue) -> str:
    """Return one text for one JSON value: keys sorted, no blanks, no escapes beyond JSON's own.

    Follows the key order and spacing of RFC 8785; numbers are written as Python writes them.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256_of(value: JsonValue) -> str:
    """Return the SHA-256 of the canonical JSON of `value`, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


__all__ = [
    "AwareDatetime",
    "JsonObject",
    "JsonValue",
    "Line",
    "Message",
    "Model",
    "OptionalText",
    "Slug",
    "Text",
    "canonical_json",
    "datetime",
    "sha256_of",
]
