"""`/healthz` and `/readyz`: whether the process lives, and whether it can serve."""

import asyncio

import psycopg
import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.context import Context, ContextDep
from api.openapi import problems
from api.problems import ProblemError
from store.database import INSTALLATION
from store.migrate import is_migrated

router = APIRouter(tags=["operations"])

_CHECK_SECONDS = 3.0
_log = structlog.get_logger("api.readiness")


class Health(BaseModel):
    """The process answers."""

    status: str = "alive"


class Readiness(BaseModel):
    """Each part that the API needs, by name."""

    status: str = "ready"
    checks: dict[str, str]


@router.get("/healthz", summary="Whether the process lives")
async def healthz() -> Health:
    """Answer without asking any other part."""
    return Health()


@router.get("/readyz", summary="Whether the API can serve", responses=problems(503))
async def readyz(request: Request, context: ContextDep) -> Readiness:
    """Answer 200 if the database is reachable and migrated and Temporal is reachable."""
    database, temporal = await asyncio.gather(_check_database(context), _check_temporal(context))
    checks = {"database": database, "temporal": temporal}
    if checks != getattr(request.app.state, "last_checks", None):
        # Asked every moment, so that only what has changed is worth a line.
        request.app.state.last_checks = checks
        _log.info("readiness", **checks)
    if set(checks.values()) != {"ok"}:
        raise ProblemError(
            503,
            "not_ready",
            "The API cannot serve yet",
            "; ".join(f"{name}: {state}" for name, state in checks.items() if state != "ok"),
            headers={"Retry-After": "2"},
            extra={"checks": checks},
        )
    return Readiness(checks=checks)


async def _check_database(context: Context) -> str:
    try:
        async with (
            asyncio.timeout(_CHECK_SECONDS),
            context.database.reading(INSTALLATION) as connection,
        ):
            return "ok" if await is_migrated(connection) else "not migrated"
    except (psycopg.Error, TimeoutError):
        return "not reachable"


async def _check_temporal(context: Context) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return "ok" if await context.delivery.ping() else "not reachable"
    except TimeoutError:
        return "not reachable"
    except Exception as error:
        # Whatever the client raises, the answer is the same; the class helps who operates it.
        _log.warning("temporal cannot be asked", error=type(error).__name__)
        return "not reachable"
