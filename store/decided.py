"""What people have decided about analysts' drafts."""

from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.findings import AnalystInfo
from domain.proposals import ProposalStatus
from store.database import Connection, fetch_all
from store.queries import query


class DecidedProposal(Model):
    """A proposal that was applied or rejected, and who drafted it first."""

    id: UUID
    intervention_id: UUID
    status: ProposalStatus
    analyst: AnalystInfo
    created_at: AwareDatetime


async def list_decided(connection: Connection, workspace: str) -> list[DecidedProposal]:
    """Return the workspace's decided proposals, oldest first, without erased customers'."""
    rows = await fetch_all(connection, query("list_decided_proposals"), {"workspace": workspace})
    return [DecidedProposal.model_validate(row) for row in rows]
