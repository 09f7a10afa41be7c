"""Reads what stands around a proposal for its page, in a number of queries that does not grow."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from api.context import Context
from api.services.proposal_view import ProposalDetail
from domain.knowledge import Hit, Operation
from domain.people import KnownPerson
from domain.provenance import TracedRevision
from store import nearby, provenance
from store.database import Connection
from store.nearby import Event, NearProposal
from store.people import list_people
from store.publishing import Release, find_release_of_proposal
from store.reviews import CommandRecord
from store.search import search

REVISIONS = 5
"""How many revisions of the item are told."""

SIMILAR = 3
"""How many items, and how many proposals, that are like it are named."""


@dataclass(frozen=True)
class Surroundings:
    """What is known around a proposal.

    `revisions` are the item's newest, one more than are told. `was_compared` is false where nobody
    would look for what is alike, since it is over or a retirement, or where the proposal's vector
    is of a model that does not serve any more.
    """

    people: Sequence[KnownPerson]
    release: Release | None
    commands: Sequence[CommandRecord]
    events: Sequence[Event]
    revisions: Sequence[TracedRevision]
    hits: Sequence[Hit] = field(default_factory=tuple)
    proposals: Sequence[NearProposal] = field(default_factory=tuple)
    was_compared: bool = False


async def read_surroundings(
    context: Context, workspace: str, detail: ProposalDetail, actions: Sequence[str]
) -> Surroundings:
    """Return what the page of a proposal shows beside it; `actions` are the audit's to tell."""
    async with context.database.snapshot(workspace) as connection:
        found = Surroundings(
            people=await list_people(connection, workspace),
            release=await find_release_of_proposal(connection, workspace, detail.id),
            commands=await nearby.list_commands(connection, workspace, detail.id),
            events=await nearby.list_events(
                connection, workspace, f"proposal/{detail.id}", actions
            ),
            revisions=await _revisions(connection, workspace, detail),
        )
        return await _with_similar(context, connection, workspace, detail, found)


async def _revisions(
    connection: Connection, workspace: str, detail: ProposalDetail
) -> list[TracedRevision]:
    if detail.change.item_id is None:
        return []
    return await provenance.list_newest_revisions(
        connection, workspace, detail.change.item_id, limit=REVISIONS + 1
    )


async def _with_similar(
    context: Context,
    connection: Connection,
    workspace: str,
    detail: ProposalDetail,
    found: Surroundings,
) -> Surroundings:
    """Return the surroundings with what is near; its vector is the one it was drafted with."""
    if detail.status.is_final or detail.change.operation is Operation.RETIRE:
        return found
    embedding = await nearby.embedding_of(connection, workspace, detail.id)
    if embedding is None or embedding.model != context.embedder.name:
        return found
    hits = await search(
        connection,
        workspace,
        text=detail.change.content.title,
        embedding=embedding.values,
        model=embedding.model,
        # The item that it is about is among them.
        k=SIMILAR + 1,
    )
    proposals = await nearby.list_near_proposals(
        connection, workspace, detail.id, embedding, limit=SIMILAR
    )
    return replace(found, hits=hits, proposals=proposals, was_compared=True)
