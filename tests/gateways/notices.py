"""A notice, as channels get it."""

from typing import Any
from uuid import UUID

from domain.knowledge import ItemKind
from domain.notice_words import Digest, DigestLine, Notice
from domain.notifications import Occasion

HOSTILE = (
    "<!channel> @here <http://evil.test|click> & </b><script>alert(1)</script>\r\nBcc: x@y.test"
)


def a_notice(**changes: Any) -> Notice:
    """Return a reminder of an article that can be approved in a chat."""
    fields: dict[str, Any] = {
        "workspace": "default",
        "proposal_id": UUID(int=1),
        "occasion": Occasion.REMINDER,
        "kind": ItemKind.ARTICLE,
        "title": "Refunds",
        "headline": "Reminder: a proposal waits for your decision",
        "effect": "It would give the agent a new article.",
        "proof": "3 cases show the need.",
        "why_now": "It has waited for 4 hours.",
        "time_left": "Due in 3 hours.",
        "address": "http://loop.test/proposals/1",
        "draft": 2,
        "content_hash": "ab" * 32,
        "can_decide": True,
        "can_approve_here": True,
    }
    return Notice.model_validate({**fields, **changes})


def a_digest(title: str = "Refunds", count: int = 1) -> Digest:
    """Return a day with some proposals that wait."""
    line = DigestLine(title=title, note="3 cases", address="http://loop.test/proposals/1?a=1&b=2")
    return Digest(waiting=(line,) * count, address="http://loop.test")
