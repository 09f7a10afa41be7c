"""What happens, as integrations and pages are told it: over a real socket."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, HTTPError, Response

from api import events as streams
from api.events import EventHub, StreamLimits
from api.routes import events as route
from api.server import Server
from domain.identity import ApiRole
from store import audit
from store.database import Database
from store.keys import list_keys, revoke_key
from store.presence import touch_presence
from tests.api.conftest import Keys, started
from tests.api.fakes import RecordingDelivery
from tests.api.listening import listening, served
from tests.api.rows import Rows


@pytest.fixture
async def running(app: FastAPI) -> AsyncGenerator[tuple[str, Server]]:
    """The server of the application."""
    async with served(app) as both:
        yield both


@pytest.fixture
def url(running: tuple[str, Server]) -> str:
    """Its address."""
    return running[0]


@pytest.fixture
async def browser() -> AsyncGenerator[AsyncClient]:
    """A client that waits as long as a stream lasts."""
    # Streams give signs of life; a test that would hang fails instead.
    async with AsyncClient(timeout=20.0) as client:
        yield client


async def do(rows: Rows, action: str, subject: str, **details: object) -> None:
    """Let something happen."""
    async with rows.database.transaction(rows.workspace) as connection:
        await audit.record(
            connection,
            rows.workspace,
            actor="dana",
            action=action,
            subject=subject,
            details=details,
        )


ID = "018f0000-0000-7000-8000-000000000001"
PROPOSAL = f"proposal/{ID}"
INTERVENTION = f"intervention/{ID}"


async def test_what_happens_is_told_to_who_listens(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows
) -> None:
    async with listening(browser, url, keys.header()) as reader:
        await do(rows, "decision_made", PROPOSAL, verdict="approve")
        said = await reader.next()

    assert reader.answer.headers["content-type"].startswith("text/event-stream")
    assert reader.answer.headers["cache-control"] == "no-store"
    assert said.event == "message"
    assert said.data.pop("at")
    assert said.data == {
        "position": int(said.id),
        "kind": "proposal_decided",
        "by": "dana",
        "proposal_id": ID,
        "verdict": "approve",
        "effect": "pending",
    }


@pytest.mark.parametrize("by_header", ["last-event-id", "after"])
async def test_who_comes_back_is_told_what_happened_meanwhile(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows, by_header: str
) -> None:
    async with listening(browser, url, keys.header()) as reader:
        await do(rows, "review_opened", PROPOSAL)
        last = (await reader.next()).id
    await do(rows, "proposal_commented", PROPOSAL)
    await do(rows, "review_claim", PROPOSAL)

    header, query = keys.header(), f"?after={last}"
    if by_header == "last-event-id":
        # As a browser does, which opens the same address again.
        header, query = {**header, "Last-Event-ID": last}, "?after=0"
    async with listening(browser, url, header, query) as reader:
        assert await reader.kinds(2) == ["proposal_commented", "proposal_assigned"]


async def test_who_has_heard_nothing_yet_can_come_back_too(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows
) -> None:
    await do(rows, "review_opened", PROPOSAL)
    async with listening(browser, url, keys.header()) as reader:
        last = reader.last_id
    await do(rows, "review_claim", PROPOSAL)

    async with listening(browser, url, keys.header(), f"?after={last}") as reader:
        assert await reader.kinds(1) == ["proposal_assigned"]


async def test_nothing_is_missed_among_many_writers_and_reconnections(
    browser: AsyncClient,
    url: str,
    keys: Keys,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "PAGE", 5)
    writers, each = 4, 15

    async def write(writer: int) -> None:
        for number in range(each):
            await do(rows, "review_escalate", PROPOSAL, tier=writer * each + number)

    writing = asyncio.gather(*(write(n) for n in range(writers)))
    told: list[int] = []
    after = "0"
    while len(told) < writers * each:
        async with listening(browser, url, keys.header(), f"?after={after}") as reader:
            for _ in range(min(7, writers * each - len(told))):
                said = await reader.next()
                told.append(said.data["tier"])
                after = said.id
    await writing

    assert sorted(told) == list(range(writers * each))


async def test_a_stream_can_end_with_what_has_happened_so_far(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows
) -> None:
    for action in ("review_opened", "review_claim", "proposal_commented"):
        await do(rows, action, PROPOSAL)

    query = "?mode=catch_up&after=0&kinds=proposal_commented&kinds=proposal_opened"
    async with listening(browser, url, keys.header(), query) as reader:
        told = await reader.rest()

    assert [said.data["kind"] for said in told] == ["proposal_opened", "proposal_commented"]


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (ApiRole.INTEGRATION, ["intervention_received"]),
        (ApiRole.AGENT, ["release_made"]),
        (
            ApiRole.REVIEWER,
            ["intervention_received", "proposal_commented", "proposal_applied", "release_made"],
        ),
    ],
)
async def test_a_role_is_told_what_it_may_read(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows, role: ApiRole, kinds: list[str]
) -> None:
    await do(rows, "intervention_received", INTERVENTION)
    await do(rows, "proposal_commented", PROPOSAL)
    await do(rows, "proposal_applied", PROPOSAL, release=1, item_id=ID)
    await do(rows, "settings_changed", f"workspace/{rows.workspace}")

    query = "?mode=catch_up&after=0"
    async with listening(browser, url, keys.header(role), query) as reader:
        told = await reader.rest()

    assert [said.data["kind"] for said in told] == kinds
    names = {said.data.get("by") for said in told}
    assert names == ({"dana"} if role is ApiRole.REVIEWER else {None})
    # Also what is not theirs moves them on, so that they need not be read it again.
    assert reader.last_id == "4"


async def test_another_workspaces_deeds_are_not_told(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows, database_url: str, database: Database
) -> None:
    from tests.api.conftest import make_keys

    other = f"{rows.workspace}-b"
    theirs = await make_keys(database_url, other)
    async with (
        listening(browser, url, theirs.header(ApiRole.ADMIN)) as reader,
        listening(browser, url, keys.header()) as own,
    ):
        await do(rows, "review_opened", PROPOSAL)
        await own.next()
        await do(Rows(database, other), "review_claim", PROPOSAL)

        assert await reader.kinds(1) == ["proposal_assigned"]


async def test_reviewers_are_told_that_others_look(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows
) -> None:
    proposal = await rows.proposal()
    async with listening(browser, url, keys.header()) as reader:
        async with rows.database.transaction(rows.workspace) as connection:
            await touch_presence(connection, rows.workspace, proposal.id, "lee", seconds=60)
        said = await reader.next()

    assert (said.event, said.data) == ("presence", {"proposal_id": str(proposal.id)})


async def test_a_quiet_stream_gives_signs_of_life(
    browser: AsyncClient, url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "HEARTBEAT_SECONDS", 0.01)
    async with browser.stream("GET", f"{url}/v1/events", headers=keys.header()) as answer:
        lines = answer.aiter_lines()
        while await anext(lines) != ": here":
            pass


@pytest.mark.parametrize("way", ["key", "session"])
async def test_a_stream_ends_soon_after_its_key_was_revoked(
    browser: AsyncClient,
    url: str,
    app: FastAPI,
    keys: Keys,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setattr(route, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(route, "RECHECK_SECONDS", 0.0)
    header = keys.header()
    if way == "session":
        async with AsyncClient(base_url=url) as client:
            from tests.api.browser import signed_in

            await signed_in(client, keys.of[ApiRole.REVIEWER])
            header = {"Cookie": "; ".join(f"{k}={v}" for k, v in client.cookies.items())}
    async with listening(browser, url, header) as reader:
        async with rows.database.transaction(rows.workspace) as connection:
            [key] = [
                each.id
                for each in await list_keys(connection, rows.workspace)
                if each.role is ApiRole.REVIEWER
            ]
            await revoke_key(connection, rows.workspace, key)
        assert await reader.rest() == []


async def test_the_server_ends_at_once_with_streams_open(
    browser: AsyncClient, running: tuple[str, Server], keys: Keys
) -> None:
    url, server = running
    async with listening(browser, url, keys.header()) as reader:
        server.should_exit = True
        # Were it waited for, this would last until the test's own limit.
        assert await reader.rest() == []
    with pytest.raises(HTTPError):
        await browser.get(f"{url}/healthz")


async def test_a_person_has_so_many_streams_and_no_more(
    browser: AsyncClient, url: str, app: FastAPI, keys: Keys
) -> None:
    hub: EventHub = app.state.context.events
    hub._limits = StreamLimits(of_a_person=1)  # pyright: ignore[reportPrivateUsage]
    async with listening(browser, url, keys.header()):
        refused = await browser.get(f"{url}/v1/events", headers=keys.header())
        async with listening(browser, url, keys.header(ApiRole.LEAD)):
            pass

    assert refused.status_code == 429
    assert refused.json()["type"] == "urn:learning-loop:problem:too_many_streams"
    assert refused.headers["retry-after"] == "10"


async def test_a_closed_stream_makes_room(
    browser: AsyncClient, url: str, app: FastAPI, keys: Keys
) -> None:
    hub: EventHub = app.state.context.events
    hub._limits = StreamLimits(of_a_person=1)  # pyright: ignore[reportPrivateUsage]
    async with listening(browser, url, keys.header()):
        pass

    async with asyncio.timeout(20):
        # The server hears of it a moment later.
        while (await _catch_up(browser, url, keys)).status_code == 429:
            pass


async def _catch_up(browser: AsyncClient, url: str, keys: Keys) -> Response:
    return await browser.get(f"{url}/v1/events?mode=catch_up", headers=keys.header())


async def test_a_full_server_says_to_come_back(
    browser: AsyncClient, url: str, app: FastAPI, keys: Keys
) -> None:
    hub: EventHub = app.state.context.events
    hub._limits = StreamLimits(of_the_process=0)  # pyright: ignore[reportPrivateUsage]

    refused = await browser.get(f"{url}/v1/events", headers=keys.header())

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "10"


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?kinds=nothing", "?mode=x"])
async def test_a_senseless_question_is_refused(
    browser: AsyncClient, url: str, keys: Keys, query: str
) -> None:
    refused = await browser.get(f"{url}/v1/events{query}", headers=keys.header())

    assert refused.status_code == 422


async def test_a_position_that_is_not_reached_begins_now(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows
) -> None:
    async with listening(browser, url, keys.header(), "?after=999") as reader:
        await do(rows, "review_claim", PROPOSAL)
        assert (await reader.next()).id == "1"


async def test_word_that_was_lost_is_made_up_for(
    database: Database, url: str, app: FastAPI, browser: AsyncClient, keys: Keys, rows: Rows
) -> None:
    hub: EventHub = app.state.context.events
    hub._poll_seconds = 0.05  # pyright: ignore[reportPrivateUsage]
    async with listening(browser, url, keys.header()) as reader:
        await do(rows, "review_opened", PROPOSAL)
        await reader.next()
        async with rows.database.transaction(rows.workspace) as connection:
            await connection.execute("RESET ROLE")
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE '%%pg_listening_channels%%' AND pid <> pg_backend_pid()"
                " AND datname = current_database()"
            )
            await connection.execute("SET ROLE learning_loop_app")
        await do(rows, "review_claim", PROPOSAL)

        assert await reader.kinds(1) == ["proposal_assigned"]


async def test_two_servers_tell_the_same(
    browser: AsyncClient,
    url: str,
    keys: Keys,
    rows: Rows,
    database_url: str,
    database: Database,
) -> None:
    async with (
        started(database_url, database, RecordingDelivery(database)) as second,
        served(second) as (other, _),
        listening(browser, url, keys.header()) as one,
        listening(browser, other, keys.header()) as two,
    ):
        await do(rows, "review_opened", PROPOSAL)
        first, same = await one.next(), await two.next()

    assert first == same


async def test_who_falls_far_behind_is_told_everything_from_the_log(
    browser: AsyncClient, url: str, keys: Keys, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_KEPT", 2)
    monkeypatch.setattr(streams, "PAGE", 3)
    async with (
        listening(browser, url, keys.header()) as quick,
        listening(browser, url, keys.header(ApiRole.LEAD)) as slow,
    ):
        for tier in range(20):
            await do(rows, "review_escalate", PROPOSAL, tier=tier)
            await quick.next()
        told = [(await slow.next()).data["tier"] for _ in range(20)]

    assert told == list(range(20))
