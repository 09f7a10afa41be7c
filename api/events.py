"""Tells everybody who listens what has happened: one reader a workspace, one database listener.

A consumer holds no queue but a position in the log. What happened last is kept in memory for those
who keep up; who has fallen behind, or comes back, reads on from the database.
"""

import asyncio
import contextlib
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import structlog

from api.problems import ProblemError
from domain.events import Deed, Event, events_of
from domain.identity import Principal
from store.database import Database
from store.events import Notice, find_last_position, list_deeds, listen

PAGE = 200
"""How many deeds are read or told at once."""

_KEPT = 1_000
_MAX_LOOKED_AT = 200
_POLL_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0
_LISTENS_WITHIN_SECONDS = 1.0
_LOOK_SECONDS = 0.5
"""How often a workspace is looked at for news while anybody listens to it."""


_log = structlog.get_logger("api.events")


class StreamLimits(NamedTuple):
    """How many streams may be open at once."""

    of_a_person: int = 12
    of_the_process: int = 1_000


class Told(NamedTuple):
    """One deed as events; most deeds are one, some none."""

    position: int
    events: tuple[Event, ...]


class Batch(NamedTuple):
    """What a consumer gets at once: up to `position`; empty as a sign of life."""

    position: int
    told: Sequence[Told] = ()
    looked_at: Sequence[UUID] = ()


@dataclass(eq=False)
class Subscriber:
    """One open stream: how far it has got, and what wakes it."""

    caller: Principal
    feed: "Feed"
    position: int
    goal: int
    """Where the log ended when the stream was opened."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    looked_at: set[UUID] = field(default_factory=set[UUID])

    def look(self, proposal_id: UUID) -> None:
        """Note that other people look at a proposal. A hint: past a bound it is dropped."""
        if len(self.looked_at) < _MAX_LOOKED_AT:
            self.looked_at.add(proposal_id)
        self.news.set()

    async def batch(self, *, seconds: float) -> Batch | None:
        """Return what came next, waiting so long for it at most; None at the end of the process."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.feed.is_closed:
                    self.news.clear()
                    if batch := await self.feed.after(self):
                        self.position = batch.position
                        return batch
                    await self.news.wait()
        return None if self.feed.is_closed else Batch(self.position)


class Feed:
    """What happens in one workspace, while anybody listens to it."""

    def __init__(self, database: Database, workspace: str, last: int) -> None:
        """Start behind the position `last`."""
        self._database = database
        self._workspace = workspace
        self._recent: list[Told] = []
        self._begins_after = last
        self._last = last
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.subscribers: set[Subscriber] = set()
        self.is_closed = False

    def start(self) -> None:
        """Read from now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def wake(self) -> None:
        """Let it look for more."""
        self._more.set()

    def look(self, proposal_id: UUID) -> None:
        """Tell all that the people who look at a proposal have changed."""
        for subscriber in self.subscribers:
            subscriber.look(proposal_id)

    def close(self) -> None:
        """End every stream."""
        self.is_closed = True
        for subscriber in self.subscribers:
            subscriber.news.set()

    async def _run(self) -> None:
        """Look for what is new, now and then and whenever it is woken, once for all who listen."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._more.wait()
            self._more.clear()
            with _goes_on():
                await self._read_on()

    async def _read_on(self) -> None:
        async with self._database.reading(self._workspace) as connection:
            if await find_last_position(connection, self._workspace) <= self._last:
                return
        while page := await self._read(self._last):
            self._recent.extend(page)
            self._last = page[-1].position
            if len(self._recent) > 2 * _KEPT:
                self._begins_after = self._recent[-_KEPT - 1].position
                del self._recent[:-_KEPT]
            for subscriber in self.subscribers:
                subscriber.news.set()

    async def after(self, subscriber: Subscriber) -> Batch | None:
        """Return the next batch of a consumer; None if there is nothing now."""
        looked_at = sorted(subscriber.looked_at)
        subscriber.looked_at.clear()
        told: Sequence[Told] = ()
        if subscriber.position < self._begins_after:
            with _goes_on():
                told = await self._read(subscriber.position)
        elif subscriber.position < self._last:
            start = bisect_right(self._recent, subscriber.position, key=_position_of)
            told = self._recent[start : start + PAGE]
        if not told and not looked_at:
            return None
        return Batch(told[-1].position if told else subscriber.position, told, looked_at)

    async def _read(self, after: int) -> list[Told]:
        async with self._database.transaction(self._workspace) as connection:
            deeds = await list_deeds(connection, self._workspace, after=after, limit=PAGE)
        return [Told(deed.position, _events_of(deed)) for deed in deeds]


