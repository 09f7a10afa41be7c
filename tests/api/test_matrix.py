"""Role by workspace by endpoint, over the whole application: nobody gets what is not theirs."""

from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

from api.app import PAGES, ROUTERS
from domain.identity import ApiRole
from store.database import Database
from tests.api.conftest import client_of, started
from tests.api.endpoints import ENDPOINTS, IDS, Door, Endpoint, Shows
from tests.api.fakes import RecordingDelivery
from tests.api.matrix_world import CANARY, Caller, World, found_company, plant
from tests.databases import new_database

every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)


@pytest.fixture(scope="module")
async def world(database_url: str) -> AsyncGenerator[World]:
    """Two companies in a database of their own."""
    url = await new_database(database_url, "matrix")
    async with (
        Database(url) as database,
        started(url, database, RecordingDelivery(database)) as app,
        client_of(app) as client,
    ):
        planted = await found_company(database, url, "first-company-4c2e")
        other = await found_company(database, url, "second")
        world = World(app, client, database, url, planted, other)
        await plant(world)
        yield world


def unknown_ids() -> dict[str, str]:
    """Return ids of nothing, so that only the role decides about the answer."""
    return {name: str(uuid4()) for name in IDS} | {
        "number": "999",
        "kind": "claim",
        "act": "approve",
    }


def test_every_endpoint_has_its_line() -> None:
    served = {
        (method, route.path)
        for router in (*ROUTERS, *PAGES)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    listed = [(endpoint.method, endpoint.path) for endpoint in ENDPOINTS]
    assert served == set(listed), "add the endpoint to tests/api/endpoints.py"
    assert len(listed) == len(set(listed))


async def test_nothing_else_is_served(world: World) -> None:
    others = {getattr(route, "path", None) for route in world.app.routes} - {None}
    assert others == {"/openapi.json", "/static", "/static/lib"}


@every_endpoint
@pytest.mark.parametrize("role", ApiRole)
async def test_a_role_may_call_what_its_line_says(
    world: World, endpoint: Endpoint, role: ApiRole
) -> None:
    caller = Caller(world.other.keys[role], role)
    # With unknown ids and an empty body nothing but the role can forbid the call.
    answer = await world.call(endpoint, caller, unknown_ids())
    if endpoint.door is Door.OPEN:
        assert answer.status_code != 401
    else:
        assert answer.status_code != 401
        assert (answer.status_code == 403) == (role not in endpoint.roles)
    assert answer.status_code < 500 or answer.status_code == 503


@every_endpoint
@pytest.mark.parametrize("who", ["nobody", "revoked"])
async def test_without_a_valid_key_nothing_but_the_open_is_served(
    world: World, endpoint: Endpoint, who: str
) -> None:
    caller = Caller(world.other.revoked if who == "revoked" else None)
    answer = await world.call(endpoint, caller, unknown_ids())
    if endpoint.door is Door.OPEN:
        assert answer.status_code != 401
    elif endpoint.door is Door.KEY:
        assert answer.status_code == 401
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=")


@every_endpoint
async def test_nobody_gets_anything_of_another_workspace(world: World, endpoint: Endpoint) -> None:
    ids = world.ids(world.planted.workspace)
    # What was sent may be said again; it tells nothing.
    canaries = world.canaries() - set(ids.values())
    before = world.fingerprint(world.planted.workspace)
    for role, key in world.other.keys.items():
        answer = await world.call(endpoint, Caller(key, role), ids, body=endpoint.body)
        told = answer.text + str(answer.headers)
        assert [canary for canary in canaries if canary in told] == []
        if role in endpoint.roles and endpoint.names_a_row:
            assert answer.status_code == 404
    assert world.fingerprint(world.planted.workspace) == before


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.shows is Shows.ROWS], ids=str)
async def test_the_same_call_shows_its_own_people_what_was_planted(
    world: World, endpoint: Endpoint
) -> None:
    key = world.planted.keys[ApiRole.ADMIN]
    answer = await world.call(
        endpoint, Caller(key, ApiRole.ADMIN), world.ids(world.planted.workspace)
    )
    assert answer.status_code == 200
    assert CANARY in answer.text


async def test_something_is_planted_in_every_table(world: World) -> None:
    rows = world.rows(world.planted.workspace)
    assert [table for table, text in rows.items() if not text] == []


async def test_every_name_in_braces_stands_for_something(world: World) -> None:
    assert set(world.ids(world.planted.workspace)) == set(IDS)
