"""Turns what goes wrong in an activity into what Temporal should do about it.

A broken rule is permanent and named; a database or a service that is away is tried again. Messages
hold no value that a person wrote, since everybody who sees a history reads them.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout
from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.errors import AnalystOutputError, DomainError
from domain.model_calls import BUDGET_USED_UP
from gateways.errors import BudgetUsedUpError, ModelOutputInvalidError, ServiceError

_HEARTBEAT_SECONDS = 5.0
_MAX_INVALID_OUTPUTS = 3


def _invalid_outputs() -> int:
    """Return how many outputs of earlier attempts were invalid; heartbeats carry the number."""
    details = activity.info().heartbeat_details
    return details[0] if details and isinstance(details[0], int) else 0


def _output_failure(error: Exception) -> ApplicationError:
    """Return the failure for an invalid output: each is paid for, so the third is permanent."""
    count = _invalid_outputs() + 1
    activity.heartbeat(count)
    return ApplicationError(
        str(error), type="analyst_output", non_retryable=count >= _MAX_INVALID_OUTPUTS
    )


@contextmanager
def at_once() -> Generator[None]:
    """Let a token budget that is used up fail the step for good: people wait for it."""
    try:
        yield
    except BudgetUsedUpError as error:
        raise ApplicationError(str(error), type=BUDGET_USED_UP, non_retryable=True) from None


@asynccontextmanager
async def told_to_temporal() -> AsyncGenerator[None]:
    """Raise every failure of the block as an ApplicationError with a stable type."""
    try:
        yield
    except ModelOutputInvalidError as error:
        raise _output_failure(error) from None
    except BudgetUsedUpError as error:
        raise ApplicationError(
            str(error), type=BUDGET_USED_UP, next_retry_delay=error.retry_after
        ) from None
    except ServiceError as error:
        raise ApplicationError(
            str(error),
            type=type(error).__name__,
            non_retryable=not error.retryable,
            next_retry_delay=error.retry_after,
        ) from None
    except AnalystOutputError as error:
        raise _output_failure(error) from None
    except DomainError as error:
        raise ApplicationError(
            str(error),
            type=error.code,
            non_retryable=True,
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
async def heartbeats(details: Callable[[], Any] = _invalid_outputs) -> AsyncGenerator[None]:
    """Heartbeat while the block runs, so that a lost worker is noticed before the timeout.

    Each carries the `details` of its moment, which the next attempt finds.
    """

    async def beat() -> None:
        while True:
            # None at the start: most steps are done before the first, and each is a billed action.
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            activity.heartbeat(details())

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