@contextlib.contextmanager
def _goes_on() -> Generator[None]:
    """Log what kind of error came up, and go on: the next try reads from the same position."""
    try:
        yield
    except Exception as error:
        _log.warning("what happens could not be read; trying again", kind=type(error).__name__)


def _events_of(deed: Deed) -> tuple[Event, ...]:
    """Return what a deed is told as: nothing if it cannot be told, so that the next ones are."""
    try:
        return events_of(deed)
    except Exception as error:
        _log.error("a deed is not told", position=deed.position, kind=type(error).__name__)
        return ()


def _position_of(told: Told) -> int:
    return told.position


class EventHub:
    """All streams of a process. `run` lasts as long as the process; `close` ends all at once."""

    def __init__(
        self,
        database: Database,
        *,
        limits: StreamLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        """Read from `database`, over its pool and one connection of its own."""
        self.clock = clock
        self._database = database
        self._limits = limits or StreamLimits()
        self._poll_seconds = poll_seconds
        self._feeds: dict[str, Feed] = {}
        self._open: Counter[tuple[str, str]] = Counter()
        self._wanted = asyncio.Event()
        self._listens = asyncio.Event()
        self._is_closed = False

    def close(self) -> None:
        """End every stream, and open no other."""
        self._is_closed = True
        for feed in self._feeds.values():
            feed.close()

    async def run(self) -> None:
        """Listen for who looks at proposals, from the first stream on; connect again for ever."""
        await self._wanted.wait()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with aclosing(
                    listen(self._database.url, poll_seconds=self._poll_seconds)
                ) as notices:
                    async for notice in notices:
                        self._listens.set()
                        pause = _FIRST_PAUSE_SECONDS
                        self._pass_on(notice)
            except Exception as error:
                _log.warning(
                    "the database does not tell what happens; trying again",
                    after=pause,
                    kind=type(error).__name__,
                )
            self._listens.clear()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._pass_on(None)

    def _pass_on(self, notice: Notice | None) -> None:
        if notice is None:
            # Whatever was told while nobody listened is read now.
            for feed in self._feeds.values():
                feed.wake()
        elif feed := self._feeds.get(notice.workspace):
            if notice.proposal_id is None:
                feed.wake()
            else:
                feed.look(notice.proposal_id)

    @asynccontextmanager
    async def subscribe(self, caller: Principal, after: int | None) -> AsyncGenerator[Subscriber]:
        """Yield a stream from behind `after`, or from now on.

        A position that is not reached yet is of another time (a database that was restored): it
        begins now. Raises the problems of too many streams, and psycopg's OperationalError.
        """
        person = (caller.workspace, caller.name)
        self._check(person)
        self._open[person] += 1
        try:
            async with self._database.transaction(caller.workspace) as connection:
                last = await find_last_position(connection, caller.workspace)
            start = last if after is None else min(after, last)
            async with self._listening(caller, start, last) as subscriber:
                yield subscriber
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]

    def _check(self, person: tuple[str, str]) -> None:
        if self._is_closed or self._open.total() >= self._limits.of_the_process:
            raise ProblemError(
                503,
                "too_many_streams",
                "This server tells as many as it can what happens",
                "Try again shortly, or ask for what happened with ?mode=catch_up.",
                headers={"Retry-After": "10"},
            )
        if self._open[person] >= self._limits.of_a_person:
            raise ProblemError(
                429,
                "too_many_streams",
                "Too many streams of events are open with this name",
                f"Close one of the {self._limits.of_a_person}; one stream tells everything.",
                headers={"Retry-After": "10"},
            )

    @asynccontextmanager
    async def _listening(
        self, caller: Principal, start: int, last: int
    ) -> AsyncGenerator[Subscriber]:
        feed = self._feeds.get(caller.workspace)
        if feed is None:
            feed = self._feeds[caller.workspace] = Feed(self._database, caller.workspace, last)
            feed.start()
        subscriber = Subscriber(caller, feed, start, goal=last)
        feed.subscribers.add(subscriber)
        feed.wake()
        self._wanted.set()
        try:
            with contextlib.suppress(TimeoutError):
                # Without it, what is told at once comes as late as the next poll.
                async with asyncio.timeout(_LISTENS_WITHIN_SECONDS):
                    await self._listens.wait()
            yield subscriber
        finally:
            feed.subscribers.discard(subscriber)
            if not feed.subscribers and self._feeds.get(caller.workspace) is feed:
                del self._feeds[caller.workspace]
                await feed.stop()
