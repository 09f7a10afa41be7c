"""Around every request: the body's size, safe headers, and one log line without personal data."""

import time
from collections.abc import Iterable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.body import MAX_BODY_BYTES
from api.nonce import begin_nonce
from api.problems import ProblemError

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_log = structlog.get_logger("api.requests")


def body_too_large() -> ProblemError:
    """Return the problem of a body over the limit."""
    return ProblemError(
        413,
        "body_too_large",
        "The body is too large",
        f"Send at most {MAX_BODY_BYTES:,} bytes.",
        headers={"Connection": "close"},
    )


class LimitBody:
    """Refuses bodies over the limit, whether they say their size or not."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in; the exception becomes a problem document further up."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
            await body_too_large().response()(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise body_too_large()
            return message

        await self._app(scope, counted, send)


class AddHeaders:
    """Adds the security headers that a response does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers when the response starts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        policy = _POLICY.format(nonce=begin_nonce())

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "public, max-age=300")
                headers.setdefault("Content-Security-Policy", policy)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class LogRequests:
    """Logs each request: method, route, status, time. Never the query string, body or address."""

    def __init__(self, app: ASGIApp, quiet: Iterable[str] = ("/healthz", "/readyz")) -> None:
        """Wrap `app`; the routes in `quiet`, which are asked all the time, are not logged."""
        self._app = app
        self._quiet = frozenset(quiet)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log when the response has been sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._log(scope, status, time.perf_counter() - started)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's pattern, not the path: whatever a caller puts into a path stays out of logs.
        route = getattr(scope.get("route"), "path", "(no route)")
        if route in self._quiet:
            return
        write = _log.error if status >= 500 else _log.info
        write(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )
