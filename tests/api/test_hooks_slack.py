"""Buttons in Slack: only Slack is heard, only linked people act, and by the same rules."""

import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.knowledge import ItemKind
from domain.proposals import Proposal, ProposalStatus, ReplayEffect
from domain.reviews import Decision
from store import notification_preferences, reviews
from store.database import Database
from store.people import Claimed, admit
from tests.api.browser import signed_in
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding
from tests.api.slack_world import SlackHook, hook_of, pressed, signed, slack_settings, told_app
from tests.fakes.slack import slack


@pytest.fixture
async def hook(
    database_url: str, database: Database, delivery: RecordingDelivery, keys: Keys
) -> AsyncGenerator[SlackHook]:
    """An application that this Slack calls."""
    with slack() as fake:
        async with (
            told_app(database_url, database, delivery, **slack_settings(fake)) as app,
            hook_of(app, fake, keys) as hook,
        ):
            yield hook


@pytest.fixture
async def linked(hook: SlackHook) -> SlackHook:
    """The same, with the reviewer's account linked."""
    person = await signed_in(hook.client, hook.keys.of[ApiRole.REVIEWER])
    page = await person.get("/me/notifications")
    shown = await person.post("/me/notifications/slack", page)
    code = shown.text.partition("/learning-loop link ")[2].partition("<")[0]
    assert "you are reviewer" in await hook.link(code)
    return hook


def value_of(proposal: Proposal, **changes: Any) -> dict[str, Any]:
    value = {"w": "", "p": str(proposal.id), "h": proposal.content_hash, "d": 1}
    return {**value, **changes}


async def decisions(rows: Rows, proposal: Proposal) -> list[Decision]:
    async with rows.database.transaction(rows.workspace) as connection:
        return await reviews.list_decisions(connection, rows.workspace, proposal.id)


async def test_an_approval_goes_through_the_same_rules(linked: SlackHook, rows: Rows) -> None:
    proposal = await rows.proposal()
    answer = await linked.press("approve", value_of(proposal, w=rows.workspace))
    assert (answer.status_code, answer.content) == (200, b"")
    [decision] = await decisions(rows, proposal)
    assert (decision.by, decision.role, decision.verdict) == ("reviewer", "reviewer", "approve")
    assert decision.content_hash == proposal.content_hash
    assert linked.whispers == ["Your approval of draft 1 is recorded, reviewer."]


async def test_a_repeated_request_decides_once(linked: SlackHook, rows: Rows) -> None:
    proposal = await rows.proposal()
    body = pressed("approve", value_of(proposal, w=rows.workspace))
    headers = signed(body)
    for _ in range(2):
        assert (await linked.post(body, headers)).status_code == 200
    assert len(await decisions(rows, proposal)) == 1


async def test_a_button_on_an_older_draft_approves_nothing(linked: SlackHook, rows: Rows) -> None:
    proposal = await rows.proposal()
    await linked.press("approve", value_of(proposal, w=rows.workspace, h="0" * 64))
    [said] = linked.whispers
    assert said.startswith("Nothing was done. The proposal has changed since it was read")
    [decision] = await decisions(rows, proposal)
    assert decision.effect == "ignored"


async def test_a_closed_review_says_so(linked: SlackHook, rows: Rows) -> None:
    proposal = await rows.proposal()
    await rows.move(proposal.id, ProposalStatus.REJECTED)
    await linked.press("approve", value_of(proposal, w=rows.workspace))
    assert linked.whispers[0].startswith("Nothing was done.")


@pytest.mark.parametrize("kind", [ItemKind.POLICY, ItemKind.TOOL_CONNECTION])
async def test_policies_and_tools_are_approved_on_their_page_only(
    linked: SlackHook, rows: Rows, kind: ItemKind
) -> None:
    proposal = await rows.proposal(adding(kind=kind), approvals=2)
    await linked.press("approve", value_of(proposal, w=rows.workspace))
    assert linked.whispers[0].startswith("This one is approved on its page")
    assert await decisions(rows, proposal) == []


@pytest.mark.parametrize("effect", [ReplayEffect.BROKEN, None])
async def test_what_may_break_something_is_approved_on_its_page_only(
    linked: SlackHook, rows: Rows, effect: ReplayEffect | None
) -> None:
    proposal = await rows.proposal(effect=effect)
    await linked.press("approve", value_of(proposal, w=rows.workspace))
    assert await decisions(rows, proposal) == []


async def test_a_rejection_names_its_reason(linked: SlackHook, rows: Rows) -> None:
    proposal = await rows.proposal()
    value = value_of(proposal, w=rows.workspace)
    await linked.press("reject", value)
    [opened] = linked.fake.of("views.open")
    assert opened["trigger_id"] == "trigger-1"
    carried = {**value, "c": "C100/1700000000.000001"}
    answer = await linked.submit(carried, "not_general", "Agreed for one customer only.")
    assert answer.content == b""
    [decision] = await decisions(rows, proposal)
    assert (decision.verdict, decision.rejection_reason) == ("reject", "not_general")
    assert decision.comment == "Agreed for one customer only."


async def test_a_rejection_that_is_refused_stays_in_the_dialog(
    linked: SlackHook, rows: Rows
) -> None:
    proposal = await rows.proposal()
    value = value_of(proposal, w=rows.workspace, h="0" * 64)
    answer = await linked.submit(value, "wrong", "Because.")
    assert answer.json()["response_action"] == "errors"
    answer = await linked.submit(value, "no such reason", "Because.")
    assert answer.json()["errors"] == {"comment": "Choose a reason and say why."}


