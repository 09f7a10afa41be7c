"""Links that sign somebody in once. What a link holds is not stored, only its hash."""

import hashlib
import secrets
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from domain.base import Line, Model, Slug
from domain.errors import NotFoundError
from domain.identity import ApiRole
from store import audit
from store.database import Connection, execute, fetch_one
from store.people import NameOfAProviderError, is_known_workspace, is_of_a_provider
from store.queries import query

LIFETIME = timedelta(minutes=15)
LINK_PATH = "/login/link/"
"""Where on our site a link leads; what it holds follows."""

_SLUG: TypeAdapter[str] = TypeAdapter(Slug)


class LinkHolder(Model):
    """Whom a link signs in, and as what."""

    name: Line
    role: ApiRole


def workspace_of(token: str) -> str | None:
    """Return the workspace that a link's token names; None for what is no token at all."""
    workspace, _, secret = token.rpartition(".")
    try:
        return _SLUG.validate_python(workspace) if secret else None
    except ValidationError:
        return None


async def invite(
    connection: Connection, workspace: str, holder: LinkHolder, *, address: str, actor: str
) -> str:
    """Return a new link to our site at `address`, on record; what it holds is shown this once.

    Raises NotFoundError for a workspace that there is not, and NameOfAProviderError: a link must
    not be a way to become somebody whom a provider vouches for.
    """
    if not await is_known_workspace(connection, workspace):
        raise NotFoundError(f"no workspace {workspace}")
    if await is_of_a_provider(connection, workspace, holder.name):
        raise NameOfAProviderError
    token = await create_link(connection, workspace, holder)
    await audit.record(
        connection,
        workspace,
        actor=actor,
        action="sign_in_link_made",
        subject=f"workspace/{workspace}",
        details={"name": holder.name, "role": holder.role.value},
    )
    return f"{address.rstrip('/')}{LINK_PATH}{token}"


async def create_link(connection: Connection, workspace: str, holder: LinkHolder) -> str:
    """Store a link of LIFETIME; return, this once, its token with 256 random bits."""
    token = f"{workspace}.{secrets.token_urlsafe(32)}"
    await execute(connection, query("forget_old_sign_in_links"), {"workspace": workspace})
    await execute(
        connection,
        query("insert_sign_in_link"),
        {**_named(workspace, token), **holder.model_dump(), "lifetime": LIFETIME},
    )
    return token


async def find_link(connection: Connection, workspace: str, token: str) -> LinkHolder | None:
    """Return whom a link would sign in; None if it is unknown, used or too old."""
    row = await fetch_one(connection, query("find_sign_in_link"), _named(workspace, token))
    return None if row is None else LinkHolder.model_validate(row)


async def use_link(connection: Connection, workspace: str, token: str) -> LinkHolder | None:
    """Use a link up; None if it is unknown, used or too old. Of two at once one gets None."""
    row = await fetch_one(connection, query("use_sign_in_link"), _named(workspace, token))
    return None if row is None else LinkHolder.model_validate(row)


def _named(workspace: str, token: str) -> dict[str, object]:
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    return {"workspace": workspace, "token_hash": digest}
