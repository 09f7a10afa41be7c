"""Webhooks: signed, sent where they may go, and failing by name."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest

from gateways.notification_errors import (
    ChannelAddressError,
    ChannelAwayError,
    ChannelForbiddenError,
    ChannelRateLimitedError,
    ChannelRefusedError,
)
from gateways.webhook import WebhookChannel
from gateways.webhook_guard import find_target, is_public
from tests.fakes.local_http import Answer
from tests.fakes.webhooks import SECRET, FakeReceiver, receiver
from tests.gateways.notices import a_notice

OURS = ("127.0.0.1",)


@pytest.fixture
def fake() -> Generator[FakeReceiver]:
    """A receiver that runs."""
    with receiver() as fake:
        yield fake


async def post(fake: FakeReceiver, secret: str = SECRET, url: str | None = None) -> None:
    channel = WebhookChannel(secret, private_hosts=OURS)
    await channel.post(url or fake.url, a_notice(), delivery_id="d-1", now=datetime.now(UTC))


async def test_a_message_is_signed_and_says_what_why_and_how_long(fake: FakeReceiver) -> None:
    await post(fake)
    said = fake.taken["d-1"]
    assert said["type"] == "review.reminder"
    assert said["data"]["why_now"] == "It has waited for 4 hours."
    assert said["data"]["address"] == "http://loop.test/proposals/1"


async def test_another_secret_is_noticed(fake: FakeReceiver) -> None:
    with pytest.raises(ChannelRefusedError):
        await post(fake, secret="whsec_" + "A" * 32)
    assert (fake.taken, fake.forged) == ({}, 1)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (500, ChannelAwayError),
        (408, ChannelAwayError),
        (429, ChannelRateLimitedError),
        (400, ChannelRefusedError),
        (410, ChannelAddressError),
        (302, ChannelRefusedError),
    ],
)
async def test_what_a_receiver_says_has_a_name(
    fake: FakeReceiver, status: int, wanted: type[Exception]
) -> None:
    fake.failures.append(Answer(status, b"", {"location": "http://127.0.0.1:9/"}))
    with pytest.raises(wanted):
        await post(fake)


async def test_a_receiver_may_say_when_to_come_back(fake: FakeReceiver) -> None:
    fake.failures.append(Answer(429, b"", {"Retry-After": "60"}))
    with pytest.raises(ChannelRateLimitedError) as caught:
        await post(fake)
    assert caught.value.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://10.0.0.8/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://0x7f.1/hook",
        "https://2130706433/hook",
        "https://user:pass@example.test/hook",
        "http://93.184.216.34/hook",
        "file:///etc/passwd",
        "https:///hook",
    ],
)
async def test_our_own_network_is_not_called(url: str) -> None:
    channel = WebhookChannel(SECRET)
    with pytest.raises(ChannelForbiddenError):
        await channel.post(url, a_notice(), delivery_id="d-1", now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
        ("64:ff9b:1::a00:1", False),
        ("64:ff9b:1:7f00::1", False),
        ("::7f00:1", False),
        ("::10.0.0.8", False),
        ("::ffff:0:a9fe:a9fe", False),
        ("fec0::1", False),
        ("::ffff:93.184.216.34", True),
        ("fe80::1%eth0", False),
        ("2606:2800:220:1::1", True),
    ],
)
def test_an_address_is_public_whatever_it_is_wrapped_in(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_the_address_that_was_looked_at_is_the_one_that_is_called() -> None:
    target = await find_target("https://localhost:8443/hook", ["localhost"])
    assert (target.host, target.port) == ("localhost", 8443)
    assert target.address in {"127.0.0.1", "::1"}


def test_a_wrong_secret_is_not_repeated() -> None:
    from gateways.notifications import choose_channels
    from gateways.settings import Settings

    settings = Settings.model_validate({"database_url": "x", "webhook_secret": "whsec_ä"})
    with pytest.raises(ValueError, match="LEARNING_LOOP_WEBHOOK_SECRET") as caught:
        choose_channels(settings)
    assert "ä" not in repr((caught.value, caught.value.__context__))
