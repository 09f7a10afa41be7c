"""A mail server on loopback, with encryption and a password where a test wants them."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "loop", "a password of the tests"


class FakeMailServer:
    """Keeps what it takes."""

    def __init__(self) -> None:
        """Take mail for everybody."""
        self.port = 0
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuses: dict[str, str] = {}
        """What is said to a recipient instead, such as `550 no such user`."""
        self.secured = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message."""
        self.secured += cast(Any, session).ssl is not None
        self.recipients += envelope.rcpt_tos
        content = cast(bytes, envelope.content)
        self.taken.append(message_from_bytes(content, policy=default))
        return "250 taken"


class _AnyPort(Controller):
    """Takes whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = cast(Any, self).server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(
    tls: Path | None = None, *, password: str | None = None
) -> Generator[FakeMailServer]:
    """Yield a server that runs; with `tls` it takes mail after STARTTLS only."""
    fake = FakeMailServer()

    def check(
        server: SMTP, session: Session, envelope: Envelope, kind: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == (password or "").encode()
        return AuthResult(success=good, handled=False)

    extra: dict[str, Any] = {}
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls)
        extra |= {"tls_context": context, "require_starttls": True}
    if password is not None:
        extra |= {"authenticator": check, "auth_required": True}
    controller = _AnyPort(fake, hostname="127.0.0.1", port=0, **extra)
    controller.start()
    try:
        fake.port = controller.port
        yield fake
    finally:
        controller.stop()


def certificate(folder: Path) -> Path:
    """Write a key and a certificate of 127.0.0.1 that signs itself; return the file of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file
