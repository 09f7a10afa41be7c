"""Request bodies: limited in size, strict JSON, and without characters that nobody can see."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar, cast

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from analysis.redaction import strip_invisible
from api.fields import field_problems
from api.problems import ProblemError, invalid

M = TypeVar("M", bound=BaseModel)


class Body(NamedTuple):
    """What a call's body is, for the OpenAPI document."""

    model: type[BaseModel]
    example: dict[str, Any] | None


MAX_BODY_BYTES = 2_000_000
_NEEDS_STRIPPING = re.compile(rb"[\x7f-\xff]|\\[urbf]")
"""Whatever is not plain ASCII, written out or escaped, may be invisible."""


def strict_body(
    model: type[M], *, example: dict[str, Any] | None = None
) -> Callable[[Request], Awaitable[M]]:
    """Return a dependency that reads the body as `model`, by strict JSON rules.

    Lax rules would take `false` for a number. Invisible characters are taken out of every text.
    `example` is for the OpenAPI document, where the model itself has none.
    """

    async def read(request: Request) -> M:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json" and not content_type.endswith("+json"):
            raise ProblemError(
                415,
                "not_json",
                "The body must be JSON",
                "Send it with 'Content-Type: application/json'.",
            )
        return parse_body(model, await request.body())

    # Read from here into the OpenAPI document.
    read.__dict__["body"] = Body(model, example)
    return read


def parse_body(model: type[M], raw: bytes) -> M:
    """Return `raw` as `model`; raises a 422 problem that names each wrong field."""
    try:
        parsed = model.model_validate_json(raw, strict=True)
        if _NEEDS_STRIPPING.search(raw):
            visible = to_json(_stripped(from_json(raw)))
            parsed = model.model_validate_json(visible, strict=True)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None
    return parsed


def _stripped(value: Any) -> Any:
    if isinstance(value, str):
        return strip_invisible(value)
    if isinstance(value, list):
        return [_stripped(entry) for entry in cast(list[Any], value)]
    if isinstance(value, dict):
        entries = cast(dict[str, Any], value)
        return {strip_invisible(key): _stripped(entry) for key, entry in entries.items()}
    return value
