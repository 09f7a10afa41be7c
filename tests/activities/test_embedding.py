"""Nobody holds a connection or a lock while texts are embedded: a provider may take its time."""

import dataclasses
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from activities.kit import Kit
from activities.verify_proposal import VerifyInput, VerifyProposal
from domain.knowledge import ItemKind, Operation
from store.database import Connection, Database
from tests.activities.editing import approve_edit
from tests.activities.world import World, run
from tests.api.fakes import WordEmbedder
from tests.api.rows import adding


class CountingDatabase(Database):
    """Knows how many connections are held now."""

    held = 0

    @asynccontextmanager
    async def reading(self, workspace: str) -> AsyncGenerator[Connection]:
        async with super().reading(workspace) as connection:
            self.held += 1
            try:
                yield connection
            finally:
                self.held -= 1


class WatchingEmbedder(WordEmbedder):
    """Remembers how many connections were held each time."""

    def __init__(self, database: CountingDatabase) -> None:
        self._database = database
        self.held: list[int] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.held.append(self._database.held)
        return super().embed(texts)


async def test_no_connection_is_held_while_texts_are_embedded(
    kit: Kit, database_url: str, workspace: str
) -> None:
    async with CountingDatabase(database_url) as database:
        embedder = WatchingEmbedder(database)
        world = World(dataclasses.replace(kit, database=database, embedder=embedder), workspace)
        proposal = await world.in_review(adding("Refunds take 5 days."))
        task = VerifyInput(workspace=workspace, proposal_id=proposal.id)
        await run(VerifyProposal(world.kit).verify_proposal, task)
        # Rules of the same gap are compared sentence by sentence.
        rule = adding("Refund in 5 days.", ItemKind.POLICY)
        await world.drafted(rule)
        before = len(embedder.held)
        assert (await world.draft(await world.analyzed())).merged == 1
        assert len(embedder.held) > before + 2
        world.analyst.change = lambda _: proposal.change
        assert (await world.draft(await world.analyzed())).merged == 1
        edit = adding("Refunds take 3 days.")
        await approve_edit(world, proposal, edit)
        edited = await world.read(proposal.id)
        assert (await world.apply(edited)).release == 1
        assert edited.change.operation is Operation.ADD
    assert len(embedder.held) > 5
    assert set(embedder.held) == {0}
