"""`proposals`, `approve`, `reject`, `status` and `ask` against the real API."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from client import review_commands
from domain.change_requests import ChangeRequestKind, NewChangeRequest, Target
from domain.identity import ApiRole
from domain.proposals import ProposalStatus
from domain.reviews import RejectionReason
from store import change_requests, reviews
from store.change_requests import RequestedProposal
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, a_review, adding
from tests.client.conftest import RunCli


@pytest.fixture(autouse=True)
def no_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no workflow that could settle a decision: do not wait for one."""
    monkeypatch.setattr(review_commands, "_SETTLE_SECONDS", 0.0)


async def test_approve_shows_the_change_and_sends_exactly_its_hash(
    run: RunCli, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal(adding("Refunds take 9 days."))

    result = await run("approve", str(proposal.id), text="y\n")

    assert result.exit_code == 0
    assert "Refunds take 9 days." in result.output
    assert proposal.content_hash in result.output
    assert len(delivery.decided) == 1
    async with rows.database.transaction(rows.workspace) as connection:
        decisions = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert [(d.content_hash, d.by) for d in decisions] == [(proposal.content_hash, "reviewer")]


async def test_approve_shows_the_wordings_that_a_change_brings(run: RunCli, rows: Rows) -> None:
    change = adding().model_copy(update={"phrasings": ("wheres my cash", "money back when")})
    proposal = await rows.proposal(change)
    shown = await run("approve", str(proposal.id), text="n\n")
    assert "would be found by  wheres my cash\nmoney back when" in shown.output


async def test_whoever_does_not_confirm_decides_nothing(
    run: RunCli, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal()

    result = await run("approve", str(proposal.id), text="n\n")

    assert result.exit_code == 1
    assert delivery.decided == []


async def test_the_beginning_of_an_id_is_enough_if_it_is_one_proposals(
    run: RunCli, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal()

    result = await run("approve", str(proposal.id)[:6], "--yes")

    assert result.exit_code == 0
    assert [decided[2] for decided in delivery.decided] == [proposal.id]


@pytest.mark.parametrize(
    ("given", "sentence"), [("abc", "at least 4 letters"), ("zzzzzz", "No proposal's id begins")]
)
async def test_an_id_that_names_no_proposal_is_told(
    run: RunCli, rows: Rows, given: str, sentence: str
) -> None:
    await rows.proposal()

    result = await run("approve", given, "--yes")

    assert result.exit_code == 1
    assert sentence in result.output


async def test_reject_needs_a_reason_and_sends_it(
    run: RunCli, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal()

    without = await run("reject", str(proposal.id), "--yes")
    with_reason = await run("reject", str(proposal.id), "--yes", "--comment", "One customer only.")

    assert without.exit_code == 2
    assert with_reason.exit_code == 0
    assert len(delivery.decided) == 1


async def test_reject_names_its_reason(run: RunCli, rows: Rows) -> None:
    proposal = await rows.proposal()

    await run("reject", str(proposal.id), "--yes", "--comment", "A trap.", "--because", "unsafe")

    async with rows.database.transaction(rows.workspace) as connection:
        decisions = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert [d.rejection_reason for d in decisions] == [RejectionReason.UNSAFE]


async def test_what_looks_like_personal_data_is_shown_and_can_be_said_to_be_nobodys(
    run: RunCli, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal(adding("Write to jo.miller@firma.de."))

    refused = await run("approve", str(proposal.id), "--yes")
    text = "jo.miller@firma.de"
    taken = await run("approve", str(proposal.id), "--yes", "--not-personal", text)

    assert f"personal {text}: looks like" in refused.output
    assert (refused.exit_code, taken.exit_code) == (1, 0)
    assert len(delivery.decided) == 1


async def test_a_closed_proposal_is_told_before_anything_is_asked(run: RunCli, rows: Rows) -> None:
    proposal = await rows.proposal()
    await rows.move(proposal.id, ProposalStatus.REJECTED)

    result = await run("approve", str(proposal.id))

    assert result.exit_code == 1
    assert "This proposal is rejected" in result.output


async def test_what_customers_wrote_cannot_command_the_terminal(run: RunCli, rows: Rows) -> None:
    await rows.proposal(title="Sneaky \x1b]0;owned\x07 title")

    result = await run("proposals")

    assert "\x1b]0" not in result.output
    assert "Sneaky" in result.output


async def test_proposals_are_listed_by_status(run: RunCli, rows: Rows) -> None:
    await rows.proposal(title="Waiting one")
    done = await rows.proposal(title="Rejected one")
    await rows.move(done.id, ProposalStatus.REJECTED)

    result = await run("proposals", "--status", "rejected")

    assert "Rejected one" in result.output
    assert "Waiting one" not in result.output


async def test_status_tells_the_parts_the_counts_and_what_waits(run: RunCli, rows: Rows) -> None:
    await rows.proposal()

    result = await run("status")

    assert result.exit_code == 0
    assert "Postgres   ok" in result.output
    assert "1 interventions: 1 in review" in result.output
    assert "1 wait for people" in result.output


async def test_status_says_what_is_not_well(run: RunCli, delivery: RecordingDelivery) -> None:
    delivery.reachable = False

    result = await run("status")

    assert result.exit_code == 1
    assert "not reachable" in result.output


async def test_ask_tells_a_hand_off_with_its_reason(run: RunCli) -> None:
    result = await run("ask", "Where is my parcel?", role=ApiRole.AGENT)

    assert result.exit_code == 0
    assert "Handed to a person" in result.output


async def test_without_a_stack_the_remedy_is_told(
    run: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEARNING_LOOP_API_URL")

    result = await run("status")

    assert result.exit_code == 2
    assert "learning-loop up" in result.output


async def test_the_running_stacks_key_of_the_right_role_is_used(
    run: RunCli, home: Path, url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEARNING_LOOP_API_URL")
    (home / ".learning-loop").mkdir()
    stack = {"api": url, "keys": {role.value: key for role, key in keys.of.items()}}
    (home / ".learning-loop" / "stack.json").write_text(json.dumps(stack))

    result = await run("ask", "Where is my parcel?", "--key", keys.of[ApiRole.AGENT])

    assert result.exit_code == 0


async def test_what_a_person_asked_for_is_shown_as_such(run: RunCli, rows: Rows) -> None:
    new = NewChangeRequest(
        id=uuid4(),
        kind=ChangeRequestKind.EDIT,
        requested_by="ana",
        role=ApiRole.REVIEWER,
        reason="Customers ask for it.",
        target=Target(content_hash="h"),
    )
    asked = RequestedProposal(
        id=uuid4(),
        request_id=new.id,
        index=0,
        title="Returns",
        change=adding(),
        reason=new.reason,
        requested_by=new.requested_by,
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await change_requests.insert_request(connection, rows.workspace, new, [])
        await change_requests.insert_proposal(connection, rows.workspace, asked)
        await reviews.insert_review(connection, rows.workspace, a_review(asked.id, author="ana"))
    await rows.move(asked.id, ProposalStatus.IN_REVIEW)

    result = await run("approve", str(asked.id), text="n\n")

    assert "asked for by a person, drafted by ana" in result.output
    assert "Customers ask for it." in result.output
