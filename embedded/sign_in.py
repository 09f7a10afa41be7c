"""One-time links for whoever starts a stack: its first people, and the second pair of eyes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.identity import ApiRole
from embedded.stack import EmbeddedStack
from store.database import Database
from store.people import NameOfAProviderError
from store.sign_in_links import LinkHolder, invite

ROLES = (ApiRole.REVIEWER, ApiRole.LEAD)
"""Policies and tools need two different people: with one link nobody could try that."""

ACTOR = "command line"


@dataclass(frozen=True)
class SignInLink:
    """A link, and the role in which it signs somebody in, once."""

    role: ApiRole
    url: str = field(repr=False)


async def sign_in_links(
    stack: EmbeddedStack, workspace: str, roles: Sequence[ApiRole] = ROLES
) -> list[SignInLink]:
    """Returns a fresh link for each role, for the terminal alone: files must not hold them."""
    links: list[SignInLink] = []
    address = stack.env["LEARNING_LOOP_API_URL"]
    async with (
        Database(stack.info.database_url, max_size=1) as database,
        database.transaction(workspace) as connection,
    ):
        for role in roles:
            holder = LinkHolder(name=role.value, role=role)
            try:
                url = await invite(connection, workspace, holder, address=address, actor=ACTOR)
            except NameOfAProviderError:
                continue
            links.append(SignInLink(role, url))
    return links
