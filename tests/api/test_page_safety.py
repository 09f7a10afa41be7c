"""What must not get through the pages: forged forms, hostile texts, other people's data."""

from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from domain.conversation import Submission
from domain.findings import Finding, Gap, Quote
from domain.identity import ApiRole
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from domain.reviews import Decision, DecisionEffect, Ruling, Verdict
from store import reviews
from tests.api.browser import HTML, Person, Tags, signed_in, token_of
from tests.api.conftest import Keys, make_keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows
from tests.domain.builders import submission
from tests.security.elements import foreign_scripts

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


FORMS = [
    *("decide", "claim", "release", "assign", "reopen", "comments/add"),
    *("edit/approve", "edit/verify", "preview", "ask-again"),
]


@pytest.mark.parametrize("form", FORMS)
async def test_a_form_without_its_token_does_nothing(
    reviewer: Person, rows: Rows, delivery: RecordingDelivery, form: str
) -> None:
    proposal = await rows.proposal()
    fields = {"verdict": "approve", "content_hash": proposal.content_hash, "body": "x"}
    path = f"/proposals/{proposal.id}/{form}"

    answers = [
        await reviewer.client.post(path, data={**fields, **token}, headers=HTML)
        for token in ({}, {"form_token": ""}, {"form_token": "forged"})
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (delivery.decided, delivery.commanded) == ([], [])


async def test_a_token_of_another_session_does_nothing(
    client: AsyncClient, reviewer: Person, keys: Keys, rows: Rows, app: FastAPI
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")
    old_token = token_of(page)
    await signed_in(client, keys.of[ApiRole.LEAD])

    answer = await client.post(
        f"/proposals/{proposal.id}/claim", data={"form_token": old_token}, headers=HTML
    )

    assert answer.status_code == 403


async def test_a_form_sent_by_another_site_does_nothing(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answer = await reviewer.client.post(
        f"/proposals/{proposal.id}/claim",
        data={"form_token": token_of(page)},
        headers={**HTML, "Origin": "https://evil.test"},
    )

    assert answer.status_code == 403


async def test_a_file_is_no_form(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()

    answer = await reviewer.client.post(
        f"/proposals/{proposal.id}/claim", files={"form_token": b"x"}, headers=HTML
    )

    assert answer.status_code == 403


def _evil_submission() -> Submission:
    return submission(
        source=EVIL[:200],
        external_id=EVIL[:200],
        conversation=[
            {"role": "customer", "text": EVIL},
            {
                "role": "agent",
                "text": EVIL,
                "tool_calls": [{"name": EVIL, "arguments": {EVIL: EVIL}, "result": EVIL}],
            },
        ],
        resolution={
            "by": EVIL,
            "reply": EVIL,
            "decision": EVIL,
            "information_used": [EVIL],
            "actions": [{"system": EVIL, "name": EVIL, "arguments": {EVIL: EVIL}}],
        },
    )


async def _evil_proposal(rows: Rows) -> tuple[str, str]:
    """Store a proposal every text of which is hostile; return its id and its intervention's."""
    finding = Finding(
        gap=Gap.MISSING_KNOWLEDGE,
        summary=f"`{EVIL}`",
        agent_did=EVIL,
        human_did=EVIL,
        quotes=(Quote(turn=0, text=EVIL), Quote(turn=-1, text=EVIL)),
        confidence=0.5,
    )
    content = ArticleContent(title=EVIL, question=EVIL, answer=EVIL, tags=(EVIL,))
    change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)
    proposal = await rows.proposal(
        change, posted=_evil_submission(), title=EVIL, finding=finding, author=EVIL
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.add_comment(connection, rows.workspace, proposal.id, by=EVIL, body=EVIL)
        decision = Decision(
            id=uuid4(),
            proposal_id=proposal.id,
            verdict=Verdict.REJECT,
            content_hash=EVIL,
            comment=EVIL,
            by=EVIL,
            role=ApiRole.REVIEWER,
            created_at=proposal.created_at,
        )
        ruling = Ruling(effect=DecisionEffect.REJECTED)
        await reviews.insert_refused_decision(connection, rows.workspace, decision, ruling)
    return str(proposal.id), str(proposal.intervention_id)


async def test_hostile_texts_are_shown_and_never_run(reviewer: Person, rows: Rows) -> None:
    proposal, intervention = await _evil_proposal(rows)
    item_id, _ = await rows.item(
        Change(
            kind=ItemKind.ARTICLE,
            operation=Operation.ADD,
            content=ArticleContent(title=EVIL, question=EVIL, answer=EVIL),
        )
    )
    paths = [
        "/",
        f"/proposals/{proposal}",
        f"/proposals/{proposal}/edit",
        "/interventions",
        f"/interventions/{intervention}",
        "/knowledge",
        f"/knowledge/{item_id}",
    ]
    for path in paths:
        page = await reviewer.get(path)
        assert page.status_code == 200, path
        assert "alert(1)" in page.text, path
        assert "{{7*7}}" in page.text, path
        tags = Tags.of(page)
        assert foreign_scripts(page) == [], path
        assert tags.names.count("img") == 1, path
        assert not [name for name in tags.attributes if name.startswith("on")], path


async def test_another_workspaces_pages_are_unknown(
    client: AsyncClient, rows: Rows, database_url: str
) -> None:
    other = await make_keys(database_url, f"w-{uuid4().hex[:12]}")
    proposal = await rows.proposal()
    item_id, _ = await rows.item()
    person = await signed_in(client, other.of[ApiRole.ADMIN])

    paths = [
        f"/proposals/{proposal.id}",
        f"/proposals/{proposal.id}/edit",
        f"/interventions/{proposal.intervention_id}",
        f"/knowledge/{item_id}",
    ]
    answers = [await person.get(path) for path in paths]
    page = await person.get("/")
    posted = await person.post(f"/proposals/{proposal.id}/claim", page)

    assert [answer.status_code for answer in (*answers, posted)] == [404] * 5


async def test_personal_data_is_not_shown(reviewer: Person, rows: Rows) -> None:
    posted = submission(
        conversation=[{"role": "customer", "text": "Write to jane.roe@example.com, please."}]
    )
    proposal = await rows.proposal(posted=posted)

    for path in (f"/proposals/{proposal.id}", f"/interventions/{proposal.intervention_id}"):
        page = await reviewer.get(path)
        assert "jane.roe" not in page.text
        assert "[EMAIL]" in page.text
