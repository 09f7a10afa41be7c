"""The work of `learning-loop audit`: straight in the database, for whoever runs it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from client.errors import ClientError, ConfigurationError
from client.keys_commands import direct_database, running_workspace
from client.shown import plain
from domain.audit_chain import ChainFlaw, ChainVerdict, FlawFound, KeptHead
from domain.base import Model, canonical_json
from store.audit import AuditEntry, list_audit
from store.audit_chain import read_head, verify_audit
from store.database import Database
from store.embeddings import list_workspaces

_ENTRIES_A_PAGE = 1_000

_WHAT = {
    ChainFlaw.ALTERED: "the entry or its link was edited, or stands in another's place",
    ChainFlaw.ENTRY_GONE: "the entry was deleted; its link is still there",
    ChainFlaw.LINKS_GONE: "links were deleted here",
    ChainFlaw.UNCHAINED: "the entry has no link: it was inserted past the trigger, or its link "
    "was deleted",
    ChainFlaw.CUT: "the end was cut off: the head says that the chain goes on to here",
    ChainFlaw.HEAD_DIFFERS: "the head was edited: it is not what the last link says",
    ChainFlaw.KEPT_HEAD_DIFFERS: "the kept head says otherwise: since its export the chain was "
    "cut off or rewritten",
}
_REMEDY = (
    "Restore a backup from before the tampering beside this database and compare the entries that "
    "are named. Find out who can sign in as the tables' owner, and change that password."
)


class Which(Model):
    """Whose audit, and in which database."""

    workspace: str | None = None
    every: bool = False
    database_url: str | None = None


async def verify_audits(out: Console, which: Which, head_file: Path | None) -> int:
    """Print for each workspace whether its audit holds, and where not; return the exit code."""
    kept = read_heads(head_file) if head_file else []
    flawed = 0
    async with direct_database(which.database_url) as database:
        for workspace in await _workspaces(database, which, kept):
            if head_file and all(head.workspace != workspace for head in kept):
                out.print(f"Note: {head_file} holds no head of {workspace}.", soft_wrap=True)
            async with database.snapshot(workspace) as connection:
                verdict = await verify_audit(connection, workspace, kept)
            _show_verdict(out, verdict)
            flawed += not verdict.holds
    if flawed:
        out.print(_REMEDY, soft_wrap=True)
    return 1 if flawed else 0


async def show_heads(out: Console, which: Which) -> int:
    """Print one line of JSON for each workspace: workspace, position, hash and the time.

    A head that was tampered with is not worth keeping; raises ClientError after the others.
    """
    broken: list[str] = []
    async with direct_database(which.database_url) as database:
        for workspace in await _workspaces(database, which, []):
            async with database.snapshot(workspace) as connection:
                head = await read_head(connection, workspace)
            try:
                kept = KeptHead.of(workspace, head, datetime.now(UTC))
            except ValidationError:
                broken.append(workspace)
            else:
                out.out(kept.model_dump_json(), highlight=False)
    if broken:
        raise ClientError(
            f"No head of {', '.join(broken)} can be kept: it was tampered with. "
            "See 'learning-loop audit verify'."
        )
    return 0


async def show_log(out: Console, which: Which, subject: str | None) -> int:
    """Print the entries, oldest first, a line each."""
    after = 0
    async with direct_database(which.database_url) as database:
        (workspace,) = await _workspaces(database, which, [])
        while True:
            async with database.reading(workspace) as connection:
                page = await list_audit(
                    connection, workspace, subject=subject, after=after, limit=_ENTRIES_A_PAGE
                )
            for entry in page:
                out.out(_line(entry), highlight=False)
            if len(page) < _ENTRIES_A_PAGE:
                return 0
            after = page[-1].position


def read_heads(file: Path) -> list[KeptHead]:
    """Return the heads that a file holds, one a line; raises ConfigurationError."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{file} cannot be read.") from None
    heads: list[KeptHead] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            heads.append(KeptHead.model_validate_json(line))
        except ValidationError:
            raise ConfigurationError(
                f"Line {number} of {file} is not a head. 'learning-loop audit head' writes them."
            ) from None
    if not heads:
        raise ConfigurationError(f"{file} holds no head.")
    return heads


async def _workspaces(database: Database, which: Which, kept: Sequence[KeptHead]) -> list[str]:
    """Return the workspaces that are asked for; one that only a kept head knows counts too."""
    known = {*await list_workspaces(database), *(head.workspace for head in kept)}
    if which.every:
        return sorted(known)
    workspace = which.workspace or await running_workspace(database)
    if workspace not in known:
        raise ConfigurationError(f"There is no workspace {workspace} in this database.")
    return [workspace]


def _show_verdict(out: Console, verdict: ChainVerdict) -> None:
    if verdict.holds:
        head = f", head {verdict.head.hash}" if verdict.head else ""
        out.print(
            f"Workspace {verdict.workspace}: {verdict.links} entries hold{head}.", soft_wrap=True
        )
        return
    out.print(
        f"Workspace {verdict.workspace}: the audit does NOT hold, in {len(verdict.flaws)} places "
        f"of {verdict.links} entries:",
        soft_wrap=True,
    )
    for found in verdict.flaws:
        out.print(f"  {describe(found)}", soft_wrap=True)


def describe(found: FlawFound) -> str:
    """Return where a chain does not hold, and in which way."""
    where = [f"workspace {plain(found.workspace)}"]
    if found.position is not None:
        several = found.until is not None and found.until != found.position
        where.append(
            f"positions {found.position} to {found.until}"
            if several
            else f"position {found.position}"
        )
    if found.seq is not None:
        where.append(f"entry {found.seq}")
    return f"{', '.join(where)}: {_WHAT[found.flaw]}."


def _line(entry: AuditEntry) -> str:
    details = canonical_json(entry.details) if entry.details else ""
    moment = f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    parts = (str(entry.position), moment, entry.actor, entry.action, entry.subject, details)
    # A name with a line break in it must not look like an entry of its own.
    return " ".join(" ".join(plain(part).split()) for part in parts if part)
