"""What the page says once a proposal is live: the answer now, its effect, and how to undo it."""

from collections.abc import AsyncGenerator
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.knowledge import Change, Operation
from domain.outcomes import HandledBy
from domain.proposals import Proposal, ProposalStatus
from store import change_requests, outcomes, proposals, publishing
from store.database import Database
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys, client_of, started
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.rows import Rows, adding, revising
from tests.api.test_preview import PaidAgent
from tests.domain.builders import content


async def applied(rows: Rows, change: Change | None = None) -> tuple[Proposal, UUID]:
    """Return a proposal that went live, and its item's id."""
    proposal = await rows.proposal(change)
    change = proposal.change
    passages = [
        publishing.Passage(text, [float(v) for v in WordEmbedder().embed([text])[0]])
        for text in ("Where is my refund?", *change.content.passages())
    ]
    await rows.move(proposal.id, ProposalStatus.APPROVED)
    async with rows.database.transaction(rows.workspace) as connection:
        item_id, release = await publishing.publish(
            connection,
            rows.workspace,
            change,
            passages=[] if change.operation is Operation.RETIRE else passages,
            model=WordEmbedder.name,
            provenance=publishing.Provenance(proposal_id=proposal.id, approved_by=("dana",)),
        )
        found = await proposals.lock_proposal(connection, rows.workspace, proposal.id)
        await proposals.mark_applied(connection, rows.workspace, found, release)
    return await rows.read(proposal.id), item_id


async def page_of(person: Person, proposal: Proposal) -> str:
    return text_of(await person.get(f"/proposals/{proposal.id}"))


async def test_the_query_is_asked_again_beside_its_old_answer(reviewer: Person, rows: Rows) -> None:
    proposal, item_id = await applied(rows, adding("Refunds are at the bank in 5 days."))
    page = await reviewer.get(f"/proposals/{proposal.id}")
    said = text_of(page)
    assert f"Live in release {proposal.applied_release}" in said
    assert "Where is my refund? Before Handed off. Nothing known." in said
    now = said[said.index("Asked again, in release") :]
    assert now.index("Refunds are at the bank in 5 days.") < 120
    assert str(item_id) in page.text


async def test_its_effect_so_far_is_counted(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal, item_id = await applied(rows)
    assert "No customer's query has been answered from it yet." in await page_of(reviewer, proposal)
    async with database.transaction(rows.workspace) as connection:
        await outcomes.record_outcome(
            connection,
            rows.workspace,
            text="Refund?",
            handled_by=HandledBy.AGENT,
            items_used=[outcomes.Used(item_id, 1)],
            correct=True,
        )
    assert "1 answer rested on it: 1 stayed answered, 0 did not" in await page_of(
        reviewer, proposal
    )


async def test_undoing_an_addition_proposes_to_retire_it(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal, item_id = await applied(rows)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert f'action="/knowledge/{item_id}/retire"' in page.text
    answer = await reviewer.post(f"/knowledge/{item_id}/retire", page, reason="It was wrong.")
    assert answer.status_code == 303
    undoing = UUID(answer.headers["location"].rpartition("/")[2])
    found = await rows.read(undoing)
    assert found.change.operation is Operation.RETIRE
    assert found.request_id is not None
    async with database.transaction(rows.workspace) as connection:
        request = await change_requests.get_request(connection, rows.workspace, found.request_id)
    assert request.reason == "It was wrong."


async def test_undoing_a_revision_proposes_the_one_before(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal, _ = await applied(rows, revising(item_id, "Refunds take 7 days."))
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert f'action="/knowledge/{item_id}/rollback"' in page.text
    assert 'name="to_revision" value="1"' in page.text
    answer = await reviewer.post(
        f"/knowledge/{item_id}/rollback", page, to_revision="1", reason="Too early."
    )
    undoing = await rows.read(UUID(answer.headers["location"].rpartition("/")[2]))
    assert undoing.change.content == adding("Refunds take 5 days.").content


async def test_undoing_a_retirement_proposes_to_restore_it(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item()
    retire = Change(
        kind=adding().kind,
        operation=Operation.RETIRE,
        item_id=item_id,
        base_revision=1,
        content=content(),
    )
    proposal, _ = await applied(rows, retire)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert f'action="/knowledge/{item_id}/restore"' in page.text


async def test_what_has_changed_since_is_undone_on_its_own_page(
    reviewer: Person, rows: Rows
) -> None:
    proposal, item_id = await applied(rows)
    await rows.item(revising(item_id, "Refunds take 9 days."))
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert "The item has changed since: it is at revision 2." in text_of(page)
    assert "/retire" not in page.text


@pytest.fixture
async def buyer(
    database_url: str, database: Database, delivery: RecordingDelivery, keys: Keys
) -> AsyncGenerator[tuple[Person, PaidAgent]]:
    """A reviewer where each answer costs tokens."""
    agent = PaidAgent()
    async with started(database_url, database, delivery, agent) as app:
        client: AsyncClient = client_of(app)
        yield await signed_in(client, keys.of[ApiRole.REVIEWER]), agent
        await client.aclose()


async def test_looking_never_asks_a_model_and_the_button_does_once(
    buyer: tuple[Person, PaidAgent], rows: Rows
) -> None:
    person, agent = buyer
    proposal, _ = await applied(rows)
    page = await person.get(f"/proposals/{proposal.id}")
    assert agent.asked == []
    assert "Ask it again" in text_of(page)
    answer = await person.post(f"/proposals/{proposal.id}/ask-again", page)
    assert answer.status_code == 303
    assert "From the model." in await page_of(person, proposal)
    assert agent.asked == ["Where is my refund?"]


async def test_asking_again_is_no_way_to_an_unknown_proposal(reviewer: Person, rows: Rows) -> None:
    page = await reviewer.get(f"/proposals/{(await rows.proposal()).id}")
    answer = await reviewer.post(f"/proposals/{uuid4()}/ask-again", page)
    assert answer.status_code == 404
