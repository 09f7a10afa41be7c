"""The pages, as a person without scripts uses them."""

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.knowledge import ArticleContent, ItemKind
from domain.proposals import ProposalStatus, ReplayEffect
from domain.reviews import DecisionEffect, Ruling, Verdict
from store import reviews
from store.database import Database
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding, revising


async def test_the_inbox_names_what_waits(reviewer: Person, rows: Rows) -> None:
    await rows.proposal(title="Add an article on refunds")

    page = await reviewer.get("/")

    said = text_of(page)
    assert "Add an article on refunds" in said
    assert "Lets the agent answer: “Refunds take 5 days.”" in said
    assert "fixes 1" in said
    assert "nobody has taken it" in said


@pytest.mark.parametrize(
    ("query", "shown"),
    [("?status=all", 2), ("?status=parked", 1), ("?kind=policy", 0), ("?assignee=me", 0)],
)
async def test_the_inbox_is_filtered(reviewer: Person, rows: Rows, query: str, shown: int) -> None:
    await rows.proposal()
    parked = await rows.proposal()
    await rows.move(parked.id, ProposalStatus.PARKED)

    page = await reviewer.get(f"/{query}")

    assert page.text.count("data-proposal=") == shown


async def test_an_empty_inbox_says_what_to_do(reviewer: Person) -> None:
    said = text_of(await reviewer.get("/"))

    assert "Nothing has been proposed yet" in said
    assert "/v1/interventions" in said


