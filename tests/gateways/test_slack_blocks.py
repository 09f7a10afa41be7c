"""Notices in Slack: nothing that a customer may have influenced mentions, links or formats."""

import json
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from gateways.slack_blocks import (
    ButtonValue,
    blocks_of,
    digest_blocks,
    reject_dialog,
    summary_of,
)
from tests.gateways.notices import HOSTILE, a_digest, a_notice


def texts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every text object there is."""
    if isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from texts(inner)
    elif isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        if fields.get("type") in {"mrkdwn", "plain_text"}:
            yield fields
        for inner in fields.values():
            yield from texts(inner)


def buttons(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {b["action_id"]: b for block in blocks for b in block.get("elements", [])}


def test_a_hostile_title_cannot_mention_or_link() -> None:
    said = a_notice(title=HOSTILE, why_now=f"{HOSTILE} has named you")
    for text in texts(blocks_of(said, buttons=True)):
        if text["type"] == "mrkdwn":
            assert "<" not in text["text"]
            assert ">" not in text["text"]
            assert text["verbatim"] is True
    assert "&lt;!channel&gt;" in summary_of(said)
    assert "\n" not in summary_of(said)


def test_a_hostile_title_in_a_digest_stays_within_its_link() -> None:
    [heading, line, _] = digest_blocks(a_digest(HOSTILE))
    text = line["text"]["text"]
    assert text.count("<") == text.count(">") == text.count("|") == 1
    assert "http://loop.test/proposals/1?a=1&amp;b=2|" in text
    assert heading["text"]["text"] == "*Learning Loop today: 1 waiting for you*"


APPROVED = "*Already approved by the lead* _and_ ~not~ `checked`"


def formatting(text: str) -> list[str]:
    return [letter for letter in text if letter in "*_~`"]


def test_a_title_cannot_format_a_message() -> None:
    said = a_notice(title=APPROVED, proof=APPROVED, why_now=f"{APPROVED} has named you")
    sections = [b["text"] for b in blocks_of(said, buttons=True) if b["type"] == "section"]
    shown = [text["text"] for text in sections if text["type"] == "plain_text"]
    assert shown[0] == APPROVED
    assert shown[1].count(APPROVED) == 2
    assert [formatting(t["text"]) for t in sections if t["type"] == "mrkdwn"] == [["*", "*"]]
    assert formatting(summary_of(said)) == []


def test_a_title_cannot_format_a_digest() -> None:
    _, line, _ = digest_blocks(a_digest(APPROVED))
    heading, entry = line["text"]["text"].split("\n")
    assert formatting(heading) == ["*", "*"]
    assert formatting(entry) == []
    assert "Already approved by the lead" in entry


def test_a_long_digest_fits_into_slacks_limits() -> None:
    blocks = digest_blocks(a_digest("x" * 290, count=30))
    assert all(len(text["text"]) <= 3_000 for text in texts(blocks))


def test_buttons_carry_the_draft_that_was_shown() -> None:
    found = buttons(blocks_of(a_notice(), buttons=True))
    assert list(found) == ["approve", "reject", "open"]
    assert ButtonValue.read(found["approve"]["value"]) == ButtonValue(
        w="default", p=UUID(int=1), h="ab" * 32, d=2
    )
    assert "draft 2 (abababab)" in found["approve"]["confirm"]["text"]["text"]


def test_without_a_signing_secret_there_is_a_link_only() -> None:
    assert list(buttons(blocks_of(a_notice(), buttons=False))) == ["open"]


def test_what_needs_its_page_has_no_button_to_approve() -> None:
    found = buttons(blocks_of(a_notice(can_approve_here=False), buttons=True))
    assert list(found) == ["reject", "open"]


def test_what_is_over_has_a_link_only() -> None:
    found = buttons(blocks_of(a_notice(can_decide=False), buttons=True))
    assert list(found) == ["open"]


def test_a_confirmation_fits_into_slacks_limit() -> None:
    said = a_notice(proof="x" * 300)
    confirm = buttons(blocks_of(said, buttons=True))["approve"]["confirm"]
    assert len(confirm["text"]["text"]) <= 300
    assert len(confirm["title"]["text"]) <= 100


def test_the_dialog_names_reasons_and_wants_a_comment() -> None:
    value = ButtonValue(w="default", p=UUID(int=1), h="ab" * 32, c="C100/1.1")
    view = reject_dialog(value)
    assert ButtonValue.read(view["private_metadata"]) == value
    assert len(json.dumps(view["private_metadata"])) < 3_000
    options = view["blocks"][1]["element"]["options"]
    assert {
        "text": {"type": "plain_text", "text": "Not general", "emoji": False},
        "value": "not_general",
    } in options


def test_a_value_that_is_none_of_ours_is_no_value() -> None:
    assert ButtonValue.read('{"w": "default"}') is None
    assert ButtonValue.read("not json") is None
    assert ButtonValue.read(None) is None
