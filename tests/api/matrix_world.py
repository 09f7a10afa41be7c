"""Two companies on one installation. Everything that the first one has holds a canary."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import psycopg
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from psycopg import sql

from api.sessions import COOKIE, Session, Sessions
from domain.identity import ApiRole
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from domain.people import SignInMethod
from store import audit
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.keys import create_key, new_key, revoke_key
from store.sessions import NewSession, insert_session
from tests.api.browser import HTML
from tests.api.endpoints import IDS, Door, Endpoint
from tests.api.rows import Rows, a_finding
from tests.domain.builders import submission
from tests.store.catalog import Table, read_tables

CANARY = "canary6f1d"
"""Stands in every text of the first company, and in nothing of the second."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Company:
    """A workspace, a key of each role, and one that was revoked."""

    workspace: str
    keys: Mapping[ApiRole, str]
    revoked: str


@dataclass(frozen=True)
class Caller:
    """Who makes a call: a key of its own, or none."""

    key: str | None
    role: ApiRole | None = None


@dataclass
class World:
    """The installation, its two companies, and what is looked for in answers."""

    app: FastAPI
    client: AsyncClient
    database: Database
    owner_url: str
    planted: Company
    other: Company

    def ids(self, workspace: str) -> dict[str, str]:
        """Return what the names in braces stand for; a name without a row is missing."""
        with psycopg.connect(self.owner_url) as owner:
            found = {name: owner.execute(ask, [workspace]).fetchone() for name, ask in IDS.items()}
        return {name: str(row[0]) for name, row in found.items() if row is not None}

    def canaries(self) -> set[str]:
        """Return all that must not leave the first company: the canary, its name and its ids."""
        rows = " ".join(self.rows(self.planted.workspace).values())
        return {CANARY, self.planted.workspace, *_UUID.findall(rows)}

    def rows(self, workspace: str) -> dict[str, str]:
        """Return each table's rows of a workspace, as text."""
        with psycopg.connect(self.owner_url) as owner:
            return {
                table.name: " ".join(_read(owner, table, workspace))
                for table in read_tables(owner).values()
            }

    def fingerprint(self, workspace: str) -> str:
        """Return what changes with any row of a workspace."""
        rows = sorted(self.rows(workspace).items())
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    async def call(
        self, endpoint: Endpoint, caller: Caller, ids: Mapping[str, str], *, body: Any = None
    ) -> Response:
        """Call an endpoint about the rows that `ids` names."""
        path = endpoint.path.replace("{model:path}", "{model}").format_map(ids)
        query = f"?{endpoint.query.format_map(ids)}" if endpoint.query else ""
        values = cast(dict[str, Any], _filled(body or {}, ids))
        if endpoint.door is Door.KEY:
            headers = {"Authorization": f"Bearer {caller.key}"} if caller.key else {}
            json = values if endpoint.method in {"POST", "PATCH"} else None
            return await self.client.request(
                endpoint.method, path + query, headers=headers, json=json
            )
        cookie, token = await self._session(caller.key)
        headers = {**HTML, "Cookie": f"{COOKIE}={cookie}"}
        data = {**values, "form_token": token} if endpoint.method == "POST" else None
        return await self.client.request(endpoint.method, path + query, headers=headers, data=data)

    async def _session(self, key: str | None) -> tuple[str, str]:
        """Return the cookie and the form token of whoever signed in with a key."""
        sessions: Sessions = self.app.state.context.sessions
        session = Session(workspace=self.other.workspace, id=UUID(int=0))
        if key is not None:
            workspace, key_id = self._place_of(key)
            new = NewSession(
                method=SignInMethod.API_KEY, lifetime=timedelta(hours=1), key_id=key_id
            )
            async with self.database.transaction(workspace) as connection:
                session_id = await insert_session(connection, workspace, new)
            session = Session(workspace=workspace, id=session_id)
        return sessions.cookie_of(session), sessions.form_token(session)

    def _place_of(self, key: str) -> tuple[str, UUID]:
        """Return the workspace and the id of a key, revoked or not."""
        with psycopg.connect(self.owner_url) as owner:
            row = owner.execute(
                "SELECT workspace, id FROM api_keys WHERE key_hash = %s",
                [hashlib.sha256(key.encode()).digest()],
            ).fetchone()
        assert row is not None
        return row