async def test_a_proposal_shows_its_proof_its_change_and_its_origin(
    reviewer: Person, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days."), author="dana")

    page = await reviewer.get(f"/proposals/{proposal.id}")

    said = text_of(page)
    assert "1 ✓ fixed" in said
    assert "Handed off. Nothing known." in said
    assert "Refunds take <del>5</del><ins>7</ins> days." in page.text
    assert "<mark>Where is my refund?</mark>" in page.text
    assert 'href="#said-1"' in page.text
    assert "Said that refunds take 5 days." in said
    assert "Resolved by dana" in said
    assert "If nobody decides in 24 hours the reviewers are reminded" in said
    assert "http://temporal.test/" in page.text


@pytest.mark.parametrize(
    ("effect", "said", "listed"),
    [
        (ReplayEffect.FIXED, "It fixes its own case.", "✓ fixes 1"),
        (ReplayEffect.BROKEN, "It breaks its own case", "✕ breaks 1"),
        (ReplayEffect.CHANGED, "It does not fix its own case: the answer", "= fixes no past query"),
        (ReplayEffect.SAME, "It does not fix its own case: the agent would still hand it off", "="),
        (None, "Not verified: replaying past queries failed.", "✕ not verified"),
    ],
)
async def test_a_reviewer_is_told_in_words_what_the_replay_showed(
    reviewer: Person, rows: Rows, effect: ReplayEffect | None, said: str, listed: str
) -> None:
    proposal = await rows.proposal(effect=effect)

    page = await reviewer.get(f"/proposals/{proposal.id}")

    assert said in text_of(page)
    assert listed in text_of(await reviewer.get("/"))


async def test_a_page_says_that_the_item_has_moved_on(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days."))
    await rows.item(revising(item_id, "Refunds take 6 days."))

    page = await reviewer.get(f"/proposals/{proposal.id}")

    assert "The item has changed since this was drafted. It is at revision 2." in text_of(page)


async def test_an_approval_is_one_decision_however_often_it_is_sent(
    reviewer: Person, rows: Rows, database: Database, delivery: RecordingDelivery, workspace: str
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answers = [
        await reviewer.post(f"/proposals/{proposal.id}/decide", page, verdict="approve")
        for _ in range(2)
    ]

    assert {answer.headers["location"] for answer in answers} == {f"/proposals/{proposal.id}"}
    async with database.transaction(workspace) as connection:
        kept = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert [decision.verdict for decision in kept] == [Verdict.APPROVE]


async def test_while_a_decision_is_pending_the_page_looks_again(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")
    await reviewer.post(f"/proposals/{proposal.id}/decide", page, verdict="approve")

    page = await reviewer.get(f"/proposals/{proposal.id}")

    assert '<meta http-equiv="refresh"' in page.text
    assert "Your decision is recorded." in text_of(page)
    assert 'value="approve"' not in page.text


async def test_after_the_first_of_two_approvals_it_waits_for_a_second_person(
    client: AsyncClient,
    reviewer: Person,
    keys: Keys,
    rows: Rows,
    database: Database,
    workspace: str,
) -> None:
    proposal = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    await reviewer.post(f"/proposals/{proposal.id}/decide", page, verdict="approve")
    async with database.transaction(workspace) as connection:
        (first,) = await reviews.list_decisions(connection, rows.workspace, proposal.id)
        await reviews.settle_decision(
            connection, rows.workspace, first.id, Ruling(effect=DecisionEffect.COUNTED)
        )

    mine = await reviewer.get(f"/proposals/{proposal.id}")
    await signed_in(client, keys.of[ApiRole.LEAD])
    theirs = await reviewer.get(f"/proposals/{proposal.id}")

    assert "Approved by reviewer: waits for a second person." in text_of(mine)
    assert 'value="approve"' not in mine.text
    assert 'value="approve"' in theirs.text
    assert "Yours is the last approval it needs" in text_of(theirs)


async def test_a_stale_form_is_told_with_the_new_draft(
    reviewer: Person, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/decide", page, verdict="approve", content_hash="0" * 64
    )

    assert answer.status_code == 409
    assert "has changed since it was read" in text_of(answer)
    assert proposal.content_hash in answer.text
    assert delivery.decided == []


async def test_a_rejection_without_reason_keeps_what_was_typed(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/decide", page, verdict="reject", rejection_reason="unsafe"
    )

    assert answer.status_code == 422
    assert "say why" in text_of(answer)
    assert 'value="unsafe" required checked' in answer.text


async def test_a_rejection_on_the_page_names_its_reason(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/decide", page, verdict="reject", comment="Not <b>true</b>."
    )

    assert answer.status_code == 422
    assert "rejection reason is missing: choose why" in text_of(answer)
    assert "Not &lt;b&gt;true&lt;/b&gt;.</textarea>" in answer.text


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ([ProposalStatus.PARKED], "Parked: nobody decided in time."),
        ([ProposalStatus.REJECTED], "Rejected. Nothing was changed."),
        ([ProposalStatus.SUPERSEDED], "Superseded."),
        ([ProposalStatus.CHANGES_REQUESTED], "Changes were requested."),
        ([ProposalStatus.APPROVED], "Approved; being put live."),
        ([ProposalStatus.APPROVED, ProposalStatus.CONFLICTED], "The item changed meanwhile."),
    ],
)
async def test_the_page_says_where_a_proposal_stands(
    reviewer: Person, rows: Rows, statuses: list[ProposalStatus], said: str
) -> None:
    proposal = await rows.proposal()
    await rows.move(proposal.id, *statuses)

    page = await reviewer.get(f"/proposals/{proposal.id}")

    assert said in text_of(page)
    assert 'value="approve"' not in page.text


async def test_edited_words_are_what_is_approved(
    reviewer: Person, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/edit/approve",
        page,
        field_title="Refunds",
        field_question="How long do refunds take?",
        field_answer="Six days.",
        field_tags="money, refunds ,",
    )

    assert answer.status_code == 303
    async with database.transaction(workspace) as connection:
        (kept,) = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert kept.edited_change is not None
    assert kept.edited_change.content == ArticleContent(
        title="Refunds",
        question="How long do refunds take?",
        answer="Six days.",
        tags=("money", "refunds"),
    )


async def test_a_wrong_edit_is_shown_again_with_its_words(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/edit/approve", page, field_title="Kept", field_answer=""
    )

    assert answer.status_code == 422
    assert 'value="Kept"' in answer.text
    assert "must not be empty" in answer.text


@pytest.mark.parametrize("tools", ["[", "{}", '[{"name": "x"}]', "[" * 100_000])
async def test_wrong_tools_are_refused(reviewer: Person, rows: Rows, tools: str) -> None:
    proposal = await rows.proposal(adding(kind=ItemKind.TOOL_CONNECTION), approvals=2)
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/edit/approve",
        page,
        field_name="Orders",
        field_system="oms",
        field_purpose="Look up.",
        field_tools=tools,
    )

    assert answer.status_code == 422


async def test_an_item_shows_its_revisions_and_where_they_came_from(
    reviewer: Person, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await rows.item(revising(item_id, "Refunds take 7 days."))

    page = await reviewer.get(f"/knowledge/{item_id}")

    said = text_of(page)
    assert said.index("Revision 2") < said.index("Revision 1")
    assert "Brought in by dana" in said
    assert "<del>5</del><ins>7</ins>" in page.text


@pytest.mark.parametrize("path", ["/static/style.css", "/static/icon.svg"])
async def test_what_the_pages_load_is_here(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_claim_assign_and_comment_by_form(
    client: AsyncClient, keys: Keys, rows: Rows, delivery: RecordingDelivery
) -> None:
    lead = await signed_in(client, keys.of[ApiRole.LEAD])
    proposal = await rows.proposal()
    path = f"/proposals/{proposal.id}"
    page = await lead.get(path)

    await lead.post(f"{path}/claim", page)
    await lead.post(f"{path}/assign", page, assignee="admin")
    await lead.post(f"{path}/comments/add", page, body="Legal <agrees>.")

    page = await lead.get(path)
    assert "With admin" in text_of(page)
    assert "Legal &lt;agrees&gt;." in page.text


async def test_a_reviewer_cannot_assign_by_form(
    reviewer: Person, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answer = await reviewer.post(f"/proposals/{proposal.id}/assign", page, assignee="lead")

    assert answer.status_code == 409
    assert delivery.commanded == []
