"""`learning-loop notify-test`: tries the channels that the environment sets up, one by one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from pydantic import ValidationError
from rich.console import Console

from client.errors import ConfigurationError
from domain.knowledge import ItemKind
from domain.notice_words import Notice
from domain.notifications import Occasion
from gateways.email_message import Letter, notice_mail
from gateways.notification_errors import ChannelError
from gateways.notifications import Channels, choose_channels
from gateways.settings import Settings, explain
from gateways.slack_blocks import blocks_of, summary_of


async def try_channels(
    out: Console, slack_channel: str | None, email: str | None, webhook: str | None
) -> int:
    """Check each channel that is set up, and send a test message where a target is given.

    Returns 0 if all went well, 1 if one failed or a target has no channel; no secret is shown.
    """
    settings = _settings()
    try:
        channels = choose_channels(settings)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    notice = _test_notice(settings.api_url)
    results = [
        await _try(out, "Slack", _slack(channels, slack_channel, notice), slack_channel),
        await _try(out, "Email", _email(channels, email, notice), email),
        await _try(out, "Webhook", _webhook(channels, webhook, notice), webhook),
    ]
    channels.close()
    return 0 if all(results) else 1


def _settings() -> Settings:
    try:
        # The database has no part in this, and its address is asked for all the same.
        return Settings.model_validate({"database_url": "unused"})
    except ValidationError as error:
        raise ConfigurationError(f"Set or mend these settings: {explain(error)}") from None


Call = Callable[[], Awaitable[object]]


def _slack(channels: Channels, target: str | None, notice: Notice) -> Call | None:
    slack = channels.slack
    if slack is None:
        return None
    if target is None:
        return slack.check
    blocks = blocks_of(notice, buttons=False)
    return lambda: slack.post(target, summary_of(notice), blocks)


def _email(channels: Channels, target: str | None, notice: Notice) -> Call | None:
    email = channels.email
    if email is None:
        return None
    if target is None:
        return email.check
    letter = Letter(sender=email.sender, recipient=target, delivery_id=str(uuid4()))
    return lambda: email.send(notice_mail(notice, letter))


def _webhook(channels: Channels, target: str | None, notice: Notice) -> Call | None:
    webhook = channels.webhook
    if webhook is None:
        return None
    if target is None:
        # There is nothing to reach without an address; the secret was read.
        return lambda: asyncio.sleep(0)
    now = datetime.now(UTC)
    return lambda: webhook.post(target, notice, delivery_id=str(uuid4()), now=now)


async def _try(out: Console, name: str, call: Call | None, target: str | None) -> bool:
    if call is None:
        said = "is not set up" if target is None else "is not set up, so nothing was sent"
        out.print(f"{name} {said}.", markup=False)
        return target is None
    try:
        await call()
    except ChannelError as error:
        out.print(f"{name} failed ({error.code}): {error}", markup=False)
        return False
    except ValueError:
        out.print(f"{name} failed: the address is not one that it can use.", markup=False)
        return False
    out.print(f"{name} works{': a test message was sent' if target else ''}.", markup=False)
    return True


def _test_notice(address: str) -> Notice:
    return Notice(
        workspace="test",
        proposal_id=UUID(int=0),
        occasion=Occasion.OPENED,
        kind=ItemKind.ARTICLE,
        title="A test",
        headline="A test of how people are told",
        effect="It would change nothing.",
        proof="No case stands behind it.",
        why_now="Somebody has called learning-loop notify-test.",
        time_left=None,
        address=address,
        draft=1,
        content_hash="0" * 64,
        can_decide=False,
        can_approve_here=False,
    )
