"""The channels that people are told by. The worker's log is the one that always exists."""

from base64 import b64decode
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from domain.base import Message
from domain.identity import ApiRole
from domain.notifications import Channel
from gateways.email_channel import EmailChannel, SmtpServer
from gateways.email_links import EmailLinks
from gateways.settings import Settings
from gateways.slack import SlackGateway
from gateways.webhook import WebhookChannel


class Notification(Message):
    """What the log is told: nothing of the conversation, only where to look and by when."""

    workspace: str
    proposal_id: UUID
    occasion: str
    group: ApiRole
    assignee: str | None
    due_at: str | None
    address: str


class Notifier(Protocol):
    """One channel."""

    async def notify(self, notification: Notification) -> None:
        """Deliver it; raises OSError if the channel cannot be reached."""
        ...


class LogNotifier:
    """Writes notifications to the log, where `make demo` and operators see them."""

    def __init__(self) -> None:
        """Use the process's structured log."""
        self._log = structlog.get_logger("notifications")

    async def notify(self, notification: Notification) -> None:
        """Write one line; the assignee's name stays out of it."""
        await self._log.ainfo(
            "review_" + notification.occasion,
            proposal=str(notification.proposal_id),
            group=notification.group,
            due=notification.due_at,
            address=notification.address,
        )


@dataclass(frozen=True)
class Channels:
    """What an installation has set up beside the log; each may be missing."""

    slack: SlackGateway | None = None
    email: EmailChannel | None = None
    webhook: WebhookChannel | None = None
    links: EmailLinks | None = None
    """For links in mails; without them a mail has none that works without signing in."""
    slack_buttons: bool = False
    """Whether Slack can prove to us who has pressed a button."""

    @property
    def available(self) -> Collection[Channel]:
        """Which of them are there."""
        found = {
            Channel.SLACK: self.slack,
            Channel.EMAIL: self.email,
            Channel.WEBHOOK: self.webhook,
        }
        return [channel for channel, gateway in found.items() if gateway is not None]

    def close(self) -> None:
        """Let what they hold go."""
        for gateway in (self.slack, self.email):
            if gateway is not None:
                gateway.close()


def choose_channels(settings: Settings) -> Channels:
    """Return the channels that the settings name. Raises ValueError naming a wrong one."""
    return Channels(
        slack=_slack(settings),
        email=_email(settings),
        webhook=_webhook(settings),
        links=_links(settings),
        slack_buttons=settings.slack_signing_secret is not None,
    )


def _slack(settings: Settings) -> SlackGateway | None:
    if settings.slack_bot_token is None:
        return None
    url = str(settings.slack_api_url) if settings.slack_api_url else None
    return SlackGateway(settings.slack_bot_token.get_secret_value(), api_url=url)


def _email(settings: Settings) -> EmailChannel | None:
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password
    server = SmtpServer(
        host=settings.smtp_host,
        sender=settings.smtp_from or f"learning-loop@{settings.smtp_host}",
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else None,
        ca_file=settings.smtp_ca_file,
    )
    return EmailChannel(server)


def _webhook(settings: Settings) -> WebhookChannel | None:
    if settings.webhook_secret is None:
        return None
    secret = settings.webhook_secret.get_secret_value()
    if not _is_secret(secret):
        raise ValueError(
            "LEARNING_LOOP_WEBHOOK_SECRET: must be whsec_ and 24 to 64 random bytes in base64"
        )
    hosts = [host for host in settings.webhook_private_hosts.split(",") if host.strip()]
    return WebhookChannel(secret, private_hosts=hosts)


def _is_secret(text: str) -> bool:
    """Return whether it is what Standard Webhooks calls one; the library takes weaker ones."""
    prefix, _, encoded = text.partition("_")
    try:
        return prefix == "whsec" and 24 <= len(b64decode(encoded, validate=True)) <= 64
    except ValueError:
        return False


def _links(settings: Settings) -> EmailLinks | None:
    secret = settings.session_secret
    return EmailLinks(secret.get_secret_value()) if secret else None
