"""What the JSON calls and the page do with suppressions."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.problems import ProblemError
from domain.base import OptionalText
from domain.identity import Principal
from domain.suppression import HeldBack, LiftsAfter, Suppression, SuppressionStatus
from store import audit
from store import suppressions as stored
from store.database import Connection

_EXAMPLE: dict[str, Any] = {"lifts_after": 10, "reason": "Sales answers these until spring."}


class SuppressionDetail(Suppression):
    """A suppression with the cases that it holds back, or did until they were proposed."""

    cases: list[HeldBack]


class SuppressionEdit(BaseModel):
    """What to change; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    reason: OptionalText | None = None
    lifts_after: LiftsAfter | None = Field(
        default=None, description="How many new cases bring the suggestion before people again."
    )
    status: Annotated[
        Literal[SuppressionStatus.ACTIVE, SuppressionStatus.LIFTED] | None,
        Field(
            description="`lifted`: the next case is proposed, with all that were held back. "
            "`active`: it is held back again, for the item as it is now."
        ),
    ] = None


async def read_detail(
    connection: Connection, workspace: str, suppression_id: UUID
) -> SuppressionDetail:
    """Return a suppression with its cases; raises NotFoundError."""
    found = await stored.get_suppression(connection, workspace, suppression_id)
    cases = await stored.list_held_back(connection, workspace, found.id)
    return SuppressionDetail(**dict(found), cases=cases)


async def edit_suppression(
    connection: Connection, caller: Principal, suppression_id: UUID, request: SuppressionEdit
) -> SuppressionDetail:
    """Change what the request names, and return the suppression; who did is audited.

    Raises NotFoundError, and the 409 problem for one that is over: what it held back is proposed.
    """
    workspace = caller.workspace
    found = await stored.lock_suppression(connection, workspace, suppression_id)
    if found.successor_id is not None:
        raise ProblemError(
            409,
            "suppression_over",
            "This suppression is over",
            "What it held back has been proposed. Decide on that proposal.",
        )
    await stored.edit_suppression(
        connection,
        workspace,
        suppression_id,
        by=caller.name,
        reason=request.reason,
        lifts_after=request.lifts_after,
        status=request.status,
    )
    await audit.record(
        connection,
        workspace,
        actor=caller.name,
        action="suppression_edited",
        subject=f"suppression/{suppression_id}",
        details={
            "fields": sorted(request.model_fields_set),
            "lifts_after": request.lifts_after,
            "status": request.status.value if request.status else None,
        },
    )
    return await read_detail(connection, workspace, suppression_id)
