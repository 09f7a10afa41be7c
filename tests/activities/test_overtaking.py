"""Steps that an erasure overtakes between their reading and their writing."""

import asyncio
from collections.abc import Sequence
from typing import Any

from activities.redraft_proposal import RedraftInput, RedraftProposal
from domain.knowledge import ArticleContent, Change, Operation
from domain.proposals import ProposalStatus
from tests.activities.test_erase_customer import (
    QUOTE,
    applied,
    erase,
    held,
    items,
    of_customer,
    proposal_of,
    record,
)
from tests.activities.world import World, failure, run
from tests.api.fakes import WordEmbedder
from tests.workflows.scripted import article


class Overtaken(WordEmbedder):
    """An embedder that is so slow that the customer is erased before its first vectors."""

    def __init__(self, world: World) -> None:
        """Erase in `world`, whose embedder this one is until then."""
        super().__init__()
        self._world = world
        self._loop = asyncio.get_running_loop()

    def embed(self, texts: Sequence[str]) -> Any:
        """Erase first."""
        object.__setattr__(self._world.kit, "embedder", WordEmbedder())
        asyncio.run_coroutine_threadsafe(erase(self._world), self._loop).result()
        return super().embed(texts)


async def test_a_change_is_not_put_onto_what_the_item_said_before_the_erasure(
    world: World,
) -> None:
    await world.apply(await world.approved(article()))
    [item_id] = await items(world)

    def revised(**fields: str) -> Change:
        said = article().content
        assert isinstance(said, ArticleContent)
        return article().model_copy(
            update={
                "operation": Operation.REVISE,
                "item_id": item_id,
                "base_revision": 1,
                "content": said.model_copy(update=fields),
            }
        )

    late = await world.approved(revised(answer="Look on the shelf in the cellar."))
    early = revised(question=f"Where is {QUOTE}?", title="Parcels")
    await applied(world, await proposal_of(world, of_customer(), early))
    assert (await world.apply(late)).status is ProposalStatus.CONFLICTED
    task = RedraftInput(workspace=world.workspace, proposal_id=late.id)
    object.__setattr__(world.kit, "embedder", Overtaken(world))

    failed = await failure(RedraftProposal(world.kit).redraft_proposal, task)

    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert held(await record(world)) == []
    await run(RedraftProposal(world.kit).redraft_proposal, task)
    assert (await world.read(late.id)).change.base_revision == 2
    assert held(await record(world)) == []
