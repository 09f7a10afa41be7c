"""How people are told: chosen on a page or by a call, with addresses that are proven."""

import re
from collections.abc import AsyncGenerator, Generator
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.notifications import Channel, Occasion
from gateways.email_links import EmailLinks
from store import notices, notification_preferences
from store.database import Database
from store.notices import NewNotice
from tests.api.browser import HTML, Person, Tags, signed_in, text_of
from tests.api.conftest import Keys, client_of
from tests.api.fakes import RecordingDelivery
from tests.api.slack_world import told_app
from tests.fakes.smtp import FakeMailServer, mail_server

PAGE = "/me/notifications"


@pytest.fixture
def mail() -> Generator[FakeMailServer]:
    """A mail server that runs."""
    with mail_server() as server:
        yield server


@pytest.fixture
async def dana(
    database_url: str,
    database: Database,
    delivery: RecordingDelivery,
    keys: Keys,
    mail: FakeMailServer,
) -> AsyncGenerator[Person]:
    """A reviewer of an installation that sends mail."""
    settings = {
        "smtp_host": "127.0.0.1",
        "smtp_port": mail.port,
        "smtp_security": "none",
        "smtp_from": "loop@example.test",
    }
    async with (
        told_app(database_url, database, delivery, **settings) as app,
        client_of(app) as client,
    ):
        yield await signed_in(client, keys.of[ApiRole.REVIEWER])


