"""Validation errors as field problems: a path, and what to do; never the value that was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.problems import FieldProblem

_MAX_ERRORS = 50
_MAX_NAME = 80

_REMEDIES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this call; remove it",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "list_type": "must be a JSON array",
    "tuple_type": "must be a JSON array",
    "datetime_type": "must be a time such as 2026-03-31T09:12:00Z",
    "datetime_parsing": "must be a time such as 2026-03-31T09:12:00Z",
    "datetime_from_date_parsing": "must be a time such as 2026-03-31T09:12:00Z",
    "timezone_aware": "needs a time zone, such as the Z in 2026-03-31T09:12:00Z",
    "json_invalid": "must be valid JSON in UTF-8",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters; shorten it",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "finite_number": "must be a finite number",
}


def field_problems(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> list[FieldProblem]:
    """Return pydantic's errors as field problems, `skip` leading parts of each path left out."""
    return [
        FieldProblem(field=field_path(error["loc"][skip:]), message=remedy(error))
        for error in errors[:_MAX_ERRORS]
        if not _is_echo(error, errors)
    ]


def _is_echo(error: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a list is only too short because its entries are wrong."""
    path = tuple(error["loc"])
    return error["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and tuple(other["loc"][: len(path)]) == path
        for other in errors
    )


def field_path(location: Sequence[str | int]) -> str:
    """Return a path such as `conversation[0].role`; `body` for the whole."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += ("." if path else "") + part[:_MAX_NAME]
    return path or "body"


def remedy(error: Mapping[str, Any]) -> str:
    """Return what to do about one of pydantic's errors."""
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind in {"value_error", "assertion_error"}:
        # Our own validators: their messages name the rule and hold no value.
        return str(context.get("error", "is not valid"))
    template = _REMEDIES.get(kind)
    if template is None:
        return "is not valid"
    if kind == "string_too_short" and context["min_length"] == 1:
        return "must not be empty"
    if kind == "too_short" and context["min_length"] == 1:
        return "must have at least one entry"
    return template.format_map(context)
