"""Proposals, their drafts and their evidence."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.errors import NotFoundError
from domain.findings import AnalystInfo, Finding, Gap
from domain.knowledge import Change, ItemKind
from domain.merging import merge_key
from domain.proposals import Evidence, Proposal, ProposalStatus, Verification, check_transition
from store.database import Connection, as_json, as_vector, execute, fetch_all, fetch_one
from store.knowledge import find_content
from store.queries import query
from store.vectors import Embedding


class Mergeable(Model):
    """An open proposal that may show the same gap."""

    id: UUID
    intervention_id: UUID
    merge_key: str
    change: Change
    similarity: float


class DraftRecord(Model):
    """One draft that a proposal went through."""

    draft: int
    change: Change
    content_hash: str
    drafted_by: str
    created_at: AwareDatetime


class NewProposal(Model):
    """What is known of a proposal when it is drafted first."""

    id: UUID
    intervention_id: UUID
    finding_index: int
    finding: Finding
    ask: str
    title: str
    rationale: str
    change: Change
    analyst: AnalystInfo
    merge_key: str


async def lock_drafting(connection: Connection, workspace: str, kind: ItemKind) -> None:
    """Let nobody else draft a change of this kind here until the transaction ends."""
    await execute(connection, query("lock_drafting"), {"workspace": workspace, "kind": kind})


async def find_proposal_of_finding(
    connection: Connection, workspace: str, intervention_id: UUID, finding_index: int
) -> UUID | None:
    """Return the proposal that holds this finding as evidence, if one does."""
    row = await fetch_one(
        connection,
        query("find_evidence"),
        {
            "workspace": workspace,
            "intervention_id": intervention_id,
            "finding_index": finding_index,
        },
    )
    return None if row is None else row["proposal_id"]


async def list_mergeable(
    connection: Connection,
    workspace: str,
    *,
    gap: Gap,
    kind: ItemKind,
    merge_key: str,
    embedding: Embedding,
    limit: int = 5,
) -> list[Mergeable]:
    """Return the open proposals of a merge key that are nearest to a new draft, nearest first.

    Those whose vector is another model's are left out.
    """
    rows = await fetch_all(
        connection,
        query("list_mergeable"),
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
    return [Mergeable.model_validate(row) for row in rows]


async def insert_proposal(
    connection: Connection, workspace: str, new: NewProposal, embedding: Embedding
) -> None:
    """Store a proposal in status drafting, with its first draft and its first evidence."""
    content_hash = new.change.content_hash()
    await execute(
        connection,
        query("insert_proposal"),
        {
            "workspace": workspace,
            "id": new.id,
            "intervention_id": new.intervention_id,
            "finding_index": new.finding_index,
            "gap": new.finding.gap,
            "title": new.title,
            "rationale": new.rationale,
            "kind": new.change.kind,
            "operation": new.change.operation,
            "item_id": new.change.item_id,
            "change": as_json(new.change),
            "content_hash": content_hash,
            "analyst": as_json(new.analyst),
            "confidence": new.finding.confidence,
            "drafted_by": new.analyst.name,
            "merge_key": new.merge_key,
            "embedding": as_vector(embedding.values),
            "model": embedding.model,
        },
    )
    await insert_first_draft(connection, workspace, new.id, new.change, new.analyst.name)
    await add_evidence(
        connection,
        workspace,
        new.id,
        intervention_id=new.intervention_id,
        finding_index=new.finding_index,
        finding=new.finding,
        ask=new.ask,
    )


async def insert_first_draft(
    connection: Connection, workspace: str, proposal_id: UUID, change: Change, drafted_by: str
) -> None:
    """Keep the change that a new proposal begins with."""
    await insert_draft(connection, workspace, proposal_id, 1, change, drafted_by)


async def insert_draft(
    connection: Connection,
    workspace: str,
    proposal_id: UUID,
    draft: int,
    change: Change,
    drafted_by: str,
) -> None:
    """Keep a draft that a proposal goes through; `draft` counts them from 1."""
    await execute(
        connection,
        query("insert_draft"),
        {
            "workspace": workspace,
            "proposal_id": proposal_id,
            "draft": draft,
            "change": as_json(change),
            "content_hash": change.content_hash(),
            "drafted_by": drafted_by,
        },
    )


async def add_evidence(
    connection: Connection,
    workspace: str,
    proposal_id: UUID,
    *,
    intervention_id: UUID,
    finding_index: int,
    finding: Finding,
    ask: str,
) -> int:
    """Let an intervention's finding support a proposal, once; return its support now."""
    await execute(
        connection,
        query("insert_evidence"),
        {
            "workspace": workspace,
            "proposal_id": proposal_id,
            "intervention_id": intervention_id,
            "finding_index": finding_index,
            "finding": as_json(finding),
            "ask": ask,
        },
    )
    row = await fetch_one(
        connection, query("count_support"), {"workspace": workspace, "proposal_id": proposal_id}
    )
    return int(row["support"]) if row else 0


