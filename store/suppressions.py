"""Suppressions, and the findings that they hold back."""

from collections.abc import Collection, Sequence
from uuid import UUID

from domain.base import Model
from domain.errors import NotFoundError
from domain.findings import Finding, Gap
from domain.knowledge import ItemKind
from domain.suppression import HeldBack, Suppression, SuppressionStatus
from store.database import Connection, as_json, as_vector, execute, fetch_all, fetch_one
from store.proposals import Mergeable, NewProposal
from store.queries import query
from store.vectors import Embedding


class RejectedDraft(Mergeable):
    """The draft that a suppression was made for.

    `model` is that of its vector; its similarity to a vector of another model is not known.
    """

    suppression_id: UUID
    model: str


async def insert_suppression(
    connection: Connection, workspace: str, decision_id: UUID, lifts_after: int
) -> UUID | None:
    """Suppress the gap of the proposal that a decision rejects; None if that is done already."""
    row = await fetch_one(
        connection,
        query("insert_suppression"),
        {"workspace": workspace, "decision_id": decision_id, "lifts_after": lifts_after},
    )
    return None if row is None else row["id"]


async def list_suppressions(
    connection: Connection,
    workspace: str,
    *,
    suppression_id: UUID | None = None,
    proposal_id: UUID | None = None,
    successor_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Suppression]:
    """Return up to `limit` suppressions, newest first; `before` is the last id of a page.

    `proposal_id` is the rejected proposal's, `successor_id` the one's that took up the cases.
    """
    rows = await fetch_all(
        connection,
        query("list_suppressions"),
        {
            "workspace": workspace,
            "id": suppression_id,
            "proposal_id": proposal_id,
            "successor_id": successor_id,
            "before": before,
            "limit": limit,
        },
    )
    return [Suppression.model_validate(row) for row in rows]


async def get_suppression(
    connection: Connection, workspace: str, suppression_id: UUID
) -> Suppression:
    """Return a suppression; raises NotFoundError."""
    found = await list_suppressions(connection, workspace, suppression_id=suppression_id)
    if not found:
        raise NotFoundError(f"no suppression {suppression_id} in this workspace")
    return found[0]


async def lock_suppression(
    connection: Connection, workspace: str, suppression_id: UUID
) -> Suppression:
    """Return a suppression that nobody else can change until the transaction ends."""
    at = {"workspace": workspace, "id": suppression_id}
    await fetch_one(connection, query("lock_suppression"), at)
    return await get_suppression(connection, workspace, suppression_id)


async def list_rejected_drafts(
    connection: Connection,
    workspace: str,
    *,
    gap: Gap,
    kind: ItemKind,
    merge_key: str,
    embedding: Embedding,
    limit: int = 5,
) -> list[RejectedDraft]:
    """Return the rejected drafts of a merge key that are nearest to a new draft, nearest first."""
    rows = await fetch_all(
        connection,
        query("list_rejected_drafts"),
        {
            "workspace": workspace,
            "gap": gap,
            "kind": kind,
            "merge_key": merge_key,
            "embedding": as_vector(embedding.values),
            "model": embedding.model,
            "limit": limit,
        },
    )
    return [RejectedDraft.model_validate(row) for row in rows]


async def edit_suppression(
    connection: Connection,
    workspace: str,
    suppression_id: UUID,
    *,
    by: str,
    reason: str | None = None,
    lifts_after: int | None = None,
    status: SuppressionStatus | None = None,
) -> Suppression:
    """Change what is named of a locked suppression, and return it; `status` active or lifted."""
    await execute(
        connection,
        query("edit_suppression"),
        {
            "workspace": workspace,
            "id": suppression_id,
            "by": by,
            "reason": reason,
            "lifts_after": lifts_after,
            "status": status,
        },
    )
    return await get_suppression(connection, workspace, suppression_id)


async def end_suppression(
    connection: Connection,
    workspace: str,
    suppression_id: UUID,
    *,
    successor_id: UUID,
    status: SuppressionStatus,
) -> None:
    """Note the proposal that takes up what a locked suppression held back.

    One that was active until now is lifted by enough evidence.
    """
    await execute(
        connection,
        query("end_suppression"),
        {
            "workspace": workspace,
            "id": suppression_id,
            "successor_id": successor_id,
            "enough": status is SuppressionStatus.ACTIVE,
        },
    )


