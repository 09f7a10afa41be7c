"""`learning-loop golden …`: the options; `client/golden_import.py` does the work."""

from pathlib import Path
from typing import Annotated

import typer

from client.api_options import Key, Url, call
from domain.identity import ApiRole

app = typer.Typer(
    no_args_is_help=True, help="Keep queries that every proposal near to them is replayed on."
)


@app.command("import")
def import_golden(
    file: Annotated[Path, typer.Argument(help="JSON lines: one golden query a line.")],
    url: Url = None,
    key: Key = None,
) -> None:
    """Keep all golden queries of a file, or none if one of the lines cannot be kept.

    A line is {"query": …, "expects": "answered" or "handoff", "must_contain": […], "item_id": …,
    "note": …}; only the query is required. The same words again change what is expected. A file
    of more than 1,000 lines is kept a thousand at a time.
    """
    from client.golden_import import import_golden_queries

    call(url, key, ApiRole.LEAD, lambda api, out: import_golden_queries(api, out, file))
