"""The inferred schema accepts every call that it was inferred from."""

from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.offline.schemas import infer_arguments

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CALLS = st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES), min_size=1, max_size=5)

TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}


def accepts(schema: Any, value: Any) -> bool:
    """Return whether a schema of the words that the inference writes accepts a value."""
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(is_of(kind, value) for kind in kinds):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, list) and "items" in schema:
        return all(accepts(schema["items"], element) for element in cast(list[Any], value))
    if isinstance(value, dict) and "properties" in schema:
        fields = cast(dict[str, Any], value)
        known = all(accepts(schema["properties"][k], v) for k, v in fields.items())
        return known and set(schema.get("required", ())) <= set(fields)
    return True


def is_of(kind: str, value: Any) -> bool:
    return isinstance(value, TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)


# The machine may be busy: how fast examples come is not what is tested.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CALLS)
def test_every_observed_call_is_accepted(calls: list[dict[str, Any]]):
    schema = infer_arguments(calls)
    assert all(accepts(schema, observed) for observed in calls)


def test_required_formats_and_choices_are_inferred():
    calls: list[Any] = [
        {"day": "2026-01-02", "size": "small", "legs": [{"number": 1}]},
        {"day": "2026-01-03", "size": "large", "legs": []},
        {"day": "2026-01-04", "size": "small", "legs": [{"number": 2}], "note": "x"},
    ]
    schema: Any = infer_arguments(calls)
    assert schema["required"] == ["day", "size", "legs"]
    assert schema["properties"]["day"]["format"] == "date"
    assert schema["properties"]["size"]["enum"] == ["large", "small"]
    legs = schema["properties"]["legs"]
    assert legs["items"]["properties"]["number"]["type"] == "integer"


def test_an_example_never_shows_a_placeholder_or_free_text():
    schema: Any = infer_arguments([{"who": "[NAME]", "why": "Because Dana Fox said so"}])
    assert "NAME]" not in str(schema)
    assert "Dana" not in str(schema)