async def hold_back(
    connection: Connection, workspace: str, suppression_id: UUID, new: NewProposal
) -> None:
    """Keep a finding that is not proposed, once."""
    await execute(
        connection,
        query("insert_suppressed_evidence"),
        {
            "workspace": workspace,
            "suppression_id": suppression_id,
            "intervention_id": new.intervention_id,
            "finding_index": new.finding_index,
            "finding": as_json(new.finding),
            "ask": new.ask,
        },
    )


async def find_held_back(
    connection: Connection, workspace: str, intervention_id: UUID, finding_index: int
) -> UUID | None:
    """Return the suppression that holds this finding back, or did, if there is one."""
    row = await fetch_one(
        connection,
        query("find_suppressed_evidence"),
        {
            "workspace": workspace,
            "intervention_id": intervention_id,
            "finding_index": finding_index,
        },
    )
    return None if row is None else row["suppression_id"]


async def list_held_back(
    connection: Connection, workspace: str, suppression_id: UUID
) -> list[HeldBack]:
    """Return the findings that a suppression holds back, or did, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_suppressed_evidence"),
        {"workspace": workspace, "suppression_id": suppression_id},
    )
    return [HeldBack.model_validate(row) for row in rows]


async def list_newest_held_back(
    connection: Connection, workspace: str, suppressions: Collection[UUID], *, limit: int
) -> dict[UUID, list[HeldBack]]:
    """Return up to `limit` findings that each of the suppressions holds back, newest first.

    A suppression that holds nothing back is left out.
    """
    rows = await fetch_all(
        connection,
        query("list_newest_suppressed_evidence"),
        {"workspace": workspace, "suppressions": list(suppressions), "limit": limit},
    )
    found: dict[UUID, list[HeldBack]] = {}
    for row in rows:
        found.setdefault(row.pop("suppression_id"), []).append(HeldBack.model_validate(row))
    return found


async def list_suppressions_of(
    connection: Connection, workspace: str, intervention_id: UUID
) -> list[UUID]:
    """Return the suppressions that hold findings of an intervention back, one for each finding."""
    rows = await fetch_all(
        connection,
        query("list_suppressions_of_intervention"),
        {"workspace": workspace, "intervention_id": intervention_id},
    )
    return [row["suppression_id"] for row in rows]


async def list_held_back_interventions(
    connection: Connection, workspace: str, interventions: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Return those of the interventions of which nothing but what is held back was found.

    Each with a suppression that holds it back, or did.
    """
    rows = await fetch_all(
        connection,
        query("list_held_back_interventions"),
        {"workspace": workspace, "interventions": list(interventions)},
    )
    return {row["intervention_id"]: row["suppression_id"] for row in rows}


class KeptReason(Model):
    """Why a proposal was rejected, as an erasure looks through it."""

    id: UUID
    proposal_id: UUID
    reason: str


class KeptFinding(Model):
    """A finding that is held back, as an erasure looks through it."""

    intervention_id: UUID
    finding_index: int
    finding: Finding


async def list_reasons(connection: Connection, workspace: str) -> list[KeptReason]:
    """Return why every suppression was made."""
    rows = await fetch_all(connection, query("list_suppression_reasons"), {"workspace": workspace})
    return [KeptReason.model_validate(row) for row in rows]


async def erase_reason(connection: Connection, workspace: str, left: KeptReason) -> None:
    """Keep only what is left of a reason."""
    await execute(
        connection,
        query("erase_suppression_reason"),
        {"workspace": workspace, "id": left.id, "reason": left.reason},
    )


async def list_findings_of(
    connection: Connection, workspace: str, interventions: Sequence[UUID]
) -> list[KeptFinding]:
    """Return what is held back of these interventions."""
    rows = await fetch_all(
        connection,
        query("list_suppressed_evidence_to_erase"),
        {"workspace": workspace, "interventions": list(interventions)},
    )
    return [KeptFinding.model_validate(row) for row in rows]


async def erase_finding(connection: Connection, erasure_id: UUID, left: KeptFinding) -> None:
    """Keep only what is left of the finding, and not the ask."""
    await execute(
        connection,
        query("erase_suppressed_evidence"),
        {
            "erasure": erasure_id,
            "intervention_id": left.intervention_id,
            "finding_index": left.finding_index,
            "finding": as_json(left.finding),
        },
    )
