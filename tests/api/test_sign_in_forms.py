"""Every form there is: none is taken from elsewhere, and none is reached by a link."""

import re
from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from httpx2 import AsyncClient

from api.app import PAGES
from tests.api.browser import HTML, Person

_ID = str(UUID(int=7))
_WORDS = {"kind": "claim", "act": "approve"}
_BY_MAIL = ("/unsubscribe/", "/confirm-email/")
"""What mails lead to: the signed token in the address is the proof, and nobody is signed in."""


def _concrete(path: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: _WORDS.get(name[1], _ID), path)


FORMS = sorted(
    {
        _concrete(route.path)
        for router in PAGES
        for route in router.routes
        if isinstance(route, APIRoute)
        and "POST" in (route.methods or ())
        and not route.path.startswith(_BY_MAIL)
    }
)
PAGES_TO_READ = [
    re.compile(re.sub(r"\{\w+(:path)?\}", "[^/]+", route.path) + "$")
    for router in PAGES
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in (route.methods or ())
]
ONLY_FORMS = [path for path in FORMS if not any(page.match(path) for page in PAGES_TO_READ)]


def test_there_are_forms() -> None:
    assert f"/proposals/{_ID}/decide" in ONLY_FORMS
    assert {"/login", "/logout", "/login/link", "/me/sessions/end"} <= set(FORMS)


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_without_its_token_is_refused(reviewer: Person, path: str) -> None:
    answer = await reviewer.client.post(path, data={"verdict": "approve"}, headers=HTML)

    assert answer.status_code == 403
    assert "too old or is not ours" in answer.text


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_of_another_site_is_refused(reviewer: Person, path: str) -> None:
    page = await reviewer.get("/me")
    headers = {**HTML, "Origin": "https://evil.test"}
    token = re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]

    answer = await reviewer.client.post(path, data={"form_token": token}, headers=headers)

    assert answer.status_code == 403
    assert "too old or is not ours" in answer.text


@pytest.mark.parametrize("path", ONLY_FORMS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_a_form_does_no_link_does(
    reviewer: Person, client: AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, headers=HTML)

    assert answer.status_code == 405
