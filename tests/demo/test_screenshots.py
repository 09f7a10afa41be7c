"""The pictures: one of every page, each with a name of its own."""

from fastapi.routing import APIRoute

from api.app import PAGES
from demo.screenshots import SHOTS, VIEWS, file_name

LEAD_ON = {"/knowledge/search", "/login/oidc", "/login/oidc/callback"}
PARTS = {"/dashboard/charts/{figure}.svg", "/dashboard/{figure}.csv", "/live/counts"}


def test_every_page_is_taken() -> None:
    paths = {
        route.path
        for router in PAGES
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }

    assert paths - {shot.route for shot in SHOTS} - LEAD_ON - PARTS == set()


def test_no_two_pictures_have_one_name() -> None:
    names = [file_name(shot, view) for shot in SHOTS for view in VIEWS]

    assert len(set(names)) == len(names)
    assert "inbox-phone.png" in names
