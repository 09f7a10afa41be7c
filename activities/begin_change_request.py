"""Reads what a change request wants to have done, and how."""

from uuid import UUID

from temporalio import activity

from activities.draft_proposals import DraftedProposal
from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.change_requests import ChangeRequestMode
from store import change_requests


class BeginInput(Message):
    """Which request to carry out."""

    workspace: str
    request_id: UUID


class BeginResult(Message):
    """Its mode, and the proposals that its workflow looks after."""

    mode: ChangeRequestMode
    own: tuple[DraftedProposal, ...] = ()


class BeginChangeRequest:
    """Holds the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def begin_change_request(self, task: BeginInput) -> BeginResult:
        """Return the request's mode and proposals; it only reads. Permanent failure: `not_found`.

        The reason that the person gave stays in the record and out of the workflow's history.
        """
        async with (
            told_to_temporal(),
            self._kit.database.transaction(task.workspace) as connection,
        ):
            request = await change_requests.get_request(connection, task.workspace, task.request_id)
            own = await change_requests.list_proposals(connection, task.workspace, request.id)
        return BeginResult(
            mode=request.mode,
            own=tuple(
                DraftedProposal(
                    proposal_id=proposal.id,
                    status=proposal.status,
                    gap=proposal.gap,
                    kind=proposal.change.kind,
                )
                for proposal in own
            ),
        )
