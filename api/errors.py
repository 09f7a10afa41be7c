"""Turns every exception into a problem document, or into a page for people's browsers."""

import math
from typing import Any, cast

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.fields import field_problems
from api.pages.error_page import error_page, is_for_a_person
from api.problems import (
    ProblemError,
    from_domain_error,
    invalid,
    invalid_field,
    misconfigured,
    unavailable,
)
from domain.errors import DomainError
from gateways.errors import EmbeddingError, ModelError

_log = structlog.get_logger("api.errors")

_TITLES = {
    404: ("not_found", "There is nothing at this address"),
    405: ("method_not_allowed", "This address does not take this method"),
}


def install_error_handlers(app: FastAPI) -> None:
    """Let every error of `app` be answered as RFC 9457 wants it."""
    handlers: dict[type[Exception], Any] = {
        ProblemError: _problem,
        DomainError: _domain_error,
        RequestValidationError: _validation_error,
        HTTPException: _http_exception,
        psycopg.OperationalError: _database_error,
        PoolTimeout: _database_error,
        psycopg.DataError: _data_error,
        ModelError: _model_error,
        EmbeddingError: _embedding_error,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _answer(request: Request, problem: ProblemError) -> Response:
    if is_for_a_person(request):
        return error_page(request, problem)
    return problem.response()


async def _problem(request: Request, error: ProblemError) -> Response:
    return _answer(request, error)


async def _domain_error(request: Request, error: DomainError) -> Response:
    return _answer(request, from_domain_error(error))


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    # The first part of each path says where it stood: query, path, header.
    errors = cast(list[dict[str, Any]], error.errors())
    return _answer(request, invalid(field_problems(errors, skip=1)))


async def _http_exception(request: Request, error: HTTPException) -> Response:
    code, title = _TITLES.get(error.status_code, ("http_error", "The request failed"))
    return _answer(request, ProblemError(error.status_code, code, title, headers=error.headers))


async def _database_error(request: Request, error: Exception) -> Response:
    _log.warning("the database cannot be reached", error=type(error).__name__)
    return _answer(request, unavailable("database"))


async def _data_error(request: Request, error: Exception) -> Response:
    _log.warning("the database refused a value", error=type(error).__name__)
    return _answer(request, invalid_field("body", "holds a value that cannot be stored"))


async def _model_error(request: Request, error: Exception) -> Response:
    _log.warning("the model cannot answer", error=type(error).__name__)
    return _answer(request, unavailable("model", retry_after=10))


async def _embedding_error(request: Request, error: EmbeddingError) -> Response:
    # Its message quotes neither the text nor the service, and names the setting to mend.
    _log.warning("the texts cannot be embedded", error=type(error).__name__, reason=str(error))
    if not error.retryable:
        return _answer(request, misconfigured("embedding service", str(error)))
    seconds = math.ceil(error.retry_after.total_seconds()) if error.retry_after else 0
    return _answer(request, unavailable("embedding service", retry_after=max(seconds, 2)))


async def _unexpected(request: Request, error: Exception) -> Response:
    # The class and the place, not the text: an exception's text may quote what somebody wrote.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
    _log.error("unexpected error", error=type(error).__name__, place=place)
    return _answer(request, ProblemError(500, "internal_error", "Something went wrong on our side"))