async def test_an_unknown_account_decides_nothing(linked: SlackHook, rows: Rows) -> None:
    proposal = await rows.proposal()
    value = value_of(proposal, w=rows.workspace)
    for button in ("approve", "reject"):
        await linked.press(button, value, user="UEVE")
    await linked.submit(value, "wrong", "Because.", user="UEVE")
    assert await decisions(rows, proposal) == []
    assert linked.fake.of("views.open") == []
    assert all("is not linked to anybody here" in said for said in linked.whispers)


@pytest.mark.parametrize("named", ["", "*", "nobodys", "../x"])
async def test_a_link_holds_in_its_workspace_only(
    linked: SlackHook, rows: Rows, named: str
) -> None:
    proposal = await rows.proposal()
    await linked.press("approve", value_of(proposal, w=named))
    assert await decisions(rows, proposal) == []


async def test_who_may_review_no_more_decides_nothing(
    linked: SlackHook, rows: Rows, database: Database
) -> None:
    async with database.transaction(rows.workspace) as connection:
        await connection.execute(
            "UPDATE api_keys SET revoked_at = now() WHERE workspace = %s", [rows.workspace]
        )
    proposal = await rows.proposal()
    await linked.press("approve", value_of(proposal, w=rows.workspace))
    assert await decisions(rows, proposal) == []


async def test_who_signed_in_too_long_ago_decides_nothing(
    hook: SlackHook, rows: Rows, database: Database
) -> None:
    """A leaver cannot sign in any more, and Slack does not say that they have left."""
    proposal = await rows.proposal()
    value = value_of(proposal, w=rows.workspace)
    claimed = Claimed(issuer="https://idp.test", subject="1", name="Dana", role=ApiRole.REVIEWER)
    async with database.transaction(rows.workspace) as connection:
        await admit(connection, rows.workspace, claimed)
        until = datetime.now(UTC) + timedelta(minutes=1)
        await notification_preferences.set_link_code(
            connection, rows.workspace, "Dana", "CODE", until
        )
        await notification_preferences.link_slack(
            connection, rows.workspace, "CODE", team="T1", user="UDANA"
        )
        await connection.execute(
            "UPDATE people SET signed_in_at = now() - interval '13 hours' WHERE workspace = %s",
            [rows.workspace],
        )
    await hook.press("approve", value)
    await hook.press("reject", value)
    refused = await hook.submit(value, "wrong", "Because.")
    assert "Sign in at" in refused.json()["errors"]["comment"]
    assert all("Nothing was done." in said for said in hook.whispers)
    assert await decisions(rows, proposal) == []
    async with database.transaction(rows.workspace) as connection:
        await admit(connection, rows.workspace, claimed)
    await hook.press("approve", value)
    [decision] = await decisions(rows, proposal)
    assert decision.by == "Dana"


async def test_a_code_links_once(hook: SlackHook, rows: Rows) -> None:
    person = await signed_in(hook.client, hook.keys.of[ApiRole.LEAD])
    page = await person.get("/me/notifications")
    shown = await person.post("/me/notifications/slack", page)
    code = shown.text.partition("/learning-loop link ")[2].partition("<")[0]
    assert "you are lead" in await hook.link(code, user="ULEE")
    assert "wrong, was used, or is too old" in await hook.link(code, user="UEVE")
    async with rows.database.transaction(rows.workspace) as connection:
        for user, name in (("ULEE", "lead"), ("UEVE", None)):
            found = await notification_preferences.find_person_of_slack(
                connection, rows.workspace, team="T1", user=user
            )
            assert found == name


async def test_one_account_is_one_person(linked: SlackHook) -> None:
    linked.client.cookies.clear()
    person = await signed_in(linked.client, linked.keys.of[ApiRole.LEAD])
    page = await person.get("/me/notifications")
    shown = await person.post("/me/notifications/slack", page)
    code = shown.text.partition("/learning-loop link ")[2].partition("<")[0]
    assert "linked to another person" in await linked.link(code, user="UDANA")


async def test_a_wrong_code_links_nobody(hook: SlackHook, keys: Keys) -> None:
    for code in ("", "x", f"{keys.workspace}.", f"{keys.workspace}.AAAAAAAAAAAAAAAA", "*.A"):
        said = await hook.link(code)
        assert "wrong, was used" in said or "To link your account" in said


@pytest.mark.parametrize("name", ["forged", "old", "early", "none", "malformed", "body"])
async def test_what_slack_has_not_signed_is_not_heard(
    linked: SlackHook, rows: Rows, name: str
) -> None:
    proposal = await rows.proposal()
    body = pressed("approve", value_of(proposal, w=rows.workspace))
    headers = {
        "forged": signed(body, secret="another"),
        "old": signed(body, at=time.time() - 400),
        "early": signed(body, at=time.time() + 400),
        "none": {},
        "malformed": {"x-slack-signature": "v0=zz", "x-slack-request-timestamp": "nan"},
        "body": signed(body + b"&x=1"),
    }[name]
    answer = await linked.post(body, headers)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (401, "bad_signature")
    assert await decisions(rows, proposal) == []


async def test_what_makes_no_sense_is_refused_though_signed(hook: SlackHook) -> None:
    for body in (b"payload=%7B%7D", b"payload=nonsense", b"\xff\xfe"):
        assert (await hook.post(body)).status_code == 401


async def test_a_slack_that_is_away_loses_no_decision(linked: SlackHook, rows: Rows) -> None:
    proposal = await rows.proposal()
    linked.fake.fail("chat.postEphemeral", "internal_error", status=503)
    answer = await linked.press("approve", value_of(proposal, w=rows.workspace))
    assert answer.status_code == 200
    assert len(await decisions(rows, proposal)) == 1


async def test_without_a_signing_secret_there_is_no_such_call(client: AsyncClient) -> None:
    assert (await client.post("/v1/hooks/slack", content=b"")).status_code == 404
