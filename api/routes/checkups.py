"""`/v1/knowledge/checkup`: which items drift, and having them looked at now."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import CheckupStarter, ProposalReader
from api.context import ContextDep
from api.openapi import problems
from api.services.checkups import start_checkup
from domain.checkups import Checkup
from store import checkups as stored
from store.checkups import ListedFinding

router = APIRouter(prefix="/v1/knowledge/checkup", tags=["knowledge"])


class CheckupAnswer(BaseModel):
    """The newest checkup, and what it has found, the worst first."""

    checkup: Checkup | None
    findings: list[ListedFinding]


class StartedCheckup(BaseModel):
    """What was started, or ran already."""

    workflow_id: str


@router.get("", summary="Read the newest checkup", responses=problems(401, 403, 422, 503))
async def get_checkup(caller: ProposalReader, context: ContextDep) -> CheckupAnswer:
    """Return which items drift, why, and the proposals that people are asked to decide on.

    `health` is what became of the answers that rested on each item. A checkup runs each day.
    """
    async with context.database.snapshot(caller.workspace) as connection:
        checkup = await stored.find_checkup(connection, caller.workspace)
        if checkup is None:
            return CheckupAnswer(checkup=None, findings=[])
        findings = await stored.list_findings(connection, caller.workspace, checkup.id)
    return CheckupAnswer(checkup=checkup, findings=findings)


@router.post(
    "", status_code=202, summary="Check the knowledge now", responses=problems(401, 403, 422, 503)
)
async def post_checkup(caller: CheckupStarter, context: ContextDep) -> StartedCheckup:
    """Look for items that drift, and ask reviewers about the worst of them.

    One that was asked for and still runs is left alone. Nothing is changed without an approval,
    unless an administrator has switched the quarantine policy on.
    """
    return StartedCheckup(workflow_id=await start_checkup(context, caller))
