"""Reads what Slack posts to us: proves that it is Slack's, and says what a person did."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, ValidationError
from slack_sdk.signature import Clock, SignatureVerifier

from gateways.slack_blocks import APPROVE, COMMENT, REASON, REJECT, REJECT_DIALOG, ButtonValue

MAX_AGE_SECONDS = 300


class NotFromSlackError(Exception):
    """The request is not signed by Slack, or too old, or not what Slack sends."""


class Act(StrEnum):
    """What a person did in Slack."""

    APPROVE = "approve"
    ASK_TO_REJECT = "ask_to_reject"
    REJECT = "reject"
    LINK = "link"
    NOTHING = "nothing"


class SlackUser(BaseModel):
    """One Slack account."""

    model_config = ConfigDict(frozen=True)

    team: str
    user: str


class SlackAct(BaseModel):
    """One act by one account, and what it carried."""

    model_config = ConfigDict(frozen=True)

    act: Act
    user: SlackUser | None = None
    value: ButtonValue | None = None
    trigger: str = ""
    channel: str = ""
    message: str = ""
    """Finds the message again whose button was pressed: `channel/timestamp`."""
    reason: str = ""
    comment: str = ""
    text: str = ""
    """What followed a slash command."""


_NOTHING = SlackAct(act=Act.NOTHING)


class _FixedClock(Clock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()


def check_signature(secret: str, body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    """Return if Slack has signed this body less than five minutes ago.

    Raises NotFromSlackError, for a header that makes no sense too, where the library raises this
    and that. https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    stamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    # Slack sends digits; what else int() reads as a number would be signed as other text.
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and signature.isascii()):
        raise NotFromSlackError
    try:
        verifier = SignatureVerifier(secret, clock=_FixedClock(now))
        is_valid = verifier.is_valid(body, stamp, signature)
    except (ValueError, TypeError):
        raise NotFromSlackError from None
    if not is_valid:
        raise NotFromSlackError


def read_act(body: bytes) -> SlackAct:
    """Return what a signed request says. Raises NotFromSlackError for what Slack never sends."""
    try:
        form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
        if "payload" not in form:
            return _command(form)
        payload: object = json.loads(form["payload"])
        if not isinstance(payload, dict):
            raise NotFromSlackError
        return _interaction(cast(dict[str, Any], payload))
    except (ValueError, RecursionError, ValidationError, KeyError, TypeError, AttributeError):
        raise NotFromSlackError from None


def _command(form: Mapping[str, str]) -> SlackAct:
    if "command" not in form:
        return _NOTHING
    user = SlackUser(team=form.get("team_id", ""), user=form["user_id"])
    return SlackAct(
        act=Act.LINK, user=user, channel=form.get("channel_id", ""), text=form.get("text", "")
    )


def _interaction(payload: dict[str, Any]) -> SlackAct:
    user = SlackUser(
        team=payload["user"].get("team_id") or payload["team"]["id"], user=payload["user"]["id"]
    )
    if payload["type"] == "view_submission":
        return _submission(payload["view"], user)
    if payload["type"] != "block_actions" or not payload["actions"]:
        return _NOTHING
    action = payload["actions"][0]
    acts = {APPROVE: Act.APPROVE, REJECT: Act.ASK_TO_REJECT}
    container = cast(dict[str, Any], payload.get("container") or {})
    channel = str(container.get("channel_id", ""))
    return SlackAct(
        act=acts.get(str(action.get("action_id")), Act.NOTHING),
        user=user,
        value=ButtonValue.read(action.get("value")),
        trigger=str(payload.get("trigger_id", "")),
        channel=channel,
        message=f"{channel}/{container.get('message_ts', '')}",
    )


def _submission(view: dict[str, Any], user: SlackUser) -> SlackAct:
    if view["callback_id"] != REJECT_DIALOG:
        return _NOTHING
    given = view["state"]["values"]
    value = ButtonValue.read(view["private_metadata"])
    return SlackAct(
        act=Act.REJECT,
        user=user,
        value=value,
        channel=value.c.partition("/")[0] if value else "",
        message=value.c if value else "",
        reason=str(given[REASON][REASON]["selected_option"]["value"]),
        comment=str(given[COMMENT][COMMENT]["value"] or ""),
    )
