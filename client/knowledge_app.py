"""`learning-loop knowledge …`: the options; modules of their own do the work."""

from pathlib import Path
from typing import Annotated

import typer

from client.api_options import Key, Url, call, given
from client.entrance import end
from client.formats.choices import ExportFormat, Format
from domain.identity import ApiRole

app = typer.Typer(
    no_args_is_help=True, help="Bring in what the company knows already, and take it along."
)


@app.command("export")
def export_knowledge(
    target: Annotated[
        Path, typer.Argument(help="A folder, or a .jsonl file; - is the standard output.")
    ],
    written_as: Annotated[
        ExportFormat | None, typer.Option("--format", help="Else as the target looks.")
    ] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Write all items, retired ones too: a folder of Markdown files, or JSON lines.

    Files of items that are no more are removed from the folder; files that carry no item's id are
    never touched.
    """
    from client.knowledge_export import export

    call(url, key, ApiRole.REVIEWER, lambda api, out: export(api, out, target, written_as))


@app.command("import")
def import_knowledge(
    path: Annotated[Path, typer.Argument(help="A folder or a file.")],
    written_as: Annotated[Format | None, typer.Option("--format", help="Else as it looks.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and validate only; nothing is sent.")
    ] = False,
    leave_files: Annotated[
        bool,
        typer.Option("--no-write-back", help="Do not write ids and revisions into Markdown files."),
    ] = False,
    include_restricted: Annotated[
        bool,
        typer.Option(
            "--include-restricted", help="Zendesk: also articles that only some people may read."
        ),
    ] = False,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for an API that does not answer.")
    ] = 120.0,
    url: Url = None,
    key: Key = None,
) -> None:
    """Bring in Markdown files, JSON lines, or an export of Zendesk or Intercom.

    An administrator's act: what goes in needs no review. It can be stopped and repeated: what is
    known already stays as it is. What was changed here meanwhile is a conflict and stays too.
    What cannot be read is named, and the rest goes in; the exit code is then 3.

    A Markdown file gets its item's id and revision into its front matter.
    """
    from client.formats.help_centre import Restricted
    from client.import_command import Intent
    from client.knowledge_import import KnowledgeImport, Wanted, WriteBack

    wanted = Wanted(
        path=path,
        format=written_as,
        intent=Intent.CHECK if dry_run else Intent.SEND,
        restricted=Restricted.TAKEN_IN if include_restricted else Restricted.LEFT_OUT,
        write_back=WriteBack.NO if leave_files else WriteBack.YES,
        patience=patience,
    )
    end(lambda: KnowledgeImport(wanted, given(url, key)).run())


@app.command()
def reembed(
    status: Annotated[
        bool, typer.Option("--status", help="Only show the models and how far each is.")
    ] = False,
    prune: Annotated[
        str | None,
        typer.Option("--prune", metavar="MODEL", help="Delete the vectors of a model out of use."),
    ] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Make the vectors of the next embedding model, or those that the serving one lacks.

    Searches go on meanwhile. Set LEARNING_LOOP_NEXT_EMBEDDING_… and restart the workers and the
    API; run this; then give LEARNING_LOOP_EMBEDDING_… the same values and restart again.
    """
    from client import knowledge_reembed as work

    if status and prune is not None:
        raise typer.BadParameter("--status and --prune do not go together")
    if prune is not None:
        call(url, key, ApiRole.ADMIN, lambda api, out: work.prune(api, out, prune))
    elif status:
        call(url, key, ApiRole.ADMIN, work.show_models)
    else:
        call(url, key, ApiRole.ADMIN, work.reembed)


@app.command()
def checkup(
    last: Annotated[
        bool, typer.Option("--last", help="Only show what the last one has found.")
    ] = False,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait for its end.")] = 60.0,
    url: Url = None,
    key: Key = None,
) -> None:
    """Look for items that drift: whose answers fail, that contradict newer ones, or lie unused.

    People are asked about the worst. Nothing is changed without an approval, unless an
    administrator has switched the quarantine policy on.
    """
    from client import knowledge_checkup as work

    if last:
        call(url, key, ApiRole.REVIEWER, work.show_last)
    else:
        call(url, key, ApiRole.LEAD, lambda api, out: work.check_up(api, out, patience))
