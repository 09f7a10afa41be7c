"""Reads what a history says: its payloads are base64 inside the JSON."""

import base64
from typing import cast

from domain.base import JsonObject, JsonValue


def decoded_payloads(history: JsonValue) -> str:
    """Return the data of all payloads of a history in the clear."""
    parts: list[str] = []
    stack: list[JsonValue] = [history]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            entries = cast(JsonObject, value)
            data = entries.get("data")
            if isinstance(data, str):
                parts.append(base64.b64decode(data).decode(errors="replace"))
            stack += entries.values()
        elif isinstance(value, list):
            stack += value
    return "\n".join(parts)
