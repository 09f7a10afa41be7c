"""Reads the `content` of a posted change by its kind, so that its errors name where they are."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from domain.knowledge import read_content_field


def read_posted_content(data: Any) -> Any:
    """Return model input with its content parsed; errors lie below `content`.

    The domain's own reading merges them into the change itself, which stored data never shows.
    """
    try:
        return read_content_field(data)
    except ValidationError as error:
        details = [
            InitErrorDetails(
                type=part["type"],
                loc=("content", *part["loc"]),
                input=None,
                ctx=part.get("ctx", {}),
            )
            for part in error.errors()
        ]
        raise ValidationError.from_exception_data("content", details) from None
