"""Finds what a draft says against the items and the other open proposals. Not an activity."""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID

from activities.kit import Kit
from activities.overtaking import refuse_if_overtaken
from domain.contradiction import Said, find_clashes, said_by, statements_of
from domain.knowledge import Item, ItemContent, ItemKind, Operation
from domain.merging import text_to_compare
from domain.proposals import Proposal
from store import contradictions, erasures, knowledge, proposals, search
from store.contradictions import NewContradiction, OpenDraft
from store.database import Connection
from store.vectors import Embedding

_SPEAKING = (ItemKind.ARTICLE, ItemKind.POLICY)
_MAX_ASKED = 8
"""How many of a draft's statements are searched for by themselves."""

_NEAREST_ITEMS = 5
_NEAREST_PROPOSALS = 20


async def find_contradictions(kit: Kit, workspace: str, proposal_id: UUID) -> int:
    """Store what the proposal's present draft contradicts; return how many pairs of statements.

    Side effect: rows of `contradictions`, which replace those of an earlier draft: running it
    again finds the same. No connection is held while texts are embedded. What was read may be
    erased meanwhile: then Temporal is told to try the step again.
    """
    async with kit.database.transaction(workspace) as connection:
        finished = await erasures.count_finished(connection, workspace)
        proposal = await proposals.get_proposal(connection, workspace, proposal_id)
        base = await _base_of(connection, workspace, proposal)
    said = _said(proposal, base)
    found: list[NewContradiction] = []
    if said.statements:
        found = await _search(kit, workspace, proposal, said, base)
    async with kit.database.transaction(workspace) as connection:
        await refuse_if_overtaken(connection, workspace, finished)
        await contradictions.lock_contradictions(connection, workspace)
        now = await proposals.lock_proposal(connection, workspace, proposal_id)
        if now.content_hash != proposal.content_hash:
            # Whoever wrote the next draft searches for it.
            return 0
        await contradictions.replace_contradictions(connection, workspace, now, found)
    return len(found)


async def _base_of(
    connection: Connection, workspace: str, proposal: Proposal
) -> ItemContent | None:
    change = proposal.change
    if change.item_id is None or change.base_revision is None:
        return None
    return await knowledge.find_content(connection, workspace, change.item_id, change.base_revision)


def _said(proposal: Proposal, base: ItemContent | None) -> Said:
    """Return what the draft says that its base does not; one that retires an item says nothing."""
    if proposal.change.operation is Operation.RETIRE:
        return Said(proposal.change.content.title, ())
    return said_by(proposal.change.content, statements_of(base) if base else ())


async def _search(
    kit: Kit, workspace: str, proposal: Proposal, said: Said, base: ItemContent | None
) -> list[NewContradiction]:
    texts = [text_to_compare(proposal.change, base), *said.statements[:_MAX_ASKED]]
    vectors = (await asyncio.to_thread(kit.embedder.embed, texts)).tolist()
    async with kit.database.transaction(workspace) as connection:
        items: dict[UUID, Item] = {}
        for text, vector in zip(texts, vectors, strict=True):
            hits = await search.search(
                connection,
                workspace,
                text=text,
                embedding=vector,
                model=kit.embedder.name,
                k=_NEAREST_ITEMS,
                kinds=_SPEAKING,
            )
            items |= {hit.item.id: hit.item for hit in hits}
        drafts = await contradictions.list_open_near(
            connection,
            workspace,
            proposal.id,
            embedding=Embedding(kit.embedder.name, vectors[0]),
            limit=_NEAREST_PROPOSALS,
        )
    items.pop(proposal.change.item_id or proposal.id, None)
    return [*_against_items(said, items.values()), *_against_drafts(said, drafts)]


def _against_items(said: Said, items: Iterable[Item]) -> list[NewContradiction]:
    return [
        NewContradiction(other_item_id=item.id, other_revision=item.revision, **clashing._asdict())
        for item in items
        for clashing in find_clashes(said, said_by(item.content))
    ]


def _against_drafts(said: Said, drafts: Sequence[OpenDraft]) -> list[NewContradiction]:
    return [
        NewContradiction(
            other_proposal_id=draft.id,
            **clashing._asdict(),
        )
        for draft in drafts
        for clashing in find_clashes(
            said, said_by(draft.change.content, statements_of(draft.base) if draft.base else ())
        )
    ]
