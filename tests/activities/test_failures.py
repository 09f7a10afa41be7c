"""What Temporal is told when something goes wrong, and what it must not be told."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import psycopg
import pytest
from psycopg_pool import PoolTimeout
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.failures import heartbeats, told_to_temporal
from domain.errors import (
    AnalystOutputError,
    BaseMovedError,
    DomainError,
    IllegalTransitionError,
    NotApprovedError,
    NotFoundError,
    QuoteNotFoundError,
)
from gateways.errors import (
    EmbeddingAuthError,
    EmbeddingRateLimitedError,
    EmbeddingUnavailableError,
    ModelAuthError,
    ModelOutputInvalidError,
    ModelOverloadedError,
    ModelRateLimitedError,
    ModelRefusedError,
    ModelTimeoutError,
    ModelTruncatedError,
    ModelUnavailableError,
    ServiceError,
)
from tests.activities.world import Heartbeats, failure, run

SECRET = "zoe.quill@example.com"


def failing(error: BaseException) -> Callable[[None], Awaitable[None]]:
    """Return an activity that fails with `error`."""

    async def fail(_: None) -> None:
        async with told_to_temporal(), heartbeats():
            raise error

    return fail


@pytest.mark.parametrize(
    "error",
    [
        NotFoundError("no proposal 7"),
        NotApprovedError(),
        BaseMovedError(),
        IllegalTransitionError(),
        QuoteNotFoundError(3),
    ],
)
async def test_a_broken_rule_is_permanent_and_named(error: DomainError) -> None:
    told = await failure(failing(error), None)
    assert (told.type, told.non_retryable, told.message) == (error.code, True, str(error))


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError(f"connection of {SECRET} refused"),
        psycopg.errors.AdminShutdown(SECRET),
        psycopg.errors.DeadlockDetected(SECRET),
        psycopg.errors.SerializationFailure(SECRET),
        PoolTimeout(SECRET),
    ],
)
async def test_a_database_that_is_away_is_tried_again(error: Exception) -> None:
    told = await failure(failing(error), None)
    assert (told.type, told.non_retryable) == ("database_unavailable", False)
    assert SECRET not in told.message


class Strict(BaseModel):
    """Names what it got in its error."""

    number: int


def invalid() -> Exception:
    """Return an error of pydantic's, which quotes its input."""
    with pytest.raises(ValueError, match=SECRET) as raised:
        Strict.model_validate({"number": SECRET})
    return raised.value


@pytest.mark.parametrize(
    "error",
    [
        ValueError(SECRET),
        KeyError(SECRET),
        invalid(),
        psycopg.errors.UniqueViolation(f"Key (by)=({SECRET}) already exists"),
        psycopg.errors.DataError(SECRET),
    ],
)
async def test_an_unexpected_error_is_not_quoted(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    told = await failure(failing(error), None)
    assert (told.type, told.non_retryable) == (type(error).__name__, False)
    assert SECRET not in repr(told)
    assert told.__cause__ is None
    assert told.__suppress_context__
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (ModelOverloadedError(), False),
        (ModelTimeoutError(), False),
        (ModelUnavailableError(), False),
        (ModelRefusedError(), True),
        (ModelTruncatedError(), True),
        (ModelAuthError(), True),
        (EmbeddingUnavailableError(), False),
        (EmbeddingAuthError(), True),
    ],
)
async def test_a_service_says_itself_whether_to_try_again(
    error: ServiceError, permanent: bool
) -> None:
    told = await failure(failing(error), None)
    assert (told.type, told.non_retryable) == (type(error).__name__, permanent)


@pytest.mark.parametrize("kind", [ModelRateLimitedError, EmbeddingRateLimitedError])
async def test_a_service_is_not_asked_before_it_wants_to_be(kind: type[ServiceError]) -> None:
    error = kind(retry_after=timedelta(seconds=17))
    told = await failure(failing(error), None)
    assert (told.next_retry_delay, told.non_retryable) == (timedelta(seconds=17), False)


@pytest.mark.parametrize("error", [AnalystOutputError(), ModelOutputInvalidError()])
@pytest.mark.parametrize(("earlier", "permanent"), [(0, False), (1, False), (2, True)])
async def test_the_third_invalid_output_is_the_last(
    error: Exception, earlier: int, permanent: bool
) -> None:
    heard: Heartbeats = []
    details = [earlier] if earlier else []
    told = await failure(failing(error), None, heartbeat_details=details, heard=heard)
    assert (told.type, told.non_retryable) == ("analyst_output", permanent)
    assert heard[-1] == earlier + 1


async def test_other_failures_between_do_not_forget_the_count() -> None:
    heard: Heartbeats = []
    await failure(failing(ModelTimeoutError()), None, heartbeat_details=[2], heard=heard)
    assert heard == [] or heard[-1] == 2


@pytest.mark.parametrize("details", [["text"], [None], [[1]]])
async def test_details_of_another_kind_count_as_none(details: list[object]) -> None:
    told = await failure(failing(AnalystOutputError()), None, heartbeat_details=details)
    assert not told.non_retryable


async def test_what_was_said_for_temporal_is_said_as_it_is() -> None:
    said = ApplicationError("moved", type="draft_changed")
    assert await failure(failing(said), None) is said


async def test_success_says_nothing() -> None:
    async def succeed(number: int) -> int:
        async with told_to_temporal(), heartbeats():
            return number

    assert await run(succeed, 7) == 7


async def test_a_long_step_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.failures._HEARTBEAT_SECONDS", 0.01)
    environment, beaten = ActivityEnvironment(), asyncio.Event()
    environment.on_heartbeat = lambda *_: beaten.set()

    async def work() -> None:
        async with told_to_temporal(), heartbeats():
            await asyncio.wait_for(beaten.wait(), 5)

    await environment.run(work)
