"""Requests of Slack: only what Slack has signed just now is read."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from gateways.slack_requests import Act, NotFromSlackError, check_signature, read_act
from tests.fakes.slack import SIGNING_SECRET

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = b"payload=%7B%7D"


def signed(body: bytes = BODY, at: datetime = NOW, secret: str = SIGNING_SECRET) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    basis = f"v0:{stamp}:".encode() + body
    digest = hmac.new(secret.encode(), basis, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def test_a_fresh_signature_is_good() -> None:
    check_signature(SIGNING_SECRET, BODY, signed(), NOW + timedelta(seconds=299))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY + b"x", signed()),
        (BODY, signed(secret="another")),
        (BODY, signed(at=NOW - timedelta(seconds=301))),
        (BODY, signed(at=NOW + timedelta(seconds=301))),
        (BODY, {}),
        (BODY, {**signed(), "x-slack-signature": ""}),
        (BODY, {**signed(), "x-slack-signature": "v0=\u00e9"}),
        (BODY, {**signed(), "x-slack-request-timestamp": "soon"}),
        (BODY, {**signed(), "x-slack-request-timestamp": "1e400"}),
        (BODY, {**signed(), "x-slack-request-timestamp": "9" * 400}),
        (BODY, {**signed(), "x-slack-request-timestamp": "\u0661"}),
        (b"\xff\xfe", signed(b"\xff\xfe")),
    ],
)
def test_what_slack_has_not_signed_just_now_is_refused(
    body: bytes, headers: dict[str, str]
) -> None:
    with pytest.raises(NotFromSlackError):
        check_signature(SIGNING_SECRET, body, headers, NOW)


def test_a_slash_command_is_read() -> None:
    body = urlencode(
        {"command": "/learning-loop", "text": "link x", "user_id": "U1", "team_id": "T1"}
    )
    act = read_act(body.encode())
    assert (act.act, act.text) == (Act.LINK, "link x")
    assert act.user is not None
    assert (act.user.team, act.user.user) == ("T1", "U1")


@pytest.mark.parametrize(
    "payload",
    [
        "not json",
        "[]",
        "null",
        "{}",
        '{"type": "block_actions"}',
        '{"type": "block_actions", "user": {"id": 7, "team_id": "T"}, "actions": [{}]}',
        '{"type": "block_actions", "user": [], "actions": []}',
        '{"type": "view_submission", "user": {"id": "U", "team_id": "T"}, "view": {"callback_id": '
        '"reject_dialog", "private_metadata": "", "state": {"values": {}}}}',
        "[" * 100_000,
    ],
)
def test_what_slack_never_sends_is_refused(payload: str) -> None:
    with pytest.raises(NotFromSlackError):
        read_act(urlencode({"payload": payload}).encode())


def test_a_button_that_is_none_of_ours_does_nothing() -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "actions": [{"action_id": "open"}],
    }
    act = read_act(urlencode({"payload": json.dumps(payload)}).encode())
    assert act.act is Act.NOTHING
