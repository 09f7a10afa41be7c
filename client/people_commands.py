"""`learning-loop people`: straight in the database, for whoever runs it."""

from rich.console import Console

from client.errors import ClientError
from client.keys_commands import ACTOR, connection_to
from client.shown import plain
from domain.errors import NotFoundError
from store import leaving


async def remove_person(out: Console, workspace: str | None, name: str) -> int:
    """Take somebody out who has left; raises ClientError for a name that is nobody's."""
    async with connection_to(workspace) as (connection, workspace):
        try:
            removed = await leaving.remove_person(connection, workspace, name, ACTOR)
        except NotFoundError:
            raise ClientError(f"Nobody is called '{name}' in workspace {workspace}.") from None
    out.print(
        f"{plain(removed.name)} is out of workspace {workspace}: {removed.sessions} sessions "
        f"ended, {removed.keys} keys revoked, Slack unlinked, no more messages.",
        markup=False,
    )
    out.print("If they sign in through your organisation, take them out of their groups there too.")
    return 0
