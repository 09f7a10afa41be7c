"""Every endpoint, who may call it, and how a well-meant call of it looks: one line each.

A new endpoint fails `test_matrix.py` until it has its line. In `path`, `query` and `body`, a name
in braces stands for an id of the workspace that is called about; `IDS` says which.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, LiteralString

from domain.identity import ApiRole

INTEGRATION, AGENT, REVIEWER, LEAD, ADMIN = ApiRole

ALL = frozenset(ApiRole)
REVIEWING = frozenset({REVIEWER, LEAD, ADMIN})
LEADING = frozenset({LEAD, ADMIN})
ADMINS = frozenset({ADMIN})
SENDING = frozenset({INTEGRATION, ADMIN})
LOOKING = REVIEWING | {INTEGRATION}
KNOWING = REVIEWING | {AGENT}
REPORTING = frozenset({INTEGRATION, AGENT, ADMIN})

IDS: dict[str, LiteralString] = {
    "intervention_id": "SELECT id FROM interventions WHERE workspace = %s ORDER BY id LIMIT 1",
    "external_id": "SELECT external_id FROM interventions WHERE workspace = %s ORDER BY id LIMIT 1",
    "proposal_id": "SELECT id FROM proposals WHERE workspace = %s ORDER BY id LIMIT 1",
    "content_hash": "SELECT content_hash FROM proposals WHERE workspace = %s ORDER BY id LIMIT 1",
    "item_id": "SELECT id FROM items WHERE workspace = %s ORDER BY id LIMIT 1",
    "request_id": "SELECT id FROM change_requests WHERE workspace = %s ORDER BY id LIMIT 1",
    "suppression_id": "SELECT id FROM suppressions WHERE workspace = %s ORDER BY id LIMIT 1",
    "erasure_id": "SELECT id FROM erasures WHERE workspace = %s ORDER BY id LIMIT 1",
    "golden_id": "SELECT id FROM golden_queries WHERE workspace = %s ORDER BY id LIMIT 1",
    "session_id": "SELECT id FROM sessions WHERE workspace = %s ORDER BY id LIMIT 1",
    "token": "SELECT 'nowhere.nothing' WHERE %s <> ''",
    "view_id": "SELECT id FROM saved_views WHERE workspace = %s ORDER BY id LIMIT 1",
    "number": "SELECT number FROM releases WHERE workspace = %s ORDER BY number DESC LIMIT 1",
    "act": "SELECT 'approve' WHERE %s <> ''",
    "kind": "SELECT 'claim' WHERE %s <> ''",
    "figure": "SELECT 'effect_by_item' WHERE %s <> ''",
    "model": "SELECT 'nobodys' WHERE %s <> ''",
}
"""What the names in braces stand for."""

NAMES_A_ROW = (
    *("intervention_id", "proposal_id", "item_id", "request_id"),
    *("erasure_id", "suppression_id", "golden_id", "number", "view_id"),
    "session_id",
)
"""Names that lead to one workspace's row: for another workspace there is no such thing."""


class Door(StrEnum):
    """How a caller comes in: with a key, as a signed-in person, or as anybody."""

    KEY = "key"
    SESSION = "session"
    OPEN = "open"


class Shows(StrEnum):
    """Whether an own caller sees what was planted, which shows that the search for it can find."""

    ROWS = "rows"
    OTHERWISE = "otherwise"


@dataclass(frozen=True)
class Endpoint:
    """One line of the table."""

    method: str
    path: str
    roles: frozenset[ApiRole]
    door: Door
    query: str = ""
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    shows: Shows = Shows.OTHERWISE

    def __str__(self) -> str:
        """Return the endpoint's name in the tests' names."""
        return f"{self.method} {self.path}"

    @property
    def names_a_row(self) -> bool:
        """Whether it is about one row, which its address names."""
        return any(f"{{{name}}}" in self.path for name in NAMES_A_ROW)


def get(path: str, roles: frozenset[ApiRole], query: str = "") -> Endpoint:
    """Return a call that reads rows."""
    return Endpoint("GET", path, roles, Door.KEY, query=query, shows=Shows.ROWS)


def count(path: str, roles: frozenset[ApiRole], query: str = "") -> Endpoint:
    """Return a call that reads numbers, or rows that are not planted."""
    return Endpoint("GET", path, roles, Door.KEY, query=query)


def post(path: str, roles: frozenset[ApiRole], **body: Any) -> Endpoint:
    """Return a call that writes or asks."""
    return Endpoint("POST", path, roles, Door.KEY, body=body)