async def get_proposal(connection: Connection, workspace: str, proposal_id: UUID) -> Proposal:
    """Return a proposal; raises NotFoundError."""
    return await _read(connection, "get_proposal", workspace, proposal_id)


async def lock_proposal(connection: Connection, workspace: str, proposal_id: UUID) -> Proposal:
    """Return a proposal that nobody else can change until the transaction ends."""
    return await _read(connection, "lock_proposal", workspace, proposal_id)


async def _read(connection: Connection, name: str, workspace: str, proposal_id: UUID) -> Proposal:
    row = await fetch_one(connection, query(name), {"workspace": workspace, "id": proposal_id})
    if row is None:
        raise NotFoundError(f"no proposal {proposal_id} in this workspace")
    return Proposal.model_validate(row)


async def list_proposals_of_intervention(
    connection: Connection, workspace: str, intervention_id: UUID
) -> list[Proposal]:
    """Return the proposals that this intervention led to or supports."""
    rows = await fetch_all(
        connection,
        query("list_proposals_of_intervention"),
        {"workspace": workspace, "intervention_id": intervention_id},
    )
    return [Proposal.model_validate(row) for row in rows]


async def count_proposals(connection: Connection, workspace: str) -> list[dict[str, Any]]:
    """Return how many proposals there are of each status and kind."""
    return await fetch_all(connection, query("count_proposals"), {"workspace": workspace})


async def list_evidence(
    connection: Connection, workspace: str, proposal_id: UUID
) -> list[Evidence]:
    """Return the findings that support a proposal, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_evidence"),
        {"workspace": workspace, "proposal_id": proposal_id},
    )
    return [Evidence.model_validate(row) for row in rows]


async def list_drafts(
    connection: Connection, workspace: str, proposal_id: UUID
) -> list[DraftRecord]:
    """Return the drafts that a proposal went through, oldest first."""
    rows = await fetch_all(
        connection, query("list_drafts"), {"workspace": workspace, "proposal_id": proposal_id}
    )
    return [DraftRecord.model_validate(row) for row in rows]


async def move_proposal(
    connection: Connection, workspace: str, proposal: Proposal, to: ProposalStatus
) -> None:
    """Change a locked proposal's status; raises IllegalTransitionError."""
    check_transition(proposal.status, to)
    await execute(
        connection,
        query("set_proposal_status"),
        {"workspace": workspace, "id": proposal.id, "status": to},
    )


async def mark_applied(
    connection: Connection, workspace: str, proposal: Proposal, release: int
) -> None:
    """Record the release that a locked proposal became; raises IllegalTransitionError."""
    check_transition(proposal.status, ProposalStatus.APPLIED)
    await execute(
        connection,
        query("set_proposal_applied"),
        {"workspace": workspace, "id": proposal.id, "release": release},
    )


async def replace_draft(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    *,
    change: Change,
    title: str,
    rationale: str,
    drafted_by: str,
    embedding: Embedding,
) -> str:
    """Give a locked proposal its next draft; return the new content hash."""
    content_hash = change.content_hash()
    base = None
    if change.item_id is not None and change.base_revision is not None:
        base = await find_content(connection, workspace, change.item_id, change.base_revision)
    await execute(
        connection,
        query("replace_draft"),
        {
            "workspace": workspace,
            "id": proposal.id,
            "change": as_json(change),
            "content_hash": content_hash,
            "draft": proposal.draft + 1,
            "title": title,
            "rationale": rationale,
            "drafted_by": drafted_by,
            "kind": change.kind,
            "operation": change.operation,
            "item_id": change.item_id,
            "merge_key": merge_key(change, base),
            "embedding": as_vector(embedding.values),
            "model": embedding.model,
        },
    )
    await insert_draft(connection, workspace, proposal.id, proposal.draft + 1, change, drafted_by)
    return content_hash


async def save_verification(
    connection: Connection, workspace: str, proposal_id: UUID, verification: Verification
) -> None:
    """Store the verification of the draft that it was made for."""
    await execute(
        connection,
        query("set_verification"),
        {
            "workspace": workspace,
            "id": proposal_id,
            "verification": as_json(verification),
            "content_hash": verification.content_hash,
        },
    )
