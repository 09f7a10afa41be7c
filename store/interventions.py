"""Interventions and their analyses."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.conversation import InterventionStatus, Submission
from domain.erased_forms import erased_submission
from domain.errors import InterventionConflictError, NotFoundError
from domain.findings import Analysis, AnalystInfo, Finding, ModelUsage
from store.database import Connection, as_json, as_vector, execute, fetch_all, fetch_one
from store.queries import query
from store.vectors import Embedding


class InterventionSummary(Model):
    """An intervention as a list shows it: without its conversation."""

    id: UUID
    source: str
    external_id: str
    author: str | None
    status: InterventionStatus
    error_code: str | None
    erased_at: AwareDatetime | None = None
    """Since when its text is gone, if the customer was erased."""
    created_at: AwareDatetime
    updated_at: AwareDatetime


class StoredIntervention(InterventionSummary):
    """An intervention with its conversation."""

    submission: Submission


class Receipt(Model):
    """What intake did: the intervention's id, and whether this call created it."""

    intervention_id: UUID
    status: InterventionStatus
    created: bool
    erased: bool = False
    """Whether its text was erased since: then no body of that name is taken in any more."""


class SimilarAsk(Model):
    """A past ask that is near another in meaning."""

    intervention_id: UUID
    ask: str
    similarity: float
    learned: bool = False
    """Whether a change was applied that its intervention led to or supports."""
    led_elsewhere: bool = False
    """Whether what it led to concerns other items alone, or nothing lacked that an item could say:
    then a person had to decide it."""
    reply: str = ""
    """What the human told the customer, as it was posted."""


async def take_in(connection: Connection, workspace: str, submission: Submission) -> Receipt:
    """Store a submission once; a repeat returns the first one's id.

    One that was erased stays so, whatever is posted in its name. Raises InterventionConflictError
    if it was posted before with another body.
    """
    body_hash = submission.body_hash()
    origin = {
        "workspace": workspace,
        "source": submission.source,
        "external_id": submission.external_id,
    }
    row = await fetch_one(
        connection,
        query("insert_intervention"),
        {
            **origin,
            "body_hash": body_hash,
            "submission": as_json(submission),
            "author": submission.author(),
        },
    )
    if row is not None:
        return Receipt(intervention_id=row["id"], status=row["status"], created=True)
    earlier = await fetch_one(connection, query("find_intervention_by_origin"), origin)
    is_erased = earlier is not None and earlier["erased_at"] is not None
    if earlier is None or (earlier["body_hash"] != body_hash and not is_erased):
        raise InterventionConflictError
    return Receipt(
        intervention_id=earlier["id"], status=earlier["status"], created=False, erased=is_erased
    )


async def get_intervention(
    connection: Connection, workspace: str, intervention_id: UUID
) -> StoredIntervention:
    """Return an intervention with its conversation; raises NotFoundError.

    Of one that is being erased, only what will be left of the conversation.
    """
    row = await fetch_one(
        connection, query("get_intervention"), {"workspace": workspace, "id": intervention_id}
    )
    if row is None:
        raise NotFoundError(f"no intervention {intervention_id} in this workspace")
    found = StoredIntervention.model_validate(row)
    if found.erased_at is None:
        return found
    return found.model_copy(update={"submission": erased_submission(found.submission)})


