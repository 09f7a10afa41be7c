"""What every model of the domain shares: strictness, immutability, and canonical hashing."""

import hashlib
import json
import math
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
)
from pydantic import JsonValue as PlainJsonValue

MAX_JSON_DEPTH = 64
MAX_INTEGER = int(Decimal(repr(sys.float_info.max)))
"""The largest double as it is written. Readers of JSON outside Python hold all numbers so."""


def storable_text(text: str) -> str:
    """Return `text`; raise ValueError if Postgres could not store it as text or jsonb."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL (U+0000)")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("must be valid Unicode: it holds half of a surrogate pair") from None
    return text


def storable_json(value: Any) -> Any:
    """Return `value`; raise ValueError for JSON that not every reader and database can hold.

    Refused are NUL and lone surrogates in texts and keys, NaN and the infinities, integers beyond
    a double's range, and nesting deeper than MAX_JSON_DEPTH.
    """
    _check_json(value, MAX_JSON_DEPTH)
    return value


def _check_json(value: Any, depth: int) -> None:
    if depth < 0:
        raise ValueError(f"must not be nested deeper than {MAX_JSON_DEPTH} levels")
    if isinstance(value, str):
        storable_text(value)
    elif isinstance(value, int | float):
        is_held = abs(value) <= MAX_INTEGER if isinstance(value, int) else math.isfinite(value)
        if not is_held:
            raise ValueError("must hold only finite numbers within the range of a double")
    elif isinstance(value, list):
        for entry in cast(list[Any], value):
            _check_json(entry, depth - 1)
    elif isinstance(value, dict):
        for key, entry in cast(dict[Any, Any], value).items():
            _check_json(key, depth - 1)
            _check_json(entry, depth - 1)


def _plausible_in_utc(moment: datetime) -> datetime:
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None
    if not 1970 <= in_utc.year < 9999:
        raise ValueError("must lie between the years 1970 and 9998")
    return in_utc


JsonValue = Annotated[PlainJsonValue, BeforeValidator(storable_json)]
"""Any JSON that Postgres can store and every reader reads back as it was."""

JsonObject = Annotated[dict[str, PlainJsonValue], BeforeValidator(storable_json)]

Moment = Annotated[AwareDatetime, AfterValidator(_plausible_in_utc)]
"""A time as posted from outside, in UTC. Times at the calendar's ends break their readers."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    AfterValidator(storable_text),
]
"""A short, non-empty text such as a title or a name."""

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    AfterValidator(storable_text),
]
"""A non-empty text of any length that fits into one message."""

OptionalText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=20_000),
    AfterValidator(storable_text),
]

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


def _one_spelling(value: PlainJsonValue) -> PlainJsonValue:
    if isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    if isinstance(value, list):
        return [_one_spelling(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _one_spelling(entry) for key, entry in value.items()}
    return value


def canonical_json(value: PlainJsonValue) -> str:
    """Return one text for one JSON value; raise ValueError for NaN and the infinities.

    Keys are sorted by code point, without blanks, without escapes beyond JSON's own (the spacing
    of RFC 8785). Whole numbers are written in full whether they came as `1e16`, `1.0` or `1`,
    because Postgres and browsers give back one for the other; integers keep every digit.
    """
    return json.dumps(
        _one_spelling(value),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def sha256_of(value: PlainJsonValue) -> str:
    """Return the SHA-256 of the canonical JSON of `value`, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


__all__ = [
    "AwareDatetime",
    "JsonObject",
    "JsonValue",
    "Line",
    "Message",
    "Model",
    "Moment",
    "OptionalText",
    "Slug",
    "Text",
    "canonical_json",
    "datetime",
    "sha256_of",
    "storable_json",
    "storable_text",
]
