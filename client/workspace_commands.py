"""`learning-loop workspace`: straight in the database, for whoever runs it."""

from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from client.errors import ConfigurationError
from client.keys_commands import ACTOR, connection_to
from domain.conversation import LanguageTag
from domain.languages import text_configuration
from store import audit, workspaces

_TAG: TypeAdapter[str] = TypeAdapter(LanguageTag)


async def choose_language(out: Console, workspace: str | None, tag: str | None) -> int:
    """Print the workspace's language, after setting it if `tag` names one."""
    if tag is not None:
        tag = _checked(tag)
    async with connection_to(workspace) as (connection, workspace):
        if tag is None:
            tag = await workspaces.get_language(connection, workspace)
            out.print(f"Workspace {workspace} is in {tag}, read as {text_configuration(tag)}.")
            return 0
        count = await workspaces.set_language(connection, workspace, tag)
        await audit.record(
            connection,
            workspace,
            actor=ACTOR,
            action="language_set",
            subject=f"workspace/{workspace}",
            details={"language": tag},
        )
    out.print(
        f"Workspace {workspace} is in {tag} now, read as {text_configuration(tag)}; "
        f"{count} passages were read anew."
    )
    return 0


def _checked(tag: str) -> str:
    try:
        return _TAG.validate_python(tag)
    except ValidationError:
        raise ConfigurationError(
            "That is no language tag; write it as 'de', 'en' or 'pt-BR'."
        ) from None
