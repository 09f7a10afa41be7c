"""Loads the named SQL of `store/sql/*.sql`: each query follows a line `-- name: …`."""

import re
from functools import cache
from pathlib import Path
from typing import LiteralString, cast

_FOLDER = Path(__file__).parent / "sql"
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def _all_queries() -> dict[str, LiteralString]:
    found: dict[str, LiteralString] = {}
    for file in sorted(_FOLDER.glob("*.sql")):
        parts = _NAME.split(file.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in found:
                raise ValueError(f"two queries are named {name}")
            # Our own files, shipped with the code: as trustworthy as a literal.
            found[name] = cast(LiteralString, body.strip())
    return found


def query(name: str) -> LiteralString:
    """Return the SQL of a named query; raises KeyError for a name that no file has."""
    return _all_queries()[name]


def query_names() -> frozenset[str]:
    """Return the names of all queries."""
    return frozenset(_all_queries())
