"""How the activities are called: timeouts and retries, by what each does. Only Temporal retries."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy


class ActivityOptions(TypedDict):
    """Options of a regular activity."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    heartbeat_timeout: timedelta | None
    retry_policy: RetryPolicy


class LocalOptions(TypedDict):
    """Options of a local activity: a short database transaction."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    local_retry_threshold: timedelta


_PATIENCE = timedelta(days=3)
"""How long a database or a model may be away before an intervention is given up as failed."""

MODEL_CALL: ActivityOptions = {
    "start_to_close_timeout": timedelta(minutes=10),
    # A small token budget makes a large import wait its turn for weeks, one attempt a day. A model
    # that is away is given up after three days by the number of attempts.
    "schedule_to_close_timeout": timedelta(days=366),
    "heartbeat_timeout": timedelta(seconds=30),
    # Invalid output is retried as well, and paid for each time: hence the bound.
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2),
        maximum_interval=timedelta(minutes=10),
        maximum_attempts=500,
    ),
}

WHILE_PEOPLE_WAIT: ActivityOptions = {
    **MODEL_CALL,
    # The loop rules on no decision meanwhile, not even on the intervention's other proposals: so
    # a model that is away for half an hour is given up. Attempts are counted and not hours, since
    # a worker that is away for a night makes none.
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2),
        maximum_interval=timedelta(minutes=1),
        maximum_attempts=32,
    ),
}

BATCH: ActivityOptions = {
    # Some hundred cases are built, or as many replies stored.
    "start_to_close_timeout": timedelta(minutes=30),
    "schedule_to_close_timeout": timedelta(days=30),
    "heartbeat_timeout": timedelta(seconds=60),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=10)
    ),
}

DATABASE_WRITE: ActivityOptions = {
    "start_to_close_timeout": timedelta(seconds=60),
    "schedule_to_close_timeout": _PATIENCE,
    "heartbeat_timeout": None,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=15)
    ),
}

BULK_WRITE: ActivityOptions = {
    **DATABASE_WRITE,
    # A whole knowledge base may have to be embedded anew before it is written.
    "start_to_close_timeout": timedelta(minutes=15),
    "heartbeat_timeout": timedelta(seconds=30),
}

SHORT_WRITE: LocalOptions = {
    "start_to_close_timeout": timedelta(seconds=30),
    "schedule_to_close_timeout": _PATIENCE,
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=15)
    ),
    "local_retry_threshold": timedelta(seconds=5),
}

NOTIFY_WITHIN = timedelta(hours=6)
"""For how long a message is tried."""

NOTIFICATION: ActivityOptions = {
    "start_to_close_timeout": timedelta(seconds=30),
    "schedule_to_close_timeout": NOTIFY_WITHIN,
    "heartbeat_timeout": None,
    "retry_policy": RetryPolicy(maximum_interval=timedelta(minutes=5)),
}
