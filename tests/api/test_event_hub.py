"""The hub behind the streams goes on, whatever it comes upon."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from api import events as streams
from api.events import EventHub, Subscriber
from domain.events import Deed, Event, EventKind, events_of
from domain.identity import ApiRole, Principal
from store import events
from store.database import Connection, Database
from store.events import Notice

ID = "018f0000-0000-7000-8000-000000000001"
PATIENCE_SECONDS = 20.0


@pytest.fixture
async def hub(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[EventHub]:
    """A hub that looks often and connects again at once."""
    monkeypatch.setattr(streams, "_FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(streams, "_LOOK_SECONDS", 0.05)
    hub = EventHub(database, poll_seconds=0.05)
    running = asyncio.create_task(hub.run())
    yield hub
    assert not running.done(), "the hub has given up"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def subscriber(hub: EventHub, workspace: str) -> AsyncGenerator[Subscriber]:
    """Somebody who listens from the beginning."""
    caller = Principal(workspace=workspace, name="dana", role=ApiRole.REVIEWER)
    async with hub.subscribe(caller, 0) as subscriber:
        yield subscriber


async def _fails(url: str, *, poll_seconds: float) -> AsyncGenerator[Notice | None]:
    raise RuntimeError
    yield


async def do(database: Database, workspace: str, action: str, details: object = None) -> None:
    """Let something happen to a proposal, with whatever details."""
    async with database.transaction(workspace) as connection:
        await connection.execute(
            "INSERT INTO audit (workspace, actor, action, subject, details)"
            " VALUES (%s, 'dana', %s, %s, %s)",
            (workspace, action, f"proposal/{ID}", Jsonb(details or {})),
        )


async def kinds(subscriber: Subscriber, count: int) -> list[EventKind]:
    """Return the kinds of what is told next."""
    told: list[EventKind] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(told) < count:
            batch = await subscriber.batch(seconds=PATIENCE_SECONDS)
            assert batch is not None
            told += [event.kind for deed in batch.told for event in deed.events]
    return told


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("of_another_release", {}),
        ("decision_approved", {}),
        ("decision_approved", {"verdict": "of another release"}),
        ("decision_approved", {"verdict": ["approve"]}),
        ("decision_approved", ["approve"]),
        ("review_escalate", {"tier": "second"}),
    ],
)
async def test_an_entry_of_another_release_is_told_as_a_change_and_the_next_ones_after_it(
    database: Database, workspace: str, subscriber: Subscriber, action: str, details: object
) -> None:
    await do(database, workspace, action, details)
    await do(database, workspace, "review_claim")

    assert await kinds(subscriber, 2) == [EventKind.PROPOSAL_CHANGED, EventKind.PROPOSAL_ASSIGNED]


async def test_what_cannot_be_told_is_passed_over(
    database: Database,
    workspace: str,
    subscriber: Subscriber,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def some_of(deed: Deed) -> tuple[Event, ...]:
        if deed.action == "broken":
            raise AttributeError
        return events_of(deed)

    monkeypatch.setattr(streams, "events_of", some_of)
    await do(database, workspace, "broken")
    await do(database, workspace, "review_claim")

    assert await kinds(subscriber, 1) == [EventKind.PROPOSAL_ASSIGNED]


async def test_a_reading_that_fails_is_tried_again(
    database: Database,
    workspace: str,
    subscriber: Subscriber,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures = iter([RuntimeError, RuntimeError])

    async def read(
        connection: Connection, workspace: str, *, after: int, limit: int
    ) -> Sequence[Deed]:
        for failure in failures:
            raise failure
        return await events.list_deeds(connection, workspace, after=after, limit=limit)

    monkeypatch.setattr(streams, "list_deeds", read)
    await do(database, workspace, "review_claim")

    assert await kinds(subscriber, 1) == [EventKind.PROPOSAL_ASSIGNED]


async def test_a_listener_that_fails_is_started_again(
    database: Database, workspace: str, hub: EventHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([ValueError, RuntimeError])

    async def listen(url: str, *, poll_seconds: float) -> AsyncGenerator[Notice | None]:
        for failure in failures:
            raise failure
        async for notice in events.listen(url, poll_seconds=poll_seconds):
            yield notice

    monkeypatch.setattr(streams, "listen", listen)
    caller = Principal(workspace=workspace, name="dana", role=ApiRole.REVIEWER)
    async with hub.subscribe(caller, 0) as subscriber, asyncio.timeout(PATIENCE_SECONDS):
        await hub._listens.wait()  # pyright: ignore[reportPrivateUsage]
        async with database.transaction(workspace) as connection:
            await connection.execute(
                "SELECT pg_notify('learning_loop_live', %s)", (f"{workspace} {ID}",)
            )

        batch = await subscriber.batch(seconds=PATIENCE_SECONDS)

    assert batch is not None
    assert batch.looked_at == [UUID(ID)]


async def test_what_happens_is_found_though_nothing_listens(
    database: Database, workspace: str, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "listen", _fails)
    await do(database, workspace, "review_claim")

    assert await kinds(subscriber, 1) == [EventKind.PROPOSAL_ASSIGNED]
