"""`learning-loop sign-in-link`: straight in the database, for whoever runs it. Shown once."""

import os
from collections.abc import Mapping

from pydantic import ValidationError
from rich.console import Console

from client.connection import URL_VARIABLE, running_stack
from client.errors import ClientError, ConfigurationError
from client.keys_commands import ACTOR, connection_to
from domain.errors import NotFoundError
from domain.identity import ApiRole, Permission, Principal
from store.people import SYSTEM_NAMES, NameOfAProviderError
from store.sign_in_links import LinkHolder, invite


async def make_link(
    out: Console, workspace: str | None, name: str | None, role: ApiRole, url: str | None
) -> int:
    """Print a link that signs somebody in once."""
    address = _address(url)
    holder = _holder(name or role.value, role)
    async with connection_to(workspace) as (connection, workspace):
        try:
            link = await invite(connection, workspace, holder, address=address, actor=ACTOR)
        except NameOfAProviderError:
            raise ClientError(
                "Somebody of this name signs in through your organisation. Choose another --name."
            ) from None
        except NotFoundError:
            raise ClientError(f"There is no workspace {workspace}.") from None
    out.print(f"Signs in as {holder.name}, {role}, once, within 15 minutes:", markup=False)
    # As it is, however long, so that it can be copied.
    out.print(link, markup=False, highlight=False, soft_wrap=True)
    return 0


def _holder(name: str, role: ApiRole) -> LinkHolder:
    try:
        holder = LinkHolder(name=name, role=role)
    except ValidationError:
        raise ClientError("A name is one line of at most 300 characters.") from None
    if holder.name in SYSTEM_NAMES:
        raise ClientError(f"Nobody may be called '{holder.name}'.")
    if not Principal(workspace="any", name="any", role=role).may(Permission.READ_PROPOSALS):
        raise ClientError(f"The role {role} is for programs. Choose reviewer, lead or admin.")
    return holder


def _address(url: str | None, environ: Mapping[str, str] = os.environ) -> str:
    stack = running_stack(environ)
    address = url or environ.get(URL_VARIABLE) or (stack.api if stack else "")
    if not address:
        raise ConfigurationError(
            f"No address is known. Start the stack with 'learning-loop up', or set {URL_VARIABLE}."
        )
    return address