async def test_what_is_chosen_on_the_page_holds(reviewer: Person) -> None:
    page = await reviewer.get(PAGE)
    answer = await reviewer.post(
        PAGE,
        page,
        route_mentioned="both",
        time_zone="Europe/Berlin",
        digest_hour="7",
        quiet_from="20:00",
        quiet_until="07:00",
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?saved=1")
    shown = await reviewer.get(PAGE)
    assert '<option value="both" selected>' in shown.text
    assert 'value="Europe/Berlin"' in shown.text
    assert 'type="time" aria-describedby="quiet-help" value="20:00"' in shown.text


async def test_a_choice_that_makes_no_sense_is_explained(reviewer: Person) -> None:
    page = await reviewer.get(PAGE)
    answer = await reviewer.post(PAGE, page, time_zone="Nowhere/<script>", digest_hour="7")
    assert answer.status_code == 422
    assert "is no time zone" in text_of(answer)
    assert "Nowhere" not in answer.text


async def test_the_same_is_chosen_by_a_call(client: AsyncClient, keys: Keys) -> None:
    body = {"routes": {"opened": "email"}, "quiet_from": "20:00:00", "quiet_until": "07:00:00"}
    answer = await client.put("/v1/me/notifications", json=body, headers=keys.header())
    assert answer.status_code == 200
    found = (await client.get("/v1/me/notifications", headers=keys.header())).json()
    assert found["routes"]["opened"] == "email"
    assert found["routes"]["mentioned"] == "best"
    assert found["preferences"]["quiet_from"] == "20:00:00"
    assert found["slack_linked"] is False


async def test_the_page_says_since_when_a_channel_is_away(
    reviewer: Person, database: Database, keys: Keys
) -> None:
    async with database.transaction(keys.workspace) as connection:
        await notices.note_trouble(
            connection, keys.workspace, Channel.SLACK, notices.EVERYBODY, "unreachable"
        )
        await notices.note_trouble(
            connection, keys.workspace, Channel.EMAIL, "somebody else", "unknown_address"
        )
    said = text_of(await reviewer.get(PAGE))
    assert "Slack could not be reached since" in said
    assert "Email does not know" not in said


async def test_a_typed_address_counts_once_its_link_was_followed(
    dana: Person, mail: FakeMailServer
) -> None:
    page = await dana.get(PAGE)
    sent = await dana.post(f"{PAGE}/email", page, email="dana@example.test")
    assert "on its way to dana@example.test" in text_of(sent)
    assert "No address is known of you" in text_of(sent)
    path = link_in(mail, "confirm-email")
    dana.client.cookies.clear()
    asked = await dana.get(path)
    assert "Is this your address?" in text_of(asked)
    done = await dana.client.post(path, headers=HTML)
    assert "The address is confirmed" in text_of(done)
    again = await dana.client.post(path, headers=HTML)
    assert again.status_code == 410


async def test_opening_the_link_alone_confirms_nothing(
    dana: Person, mail: FakeMailServer, database: Database, keys: Keys
) -> None:
    await dana.post(f"{PAGE}/email", await dana.get(PAGE), email="dana@example.test")
    await dana.get(link_in(mail, "confirm-email"))
    async with database.transaction(keys.workspace) as connection:
        found = await notification_preferences.get_preferences(
            connection, keys.workspace, "reviewer"
        )
    assert (found.email, found.unconfirmed_email) == (None, "dana@example.test")


async def test_nobodys_mailbox_is_filled_from_here(dana: Person, mail: FakeMailServer) -> None:
    page = await dana.get(PAGE)
    for status in (200, 429):
        answer = await dana.post(f"{PAGE}/email", page, email="victim@example.test")
        assert answer.status_code == status
    assert len(mail.taken) == 1


@pytest.mark.parametrize("typed", ["", "dana", "a@b.test, c@d.test", "a@b.test\r\nBcc: c@d.test"])
async def test_what_is_no_address_gets_no_mail(
    dana: Person, mail: FakeMailServer, typed: str
) -> None:
    answer = await dana.post(f"{PAGE}/email", await dana.get(PAGE), email=typed)
    assert answer.status_code == 422
    assert mail.taken == []


async def test_a_link_in_a_mail_ends_the_mails_without_signing_in(
    dana: Person, database: Database, keys: Keys
) -> None:
    async with database.transaction(keys.workspace) as connection:
        [notice_id] = await notices.add(
            connection,
            keys.workspace,
            [NewNotice(person="reviewer", occasion=Occasion.DIGEST, key="2026-11-22")],
        )
    path = unsubscribe_path(keys, notice_id)
    dana.client.cookies.clear()
    assert "No more mails?" in text_of(await dana.get(path))
    one_click = {"List-Unsubscribe": "One-Click"}
    done = await dana.client.post(path, data=one_click, headers=HTML)
    assert done.status_code == 200
    async with database.transaction(keys.workspace) as connection:
        found = await notification_preferences.get_preferences(
            connection, keys.workspace, "reviewer"
        )
    assert {found.preferences.route(occasion).value for occasion in Occasion} <= {
        "slack",
        "digest_only",
        "not_at_all",
    }


def unsubscribe_path(keys: Keys, notice_id: UUID) -> str:
    links = EmailLinks("a secret of the tests")
    url = links.unsubscribe("", keys.workspace, notice_id)
    assert "reviewer" not in url
    return url


async def test_a_wrong_link_tells_nothing(dana: Person, keys: Keys) -> None:
    dana.client.cookies.clear()
    known = await dana.get(unsubscribe_path(keys, uuid4()))
    unknown = await dana.get("/unsubscribe/nonsense")
    assert text_of(known) == text_of(unknown)
    for path in ("/unsubscribe/nonsense", unsubscribe_path(keys, uuid4())):
        answer = await dana.client.post(path, headers=HTML)
        assert (answer.status_code, "No more mails" in answer.text) == (200, True)
        assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_hostile_name_and_token_are_shown_as_text(client: AsyncClient) -> None:
    page = await client.get("/unsubscribe/%22%3E%3Cscript%3Ealert(1)%3C", headers=HTML)
    assert "script" not in Tags.of(page).names


async def test_programs_have_no_preferences(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get("/v1/me/notifications", headers=keys.header(ApiRole.AGENT))
    assert answer.status_code == 403


def link_in(mail: FakeMailServer, name: str) -> str:
    """Return the path of the link in the last mail."""
    part = mail.taken[-1].get_body(("plain",))
    assert part is not None
    found = re.search(rf"http://[^/]+(/{name}/\S+)", str(part.get_content()))
    assert found
    return found[1]
