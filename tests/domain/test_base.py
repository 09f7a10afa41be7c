"""Canonical JSON, its hash, and the texts and values that the domain takes in."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.base import (
    MAX_INTEGER,
    MAX_JSON_DEPTH,
    JsonValue,
    Line,
    Message,
    Model,
    Moment,
    Slug,
    canonical_json,
    sha256_of,
)
from tests.domain.strategies import json_objects, json_values, words

JSON = TypeAdapter[Any](JsonValue)
LINE = TypeAdapter[str](Line)
MOMENT = TypeAdapter[datetime](Moment)


def same_json(one: object, other: object) -> bool:
    """Return whether two values are one JSON value: numbers by value, booleans apart."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if isinstance(one, list) and isinstance(other, list):
        a, b = cast(list[object], one), cast(list[object], other)
        return len(a) == len(b) and all(map(same_json, a, b))
    if isinstance(one, dict) and isinstance(other, dict):
        c, d = cast(dict[str, object], one), cast(dict[str, object], other)
        return c.keys() == d.keys() and all(same_json(c[k], d[k]) for k in c)
    return one == other


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@given(json_objects, st.randoms())
def test_key_order_does_not_change_the_canonical_text(value: dict[str, Any], random: Any) -> None:
    keys = list(value)
    random.shuffle(keys)
    assert canonical_json({key: value[key] for key in keys}) == canonical_json(value)


@given(json_values)
def test_a_round_trip_through_json_keeps_the_hash(value: Any) -> None:
    assert sha256_of(json.loads(json.dumps(value))) == sha256_of(value)
    assert sha256_of(json.loads(canonical_json(value))) == sha256_of(value)


@given(json_values, json_values)
def test_another_value_has_another_hash(one: Any, other: Any) -> None:
    assume(not same_json(one, other))
    assert sha256_of(one) != sha256_of(other)


@given(words)
def test_unicode_is_written_as_itself(text: str) -> None:
    assert json.loads(canonical_json(text)) == text
    assert "\\u" not in canonical_json(text.replace("\\", "")) or any(ord(c) < 32 for c in text)


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("1.0", "1"),
        ("-0.0", "0"),
        ("1e16", "10000000000000000"),
        ("10000000000000000", "10000000000000000"),
        ("1e300", "1" + "0" * 300),
        ("1" + "0" * 300, "1" + "0" * 300),
        ("1.7976931348623157e308", str(MAX_INTEGER)),
        ("0.1", "0.1"),
        ("1e-7", "1e-07"),
        ("0.0000001", "1e-07"),
        ("9007199254740993", "9007199254740993"),
        ("true", "true"),
    ],
)
def test_a_number_has_one_spelling(spelling: str, canonical: str) -> None:
    assert canonical_json(json.loads(spelling)) == canonical


def test_neighbouring_integers_that_are_one_double_have_different_hashes() -> None:
    assert sha256_of(2**60) != sha256_of(2**60 + 1)


def test_the_hash_is_fixed_for_all_time() -> None:
    value: Any = {"b": [1, "é"], "a": None}
    assert canonical_json(value) == '{"a":null,"b":[1,"é"]}'
    assert sha256_of(value) == "f8f17faab95c024891d173fa43442b0e52007736a1f36715ac721ab22deeefc5"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_canonical_json_refuses_what_is_not_json(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": [value]})


@given(json_values)
def test_json_that_can_be_stored_is_taken_unchanged(value: Any) -> None:
    assert JSON.validate_python(value) == value


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("a\0b", "NUL"),
        ({"a\0": 1}, "NUL"),
        ([{"a": ["\0"]}], "NUL"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        (float("nan"), "finite"),
        ({"a": float("inf")}, "finite"),
        ([-float("inf")], "finite"),
        (MAX_INTEGER + 1, "finite"),
        (nested(MAX_JSON_DEPTH + 1), "deeper"),
        (nested(100_000), "deeper"),
    ],
)
def test_json_that_cannot_be_stored_is_refused(value: object, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        JSON.validate_python(value)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e400", '"\\u0000"', '{"\\u0000": 1}'])
def test_the_same_holds_for_json_text(text: str) -> None:
    with pytest.raises(ValidationError):
        JSON.validate_json(text)
    with pytest.raises(ValidationError):
        JSON.validate_python(json.loads(text))


def test_json_may_be_nested_to_the_limit() -> None:
    value = nested(MAX_JSON_DEPTH)
    assert JSON.validate_python(value) == value


@pytest.mark.parametrize("text", ["", "  ", "a" * 301, "a\0", "\ud800", 3, None])
def test_a_line_is_short_and_not_empty(text: object) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(text)


def test_a_line_loses_the_space_around_it() -> None:
    assert LINE.validate_python("  a b\n") == "a b"


@pytest.mark.parametrize("name", ["", "A", "-a", "a b", "a\n", "ä", "a" * 64])
def test_a_slug_is_safe_in_ids(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](Slug).validate_python(name)


@given(st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_a_moment_keeps_its_instant_in_utc(value: datetime) -> None:
    moment = MOMENT.validate_python(value)
    assert moment == value.astimezone(UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-31T09:12:00",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "soon",
    ],
)
def test_a_moment_without_zone_or_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)


class _Value(Model):
    name: Line


class _Note(Message):
    name: str = ""


def test_a_model_is_closed_and_immutable() -> None:
    with pytest.raises(ValidationError, match="extra"):
        _Value.model_validate({"name": "a", "other": 1})
    with pytest.raises(ValidationError, match="frozen"):
        _Value(name="a").name = "b"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_message_ignores_what_a_newer_sender_adds() -> None:
    assert _Note.model_validate({"name": "a", "other": 1}) == _Note(name="a")
