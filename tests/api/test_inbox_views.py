"""Saved views: one's own and everybody's."""

import re

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from domain.identity import ApiRole
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys, client_of
from tests.api.rows import Rows

VIEW = "status=in_review&kind=policy"


async def save(person: Person, name: str, query: str = VIEW, **fields: str) -> Response:
    page = await person.get(f"/?{query}")
    return await person.post("/inbox/views", page, **{"from": query}, name=name, **fields)


def names(page: Response) -> list[str]:
    (found,) = re.findall(r'aria-label="Views">(.*?)</nav>', page.text, re.S)
    return [re.sub(r"<[^>]+>", "", name).strip() for name in re.findall(r"<a .*?</a>", found)]


def view_id(page: Response) -> str:
    return re.findall(r"/inbox/views/([0-9a-f-]{36})/delete", page.text)[0]


BUILT_IN = ["All open", "Mine", "Unassigned", "Overdue", "Needs my second approval"]


async def test_everybody_has_some_views(reviewer: Person) -> None:
    assert names(await reviewer.get("/")) == BUILT_IN


async def test_a_view_is_saved_under_its_name(reviewer: Person) -> None:
    answer = await save(reviewer, "Rules & <b>", "kind=policy&nonsense=1&assignee=")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/?{VIEW}")
    page = await reviewer.get(f"/?{VIEW}")
    assert names(page) == [*BUILT_IN, "Rules &amp; &lt;b&gt;"]
    assert "Rules & <b>" in text_of(page)


async def test_a_view_of_ones_own_is_seen_by_nobody_else(
    reviewer: Person, app: FastAPI, keys: Keys
) -> None:
    await save(reviewer, "Rules")
    page = await reviewer.get(f"/?{VIEW}")
    async with client_of(app) as client:
        other = await signed_in(client, keys.of[ApiRole.LEAD])
        seen = await other.get("/")
        answer = await other.post(f"/inbox/views/{view_id(page)}/delete", seen)

    assert names(seen) == BUILT_IN
    assert answer.status_code == 404


async def test_a_lead_gives_everybody_a_view_that_others_cannot_change(
    app: FastAPI, client: AsyncClient, keys: Keys
) -> None:
    lead = await signed_in(client, keys.of[ApiRole.LEAD])
    await save(lead, "Rules", whose="everybody")
    shared = view_id(await lead.get(f"/?{VIEW}"))
    async with client_of(app) as another:
        reviewer = await signed_in(another, keys.of[ApiRole.REVIEWER])
        page = await reviewer.get(f"/?{VIEW}")
        refused = await reviewer.post(f"/inbox/views/{shared}/delete", page)

    assert names(page)[-1].startswith("Rules")
    assert "A lead has shared this view" in text_of(page)
    assert refused.status_code == 403


async def test_a_reviewer_shares_nothing(reviewer: Person) -> None:
    answer = await save(reviewer, "Rules", whose="everybody")

    assert answer.status_code == 403
    assert names(await reviewer.get("/")) == BUILT_IN


async def test_the_inbox_opens_with_the_default_view(reviewer: Person, rows: Rows) -> None:
    await rows.proposal()
    await save(reviewer, "Rules", default="yes")

    opened = await reviewer.get("/")
    page = await reviewer.get(f"/?{VIEW}")
    everything = await reviewer.get("/?status=in_review")
    await reviewer.post(f"/inbox/views/{view_id(page)}/default", page)

    assert (opened.status_code, opened.headers["location"]) == (303, f"/?{VIEW}")
    assert "opens first" in text_of(page)
    assert "Add an article on refunds" in everything.text
    assert (await reviewer.get("/")).status_code == 200


async def test_another_default_takes_the_place_of_the_first(reviewer: Person) -> None:
    await save(reviewer, "Rules", default="yes")
    await save(reviewer, "Mine alone", "assignee=me&status=all", default="yes")

    assert (await reviewer.get("/")).headers["location"] == "/?status=all&assignee=me"


async def test_a_view_gets_another_name_and_is_deleted(reviewer: Person) -> None:
    await save(reviewer, "Rules")
    page = await reviewer.get(f"/?{VIEW}")
    where = f"/inbox/views/{view_id(page)}"

    await reviewer.post(f"{where}/rename", page, name="Policies")
    renamed = await reviewer.get(f"/?{VIEW}")
    await reviewer.post(f"{where}/delete", page)

    assert names(renamed)[-1] == "Policies"
    assert names(await reviewer.get("/")) == BUILT_IN


async def test_a_name_that_another_view_has_is_refused(reviewer: Person) -> None:
    await save(reviewer, "Rules")
    await save(reviewer, "All of them", "status=all")
    page = await reviewer.get(f"/?{VIEW}")

    answer = await reviewer.post(f"/inbox/views/{view_id(page)}/rename", page, name="All of them")

    assert answer.status_code == 422
    assert "another view has this name" in text_of(answer)


async def test_the_same_name_again_stands_for_the_newer_filters(reviewer: Person) -> None:
    await save(reviewer, "Rules")
    await save(reviewer, "Rules", "status=all&kind=policy")

    page = await reviewer.get("/?status=all&kind=policy")

    assert names(page) == [*BUILT_IN, "Rules"]
    assert view_id(page)


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "x" * 400])
async def test_a_view_needs_a_name(reviewer: Person, name: str) -> None:
    answer = await save(reviewer, name)

    assert answer.status_code == 422
    assert names(await reviewer.get("/")) == BUILT_IN


async def test_there_is_an_end_to_views(reviewer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.saved_views.MOST_VIEWS", 1)
    await save(reviewer, "Rules")

    answer = await save(reviewer, "More")

    assert answer.status_code == 422
    assert "there are 1 saved views" in text_of(answer)
