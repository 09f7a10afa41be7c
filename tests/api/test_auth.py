"""Who may call what: keys, sessions, and the role of each call."""

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx2 import AsyncClient

from api.app import ROUTERS
from api.key_cache import CACHE_SECONDS, KeyCache
from api.sessions import COOKIE, Session, Sessions
from domain.identity import PERMISSIONS, ApiRole, Permission
from domain.people import SignInMethod
from store.database import Database
from store.keys import create_key, find_holder, list_keys, revoke_key
from store.sessions import NewSession, insert_session
from tests.api.conftest import Keys
from tests.api.fakes import ROLES

ID = UUID(int=7)
P = Permission
CALLS = [
    ("POST", "/v1/interventions", P.SUBMIT_INTERVENTIONS),
    ("GET", "/v1/interventions", P.READ_INTERVENTIONS),
    ("GET", f"/v1/interventions/{ID}", P.READ_INTERVENTIONS),
    ("GET", "/v1/proposals", P.READ_PROPOSALS),
    ("GET", f"/v1/proposals/{ID}", P.READ_PROPOSALS),
    ("GET", "/v1/suppressions", P.READ_PROPOSALS),
    ("GET", f"/v1/suppressions/{ID}", P.READ_PROPOSALS),
    ("PATCH", f"/v1/suppressions/{ID}", P.SUPPRESS),
    ("POST", f"/v1/proposals/{ID}/claim", P.DECIDE),
    ("POST", f"/v1/proposals/{ID}/release", P.DECIDE),
    ("POST", f"/v1/proposals/{ID}/assign", P.ASSIGN),
    ("POST", f"/v1/proposals/{ID}/reopen", P.REOPEN),
    ("POST", f"/v1/proposals/{ID}/comments", P.DECIDE),
    ("POST", f"/v1/proposals/{ID}/snooze", P.DECIDE),
    ("DELETE", f"/v1/proposals/{ID}/snooze", P.DECIDE),
    ("POST", "/v1/proposals", P.PROPOSE),
    ("POST", "/v1/knowledge/rollback", P.PROPOSE),
    ("POST", f"/v1/knowledge/{ID}/rollback", P.PROPOSE),
    ("POST", f"/v1/knowledge/{ID}/retire", P.PROPOSE),
    ("POST", f"/v1/knowledge/{ID}/restore", P.PROPOSE),
    ("GET", f"/v1/knowledge/{ID}/answers", P.READ_PROPOSALS),
    ("GET", "/v1/change-requests", P.READ_PROPOSALS),
    ("GET", f"/v1/change-requests/{ID}", P.READ_PROPOSALS),
    ("POST", "/v1/knowledge/search", P.READ_KNOWLEDGE),
    ("POST", "/v1/knowledge/import", P.ADMINISTER),
    ("GET", "/v1/knowledge/export", P.READ_PROPOSALS),
    ("GET", "/v1/knowledge", P.READ_KNOWLEDGE),
    ("GET", "/v1/knowledge/checkup", P.READ_PROPOSALS),
    ("POST", "/v1/knowledge/checkup", P.CHECK_UP),
    ("GET", f"/v1/knowledge/{ID}", P.READ_KNOWLEDGE),
    ("GET", f"/v1/knowledge/{ID}/revisions", P.READ_KNOWLEDGE),
    ("GET", f"/v1/knowledge/{ID}/diff?from=1&to=2", P.READ_KNOWLEDGE),
    ("GET", "/v1/releases", P.READ_KNOWLEDGE),
    ("GET", "/v1/releases/diff?from=0&to=0", P.READ_KNOWLEDGE),
    ("GET", "/v1/releases/1", P.READ_KNOWLEDGE),
    ("POST", "/v1/erasures", P.ADMINISTER),
    ("GET", f"/v1/erasures/{ID}", P.ADMINISTER),
    ("GET", "/v1/golden", P.READ_PROPOSALS),
    ("POST", "/v1/golden", P.CURATE_GOLDEN),
    ("POST", "/v1/golden/import", P.CURATE_GOLDEN),
    ("DELETE", f"/v1/golden/{ID}", P.CURATE_GOLDEN),
    ("POST", "/v1/ask", P.ASK),
    ("POST", "/v1/outcomes", P.REPORT_OUTCOMES),
    ("GET", "/v1/metrics/learning", P.READ_PROPOSALS),
    ("GET", "/v1/me/notifications", P.READ_PROPOSALS),
    ("PUT", "/v1/me/notifications", P.READ_PROPOSALS),
    ("GET", "/v1/usage", P.READ_USAGE),
    ("GET", "/v1/people", P.DECIDE),
    ("GET", "/v1/embeddings", P.ADMINISTER),
    ("POST", "/v1/embeddings/reembed", P.ADMINISTER),
    ("DELETE", "/v1/embeddings/acme/embed-3", P.ADMINISTER),
    ("GET", "/v1/workspace/settings", P.READ_KNOWLEDGE),
    ("PATCH", "/v1/workspace/settings", P.ADMINISTER),
    ("GET", "/v1/audit", P.ADMINISTER),
    ("GET", "/v1/audit/head", P.ADMINISTER),
]


