"""Sends mail by SMTP: in a thread of its own, with one connection for each message."""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from gateways.notification_errors import (
    ChannelAddressError,
    ChannelAuthError,
    ChannelAwayError,
    ChannelError,
    ChannelRefusedError,
    ChannelTlsError,
)
from gateways.notification_settings import SmtpSecurity

_TIMEOUT_SECONDS = 15.0
_PORTS = {SmtpSecurity.STARTTLS: 587, SmtpSecurity.TLS: 465, SmtpSecurity.NONE: 25}
_ADDRESS_REPLIES = frozenset({550, 551, 553})
"""No such mailbox, not local, not allowed (RFC 5321, 4.2.3)."""


@dataclass(frozen=True)
class SmtpServer:
    """Which server takes our mail."""

    host: str
    sender: str
    port: int | None = None
    security: SmtpSecurity = SmtpSecurity.STARTTLS
    user: str | None = None
    password: str | None = None
    ca_file: Path | None = None

    def __repr__(self) -> str:
        """Return the server's name only: the rest holds a password."""
        return f"SmtpServer({self.host})"


class EmailChannel:
    """Hands messages to one server."""

    def __init__(self, server: SmtpServer) -> None:
        """Send by `server`; nothing connects before the first message."""
        self.sender = server.sender
        self._server = server
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="smtp")

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)

    async def send(self, message: EmailMessage) -> None:
        """Return once the server has taken the message. Raises a ChannelError."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._blocking, message)

    async def check(self) -> None:
        """Return if the server lets us in; raises a ChannelError."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._blocking, None)

    def _blocking(self, message: EmailMessage | None) -> None:
        failure: ChannelError
        try:
            with self._connected() as connection:
                if message is not None:
                    connection.send_message(message)
            return
        except (smtplib.SMTPException, OSError) as error:
            failure = _failure(error)
        # Raised out here so that not even `__context__` keeps addresses or the password.
        raise failure

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        port = server.port or _PORTS[server.security]
        # What we call ourselves: not this machine's name, which is nobody's business.
        name = server.sender.rpartition("@")[2]
        if server.security is SmtpSecurity.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host,
                port,
                local_hostname=name,
                timeout=_TIMEOUT_SECONDS,
                context=self._context(),
            )
        else:
            connection = smtplib.SMTP(
                server.host, port, local_hostname=name, timeout=_TIMEOUT_SECONDS
            )
        try:
            if server.security is SmtpSecurity.STARTTLS:
                connection.starttls(context=self._context())
            if server.user and server.password is not None:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._server.ca_file)


def _failure(error: Exception) -> ChannelError:
    match error:
        case smtplib.SMTPAuthenticationError():
            return ChannelAuthError() if error.smtp_code >= 500 else ChannelAwayError()
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
            is_final = bool(codes) and all(code >= 500 for code in codes)
            return ChannelAddressError() if is_final else ChannelAwayError()
        case smtplib.SMTPNotSupportedError() | ssl.SSLCertVerificationError():
            return ChannelTlsError()
        case smtplib.SMTPResponseException() if error.smtp_code >= 500:
            known = error.smtp_code in _ADDRESS_REPLIES
            return ChannelAddressError() if known else ChannelRefusedError()
        case _:
            return ChannelAwayError()
