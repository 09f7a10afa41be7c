"""How notices look as mail: text and HTML, headers that keep one proposal in one thread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.notice_words import Digest, Notice

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent / "mail"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_MAX_SUBJECT = 150
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Letter:
    """Where a mail goes, who sends it, and what makes it findable again."""

    sender: str
    recipient: str
    delivery_id: str
    unsubscribe: str | None = None
    """An address where the reader ends these mails without signing in."""
    preferences: str = ""


def notice_mail(notice: Notice, letter: Letter) -> EmailMessage:
    """Return a notice as a mail."""
    message = _begin(letter, notice.title)
    thread = f"<proposal-{notice.workspace}-{notice.proposal_id}@{_domain(letter.sender)}>"
    # Nobody has sent the thread's first message: readers gather what refers to it all the same.
    message["References"] = thread
    message["In-Reply-To"] = thread
    lines = [notice.headline, "", notice.title, "", notice.effect, notice.proof, "", notice.why_now]
    lines += [notice.time_left] if notice.time_left else []
    return _fill(message, [*lines, "", notice.address], letter, "notice.html", notice=notice)


def digest_mail(digest: Digest, letter: Letter) -> EmailMessage:
    """Return a person's day as a mail."""
    message = _begin(letter, digest.headline)
    lines = [digest.headline]
    for heading, entries in digest.parts:
        lines += ["", heading]
        for entry in entries:
            lines += [f"- {entry.title} ({entry.note})", f"  {entry.address}"]
    if digest.more_waiting:
        lines += ["", f"and {digest.more_waiting} more"]
    return _fill(message, [*lines, "", digest.address], letter, "digest.html", digest=digest)


def plain_mail(subject: str, lines: Sequence[str], letter: Letter) -> EmailMessage:
    """Return a mail of a few lines, such as the one that confirms an address."""
    return _fill(_begin(letter, subject), lines, letter, "plain.html", shown=lines)


def one_line(text: str) -> str:
    """Return a text that fits into a header: no line break, nothing that cannot be seen."""
    line = " ".join(_UNSEEN.sub(" ", text).split())
    return line if len(line) <= _MAX_SUBJECT else f"{line[: _MAX_SUBJECT - 2]} …"


def _begin(letter: Letter, subject: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(subject)
    message["From"] = Address("Learning Loop", addr_spec=letter.sender)
    message["To"] = Address(addr_spec=letter.recipient)
    # The same for each attempt, so that a mail that was sent twice is shown once.
    message["Message-ID"] = f"<{letter.delivery_id}@{_domain(letter.sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def _fill(
    message: EmailMessage, lines: Sequence[str], letter: Letter, template: str, **values: object
) -> EmailMessage:
    footer = ["", "--"]
    footer += [f"How you are told: {letter.preferences}"] if letter.preferences else []
    footer += [f"No more of these mails: {letter.unsubscribe}"] if letter.unsubscribe else []
    message.set_content("\n".join([*lines, *(footer if len(footer) > 2 else [])]) + "\n")
    html = _environment.get_template(template).render(letter=letter, **values)
    message.add_alternative(html, subtype="html")
    return message


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
