"""The OpenAPI document: request bodies read by hand, problem answers, and how to authenticate."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator
from pydantic.json_schema import models_json_schema

from api.body import Body
from api.problems import MEDIA_TYPE, Problem

_REFERENCE = "#/components/schemas/{model}"

_DESCRIPTIONS = {
    401: "No valid API key or session.",
    403: "The role may not do this.",
    404: "There is no such thing in this workspace.",
    409: "It conflicts with what is there now.",
    413: "The body is over 2 MB.",
    415: "The body is not JSON.",
    422: "The request is not as it must be; `errors` names each field.",
    429: "Too many attempts.",
    503: "A part of the system is away for the moment; try again.",
}

EmptyIsNone = BeforeValidator(lambda value: None if value == "" else value)
"""For filters: `?status=` is as good as no filter, as an HTML form sends it."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of a route's problem answers."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}},
        }
        for status in statuses
    }


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    """Return the document of an application with these routers, made once."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
    )
    bodies = _bodies(routers)
    models: list[type[BaseModel]] = [Problem, *(body.model for body in bodies.values())]
    _, definitions = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(models)], ref_template=_REFERENCE
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in definitions.get("$defs", {}).items():
        schemas.setdefault(name, schema)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for (path, method), body in bodies.items():
        media: dict[str, Any] = {
            "schema": {"$ref": _REFERENCE.format(model=body.model.__name__)},
        }
        if body.example is not None:
            media["example"] = body.example
        document["paths"][path][method]["requestBody"] = {
            "required": True,
            "content": {"application/json": media},
        }
    _secure(document)
    app.openapi_schema = document
    return document


def _bodies(routers: Sequence[APIRouter]) -> dict[tuple[str, str], Body]:
    found: dict[tuple[str, str], Body] = {}
    for route in (route for router in routers for route in router.routes):
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        for dependency in route.dependant.dependencies:
            body = getattr(dependency.call, "body", None)
            if isinstance(body, Body):
                for method in route.methods or ():
                    found[route.path, method.lower()] = body
    return found


def _secure(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = {
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of the workspace; its role decides what it may do.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "learning_loop_session",
            "description": "The cookie of a signed-in person. Calls that write also need the "
            "header X-CSRF-Token.",
        },
    }
    for path, calls in document["paths"].items():
        for call in calls.values():
            # What is posted to a hook is signed by the product that posts it.
            has_key = path.startswith("/v1/") and not path.startswith("/v1/hooks/")
            call["security"] = [{"apiKey": []}, {"session": []}] if has_key else []
            # Our own problem document answers instead of FastAPI's own 422.
            answer = call["responses"].get("422", {})
            if "application/json" in answer.get("content", {}):
                call["responses"]["422"] = problems(422)[422]
