"""How long each kind of step may be tried again."""

from datetime import timedelta

from workflows.steps import WHILE_PEOPLE_WAIT


def test_decisions_wait_no_longer_than_half_an_hour_for_a_model_that_is_away() -> None:
    policy = WHILE_PEOPLE_WAIT["retry_policy"]
    longest = policy.maximum_interval
    assert longest is not None
    pauses = [
        min(policy.initial_interval * policy.backoff_coefficient**attempt, longest)
        for attempt in range(policy.maximum_attempts - 1)
    ]
    assert timedelta(minutes=20) < sum(pauses, timedelta()) <= timedelta(minutes=30)
