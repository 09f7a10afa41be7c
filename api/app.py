"""Makes the application: routes, pages, error handling, and what lives as long as the process."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from agent.choice import choose_answerer
from api.context import Context, Deliverer, Reembedder
from api.delivery import Delivery
from api.errors import install_error_handlers
from api.events import EventHub
from api.key_cache import KeyCache
from api.login_limits import LoginLimits
from api.middleware import AddHeaders, LimitBody, LogRequests
from api.oidc import Provider
from api.openapi import describe
from api.pages import (
    aftermath,
    browse,
    checkup,
    dashboard,
    edit,
    history_forms,
    inbox,
    inbox_bulk,
    inbox_snooze,
    inbox_views,
    item,
    live,
    mail_links,
    me,
    presence,
    preview,
    proposal,
    proposal_forms,
    sign_in,
    sign_in_link,
    sign_in_oidc,
)
from api.pages import ask as ask_pages
from api.pages import golden as golden_pages
from api.pages import knowledge as knowledge_pages
from api.pages import notification_preferences as notification_pages
from api.pages import releases as release_pages
from api.pages import suppressions as suppression_pages
from api.reembedding import Reembedding
from api.routes import (
    ask,
    audit,
    change_requests,
    checkups,
    embeddings,
    erasures,
    events,
    golden,
    hooks_slack,
    interventions,
    knowledge,
    knowledge_import,
    knowledge_search,
    metrics,
    operations,
    people,
    preferences,
    proposals,
    releases,
    snoozes,
    suppressions,
    usage,
    workspace,
)
from api.sessions import Sessions
from domain.cases import Answerer
from gateways.charts import Charts
from gateways.embeddings import Embedder, choose_embedder, next_space
from gateways.notifications import choose_channels
from gateways.settings import Settings
from gateways.temporal import connect
from store.database import Database

_STATIC = Path(__file__).resolve().parent / "static"
_DESCRIPTION = """\
Turns each intervention of a human into a reviewed, lasting improvement of an AI agent.

Post interventions, decide on the proposals that they lead to, and search what agents know. Errors
are problem documents (RFC 9457) whose `type` is stable. Lists are paged by an opaque `cursor`.
"""

ROUTERS = tuple(
    module.router
    for module in (
        interventions,
        proposals,
        snoozes,
        suppressions,
        # Before the routes that take an item's id in the same place.
        knowledge_import,
        knowledge_search,
        checkups,
        knowledge,
        releases,
        change_requests,
        erasures,
        golden,
        embeddings,
        ask,
        audit,
        events,
        metrics,
        usage,
        people,
        preferences,
        workspace,
        hooks_slack,
        operations,
    )
)
"""The JSON calls, as the OpenAPI document lists them."""

PAGES = tuple(
    page.router
    for page in (
        sign_in_oidc,
        sign_in_link,
        me,
        notification_pages,
        mail_links,
        sign_in,
        inbox,
        inbox_bulk,
        inbox_views,
        # Before the forms that take any word in the same place.
        inbox_snooze,
        presence,
        live,
        proposal,
        # Before the forms that take any word in the same place.
        preview,
        edit,
        aftermath,
        proposal_forms,
        suppression_pages,
        browse,
        # Before the page that takes an item's id in the same place.
        knowledge_pages,
        item,
        checkup,
        release_pages,
        dashboard,
        golden_pages,
        ask_pages,
        history_forms,
    )
)

_log = structlog.get_logger("api")


@dataclass(frozen=True)
class Parts:
    """What a caller gives instead of what the settings would make."""

    database: Database | None = None
    delivery: Deliverer | None = None
    answerer: Answerer | None = None
    embedder: Embedder | None = None
    reembedding: Reembedder | None = None
    settle_seconds: float = 2.0


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    delivery: Deliverer | None = None,
    answerer: Answerer | None = None,
    embedder: Embedder | None = None,
    reembedding: Reembedder | None = None,
    settle_seconds: float = 2.0,
) -> FastAPI:
    """Return the application. What is not given is made from the settings and closed at the end."""
    parts = Parts(database, delivery, answerer, embedder, reembedding, settle_seconds)
    app = FastAPI(
        title="Learning Loop",
        version="1",
        description=_DESCRIPTION,
        lifespan=lambda app: _lifespan(app, settings, parts),
        # Their pages load scripts from elsewhere; the document itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
    )
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    app.mount("/static/lib", StaticFiles(packages=[("js_lib_htmx", "static")]), name="lib")
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    install_error_handlers(app)
    app.add_middleware(LimitBody)
    app.add_middleware(AddHeaders)
    app.add_middleware(LogRequests)
    app.openapi = lambda: describe(app, ROUTERS)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI, settings: Settings, parts: Parts) -> AsyncGenerator[None]:
    """Hold what lives as long as the process."""
    async with AsyncExitStack() as stack:
        database = parts.database or await stack.enter_async_context(
            Database(settings.database_url.get_secret_value(), max_size=settings.database_pool)
        )
        delivery = parts.delivery or Delivery(database, connect)
        channels = choose_channels(settings)
        stack.callback(channels.close)
        hub = EventHub(database)
        app.state.context = Context(
            settings=settings,
            database=database,
            delivery=delivery,
            answerer=parts.answerer or choose_answerer(settings),
            embedder=parts.embedder or await asyncio.to_thread(choose_embedder, settings),
            reembedding=parts.reembedding or Reembedding(connect),
            next_space=next_space(settings),
            sessions=_sessions(settings),
            provider=_provider(settings),
            keys=KeyCache(database),
            login_limits=LoginLimits(),
            channels=channels,
            charts=await stack.enter_async_context(Charts()),
            events=hub,
            settle_seconds=parts.settle_seconds,
        )
        await stack.enter_async_context(_in_background(delivery.run))
        await stack.enter_async_context(_in_background(hub.run))
        stack.callback(hub.close)
        yield


def _sessions(settings: Settings) -> Sessions:
    if settings.session_secret is None:
        _log.warning(
            "no session secret is set: people sign in again after each restart",
            setting="LEARNING_LOOP_SESSION_SECRET",
        )
        return Sessions(None, hours=settings.session_hours)
    return Sessions(settings.session_secret.get_secret_value(), hours=settings.session_hours)


def _provider(settings: Settings) -> Provider | None:
    if settings.oidc is None:
        return None
    return Provider(settings.oidc, f"{settings.api_url.rstrip('/')}/login/oidc/callback")


@asynccontextmanager
async def _in_background(run: Callable[[], Coroutine[Any, Any, None]]) -> AsyncGenerator[None]:
    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
