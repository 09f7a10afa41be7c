"""Settings of the channels that people are told by, from the environment."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is kept from others."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class NotificationSettings(BaseSettings):
    """What a channel needs; one without its first setting is off. `docs/notifications.md`."""

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: HttpUrl | None = None
    """Another address of Slack's web API, as tests and proxies have one."""
    smtp_host: str | None = None
    smtp_port: int | None = Field(default=None, ge=1, le=65_535)
    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    smtp_ca_file: Path | None = None
    webhook_secret: SecretStr | None = None
    webhook_private_hosts: str = ""
    """Names or addresses within the own network that webhooks may reach, with commas between."""
