"""Turns what goes wrong in an activity into what Temporal should do about it.

A broken rule is permanent and named; a database or a model that is away is tried again. Messages
hold no value that a person wrote, since everybody who sees a history reads them.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg_pool import PoolTimeout
from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.errors import AnalystOutputError, DomainError
from gateways.errors import ModelError

_HEARTBEAT_SECONDS = 5.0


@asynccontextmanager
async def told_to_temporal() -> AsyncGenerator[None]:
    """Raise every failure of the block as an ApplicationError with a stable type."""
    try:
        yield
    except ModelError as error:
        raise ApplicationError(
            str(error),
            type=type(error).__name__,
            non_retryable=not error.retryable,
            next_retry_delay=error.retry_after,
        ) from None
    except DomainError as error:
        raise ApplicationError(
            str(error),
            type=error.code,
            non_retryable=not isinstance(error, AnalystOutputError),
        ) from None
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise ApplicationError(
            f"the database cannot be reached ({type(error).__name__})", type="database_unavailable"
        ) from None
    except (ApplicationError, asyncio.CancelledError):
        raise
    except Exception as error:
        activity.logger.error("activity failed with %s", type(error).__name__)
        raise ApplicationError(
            f"unexpected {type(error).__name__}", type=type(error).__name__
        ) from None


@asynccontextmanager
async def heartbeats() -> AsyncGenerator[None]:
    """Heartbeat while the block runs, so that a lost worker is noticed before the timeout."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(_HEARTBEAT_SECONDS)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
