"""What is held back, as people and integrations see and change it; and what a draft contradicts."""

from uuid import UUID

import pytest
from httpx2 import AsyncClient

from domain.contradiction import Clash
from domain.identity import ApiRole
from domain.proposals import Proposal, ProposalStatus
from domain.suppression import SuppressionStatus
from store import audit, contradictions, suppressions
from store.contradictions import NewContradiction
from store.proposals import NewProposal
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys
from tests.api.rows import ANALYST, Rows, a_finding, adding

URL = "/v1/suppressions"


@pytest.fixture
def lead(keys: Keys) -> dict[str, str]:
    """A lead's key."""
    return keys.header(ApiRole.LEAD)


async def _rejected(rows: Rows) -> tuple[Proposal, UUID]:
    proposal = await rows.proposal()
    suppression_id = await rows.suppression(proposal)
    await rows.move(proposal.id, ProposalStatus.REJECTED)
    return proposal, suppression_id


async def _hold_back(rows: Rows, suppression_id: UUID, ask: str = "Is my refund lost?") -> UUID:
    """Hold one case back; return its intervention."""
    intervention_id = await rows.intervention()
    change = adding()
    new = NewProposal(
        id=intervention_id,
        intervention_id=intervention_id,
        finding_index=0,
        finding=a_finding(),
        ask=ask,
        title="Refunds",
        rationale="Asked again.",
        change=change,
        analyst=ANALYST,
        merge_key="",
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await suppressions.hold_back(connection, rows.workspace, suppression_id, new)
    return intervention_id


async def _end(rows: Rows, suppression_id: UUID, successor: Proposal) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        await suppressions.end_suppression(
            connection,
            rows.workspace,
            suppression_id,
            successor_id=successor.id,
            status=SuppressionStatus.ACTIVE,
        )


async def test_suppressions_are_listed_newest_first_and_paged(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    made = [str((await _rejected(rows))[1]) for _ in range(3)]
    first = (await client.get(f"{URL}?limit=2", headers=keys.header())).json()
    then = await client.get(f"{URL}?cursor={first['next_cursor']}", headers=keys.header())
    assert [entry["id"] for entry in (*first["items"], *then.json()["items"])] == made[::-1]
    assert then.json()["next_cursor"] is None


async def test_one_shows_its_reason_and_its_cases(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal, suppression_id = await _rejected(rows)
    intervention_id = await _hold_back(rows, suppression_id)
    found = (await client.get(f"{URL}/{suppression_id}", headers=keys.header())).json()
    assert (found["proposal_id"], found["reason"]) == (str(proposal.id), "Ask sales.")
    assert (found["status"], found["held_back"], found["lifts_after"]) == ("active", 1, 5)
    assert [case["intervention_id"] for case in found["cases"]] == [str(intervention_id)]


async def test_a_lead_changes_what_is_named_and_nothing_else(
    client: AsyncClient, lead: dict[str, str], rows: Rows
) -> None:
    _, suppression_id = await _rejected(rows)
    answer = await client.patch(f"{URL}/{suppression_id}", headers=lead, json={"lifts_after": 2})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["lifts_after"], changed["reason"]) == (2, "Ask sales.")
    assert (changed["status"], changed["lifted_by"]) == ("active", None)
    async with rows.database.transaction(rows.workspace) as connection:
        [entry] = await audit.list_audit(
            connection, rows.workspace, subject=f"suppression/{suppression_id}"
        )
    assert (entry.action, entry.actor) == ("suppression_edited", "lead")


async def test_lifting_says_by_whom_and_can_be_taken_back(
    client: AsyncClient, lead: dict[str, str], rows: Rows
) -> None:
    _, suppression_id = await _rejected(rows)
    lifted = await client.patch(f"{URL}/{suppression_id}", headers=lead, json={"status": "lifted"})
    assert lifted.json()["lifted_because"] == "by_hand"
    assert lifted.json()["lifted_by"] == "lead"
    again = await client.patch(f"{URL}/{suppression_id}", headers=lead, json={"status": "active"})
    assert (again.json()["status"], again.json()["lifted_by"]) == ("active", None)


async def test_one_that_was_taken_up_cannot_be_changed(
    client: AsyncClient, lead: dict[str, str], rows: Rows
) -> None:
    _, suppression_id = await _rejected(rows)
    await _end(rows, suppression_id, await rows.proposal())
    answer = await client.patch(f"{URL}/{suppression_id}", headers=lead, json={"status": "active"})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("suppression_over")


@pytest.mark.parametrize(
    "body", [{"lifts_after": 0}, {"status": "lapsed"}, {"held_back": 3}, {"lifts_after": 10**9}]
)
async def test_what_cannot_be_set_is_refused(
    client: AsyncClient, lead: dict[str, str], rows: Rows, body: dict[str, object]
) -> None:
    _, suppression_id = await _rejected(rows)
    answer = await client.patch(f"{URL}/{suppression_id}", headers=lead, json=body)
    assert answer.status_code == 422


async def test_the_page_shows_why_and_how_much_is_held_back(reviewer: Person, rows: Rows) -> None:
    _, suppression_id = await _rejected(rows)
    await _hold_back(rows, suppression_id)
    page = await reviewer.get("/suppressions")
    text = text_of(page)
    assert "lee rejected it" in text
    assert "Ask sales." in text
    assert "1 of 5 new cases so far" in text
    assert "Is my refund lost?" in text
    assert "Lift now" not in text


async def test_the_page_shows_the_newest_cases_and_how_many_more_there_are(
    reviewer: Person, rows: Rows
) -> None:
    _, suppression_id = await _rejected(rows)
    for place in "abcdefghijkl":
        await _hold_back(rows, suppression_id, f"Is refund {place} lost?")
    text = text_of(await reviewer.get("/suppressions"))
    assert [place for place in "abcdefghijkl" if f"Is refund {place} lost?" in text] == [
        *"cdefghijkl"
    ]
    assert "and 2 more" in text


async def test_a_lead_edits_and_lifts_by_form(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    _, suppression_id = await _rejected(rows)
    person = await signed_in(client, keys.of[ApiRole.LEAD])
    page = await person.get("/suppressions")
    path = f"/suppressions/{suppression_id}"
    saved = await person.post(path, page, reason="Until spring.", lifts_after="3")
    assert saved.status_code == 303
    assert "Until spring." in text_of(await person.get("/suppressions"))
    await person.post(path, page, status="lifted")
    text = text_of(await person.get("/suppressions"))
    assert "lifted by lead" in text
    assert "Hold back again" in text


async def test_a_form_that_is_wrong_is_shown_again(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    _, suppression_id = await _rejected(rows)
    person = await signed_in(client, keys.of[ApiRole.LEAD])
    page = await person.get("/suppressions")
    answer = await person.post(f"/suppressions/{suppression_id}", page, lifts_after="none")
    assert answer.status_code == 422
    assert 'value="none"' in answer.text


async def test_nothing_held_back_is_said(reviewer: Person) -> None:
    assert "Nothing is held back" in text_of(await reviewer.get("/suppressions"))


async def test_a_rejected_proposal_leads_to_what_is_held_back(reviewer: Person, rows: Rows) -> None:
    proposal, suppression_id = await _rejected(rows)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert f'href="/suppressions#suppression-{suppression_id}"' in page.text


async def test_one_that_comes_back_quotes_the_rejection(reviewer: Person, rows: Rows) -> None:
    _, suppression_id = await _rejected(rows)
    back = await rows.proposal()
    await _end(rows, suppression_id, back)
    text = text_of(await reviewer.get(f"/proposals/{back.id}"))
    assert "Rejected before by lee" in text
    assert "Ask sales." in text
    assert "1 case shows the same since" in text


async def test_a_held_back_intervention_says_where_it_is(reviewer: Person, rows: Rows) -> None:
    _, suppression_id = await _rejected(rows)
    intervention_id = await _hold_back(rows, suppression_id)
    page = await reviewer.get(f"/interventions/{intervention_id}")
    assert f"/suppressions#suppression-{suppression_id}" in page.text


async def _contradicting(rows: Rows) -> tuple[Proposal, UUID]:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(adding("A refund takes 10 days."))
    pair = NewContradiction(
        other_item_id=item_id,
        other_revision=1,
        statement="A refund takes 10 days.",
        other_statement="Refunds take 5 days.",
        clash=Clash.OTHER_VALUE,
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await contradictions.replace_contradictions(connection, rows.workspace, proposal, [pair])
    return proposal, item_id


async def test_a_contradiction_is_shown_with_both_sentences(reviewer: Person, rows: Rows) -> None:
    proposal, item_id = await _contradicting(rows)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    text = text_of(page)
    assert "It contradicts something else" in text
    assert "A refund takes 10 days." in text
    assert "Refunds take 5 days." in text
    assert "They name different figures." in text
    assert f'href="/knowledge/{item_id}"' in page.text


async def test_a_contradiction_is_in_the_answer(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal, item_id = await _contradicting(rows)
    answer = await client.get(f"/v1/proposals/{proposal.id}", headers=keys.header())
    [pair] = answer.json()["contradictions"]
    assert (pair["other_item_id"], pair["clash"]) == (str(item_id), "other_value")
    assert pair["is_current"] is True


async def test_the_inbox_marks_what_contradicts_something(reviewer: Person, rows: Rows) -> None:
    await rows.proposal()
    assert "contradicts" not in text_of(await reviewer.get("/"))
    await _contradicting(rows)
    assert text_of(await reviewer.get("/")).count("contradicts") == 1


async def test_the_form_of_a_rejection_says_what_follows(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    text = text_of(await reviewer.get(f"/proposals/{proposal.id}"))
    assert "The same suggestion is held back while this reason holds." in text


async def test_a_case_that_is_held_back_says_so_and_why(reviewer: Person, rows: Rows) -> None:
    _, suppression_id = await _rejected(rows)
    intervention_id = await _hold_back(rows, suppression_id)

    for path in ("/interventions", f"/interventions/{intervention_id}"):
        page = await reviewer.get(path)
        said = f'href="/suppressions#suppression-{suppression_id}">held back: rejected before</a>'
        assert page.text.count(said) == 1, path
