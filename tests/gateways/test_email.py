"""Mail by real SMTP on loopback: what is sent, how it is kept secret, and how it fails."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from gateways.email_channel import EmailChannel, SmtpServer
from gateways.email_links import EmailLinks
from gateways.email_message import Letter, digest_mail, notice_mail, one_line
from gateways.notification_errors import (
    ChannelAddressError,
    ChannelAuthError,
    ChannelAwayError,
    ChannelTlsError,
)
from gateways.notification_settings import SmtpSecurity
from tests.fakes.smtp import PASSWORD, USER, FakeMailServer, certificate, mail_server
from tests.gateways.notices import HOSTILE, a_digest, a_notice

LETTER = Letter(
    sender="loop@example.test",
    recipient="dana@example.test",
    delivery_id="7b0f",
    unsubscribe="http://loop.test/unsubscribe/token",
    preferences="http://loop.test/me/notifications",
)


def channel(
    server: FakeMailServer, security: SmtpSecurity = SmtpSecurity.NONE, **more: object
) -> EmailChannel:
    fields = {"host": "127.0.0.1", "sender": LETTER.sender, "port": server.port}
    return EmailChannel(SmtpServer(**{**fields, "security": security, **more}))  # pyright: ignore[reportArgumentType]


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_a_mail_holds_text_and_html_and_how_to_end_it() -> None:
    with mail_server() as server:
        mail = channel(server)
        await mail.send(notice_mail(a_notice(), LETTER))
        mail.close()
    [message] = server.taken
    assert server.recipients == ["dana@example.test"]
    assert message["List-Unsubscribe"] == "<http://loop.test/unsubscribe/token>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        said = body(message, kind)
        assert "Due in 3 hours." in said
        assert "http://loop.test/proposals/1" in said


def test_all_mails_of_one_proposal_are_one_thread_and_each_is_itself() -> None:
    first = notice_mail(a_notice(), LETTER)
    other = notice_mail(a_notice(), Letter("loop@example.test", "dana@example.test", "9c1e"))
    assert first["References"] == other["References"] == first["In-Reply-To"]
    assert first["Subject"] == other["Subject"] == "Refunds"
    assert first["Message-ID"] == "<7b0f@example.test>" != other["Message-ID"]


async def test_a_hostile_title_adds_no_header_and_no_markup() -> None:
    with mail_server() as server:
        mail = channel(server)
        await mail.send(notice_mail(a_notice(title=HOSTILE), LETTER))
        await mail.send(digest_mail(a_digest(HOSTILE), LETTER))
        mail.close()
    for message in server.taken:
        assert message["Bcc"] is None
        assert "<script>" not in body(message, "html")
        assert "&lt;script&gt;" in body(message, "html")
    assert server.recipients == ["dana@example.test"] * 2


def test_a_header_holds_nothing_that_cannot_be_seen() -> None:
    assert one_line("a\r\nb\x00c\u2028d\u202ee") == "a b c d e"
    assert len(one_line("x" * 500)) <= 150


async def test_mail_goes_encrypted_and_with_a_password(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with mail_server(pem, password=PASSWORD) as server:
        mail = channel(server, SmtpSecurity.STARTTLS, user=USER, password=PASSWORD, ca_file=pem)
        await mail.send(notice_mail(a_notice(), LETTER))
        mail.close()
    assert server.secured == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with mail_server(certificate(tmp_path)) as server:
        mail = channel(server, SmtpSecurity.STARTTLS)
        with pytest.raises(ChannelTlsError):
            await mail.send(notice_mail(a_notice(), LETTER))
        mail.close()
    assert server.taken == []


async def test_a_server_without_encryption_gets_no_mail() -> None:
    with mail_server() as server:
        mail = channel(server, SmtpSecurity.STARTTLS)
        with pytest.raises(ChannelTlsError):
            await mail.check()
        mail.close()


async def test_a_wrong_password_is_permanent_and_is_not_repeated(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with mail_server(pem, password=PASSWORD) as server:
        wrong = {"user": USER, "password": "a wrong one", "ca_file": pem}
        mail = channel(server, SmtpSecurity.STARTTLS, **wrong)
        with pytest.raises(ChannelAuthError) as caught:
            await mail.check()
        mail.close()
    assert "a wrong one" not in repr((caught.value, caught.value.__context__))
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("550 no such user", ChannelAddressError),
        ("450 try later", ChannelAwayError),
    ],
)
async def test_a_refused_recipient_is_permanent_unless_the_server_says_later(
    said: str, wanted: type[Exception]
) -> None:
    with mail_server() as server:
        server.refuses["dana@example.test"] = said
        mail = channel(server)
        with pytest.raises(wanted):
            await mail.send(notice_mail(a_notice(), LETTER))
        mail.close()


async def test_a_server_that_does_not_run_is_away() -> None:
    mail = EmailChannel(SmtpServer("127.0.0.1", LETTER.sender, 9, SmtpSecurity.NONE))
    with pytest.raises(ChannelAwayError):
        await mail.check()
    mail.close()


def test_links_are_read_by_whom_they_were_made_for_only() -> None:
    links, others = EmailLinks("a secret"), EmailLinks("another secret")
    token = links.confirm("http://loop.test", "default", "dana", "d@e.test").rpartition("/")[2]
    found = links.read_confirm(token)
    assert found is not None
    assert (found.person, found.email) == ("dana", "d@e.test")
    assert others.read_confirm(token) is None
    assert links.read_unsubscribe(token) is None
    assert links.read_unsubscribe("nonsense") is None
