"""How notices look in Slack: blocks whose texts cannot mention, link or format by themselves."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.notice_words import Digest, Notice
from domain.reviews import RejectionReason
from gateways.slack import Block

_MAX_TEXT = 2_900
"""Slack takes 3,000 characters in a section."""
_MAX_CONFIRM = 290

_SHOWN = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "_": "\uff3f", "~": "∼", "`": "ˋ"}  # noqa: RUF001
)
"""What Slack takes for markup, as what a reader takes for the same. Formatting has no escape."""

APPROVE, REJECT = "approve", "reject"
REJECT_DIALOG = "reject_dialog"
REASON, COMMENT = "reason", "comment"


class ButtonValue(BaseModel):
    """What a button carries: the draft that was looked at. It comes back as we have sent it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    w: str
    p: UUID
    h: str
    d: int = 1
    c: str = ""
    """Where the message is, once a dialog was opened from it."""

    @classmethod
    def read(cls, text: object) -> "ButtonValue | None":
        """Return what a button carried; None if it is none of ours."""
        if not isinstance(text, str):
            return None
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None


def escape(text: str) -> str:
    """Return a text that Slack shows as it is: no mention, link or formatting, in one line."""
    return _one_line(text).translate(_SHOWN)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def summary_of(notice: Notice) -> str:
    """Return what a phone shows of the message."""
    return _clip(f"{escape(notice.headline)}: {escape(notice.title)}", _MAX_TEXT)


def blocks_of(notice: Notice, *, buttons: bool) -> list[Block]:
    """Return the message; `buttons` where a signing secret lets us trust what they send back."""
    said = [notice.effect, notice.proof, notice.why_now, *([notice.time_left or ""])]
    blocks = [
        _section(f"*{escape(notice.headline)}*"),
        _text(_one_line(notice.title)),
        _text("\n".join(_one_line(line) for line in said if line)),
    ]
    elements = [_link(notice.address)]
    if notice.can_decide and buttons:
        elements = [*_deciding(notice), *elements]
    return [*blocks, {"type": "actions", "elements": elements}]


def _deciding(notice: Notice) -> list[Block]:
    value = ButtonValue(
        w=notice.workspace, p=notice.proposal_id, h=notice.content_hash, d=notice.draft
    ).model_dump_json(exclude={"c"})
    reject = {
        "type": "button",
        "action_id": REJECT,
        "text": _plain("Reject…"),
        "style": "danger",
        "value": value,
    }
    if not notice.can_approve_here:
        return [reject]
    approve = {
        "type": "button",
        "action_id": APPROVE,
        "text": _plain("Approve"),
        "style": "primary",
        "value": value,
        "confirm": _confirm(notice),
    }
    return [approve, reject]


def _confirm(notice: Notice) -> Block:
    draft = f"draft {notice.draft} ({notice.content_hash[:8]})"
    text = (
        f"You approve {draft} of this {notice.kind.replace('_', ' ')}, exactly as its page "
        f"shows it. It takes effect at once. {notice.proof}"
    )
    return {
        "title": _plain(f"Approve draft {notice.draft}?"),
        "text": _plain(_clip(text, _MAX_CONFIRM)),
        "confirm": _plain("Approve"),
        "deny": _plain("Not yet"),
    }


def _link(address: str) -> Block:
    return {"type": "button", "action_id": "open", "text": _plain("Open"), "url": address}


def digest_blocks(digest: Digest) -> list[Block]:
    """Return a person's day as a message."""
    blocks = [_section(f"*{escape(digest.headline)}*")]
    for heading, lines in digest.parts:
        entries = [
            f"• <{_address(line.address)}|{escape(line.title).replace('|', '/')}> "
            f"({escape(line.note)})"
            for line in lines
        ]
        blocks += [_section(text) for text in _packed(f"*{escape(heading)}*", entries)]
    if digest.more_waiting:
        blocks.append(_section(f"and {digest.more_waiting} more"))
    return [*blocks, {"type": "actions", "elements": [_link(digest.address)]}]


def _packed(heading: str, entries: Sequence[str]) -> list[str]:
    """Return the lines in as few texts as Slack's limit allows."""
    texts = [heading]
    for entry in entries:
        if len(texts[-1]) + len(entry) + 1 > _MAX_TEXT:
            texts.append(entry)
        else:
            texts[-1] += f"\n{entry}"
    return texts


def _address(address: str) -> str:
    return address.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def reject_dialog(value: ButtonValue) -> Block:
    """Return the dialog that asks why; what it carries comes back with the answer."""
    return {
        "type": "modal",
        "callback_id": REJECT_DIALOG,
        "private_metadata": value.model_dump_json(),
        "title": _plain("Reject"),
        "submit": _plain("Reject"),
        "close": _plain("Cancel"),
        "blocks": [
            _section(f"You reject draft {value.d} ({escape(value.h[:8])})."),
            {
                "type": "input",
                "block_id": REASON,
                "label": _plain("Reason"),
                "element": {
                    "type": "static_select",
                    "action_id": REASON,
                    "options": [
                        {"text": _plain(_words(reason)), "value": reason.value}
                        for reason in RejectionReason
                    ],
                },
            },
            {
                "type": "input",
                "block_id": COMMENT,
                "label": _plain("What should be known"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": COMMENT,
                    "multiline": True,
                    "max_length": 3_000,
                },
            },
        ],
    }


def _words(reason: RejectionReason) -> str:
    return reason.value.replace("_", " ").capitalize()


def _section(text: str) -> Block:
    # Verbatim: Slack makes no links or mentions of what merely looks like one.
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": _clip(text, _MAX_TEXT), "verbatim": True},
    }


def _text(text: str) -> Block:
    """Return words in which Slack sees no markup at all."""
    return {"type": "section", "text": _plain(_clip(text, _MAX_TEXT))}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 2]} …"