async def list_interventions(
    connection: Connection,
    workspace: str,
    *,
    status: InterventionStatus | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[InterventionSummary]:
    """Return up to `limit` interventions, newest first; `before` is the last id of a page."""
    rows = await fetch_all(
        connection,
        query("list_interventions"),
        {"workspace": workspace, "status": status, "before": before, "limit": limit},
    )
    return [InterventionSummary.model_validate(row) for row in rows]


async def list_asks(
    connection: Connection, workspace: str, intervention_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """Return what was asked in those interventions that have been read, without personal data."""
    rows = await fetch_all(
        connection, query("list_asks"), {"workspace": workspace, "ids": list(intervention_ids)}
    )
    return {row["intervention_id"]: row["ask"] for row in rows}


async def count_interventions(connection: Connection, workspace: str) -> dict[str, int]:
    """Return how many interventions stand at each status."""
    rows = await fetch_all(connection, query("count_interventions"), {"workspace": workspace})
    return {row["status"]: row["count"] for row in rows}


async def set_intervention_status(
    connection: Connection,
    workspace: str,
    intervention_id: UUID,
    status: InterventionStatus,
    *,
    error_code: str | None = None,
) -> None:
    """Record where the intervention stands; `error_code` names why it failed."""
    await execute(
        connection,
        query("set_intervention_status"),
        {
            "workspace": workspace,
            "id": intervention_id,
            "status": status,
            "error_code": error_code,
        },
    )


async def set_waiting_status(connection: Connection, workspace: str, intervention_id: UUID) -> None:
    """Record whether the intervention is in review or parked, by where its proposals stand."""
    await execute(
        connection, query("set_waiting_status"), {"workspace": workspace, "id": intervention_id}
    )


async def list_unfinished(
    connection: Connection, *, older_than: timedelta, limit: int = 100
) -> list[tuple[str, UUID]]:
    """Return workspace and id of some interventions that should have a workflow, by chance."""
    rows = await fetch_all(
        connection, query("list_unfinished"), {"older_than": older_than, "limit": limit}
    )
    return [(row["workspace"], row["id"]) for row in rows]


async def save_analysis(
    connection: Connection,
    workspace: str,
    intervention_id: UUID,
    *,
    analyst: AnalystInfo,
    ask: str,
    ask_embedding: Embedding,
    findings: Sequence[Finding],
    usage: ModelUsage | None,
) -> bool:
    """Store the analysis of an intervention, unless it has one; return whether it was stored."""
    stored = await execute(
        connection,
        query("insert_analysis"),
        {
            "workspace": workspace,
            "intervention_id": intervention_id,
            "analyst": as_json(analyst),
            "ask": ask,
            "ask_embedding": as_vector(ask_embedding.values),
            "model": ask_embedding.model,
            "findings": as_json(findings),
            "usage": as_json(usage),
        },
    )
    return stored == 1


async def add_usage(
    connection: Connection, workspace: str, intervention_id: UUID, usage: ModelUsage | None
) -> None:
    """Add what a draft has cost to what the intervention's analysis has cost."""
    if usage is None:
        return
    of_analysis = {"workspace": workspace, "intervention_id": intervention_id}
    row = await fetch_one(connection, query("lock_usage"), of_analysis)
    if row is None:
        raise NotFoundError(f"intervention {intervention_id} has no analysis")
    if row["usage"] is not None:
        usage = usage.plus(ModelUsage.model_validate(row["usage"]))
    await execute(connection, query("set_usage"), {**of_analysis, "usage": as_json(usage)})


class StoredAnalysis(Analysis):
    """An analysis with the redacted ask that it was made for."""

    ask: str


async def find_analysis(
    connection: Connection, workspace: str, intervention_id: UUID
) -> StoredAnalysis | None:
    """Return the analysis of an intervention, if there is one yet."""
    row: dict[str, Any] | None = await fetch_one(
        connection,
        query("get_analysis"),
        {"workspace": workspace, "intervention_id": intervention_id},
    )
    return None if row is None else StoredAnalysis.model_validate(row)


async def similar_asks(
    connection: Connection,
    workspace: str,
    *,
    embedding: Embedding,
    except_id: UUID | None,
    limit: int,
    item_id: UUID | None = None,
) -> list[SimilarAsk]:
    """Return the past asks nearest to `embedding`, nearest first, without one intervention's.

    With None every intervention's ask counts. Asks whose vector is another model's are left out.
    `item_id` is the item that an ask may have led to, or the proposal that would add it.
    """
    rows = await fetch_all(
        connection,
        query("similar_asks"),
        {
            "workspace": workspace,
            "embedding": as_vector(embedding.values),
            "model": embedding.model,
            "except_id": except_id,
            "limit": limit,
            "item_id": item_id,
        },
    )
    return [SimilarAsk.model_validate(row) for row in rows]
