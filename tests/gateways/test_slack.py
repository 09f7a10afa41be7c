"""Slack's web API through its own library, against a local server that speaks it."""

from collections.abc import Generator
from datetime import timedelta

import pytest

from gateways.notification_errors import (
    ChannelAddressError,
    ChannelAuthError,
    ChannelAwayError,
    ChannelError,
    ChannelRateLimitedError,
    ChannelRefusedError,
)
from gateways.slack import SlackGateway
from tests.fakes.slack import TOKEN, FakeSlack, slack


@pytest.fixture
def fake() -> Generator[FakeSlack]:
    """A Slack that runs."""
    with slack() as fake:
        yield fake


@pytest.fixture
def gateway(fake: FakeSlack) -> Generator[SlackGateway]:
    """A gateway to it."""
    gateway = SlackGateway(TOKEN, api_url=fake.url)
    yield gateway
    gateway.close()


async def test_a_message_is_posted_and_found_again(fake: FakeSlack, gateway: SlackGateway) -> None:
    reference = await gateway.post("C100", "Hello", [])
    await gateway.change(reference, "Changed", [])
    [posted], [changed] = fake.of("chat.postMessage"), fake.of("chat.update")
    assert (posted["text"], posted["unfurl_links"]) == ("Hello", False)
    assert (changed["channel"], changed["text"]) == ("C100", "Changed")
    assert reference == f"C100/{changed['ts']}"


async def test_a_rate_limit_says_how_long_to_wait(fake: FakeSlack, gateway: SlackGateway) -> None:
    fake.fail("chat.postMessage", "ratelimited", status=429, retry_after="17")
    with pytest.raises(ChannelRateLimitedError) as caught:
        await gateway.post("C100", "Hello", [])
    assert (caught.value.retryable, caught.value.retry_after) == (True, timedelta(seconds=17))
    assert fake.calls == []


@pytest.mark.parametrize(
    ("code", "status", "wanted", "retryable"),
    [
        ("invalid_auth", 200, ChannelAuthError, False),
        ("token_revoked", 200, ChannelAuthError, False),
        ("channel_not_found", 200, ChannelAddressError, False),
        ("is_archived", 200, ChannelAddressError, False),
        ("msg_too_long", 200, ChannelRefusedError, False),
        ("internal_error", 200, ChannelAwayError, True),
        ("anything", 503, ChannelAwayError, True),
    ],
)
async def test_an_error_of_slack_has_a_name(
    fake: FakeSlack,
    gateway: SlackGateway,
    code: str,
    status: int,
    wanted: type[ChannelError],
    retryable: bool,
) -> None:
    fake.fail("chat.postMessage", code, status=status)
    with pytest.raises(wanted) as caught:
        await gateway.post("C100", "Hello", [])
    assert caught.value.retryable is retryable


async def test_a_slack_that_does_not_run_is_away() -> None:
    gateway = SlackGateway(TOKEN, api_url="http://127.0.0.1:9/api/")
    with pytest.raises(ChannelAwayError):
        await gateway.check()
    gateway.close()


async def test_a_failure_repeats_neither_the_token_nor_what_slack_said(
    fake: FakeSlack,
) -> None:
    gateway = SlackGateway("xoxb-wrong-and-secret", api_url=fake.url)
    with pytest.raises(ChannelAuthError) as caught:
        await gateway.post("C100", "a text", [])
    error: BaseException | None = caught.value
    while error is not None:
        assert "xoxb" not in repr(error)
        assert "a text" not in repr(error)
        error = error.__cause__ or error.__context__
    gateway.close()
