"""What stands around a proposal: what is near it in meaning, and what happened to it."""

import json
from collections.abc import Sequence
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import JsonObject, Model
from domain.findings import Gap
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from store.database import Connection, as_vector, fetch_all, fetch_one
from store.queries import query
from store.reviews import CommandRecord
from store.vectors import Embedding

_MOST = 200


class NearProposal(Model):
    """Another proposal that is not over, and how near in meaning it is (cosine similarity)."""

    id: UUID
    title: str
    kind: ItemKind
    status: ProposalStatus
    gap: Gap | None
    item_id: UUID | None
    similarity: float


class Event(Model):
    """One entry of the audit log about a subject, without its place in the chain."""

    action: str
    actor: str
    details: JsonObject
    at: AwareDatetime


async def embedding_of(
    connection: Connection, workspace: str, proposal_id: UUID
) -> Embedding | None:
    """Return the vector of what a proposal would have the agent say, as it was drafted, if any."""
    row = await fetch_one(
        connection, query("proposal_embedding"), {"workspace": workspace, "id": proposal_id}
    )
    return None if row is None else Embedding(row["model"], json.loads(row["values"]))


async def list_near_proposals(
    connection: Connection, workspace: str, proposal_id: UUID, embedding: Embedding, *, limit: int
) -> list[NearProposal]:
    """Return up to `limit` other proposals that are not over, nearest first."""
    rows = await fetch_all(
        connection,
        query("list_near_proposals"),
        {
            "workspace": workspace,
            "id": proposal_id,
            "embedding": as_vector(embedding.values),
            "model": embedding.model,
            "limit": limit,
        },
    )
    return [NearProposal.model_validate(row) for row in rows]


async def list_commands(
    connection: Connection, workspace: str, proposal_id: UUID
) -> list[CommandRecord]:
    """Return the claims, releases, assignments and reopenings that took effect, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_commands"),
        {"workspace": workspace, "proposal_id": proposal_id, "limit": _MOST},
    )
    return [CommandRecord.model_validate(row) for row in rows]


async def list_events(
    connection: Connection, workspace: str, subject: str, actions: Sequence[str]
) -> list[Event]:
    """Return the newest events of these kinds, oldest first; at most 200."""
    rows = await fetch_all(
        connection,
        query("list_events"),
        {
            "workspace": workspace,
            "subject": subject,
            "actions": list(actions),
            "limit": _MOST,
        },
    )
    return [Event.model_validate(row) for row in rows]
