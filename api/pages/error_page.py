"""Problems as pages, for whom a JSON document would be of no use."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.pages.templates import render
from api.problems import ProblemError

_MACHINE_PATHS = ("/v1/", "/healthz", "/readyz", "/openapi.json")


def is_for_a_person(request: Request) -> bool:
    """Return whether the answer goes to a browser that shows pages."""
    if request.url.path.startswith(_MACHINE_PATHS):
        return False
    return "text/html" in request.headers.get("accept", "")


def error_page(request: Request, problem: ProblemError) -> Response:
    """Return the problem as a page; who is not signed in is led to where they can."""
    if problem.status == 401:
        wanted = "/"
        if request.method == "GET":
            query = f"?{request.url.query}" if request.url.query else ""
            wanted = f"{request.url.path}{query}"
        return RedirectResponse(f"/login?next={quote(wanted)}", 303)
    response = render("error.html", status_code=problem.status, problem=problem)
    response.headers.update(problem.headers)
    return response
