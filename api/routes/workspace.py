"""`/v1/workspace/settings`: what an administrator sets for the whole workspace."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth import Administrator, KnowledgeReader
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from domain.base import JsonObject
from domain.workspace_settings import WorkspaceSettings
from store import audit, workspaces

router = APIRouter(prefix="/v1/workspace", tags=["workspace"])


@router.get(
    "/settings", summary="Read the workspace's settings", responses=problems(401, 403, 422, 503)
)
async def get_settings(caller: KnowledgeReader, context: ContextDep) -> WorkspaceSettings:
    """Return what holds now: what was set, and the defaults of the rest."""
    async with context.database.reading(caller.workspace) as connection:
        return await workspaces.read_settings(connection, caller.workspace)


@router.patch(
    "/settings",
    summary="Change the workspace's settings",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def change_settings(
    caller: Administrator,
    context: ContextDep,
    request: Annotated[
        WorkspaceSettings,
        Depends(strict_body(WorkspaceSettings, example={"wrong_answer_budget": 0.02})),
    ],
) -> WorkspaceSettings:
    """Set those settings that the body names, and return all; who set what is audited."""
    changed = request.model_dump(mode="json", include=request.model_fields_set)
    async with context.database.transaction(caller.workspace) as connection:
        settings = await workspaces.change_settings(connection, caller.workspace, changed)
        await audit.record(
            connection,
            caller.workspace,
            actor=caller.name,
            action="settings_changed",
            subject=f"workspace/{caller.workspace}",
            details=_audited(changed),
        )
    return settings


def _audited(changed: JsonObject) -> JsonObject:
    """Return what was set, as the audit keeps it: of texts only how many, for it keeps for ever."""
    return {name: len(v) if isinstance(v, list) else v for name, v in changed.items()}
