"""Posts decisions as integrations do, and reads what is kept of them."""

from typing import Any

from httpx2 import AsyncClient, Response

from domain.identity import ApiRole
from domain.proposals import Proposal
from domain.reviews import Decision
from store import reviews
from store.database import Database
from tests.api.conftest import Keys


class Decider:
    """Posts decisions as one role."""

    def __init__(self, client: AsyncClient, keys: Keys, role: ApiRole = ApiRole.REVIEWER) -> None:
        """Call as `role`."""
        self.client = client
        self.header = keys.header(role)

    async def post(self, proposal: Proposal, *, key: str | None = None, **fields: Any) -> Response:
        """Post a decision; an approval of the present content unless told otherwise."""
        body = {"verdict": "approve", "content_hash": proposal.content_hash, **fields}
        header = {**self.header, **({"Idempotency-Key": key} if key else {})}
        return await self.client.post(
            f"/v1/proposals/{proposal.id}/decisions", json=body, headers=header
        )


async def decisions_of(database: Database, proposal: Proposal, workspace: str) -> list[Decision]:
    """Return what is kept of a proposal's decisions."""
    async with database.transaction(workspace) as connection:
        return await reviews.list_decisions(connection, workspace, proposal.id)