@pytest.mark.parametrize(("method", "path", "permission"), CALLS)
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_call_only_what_its_permissions_hold(
    client: AsyncClient, keys: Keys, role: ApiRole, method: str, path: str, permission: Permission
) -> None:
    body = b"{}" if method in {"POST", "PATCH", "PUT"} else None
    headers = {**keys.header(role), "Content-Type": "application/json"}

    answer = await client.request(method, path, headers=headers, content=body)

    # With an empty body or an unknown id nothing else than 403 tells who may not.
    assert (answer.status_code == 403) == (permission not in PERMISSIONS[role])


@pytest.mark.parametrize(("method", "path", "permission"), CALLS)
async def test_every_call_needs_a_key(
    client: AsyncClient, method: str, path: str, permission: Permission
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:learning-loop:problem:not_authenticated"


def test_the_list_of_calls_is_complete() -> None:
    known = {(method, path.partition("?")[0].replace(str(ID), "{}")) for method, path, _ in CALLS}
    served = {
        (
            method,
            route.path.replace("{intervention_id}", "{}")
            .replace("{proposal_id}", "{}")
            .replace("{item_id}", "{}")
            .replace("{request_id}", "{}")
            .replace("{number}", "1")
            .replace("{erasure_id}", "{}")
            .replace("{suppression_id}", "{}")
            .replace("{golden_id}", "{}")
            .replace("{model:path}", "acme/embed-3"),
        )
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.path.startswith("/v1/")
        for method in route.methods or ()
    }

    # Anybody who is known may try to decide, so that refused decisions are recorded.
    # Every role is told something of what happens: what it may read.
    # Slack signs what it sends.
    assert served - known == {
        ("POST", "/v1/proposals/{}/decisions"),
        ("GET", "/v1/events"),
        ("POST", "/v1/hooks/slack"),
    }


@pytest.mark.parametrize(
    "header",
    [
        "Bearer ll_reviewer_wrong",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer " + "x" * 1_000,
        "Bearer \u00e9",
    ],
)
async def test_what_is_no_valid_key_is_refused(client: AsyncClient, header: str) -> None:
    answer = await client.get("/v1/proposals", headers={b"authorization": header.encode("latin-1")})

    assert answer.status_code == 401


async def test_a_key_in_the_address_is_not_read(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get(f"/v1/proposals?api_key={keys.of[ApiRole.ADMIN]}")

    assert answer.status_code == 401


async def test_a_revoked_key_stops_working_within_seconds(
    database: Database, workspace: str
) -> None:
    now = 100.0
    cache = KeyCache(database, clock=lambda: now)
    async with database.transaction(workspace) as connection:
        record, raw = await create_key(
            connection, workspace, principal="dana", role=ApiRole.REVIEWER
        )
    assert await cache.find(raw) is not None

    async with database.transaction(workspace) as connection:
        await revoke_key(connection, workspace, record.id)
    now += CACHE_SECONDS

    assert await cache.find(raw) is None


async def test_a_new_key_works_at_once_though_it_was_unknown_before(
    database: Database, workspace: str
) -> None:
    cache = KeyCache(database, clock=lambda: 0.0)
    assert await cache.find("ll_reviewer_unknown") is None

    async with database.transaction(workspace) as connection:
        _, raw = await create_key(connection, workspace, principal="dana", role=ApiRole.REVIEWER)

    holder = await cache.find(raw)
    assert holder is not None
    assert holder.principal.name == "dana"


@pytest.fixture
def sessions(app: FastAPI) -> Sessions:
    """The application's own."""
    return app.state.context.sessions


async def _cookie(database: Database, sessions: Sessions, keys: Keys) -> tuple[str, str]:
    """Return a reviewer's cookie and form token."""
    async with database.transaction(keys.workspace) as connection:
        holder = await find_holder(connection, keys.of[ApiRole.REVIEWER])
    assert holder is not None
    async with database.transaction(keys.workspace) as connection:
        new = NewSession(
            method=SignInMethod.API_KEY, lifetime=timedelta(hours=1), key_id=holder.key_id
        )
        session_id = await insert_session(connection, keys.workspace, new)
    session = Session(workspace=keys.workspace, id=session_id)
    return sessions.cookie_of(session), sessions.form_token(session)


async def test_a_session_reads_without_more(
    client: AsyncClient, database: Database, sessions: Sessions, keys: Keys
) -> None:
    cookie, _ = await _cookie(database, sessions, keys)

    answer = await client.get("/v1/proposals", headers={"Cookie": f"{COOKIE}={cookie}"})

    assert answer.status_code == 200


async def test_a_session_writes_only_with_its_own_form_token(
    client: AsyncClient, database: Database, sessions: Sessions, keys: Keys
) -> None:
    cookie, token = await _cookie(database, sessions, keys)
    _, foreign = await _cookie(database, sessions, keys)
    header = {"Cookie": f"{COOKIE}={cookie}"}
    path = f"/v1/proposals/{ID}/claim"

    without = await client.post(path, headers=header)
    with_foreign = await client.post(path, headers={**header, "X-CSRF-Token": foreign})
    with_own = await client.post(path, headers={**header, "X-CSRF-Token": token})

    assert (without.status_code, with_foreign.status_code) == (403, 403)
    assert without.json()["type"] == "urn:learning-loop:problem:bad_form_token"
    assert with_own.status_code == 404


async def test_a_tampered_or_foreign_session_is_refused(
    client: AsyncClient, database: Database, sessions: Sessions, keys: Keys
) -> None:
    cookie, _ = await _cookie(database, sessions, keys)
    forged, _ = await _cookie(database, Sessions("another secret"), keys)
    payload, _, rest = cookie.partition(".")
    flipped = f"{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{rest}"

    for bad in (forged, flipped, cookie + "x", payload, ""):
        answer = await client.get("/v1/proposals", headers={"Cookie": f"{COOKIE}={bad}"})
        assert answer.status_code == 401


async def test_a_session_ends_with_its_key(
    client: AsyncClient, database: Database, sessions: Sessions, keys: Keys, workspace: str
) -> None:
    cookie, _ = await _cookie(database, sessions, keys)
    async with database.transaction(workspace) as connection:
        records = await list_keys(connection, keys.workspace)
        mine = next(record for record in records if record.role is ApiRole.REVIEWER)
        await revoke_key(connection, keys.workspace, mine.id)

    answer = await client.get("/v1/proposals", headers={"Cookie": f"{COOKIE}={cookie}"})

    assert answer.status_code == 401


async def test_a_wrong_key_is_not_saved_by_a_session(
    client: AsyncClient, database: Database, sessions: Sessions, keys: Keys
) -> None:
    cookie, _ = await _cookie(database, sessions, keys)

    answer = await client.get(
        "/v1/proposals",
        headers={"Cookie": f"{COOKIE}={cookie}", "Authorization": "Bearer wrong"},
    )

    assert answer.status_code == 401
