"""`GET /v1/events`: what happens, as server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from enum import StrEnum
from typing import Annotated, Any

import psycopg
import structlog
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import format_sse_event
from psycopg_pool import PoolTimeout
from starlette.responses import StreamingResponse
from starlette.types import Send

from api.auth import Caller, authenticate
from api.context import Context, ContextDep
from api.events import Batch, Subscriber
from api.openapi import problems
from api.problems import ProblemError
from domain.events import Event, EventKind, seen_by
from domain.identity import Permission, Principal

_MAX_POSITION = 2**63 - 1

router = APIRouter(prefix="/v1", tags=["events"])

HEARTBEAT_SECONDS = 15.0
RECHECK_SECONDS = 60.0
"""How often it is asked again whether the key or the session is still good."""

_SEND_SECONDS = 30.0
_RETRY_MILLISECONDS = 2_000

_log = structlog.get_logger("api.events")


class StreamMode(StrEnum):
    """Whether a stream goes on for ever or ends with what has happened so far."""

    FOLLOW = "follow"
    CATCH_UP = "catch_up"


async def _subscriber(
    context: ContextDep,
    caller: Caller,
    after: Annotated[
        int | None,
        Query(
            ge=0,
            le=_MAX_POSITION,
            description="Begin behind this event; 0 is the very first. Without it: from now on.",
        ),
    ] = None,
    last_event_id: Annotated[
        int | None,
        Header(
            ge=0,
            le=_MAX_POSITION,
            description="As browsers send it when they connect again; it outweighs `after`.",
        ),
    ] = None,
) -> AsyncGenerator[Subscriber]:
    start = after if last_event_id is None else last_event_id
    async with context.events.subscribe(caller, start) as subscriber:
        yield subscriber


class EventStream(StreamingResponse):
    """Server-sent events, for as long as they are read: who has stopped reading is let go."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        async def in_time(message: Any) -> None:
            async with asyncio.timeout(_SEND_SECONDS):
                await send(message)

        try:
            await super().stream_response(in_time)
        except TimeoutError:
            _log.info("a reader of events was let go: it has stopped reading")


@router.get(
    "/events",
    summary="Follow what happens",
    response_class=EventStream,
    responses={
        200: {
            "model": Event,
            "description": "A stream without end (`text/event-stream`). Each message's `data` is "
            "an event as JSON, its `id` the event's position.",
        },
        **problems(401, 403, 422, 429, 503),
    },
)
async def follow_events(
    request: Request,
    context: ContextDep,
    subscriber: Annotated[Subscriber, Depends(_subscriber)],
    kinds: Annotated[list[EventKind], Query(description="Only these kinds; without it all.")] = [],  # noqa: B006
    mode: Annotated[
        StreamMode, Query(description="Whether to wait for more once all is told.")
    ] = StreamMode.FOLLOW,
) -> EventStream:
    """Tell what happens in the workspace, as far as the caller's role may read it.

    Each message is one event. Connect again with the last `id` as `Last-Event-ID` (browsers do) or
    as `after`, and nothing is missing. It may come again, so take an `id` once. Messages with
    `event: ready` (where the stream begins) and `event: presence` (other people look at a
    proposal) have no `id` of their own and are not told again.
    """
    told = _Teller(subscriber.caller, frozenset(kinds))
    frames = _frames(request, context, subscriber, told, mode)
    return EventStream(frames, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


class _Teller:
    """Writes batches for one reader."""

    def __init__(self, reader: Principal, kinds: frozenset[EventKind]) -> None:
        """Tell only what the reader may see; of that only `kinds`, if any are named."""
        self._reader = reader
        self._kinds = kinds

    def ready(self, position: int) -> bytes:
        """Return the first message: from which position on the stream tells."""
        return format_sse_event(
            event="ready",
            data_str=json.dumps({"position": position}),
            id=str(position),
            retry=_RETRY_MILLISECONDS,
        )

    def write(self, batch: Batch) -> bytes:
        """Return a batch as messages. Its last line moves readers on past what is not theirs."""
        frames = [self._presence(batch)]
        shown = 0
        for told in batch.told:
            seen = [event for event in told.events if self._shows(event)]
            for place, event in enumerate(seen, start=1):
                # Only the last of a deed has its id, or one could be missed.
                position = told.position if place == len(seen) else None
                shown = position or shown
                frames.append(self._event(event, position))
        if shown != batch.position or not batch.told:
            frames.append(format_sse_event(comment="here", id=str(batch.position)))
        return b"".join(frames)

    def _shows(self, event: Event) -> bool:
        if self._kinds and event.kind not in self._kinds:
            return False
        return seen_by(event, self._reader) is not None

    def _event(self, event: Event, position: int | None) -> bytes:
        seen = seen_by(event, self._reader)
        assert seen is not None
        return format_sse_event(
            data_str=seen.model_dump_json(exclude_none=True),
            id=None if position is None else str(position),
        )

    def _presence(self, batch: Batch) -> bytes:
        if self._kinds or not self._reader.may(Permission.READ_PROPOSALS):
            return b""
        return b"".join(
            format_sse_event(event="presence", data_str=json.dumps({"proposal_id": str(each)}))
            for each in batch.looked_at
        )


async def _frames(
    request: Request,
    context: Context,
    subscriber: Subscriber,
    teller: _Teller,
    mode: StreamMode,
) -> AsyncIterator[bytes]:
    clock = context.events.clock
    yield teller.ready(subscriber.position)
    checked = clock()
    while mode is StreamMode.FOLLOW or subscriber.position < subscriber.goal:
        batch = await subscriber.batch(seconds=HEARTBEAT_SECONDS)
        if batch is None:
            return
        if clock() - checked >= RECHECK_SECONDS:
            if not await _is_still_good(request, context, subscriber.caller):
                return
            checked = clock()
        yield teller.write(batch)


async def _is_still_good(request: Request, context: Context, caller: Principal) -> bool:
    """Return whether the key or the session that opened the stream still stands for the caller."""
    try:
        return await authenticate(request, context) == caller
    except ProblemError:
        return False
    except (psycopg.OperationalError, PoolTimeout):
        # Nothing can be read then, either.
        return True