def _read(owner: psycopg.Connection[Any], table: Table, workspace: str) -> list[str]:
    found = owner.execute(
        sql.SQL("SELECT t::text FROM {} AS t WHERE {} = %s ORDER BY 1").format(
            sql.Identifier(table.name), sql.Identifier(table.workspace_column)
        ),
        [workspace],
    )
    return [row[0] for row in found]


def _filled(value: object, ids: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return value.format_map(ids) if value.startswith("{") else value
    if isinstance(value, list):
        return [_filled(entry, ids) for entry in cast(list[object], value)]
    if isinstance(value, dict):
        entries = cast(dict[str, object], value)
        return {name: _filled(entry, ids) for name, entry in entries.items()}
    return value


async def found_company(database: Database, url: str, workspace: str) -> Company:
    """Make a workspace with its keys."""
    keys = {role: new_key(role) for role in ApiRole}
    named = {role.value: key for role, key in keys.items()}
    await ensure_workspace_and_keys(url, workspace, named)
    async with database.transaction(workspace) as connection:
        record, revoked = await create_key(
            connection, workspace, principal="gone", role=ApiRole.ADMIN
        )
        await revoke_key(connection, workspace, record.id)
    return Company(workspace, keys, revoked)


def _article(text: str, item_id: UUID | None = None) -> Change:
    content = ArticleContent(
        title=f"Refunds {CANARY}",
        question=f"How long do refunds take? {CANARY}",
        answer=f"Refunds take {text}. {CANARY}",
        tags=(CANARY,),
    )
    return Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.REVISE if item_id else Operation.ADD,
        item_id=item_id,
        base_revision=1 if item_id else None,
        content=content,
    )


async def plant(world: World) -> None:
    """Give the first company something of everything that there is."""
    rows = Rows(world.database, world.planted.workspace)
    item_id, _ = await rows.item(_article("5 days"))
    await rows.item(_article("7 days", item_id))
    asked = f"How long do refunds take? {CANARY}"
    posted = submission(
        customer_ref=CANARY,
        query=asked,
        conversation=[{"role": "customer", "text": asked}],
        resolution={"reply": f"7 days. {CANARY}", "by": CANARY},
    )
    proposal = await rows.proposal(
        _article("9 days"), posted=posted, title=f"Refunds {CANARY}", finding=a_finding(asked)
    )
    async with world.database.transaction(rows.workspace) as connection:
        await audit.record(connection, rows.workspace, actor=CANARY, action="a", subject=CANARY)
    await rows.suppression(proposal, by=CANARY, reason=CANARY)
    admin = {"Authorization": f"Bearer {world.planted.keys[ApiRole.ADMIN]}"}
    for path, body in (
        (f"/v1/proposals/{proposal.id}/comments", {"body": CANARY}),
        (f"/v1/proposals/{proposal.id}/claim", {}),
        (f"/v1/knowledge/{item_id}/retire", {"reason": CANARY}),
        ("/v1/erasures", {"customer_ref": CANARY, "reason": CANARY}),
        (
            "/v1/outcomes",
            {"query": CANARY, "handled_by": "agent", "items_used": [str(item_id)]},
        ),
    ):
        answer = await world.client.post(path, headers=admin, json=body)
        assert answer.is_success, (path, answer.text)
    _fill_the_rest(world)


def _fill_the_rest(world: World) -> None:
    """Put a row into each table that has none, with the canary in its texts."""
    workspace = world.planted.workspace
    empty = [name for name, rows in world.rows(workspace).items() if not rows]
    with psycopg.connect(world.owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        tables = read_tables(owner)
        for name in empty:
            owner.execute(tables[name].insert(workspace, text=CANARY))
