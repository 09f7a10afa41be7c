"""Steps that an erasure overtakes between their reading and their writing."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from activities.redraft_proposal import RedraftInput, RedraftProposal
from domain.knowledge import ArticleContent, Change, Operation
from domain.proposals import ProposalStatus
from tests.activities.customer import (
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
    """An embedder that is so slow that something else happens before its first vectors.

    By default the customer is erased.
    """

    def __init__(
        self, world: World, meanwhile: Callable[[World], Coroutine[Any, Any, object]] = erase
    ) -> None:
        """Serve `world` as its embedder until then."""
        super().__init__()
        self._world = world
        self._meanwhile = meanwhile
        self._is_over = False
        self._loop = asyncio.get_running_loop()
        object.__setattr__(world.kit, "embedder", self)

    def embed(self, texts: Sequence[str]) -> Any:
        """Let it happen first."""
        if not self._is_over:
            self._is_over = True
            asyncio.run_coroutine_threadsafe(self._meanwhile(self._world), self._loop).result()
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
    Overtaken(world)

    failed = await failure(RedraftProposal(world.kit).redraft_proposal, task)

    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert held(await record(world)) == []
    await run(RedraftProposal(world.kit).redraft_proposal, task)
    assert (await world.read(late.id)).change.base_revision == 2
    assert held(await record(world)) == []


async def test_an_intervention_that_is_stored_late_is_erased_as_well(world: World) -> None:
    """Its transaction began before the request, and ended when the erasure was under way."""

    async def store_late(world: World) -> None:
        late = await world.post(of_customer("My oboe was sent to aunt Hedvig in Kirkenes."))
        await world.execute(
            "UPDATE interventions SET created_at = now() - interval '1 hour' WHERE id = %s", late
        )

    await applied(world, await proposal_of(world, of_customer()))
    Overtaken(world, store_late)

    assert (await erase(world)).interventions == 2

    assert held(await record(world), ["zither", "oboe", "hedvig", "kirkenes"]) == []