def patch(path: str, roles: frozenset[ApiRole], **body: Any) -> Endpoint:
    """Return a call that changes some fields of what is there."""
    return Endpoint("PATCH", path, roles, Door.KEY, body=body)


def page(path: str, query: str = "", shows: Shows = Shows.ROWS) -> Endpoint:
    """Return a page; whoever reviews sees all of them."""
    return Endpoint("GET", path, REVIEWING, Door.SESSION, query=query, shows=shows)


def form(path: str, **fields: str) -> Endpoint:
    """Return a form. What it does is refused by role only behind the page."""
    return Endpoint("POST", path, REVIEWING, Door.SESSION, body=fields)


def anybody(method: str, path: str) -> Endpoint:
    """Return what needs no key."""
    return Endpoint(method, path, ALL, Door.OPEN)


ASKED = "How long do refunds take?"
CHANGE = {
    "kind": "article",
    "operation": "revise",
    "item_id": "{item_id}",
    "base_revision": 1,
    "content": {"title": "Returns", "question": "How long?", "answer": "Never."},
}

ENDPOINTS = (
    post(
        "/v1/interventions",
        SENDING,
        source="zendesk",
        external_id="{external_id}",
        conversation=[{"role": "customer", "text": ASKED}],
        resolution={"reply": "5 days."},
    ),
    get("/v1/interventions", LOOKING),
    get("/v1/interventions/{intervention_id}", LOOKING),
    count("/v1/workspace/settings", KNOWING),
    patch("/v1/workspace/settings", ADMINS, replays_per_case=2),
    get("/v1/proposals", REVIEWING),
    get("/v1/proposals/{proposal_id}", REVIEWING),
    post("/v1/proposals", REVIEWING, change=CHANGE, reason="Because."),
    # Whoever is known may try: a decision that is refused is on record.
    post(
        "/v1/proposals/{proposal_id}/decisions",
        ALL,
        verdict="approve",
        content_hash="{content_hash}",
    ),
    get("/v1/suppressions", REVIEWING),
    get("/v1/suppressions/{suppression_id}", REVIEWING),
    patch("/v1/suppressions/{suppression_id}", LEADING, lifts_after=2),
    post("/v1/proposals/{proposal_id}/claim", REVIEWING),
    post("/v1/proposals/{proposal_id}/release", REVIEWING),
    post("/v1/proposals/{proposal_id}/assign", LEADING, assignee="dana"),
    post("/v1/proposals/{proposal_id}/reopen", LEADING),
    post("/v1/proposals/{proposal_id}/comments", REVIEWING, body="Mine."),
    post("/v1/proposals/{proposal_id}/snooze", REVIEWING, until="2027-01-01T09:00:00Z"),
    Endpoint("DELETE", "/v1/proposals/{proposal_id}/snooze", REVIEWING, Door.KEY),
    post("/v1/knowledge/search", KNOWING, query=ASKED, k=20),
    post("/v1/knowledge/import", ADMINS, items=[{"kind": "article", "content": CHANGE["content"]}]),
    get("/v1/knowledge/export", REVIEWING),
    get("/v1/knowledge", KNOWING),
    count("/v1/knowledge/checkup", REVIEWING),
    post("/v1/knowledge/checkup", LEADING),
    get("/v1/knowledge/{item_id}", KNOWING),
    get("/v1/knowledge/{item_id}/revisions", KNOWING),
    get("/v1/knowledge/{item_id}/diff", KNOWING, "from=1&to=2"),
    count("/v1/knowledge/{item_id}/answers", REVIEWING, "from_revision=1&to_revision=2"),
    post("/v1/knowledge/rollback", REVIEWING, to_release=1, reason="Because."),
    post("/v1/knowledge/{item_id}/rollback", REVIEWING, to_revision=1, reason="Because."),
    post("/v1/knowledge/{item_id}/retire", REVIEWING, reason="Because."),
    post("/v1/knowledge/{item_id}/restore", REVIEWING, reason="Because."),
    get("/v1/releases", KNOWING),
    get("/v1/releases/{number}", KNOWING),
    get("/v1/releases/diff", KNOWING, "from=1&to={number}"),
    count("/v1/change-requests", REVIEWING),
    get("/v1/change-requests/{request_id}", REVIEWING),
    post("/v1/erasures", ADMINS, customer_ref="c-7719"),
    count("/v1/erasures/{erasure_id}", ADMINS),
    get("/v1/golden", REVIEWING),
    post("/v1/golden", LEADING, query=ASKED),
    post("/v1/golden/import", LEADING, queries=[{"query": ASKED}]),
    Endpoint("DELETE", "/v1/golden/{golden_id}", LEADING, Door.KEY),
    count("/v1/embeddings", ADMINS),
    post("/v1/embeddings/reembed", ADMINS),
    Endpoint("DELETE", "/v1/embeddings/{model:path}", ADMINS, Door.KEY),
    post("/v1/ask", KNOWING, query=ASKED),
    post("/v1/outcomes", REPORTING, query=ASKED, handled_by="agent", items_used=["{item_id}"]),
    get("/v1/audit", ADMINS),
    count("/v1/audit/head", ADMINS),
    count("/v1/events", ALL, "after=0&mode=catch_up"),
    count("/v1/metrics/learning", REVIEWING),
    count("/v1/people", REVIEWING),
    count("/v1/me/notifications", REVIEWING),
    Endpoint("PUT", "/v1/me/notifications", REVIEWING, Door.KEY),
    anybody("POST", "/v1/hooks/slack"),
    count("/v1/usage", LEADING),
    anybody("GET", "/healthz"),
    anybody("GET", "/readyz"),
    anybody("GET", "/login"),
    anybody("POST", "/login"),
    form("/logout"),
    anybody("GET", "/login/oidc"),
    anybody("GET", "/login/oidc/callback"),
    anybody("GET", "/login/link/{token}"),
    anybody("POST", "/login/link"),
    page("/me", shows=Shows.OTHERWISE),
    form("/me/sessions/{session_id}/end"),
    form("/me/sessions/end"),
    page("/me/notifications", shows=Shows.OTHERWISE),
    form("/me/notifications"),
    form("/me/notifications/slack"),
    form("/me/notifications/email", email="dana@example.test"),
    anybody("GET", "/unsubscribe/{token}"),
    anybody("POST", "/unsubscribe/{token}"),
    anybody("GET", "/confirm-email/{token}"),
    anybody("POST", "/confirm-email/{token}"),
    page("/"),
    form("/inbox/bulk", act="claim"),
    form("/inbox/views", name="Mine"),
    form("/inbox/views/{view_id}/rename", name="Mine"),
    form("/inbox/views/{view_id}/default"),
    form("/inbox/views/{view_id}/delete"),
    page("/proposals/{proposal_id}"),
    page("/proposals/{proposal_id}/edit", shows=Shows.OTHERWISE),
    form("/proposals/{proposal_id}/decide", verdict="approve", content_hash="{content_hash}"),
    form("/proposals/{proposal_id}/edit/{act}", content_hash="{content_hash}"),
    form("/proposals/{proposal_id}/preview", content_hash="{content_hash}"),
    form("/proposals/{proposal_id}/ask-again"),
    form("/proposals/{proposal_id}/comments/add", body="Mine."),
    page("/live/counts", shows=Shows.OTHERWISE),
    form("/proposals/{proposal_id}/looking"),
    form("/proposals/{proposal_id}/left"),
    form("/proposals/{proposal_id}/{kind}"),
    form("/proposals/{proposal_id}/snooze", choice="hour"),
    form("/proposals/{proposal_id}/wake"),
    page("/suppressions"),
    Endpoint(
        "POST", "/suppressions/{suppression_id}", LEADING, Door.SESSION, body={"lifts_after": "2"}
    ),
    page("/ask", shows=Shows.OTHERWISE),
    form("/ask", query=ASKED),
    page("/interventions"),
    page("/interventions/{intervention_id}"),
    page("/knowledge"),
    page("/knowledge/search", shows=Shows.OTHERWISE),
    form("/knowledge/search", query=ASKED),
    page("/knowledge/{item_id}"),
    page("/knowledge/{item_id}/compare", "from=1&to=2"),
    form("/knowledge/{item_id}/rollback", to_revision="1", reason="Because."),
    form("/knowledge/{item_id}/retire", reason="Because."),
    form("/knowledge/{item_id}/restore", reason="Because."),
    page("/checkup", shows=Shows.OTHERWISE),
    Endpoint("POST", "/checkup", LEADING, Door.SESSION),
    page("/golden"),
    Endpoint("POST", "/golden", LEADING, Door.SESSION, body={"query": ASKED}),
    Endpoint("POST", "/golden/{golden_id}/remove", LEADING, Door.SESSION),
    page("/dashboard", shows=Shows.OTHERWISE),
    page("/dashboard/{figure}.csv", shows=Shows.OTHERWISE),
    page("/dashboard/charts/{figure}.svg", shows=Shows.OTHERWISE),
    page("/releases"),
    page("/releases/compare", "from=1&to={number}"),
    form("/releases/rollback", to_release="1", reason="Because."),
)
